"""What else a case system sends: assessments, plans, meetings, visits, decisions, and how far each feed is complete."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from app.demo.casework import Case
from app.demo.days import month_ends, workday, working_days_after
from app.demo.invented import Event, History


@dataclass(frozen=True, slots=True)
class Regular:
    """A fact that recurs: its type and date field, how many days apart, and how often it is forgotten."""

    type: str
    on: str
    days: tuple[int, int]
    forgotten: float = 0.04
    first_after: int = 20
    """Days from the opening of the case to the first."""
    initial: bool = False
    """Whether the first one says that it is the first."""


def keep_file(told: History, case: Case, regulars: Iterable[Regular]) -> None:
    """All regular facts of a case, as long as it is open."""
    end = min(case.closed or told.last_day, told.last_day)
    for regular in regulars:
        die = told.die(regular.type, case.id)
        day, first = case.opened + timedelta(days=regular.first_after), True
        while day <= end:
            if die.random() >= regular.forgotten:
                _tell(told, case, regular, workday(day), first=first)
                first = False
            day += timedelta(days=die.randint(*regular.days))


def _tell(told: History, case: Case, regular: Regular, on: date, *, first: bool) -> None:
    on = max(on, case.opened)
    dated: Event = {regular.on: on}
    by = case.holder(on) if case.holders else None
    told.tell(regular.type, on, case_id=case.id, by=by, initial=(first and regular.initial) or None, **dated)


def activity(told: History, case: Case) -> None:
    """Something is done on the case every other month or so, and mostly on file within five working days."""
    die, end = told.die("activity", case.id), min(case.closed or told.last_day, told.last_day)
    day = workday(case.opened + timedelta(days=die.randint(3, 30)))
    while day <= end:
        recorded = working_days_after(day, die.choice((0, 0, 1, 1, 2, 3, 4, 5, 5, 8)))
        if recorded <= told.last_day:
            told.tell("CaseActivityRecorded", recorded, case_id=case.id, activity_on=day, recorded_on=recorded)
        day = workday(day + timedelta(days=die.randint(45, 75)))


def family_meetings(told: History, case: Case) -> None:
    """Scheduled every ten weeks or so; mostly held, otherwise explained, now and then neither."""
    die = told.die("meetings", case.id)
    end = min(case.closed or told.last_day, told.last_day)
    day = case.opened + timedelta(days=die.randint(15, 40))
    while (scheduled := workday(day)) <= end:
        meets = workday(scheduled + timedelta(days=die.randint(10, 20)))
        meeting = f"M-{case.id.removeprefix('C-')}-{meets:%y%m%d}"
        told.tell(
            "FamilyMeetingScheduled", scheduled, case_id=case.id, scheduled_for=meets, scheduled_on=scheduled,
            meeting_id=meeting,
        )  # fmt: skip
        throw = die.random()
        if throw < 0.9 and meets <= end:
            told.tell("FamilyMeetingHeld", meets, case_id=case.id, held_on=meets, meeting_id=meeting)
        elif throw < 0.99 and meets <= end:
            told.tell(
                "FamilyMeetingNotHeld", meets, case_id=case.id, explained_on=meets, reason_recorded=throw < 0.98,
                meeting_id=meeting, scheduled_for=meets,
            )  # fmt: skip
        day = meets + timedelta(days=die.randint(45, 65))


def decision(told: History, case: Case, day: date, note: dict[str, Any] | None, die: Random) -> None:
    """A decision between two meetings, and the note that puts it on the file: its type and system, or none."""
    who, decided = case.holder(day), f"DE-{case.id.removeprefix('C-')}-{day:%y%m%d}"
    manager = told.workers[who].supervisor(day)
    told.tell(
        "DecisionMade", day, decision_id=decided, case_id=case.id, made_on=day, made_by=manager, setting="ad_hoc",
        worker_id=who,
    )  # fmt: skip
    if note is not None and (recorded := workday(day + timedelta(days=die.randint(1, 4)))) >= day:
        told.tell_by_now(
            "CaseNoteRecorded", recorded, note_id=f"N-{decided}", case_id=case.id, decision_id=decided,
            recorded_on=recorded, event_on=day, **({"author_id": manager} | note),
        )  # fmt: skip


def confirm_feeds(told: History, feeds: Iterable[str], silent: dict[str, int]) -> None:
    """Each feed is complete to the end of each month and up to yesterday; a silent one has stopped so many days ago."""
    for feed in feeds:
        until = told.ago(silent[feed]) if feed in silent else told.last_day
        days = [*month_ends(told.ago(390), until), until]
        for day in dict.fromkeys(days):
            told.tell(
                "FeedConfirmed", day, system=told.case_system, feed=feed, complete_from=told.ago(402), complete_to=day
            )


def needs_changed(told: History, case: str, ago: int, kind: str) -> None:
    """Something about the case is not as it was."""
    told.tell("NeedChanged", told.ago(ago), case_id=case, changed_on=told.ago(ago), kind=kind)


def number_elsewhere(told: History, case: Case, system: str, day: date) -> None:
    """What another system calls the case."""
    number = f"{int(case.id.removeprefix('C-')) * 7919 % 10_000_000:07}"
    told.tell("IdentifierLinked", day, kind="case", subject_id=case.id, system=system, identifier=number, linked_on=day)
