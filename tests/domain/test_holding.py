"""What keeps a subject's texts and what closes them: holds, requests, periods, disputes, the course of an erasure."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from app.domain.holding import (
    Block,
    active_holds,
    blocks,
    erased,
    erasures,
    holds,
    open_requests,
    period,
    renamed,
    restricted,
)
from app.domain.policy.shapes import Pack
from app.domain.subject import Subject
from app.events.facts import Fact
from tests.domain.test_packs import LUTON, SHROPSHIRE
from tests.domain.told import CASE, WORKER, adopted, answered, closed, day, left, opened, policy, started, told

DAY = day("2027-08-02")
GONE = (started("2020-01-06"), left("2025-06-30"))


def placed(hold: str = "H-1", on: str = "2026-01-05", **more: Any) -> Fact:
    return told("LitigationHoldPlaced", **{"worker_id": "W-1", "hold_id": hold, "placed_on": on, "by": "D-1"} | more)


def lifted(hold: str = "H-1", on: str = "2026-03-02") -> Fact:
    return told("LitigationHoldLifted", worker_id="W-1", hold_id=hold, lifted_on=on, by="D-2")


def asked(on: str = "2027-08-02", **more: Any) -> Fact:
    usual = {"worker_id": "W-1", "request_id": "E-1", "requested_on": on, "by": "D-1", "basis": "retention_over"}
    return told("ErasureRequested", **usual | more)


def approved(on: str = "2027-08-02", **more: Any) -> Fact:
    usual = {"worker_id": "W-1", "request_id": "E-1", "approved_on": on, "by": "D-2", "basis": "retention_over"}
    return told("ErasureApproved", **usual | {"from_on": "2027-08-16", "names": ["W-1"]} | more)


def ended(outcome: str, on: str = "2027-08-05") -> Fact:
    return told("ErasureClosed", worker_id="W-1", request_id="E-1", closed_on=on, by="D-1", outcome=outcome)


def gone(on: str = "2027-08-16", **more: Any) -> Fact:
    usual = {"worker_id": "W-1", "request_id": "E-1", "erased_on": on, "authority": "retention_over"}
    return told("PersonalDataErased", **usual | {"positions": [3, 4]} | more)


def pack(found: Pack) -> Fact:
    """As the shipped pack says of keeping, without its rules."""
    kept = found.retain and found.retain.model_dump(mode="json", by_alias=True)
    return adopted(
        policy(
            {"id": "R-1", "subject": "worker", "every": {"event": {"type": "SessionHeld"}, "limit": "28 days"}},
            **({"retain": kept} if kept else {}),
        )
    )


def blocking(*facts: Fact, on: date = DAY, subject: Subject = WORKER) -> list[Block]:
    return answered(lambda loaded: blocks(subject, loaded, on), facts)


def codes(*facts: Fact, **more: Any) -> list[str]:
    return [block.code for block in blocking(*facts, **more)]


def test_a_hold_holds_until_it_is_lifted_and_of_several_each_holds() -> None:
    facts = (placed(), lifted(), placed("H-2", "2026-02-02", review_on="2026-08-03"))
    for on, active in (("2026-01-04", []), ("2026-01-05", ["H-1"]), ("2026-03-01", ["H-1", "H-2"]),
                       ("2026-03-02", ["H-2"])):  # fmt: skip
        for order in permutations(facts):
            found = answered(lambda loaded, at=on: active_holds(WORKER, loaded, day(at)), order)
            assert [hold.id for hold in found] == active, on
    [first, second] = answered(lambda loaded: holds(WORKER, loaded, DAY), facts)
    assert (first.lifted_on, first.lifted_by, second.review_on) == (day("2026-03-02"), "D-2", day("2026-08-03"))


def test_the_end_of_a_hold_is_final() -> None:
    """Without that, an id that is used again would hold and not hold."""
    facts = (placed(), lifted(), placed(on="2026-04-06"))
    assert answered(lambda loaded: active_holds(WORKER, loaded, DAY), facts) == []


@pytest.mark.parametrize(
    ("facts", "state", "closed_to_readers"),
    [
        ((asked(),), "requested", False),
        ((asked(), approved()), "approved", True),
        ((asked(), ended("refused")), "refused", False),
        ((asked(), approved(), ended("withdrawn")), "withdrawn", False),
        ((asked(), approved(), gone()), "carried_out", False),
    ],
)
def test_texts_are_closed_from_the_approval_until_that_is_withdrawn_or_carried_out(
    facts: tuple[Fact, ...], state: str, closed_to_readers: bool
) -> None:
    for order in permutations(facts):
        [found] = answered(lambda loaded: erasures(WORKER, loaded, day("2027-09-01")), order)
        assert found.state == state
        assert answered(lambda loaded: restricted(WORKER, loaded, day("2027-09-01")), order) is closed_to_readers
    assert answered(lambda loaded: restricted(WORKER, loaded, day("2027-08-01")), facts) is False


def test_a_second_erasure_of_the_same_subject_is_another() -> None:
    again = asked("2028-01-10", request_id="E-2")
    found = answered(lambda loaded: erasures(WORKER, loaded, day("2028-02-01")), (asked(), approved(), gone(), again))
    assert [(each.id, each.state) for each in found] == [("E-1", "carried_out"), ("E-2", "requested")]
    assert [(each.on, each.positions) for each in answered(
        lambda loaded: erased(WORKER, loaded, day("2028-02-01")), (asked(), approved(), gone(), again)
    )] == [(day("2027-08-16"), {3, 4})]  # fmt: skip


def test_nothing_stands_in_the_way_two_years_after_leaving_lutons_and_until_then_the_policy_does() -> None:
    facts = (pack(LUTON), *GONE)
    assert codes(*facts) == []
    [block] = blocking(*facts, on=day("2027-06-29"))
    assert (block.code, block.until) == ("kept", day("2027-06-30"))
    assert "LU-92" in block.why
    assert codes(*facts, on=day("2027-06-30")) == []
    found = answered(lambda loaded: period(WORKER, loaded, DAY), facts)
    assert (found.said, found.last_day, found.first) == (True, day("2025-06-30"), day("2027-06-30"))


def test_who_is_still_here_and_who_is_back_keep_their_file() -> None:
    assert codes(pack(LUTON), started("2020-01-06")) == ["still_here"]
    assert codes(pack(LUTON), *GONE, started("2026-01-05")) == ["still_here"]
    assert codes(pack(LUTON)) == ["still_here"]  # the policy counts from a day that nobody said
    assert codes(pack(LUTON), started("2020-01-06"), left("2029-06-30")) == ["still_here"]


def test_a_policy_that_sets_no_period_keeps_nothing_and_says_so() -> None:
    facts = (pack(SHROPSHIRE), *GONE)
    assert codes(*facts) == []
    found = answered(lambda loaded: period(WORKER, loaded, DAY), facts)
    assert (found.said, found.first) == (False, None)
    assert codes(pack(SHROPSHIRE), started("2020-01-06")) == ["still_here"]


def test_a_case_is_kept_while_it_is_open() -> None:
    assert codes(opened("2024-01-08"), subject=CASE) == ["still_here"]
    assert codes(opened("2024-01-08"), closed("2025-01-06"), subject=CASE) == []


def test_a_hold_an_open_request_and_open_disputes_each_stand_in_the_way_until_they_are_over() -> None:
    wanted = told("SubjectAccessRequested", worker_id="W-1", request_id="R-1", requested_on="2027-07-01")
    answer = told("SubjectAccessAnswered", request_id="R-1", answered_on="2027-07-20")
    concern = told("ConcernRaised", concern_id="CO-1", worker_id="W-1", raised_on="2025-03-03")
    escalated = told("ConcernEscalated", concern_id="CO-1", worker_id="W-1", escalated_on="2025-03-10")
    early = told("ConcernResolved", concern_id="CO-1", worker_id="W-1", resolved_on="2025-03-12", stage=1)
    resolved = told("ConcernResolved", concern_id="CO-1", worker_id="W-1", resolved_on="2025-04-01")
    note = told("RecordCompleted", worker_id="W-1", record_id="R-9", kind="personal_supervision",
                completed_at="2025-03-03", session_id="S-9", author_id="W-8")  # fmt: skip
    dispute = told("DisagreementRecorded", record_id="R-9", recorded_on="2025-03-04", by="W-1", disagreement_id="DI-1")
    settled = told("DisagreementResolved", disagreement_id="DI-1", resolved_on="2025-03-20", by="W-8")
    nameless = told("DisagreementRecorded", worker_id="W-1", recorded_on="2025-03-04", by="W-1")
    for facts, expected in (
        ((placed(),), ["held"]), ((placed(), lifted()), []),
        ((wanted,), ["access_requested"]), ((wanted, answer), []),
        ((concern,), ["concern_open"]), ((concern, escalated, early), ["concern_open"]),
        ((concern, escalated, resolved), []),
        ((note, dispute), ["disagreement_open"]), ((note, dispute, settled), []),
        ((nameless,), ["disagreement_open"]),
        ((placed(), wanted, concern, nameless), ["held", "access_requested", "concern_open", "disagreement_open"]),
    ):  # fmt: skip
        assert codes(*GONE, *facts) == expected, facts
    [request] = answered(lambda loaded: open_requests(WORKER, loaded, DAY), (wanted,))
    assert (request.id, request.requested_on, request.due_on) == ("R-1", day("2027-07-01"), None)


def test_an_approval_covers_the_identifiers_that_the_subject_had_then() -> None:
    """Else a worker who was merged into this one meanwhile would go with it, and nobody agreed to that."""
    [found] = answered(lambda loaded: erasures(WORKER, loaded, DAY), (asked(), approved()))
    assert renamed(found, ["worker/W-1"]) == []
    assert [block.code for block in renamed(found, ["worker/W-1", "worker/W-7"])] == ["other_names"]
