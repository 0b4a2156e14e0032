"""Something must exist: an agreement with the present supervisor, made since the job or the supervisor changed."""

from typing import Any

import pytest

from app.events.facts import Fact
from tests.domain.told import (
    absent,
    adopted,
    day,
    finding,
    history,
    left,
    policy,
    rows,
    session,
    started,
    status,
    statuses,
    told,
)

PERSONAL = {"type": "SessionHeld", "where": {"kind": "individual", "planned": True}}


def asking(**more: Any) -> Fact:
    exists = {
        "event": {"type": "AgreementMade"},
        "with_supervisor": "personal",
        "renewed_by": ["new_post", "change_of_supervisor"],
        "ignore_interim_up_to": "28 days",
        "grace": {"limit": "28 days", "or_first": PERSONAL},
    }
    return adopted(policy({"id": "R-1", "subject": "worker", "exists": exists | more}))


def agreed(on: str, supervisor: str = "M-1", **more: Any) -> Fact:
    usual = {"agreement_id": f"A-{on}-{supervisor}", "worker_id": "W-1", "supervisor_id": supervisor, "made_on": on}
    return told("AgreementMade", **usual | more)


def supervised_by(supervisor: str, since: str, **more: Any) -> Fact:
    return told("SupervisorAssigned", worker_id="W-1", supervisor_id=supervisor, assigned_on=since, **more)


FACTS = [asking(), started("2025-01-01"), supervised_by("M-1", "2025-01-01")]


def test_at_the_start_it_is_due_for_the_grace_and_then_late() -> None:
    assert statuses(["2025-01-01", "2025-01-29", "2025-01-30"], *FACTS) == ["due", "due", "breached"]
    new, late = finding("2025-01-10", *FACTS), finding("2025-01-31", *FACTS)
    assert (new.code, new.opened_on, new.due_on) == (None, day("2025-01-01"), day("2025-01-29"))
    assert (late.code, late.days_late) == ("missing", 2)


def test_it_is_met_from_the_day_it_is_made() -> None:
    facts = [*FACTS, agreed("2025-01-20")]
    assert statuses(["2025-01-19", "2025-01-20", "2026-01-20"], *facts) == ["due", "met", "met"]
    assert finding("2026-01-20", *facts).met_on == day("2025-01-20")


def test_the_first_personal_session_ends_the_grace() -> None:
    facts = [*FACTS, session("2025-01-10")]
    assert statuses(["2025-01-10", "2025-01-11"], *facts) == ["due", "breached"]
    assert statuses(["2025-01-10", "2025-01-11"], *FACTS, session("2025-01-10", planned=False)) == ["due", "due"]
    assert status("2025-01-11", *facts, agreed("2025-01-10")) == "met"


def test_why_says_that_the_first_session_ended_the_grace_and_whose_the_days_are() -> None:
    ours = asking(grace={"limit": "28 days", "or_first": PERSONAL, "policy_silent": True})
    facts = [ours, *FACTS[1:]]
    assert finding("2025-01-10", *facts).why == (
        "The post began on 1 January 2025. A supervision agreement is to be made with the present supervisor: it is "
        "due by 29 January 2025, within 28 days (ours, not the policy's), or by the first session if that is sooner. "
        "That is in 19 days."
    )
    assert finding("2025-01-17", *facts, session("2025-01-15")).why == (
        "The post began on 1 January 2025. No supervision agreement has been made with the present supervisor since: "
        "it was due by 15 January 2025, the day of the first session, which came within 28 days (ours, not the "
        "policy's). It is 2 days late."
    )


def test_nobody_is_asked_to_agree_while_away() -> None:
    assert finding("2025-01-10", *FACTS, *absent("2025-01-05")).put_right == (
        "A supervision agreement, made with the present supervisor, after the return; it is due by 29 January 2025."
    )
    assert finding("2025-02-10", *FACTS, *absent("2025-01-05")).put_right == (
        "A supervision agreement, made with the present supervisor, after the return."
    )


def test_a_new_supervisor_supersedes_the_agreement_with_the_old_one() -> None:
    facts = [*FACTS, agreed("2025-08-01"), supervised_by("M-2", "2025-09-01")]
    assert statuses(["2025-08-31", "2025-09-01", "2025-09-29", "2025-09-30"], *facts) == [
        "met",
        "due",
        "due",
        "breached",
    ]
    due = finding("2025-09-10", *facts)
    assert (due.code, due.opened_on, due.due_on) == ("superseded", day("2025-09-01"), day("2025-09-29"))
    assert due.why == (
        "The supervisor changed on 1 September 2025. The one made on 1 August 2025 no longer counts. A new supervision "
        "agreement is to be made with the present supervisor: it is due by 29 September 2025, within 28 days, or by "
        "the first session if that is sooner. That is in 19 days."
    )
    assert due.put_right == "A new supervision agreement, made with the present supervisor, by 29 September 2025."
    assert status("2025-10-01", *facts, agreed("2025-09-15", "M-2")) == "met"
    assert status("2025-10-01", *facts, agreed("2025-09-15", "M-1")) == "breached"


def test_the_first_supervisor_of_a_worker_is_no_change() -> None:
    facts = [asking(), started("2025-01-01"), supervised_by("M-1", "2025-01-10")]
    assert finding("2025-01-12", *facts).due_on == day("2025-01-29")
    assert status("2025-03-01", *facts, agreed("2025-01-05")) == "met"


def test_cover_alone_is_a_supervisor_too() -> None:
    facts = [asking(), started("2025-01-01"), supervised_by("M-2", "2025-01-01", basis="interim")]
    assert statuses(["2025-01-28", "2025-01-29"], *facts, agreed("2025-01-10", "M-2")) == ["met", "met"]


def test_the_same_supervisor_named_again_is_no_change() -> None:
    facts = [*FACTS, agreed("2025-01-20"), supervised_by("M-1", "2025-06-01")]
    assert status("2025-08-01", *facts) == "met"


def test_a_supervisor_of_another_strand_is_no_change() -> None:
    facts = [*FACTS, agreed("2025-01-20"), supervised_by("M-2", "2025-06-01", strand="case")]
    assert status("2025-08-01", *facts) == "met"


@pytest.mark.parametrize("how", [{"basis": "interim"}, {"strand": "interim"}])
def test_cover_of_up_to_twenty_eight_days_is_no_change(how: dict[str, str]) -> None:
    facts = [*FACTS, agreed("2025-01-20"), supervised_by("M-2", "2025-06-01", until="2025-06-28", **how)]
    assert [row.status for row in rows(*facts)] == ["due", "met"]


def test_longer_cover_is_a_change_from_its_twenty_ninth_day_and_no_longer_one_when_it_ends() -> None:
    cover = [
        supervised_by("M-2", "2025-06-01", basis="interim"),
        told("SupervisorUnassigned", worker_id="W-1", supervisor_id="M-2", ended_on="2025-08-10"),
    ]
    facts = [*FACTS, agreed("2025-01-20"), *cover]
    assert [(str(row.status), row.code, row.from_on) for row in rows(*facts)] == [
        ("due", None, day("2025-01-01")),
        ("met", None, day("2025-01-20")),
        ("due", "superseded", day("2025-06-29")),
        ("breached", "missing", day("2025-07-28")),
        ("met", None, day("2025-08-11")),
    ]
    assert status("2025-07-30", *facts, agreed("2025-06-10", "M-2")) == "met"


def test_all_cover_is_a_change_where_the_rule_ignores_none() -> None:
    cover = supervised_by("M-2", "2025-06-01", basis="interim", until="2025-06-10")
    facts = [asking(ignore_interim_up_to=None), *FACTS[1:], agreed("2025-01-20"), cover]
    assert statuses(["2025-05-31", "2025-06-01", "2025-06-10", "2025-06-11"], *facts) == ["met", "due", "due", "met"]


def test_a_new_post_calls_for_a_new_agreement_with_the_same_supervisor() -> None:
    moved = told("WorkerRoleChanged", worker_id="W-1", changed_on="2025-06-01", role="manager")
    facts = [*FACTS, agreed("2025-01-20"), moved]
    assert statuses(["2025-05-31", "2025-06-01", "2025-06-29", "2025-06-30"], *facts) == [
        "met",
        "due",
        "due",
        "breached",
    ]
    assert finding("2025-06-02", *facts).code == "superseded"
    assert status("2025-07-01", *facts, agreed("2025-06-20")) == "met"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"role": "worker"}, "met"),
        ({"role": "worker", "new_post": True}, "due"),
        ({"role": "manager", "new_post": False}, "met"),
    ],
)
def test_what_a_new_post_is_may_be_stated(change: dict[str, Any], expected: str) -> None:
    moved = told("WorkerRoleChanged", worker_id="W-1", changed_on="2025-06-01", **change)
    assert status("2025-06-02", *FACTS, agreed("2025-01-20"), moved) == expected


def test_an_agreement_from_before_the_policy_counts_when_nothing_has_changed_since() -> None:
    facts = [asking(), started("2015-01-01"), supervised_by("M-1", "2015-01-01"), agreed("2016-05-01")]
    assert status("2020-01-01", *facts) == "met"


def test_without_one_the_grace_runs_from_the_day_the_policy_applies() -> None:
    facts = [asking(), started("2015-01-01"), supervised_by("M-1", "2015-01-01")]
    assert finding("2020-01-10", *facts).due_on == day("2020-01-29")
    assert finding("2020-01-10", *facts).why.startswith("The rule began to apply on 1 January 2020. A supervision")


def test_where_no_supervisor_is_known_an_agreement_with_anybody_counts() -> None:
    facts = [asking(), started("2025-01-01")]
    assert status("2025-03-01", *facts) == "breached"
    assert status("2025-03-01", *facts, agreed("2025-01-10", "M-7")) == "met"


def test_a_return_to_the_council_is_a_new_job() -> None:
    facts = [*FACTS, agreed("2025-01-20"), left("2025-03-31"), started("2025-09-01")]
    assert statuses(["2025-04-01", "2025-09-01", "2025-09-30"], *facts) == ["not_applicable", "due", "breached"]


def test_the_fields_that_an_agreement_must_carry_may_be_named() -> None:
    event = {"type": "AgreementMade", "where": {"frequency": {"present": True}, "minutes": {"present": True}}}
    facts = [asking(event=event), *FACTS[1:]]
    assert status("2025-03-01", *facts, agreed("2025-01-10")) == "breached"
    assert status("2025-03-01", *facts, agreed("2025-01-10", frequency="1 month", minutes=90)) == "met"


def test_each_change_leaves_its_obligation_in_the_history() -> None:
    facts = [*FACTS, agreed("2025-02-10"), supervised_by("M-2", "2025-09-01"), supervised_by("M-3", "2025-11-01")]
    first, second = history("2025-11-02", *facts)
    assert (first.opened_on, first.due_on, first.met_on) == (day("2025-01-01"), day("2025-01-29"), day("2025-02-10"))
    assert first.status == "late_met"
    assert (second.opened_on, second.status, second.ended_on) == (day("2025-09-01"), "breached", day("2025-10-31"))
