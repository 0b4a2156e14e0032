"""Progress: bars on a terminal, plain lines anywhere else, always on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.cli.words import aside

if TYPE_CHECKING:
    from rich.progress import Progress


def _bars() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
    )
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))


@contextmanager
def counting(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """One bar; gives the function that moves it on. Without a terminal nothing is shown: the command says the end."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with _bars() as bars:
        task = bars.add_task(what, total=total)
        yield lambda number: bars.advance(task, number)


@contextmanager
def reporting(what: str) -> Iterator[Callable[[int, int], None]]:
    """One bar; gives the function that says how many are done of how many. Without a terminal nothing is shown."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    with _bars() as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)


class Steps:
    """Several steps, one after the other: a bar each on a terminal, else a line each when it is done."""

    def __init__(self) -> None:
        self._bars = _bars() if sys.stderr.isatty() else None

    def __enter__(self) -> "Steps":
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    @contextmanager
    def step(self, what: str, total: int = 1) -> Iterator[Callable[[int], None]]:
        """One step of `total` parts; it is whole when the block ends well."""
        if self._bars is None:
            yield lambda _: None
            aside(f"{what}: done")
            return
        bars = self._bars
        task = bars.add_task(what, total=total)
        yield lambda number: bars.advance(task, number)
        bars.update(task, completed=total)
