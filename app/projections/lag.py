"""How far projections and jobs are behind: what a worker looks at to see if there is anything to do, and metrics."""

from dataclasses import dataclass
from datetime import datetime

from app.db import Database


@dataclass(frozen=True, slots=True)
class Lag:
    """One council: its ledger's last position, and what of it is not in the projections that are read."""

    council: str
    noted: int
    head: int
    waiting: int
    """Subjects to be assessed anew."""
    oldest: datetime | None
    """When the oldest event that is not taken in was recorded; None: there is none."""
    seconds: float
    """How long ago that was, by PostgreSQL's clock."""
    faults: int
    """Subjects that could not be assessed because something failed."""

    @property
    def behind(self) -> bool:
        """Whether there is anything to do."""
        return self.noted < self.head or self.waiting > 0


async def lags(database: Database, most: int | None = None) -> list[Lag]:
    """Every council's, by id; waiting subjects are counted up to `most`. Raises `Unavailable`."""
    return [Lag(*row) for row in await database.call(_LAG, most)]


@dataclass(frozen=True, slots=True)
class JobLag:
    """The jobs of one council that are not over."""

    council: str
    waiting: int
    """For a worker; also those of a worker that says no more."""
    running: int
    seconds: float
    """How long ago the oldest of them was asked for, by PostgreSQL's clock; 0: there is none."""


async def job_lags(database: Database) -> list[JobLag]:
    """Every council's, by id. Raises `Unavailable`."""
    return [JobLag(*row) for row in await database.call(_JOB_LAG)]


_LAG = """
    SELECT council_id, noted, head, waiting, oldest,
        coalesce(greatest(0, extract(epoch FROM clock_timestamp() - oldest)), 0)::float8, faults
    FROM projection_lag($1)
"""

_JOB_LAG = """
    SELECT council_id, waiting, running,
        coalesce(greatest(0, extract(epoch FROM clock_timestamp() - oldest)), 0)::float8
    FROM job_lag()
"""
