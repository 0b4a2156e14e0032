"""What the oracle says of one social worker under the national standard: how often, and how long the last one was."""

from collections.abc import Callable
from datetime import date, timedelta

from tests.domain.oracle.clock import return_from_long_absence
from tests.domain.oracle.days import each_day, months_later
from tests.domain.oracle.professional import judge_professional
from tests.domain.oracle.reading import Happening, is_about_worker
from tests.domain.oracle.verdict import NOT_APPLICABLE, NOT_YET, Verdict
from tests.domain.oracle.worker import days_absent, walk_employment

RULES = ["S5-1", "S5-2", "S5-3", "S5-4"]
WEEK = timedelta(days=7)
Later = Callable[[date], date]


def judge_national_worker(
    applies_from: date, worker_id: str, facts: list[Happening], as_at: date
) -> dict[str, Verdict]:
    about = [fact for fact in facts if is_about_worker(fact, worker_id)]
    if not any(fact.type == "WorkerStarted" for fact in about):
        return dict.fromkeys(RULES, Verdict("not_assessable"))
    employment = walk_employment(about, as_at)
    if employment is None or as_at < applies_from:
        return dict.fromkeys(RULES, NOT_APPLICABLE)
    stages = stage_on_each_day(employment.since, about, as_at)
    sessions = [fact for fact in about if is_supervision(fact) and fact.on >= max(employment.since, applies_from)]
    held = {fact.on for fact in sessions}
    absent = days_absent(about, as_at)

    def rhythm(asked: Callable[[date], Later], newly: bool) -> Verdict:
        days = [day for day in stages if day >= applies_from and (stages[day] == "nqsw") == newly]
        return walk(days, asked, held, absent, as_at) if as_at in days else NOT_APPLICABLE

    return {
        "S5-1": rhythm(lambda day: asked_of_the_newly_qualified(employment.since, day), newly=True),
        "S5-2": rhythm(lambda _: a_month, newly=False),
        "S5-3": length_of(sessions),
        "S5-4": judge_professional(worker_id, facts, max(employment.since, applies_from)),
    }


def stage_on_each_day(since: date, about: list[Happening], as_at: date) -> dict[date, str | None]:
    stage = None
    stages = {}
    for day in each_day(since, as_at):
        for fact in about:
            if fact.on == day and fact.type in ("WorkerStarted", "WorkerStageReached"):
                stage = fact.data.get("stage", stage)
        stages[day] = stage
    return stages


def is_supervision(fact: Happening) -> bool:
    if fact.type != "SessionHeld" or fact.data["kind"] != "individual":
        return False
    return fact.data.get("strand", "personal") in ("personal", "professional") and fact.data.get("planned") is not False


def a_week(day: date) -> date:
    return day + WEEK


def a_fortnight(day: date) -> date:
    return day + 2 * WEEK


def a_month(day: date) -> date:
    return months_later(day, 1)


def asked_of_the_newly_qualified(since: date, day: date) -> Later:
    """Weekly for the first six weeks, fortnightly for the first six months, monthly after that."""
    if day < since + 6 * WEEK:
        return a_week
    return a_fortnight if day < months_later(since, 6) else a_month


def walk(days: list[date], asked: Callable[[date], Later], held: set[date], absent: set[date], as_at: date) -> Verdict:
    """Day by day: begins, or begins again after a gap; is re-dated when another stage begins (RD-13); is met."""
    opened = due = days[0]
    before: tuple[date, Later] | None = None
    for day in days:
        limit = asked(day)
        if before is None or before[0] + timedelta(days=1) != day:
            opened, due = day, limit(day)
        elif before[1] is not limit:
            new = limit(opened)
            due = new if new >= due else min(max(new, day + WEEK), due)
        if day in held:
            opened, due = day, limit(day)
        before = (day, limit)
    if as_at <= due:
        return Verdict("due", None, due)
    status = "excused" if is_excused(opened, due, asked(as_at), absent, as_at) else "breached"
    return Verdict(status, None, due)


def is_excused(opened: date, due: date, limit: Later, absent: set[date], as_at: date) -> bool:
    """A week away running, begun by the limit; due again within one interval of the return."""
    while True:
        back = return_from_long_absence(opened, due, absent, 7)
        if back is None:
            return False
        if as_at < back or as_at <= limit(back):
            return True
        opened, due = back, limit(back)


def length_of(sessions: list[Happening]) -> Verdict:
    if not sessions:
        return NOT_YET
    last = sessions[-1].data
    if last.get("interrupted") is True or last.get("minutes", 90) < 90:
        return Verdict("breached")
    return Verdict("met") if "minutes" in last else Verdict("not_assessable")
