"""What the oracle says of LU-14, 19 and 20: the Individual Supervision Agreement, and whom it must be with."""

from dataclasses import dataclass
from datetime import date, timedelta

from tests.domain.oracle.days import each_day
from tests.domain.oracle.reading import Happening, supervision_kind
from tests.domain.oracle.verdict import Verdict

GRACE = timedelta(days=28)
LONGEST_SHORT_COVER = timedelta(days=28)


@dataclass
class Cover:
    """An interim supervisor, the first day and, once it is known, the last."""

    supervisor: str
    since: date
    until: date | None


@dataclass
class Supervision:
    """Who supervises on one day, since when if that was a change, and who covers."""

    supervisor: str | None = None
    changed_on: date | None = None
    cover: Cover | None = None


def agreement(
    job_since: date,
    employed_since: date,
    about: list[Happening],
    supervised: list[date],
    applies_from: date,
    as_at: date,
) -> Verdict:
    """An agreement with this supervisor made since the job or the supervisor began, after some grace."""
    now = walk_supervision(employed_since, about, as_at)
    supervisor, begun, grace_from = now.supervisor, max(job_since, now.changed_on or job_since), applies_from
    if now.cover is not None and as_at >= now.cover.since + LONGEST_SHORT_COVER:
        supervisor, begun = now.cover.supervisor, max(job_since, now.cover.since)
        grace_from = max(applies_from, now.cover.since + LONGEST_SHORT_COVER)
    grace_from = max(grace_from, begun)
    made = [fact for fact in about if fact.type == "AgreementMade"]
    if any(supervisor in (None, fact.data["supervisor_id"]) and fact.on >= begun for fact in made):
        return Verdict("met")
    due_on = min([grace_from + GRACE, *[day for day in supervised if day >= grace_from]])
    if as_at > due_on:
        return Verdict("breached", "missing", due_on)
    before = any(fact.on < begun for fact in made)
    return Verdict("due", "superseded" if before else None, due_on)


def walk_supervision(employed_since: date, about: list[Happening], as_at: date) -> Supervision:
    """Day by day: a new permanent supervisor is a change if there was another; an interim one stands beside it."""
    now = Supervision()
    for day in each_day(about[0].on, as_at):
        if now.cover is not None and now.cover.until is not None and day > now.cover.until:
            now.cover = None
        supervisor, changed_on = now.supervisor, now.changed_on
        for fact in [fact for fact in about if fact.on == day]:
            take_up(now, fact, employed_since)
        if supervisor in (None, now.supervisor):  # only how the day ends counts: a first one, or back, is no change
            now.changed_on = changed_on
    return now


def take_up(now: Supervision, fact: Happening, employed_since: date) -> None:
    who = fact.data.get("supervisor_id")
    if fact.type == "SupervisorUnassigned" and now.cover is not None and now.cover.supervisor == who:
        now.cover.until = fact.on if ends_cover(fact) else now.cover.until
    if fact.type != "SupervisorAssigned":
        return
    who = fact.data["supervisor_id"]
    if supervision_kind(fact) == ("personal", "interim"):
        now.cover = Cover(who, fact.on, fact.day("until"))
    if supervision_kind(fact) == ("personal", "permanent") and who != now.supervisor:
        now.changed_on = fact.on if now.supervisor is not None and fact.on > employed_since else now.changed_on
        now.supervisor = who


def ends_cover(fact: Happening) -> bool:
    """The end of another strand, or of the permanent supervision, is not that of the cover."""
    of_cover = fact.data.get("basis", "interim") == "interim"
    return of_cover and fact.data.get("strand", "personal") in ("personal", "interim")
