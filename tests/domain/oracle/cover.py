"""What the oracle says of cover (SH-27): every day on which the supervisor is away, counted one by one."""

from dataclasses import dataclass, field
from datetime import date

from tests.domain.oracle.days import ONE_DAY, each_day, months_later
from tests.domain.oracle.reading import Happening, is_about_worker, supervision_kind
from tests.domain.oracle.verdict import NOT_YET, Verdict


@dataclass
class Watch:
    """Who supervises and who covers, and the days without the supervisor so far."""

    supervisor: str | None = None
    cover: Happening | None = None
    cover_until: date | None = None
    away: dict[str, set[str]] = field(default_factory=dict)
    planned: dict[tuple[str, str], date] = field(default_factory=dict)
    streak: list[bool] = field(default_factory=list)
    last_covered: Verdict = NOT_YET


def judge_cover(facts: list[Happening], worker_id: str, since: date, as_at: date) -> Verdict:
    """Nobody need stand in for a month; from then on every day of the absence needs somebody."""
    watch = Watch()
    for day in each_day(min(since, facts[0].on), as_at):
        was = watch.supervisor
        for fact in [fact for fact in facts if fact.on == day]:
            take_up(watch, fact, worker_id)
        if watch.supervisor != was:
            close(watch, day)
        if watch.supervisor is not None and watch.away.get(watch.supervisor) and day >= since:
            watch.streak.append(is_covered(watch, day))
        else:
            close(watch, day)
        for fact in [fact for fact in facts if fact.on == day and fact.type == "AbsenceEnded"]:
            watch.away.get(fact.data["worker_id"], set()).discard(fact.data.get("absence_id", ""))
    return said(watch, as_at)


def take_up(watch: Watch, fact: Happening, worker_id: str) -> None:
    if fact.type == "AbsenceStarted":
        who, name = fact.data["worker_id"], fact.data.get("absence_id", "")
        if name not in watch.away.setdefault(who, set()):
            watch.planned.pop((who, name), None)
        watch.away[who].add(name)
        if "expected_until" in fact.data:
            watch.planned[who, name] = date.fromisoformat(fact.data["expected_until"])
    if not is_about_worker(fact, worker_id):
        return
    if fact.type == "SupervisorAssigned" and supervision_kind(fact) == ("personal", "permanent"):
        watch.supervisor = fact.data["supervisor_id"]
    if fact.type == "SupervisorAssigned" and supervision_kind(fact) == ("personal", "interim"):
        watch.cover, watch.cover_until = fact, fact.day("until")
    ended = watch.cover if fact.type == "SupervisorUnassigned" else None
    if ended is not None and ended.data["supervisor_id"] == fact.data["supervisor_id"]:
        watch.cover_until = min(fact.on, watch.cover_until or fact.on)


def is_covered(watch: Watch, day: date) -> bool:
    if watch.cover is None or (watch.cover_until is not None and day > watch.cover_until):
        return False
    if watch.cover.data["supervisor_id"] == watch.supervisor:
        return False
    return watch.cover.data.get("covers_id") in (None, watch.supervisor)


def close(watch: Watch, day: date) -> None:
    """The supervisor is back, or another; what was covered to the end stays told."""
    if watch.streak and watch.streak[-1]:
        watch.last_covered = of_streak(watch.streak, day - ONE_DAY, None)
    watch.streak = []


def said(watch: Watch, as_at: date) -> Verdict:
    if not watch.streak:
        return watch.last_covered
    plans = [watch.planned.get((str(watch.supervisor), name)) for name in watch.away[str(watch.supervisor)]]
    planned = max((plan for plan in plans if plan is not None), default=None)
    verdict = of_streak(watch.streak, as_at, planned)
    return watch.last_covered if verdict == NOT_YET else verdict


def of_streak(streak: list[bool], last_day: date, planned: date | None) -> Verdict:
    """The days without the supervisor up to `last_day`, each covered or not."""
    first = last_day - (len(streak) - 1) * ONE_DAY
    limit = months_later(first, 1)
    after = [covered for day, covered in zip(each_day(first, last_day), streak, strict=True) if day > limit]
    if streak[-1]:
        return Verdict("met" if all(after) else "late_met", None, limit)
    if not after:
        return Verdict("due", None, limit) if planned is not None and planned > limit else NOT_YET
    due_on = limit
    for day, covered in zip(each_day(first, last_day), streak, strict=True):
        due_on = day if covered and day > limit else due_on
    return Verdict("breached", None, due_on)
