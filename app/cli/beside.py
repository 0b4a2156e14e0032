"""A process beside another, which lives no longer than that one: a worker beside the service, a signer beside the demo.

It is a process of its own, so that it never holds up an answer. Its standard input is a pipe that nobody writes to: it
ends when the process at the other end does, however that happened.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import IO, Final

RESTARTED_AFTER: Final = 1.0
"""Seconds after which one that ended by itself is started again."""
PATIENCE: Final = 5.0
"""Seconds that it has to end when told to."""
NICENESS: Final = 5
"""Questions are answered first."""


@contextmanager
def beside(name: str, program: str, settings: Mapping[str, str], output: IO[str] | None = None) -> Iterator[None]:
    """A Python program with these settings and no others while the block lasts, started again when it ends by itself.

    The program ends when its standard input does.
    """
    ended = Event()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SUPERVISION_")}
    environment = inherited | {f"SUPERVISION_{key}": value for key, value in settings.items()}
    given = (name, program, environment, output, ended)
    attending = Thread(target=_attend, args=given, name=f"attending {name}", daemon=True)
    attending.start()
    try:
        yield
    finally:
        ended.set()
        attending.join()


def told_to_stop(*, attended: bool) -> asyncio.Event:
    """Set once a signal says so or, where it is attended, its standard input has ended. Needs a running loop."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    if attended:
        loop.add_reader(sys.stdin.fileno(), told.set)  # nothing is ever written there: to be readable is to have ended
    return told


def _attend(name: str, program: str, environment: Mapping[str, str], output: IO[str] | None, ended: Event) -> None:
    import structlog

    while not ended.is_set():
        process = _started(program, environment, output)
        while process.poll() is None and not ended.wait(0.1):
            pass
        if ended.is_set():
            return _end(process)
        process.communicate()
        structlog.get_logger(__name__).error(f"{name} ended and is started again", code=process.returncode)
        ended.wait(RESTARTED_AFTER)
    return None


def _started(program: str, environment: Mapping[str, str], output: IO[str] | None) -> "subprocess.Popen[bytes]":
    from app.db import ROOT

    nice = f"import os; os.nice({NICENESS}); {program}"
    return subprocess.Popen(
        [sys.executable, "-c", nice], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output,
        start_new_session=True,  # Ctrl-C is for who started it: that one tells it
    )  # fmt: skip


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
