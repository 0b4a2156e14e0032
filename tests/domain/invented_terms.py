"""Histories under rules whose terms change: arrangements and excusals, part-time work, for one worker or a team."""

from typing import Any

from hypothesis import strategies as st

from app.events.facts import Fact
from tests.domain import told
from tests.domain.invented import ANY_KIND, CREDIT, PERSONAL, _later, days, lengths
from tests.domain.told import adopted, calendar, policy

RULES = ("ROLLING", "MONTHLY", "QUOTA", "CEILING", "LENGTH", "RECORDED", "AGREED", "PART-TIME", "ALL", "ANY", "CASES")
PARAMETERS: list[dict[str, Any]] = [
    {"every": "7 days"}, {"every": "14 days"}, {"every": "2 months"}, {"every": "1 year", "minutes": 30},
    {"times": 1}, {"times": 4}, {"minutes": 30}, {"empty_allowed": 0}, {"empty_allowed": 2}, {"limit": "2 days"},
    {"limit": "30 days"}, {"unheard_of": True}, {"cases": 0}, {"cases": 2},
]  # fmt: skip


SECOND = {"called": "two a month", "at_least": {"event": PERSONAL, "times": 2, "window": "month"}}


def _strands(more: int) -> list[dict[str, Any]]:
    """Two strands, or three of which one asks for something of another kind."""
    group = {"event": ANY_KIND, "limit": "28 days"} if more == 1 else {"event": ANY_KIND, "window": "month"}
    two = [
        {"called": "one to one", "every": {"event": PERSONAL, "target": "14 days", "limit": f"{35 - 5 * more} days"},
         "variations": {"every": "2 months"}},
        {"called": "in a group", "every": group},
    ]  # fmt: skip
    return two if more == 1 else [SECOND, *two]


def of_worker(version: str = "1", limit: int = 42) -> dict[str, Any]:
    about = {"subject": "worker", "applies": {"service": "quay"}, "excusals": {"longest": "30 days"}}
    recorded = {"after": PERSONAL, "answered_by": {"event": {"type": "RecordCompleted"}, "same": "session"}}
    absent = {"absence": {"effect": "excuse", "at_least": "14 days"}}
    return policy(
        {"id": "ROLLING", **about, **absent, "variations": {"every": "2 months"}, "approvers": ["manager", "deputy"],
         "every": {"event": PERSONAL, "target": "21 days", "limit": f"{limit} days"}},
        {"id": "MONTHLY", **about, **absent, "variations": {"empty_allowed": 2},
         "every": {"event": PERSONAL, "window": "month", "empty_allowed": 1}},
        {"id": "QUOTA", **about, "variations": {"times": 1}, "pro_rata": True,
         "at_least": {"event": ANY_KIND, "times": 2 + int(version), "rolling": "1 month", "credit": CREDIT}},
        {"id": "CEILING", **about, "variations": {"times": 4},
         "at_most": {"event": PERSONAL, "times": 2, "rolling": "1 month"}},
        {"id": "LENGTH", **about, "variations": {"minutes": "tighter"},
         "latest": {"event": PERSONAL, "has": {"minutes": {"at_least": 20}}}},
        {"id": "RECORDED", **about, "variations": {"limit": "20 days"}, "within": recorded | {"limit": "5 days"}},
        {"id": "AGREED", **about, "variations": {"limit": "tighter"},
         "exists": {"event": {"type": "AgreementMade"}, "grace": {"limit": "28 days"}}},
        {"id": "PART-TIME", **about, "pro_rata": True, "variations": {"every": "tighter"},
         "absence": {"effect": "pause"}, "every": {"event": PERSONAL, "limit": "2 weeks"}},
        {"id": "ALL", **about, **absent, "all_of": _strands(int(version))},
        {"id": "ANY", **about, "excusals": None, "approvers": ["manager"],
         "any_of": [*reversed(_strands(1)), SECOND | {"excusals": {}, "variations": {"times": 1}}]},
        {"id": "CASES", "subject": "worker", "excusals": {}, "variations": {"cases": 2},
         "at_most": {"cases": 2 - int(version)}},
        {"id": "BUSY", "subject": "worker", "applies": {"caseload": {"at_least": 1}},
         "every": {"event": PERSONAL, "target": "7 days", "limit": "14 days"}},
        version=version,
    )  # fmt: skip


def _varied(on: str, by: int, rule: str, parameters: dict[str, Any], more: dict[str, Any]) -> list[Fact]:
    until = {"until_on": _later(on, by)} if by % 3 else {}
    approved = {"variation_id": f"V-{by % 4}", "rule": rule, "parameters": parameters, "from_on": on, **until}
    return [told.told("VariationApproved", approved_by="M-1" if by % 2 else "M-2", **approved, **more)]


def _excused(on: str, by: int, rule: str) -> list[Fact]:
    days_off = {"from_on": on, "until_on": _later(on, by)}
    granted = {"granted_by": f"M-{1 + by % 2}", "granted_on": _later(on, by % 3)}
    return [told.told("ExcusalGranted", worker_id="W-1", rule=rule, **granted, **days_off)]


def _moved(on: str, team: str, fte: str) -> list[Fact]:
    changed = {"worker_id": "W-1", "changed_on": on, "role": "worker", "team_id": team, "fte": fte}
    return [told.told("WorkerRoleChanged", **changed)]


def _led(on: str, by: int, case: str, who: str, ends: str) -> list[Fact]:
    """A case that comes to somebody, and mostly leaves them again in one of several ways."""
    named = {"case_id": case}
    ending = {
        "closed": told.told("CaseClosed", closed_on=_later(on, by), **named),
        "given back": told.told("CaseUnallocated", worker_id=who, ended_on=_later(on, by), **named),
        "given on": told.told("CaseAllocated", worker_id="W-2", allocated_on=_later(on, by), **named),
    }
    begun = told.told("CaseOpened", opened_on=on, service="quay", **named)
    leads = told.told("CaseAllocated", worker_id=who, allocated_on=_later(on, by % 3), **named)
    return [begun, leads, *([ending[ends]] if ends in ending else [])]


rules = st.sampled_from(RULES)
whom = st.sampled_from([{"worker_id": "W-1"}, {"worker_id": "W-1"}, {"team_id": "T-1"}])
happening = st.one_of(
    *2 * [st.builds(_varied, days, lengths, rules, st.sampled_from(PARAMETERS), whom)],
    st.builds(lambda on, number: [told.told("VariationEnded", variation_id=f"V-{number}", ended_on=on)],
              days, st.integers(0, 3)),
    st.builds(_excused, days, lengths, rules),
    *2 * [st.builds(
        _led, days, lengths, st.sampled_from(["C-1", "C-2"]), st.sampled_from(["W-1", "W-1", "W-2"]),
        st.sampled_from(["closed", "given back", "given on", "lasts"]),
    )],
    *3 * [st.builds(lambda on, minutes: [told.session(on, **minutes)],
                    days, st.sampled_from([{}, {"minutes": 25}, {"minutes": 60}]))],
    st.builds(lambda on, size: [told.session(on, kind="group", group_size=size)], days, st.integers(2, 5)),
    st.builds(_moved, days, st.sampled_from(["T-1", "T-2"]), st.sampled_from(["1", "0.5", "0.75"])),
    st.builds(lambda on, by: told.absent(on, _later(on, by)), days, lengths),
    st.builds(lambda on, who, role: [told.started(on, worker_id=who, role=role)],
              days, st.sampled_from(["M-1", "M-2"]), st.sampled_from(["manager", "deputy", "worker", "unheard_of"])),
    st.builds(lambda on: [told.left(on)], days),
    st.builds(lambda on: [adopted(of_worker("2", limit=28), on)], days),
)  # fmt: skip
begun = st.builds(
    lambda on, more: told.started(on, team_id="T-1", **more), days, st.sampled_from([{}, {"fte": "0.6"}, {"fte": "1"}])
)
arranged_workers = st.builds(
    lambda start, parts: (adopted(of_worker(), "2025-01-10"), calendar(), start, *(f for part in parts for f in part)),
    begun,
    st.lists(happening, max_size=10),
)
