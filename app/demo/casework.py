"""Cases: opened, allocated, discussed in supervision, recorded, closed; and the actions that were agreed.

How a case is discussed follows from the diary of whoever holds it. What a story says of a single case is told by the
same functions, with the days given.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from app.demo import words
from app.demo.days import workday, working_days_after
from app.demo.invented import Event, History, Worker

FORM, NOTE, CASE_RECORD = "eh_case_supervision_form", "management_supervision_note", "case_supervision"
ELEMENTS = ("experience", "reflection", "analysis", "plan_and_action")


@dataclass(frozen=True, slots=True)
class Practice:
    """How a council discusses its cases."""

    records: dict[str, str]
    """Depth → kind of the record."""
    can_wait: int = 0
    """Days after a discussion in which a case may be left for the next meeting."""
    full_after: int = 55
    """Days after a full discussion from which the next one is full as well."""
    full: float = 0.2
    """How many of the others are full all the same."""
    checklist: tuple[str, ...] = ()
    acts: float = 0.4
    """How many discussions end in an action."""
    follows_up: bool = False
    """Whether each meeting goes through the actions that are open."""


@dataclass(slots=True)
class Case:
    """A case as the history needs to remember it."""

    id: str
    service: str
    category: str | None
    opened: date
    holders: list[tuple[date, str]]
    closed: date | None = None
    supervisor: str | None = None
    """Who supervises it, where that is not whoever supervises its worker."""
    discussed: list[date] = field(default_factory=list)

    def holder(self, day: date) -> str:
        """Who holds it on a day."""
        return [who for since, who in self.holders if since <= day][-1]


def opened(
    told: History, case: str, service: str, category: str | None, worker: str | None, day: date, **more: Any
) -> Case:
    """A case opens, is classified if a category is given, and is allocated within two days."""
    team = None if worker is None else told.workers[worker].team
    about: Event = {"case_id": case, "opened_on": day, "service": service, "team_id": team}
    told.tell("CaseOpened", day, **(about | more))
    if category is not None:
        told.tell("CaseClassified", day, keyed=1, case_id=case, classified_on=day, category=category)
    known = Case(case, service, category, day, [])
    if worker is not None:
        allocated = workday(min(day + timedelta(days=2), told.last_day))
        known.holders.append((day, worker))
        allocate(told, case, worker, max(day, allocated))
    return known


def allocate(told: History, case: str, worker: str, day: date, **more: Any) -> None:
    """A worker becomes responsible."""
    told.tell("CaseAllocated", day, case_id=case, worker_id=worker, allocated_on=day, **more)


def handed_over(told: History, case: Case, worker: str, day: date) -> None:
    """Another worker holds the case from a day on; the case's own clock goes on."""
    before = case.holder(day)
    told.tell("CaseUnallocated", day, case_id=case.id, worker_id=before, ended_on=day, reason="change_of_worker")
    allocate(told, case.id, worker, day, team_id=told.workers[worker].team)
    case.holders.append((day, worker))


def close(told: History, case: Case, day: date) -> None:
    """The case's last day."""
    case.closed = day
    told.tell("CaseClosed", day, case_id=case.id, closed_on=day)


def meeting_days(case: Case, workers: dict[str, Worker]) -> Iterator[tuple[date, Worker]]:
    """The days on which the case could be discussed, each with who held it."""
    ends = [since for since, _ in case.holders[1:]] + [date.max]
    for (since, who), end in zip(case.holders, ends, strict=True):
        last = min(end, case.closed or date.max)
        yield from ((day, workers[who]) for day in workers[who].case_sessions if since < day <= last)


def discussed_as_usual(told: History, case: Case, practice: Practice, until: date | None = None) -> None:
    """The case at every meeting of its worker where it cannot wait, with records and actions; up to `until`."""
    die = told.die("case", case.id)
    last = last_full = case.opened
    for day, worker in list(meeting_days(case, told.workers)):
        trouble = told.trouble(worker.team, day)
        waits = (day - last).days < practice.can_wait and die.random() < 0.65
        if waits or die.random() < (trouble.left_out if trouble else 0.015) or (until is not None and day > until):
            continue
        full = (day - last_full).days >= practice.full_after or die.random() < practice.full
        last, last_full = day, day if full else last_full
        discussed_once(told, case, worker, day, practice, die, "full" if full else "light")


def discussed_once(
    told: History, case: Case, worker: Worker, day: date, practice: Practice, die: Random, depth: str
) -> None:
    """One discussion, with its record and perhaps an action."""
    acts = die.random() < practice.acts
    more: Event = {"depth": depth, "no_action": False if acts else True if die.random() < 0.98 else None}
    if depth == "full" and practice.checklist:
        more["checklist"] = {
            item: "satisfactory" if die.random() < 0.8 else "action_needed" for item in practice.checklist
        }
    elif practice.checklist:
        more["checklist"] = {practice.checklist[0]: "satisfactory"}
    if die.random() < 0.007:
        more["elements"] = ELEMENTS[:3]
    late_keyed = die.random() < 0.02
    supervisor = case.supervisor or worker.case_supervisor(day)
    discussed(
        told, case.id, worker.id, day, keyed=die.randint(9, 25) if late_keyed else 1, supervisor_id=supervisor, **more
    )
    case.discussed.append(day)
    trouble = told.trouble(worker.team, day)
    throw = die.random()
    if throw > 0.003 or not trouble:
        late = throw < (trouble.late if trouble else 0.03)
        after = die.choice((6, 7, 8, 9) if late else (1, 1, 2, 2, 3, 3, 4, 5))
        recorded(
            told, case.id, worker.id, day, practice.records[depth], after=after, as_note=throw > 0.9, by=supervisor
        )
    if acts:
        acted(told, case.id, worker.id, day, die, follows_up=practice.follows_up)


def discussed(told: History, case: str, worker: str, on: date, *, keyed: int = 1, **more: Any) -> Event:
    """A case is discussed in full with its worker, in that day's session if there was one."""
    known = told.workers[worker]
    usual = {
        "case_id": case,
        "discussion_id": discussion_id(case, on),
        "worker_id": worker,
        "session_id": known.case_sessions.get(on),
        "supervisor_id": known.case_supervisor(on),
        "discussed_on": on,
        "depth": "full",
        "setting": "individual",
        "decision": "no_change",
        "no_action": True,
        "elements": list(ELEMENTS),
        "narrative": words.of_a_case(told.die("words", case, on)) if worker in told.with_words else None,
    }
    return told.tell("CaseDiscussed", on, keyed=keyed, **(usual | more))


def recorded(
    told: History,
    case: str,
    worker: str,
    on: date,
    kind: str,
    *,
    after: int,
    as_note: bool = False,
    by: str | None = None,
) -> None:
    """The supervisor finishes the record of that day's discussion, `after` working days later, if that is past."""
    done = working_days_after(on, after)
    if done >= told.first_day:
        return
    known = told.workers[worker]
    record = f"R-{case.removeprefix('C-')}-{on:%y%m%d}"
    about: Event = {
        "case_id": case,
        "discussion_id": discussion_id(case, on),
        "session_id": known.case_sessions.get(on),
    }
    author, system = by or known.case_supervisor(on), told.case_system
    if as_note and kind == NOTE:
        told.tell(
            "CaseNoteRecorded", done, note_id=record, note_type="management_supervision", recorded_on=done,
            event_on=on, author_id=author, system=system, **about,
        )  # fmt: skip
        return
    told.tell(
        "RecordCompleted", done, record_id=record, kind=kind, completed_at=done, discussed_on=on, author_id=author,
        system=system, **about,
    )  # fmt: skip


def discussion_id(case: str, on: date) -> str:
    """What a case's discussion on a day is called."""
    return f"D-{case.removeprefix('C-')}-{on:%y%m%d}"


# --- actions ----------------------------------------------------------------------------------------------------------

FATES = (("done", 0.84), ("late", 0.90), ("followed_up", 0.95), ("cancelled", 0.97), ("blocked", 0.985), ("open", 1.0))
"""What becomes of an action, and up to which throw of the die. What is not done in a season is done in the end."""


def acted(told: History, case: str, worker: str, on: date, die: Random, *, follows_up: bool = False) -> None:
    """An action is agreed, and its story told as far as it has come; a few lack an owner or a date."""
    action = f"X-{case.removeprefix('C-')}-{on:%y%m%d}"
    due, throw = on + timedelta(days=die.choice((14, 21, 28))), die.random()
    about = {"action_id": action, "case_id": case}
    told.tell(
        "ActionAgreed", on, keyed=1, **about, agreed_on=on, due_on=None if throw > 0.99 else due,
        owner_id=None if 0.98 < throw <= 0.99 else worker, worker_id=worker, scope="case",
        discussion_id=discussion_id(case, on), session_id=told.workers[worker].case_sessions.get(on),
    )  # fmt: skip
    throw = die.random()
    fate = next(fate for fate, until in FATES if throw <= until)
    days = die.randint(1, 10)
    if follows_up:
        _followed_up(told, about, worker, on, _closed_on(due, fate, days))
    ended(told, about, worker, due, fate, days)


def _closed_on(due: date, fate: str, days: int) -> date:
    """The day on which it is looked at no more."""
    if fate in ("done", "followed_up", "cancelled"):
        return workday(due - timedelta(days=days))
    return {"blocked": due, "late": due + timedelta(days=days)}.get(fate, due + timedelta(days=40))


def _followed_up(told: History, about: Event, worker: str, on: date, closed: date) -> None:
    """At each meeting in between somebody asks how far it is, but for a few times."""
    die = told.die("followed up", about["action_id"])
    for day, session in told.workers[worker].case_sessions.items():
        if on < day < closed and die.random() > 0.03:
            told.tell_by_now(
                "ActionFollowedUp", day, **about, followed_up_on=day, outcome="continues", session_id=session
            )


def ended(told: History, about: Event, worker: str, due: date, fate: str, days: int) -> None:
    """How an action ends: some days before it is due, or some days after."""
    early, late = workday(due - timedelta(days=days)), due + timedelta(days=days)
    match fate:
        case "done":
            told.tell_by_now("ActionCompleted", early, completed_on=early, by=worker, **about)
        case "followed_up":
            told.tell_by_now("ActionFollowedUp", early, followed_up_on=early, outcome="completed", **about)
        case "cancelled":
            told.tell_by_now("ActionFollowedUp", early, followed_up_on=early, outcome="no_longer_needed", **about)
        case "blocked":
            told.tell_by_now("ActionBlocked", early, reported_on=early, by=worker, **about)
            told.tell_by_now("ActionAmended", early, amended_on=early, due_on=due + timedelta(days=28), **about)
            told.tell_by_now("ActionCompleted", due, completed_on=due, by=worker, **about)
        case "late":
            told.tell_by_now("ActionCompleted", late, completed_on=late, by=worker, **about)
        case _:
            told.tell_by_now(
                "ActionCompleted", due + timedelta(days=40), completed_on=due + timedelta(days=40), **about
            )
