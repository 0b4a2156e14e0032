"""How far lists, counts, jobs and checkpoints are behind, as metrics: asked at each scrape, over all councils.

Whoever runs no worker sees it here first. No council is named: a token that may read metrics belongs to one of them.
"""

import asyncio
from collections.abc import Iterator, Sequence

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app import published
from app.db import Database
from app.projections.lag import JobLag, Lag, job_lags, lags

PATIENCE = 5
"""Seconds; a scrape that gets no answer says nothing of this."""


class LagCollector(Collector):
    """Registered while the service runs. Scrapes come from threads, never from the loop that answers requests."""

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop) -> None:
        self._database, self._loop = database, loop

    def describe(self) -> list[Metric]:
        """Nothing, so that to register this asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """What holds now; nothing while the database is away."""
        asked = asyncio.run_coroutine_threadsafe(self._ask(), self._loop)
        try:
            found, jobs, signed = asked.result(PATIENCE)
        except Exception:
            asked.cancel()
            return
        for name, meaning, value in (*_of_projections(found), *_of_jobs(jobs), *_of_checkpoints(signed)):
            yield GaugeMetricFamily(f"supervision_{name}", meaning, value)

    async def _ask(self) -> tuple[Sequence[Lag], Sequence[JobLag], Sequence[published.Lag]]:
        return await lags(self._database), await job_lags(self._database), await published.lags(self._database)


def _of_projections(found: Sequence[Lag]) -> Iterator[tuple[str, str, float]]:
    behind, oldest = sum(lag.head - lag.noted for lag in found), max((lag.seconds for lag in found), default=0)
    waiting, faults = sum(lag.waiting for lag in found), sum(lag.faults for lag in found)
    yield "projection_positions_behind", "Events that are not noted yet", behind
    yield "projection_seconds_behind", "Age of the oldest event not taken in", oldest
    yield "projection_subjects_waiting", "Subjects to be assessed anew", waiting
    yield "projection_subjects_at_fault", "Subjects of which an assessment failed", faults


def _of_jobs(found: Sequence[JobLag]) -> Iterator[tuple[str, str, float]]:
    yield "jobs_waiting", "Jobs that wait for a worker", sum(lag.waiting for lag in found)
    yield "jobs_running", "Jobs that a worker is at", sum(lag.running for lag in found)
    yield "jobs_oldest_seconds", "Age of the oldest job not over", max((lag.seconds for lag in found), default=0)


def _of_checkpoints(found: Sequence[published.Lag]) -> Iterator[tuple[str, str, float]]:
    behind, oldest = sum(lag.head + 1 - lag.size for lag in found), max((lag.seconds for lag in found), default=0)
    yield "checkpoint_positions_behind", "Events that no checkpoint covers yet", behind
    yield "checkpoint_seconds_behind", "Age of the oldest event that no checkpoint covers", oldest
    yield "checkpoints_refused", "Councils for which nothing is signed", sum(lag.refusal is not None for lag in found)
