"""What became of one command of the command line; the fixture `run` runs one."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """What became of one command."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]
