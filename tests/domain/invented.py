"""Histories that nobody would think of, over a few months, and a policy with a rule of every kind."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from app.events.facts import Fact
from tests.domain import told
from tests.domain.told import adopted, calendar, policy

FIRST = date(2025, 1, 1)
DAYS = 120
PERSONAL = {"type": "SessionHeld", "where": {"kind": "individual", "planned": True}, "planned_by": "booking"}
AD_HOC = {"type": "SessionHeld", "where": {"kind": "ad_hoc"}}
DISCUSSED = {"type": "CaseDiscussed", "where": {"setting": "individual"}}
MEETING = {
    "type": "CaseDiscussed",
    "where": {"setting": "practice_meeting"},
    "with": [{"event": {"type": "ManagementOversightRecorded"}, "same": "discussion"}],
}
RECORD = {"type": "RecordCompleted"}
TERMS = {
    "term": [
        {"name": "winter", "first_day": "2025-01-06", "last_day": "2025-02-14"},
        {"name": "spring", "first_day": "2025-02-24", "last_day": "2025-04-04"},
        {"name": "summer", "first_day": "2025-04-21", "last_day": "2025-05-30"},
    ]
}
PASSED = {"type": "WorkerStageReached"}
LONG = PERSONAL | {"where": PERSONAL["where"] | {"minutes": {"at_least": 60}}}
ANY_KIND = {"type": "SessionHeld", "where": {"kind": ["individual", "group", "peer"]}}
CREDIT = [
    {"where": {"kind": "group", "group_size": {"at_most": 3}}, "counts": "2/3", "up_to": "1/2"},
    {"where": {"kind": "group"}, "divided_by": "group_size"},
    {"where": {"kind": "peer"}, "up_to": 1, "in_each": "month"},
]
CHECKED = {
    "any_of": [
        {"type": "CaseDiscussed", "where": {"checklist": "plan"}},
        {"type": "CaseRecordsReviewed", "where": {"checklist": "plan"}},
    ]
}
HELD, BOOKED = {"type": "FamilyMeetingHeld"}, {"type": "FamilyMeetingScheduled"}
NOT_HELD = {"type": "FamilyMeetingNotHeld"}
LAPSED = BOOKED | {"dated_by": "scheduled_for", "once_over": True,
                   "without": [{"event": HELD, "same": "meeting"}, {"event": NOT_HELD, "same": "meeting"}]}  # fmt: skip
DATED = {"type": "ActionAgreed", "where": {"due_on": {"present": True}}}
UNDATED = {"type": "ActionAgreed", "where": {"due_on": {"present": False}}}


def of_worker(version: str = "1", limit: int = 42) -> dict[str, Any]:
    about = {"subject": "worker", "applies": {"service": "quay"}}
    excused = {"absence": {"effect": "excuse", "at_least": "14 days"}}
    exists = {
        "event": {"type": "AgreementMade"},
        "with_supervisor": "personal",
        "renewed_by": ["new_post", "change_of_supervisor"],
        "ignore_interim_up_to": "10 days",
        "grace": {"limit": "28 days", "or_first": PERSONAL},
        "minimum": {"frequency": "1 month", "minutes": 60},
    }
    return policy(
        {"id": "ROLLING", **about, **excused,
         "every": {"event": PERSONAL, "target": "21 days", "limit": f"{limit} days"}},
        {"id": "PAUSED", **about, "absence": {"effect": "pause"}, "every": {"event": PERSONAL, "limit": "1 month"}},
        {"id": "MONTHLY", **about, **excused, "every": {"event": PERSONAL, "window": "month", "empty_allowed": 1}},
        {"id": "WEEKLY", **about, "every": {"event": PERSONAL, "window": "week", "empty_allowed": 2}},
        {"id": "TEN-DAYS", **about, "every": {"event": PERSONAL, "window": "10 days", "first_day": "2025-03-05"}},
        {"id": "TERMLY", **about, **excused, "every": {"event": PERSONAL, "window": "term", "empty_allowed": 1}},
        {"id": "QUOTA-TERM", **about, "at_least": {"event": PERSONAL, "times": 2, "window": "term"}},
        {"id": "HOURS", **about, "within": {"after": PERSONAL, "limit": f"{24 * int(version)} hours",
         "answered_by": {"event": RECORD, "same": "session"}}},
        {"id": "BEFORE", **about, "within": {"after": {"type": "SessionScheduled"}, "due_on": "planned_for",
         "before": "10 days", "answered_by": {"event": RECORD, "same": "session"}}},
        {"id": "SHIFTS", **about, "every": {"event": PERSONAL, "limit": 5 + int(version),
         "clock": {"event": {"type": "WorkRecorded"}, "adds": "shifts"}}},
        {"id": "STAGED", **about, **excused, "stages": {"steps": [
            {"up_to": "3 weeks", "every": {"event": PERSONAL, "limit": "7 days"}},
            {"for": "1 month", "until": PASSED, "every": {"event": PERSONAL, "target": "14 days", "limit": "21 days"}},
            {"up_to": "3 months", "every": {"event": PERSONAL, "limit": f"{limit} days"}},
            {"every": {"event": PERSONAL, "window": "month"}},
        ]}},
        {"id": "STAGED-SINCE", **about, "stages": {"since": PASSED, "steps": [
            {"for": "1 month", "until": LONG, "at_least": {"event": PERSONAL, "times": 2, "rolling": "21 days"}},
            {"up_to": "2 months", "at_least": {"event": PERSONAL, "times": int(version), "rolling": "14 days"}},
            {"for": "3 weeks", "latest": {"event": PERSONAL, "has": {"minutes": {"at_least": 60}}}},
        ]}},
        {"id": "AGREED", **about, "exists": exists},
        {"id": "MANAGER", "subject": "worker", "applies": {"role": "manager"},
         "every": {"event": PERSONAL, "limit": "14 days", "first_due": "first_event"}},
        {"id": "QUOTA", **about, **excused,
         "at_least": {"event": LONG, "times": 3 + int(version), "rolling": "2 months", "silent_for": "14 days"}},
        {"id": "QUOTA-DAYS", **about, "at_least": {"event": PERSONAL, "times": 2, "rolling": "31 days"}},
        {"id": "QUOTA-MINUTES", **about, **excused,
         "at_least": {"event": PERSONAL, "minutes": 120, "window": "month", "silent_for": "14 days"}},
        {"id": "CREDIT", **about, "at_least": {"event": ANY_KIND, "times": 3, "rolling": "2 months", "credit": CREDIT}},
        {"id": "CREDIT-MINUTES", **about,
         "at_least": {"event": ANY_KIND, "minutes": 180, "window": "quarter", "credit": CREDIT}},
        {"id": "CEILING", **about, "at_most": {"event": PERSONAL, "times": 3 - int(version), "rolling": "1 month"}},
        {"id": "CEILING-MINUTES", **about,
         "at_most": {"event": ANY_KIND, "minutes": 150, "window": "week", "credit": CREDIT}},
        {"id": "AS-AGREED", **about, "every": {"event": PERSONAL, "window": "month", "empty_allowed": 1,
         "own_terms": {"agreement": {"type": "AgreementMade"}}}},
        {"id": "ROLLING-AS-AGREED", **about, "every": {"event": PERSONAL, "limit": "1 month",
         "own_terms": {"agreement": {"type": "AgreementMade"}}}},
        {"id": "CARRIED", **about, "carried": {"open": {"type": "ActionAgreed"}, "to": PERSONAL,
         "closed_by": {"event": {"type": "ActionCompleted"}, "same": "action"},
         "followed_up_by": {"event": {"type": "ActionFollowedUp"}, "same": "action"}}},
        {"id": "RETURNED", **about, "carried": {"open": AD_HOC, "to": PERSONAL,
         "followed_up_by": {"event": PERSONAL, "same": "revisit"}}},
        {"id": "OWED", **about, "within": {"after": AD_HOC, "limit": "10 days",
         "answered_by": {"event": PERSONAL, "same": "worker"}}},
        {"id": "LENGTH", **about, "latest": {"event": PERSONAL, "has": {"minutes": {"at_least": 60}},
         "noted": {"long": {"minutes": {"at_least": 90}}}}},
        version=version,
        terms=TERMS,
    )  # fmt: skip


def of_case(version: str = "1", limit: int = 28) -> dict[str, Any]:
    table = {
        "provisional": {"event": "discussed", "limit": "28 days"},
        "rows": [
            {"id": "ROUGH", "when": {"service": "beach", "category": "rough"},
             "every": {"event": "discussed", "limit": f"{limit} days"}},
            {"id": "CALM", "when": {"service": "beach", "category": "calm"},
             "every": {"event": "discussed", "target": "28 days", "limit": "42 days"}},
            {"id": "PIER", "when": {"service": "pier"},
             "as_required": {"after": {"type": "NeedChanged"}, "answered_by": "discussed"}},
            {"id": "QUAY", "when": {"service": "quay"}, "every": {"event": "discussed", "limit": "1 month"}},
        ],
    }  # fmt: skip
    within = {"after": "discussed", "answered_by": {"event": RECORD, "same": "discussion"}, "limit": "5 working days"}
    credited = {"event": "discussed", "limit": "1 month", "first_due": "allocated", "credit_instead": MEETING}
    return policy(
        {"id": "TABLE", "subject": "case", "table": table},
        {"id": "CREDITED", "subject": "case", "every": credited},
        {"id": "IN-ITS-MONTH", "subject": "case",
         "every": {"event": "discussed", "window": "month", "credit_instead": MEETING}},
        {"id": "UNMOVED", "subject": "case", "every": credited | {"resets_clock": False}},
        {"id": "RECORDED", "subject": "case", "within": within},
        {"id": "ACTIONS", "subject": "case", "latest": {"event": "discussed", "unless": {"no_action": True},
         "with": [{"event": DATED, "same": "discussion"}], "without": [{"event": UNDATED, "same": "discussion"}]}},
        {"id": "MEETING", "subject": "case", "feed": "visits", "every": {"event": HELD, "limit": "1 month",
         "booked_by": {"event": BOOKED, "date": "scheduled_for"},
         "excused_by": NOT_HELD | {"where": {"reason_recorded": True}}}},
        {"id": "EXPLAINED", "subject": "case", "feed": "visits", "latest": {"event": {"any_of": [NOT_HELD, LAPSED]},
         "has": {"reason_recorded": True}}},
        {"id": "ON-FILE", "subject": "case", "feed": "visits", "within": {"after": {"type": "CaseActivityRecorded"},
         "answered_by": {"date": "recorded_on", "called": "entry"}, "limit": "5 working days"}},
        {"id": "COVERED", "subject": "case", "latest": {"event": "discussed", "with": [
            {"event": CHECKED, "same": "discussion", "when": {"depth": "full"}, "code": "not_looked_at"},
            {"event": CHECKED, "same": "case", "within": "14 days"}]}},
        {"id": "KNOWN", "subject": "case", "feed": "visits", "latest": {"event": "discussed",
         "has": {"elements": {"all_of": ["analysis"]}}, "with": [{"event": {"type": "ChildSeen"}, "same": "case"}]}},
        {"id": "WRITTEN", "subject": "case", "latest": {"event": RECORD, "by": {"person": "author_id",
         "any_of": [{"relation": "supervisor"}, {"relation": "line_manager", "role": "manager"}]}}},
        {"id": "WRITTEN-SOON", "subject": "case", "within": within | {"answered_by": {"event": RECORD,
         "same": "discussion", "by": {"person": "author_id", "relation": "supervisor"}}}},
        {"id": "SEEN", "subject": "case", "feed": "visits",
         "every": {"event": {"type": "ChildSeen"}, "target": "14 days", "limit": "21 days"}},
        events={"discussed": DISCUSSED},
        version=version,
    )  # fmt: skip


days = st.integers(0, DAYS).map(lambda offset: (FIRST + timedelta(days=offset)).isoformat())
lengths = st.integers(0, 45)


def _later(on: str, by: int) -> str:
    return (date.fromisoformat(on) + timedelta(days=by)).isoformat()


def _fact(build: Callable[..., Fact], *values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Fact]]:
    return st.builds(lambda *given: [build(*given)], *values)


def _cover(on: str, by: int, ends: bool) -> list[Fact]:
    until = {"until": _later(on, by)} if ends else {}
    cover = told.told(
        "SupervisorAssigned", worker_id="W-1", supervisor_id="M-9", assigned_on=on, basis="interim", **until
    )
    return [cover]


def _year_of_sessions(on: str, by: int, minutes: int) -> list[Fact]:
    """Several sessions, some days apart; the last may be longer than the rest, or not say how long it was."""
    held = [told.session(_later(on, turn * (by % 15)), minutes=minutes) for turn in range(4)]
    return [*held, told.session(_later(on, by), **({"minutes": 90} if by % 4 else {}))]


def _written_up(on: str, by: int, at: str) -> list[Fact]:
    """A session booked some days before, with times of day or without; its record some days later or sooner."""
    times = {"held_at": f"{on}{at}"} if at else {}
    held = told.session(on, **times)
    ids = {"session_id": held.data["session_id"], "worker_id": "W-1"}
    planned = told.told("SessionScheduled", planned_for=on, scheduled_on=_later(on, -20), kind="individual", **ids)
    record = {"record_id": f"R-{on}-{by}", "kind": "form", "author_id": "M-1"}
    return [
        held,
        planned,
        told.told("RecordCompleted", completed_at=f"{_later(on, by % 40 - 15)}{at}", **record, **ids),
    ]


def _worked(on: str, by: int) -> list[Fact]:
    """Some shifts, some days apart; of one it may not be told how many."""
    shifts = [told.told("WorkRecorded", worker_id="W-1", worked_on=_later(on, turn * (by % 9)), shifts="2.5")
              for turn in range(3)]  # fmt: skip
    return shifts if by % 4 else [*shifts, told.told("WorkRecorded", worker_id="W-1", worked_on=on, days=1)]


def _booked(on: str, by: int) -> list[Fact]:
    held = told.session(on)
    fields = {"worker_id": "W-1", "planned_for": on, "kind": "individual", "scheduled_on": _later(on, by - 20)}
    return [held, told.told("SessionScheduled", session_id=held.data["session_id"], **fields)]


def _recorded(on: str, by: int, ids: dict[str, str]) -> list[Fact]:
    record = {"record_id": f"R-{on}-{by}", "kind": "form", "author_id": "M-1", "completed_at": _later(on, by)}
    return [told.discussed(on, **ids), told.told("RecordCompleted", **record, case_id="C-1", discussed_on=on, **ids)]


def _carried_on(on: str, by: int, number: int) -> list[Fact]:
    """An action agreed at a session, and what becomes of it; now and then a session that returns to an ad hoc one."""
    held = told.session(on)
    session = {"session_id": held.data["session_id"]} if number % 2 else {}
    action = {"action_id": f"T-{number}", "agreed_on": on}
    then = _later(on, by)
    followed = {"action_id": f"T-{number}", "followed_up_on": then, "outcome": "continues"}
    closed = [told.told("ActionCompleted", action_id=f"T-{number}", completed_on=_later(then, by))] if by % 3 else []
    back = told.session(then, revisits=[f"S-{on}-ad_hoc"])
    ad_hoc = told.session(on, kind="ad_hoc", session_id=f"S-{on}-ad_hoc")
    agreed = told.told("ActionAgreed", worker_id="W-1", **action, **session)
    return [held, agreed, told.told("ActionFollowedUp", **followed), *closed, ad_hoc, *([back] if by % 2 else [])]


def _family_meets(on: str, by: int, named: bool) -> list[Fact]:
    """A family meeting in the diary, held or not, perhaps explained; the two know one another by name or by day."""
    then, name = _later(on, by), {"meeting_id": f"M-{on}-{by}"} if named else {}
    booked = told.told("FamilyMeetingScheduled", case_id="C-1", scheduled_on=on, scheduled_for=then, **name)
    held = told.told("FamilyMeetingHeld", case_id="C-1", held_on=then, **name)
    off = {"case_id": "C-1", "explained_on": then, "reason_recorded": by % 4 == 1} | name
    return [booked, *([held] if by % 3 == 0 else [told.told("FamilyMeetingNotHeld", **off)] if by % 3 == 1 else [])]


def _active(on: str, by: int) -> list[Fact]:
    return [told.told("CaseActivityRecorded", case_id="C-1", activity_on=on, recorded_on=_later(on, by % 12))]


def _checked(on: str, by: int, ids: dict[str, str]) -> list[Fact]:
    """A discussion that looked at the plan, or one whose file was looked at some days before or after."""
    depth = {"depth": "full" if by % 2 else "light"} | (
        {"elements": ["analysis", "reflection"][: by % 3]} if by else {}
    )
    if by % 5 == 0:
        return [told.discussed(on, checklist={"plan": "action_needed"}, **depth, **ids)]
    review = {"case_id": "C-1", "reviewed_on": _later(on, by - 20), "by": "M-1", "checklist": {"plan": "satisfactory"}}
    return [told.discussed(on, **depth, **ids), told.told("CaseRecordsReviewed", **review, **ids)]


def _written_by(on: str, who: str, more: dict[str, str]) -> list[Fact]:
    """A discussion whose record somebody wrote, who may be the supervisor or the line manager by then."""
    record = {"record_id": f"R-{on}-{who}", "kind": "form", "author_id": who, "completed_at": _later(on, 2)}
    about = {"case_id": "C-1", "discussed_on": on}
    return [told.discussed(on, worker_id="W-1", **more), told.told("RecordCompleted", **record, **about)]


def _in_charge(on: str, who: str, role: str) -> list[Fact]:
    """Somebody starts, and supervises or manages the worker who leads the case."""
    start = told.started(on, worker_id=who, role=role)
    if role == "manager":
        return [start, told.told("LineManagerAssigned", worker_id="W-1", manager_id=who, assigned_on=on)]
    return [start, told.told("SupervisorAssigned", worker_id="W-1", supervisor_id=who, assigned_on=on)]


def _met(on: str, by: int, ids: dict[str, str]) -> list[Fact]:
    oversight = {"case_id": "C-1", "recorded_on": _later(on, by), "event_on": on if by % 2 else _later(on, by)}
    meeting = told.discussed(on, setting="practice_meeting", **ids)
    return [meeting, told.told("ManagementOversightRecorded", by="M-1", **oversight, **ids)]


def _acted(on: str, by: int, ids: dict[str, str]) -> list[Fact]:
    """A discussion with an action that has a date, or has none; or with the word that none is needed."""
    if by > 40:
        return [told.discussed(on, no_action=True, **ids)]
    dated = {"due_on": _later(on, 60)} if by % 3 else {}
    action = {"action_id": f"T-{on}-{by}", "agreed_on": _later(on, by % 5)} | dated
    return [told.discussed(on, **ids), told.told("ActionAgreed", case_id="C-1", **action, **ids)]


some_ids = st.sampled_from([{}, {"session_id": "S-1"}, {"session_id": "S-2"}, {"discussion_id": "D-1"}])
some_managers = st.sampled_from(["M-1", "M-2"])
happening_to_worker = st.one_of(
    _fact(
        lambda on, kind, size, minutes: told.session(on, kind=kind, **size, **minutes),
        days,
        st.sampled_from(["group", "peer"]),
        st.sampled_from([{}, {"group_size": 2}, {"group_size": 5}]),
        st.sampled_from([{}, {"minutes": 60}, {"minutes": 120}]),
    ),
    _fact(told.session, days),
    _fact(lambda on: told.session(on, kind="ad_hoc"), days),
    st.builds(_year_of_sessions, days, lengths, st.sampled_from([30, 60, 90])),
    st.builds(_booked, days, lengths),
    st.builds(_carried_on, days, lengths, st.integers(1, 3)),
    st.builds(lambda on, by: told.absent(on, _later(on, by)), days, lengths),
    st.builds(told.absent, days),
    st.builds(_cover, days, lengths, st.booleans()),
    _fact(
        lambda on, who: told.told("SupervisorAssigned", worker_id="W-1", supervisor_id=who, assigned_on=on),
        days,
        st.sampled_from(["M-1", "M-2"]),
    ),
    _fact(
        lambda on, who, terms: told.told(
            "AgreementMade", agreement_id=f"A-{on}", worker_id="W-1", supervisor_id=who, made_on=on, **terms
        ),
        days,
        st.sampled_from(["M-1", "M-2", "M-9"]),
        st.sampled_from([{}, {"frequency": "10 days"}, {"frequency": "2 weeks", "minutes": 60}, {"minutes": 30}]),
    ),
    _fact(
        lambda on, role, service: told.told(
            "WorkerRoleChanged", worker_id="W-1", changed_on=on, role=role, service=service
        ),
        days,
        st.sampled_from(["worker", "manager"]),
        st.sampled_from(["quay", "quay", "pier"]),
    ),
    _fact(lambda on: told.told("WorkerStageReached", worker_id="W-1", stage="probation", reached_on=on), days),
    st.builds(_worked, days, lengths),
    st.builds(_written_up, days, lengths, st.sampled_from(["", "T08:30:00Z", "T18:00:00Z"])),
    _fact(told.left, days),
    _fact(told.started, days),
    _fact(lambda on: adopted(of_worker("2", limit=28), on), days),
)
happening_to_case = st.one_of(
    _fact(told.discussed, days),
    st.builds(_recorded, days, lengths, some_ids),
    st.builds(_met, days, lengths, some_ids),
    st.builds(_active, days, lengths),
    st.builds(_family_meets, days, lengths, st.booleans()),
    st.builds(_checked, days, lengths, some_ids),
    st.builds(_written_by, days, some_managers, st.sampled_from([{}, {"supervisor_id": "M-1"}])),
    st.builds(_in_charge, days, some_managers, st.sampled_from(["worker", "manager", "captain"])),
    st.builds(_acted, days, lengths, some_ids),
    _fact(told.classified, days, st.sampled_from(["calm", "rough", "tidal", "stormy"])),
    _fact(
        lambda on, service: told.told("CaseTransferred", case_id="C-1", transferred_on=on, service=service),
        days,
        st.sampled_from(["quay", "beach", "pier"]),
    ),
    _fact(told.allocated, days, st.sampled_from(["W-1", "W-2"])),
    _fact(lambda on: told.told("NeedChanged", case_id="C-1", changed_on=on), days),
    _fact(lambda on: told.told("ChildSeen", case_id="C-1", seen_on=on), days),
    _fact(lambda on: told.told("FeedConfirmed", system="LCS", feed="visits", complete_to=on), days),
    _fact(told.closed, days),
    _fact(told.opened, days, st.sampled_from(["quay", "beach", "pier"])),
    _fact(lambda on: adopted(of_case("2", limit=14), on), days),
    _fact(lambda on: calendar(["2025-05-05", "2025-05-12", "2025-12-25"], on), days),
)


def _history(
    begin: Callable[[str], Fact], pack: dict[str, Any], happening: st.SearchStrategy[list[Fact]]
) -> st.SearchStrategy[tuple[Fact, ...]]:
    return st.builds(
        lambda on, parts: (
            adopted(pack, "2025-01-10"),
            calendar(),
            begin(on),
            *(fact for part in parts for fact in part),
        ),
        days,
        st.lists(happening, max_size=8),
    )


workers = _history(told.started, of_worker(), happening_to_worker)
cases = _history(told.opened, of_case(), happening_to_case)
