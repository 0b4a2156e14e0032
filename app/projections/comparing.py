"""Everybody at two moments: whose status changed, and by which facts. No row of anybody is kept but of what changed.

What some subjects came to is stored in the transaction that says they are done, so that a worker that dies neither
loses nor repeats any. Of each the search for facts is shorter than for one subject asked about alone: of a few, more
facts are named than need be (`smallest` says so).
"""

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import insert, select

from app.assessing import Merged
from app.db import Database
from app.domain.comparing import Comparison, Moment, Tried, changed
from app.domain.comparing_words import because_in_words, whole_in_words
from app.domain.history import Subject
from app.domain.obligations import rank
from app.domain.policy.patterns import Status
from app.errors import Unavailable
from app.events.effective import Known
from app.logs import what_and_where
from app.projections import noting
from app.projections.catchup import Projector
from app.projections.jobs import Job, job_part

AT_ONCE: Final = 5
"""Subjects in one transaction, which PostgreSQL ends if it waits too long."""
MOST_TRIED: Final = 60
"""Answers worked out about one subject."""
MOST_LISTED: Final = 500
"""Subjects named of those whose status changed; all are counted."""
MOST_NAMED: Final = 20
"""Facts named of one subject."""

log = structlog.get_logger(__name__)


class Comparer(Projector):
    """Compares subjects for one job."""

    def __init__(self, database: Database, mine: Job) -> None:
        super().__init__(database)
        self._mine = mine
        self._one, self._other = moments_of(mine.asked, mine.position)

    async def _assess(self, council: str, generation: int, most: int, fault: Exception | None = None) -> int:
        async with self._database.write(council) as connection:
            claimed = await noting.claim(connection, generation, min(most, AT_ONCE))
            if not claimed:
                return 0
            found = [await self._compared(council, each.subject, fault) for each in claimed]
            part = {"tenant": council, "job": self._mine.id, "first": claimed[0].subject.tag, "part": found}
            await connection.execute(insert(job_part).values(part))
            await noting.settle(connection, generation, claimed)
        return len(claimed)

    async def _compared(self, council: str, subject: Subject, fault: Exception | None) -> dict[str, Any]:
        """What changed of one subject, as plain data; `{}` where nothing did."""
        question = partial(changed, subject, one=self._one, other=self._other, tried=Tried(MOST_TRIED))
        try:
            if fault is not None:
                raise fault
            found = (await self._assessor.ask_knowing(council, subject.tag, question)).value
        except (Unavailable, Merged) as known:
            if isinstance(known, Merged):  # it is looked at as what it is now
                return {}
            raise
        except Exception as fault:
            log.error("subject not comparable", fault=secrets.token_hex(4), error=what_and_where(fault))
            return {"not_assessed": True}
        return {} if found is None else _told(subject, found, self._one, self._other)


def moments_of(asked: Mapping[str, Any], position: int) -> tuple[Moment, Moment]:
    """The two moments of a question, the second as known up to the position that was settled when it was asked."""
    one, other = (_moment(asked, end) for end in ("from", "to"))
    known = Known(other.known.moment, other.known.by_source, position)
    return one, Moment(other.as_at, known)


def _moment(asked: Mapping[str, Any], end: str) -> Moment:
    at = asked[f"{end}_known_at"]
    moment = datetime.fromisoformat(at) if at else None
    known = Known(moment, asked["knowledge"] == "source" and moment is not None, asked[f"{end}_known_position"])
    return Moment(date.fromisoformat(asked[f"{end}_as_at"]), known)


def _as_asked(one: Moment, other: Moment) -> Moment:
    """The second moment in words like the first: where nobody asked for a position, none is said."""
    if one.known.position is not None:
        return other
    return Moment(other.as_at, replace(other.known, position=None))


def _told(subject: Subject, found: Comparison, one: Moment, other: Moment) -> dict[str, Any]:
    because = found.because
    return {
        "subject": {"type": subject.kind, "id": subject.id},
        "before": str(found.before.status), "after": str(found.after.status),
        "rules": [change.finding.rule for change in found.changes],
        "by_time": any(change.by_time for change in found.changes),
        "how": sorted({each.how for each in because}),
        "because": [
            {"position": each.position, "type": each.type, "how": each.how, "said": because_in_words(each)}
            for each in because[:MOST_NAMED]
        ],
        "because_omitted": max(0, len(because) - MOST_NAMED),
        "smallest": all(change.is_smallest for change in found.changes),
        "said": whole_in_words(found, one, _as_asked(one, other)),
    }  # fmt: skip


async def put_together(database: Database, council: str, mine: Job) -> dict[str, Any]:
    """The answer, once everybody was compared."""
    counts, statuses, items = Counter[str](), Counter[tuple[str, str]](), list[dict[str, Any]]()
    async with database.read(council) as connection:
        parts = await connection.execute(
            select(job_part.c.part).where(job_part.c.job == mine.id).order_by(job_part.c.first)
        )
        for part in parts.scalars():
            for each in part:
                _count(each, counts, statuses)
                if "subject" in each and len(items) < MOST_LISTED:
                    items.append(each)
    changes = counts["changed"]
    return {
        "subjects": {name: counts[name] for name in ("looked_at", "changed", "worse", "better", "not_assessed")},
        "by_status": [{"before": one, "after": other, "subjects": n} for (one, other), n in sorted(statuses.items())],
        "by_cause": {name.removeprefix("by "): n for name, n in sorted(counts.items()) if name.startswith("by ")},
        "changed": {"count": changes, "items": items, "items_omitted": changes - len(items)},
    }


def _count(each: Mapping[str, Any], counts: Counter[str], statuses: Counter[tuple[str, str]]) -> None:
    counts["looked_at"] += 1
    counts["not_assessed"] += "not_assessed" in each
    if "subject" not in each:
        return
    before, after = each["before"], each["after"]
    counts["changed"] += 1
    counts["worse" if rank(Status(after)) < rank(Status(before)) else "better"] += 1
    counts.update(f"by {how}" for how in each["how"])
    counts["by time"] += each["by_time"]
    statuses[before, after] += 1
