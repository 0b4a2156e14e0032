"""How far the feeds of other systems are confirmed, which have gone quiet, and which nobody ever confirmed. Pure.

Nothing here changes an answer: past what a feed is confirmed for, a rule that names it says *not known*. This says to
whom to go so that it becomes known.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.policy.shapes import Pack
from app.domain.wording import day, days
from app.events.facts import Fact, Facts

QUIET_AFTER: Final = 7
"""Days for which a feed may always be quiet."""
TIMES_AS_LONG: Final = 2
"""As its confirmations usually lie apart: after that it has gone quiet."""
CONFIRMED_ONCE: Final = 31
"""Days after which a feed has gone quiet that was confirmed only once."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of one system, for all or for one team or worker; `system` None: rules name it, nobody confirmed it.

    `usual_days`: how far apart its confirmations usually lie, None where there is one or none. `quiet_days`: since the
    day up to which it is complete.
    """

    feed: str
    system: str | None
    team: str | None
    worker: str | None
    confirmations: int
    complete_to: date | None
    usual_days: int | None
    quiet_days: int | None
    silent: bool
    rules: tuple[str, ...]
    why: str


def feeds(packs: Iterable[Pack], facts: Facts, on: date) -> list[Feed]:
    """Every feed that was confirmed by the day or that a rule of these packs names. Raises `FactsNeeded`."""
    rules: dict[str, list[str]] = {}
    for pack in packs:
        for duty in (duty for rule in pack.rules for duty in rule.duties if duty.feed is not None):
            rules.setdefault(str(duty.feed), []).append(duty.id)
    told: dict[tuple[str, ...], list[date]] = {}
    for fact in facts.as_at(on)("council/feeds"):
        if fact.on is not None and fact.on <= on:
            told.setdefault(_whose(fact), []).append(fact.on)
    found = [_confirmed(whose, ends, rules, on) for whose, ends in sorted(told.items())]
    return sorted([*found, *_never(rules, {feed for feed, *_ in told})], key=lambda each: each.feed)


def _whose(fact: Fact) -> tuple[str, ...]:
    return (fact.data["feed"], fact.data["system"], fact.get("team_id", ""), fact.get("worker_id", ""))


def _confirmed(whose: tuple[str, ...], ends: list[date], rules: Mapping[str, list[str]], on: date) -> Feed:
    feed, system, team, worker = whose
    first, last, different = min(ends), max(ends), len(set(ends))
    usual = round((last - first).days / (different - 1)) if different > 1 else None
    quiet = (on - last).days
    silent = quiet > (CONFIRMED_ONCE if usual is None else max(QUIET_AFTER, TIMES_AS_LONG * usual))
    return Feed(
        feed, system, team or None, worker or None, len(ends), last, usual, quiet, silent,
        tuple(rules.get(feed, ())), _why(last, usual, quiet),
    )  # fmt: skip


def _why(last: date, usual: int | None, quiet: int) -> str:
    rhythm = "It was confirmed once." if usual is None else f"Usually it is confirmed every {days(usual)}."
    return f"Confirmed complete up to {day(last)}, {days(quiet)} ago. {rhythm}"


def _never(rules: Mapping[str, list[str]], confirmed: set[str]) -> Iterator[Feed]:
    for feed in rules.keys() - confirmed:
        asked = ", ".join(rules[feed])
        why = f"Nobody ever confirmed that it is complete (FeedConfirmed): what is missing is not known to {asked}."
        yield Feed(feed, None, None, None, 0, None, None, None, True, tuple(rules[feed]), why)
