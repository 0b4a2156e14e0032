"""Who may give access for a time: every role, purpose and kind of scope, and each way in which it is refused."""

from datetime import date, timedelta
from typing import Any

import pytest

from app import shipped
from app.domain.access.granting import Wanted, may_grant
from app.domain.access.writing import Refused, Writer
from tests.domain.told import answered, told

MATRIX = shipped.matrix()
TODAY = date(2025, 3, 3)
SCOPES = ("file", "record", "session", "case", "team", "organisation")
FACTS = (
    told("FileOpened", worker_id="W-1", opened_on="2025-01-01", file_id="F-1"),
    told("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-03-01", kind="individual"),
    told("RecordCompleted", record_id="R-1", session_id="S-1", kind="k", completed_at="2025-03-02", author_id="M"),
    told("CaseOpened", case_id="C-1", opened_on="2025-01-01", service="quay"),
    told("TeamOpened", team_id="T-1", opened_on="2025-01-01", service="quay"),
    told("FileOpened", worker_id="W-2", opened_on="2025-01-01", file_id="W-1"),
)
THINGS = {"file": "F-1", "record": "R-1", "session": "S-1", "case": "C-1", "team": "T-1", "organisation": None}

SINGLE = {"file", "record", "session", "case"}
ENGAGEMENT = {("audit", "organisation"): 92, ("inspection", "organisation"): 92}
STAFF = {(purpose, kind): 92 for purpose in ("hr_matter", "personnel") for kind in ("file", "record")}
OBSERVING = {("observation", "session"): 14}
SELECTED = {(purpose, kind): 14 for purpose in ("audit", "complaint") for kind in SINGLE}
SENIOR = (
    ENGAGEMENT | STAFF | OBSERVING | SELECTED
    | {(purpose, kind): 14 for purpose in ("inspection", "copies") for kind in SINGLE}
    | {("audit", "team"): 14, ("inspection", "team"): 14}
)  # fmt: skip
NAIVELY: dict[str, tuple[str, dict[tuple[str, str], int]]] = {
    "service_manager": ("service", SELECTED | STAFF | OBSERVING),
    "senior_manager": ("council", SENIOR),
    "service_director": ("council", SENIOR),
    "council_admin": ("council", ENGAGEMENT),
    "supervisor": ("supervised", {("supervised_access", "file"): 1}),
    "interim_supervisor": ("supervised_meanwhile", {("supervised_access", "file"): 1}),
    "line_manager": ("managed", {("supervised_access", "file"): 1}),
}
"""By role: how they have to stand, and for how many days at most they give what for which purpose."""


def asked(role: str, relation: str, **more: Any) -> Refused | None:
    days = more.pop("days", 1)
    kind = more.get("kind", "file")
    usual = {"grantee": "W-1", "kind": kind, "of": THINGS[kind], "purpose": "audit", "from_on": TODAY,
             "until_on": more.get("from_on", TODAY) + timedelta(days=days - 1), "supervised": True}  # fmt: skip
    writer = Writer("P-1", frozenset({role}), lambda _: {relation})
    wanted = Wanted(**{**usual, **more})
    return answered(lambda facts: may_grant(MATRIX.grants, writer, wanted, facts, TODAY), FACTS)


@pytest.mark.parametrize("role", MATRIX.roles)
def test_each_role_gives_exactly_what_is_its_to_give_and_for_no_day_longer(role: str) -> None:
    relation, gives = NAIVELY.get(role, ("council", {}))
    for purpose in MATRIX.purposes:
        for kind in SCOPES:
            longest = gives.get((purpose, kind), 0)
            days_asked = (1, 2, 14, 15, 92, 93)
            said = {days: asked(role, relation, purpose=purpose, kind=kind, days=days) for days in days_asked}
            assert {days for days, refused in said.items() if refused is None} == {
                days for days in said if days <= longest
            }, (purpose, kind)
            other = asked(role, "self", purpose=purpose, kind=kind)
            assert other is not None, (purpose, kind)


def fault(refused: Refused | None) -> tuple[str, str]:
    assert refused is not None
    return refused.pointer, refused.code


def test_nobody_gives_themself_an_engagement_and_a_selection_needs_a_reason() -> None:
    engaged = {"kind": "organisation", "grantee": "P-1", "reason": "because"}
    for role in ("council_admin", "senior_manager", "service_director"):
        assert fault(asked(role, "council", **engaged)) == ("/grantee_id", "to_themself")
    for role in ("senior_manager", "service_director"):
        assert fault(asked(role, "council", grantee="P-1", purpose="hr_matter", reason="b")) == (
            "/grantee_id", "to_themself",
        )  # fmt: skip
    # whether human resources look into a file is a manager's judgement (LU-89), and no administrator's
    assert fault(asked("council_admin", "council", grantee="P-2", purpose="hr_matter")) == ("/purpose", "not_in_role")
    assert fault(asked("senior_manager", "council", grantee="P-1")) == ("/reason", "missing")
    assert asked("senior_manager", "council", grantee="P-1", reason="six_monthly") is None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"from_on": date(2025, 3, 2)}, ("/from_on", "in_the_past")),
        ({"from_on": date(2025, 6, 4)}, ("/from_on", "too_far_ahead")),
        ({"until_on": date(2025, 3, 2)}, ("/until_on", "before_it_begins")),
        ({"days": 15}, ("/until_on", "too_long")),
        ({"purpose": "curiosity"}, ("/purpose", "not_in_role")),
        ({"kind": "organisation", "purpose": "complaint"}, ("/scope/kind", "not_in_role")),
        ({"of": "F-9"}, ("/scope/id", "not_related")),
        ({"of": "W-1"}, ("/scope/id", "not_related")),
        ({"kind": "session", "of": "S-9"}, ("/scope/id", "not_related")),
        ({"kind": "case", "of": "C-9"}, ("/scope/id", "not_related")),
    ],
)
def test_a_refusal_names_the_field(more: dict[str, Any], expected: tuple[str, str]) -> None:
    assert fault(asked("senior_manager", "council", **more)) == expected


def test_what_is_there_and_none_of_theirs_reads_like_what_is_not_there() -> None:
    assert asked("service_manager", "council") == asked("service_manager", "service", of="F-9")


def test_supervised_access_is_to_ones_own_file_and_in_somebodys_presence() -> None:
    given = {"purpose": "supervised_access"}
    assert asked("supervisor", "supervised", **given) is None
    assert fault(asked("supervisor", "supervised", **given, grantee="W-2")) == ("/grantee_id", "not_theirs")
    assert fault(asked("supervisor", "supervised", **given, supervised=False)) == ("/supervised", "must_be_supervised")
    for of in ("W-1", "F-9"):  # somebody who is there and none of theirs, and nobody
        assert fault(asked("supervisor", "service", **given, of=of)) == ("/scope/id", "not_related")


def test_everybody_a_record_is_about_must_be_theirs() -> None:
    group = told("SessionHeld", session_id="S-2", worker_ids=["W-1", "W-3"], held_on="2025-03-01", kind="group")
    writer = Writer("P-1", frozenset({"service_manager"}), lambda about: {"service"} if about.id == "W-1" else set())
    wanted = Wanted("A-1", "session", "S-2", "audit", TODAY, TODAY)
    refused = answered(lambda facts: may_grant(MATRIX.grants, writer, wanted, facts, TODAY), (*FACTS, group))
    assert fault(refused) == ("/scope/id", "not_related")
