"""From when on records may be disposed of, and who may see them, as the shipped policies declare it."""

from datetime import date

import pytest

from app.domain.disposal import Keeping, keeping
from app.domain.disposal import told as words
from app.domain.policy.loading import as_json, check
from app.domain.retention import earliest_disposal
from app.events.facts import Fact
from tests.domain.test_packs import LUTON, SHROPSHIRE
from tests.domain.told import CASE, WORKER, adopted, answered, closed, opened, policy, told


@pytest.mark.parametrize(
    ("left_on", "earliest"), [(date(2025, 6, 30), date(2027, 6, 30)), (date(2024, 2, 29), date(2026, 2, 28))]
)
def test_lutons_records_are_kept_for_two_years_after_leaving(left_on: date, earliest: date) -> None:
    assert LUTON.retain is not None
    assert LUTON.retain.personal is not None
    assert earliest_disposal(LUTON.retain.personal, left_on, held=False) == earliest
    assert earliest_disposal(LUTON.retain.personal, left_on, held=True) is None


def test_shropshire_does_not_say_how_long_records_are_kept() -> None:
    assert SHROPSHIRE.retain is None
    assert earliest_disposal(None, date(2025, 6, 30), held=False) is None


def test_the_two_policies_choose_differently_what_a_supervisee_sees() -> None:
    assert LUTON.may_see is not None
    assert SHROPSHIRE.may_see is not None
    assert (LUTON.may_see.supervisee_folder, SHROPSHIRE.may_see.supervisee_folder) == ("full", "copies")
    assert (LUTON.may_see.unsupervised, SHROPSHIRE.may_see.unsupervised) == (True, False)
    assert (LUTON.may_see.held_by, SHROPSHIRE.may_see.held_by) == ("supervisor", "line_manager")


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("may_see: {clauses: [X-9], supervisee_folder: copies, held_by: supervisor}", "clause `X-9`"),
        ("may_see: {clauses: [X-1], supervisee_folder: copies, held_by: supervisor}", "write `access`"),
        (
            "may_see: {clauses: [X-2], supervisee_folder: full, unsupervised: false, held_by: supervisor}",
            "write `copies`",
        ),
        ("may_see: {clauses: [X-2], supervisee_folder: full, held_by: supervisor, senior_managers: [m]}", "role `m`"),
        ("retain: {personal: {clauses: [X-9], from: leaving, at_least: 2 years}}", "unknown clause `X-9`"),
        ("retain: {personal: {clauses: [X-2], from: leaving, at_least: 5 working days}}", "not in working days"),
    ],
)  # fmt: skip
def test_a_declaration_that_points_at_nothing_is_named(declared: str, said: str) -> None:
    text = f"""id: harbour
version: "1"
title: Harbour
codes: {{roles: [worker]}}
clauses:
  R-1: {{carries: rule, text: a}}
  X-1: {{carries: fact, text: b, told_by: [SessionHeld]}}
  X-2: {{carries: access, text: c}}
{declared}
rules:
  - {{id: R-1, title: t, clause: c, subject: worker, every: {{event: {{type: SessionHeld}}, limit: 28 days}}}}
"""
    [fault] = check(text)
    assert (fault.line, said in fault.detail) == (9, True), fault.detail


LEFT = told("WorkerLeft", worker_id="W-1", left_on="2025-06-30")
POST = {"worker_id": "W-1", "role": "social_worker", "service": "assessment"}
STARTED = told("WorkerStarted", started_on="2020-01-06", **POST)
POLICY = adopted(as_json(LUTON), "2021-06-01")


def _keeping(on: str, *facts: Fact) -> Keeping:
    return answered(lambda known: keeping(WORKER, known, date.fromisoformat(on)), facts)


def test_disposal_is_refused_until_the_policys_time_is_over_to_the_day() -> None:
    """Seen to fail with `<` for `<=`, and with two years counted from the day after."""
    before = _keeping("2027-06-29", POLICY, STARTED, LEFT)
    assert (before.state, before.last_day, before.earliest) == ("not_yet", date(2025, 6, 30), date(2027, 6, 30))
    assert words("worker", before, date(2027, 6, 29)) == (
        "Left on 30 June 2025. Disposal is refused before 30 June 2027 (LU-76, LU-92, LU-93)."
    )
    assert _keeping("2027-06-30", POLICY, STARTED, LEFT).state == "due"
    leap = told("WorkerLeft", worker_id="W-1", left_on="2024-02-29")
    assert _keeping("2026-02-27", POLICY, STARTED, leap).state == "not_yet"
    assert _keeping("2026-02-28", POLICY, STARTED, leap).state == "due"


def test_who_works_here_or_came_back_has_nothing_due_and_the_last_leaving_counts() -> None:
    back = told("WorkerStarted", started_on="2026-01-05", **POST)
    again = told("WorkerLeft", worker_id="W-1", left_on="2026-03-31")
    assert _keeping("2025-06-30", POLICY, STARTED, LEFT).state == "running", "the last day is a day here"
    assert _keeping("2028-01-01", POLICY, STARTED, LEFT, back).state == "running"
    assert _keeping("2028-01-01", POLICY, STARTED, LEFT, back, again).earliest == date(2028, 3, 31)


def test_where_the_policy_is_silent_nothing_falls_due_and_what_blocks_is_said() -> None:
    silent = adopted(as_json(SHROPSHIRE), "2021-11-01")
    found = _keeping("2060-01-01", silent, STARTED, LEFT)
    assert (found.state, found.earliest) == ("policy_silent", None)
    assert "nothing falls due by itself" in words("worker", found, date(2060, 1, 1))
    assert _keeping("2060-01-01", STARTED, LEFT).state == "policy_silent"
    placed = told("LitigationHoldPlaced", worker_id="W-1", placed_on="2026-05-01", by="D-1", hold_id="H-1")
    asked = told("SubjectAccessRequested", worker_id="W-1", requested_on="2027-12-20", request_id="SAR-1")
    for reason in (placed, asked):
        held = _keeping("2028-01-01", POLICY, STARTED, LEFT, reason)
        assert (held.state, held.earliest) == ("held", date(2027, 6, 30)), reason.type
        assert words("worker", held, date(2028, 1, 1)).startswith(
            "Left on 30 June 2025. Due for disposal since 30 June"
        )
    lifted = told("LitigationHoldLifted", worker_id="W-1", lifted_on="2027-12-01", by="D-1", hold_id="H-1")
    assert _keeping("2028-01-01", POLICY, STARTED, LEFT, placed, lifted).state == "due"


def test_a_case_is_kept_as_a_councils_own_pack_says_and_under_several_policies_the_longest() -> None:
    kept = {"case": {"clauses": ["X-1"], "from": "closing", "at_least": "6 years"}}
    clauses = {"R-1": {"carries": "rule", "text": "a"}, "X-1": {"carries": "access", "text": "b"}}
    rule = {"id": "R-1", "subject": "worker", "every": {"event": {"type": "SessionHeld"}, "limit": "28 days"}}
    schedule = adopted(policy(rule, retain=kept, clauses=clauses))
    facts = (schedule, opened("2024-01-01"), closed("2024-06-30"))
    found = answered(lambda known: keeping(CASE, known, date(2025, 1, 1)), facts)
    assert (found.state, found.earliest, found.clauses) == ("not_yet", date(2030, 6, 30), ("X-1",))


def test_an_erasure_that_is_approved_or_carried_out_is_said_to_be() -> None:
    who = {"worker_id": "W-1", "request_id": "ER-1", "basis": "retention"}
    asked = told("ErasureRequested", requested_on="2027-07-01", by="D-1", **who)
    approved = told("ErasureApproved", approved_on="2027-07-02", by="D-2", from_on="2027-07-17", **who)
    gone = {"worker_id": "W-1", "request_id": "ER-1", "authority": "LU-92", "erased_on": "2027-07-17", "by": "D-2"}
    facts = (POLICY, STARTED, LEFT, asked)
    assert _keeping("2027-07-03", *facts).state == "due"
    assert _keeping("2027-07-03", *facts, approved).state == "approved"
    after = _keeping("2027-08-01", *facts, approved, told("PersonalDataErased", **gone))
    assert (after.state, after.erased_on) == ("erased", date(2027, 7, 17))
    assert words("worker", after, date(2027, 8, 1)) == (
        "Left on 30 June 2025. Texts and names were erased on 17 July 2027."
    )
