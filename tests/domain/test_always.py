"""What must be so on every day, and what is the organisation's own to do."""

from datetime import date

import pytest
from hypothesis import given

from app.domain.history import Subject
from app.domain.policy.loading import check
from app.events.facts import Fact
from tests.domain import invented_states
from tests.domain.invented_states import FILE, LOST, REGISTERED, audited
from tests.domain.test_timelines import APART, agree, some
from tests.domain.told import (
    WORKER,
    adopted,
    assessed,
    day,
    finding,
    history,
    policy,
    started,
    status,
    statuses,
    told,
)

ORGANISATION = Subject("organisation", "harbour")


def rule(**always: object) -> Fact:
    return adopted(policy({"id": "R-1", "subject": "worker", "always": {"called": "supervisor", **always}}))


def assigned(on: str, who: str = "M-1", worker: str = "W-1", **more: str) -> Fact:
    return told("SupervisorAssigned", worker_id=worker, supervisor_id=who, assigned_on=on, **more)


def unassigned(on: str, who: str = "M-1", worker: str = "W-1", **more: str) -> Fact:
    return told("SupervisorUnassigned", worker_id=worker, supervisor_id=who, ended_on=on, **more)


FACTS = [rule(supervisor="personal"), started("2025-01-06")]


def test_a_supervisor_that_nobody_told_of_is_not_known_and_one_that_went_is_missing() -> None:
    facts = [*FACTS, assigned("2025-01-10"), unassigned("2025-02-03")]
    found = finding("2025-01-09", *facts)
    assert (found.status, found.code, found.opened_on) == ("not_assessable", "not_known", day("2025-01-06"))
    assert statuses(["2025-01-10", "2025-02-03", "2025-02-04"], *facts) == ["met", "met", "breached"]
    found = finding("2025-02-06", *facts)
    assert (found.code, found.opened_on, found.due_on, found.days_late) == (
        "missing", day("2025-02-04"), day("2025-02-03"), 3,
    )  # fmt: skip
    assert found.why == (
        "There has been no supervisor since 4 February 2025: it ended on 3 February 2025. That is 3 days without."
    )


def test_each_gap_is_an_obligation_of_its_own() -> None:
    facts = [*FACTS, assigned("2025-01-06"), unassigned("2025-02-03"), assigned("2025-02-10", "M-2")]
    past = history("2025-03-03", *facts, unassigned("2025-02-24", "M-2"))
    assert [(str(each.status), each.opened_on, each.met_on) for each in past] == [
        ("late_met", day("2025-02-04"), day("2025-02-10")),
        ("breached", day("2025-02-25"), None),
    ]


def test_a_supervisor_who_left_supervises_nobody() -> None:
    gone = [started("2024-01-01", worker_id="M-1"), told("WorkerLeft", worker_id="M-1", left_on="2025-02-28")]
    facts = [*FACTS, assigned("2025-01-06"), *gone]
    assert statuses(["2025-02-28", "2025-03-01"], *facts) == ["met", "breached"]
    assert "left on 28 February 2025" in finding("2025-03-01", *facts).why
    assert status("2025-04-07", *facts, started("2025-04-07", worker_id="M-1")) == "met"


def test_who_stands_in_until_a_day_that_is_stated_is_missed_from_the_next() -> None:
    facts = [*FACTS, assigned("2025-01-06", "M-9", basis="interim", until="2025-01-31")]
    assert statuses(["2025-01-31", "2025-02-01"], *facts) == ["met", "breached"]
    assert finding("2025-01-20", *facts).next_on == day("2025-02-01")


def test_who_was_to_stand_in_up_to_a_day_before_the_first_never_did() -> None:
    facts = [rule(supervisor="personal"), started("2025-01-06")]
    facts.append(assigned("2025-02-03", "M-1", until="2025-01-31"))
    assert statuses(["2025-02-02", "2025-02-03"], *facts) == ["not_assessable", "not_assessable"]


def test_silence_is_a_gap_once_the_feed_is_confirmed() -> None:
    fed = {"id": "R-1", "subject": "worker", "feed": "staff", "always": {"called": "supervisor", "supervisor": "case"}}
    facts = [adopted(policy(fed)), started("2025-01-06")]
    confirmed = told("FeedConfirmed", system="hr", feed="staff", complete_to="2025-01-31")
    assert status("2025-02-03", *facts) == "not_assessable"
    assert "the feed “staff” is not confirmed complete" in finding("2025-02-03", *facts).why
    assert status("2025-02-03", *facts, confirmed) == "breached"


def test_a_registration_runs_out_without_a_word_and_lapses_with_one() -> None:
    rule_ = {
        "id": "R-1", "subject": "worker", "codes": {"met": "registered", "breached": "lapsed"},
        "always": {"called": "registration", "event": REGISTERED, "until": "expires_on", "ended_by": LOST},
    }  # fmt: skip

    def checked(on: str, status: str, **more: str) -> Fact:
        return told("RegistrationChecked", worker_id="W-1", checked_on=on, regulator="swe", status=status, **more)

    facts = [
        adopted(policy(rule_)),
        started("2025-01-06"),
        checked("2025-01-08", "registered", expires_on="2025-03-31"),
    ]
    found = [finding(on, *facts) for on in ("2025-01-07", "2025-01-08", "2025-03-31", "2025-04-01")]
    assert [(str(each.status), each.code) for each in found] == [
        ("not_assessable", "not_known"), ("met", "registered"), ("met", "registered"), ("not_assessable", "not_known"),
    ]  # fmt: skip
    lapsed = [*facts, checked("2025-02-10", "lapsed")]
    assert (status("2025-02-09", *lapsed), finding("2025-02-10", *lapsed).code) == ("met", "lapsed")


def test_a_file_is_in_the_hands_of_somebody_who_is_here() -> None:
    held = {"called": "holder", "event": FILE, "held_by": ["to_id", "holder_id"], "silence": "not_there"}
    facts = [
        rule(**held, grace={"limit": "10 days", "policy_silent": True}), started("2025-01-06"),
        told("FileOpened", worker_id="W-1", opened_on="2025-01-20", holder_id="M-1"),
        started("2024-01-01", worker_id="M-1"), told("WorkerLeft", worker_id="M-1", left_on="2025-02-28"),
    ]  # fmt: skip
    days = ["2025-01-16", "2025-01-17", "2025-01-20", "2025-03-01", "2025-03-11", "2025-03-12"]
    assert statuses(days, *facts) == ["due", "breached", "met", "due", "due", "breached"]
    moved = told("FileTransferred", worker_id="W-1", from_id="M-1", to_id="M-2", transferred_on="2025-03-10")
    assert status("2025-04-01", *facts, moved) == "met"


def test_somebody_supervises_as_long_as_one_of_theirs_is_here() -> None:
    facts = [
        rule(supervises="case", silence="not_there"), started("2025-01-06"),
        assigned("2025-01-13", "W-1", "W-5", strand="case"), assigned("2025-02-03", "M-1", "W-5", strand="case"),
        assigned("2025-02-10", "W-1", "W-6", strand="case"), told("WorkerLeft", worker_id="W-6", left_on="2025-02-21"),
    ]  # fmt: skip
    days = ["2025-01-12", "2025-01-13", "2025-02-02", "2025-02-03", "2025-02-10", "2025-02-21", "2025-02-22"]
    assert statuses(days, *facts) == ["breached", "met", "met", "breached", "met", "met", "breached"]


def test_what_is_due_is_not_late_and_what_was_there_before_is_named() -> None:
    held = {"called": "holder", "event": FILE, "held_by": ["to_id", "holder_id"], "silence": "not_there"}
    facts = [
        rule(**held, grace={"limit": "10 days"}), started("2025-01-06"),
        told("FileOpened", worker_id="W-1", opened_on="2025-01-08", holder_id="M-1"),
        started("2024-01-01", worker_id="M-1"), told("WorkerLeft", worker_id="M-1", left_on="2025-02-28"),
    ]  # fmt: skip
    due = finding("2025-03-04", *facts)
    assert (due.status, due.opened_on, due.due_on, due.days_late, due.next_on) == (
        "due", day("2025-03-01"), day("2025-03-11"), None, day("2025-03-12"),
    )  # fmt: skip
    assert (due.last.on, len(due.evidence), due.age_days) == (day("2025-01-08"), 1, 3)
    assert finding("2025-03-12", *facts).next_on is None
    there = finding("2025-02-03", *facts)
    assert (there.status, there.met_on, there.last.on) == ("met", day("2025-01-08"), day("2025-01-08"))


def test_the_history_says_by_when_each_gap_was_to_be_closed() -> None:
    facts = [*FACTS, assigned("2025-01-06"), unassigned("2025-02-03"), assigned("2025-02-10", "M-2")]
    gone = [*facts, unassigned("2025-02-24", "M-2"), told("WorkerLeft", worker_id="W-1", left_on="2025-02-28")]
    assert [(each.due_on, each.met_on, each.ended_on) for each in history("2025-03-03", *gone)] == [
        (day("2025-02-03"), day("2025-02-10"), None), (day("2025-02-24"), None, day("2025-02-28")),
    ]  # fmt: skip


def test_a_word_that_there_is_none_and_a_confirmed_feed_hold_from_their_own_day() -> None:
    rule_ = {"id": "R-1", "subject": "worker", "always": {
        "called": "registration", "event": REGISTERED, "until": "expires_on", "ended_by": LOST}}  # fmt: skip
    lapsed = told("RegistrationChecked", worker_id="W-1", checked_on="2025-01-20", regulator="swe", status="lapsed")
    facts = [adopted(policy(rule_)), started("2025-01-06"), lapsed]
    assert statuses(["2025-01-19", "2025-01-20"], *facts) == ["not_assessable", "breached"]
    fed = {"id": "R-1", "subject": "worker", "feed": "staff", "always": {"called": "supervisor", "supervisor": "case"}}
    for complete_to, expected in {"2025-01-05": "not_assessable", "2025-01-06": "breached"}.items():
        confirmed = told("FeedConfirmed", system="hr", feed="staff", complete_to=complete_to)
        assert status("2025-02-03", adopted(policy(fed)), started("2025-01-06"), confirmed) == expected


def test_a_gap_on_excused_days_is_excused_and_has_no_code_of_a_gap() -> None:
    asked = {"id": "R-1", "subject": "worker", "excusals": {}, "always": {"called": "supervisor",
             "supervisor": "personal"}}  # fmt: skip
    granted = told("ExcusalGranted", worker_id="W-1", rule="R-1", from_on="2025-02-04", until_on="2025-02-10",
                   granted_by="M-9")  # fmt: skip
    facts = [adopted(policy(asked)), started("2025-01-06"), assigned("2025-01-10"), unassigned("2025-02-03"), granted]
    found = [finding(on, *facts) for on in ("2025-02-10", "2025-02-11")]
    assert [(str(each.status), each.code) for each in found] == [("excused", None), ("breached", "missing")]
    assert len(found[0].evidence) == len(found[1].evidence) + 1


ROUNDS = {
    "id": "R-1", "subject": "organisation",
    "every": {"event": {"type": "FileAudited", "where": {"selection": "random"}}, "window": "6 months",
              "first_day": "2021-03-01", "counts_from": "2021-03-01"},
}  # fmt: skip


def of_organisation(on: str, *facts: Fact) -> tuple[str, str]:
    [found] = assessed(on, *facts, subject=ORGANISATION).findings
    return str(found.status), found.why


def test_an_organisations_programme_is_judged_whole_by_the_policy_in_force_when_a_round_ends() -> None:
    facts = [adopted(policy(ROUNDS), "2021-06-01")]
    assert [of_organisation(on, *facts)[0] for on in ("2021-06-01", "2021-08-31", "2021-09-01")] == [
        "due", "due", "breached",
    ]  # fmt: skip
    assert of_organisation("2021-09-01", *facts, audited("2021-03-15"))[0] == "met"
    assert of_organisation("2021-09-01", *facts, audited("2021-03-15", selection="chosen"))[0] == "breached"
    assert of_organisation("2021-09-01", *facts, audited("2021-02-28"))[0] == "breached"


def test_a_round_that_ended_before_the_policy_came_into_force_is_not_judged_by_it() -> None:
    facts = [adopted(policy(ROUNDS), "2023-04-12")]
    assert [of_organisation(on, *facts)[0] for on in ("2023-04-12", "2023-08-31", "2023-09-01")] == [
        "due", "due", "breached",
    ]  # fmt: skip
    assert "the first to count is March to August 2023" in of_organisation("2023-04-12", *facts)[1]
    assert of_organisation("2023-09-01", *facts, audited("2023-03-02"))[0] == "met"


def test_whether_an_audit_counts_is_not_known_where_nobody_said_what_the_auditor_was() -> None:
    by = {"person": "auditor_id", "role": ["senior", "manager"], "called": "a senior manager"}
    facts = [adopted(policy({**ROUNDS, "every": {**ROUNDS["every"], "by": by}}), "2021-06-01")]  # type: ignore[dict-item]
    facts += [started("2020-01-06", worker_id="W-2", role="senior"), audited("2021-05-04", "W-9")]
    found = assessed("2021-09-01", *facts, subject=ORGANISATION).findings[0]
    assert (found.status, found.code, found.next_on) == ("not_assessable", "not_known", date(2022, 3, 1))
    assert found.why == (
        "Whether the audit of a file of 4 May 2021 counts is not known: nobody said whether its auditor was a senior "
        "manager then."
    )
    for role, expected in {"senior": "met", "worker": "breached"}.items():
        known = started("2020-01-06", worker_id="W-9", role=role)
        assert of_organisation("2021-09-01", *facts, known)[0] == expected
    assert of_organisation("2021-09-01", *facts, audited("2021-07-05", "W-2"))[0] == "met"
    assert of_organisation("2022-03-01", *facts)[0] == "breached"


def test_what_a_policy_only_permits_is_never_a_breach() -> None:
    every = {"event": {"type": "FileAudited"}, "window": "quarter"}
    may = {"id": "R-1", "subject": "organisation", "force": "may", "every": every}
    status, why = of_organisation("2025-07-01", adopted(policy(may), "2025-01-01"))
    assert (status, why.endswith("The policy allows it and does not ask.")) == ("tolerated", True)


def test_an_event_is_a_workers_by_the_field_that_the_policy_names() -> None:
    by_auditor = {"type": "FileAudited", "belongs_by": "auditor_id"}
    rules = [
        {"id": "R-1", "subject": "worker", "every": {"event": by_auditor, "window": "month"}},
        {"id": "R-2", "subject": "worker", "every": {"event": {"type": "FileAudited"}, "window": "month"}},
    ]
    facts = [adopted(policy(*rules)), started("2024-12-02"), audited("2025-01-15", "W-1", worker="W-5")]
    said = {found.rule: str(found.status) for found in assessed("2025-02-03", *facts, subject=WORKER).findings}
    assert said == {"R-1": "met", "R-2": "breached"}


@some
@given(invented_states.workers)
def test_the_timeline_of_states_is_what_assessments_say_day_by_day(facts: tuple[Fact, ...]) -> None:
    agree(WORKER, facts, APART)


@some
@given(invented_states.organisations)
def test_an_organisations_timeline_is_what_assessments_say_day_by_day(facts: tuple[Fact, ...]) -> None:
    agree(ORGANISATION, facts, APART)


@pytest.mark.parametrize(
    ("always", "said"),
    [
        ("{called: supervisor}", "exactly one of supervisor, supervises, event"),
        ("{called: supervisor, supervisor: personal, until: expires_on}", "belong to an `event`"),
        ("{called: holder, event: {type: FileOpened}, until: holder_id}", "unknown date field"),
        ("{called: holder, event: {type: FileOpened}, held_by: [to_id]}", "unknown field of a person"),
        ("{called: holder, event: {type: FileOpened, belongs_by: opened_on}}", "unknown field of a person"),
    ],
)
def test_a_state_that_cannot_be_is_named_with_its_line(always: str, said: str) -> None:
    text = f"""id: harbour
version: "1"
title: Harbour
rules:
  - {{id: R-1, title: t, clause: c, subject: worker, always: {always}}}
"""
    [fault] = check(text)
    assert (fault.line, said in fault.detail) == (5, True), fault.detail
