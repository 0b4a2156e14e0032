"""What is told of whoever leads a case may count for it; and events that count only while something is so, or not."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.policy.explaining import explain
from app.domain.policy.loading import check
from app.domain.policy.shapes import Pack
from app.events.facts import Fact
from tests.domain.test_timelines import APART, agree, some
from tests.domain.told import (
    CASE,
    adopted,
    allocated,
    closed,
    discussed,
    finding,
    opened,
    policy,
    session,
    status,
    told,
)

CONCERN = {"begun_by": {"type": "CaseConcernFlagged"}, "ended_by": {"type": "CaseConcernCleared"}}
GONE_THROUGH = {"type": "SessionHeld", "told_of": "lead", "where": {"caseload_screened": True}, "not_while": CONCERN}
TALKED = {"type": "CaseDiscussed", "where": {"screened": {"not": True}}}
RULE = {"id": "R-1", "subject": "case", "every": {"event": {"any_of": [TALKED, GONE_THROUGH]}, "limit": "28 days"}}
FIRST = date(2025, 1, 1)


def screened(on: str, worker: str = "W-1") -> Fact:
    return session(on, worker_id=worker, caseload_screened=True)


def flagged(on: str) -> Fact:
    return told("CaseConcernFlagged", case_id="C-1", flagged_on=on, by=["W-1", "M-1"])


def cleared(on: str) -> Fact:
    return told("CaseConcernCleared", case_id="C-1", cleared_on=on, by=["W-1", "M-1"])


def case(*facts: Fact) -> tuple[Fact, ...]:
    return (adopted(policy(RULE)), opened("2025-01-01"), allocated("2025-01-01"), *facts)


def due(on: str, *facts: Fact) -> str:
    return str(finding(on, *case(*facts)).due_on)


def test_a_session_that_goes_through_the_caseload_counts_for_a_case_of_whoever_leads_it() -> None:
    assert due("2025-01-20", screened("2025-01-15")) == "2025-02-12"
    assert due("2025-01-20", screened("2025-01-15", "W-2")) == "2025-01-29"
    assert due("2025-01-20", session("2025-01-15")) == "2025-01-29"


def test_it_counts_for_who_led_on_its_own_day_and_no_longer_after_the_case_was_given_to_another() -> None:
    handed_over = allocated("2025-01-20", "W-2")
    assert due("2025-01-25", handed_over, screened("2025-01-19"), screened("2025-01-22")) == "2025-02-16"
    assert due("2025-01-25", handed_over, screened("2025-01-20", "W-2")) == "2025-02-17"
    left = told("CaseUnallocated", case_id="C-1", worker_id="W-1", ended_on="2025-01-20")
    assert due("2025-01-25", left, screened("2025-01-20")) == "2025-02-17"
    assert due("2025-01-25", left, screened("2025-01-21")) == "2025-01-29"


def test_a_case_that_is_opened_again_is_not_led_by_who_led_it_before() -> None:
    again = [closed("2025-01-10"), opened("2025-02-01"), screened("2025-02-10")]
    assert due("2025-02-15", *again) == "2025-03-01"
    assert due("2025-02-15", *again, allocated("2025-02-01")) == "2025-03-10"


def test_while_a_case_is_of_concern_going_through_the_caseload_is_not_enough() -> None:
    assert due("2025-02-01", flagged("2025-01-15"), screened("2025-01-15")) == "2025-01-29"
    assert due("2025-02-01", screened("2025-01-14"), flagged("2025-01-15")) == "2025-02-11"
    assert due("2025-02-01", flagged("2025-01-15"), discussed("2025-01-20")) == "2025-02-17"
    assert due("2025-02-01", flagged("2025-01-10"), cleared("2025-01-15"), screened("2025-01-15")) == "2025-02-12"
    again = [flagged("2025-01-05"), cleared("2025-01-10"), flagged("2025-01-12"), screened("2025-01-15")]
    assert status("2025-02-01", *case(*again)) == "breached"


def test_what_counts_only_while_something_lasts_counts_from_its_first_day_to_the_day_before_its_end() -> None:
    visits = {"type": "CaseDiscussed", "only_while": CONCERN}
    rule = {"id": "R-1", "subject": "case", "at_least": {"event": visits, "times": 9, "window": "year"}}
    days = [discussed(f"2025-01-{on:02}") for on in (9, 10, 14, 15, 20)]
    facts = [adopted(policy(rule)), opened("2025-01-01"), flagged("2025-01-10"), cleared("2025-01-15"), *days]
    assert finding("2025-02-01", *facts).count == 2


_Day = st.integers(0, 110).map(lambda number: (FIRST + timedelta(days=number)).isoformat())
_Worker = st.sampled_from(["W-1", "W-2"])
_Happening = st.one_of(
    st.builds(screened, _Day, _Worker),
    st.builds(allocated, _Day, _Worker),
    st.builds(lambda on, who: told("CaseUnallocated", case_id="C-1", worker_id=who, ended_on=on), _Day, _Worker),
    st.builds(flagged, _Day),
    st.builds(cleared, _Day),
    st.builds(discussed, _Day),
    st.builds(closed, _Day),
    st.builds(opened, _Day),
    st.builds(
        lambda on, who: session(on, worker_id=who, session_id="S-again", caseload_screened=who == "W-1"), _Day, _Worker
    ),
)


@some
@given(st.lists(_Happening, min_size=3, max_size=14))
def test_a_timeline_says_of_every_day_what_an_assessment_of_it_says(happened: list[Fact]) -> None:
    agree(CASE, case(*happened), APART)


def test_what_stands_in_a_record_is_no_longer_read_under_the_discussion_once_the_record_was_told_anew() -> None:
    record = {"event": {"type": "RecordCompleted", "where": {"kind": "form"}}, "same": "discussion"}
    rule = {"id": "R-1", "subject": "case", "within": {"after": {"type": "CaseDiscussed"}, "limit": "5 days",
            "answered_by": record}}  # fmt: skip
    told_of = {"record_id": "R-9", "author_id": "M-1"}
    first = told("RecordCompleted", **told_of, completed_at="2025-02-04", kind="form", discussion_id="D-1")
    again = told("RecordCompleted", **told_of, completed_at="2025-02-20", kind="letter", session_id="S-9")
    facts = [adopted(policy(rule)), opened("2025-01-01"), discussed("2025-02-03", discussion_id="D-1"), first, again]
    assert [status(on, *facts) for on in ("2025-02-10", "2025-02-19", "2025-02-20")] == ["met", "met", "breached"]


def test_it_is_said_in_plain_english_whose_event_it_is_and_when_it_counts() -> None:
    events = {"flagged": CONCERN["begun_by"], "cleared": CONCERN["ended_by"]}
    gone_through = {**GONE_THROUGH, "not_while": {"begun_by": "flagged", "ended_by": "cleared"}}
    rule = {**RULE, "every": {"event": "gone_through", "limit": "28 days"}}
    said = " ".join(explain(Pack.model_validate(policy(rule, events={**events, "gone_through": gone_through}))))
    assert "`SessionHeld` of whoever led the case on its day where caseload screened is true" in said
    assert "on its day it was not so that a flagged had come and no cleared since" in said


@pytest.mark.parametrize(
    ("subject", "event", "said"),
    [
        ("worker", "{type: SessionHeld, told_of: lead}", "only a case has somebody who leads it"),
        ("[worker, case]", "{type: SessionHeld, told_of: lead}", "only a case has somebody who leads it"),
        ("case", "{type: CaseDiscussed, not_while: {begun_by: {type: CaseConcern}, ended_by: {type: CaseClosed}}}",
         "unknown event type"),
        ("case", "{type: CaseDiscussed, only_while: {begun_by: flagged, ended_by: {type: CaseClosed}}}",
         "unknown event `flagged`"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_with_its_line(subject: str, event: Any, said: str) -> None:
    text = f"""id: harbour
version: "1"
title: Harbour
rules:
  - {{id: R-1, title: t, clause: c, subject: {subject}, every: {{event: {event}, limit: 28 days}}}}
"""
    [fault] = check(text)
    assert (fault.line, said in fault.detail) == (5, True), fault.detail
