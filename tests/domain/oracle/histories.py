"""Histories of one worker or one case, plausible and nasty, for judging twice: by the oracle and by the evaluation.

Each is told by two sources, out of order, with things told again and told twice, and with gaps that fall on or beside
the days on which an answer changes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.domain.oracle.days import each_day, first_of_month, is_working_day, last_of_month

FIRST_DAYS = {"shropshire": date(2021, 11, 1), "luton": date(2021, 6, 1), "national": date(2020, 1, 1)}
LAST_DAY = date(2026, 12, 31)
NEAR_A_BOUNDARY = [
    0,
    1,
    2,
    3,
    5,
    6,
    7,
    8,
    9,
    13,
    14,
    15,
    20,
    27,
    28,
    29,
    30,
    31,
    41,
    42,
    43,
    59,
    60,
    61,
    62,
    89,
    90,
    91,
    92,
    93,
]
LUTON_CATEGORIES: dict[str, list[str]] = {
    "mash": ["complex", "routine"],
    "family_partnership": ["level_2", "level_3", "level_4"],
    "assessment": [],
    "family_safeguarding": [],
    "children_with_disabilities": ["cp", "lac", "cin_active", "cin_inactive", "duty"],
    "looked_after_children": ["awaiting_permanency", "matched_stable", "matched_stable_over_1_year"],
    "care_leavers": ["additional_needs", "stable", "keeping_touch"],
    "fostering": [
        "assessment",
        "support_not_matched",
        "support_matched_stable",
        "support_awaiting_permanency_or_unstable",
    ],
    "adoption": [],
    "safeguarding_and_qa": [],
    "contact_centre": [],
}

PLACES = [(service, category) for service, known in LUTON_CATEGORIES.items() for category in known or [None]]
PLACES += [("children_with_disabilities", "duty")] * 4 + [("looked_after_children", "matched_stable")] * 2
PLACES += [("care_leavers", "stable"), ("care_leavers", "keeping_touch"), ("fostering", "support_matched_stable")] * 2

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class History:
    """What two sources told of one subject, in the order of arrival, and the days to judge it on."""

    policy: str
    applies_from: date
    subject_kind: str
    subject_id: str
    events: list[dict[str, Any]]
    days: list[date]


@dataclass
class Teller:
    """Tells one history: keeps the day reached, the events told so far, and how Hypothesis chooses."""

    draw: Draw
    policy: str
    day: date
    events: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def seldom(self) -> bool:
        return bool(self.draw(st.integers(0, 5)) == 5)

    def days_on(self) -> timedelta:
        near = st.sampled_from(NEAR_A_BOUNDARY)
        return timedelta(days=self.draw(st.one_of(near, st.integers(0, 45))))

    def move_on(self) -> None:
        """To a later day; now and then on to the first or the last day of its month."""
        self.day += self.days_on()
        self.day = self.one_of(self.day, self.day, self.day, last_of_month(self.day))
        if self.seldom():
            self.day = first_of_month(last_of_month(self.day) + timedelta(days=1))

    def fresh(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}-{self.number}"

    def optional(self, name: str, *values: Any) -> dict[str, Any]:
        """A field that is mostly absent, else one of the values."""
        value = self.one_of(None, None, *values)
        return {} if value is None else {name: value}

    def tell(self, type_: str, **data: Any) -> None:
        event = {"type": type_, "source": self.one_of("urn:a", "urn:b"), "data": data}
        event["id"] = self.one_of("a", "m", "z") + self.fresh("")
        event |= self.optional("time", "2024-01-01T09:00:00Z", "2024-06-01T17:00:00+01:00")
        self.events.append(event)

    def tell_again(self, date_field: str) -> None:
        """The last event told twice: by another event, of the same things, perhaps of a day beside."""
        last = self.events[-1]
        beside = date.fromisoformat(last["data"][date_field]) + timedelta(days=self.one_of(0, 0, 1, 3, -1))
        data = last["data"] | {date_field: beside.isoformat()}
        if "session_id" in data and self.seldom():
            data.pop("discussion_id", None)
        self.tell(last["type"], **data)

    def finish(self, subject_kind: str, subject_id: str) -> History:
        events = list(self.events)
        events += [self.one_of(*events) for _ in range(self.one_of(0, 0, 1, 3))]
        self.draw(st.randoms(use_true_random=False)).shuffle(events)
        first_day = FIRST_DAYS[self.policy]
        applies_from = self.one_of(first_day, first_day, first_day, self.some_day())
        days = [max(applies_from, self.some_day()) for _ in range(6)]
        return History(self.policy, applies_from, subject_kind, subject_id, events, days)

    def some_day(self) -> date:
        """A day on or beside one on which something happened or an answer may change."""
        told = self.one_of(*self.events)["data"]
        near = self.one_of(*[value for value in told.values() if isinstance(value, str) and value[:2] == "20"])
        day = date.fromisoformat(near[:10]) + timedelta(days=self.one_of(-1, 0, 1))
        day = self.one_of(day, day + self.days_on(), day + timedelta(days=365), last_of_month(day) + self.days_on())
        return min(max(day, FIRST_DAYS[self.policy]), LAST_DAY)


def first_day() -> st.SearchStrategy[date]:
    any_day = st.dates(date(2023, 1, 1), date(2024, 12, 31))
    return st.one_of(any_day, any_day.map(first_of_month), any_day.map(last_of_month))


@dataclass
class WorkingLife:
    """Where W-1 stands on the day that the teller has reached."""

    teller: Teller
    service: str
    roles: list[str]
    stages: tuple[str, ...] = ()
    employed: bool = False
    away_until: date = date.min
    supervisor: str = "M-1"

    def start(self) -> None:
        teller = self.teller
        role = teller.one_of(*self.roles)
        data = {"worker_id": "W-1", "started_on": teller.day.isoformat(), "role": role, "service": self.service}
        stage = teller.optional("stage", *self.stages) if self.stages else {}
        teller.tell("WorkerStarted", **data, **teller.optional("team_id", "T-1"), **stage)
        self.employed = True
        late = timedelta(days=teller.one_of(0, 0, 0, 0, 0, 3, 20, 40))
        assigned = {"worker_id": "W-1", "supervisor_id": self.supervisor}
        assigned |= {"assigned_on": (teller.day + late).isoformat()} | teller.optional("strand", "personal")
        teller.tell("SupervisorAssigned", **assigned)


def tell_session(life: WorkingLife) -> None:
    teller = life.teller
    who = teller.one_of({"worker_id": "W-1"}, {"worker_id": "W-1"}, {"worker_ids": ["W-1"]})
    if teller.seldom():
        who = teller.one_of({"worker_ids": ["W-1", "W-2"]}, {"worker_id": "W-2"})
    kinds = ["individual"] * 6 + ["check_in", "ad_hoc", "group", "peer", "practice_meeting", "observation"]
    data = {"session_id": teller.fresh("S"), "held_on": teller.day.isoformat(), "kind": teller.one_of(*kinds)} | who
    data |= teller.optional("minutes", 30, 89, 90, 90, 91, 120) | teller.optional("planned", True, False)
    data |= teller.optional("supervisor_id", life.supervisor) | teller.optional("includes_check_in", True, False)
    if teller.seldom():
        data |= teller.optional("strand", "personal", "case", "professional") | teller.optional("interrupted", True)
        data |= teller.optional("private", True, False)
    teller.tell("SessionHeld", **data)
    if teller.seldom():
        teller.tell_again("held_on")
    if teller.seldom():
        booked_on = teller.day - timedelta(days=teller.one_of(-2, 0, 1, 14))
        booking = {"session_id": data["session_id"], "planned_for": teller.day.isoformat(), "kind": data["kind"]} | who
        teller.tell("SessionScheduled", **booking, scheduled_on=booked_on.isoformat())
        if teller.seldom():
            teller.tell_again("scheduled_on")


def tell_many_sessions(life: WorkingLife) -> None:
    """About a year of them at a steady pace, long enough but for a few: near ten, so that one more or less matters."""
    teller = life.teller
    apart = timedelta(days=teller.one_of(21, 28, 30, 31, 36))
    for _ in range(teller.one_of(8, 9, 10, 11, 13, 15)):
        data = {"session_id": teller.fresh("S"), "worker_id": "W-1", "held_on": teller.day.isoformat()}
        length = teller.one_of(*[{"minutes": 90}] * 16, {"minutes": 95}, {"minutes": 121}, {"minutes": 60}, {})
        teller.tell("SessionHeld", **data, kind="individual", **length)
        teller.day += apart + timedelta(days=teller.one_of(0, 0, -1, 1))


def tell_missed_session(life: WorkingLife) -> None:
    teller = life.teller
    data = {"session_id": teller.fresh("S"), "worker_id": "W-1", "planned_for": teller.day.isoformat()}
    teller.tell("SessionMissed", **data, outcome=teller.one_of("cancelled", "did_not_attend"), kind="individual")


def tell_absence(life: WorkingLife) -> None:
    """Away from today or the first of the month, for about two weeks, whole months, or without an end so far.

    Absences may overlap when each has a name of its own.
    """
    teller = life.teller
    first = teller.one_of(teller.day, first_of_month(teller.day))
    named = {"absence_id": teller.fresh("A")}
    if first > life.away_until:
        named = teller.one_of({}, {}, named)
    last = first + timedelta(days=teller.one_of(0, 9, 12, 13, 14, 27, 28, 41, 60))
    last = teller.one_of(last, last_of_month(last))
    teller.tell("AbsenceStarted", worker_id="W-1", started_on=first.isoformat(), **named)
    if teller.seldom():
        life.away_until = date.max
        return
    teller.tell("AbsenceEnded", worker_id="W-1", ended_on=last.isoformat(), **named)
    life.away_until = max(last, life.away_until)


def tell_new_role(life: WorkingLife) -> None:
    if life.employed:
        teller = life.teller
        data = {"worker_id": "W-1", "changed_on": teller.day.isoformat(), "role": teller.one_of(*life.roles)}
        teller.tell("WorkerRoleChanged", **data, **teller.optional("new_post", True, False))


def tell_stage(life: WorkingLife) -> None:
    teller = life.teller
    reached = {"stage": teller.one_of(*life.stages), "reached_on": teller.day.isoformat()}
    teller.tell("WorkerStageReached", worker_id="W-1", **reached)


def tell_leaving(life: WorkingLife) -> None:
    """Leaves, and perhaps comes back; now and then it is only told again that W-1 started."""
    teller = life.teller
    if not life.employed or teller.seldom():
        life.start()
        return
    teller.tell("WorkerLeft", worker_id="W-1", left_on=teller.day.isoformat())
    life.employed = False
    teller.day += timedelta(days=1)
    if not teller.seldom():
        teller.move_on()
        life.start()


def tell_supervisor(life: WorkingLife) -> None:
    """A new supervisor, or one that changes nothing: the same again, of another strand, or for a short while."""
    if not life.employed:
        return
    teller = life.teller
    data = {"worker_id": "W-1", "supervisor_id": teller.one_of("M-1", "M-2"), "assigned_on": teller.day.isoformat()}
    until = {"until": (teller.day + timedelta(days=teller.one_of(5, 26, 27, 28, 29, 60))).isoformat()}
    beside = [{"strand": "case"}, {"strand": "interim"} | until, {"basis": "interim"} | until]
    more = teller.one_of({}, {}, {}, *beside)
    teller.tell("SupervisorAssigned", **data, **more)
    if "until" in more and teller.seldom():
        ended_on = (teller.day + timedelta(days=teller.one_of(1, 27, 30))).isoformat()
        who = {"worker_id": "W-1", "supervisor_id": data["supervisor_id"]}
        teller.tell("SupervisorUnassigned", **who, ended_on=ended_on, basis="interim")
    if not more:
        life.supervisor = data["supervisor_id"]


def tell_agreement(life: WorkingLife) -> None:
    teller = life.teller
    number = teller.fresh("G")
    made = {"agreement_id": number, "worker_id": "W-1", "supervisor_id": teller.one_of("M-1", "M-2", life.supervisor)}
    teller.tell("AgreementMade", **made, made_on=teller.day.isoformat())
    if teller.seldom():
        teller.tell_again("made_on")
    if teller.seldom():
        reviewed_on = teller.day + teller.days_on()
        teller.tell("AgreementReviewed", agreement_id=number, worker_id="W-1", reviewed_on=reviewed_on.isoformat())


def beside_the_weekend(day: date) -> date:
    """The last day before a run of days that are not working days, or the day itself if there is none this week."""
    for later in each_day(day, day + timedelta(days=6)):
        if not is_working_day(later + timedelta(days=1)):
            return later
    return day
