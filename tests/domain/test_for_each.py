"""One item for each id that an event lists: every file that was drawn for an audit, everybody who was in a group."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.compliance import assess
from app.domain.history import Subject
from app.domain.obligations import Finding
from app.domain.policy.explaining import explain
from app.domain.policy.loading import check
from app.domain.policy.shapes import Pack
from app.events.facts import Fact
from tests.domain.test_timelines import APART, agree, some
from tests.domain.told import WORKER, adopted, answered, calendar, day, policy, session, started, told

ORGANISATION = Subject("organisation", "harbour")
AUDITED = {"event": {"type": "FileAudited"}, "same": "sample", "names": "file_id"}
EACH = {"after": {"type": "AuditSampleDrawn"}, "for_each": "selected", "answered_by": AUDITED, "limit": "30 days"}
DRAWN = {"id": "R-1", "subject": "organisation", "within": EACH}
FIRST = date(2025, 1, 1)


def drawn(on: str, *selected: str, sample: str = "SM-1") -> Fact:
    population = [f"F-{number}" for number in range(9)]
    return told("AuditSampleDrawn", sample_id=sample, drawn_on=on, drawn_by="M-1", programme="qa", seed="7",
                population=population, size=len(selected), selected=list(selected))  # fmt: skip


def audited(on: str, file: str | None, sample: str = "SM-1") -> Fact:
    named = {} if file is None else {"file_id": file}
    return told("FileAudited", audit_id=f"AU-{on}-{file}", audited_on=on, auditor_id="M-1", worker_id="W-1",
                programme="qa", sample_id=sample, **named)  # fmt: skip


def found(on: str, *facts: Fact, subject: Subject = ORGANISATION) -> Finding:
    said = answered(lambda loaded: assess(subject, loaded, day(on)), (*facts, calendar()))
    [one] = [each for each in said.findings if each.rule == "R-1"]
    return one


PACK = adopted(policy(DRAWN))


def test_each_file_that_was_drawn_is_owed_by_itself() -> None:
    facts = [PACK, drawn("2025-03-03", "F-1", "F-4", "F-7"), audited("2025-03-10", "F-4"), audited("2025-04-07", "F-1")]
    said = found("2025-04-01", *facts)
    assert (said.status, said.due_on) == ("due", day("2025-04-02"))
    assert [(item.for_id, str(item.status)) for item in said.items] == [("F-1", "due"), ("F-4", "met"), ("F-7", "due")]
    late = found("2025-04-08", *facts)
    assert [(item.for_id, str(item.status)) for item in late.items] == [
        ("F-1", "late_met"), ("F-4", "met"), ("F-7", "breached"),
    ]  # fmt: skip
    assert late.status == "breached"
    assert "It is about F-7." in late.why


def test_all_of_them_must_be_answered_and_each_by_what_names_it() -> None:
    sample = [PACK, drawn("2025-03-03", "F-1", "F-4")]
    assert found("2025-03-20", *sample, audited("2025-03-10", "F-1")).status == "due"
    assert found("2025-03-20", *sample, audited("2025-03-10", "F-1"), audited("2025-03-11", "F-4")).status == "met"
    assert found("2025-03-20", *sample, audited("2025-03-10", "F-1"), audited("2025-03-11", None)).status == "due"
    other = audited("2025-03-11", "F-4", sample="SM-2")
    assert found("2025-03-20", *sample, audited("2025-03-10", "F-1"), other).status == "due"
    assert found("2025-03-20", PACK, drawn("2025-03-03")).status == "not_yet_applicable"


def test_a_group_session_is_written_up_for_everybody_who_was_there() -> None:
    record = {"type": "RecordCompleted", "belongs_by": "author_id"}
    group = {"type": "SessionHeld", "where": {"kind": "group"}, "belongs_by": "supervisor_id"}
    written = {"event": record, "same": "session", "names": "worker_id"}
    within = {"after": group, "for_each": "worker_ids", "answered_by": written, "limit": "5 days"}
    pack = adopted(policy({"id": "R-1", "subject": "worker", "within": {**within, "belongs_by": "supervisor_id"}}))
    of_two = told("SessionHeld", session_id="S-1", worker_ids=["W-2", "W-3"], supervisor_id="W-1", held_on="2025-03-03",
                  kind="group")  # fmt: skip
    for_one = told("RecordCompleted", record_id="R-1", session_id="S-1", author_id="W-1", worker_id="W-2",
                   kind="group_supervision", completed_at="2025-03-04")  # fmt: skip
    said = found("2025-03-05", pack, started("2025-01-01"), of_two, for_one, subject=WORKER)
    assert [(item.for_id, str(item.status)) for item in said.items] == [("W-2", "met"), ("W-3", "due")]


def test_a_list_that_was_not_told_is_not_known() -> None:
    written = {"event": {"type": "RecordCompleted"}, "same": "session", "names": "worker_id"}
    within = {"after": {"type": "SessionHeld"}, "for_each": "attendees", "answered_by": written, "limit": "5 days"}
    pack = adopted(policy({"id": "R-1", "subject": "worker", "within": within}))
    said = found("2025-03-05", pack, started("2025-01-01"), session("2025-03-03"), subject=WORKER)
    assert (said.status, said.code) == ("not_assessable", "not_known")
    assert said.why.endswith("For whom is not known: its attendees were not told.")
    nobody = session("2025-03-03", attendees=[])
    assert found("2025-03-05", pack, started("2025-01-01"), nobody, subject=WORKER).status == "not_yet_applicable"


_Day = st.integers(0, 100).map(lambda number: (FIRST + timedelta(days=number)).isoformat())
_File = st.sampled_from(["F-1", "F-2", "F-3", None])
_Sample = st.sampled_from(["SM-1", "SM-2"])
_Happening = st.one_of(
    st.builds(lambda on, files, sample: drawn(on, *files, sample=sample), _Day,
              st.lists(st.sampled_from(["F-1", "F-2", "F-3"]), max_size=3), _Sample),
    st.builds(audited, _Day, _File, _Sample),
    st.builds(lambda on: adopted(policy({**DRAWN, "within": {**EACH, "limit": "10 days"}}, version="2"), on),
              _Day),
)  # fmt: skip


@some
@given(st.lists(_Happening, min_size=3, max_size=12))
def test_a_timeline_says_of_every_day_what_an_assessment_of_it_says(happened: list[Fact]) -> None:
    agree(ORGANISATION, (PACK, calendar(), drawn("2025-01-01", "F-2", "F-5"), *happened), APART)


def test_it_is_said_in_plain_english() -> None:
    said = " ".join(explain(Pack.model_validate(policy(DRAWN))))
    assert "within 30 days, for each of its selected by itself." in said
    assert "that names it in its `file_id`" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"for_each": "sample_id"}, "unknown list of ids `sample_id`"),
        ({"answered_by": {**AUDITED, "names": "score"}}, "unknown field of an id `score`"),
        ({"answered_by": {"event": AUDITED["event"], "same": "sample"}}, "write both, or neither"),
        ({"for_each": None}, "write both, or neither"),
    ],
)
def test_what_cannot_be_is_named_with_its_line(changed: dict[str, Any], said: str) -> None:
    within = {name: value for name, value in {**EACH, **changed}.items() if value is not None}
    text = f"""id: harbour
version: "1"
title: Harbour
rules:
  - {{id: R-1, title: t, clause: c, subject: organisation, within: {str(within).replace("'", "")}}}
"""
    [fault] = check(text)
    assert (fault.line, said in fault.detail) == (5, True), fault.detail
