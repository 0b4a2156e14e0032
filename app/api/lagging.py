"""How far lists and counts are behind, as metrics: asked of the database at each scrape, over all councils together.

Whoever runs no worker sees it here first. No council is named: a token that may read metrics belongs to one of them.
"""

import asyncio
from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.db import Database
from app.projections.lag import lags

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
        asked = asyncio.run_coroutine_threadsafe(lags(self._database), self._loop)
        try:
            found = asked.result(PATIENCE)
        except Exception:
            asked.cancel()
            return
        for name, meaning, value in (
            ("positions_behind", "Events that are not noted yet", sum(lag.head - lag.noted for lag in found)),
            ("seconds_behind", "Age of the oldest event not taken in", max((lag.seconds for lag in found), default=0)),
            ("subjects_waiting", "Subjects to be assessed anew", sum(lag.waiting for lag in found)),
            ("subjects_at_fault", "Subjects of which an assessment failed", sum(lag.faults for lag in found)),
        ):
            yield GaugeMetricFamily(f"supervision_projection_{name}", meaning, value)
