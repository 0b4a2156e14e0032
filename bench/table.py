"""The one table that is printed, and the same as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measuring import Figure, Slice, rates


@dataclass(frozen=True)
class Line:
    """One contender: what it reached, and what an event (or request) cost in CPU microseconds."""

    name: str
    figure: Figure
    unit: str
    service: float | None = None
    postgres: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Goal:
    """What a row shall reach, as it was measured. `met` is None where there is no goal."""

    says: str
    figure: Figure
    unit: str
    met: bool | None


@dataclass
class Row:
    """One measure of the table."""

    measure: str
    lines: list[Line] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    skipped: str | None = None
    """Why it could not be measured here."""


def throughput(name: str, slices: Sequence[Slice], note: str = "") -> Line:
    """A line of events a second."""
    return Line(name, rates(slices), "/s", *_cpu_each(slices), note)


def latency(name: str, slices: Sequence[Slice], percent: int) -> Line:
    """A line of one percentile, in milliseconds; the median's with what a request cost."""
    figure = Figure.of([each.percentile(percent) for each in slices])
    return Line(f"{name}, p{percent}", figure, "ms", *(_cpu_each(slices) if percent == 50 else ()))


def _cpu_each(slices: Sequence[Slice]) -> tuple[float, float]:
    """CPU microseconds of the service and of PostgreSQL for one event (or request), over all slices together."""
    count = sum(each.count for each in slices) / 1e6
    return sum(each.service for each in slices) / count, sum(each.postgres for each in slices) / count


def at_least(says: str, goal: float, figure: Figure) -> Goal:
    """A ratio that shall be so much or more."""
    return Goal(f"{says} ≥ {goal:g} ×", figure, "×", figure.middle >= goal)


def at_least_so_many(says: str, goal: float, figure: Figure, unit: str) -> Goal:
    """A figure that shall be so much or more."""
    return Goal(f"{says} ≥ {goal:,} {unit}", figure, unit, figure.middle >= goal)


def at_most(says: str, goal: float, figure: Figure, unit: str) -> Goal:
    """A figure that shall be so much or less."""
    return Goal(f"{says} ≤ {goal:g} {unit}", figure, unit, figure.middle <= goal)


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the table."""
    table = Table(title="How fast, and how we know: median (min – max) of slices that took turns; fsync on")
    for name, justify in (("measure", "left"), ("figure", "right"), ("CPU µs/event", "right"), ("goal", "left")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(f"[bold]{row.measure}[/]", f"skipped: {row.skipped}" if row.skipped else "", "", "")
        for line in row.lines:
            table.add_row(f"  {line.name}{f' ({line.note})' if line.note else ''}", _figure(line), _cpu(line), "")
        for goal in row.goals:
            table.add_row(f"  [italic]{goal.says}[/]", _figure(goal), "", _met(goal))
        table.add_section()
    console.print(table)
    console.print("CPU: of the service (or of the bench where a contender runs in it) + of all of PostgreSQL.")


def _figure(of: Line | Goal) -> str:
    digits = 2 if of.unit == "×" else 1 if of.unit in ("ms", "s") else 0
    middle, low, high = (f"{value:,.{digits}f}" for value in (of.figure.middle, of.figure.low, of.figure.high))
    return f"{middle} {of.unit} ({low} – {high})"


def _cpu(line: Line) -> str:
    return "" if line.service is None or line.postgres is None else f"{line.service:,.0f} + {line.postgres:,.0f}"


def _met(goal: Goal) -> str:
    return {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[goal.met]


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """All rows, for a file."""
    return [asdict(row) for row in rows]
