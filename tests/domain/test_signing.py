"""An answer that several make together: both sign the same content, and what is reopened must be signed again."""

from typing import Any

import pytest

from app.events.facts import Fact
from tests.domain.told import adopted, day, finding, policy, session, started, status, told


def link(kind: str, **where: Any) -> dict[str, Any]:
    return {"event": {"type": kind, "where": where}, "same": "record"}


RULE = {
    "id": "R-1",
    "subject": "worker",
    "within": {
        "after": {"type": "RecordCompleted", "where": {"kind": "form"}, "called": "record completed"},
        "answered_by": {
            "called": "signing by both",
            "all_of": [link("RecordSigned", capacity="supervisor"), link("RecordSigned", capacity="supervisee")],
            "agree_on": "content_hash",
            "undone_by": link("RecordReopened"),
            "checked_by": link("RecordReviewed"),
            "codes": {"none": "unsigned", "some": "part", "undone": "void", "unchecked": "unread", "all": "signed"},
        },
    },
}
FACTS = [adopted(policy(RULE)), started("2025-01-01"), session("2025-03-03", session_id="S-1")]


def record(on: str, content: str | None = None, **more: Any) -> Fact:
    usual = {"record_id": "R-1", "kind": "form", "completed_at": on, "author_id": "M-1", "session_id": "S-1"}
    return told("RecordCompleted", **usual | of(content) | more)


def signed(on: str, capacity: str, content: str | None = None) -> Fact:
    return told("RecordSigned", record_id="R-1", signer_id="M-1", capacity=capacity, signed_on=on, **of(content))


def reopened(on: str) -> Fact:
    return told("RecordReopened", record_id="R-1", reopened_on=on, by="M-1")


def of(content: str | None) -> dict[str, Any]:
    return {} if content is None else {"content_hash": content}


def code(on: str, *facts: Fact) -> tuple[str, str | None]:
    found = finding(on, *FACTS, *facts)
    return str(found.status), found.code


def test_it_is_unread_then_unsigned_then_part_signed_then_signed_and_never_late() -> None:
    read = told("RecordReviewed", record_id="R-1", reviewed_on="2025-03-05", reviewer_id="W-1", outcome="agreed")
    facts = [record("2025-03-04"), read, signed("2025-03-06", "supervisor"), signed("2026-03-07", "supervisee")]
    days = ("2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2026-03-06", "2026-03-07")
    assert [code(on, *facts) for on in days] == [
        ("not_yet_applicable", None), ("due", "unread"), ("due", "unsigned"), ("due", "part"), ("due", "part"),
        ("met", "signed"),
    ]  # fmt: skip
    assert finding("2025-03-08", *FACTS, *facts).why == (
        "Record completed on 4 March 2025. The policy sets no deadline for the signing by both. It has been open for "
        "4 days. It stands as “part”."
    )


@pytest.mark.parametrize(
    ("of_record", "of_supervisor", "of_supervisee", "stands"),
    [
        (None, None, None, ("met", "signed")),
        ("h-1", None, None, ("met", "signed")),
        ("h-1", "h-1", None, ("met", "signed")),
        (None, "h-1", "h-1", ("met", "signed")),
        ("h-1", "h-1", "h-2", ("due", "void")),
        (None, "h-1", "h-2", ("due", "void")),
        (None, "h-1", None, ("due", "void")),
        ("h-1", "h-2", "h-2", ("due", "void")),
    ],
)
def test_both_must_sign_the_same_content_as_the_record_has(
    of_record: str | None, of_supervisor: str | None, of_supervisee: str | None, stands: tuple[str, str]
) -> None:
    both = [signed("2025-03-06", "supervisor", of_supervisor), signed("2025-03-07", "supervisee", of_supervisee)]
    assert code("2025-03-08", record("2025-03-04", of_record), *both) == stands


def test_two_signatures_of_one_side_are_not_both() -> None:
    twice = [signed("2025-03-06", "supervisor"), signed("2025-03-07", "supervisor")]
    assert code("2025-03-08", record("2025-03-04"), *twice) == ("due", "part")


def test_reopening_voids_what_was_signed_until_the_next_version_is_signed_anew() -> None:
    facts = [record("2025-03-04"), signed("2025-03-06", "supervisor"), signed("2025-03-07", "supervisee")]
    facts += [reopened("2025-03-10"), record("2025-03-12"), signed("2025-03-13", "supervisee")]
    facts += [signed("2025-03-14", "supervisor")]
    days = ("2025-03-07", "2025-03-10", "2025-03-12", "2025-03-13", "2025-03-14")
    assert [code(on, *facts)[1] for on in days] == ["signed", "void", "void", "part", "signed"]
    found = finding("2025-03-14", *FACTS, *facts)
    assert (found.opened_on, found.met_on, len(found.items)) == (day("2025-03-12"), day("2025-03-14"), 1)
    assert finding("2025-03-09", *FACTS, *facts).met_on == day("2025-03-07")


def test_what_is_signed_while_it_is_open_for_change_is_not_signed() -> None:
    facts = [record("2025-03-04"), reopened("2025-03-05")]
    facts += [signed("2025-03-06", "supervisor"), signed("2025-03-06", "supervisee")]
    assert code("2025-03-08", *facts) == ("due", "void")


@pytest.mark.parametrize(
    ("names", "theirs"),
    [({}, True), ({"worker_id": "W-1"}, True), ({"worker_id": "W-2"}, False), ({"session_id": "S-9"}, False),
     ({"session_id": "S-9", "worker_id": "W-1"}, True)],
)  # fmt: skip
def test_a_record_is_theirs_by_name_or_else_by_session(names: dict[str, str], theirs: bool) -> None:
    assert status("2025-03-05", *FACTS, record("2025-03-04", **names)) == ("due" if theirs else "not_yet_applicable")


def test_a_session_of_later_makes_a_record_theirs_from_its_day_on() -> None:
    later = [*FACTS, record("2025-03-04", session_id="S-2"), session("2025-03-20", session_id="S-2")]
    assert status("2025-03-19", *later) == "not_yet_applicable"
    assert status("2025-03-20", *later) == "due"


def test_a_record_that_both_had_signed_before_it_was_recorded_is_signed_from_its_own_day() -> None:
    both = [signed("2025-03-02", "supervisor", "h-1"), signed("2025-03-03", "supervisee", "h-1")]
    found = finding("2025-03-08", *FACTS, record("2025-03-04", "h-1"), *both)
    assert (str(found.status), found.met_on) == ("met", day("2025-03-04"))
