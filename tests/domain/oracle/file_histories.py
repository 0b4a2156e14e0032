"""Histories of one family's file: what is done and entered, Family Meetings, decisions of ad hoc supervision, feeds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.domain.oracle.carelessly import sent as carelessly
from tests.domain.oracle.days import last_of_month, working_days_later
from tests.domain.oracle.ledger import Sent

NEAR = [0, 1, 2, 4, 6, 7, 8, 13, 27, 28, 29, 30, 31, 45, 59, 61, 90, 91, 92]


@dataclass
class Life:
    """What was told so far, and the day that was reached."""

    chance: Random
    day: date
    events: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0

    def tell(self, type_: str, **data: Any) -> None:
        """By one of two sources; a date is said as a date or as text."""
        chosen = {name: str(value) if isinstance(value, date) else value for name, value in data.items()}
        event = {"type": type_, "source": self.one_of("urn:a", "urn:b"), "id": self.fresh(self.one_of("a", "z"))}
        if self.seldom():
            event["time"] = self.one_of("2024-01-01T09:00:00Z", "2024-06-01T17:00:00+01:00")
        self.events.append(event | {"data": chosen})

    def one_of(self, *choices: Any) -> Any:
        return self.chance.choice(choices)

    def seldom(self) -> bool:
        return self.chance.random() < 0.15

    def fresh(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}-{self.number}"

    def near(self, *days: int) -> date:
        return self.day + timedelta(days=self.one_of(*days))

    def move_on(self) -> None:
        self.day = self.near(*NEAR)
        self.day = self.one_of(self.day, self.day, self.day, last_of_month(self.day))

    def maybe(self, **fields: Any) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if self.one_of(True, False)}


@dataclass(frozen=True)
class Careless:
    """What was sent of one subject, and the days and moments to ask about."""

    applies_from: date
    sent: list[Sent]
    asked: list[tuple[date, Any]]


def careless(life: Life, first: date, days: int = 4) -> Careless:
    """As careless people send it; asked near what happened, by all that is known or by what was known then."""
    chance = life.chance
    sent = carelessly(life.events, chance)
    applies_from = chance.choice([first, first, max(first, life.day - timedelta(days=200))])
    asked = []
    for _ in range(days):
        near = chance.choice(dates_in(life.events)) + timedelta(
            days=chance.choice([0, 0, 1, -1, 7, 8, 31, 92, 93, 200])
        )
        moment = chance.choice([None, chance.choice(sent).recorded, chance.choice(sent).recorded])
        asked.append((max(near, applies_from), moment))
    return Careless(applies_from, sent, asked)


def dates_in(events: list[dict[str, Any]]) -> list[date]:
    texts = [str(value)[:10] for event in events for value in event["data"].values()]
    return [date.fromisoformat(text) for text in texts if text[:2] == "20" and text.count("-") == 2]


def family(chance: Random) -> Careless:
    """One family with Targeted Early Help, and those who are in charge of it."""
    life = Life(chance, date(2024, 1, 1) + timedelta(days=chance.randrange(400)))
    people(life)
    open_case(life)
    steps: list[Callable[[Life], None]] = chance.choice([[activity], [meeting], [meeting, meeting, feed], [decision]])
    steps = (
        [*steps * 2, feed, change] if chance.random() < 0.7 else [activity, meeting, decision, feed, change, closing]
    )
    for _ in range(chance.randrange(1, 9)):
        chance.choice(steps)(life)
        life.move_on()
    return careless(life, date(2021, 11, 1))


def people(life: Life) -> None:
    """Who starts, supervises and manages: some of it told, some of it late."""
    roles = {"W-1": "family_support_worker", "M-1": "team_manager", "M-2": "early_help_area_leader"}
    for who, role in ({"W-3": "family_support_worker", "M-3": "family_support_worker"} | roles).items():
        if not life.seldom():
            on = life.near(-400, -30, 0, 40)
            life.tell("WorkerStarted", worker_id=who, started_on=on, role=role, service="targeted_early_help")
    if not life.seldom():
        life.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-1", assigned_on=life.day)
        life.tell("LineManagerAssigned", worker_id="W-1", manager_id="M-3", assigned_on=life.day)
    for _ in range(life.one_of(0, 1, 2)):
        change(life)


def open_case(life: Life) -> None:
    life.tell("CaseOpened", case_id="C-1", opened_on=life.day, service="targeted_early_help", subject_kind="family")
    if not life.seldom():
        life.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on=life.near(0, 0, 3, 30))


def closing(life: Life) -> None:
    life.tell("CaseClosed", case_id="C-1", closed_on=life.day)
    if life.one_of(True, False):
        life.day += timedelta(days=1)
        life.move_on()
        open_case(life)


def change(life: Life) -> None:
    """Somebody else supervises or manages, for good or for some days; another role; another worker."""
    who, worker = life.one_of("M-1", "M-2", "M-3", "W-3"), life.one_of("W-1", "W-1", "W-2")
    about: dict[str, Any] = {"worker_id": worker}
    match life.one_of("in charge", "in charge", "manager", "ended", "role", "allocated", "left"):
        case "in charge":
            supervise(life, who, worker)
        case "manager":
            life.tell("LineManagerAssigned", **about, manager_id=who, assigned_on=life.day)
        case "ended":
            life.tell("LineManagerUnassigned", **about, manager_id=who, ended_on=life.day)
        case "role":
            role = life.one_of("team_manager", "family_support_worker")
            life.tell("WorkerRoleChanged", worker_id=who, changed_on=life.day, role=role)
        case "allocated":
            life.tell("CaseAllocated", **about, case_id="C-1", allocated_on=life.day)
        case "left":
            life.tell("WorkerLeft", worker_id=who, left_on=life.day)


def supervise(life: Life, who: str, worker: str) -> None:
    """The worker or the case itself, for good or for some days; or no longer."""
    match life.one_of("worker", "worker", "case", "no more"):
        case "worker":
            more = {"basis": "interim", "until": life.near(5, 20)} if life.seldom() else {}
            more |= life.maybe(strand=life.one_of("personal", "case"))
            life.tell("SupervisorAssigned", worker_id=worker, supervisor_id=who, assigned_on=life.day, **more)
        case "case":
            life.tell("CaseSupervisorAssigned", case_id="C-1", supervisor_id=who, assigned_on=life.day)
        case "no more":
            life.tell("SupervisorUnassigned", worker_id=worker, supervisor_id=who, ended_on=life.day)


def feed(life: Life) -> None:
    name = life.one_of("case_notes", "family_meetings", "family_meetings", "caseload")
    since = life.maybe(complete_from=life.near(-30, -200, -900))
    life.tell("FeedConfirmed", system="EHM", feed=name, complete_to=life.near(-5, 0, 30, 100), **since)


def activity(life: Life) -> None:
    for _ in range(life.one_of(1, 1, 2)):
        on = life.near(0, 0, 1, 5)
        entered = working_days_later(on, life.one_of(0, 1, 4, 5, 5, 6, 6, 12))
        life.tell("CaseActivityRecorded", case_id="C-1", activity_on=on, recorded_on=entered)


def meeting(life: Life) -> None:
    """Booked, held, explained: some of it, each known by a name or by its day alone."""
    name = {"meeting_id": life.fresh("FM")} if life.one_of(True, False) else {}
    then = life.near(0, 7, 28, 60, 91)

    def named() -> dict[str, Any]:
        return {} if life.seldom() else name

    if not life.seldom():
        scheduled_on = life.one_of(life.day, then + timedelta(days=3)) if life.seldom() else life.day
        booking = {"case_id": "C-1", "scheduled_for": then, "scheduled_on": scheduled_on}
        life.tell("FamilyMeetingScheduled", **booking, **named())
    match life.one_of("held", "held", "off", "off", "nothing", "both"):
        case "held":
            life.tell("FamilyMeetingHeld", case_id="C-1", held_on=then, **named())
        case "off":
            explain(life, then, named())
        case "both":
            explain(life, then, named())
            life.tell("FamilyMeetingHeld", case_id="C-1", held_on=then + timedelta(days=life.one_of(0, 2)), **named())


def explain(life: Life, then: date, name: dict[str, Any]) -> None:
    for _ in range(life.one_of(1, 1, 2)):
        on = then + timedelta(days=life.one_of(-2, 0, 0, 1, 20))
        more = life.maybe(scheduled_for=then)
        off = {"case_id": "C-1", "explained_on": on, "reason_recorded": life.one_of(True, True, False)}
        life.tell("FamilyMeetingNotHeld", **off, **more, **name)


def decision(life: Life) -> None:
    """A decision, mostly ad hoc, and its notes: in time or late, of either system, by anybody."""
    number = life.fresh("E")
    made = {"decision_id": number, "case_id": "C-1", "made_on": life.day, "made_by": "M-1"}
    made |= {"setting": life.one_of("ad_hoc", "ad_hoc", "ad_hoc", "individual")} | life.maybe(session_id="S-1")
    life.tell("DecisionMade", **made)
    if life.seldom():
        life.tell("DecisionMade", **made | {"made_on": life.near(-1, 1, 3), "setting": life.one_of("ad_hoc", "group")})
    if life.seldom():
        session = {"session_id": "S-1", "worker_id": "W-1", "held_on": life.day, "kind": "ad_hoc"}
        life.tell("SessionHeld", **session, **life.maybe(supervisor_id=life.one_of("M-1", "M-2")))
    for _ in range(life.one_of(0, 1, 1, 2)):
        note(life, number)


def note(life: Life, decision: str) -> None:
    entered = working_days_later(life.day, life.one_of(0, 1, 5, 5, 6, 9))
    right = [("ehm", "management_oversight"), ("LCS", "targeted_service_case_note"), ("EHM", "management_oversight")]
    system, kind = life.one_of(*right, *right, ("lcs", "management_oversight"), ("ehm", "management_supervision"))
    written = {
        "note_id": life.fresh("N"),
        "case_id": "C-1",
        "recorded_on": entered,
        "system": system,
        "note_type": kind,
    }
    written |= {"author_id": life.one_of("M-1", "M-2", "M-3", "W-1", "W-3")}
    written |= life.maybe(event_on=life.day) | ({} if life.seldom() else {"decision_id": decision})
    written |= {"on_behalf_of_id": life.one_of("M-1", "W-1")} if life.seldom() else {}
    written |= {"worker_id": life.one_of("W-1", "W-2")} if life.seldom() else {}
    written |= {"session_id": "S-1"} if life.seldom() else {}
    life.tell("CaseNoteRecorded", **written)
