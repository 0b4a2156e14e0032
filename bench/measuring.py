"""Slices that take turns, what they say together, and CPU time from the operating system's own books."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter

import psutil

from app.embedded import Cluster


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of several slices, with the lowest and the highest."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Figure":
        """Of at least one value."""
        return cls(median(values), min(values), max(values))


@dataclass(slots=True)
class Slice:
    """What was done in one turn."""

    count: int = 0
    seconds: float = 0.0
    service: float = 0.0
    """CPU seconds of the service, or of this process where the contender runs inside it."""
    postgres: float = 0.0
    """CPU seconds of every process of PostgreSQL."""
    latencies: list[float] = field(default_factory=list)
    """Seconds, of each request, where that is of interest."""

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.count / self.seconds

    def percentile(self, percent: int) -> float:
        """Of the latencies, in milliseconds."""
        return quantiles(self.latencies, n=100, method="inclusive")[percent - 1] * 1000


Turn = Callable[[], Awaitable[Slice]]


async def take_turns(contenders: Mapping[str, Turn], rounds: int, done: Callable[[], None]) -> dict[str, list[Slice]]:
    """Every contender once a round, in the same order; `done` is called after each slice. The first round warms up."""
    slices: dict[str, list[Slice]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, turn in contenders.items():
            found = await turn()
            if number:
                slices[name].append(found)
            done()
    return slices


def rates(slices: Sequence[Slice]) -> Figure:
    """Events a second."""
    return Figure.of([each.rate for each in slices])


def ratios(these: Sequence[float], those: Sequence[float]) -> Figure:
    """This divided by that, round by round."""
    return Figure.of([this / that for this, that in zip(these, those, strict=True)])


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds that a process used, with those of its children that have ended."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


class Meter:
    """Measures one slice: wall time, and CPU time of the service and of PostgreSQL."""

    def __init__(self, cluster: Cluster, service: psutil.Process) -> None:
        self._postmaster = psutil.Process(cluster.pid)
        self._service = service

    async def measure(self, work: Awaitable[Slice]) -> Slice:
        """The slice that `work` says was done, with its times."""
        service, postgres, began = cpu_of(self._service), self.postgres(), perf_counter()
        done = await work
        done.seconds = perf_counter() - began
        done.service, done.postgres = cpu_of(self._service) - service, self.postgres() - postgres
        return done

    def postgres(self) -> float:
        """CPU seconds of every process of PostgreSQL until now."""
        total = cpu_of(self._postmaster)
        for child in self._postmaster.children(recursive=True):
            try:
                total += cpu_of(child)
            except psutil.NoSuchProcess:
                continue
        return total
