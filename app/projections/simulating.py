"""A draft policy over everybody: subjects compared with it and without it, and what that came to put together.

No row of anybody is kept, so nothing of a draft can be seen in a list. What a batch of subjects came to is stored in
the transaction that says they are done, so that a worker that dies neither loses nor repeats any.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.assessing import Assessor, Outcome
from app.db import Database
from app.domain.compliance import policies_in_force
from app.domain.obligations import WORST_FIRST
from app.domain.simulating import Draft, RuleKey, Tally, compared, rules_of, under
from app.events.facts import Facts
from app.logs import what_and_where
from app.projections import noting
from app.projections.catchup import Projector
from app.projections.jobs import Job, job_part

AT_ONCE: Final = 10
"""Subjects in one transaction: each is assessed twice on every one of the days."""
MOST_LISTED: Final = 500
"""Subjects named of those who would newly be late, and of those who would be no longer; all are counted."""

log = structlog.get_logger(__name__)


class Simulator(Projector):
    """Compares subjects for one job."""

    def __init__(self, database: Database, mine: Job) -> None:
        super().__init__(database)
        self._mine = mine
        self._question = partial(compared, draft=draft_of(mine), days=days_of(mine))

    async def _assess(self, council: str, generation: int, most: int, fault: Exception | None = None) -> int:
        async with self._database.write(council) as connection:
            claimed = await noting.claim(connection, generation, min(most, AT_ONCE))
            if not claimed:
                return 0
            questions = {each.subject.tag: partial(self._question, each.subject) for each in claimed}
            _, outcomes = await self._assessor.ask_all(council, questions, {}, self._mine.known, aside=True)
            tally = _tallied(outcomes.values() if fault is None else [Outcome(fault=fault)])
            part = {"tenant": council, "job": self._mine.id, "first": claimed[0].subject.tag, "part": tally.as_json()}
            await connection.execute(insert(job_part).values(part))
            await noting.settle(connection, generation, claimed)
        return len(claimed)


def draft_of(mine: Job) -> Draft:
    """The draft that a simulation is about."""
    asked = mine.asked
    return Draft(asked["policy_id"], asked["policy"], date.fromisoformat(asked["applies_from"]))


def days_of(mine: Job) -> list[date]:
    """The days on which it is compared: the ends of months, and the day asked about."""
    return [date.fromisoformat(day) for day in mine.asked["days"]]


async def put_together(database: Database, council: str, mine: Job) -> dict[str, Any]:
    """The answer, once everybody was compared."""
    async with database.read(council) as connection:
        tally = await _whole(connection, mine)
    draft, days = draft_of(mine), days_of(mine)

    def titles(facts: Facts) -> tuple[dict[RuleKey, str], dict[RuleKey, str]]:
        before, after = (rules_of(policies_in_force(each, days[-1])) for each in (facts, under(facts, draft)))
        return before, after

    before, after = (await Assessor(database).ask_council(council, titles, mine.known)).value
    return _told(tally, days, before, after)


def _tallied(outcomes: Iterable[Outcome[Tally]]) -> Tally:
    tally = Tally()
    for outcome in outcomes:
        if outcome.fault is not None:
            tally.counts["subject", "not_assessed"] += 1
            error = what_and_where(outcome.fault)
            log.error("subject not comparable", fault=secrets.token_hex(4), error=error)
        elif outcome.value is not None:
            tally.take(outcome.value[0])
    return tally


async def _whole(connection: AsyncConnection, mine: Job) -> Tally:
    """All parts; of late subjects no more than are listed."""
    whole, newly, no_longer = Tally(), Tally(), Tally()
    parts = await connection.execute(
        select(job_part.c.part).where(job_part.c.job == mine.id).order_by(job_part.c.first)
    )
    for part in parts.scalars():
        tally = Tally.of_json(part)
        whole.counts.update(tally.counts)
        newly.take(Tally(late=[each for each in tally.late if each["newly"]]), MOST_LISTED)
        no_longer.take(Tally(late=[each for each in tally.late if not each["newly"]]), MOST_LISTED)
    whole.late = [*newly.late, *no_longer.late]
    return whole


WORDS: Final = ("changed", "newly_late", "no_longer_late")


def _told(
    tally: Tally, days: Iterable[date], before: Mapping[RuleKey, str], after: Mapping[RuleKey, str]
) -> dict[str, Any]:
    counts = tally.counts
    titles = {**before, **after}
    of_subjects = {name: counts["subject", name] for name in ("looked_at", *WORDS, "not_assessed")}
    return {
        "subjects": of_subjects,
        "by_rule": _by_rule(counts, titles),
        "by_team": [{"team": team or None} | _numbers(counts, "team", team) for team in _second(counts, "team")],
        "by_month": [{"on": day.isoformat()} | _numbers(counts, "month", day.isoformat()) for day in days],
        "new_rules": _apart(counts, "new", {key: after[key] for key in after.keys() - before.keys()}),
        "removed_rules": _apart(counts, "removed", {key: before[key] for key in before.keys() - after.keys()}),
        "cannot_be_known": _unknown(counts, titles),
        "newly_late": _listed(tally, counts["subject", "newly_late"], newly=True),
        "no_longer_late": _listed(tally, counts["subject", "no_longer_late"], newly=False),
    }


Counts = Counter[tuple[str, ...]]


def _numbers(counts: Counts, *of: str) -> dict[str, int]:
    return {word: counts[*of, word] for word in WORDS}


def _second(counts: Counts, first: str) -> list[str]:
    """The names counted under a word; what has none comes last."""
    return sorted({words[1] for words in counts if words[0] == first}, key=lambda name: (not name, name))


def _by_rule(counts: Counts, titles: Mapping[RuleKey, str]) -> list[dict[str, Any]]:
    rules: dict[RuleKey, list[tuple[str, str, int]]] = {}
    for words, number in sorted(counts.items()):
        if words[0] == "rule":
            rules.setdefault((words[1], words[2]), []).append((words[3], words[4], number))
    return [
        _rule(key, titles) | {
            "changed": sum(number for *_, number in changes),
            "newly_late": sum(n for before, after, n in changes if after == "breached" != before),
            "no_longer_late": sum(n for before, after, n in changes if before == "breached" != after),
            "changes": [{"before": before, "after": after, "findings": n} for before, after, n in changes],
        }
        for key, changes in sorted(rules.items())
    ]  # fmt: skip


def _rule(key: RuleKey, titles: Mapping[RuleKey, str]) -> dict[str, Any]:
    return {"policy": key[0], "rule": key[1], "title": titles.get(key)}


def _apart(counts: Counts, word: str, titles: Mapping[RuleKey, str]) -> list[dict[str, Any]]:
    """Rules that only one set of policies has, each with what it says of how many."""
    found = []
    for key in sorted(titles):
        by_status = {str(status): number for status in WORST_FIRST if (number := counts[word, *key, str(status)])}
        found.append(_rule(key, titles) | {"by_status": by_status})
    return found


def _unknown(counts: Counts, titles: Mapping[RuleKey, str]) -> list[dict[str, Any]]:
    rows = sorted({words[1:4] for words in counts if words[0] == "unknown"})
    return [
        _rule((policy, rule), titles)
        | {"code": code or None, "newly": counts["unknown", policy, rule, code, "newly"],
           "already": counts["unknown", policy, rule, code, "already"]}
        for policy, rule, code in rows
    ]  # fmt: skip


def _listed(tally: Tally, count: int, *, newly: bool) -> dict[str, Any]:
    items = [{name: value for name, value in each.items() if name != "newly"}
             for each in tally.late if each["newly"] == newly]  # fmt: skip
    return {"count": count, "items": items, "items_omitted": count - len(items)}
