"""The limit beside the verifier: two processes read a bundle, hash each line, and do nothing else. Prints seconds."""

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from app.verifying.bundle import header_of, slices


def main() -> None:
    """Hash the file that is named, in so many processes."""
    file, cores = Path(sys.argv[1]), int(sys.argv[2])
    began = perf_counter()
    with file.open("rb") as opened:
        ends = header_of(opened).ends
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        sum(pool.map(partial(hash_lines, file), slices(file, ends)))
    print(perf_counter() - began)


def hash_lines(file: Path, part: tuple[int, int]) -> int:
    """How many lines there were, each hashed."""
    with file.open("rb") as opened:
        opened.seek(part[0])
        lines = opened.read(part[1] - part[0]).split(b"\n")
    for line in lines:
        sha256(line).digest()
    return len(lines)
