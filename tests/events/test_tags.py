"""By which tags an event is found, and how its identifiers read after a merge."""

import random
from typing import Any

import pytest
from hypothesis import given

from app.events.envelope import read_event
from app.events.tags import PEOPLE, kind_of, rewritten, subject_of, tags_of
from app.events.types import EVENT_TYPES
from tests.events.generating import events, example

COUNCIL = {"council/policies", "council/calendars", "council/merges", "council/feeds"}


def tags(name: str, which: str = "minimal", **changes: Any) -> set[str]:
    """The tags of an example with changes."""
    return set(tags_of(name, example(name, which, **changes)["data"]))


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("SessionHeld", {"supervisor_id": "W-2"}, {"session/S-310", "worker/W-1001", "by/W-2"}),
        ("SessionHeld", {"worker_id": None, "worker_ids": ["W-1", "W-2"]},
         {"session/S-310", "worker/W-1", "worker/W-2"}),
        ("SessionHeld", {"attendees": ["W-8"], "revisits": ["S-1"]},
         {"session/S-310", "worker/W-1001", "by/W-8", "revisits/S-1"}),
        ("SessionScheduled", {"replaces_session_id": "S-1"},
         {"session/S-310", "worker/W-1001", "replaces_session/S-1"}),
        ("TeamOpened", {"parent_team_id": "T-1"}, {"team/T-7", "parent_team/T-1"}),
        ("LineManagerAssigned", {}, {"worker/W-1001", "by/W-3001"}),
        ("SupervisorAssigned", {"covers_id": "W-5"}, {"worker/W-1001", "by/W-2001", "by/W-5"}),
        ("ActionAgreed", {"owner_id": "W-1", "worker_id": "W-2"}, {"action/A-41", "by/W-1", "worker/W-2"}),
        ("CaseAllocated", {"case_supervisor_id": "W-2"}, {"case/C-100", "worker/W-1001", "by/W-2"}),
        ("CaseConcernFlagged", {"by": ["W-1", "W-2"]}, {"case/C-100", "by/W-1", "by/W-2"}),
        ("DecisionMade", {}, {"decision/DE-18", "case/C-100", "by/W-2001"}),
        ("RecordCompleted", {"on_behalf_of_id": "W-3", "withheld_agreed_by": ["W-4"]},
         {"record/R-520", "case/C-100", "by/W-2001", "by/W-3", "by/W-4"}),
        ("RecordCopied", {}, {"record/R-520", "by/W-1001"}),
        ("CaseNoteRecorded", {}, {"note/n-881", "record/n-881", "case/C-100", "by/W-2001"}),
        ("FileTransferred", {"from_id": "W-2"}, {"worker/W-1001", "by/W-2", "by/W-2002"}),
        ("FileAudited", {"supervisor_id": "W-2", "file_id": "F-1"},
         {"audit/AU-5", "by/W-3001", "by/W-2", "file/F-1", "council/programmes"}),
        ("AgreementMade", {}, {"agreement/AG-12", "worker/W-1001", "by/W-2001"}),
        ("SubjectMerged", {}, {"worker/W-1009", "worker/W-1001", "council/merges"}),
        ("SubjectMerged", {"kind": "case"}, {"case/W-1009", "case/W-1001", "council/merges"}),
        ("IdentifierLinked", {"system": "LCS", "identifier": "88"}, {"worker/W-1001", "worker/LCS:88"}),
        ("IdentifierLinked", {"kind": "team", "subject_id": "T-1", "system": "LCS"}, {"team/T-1", "team/LCS:8812345"}),
        ("AccessGranted", {}, {"grant/G-8", "by/AUD-1", "case/C-100"}),
        ("AccessGranted", {"scope": {"kind": "organisation"}}, {"grant/G-8", "by/AUD-1"}),
        ("AuditSampleDrawn", {}, {"sample/SM-1", "by/W-3001", "council/programmes"}),
        ("FeedConfirmed", {}, {"council/feeds"}),
        ("PolicyAdopted", {}, {"policy/luton", "council/policies"}),
        ("PolicyReviewed", {}, {"policy/luton", "council/policies"}),
        ("PolicyWithdrawn", {}, {"policy/luton", "council/policies"}),
        ("CalendarAdopted", {}, {"calendar/england", "council/calendars"}),
        ("EventRetracted", {}, set()),
        ("EventCorrected", {"data": {"case_id": "C-2", "worker_id": None, "attendees": ["W-9"]}},
         {"case/C-2", "by/W-9"}),
    ],
)  # fmt: skip
def test_an_event_is_found_by_what_it_speaks_of(name: str, changes: dict[str, Any], expected: set[str]) -> None:
    assert tags(name, **changes) == expected


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_identifier_in_an_event_is_in_a_tag(name: str) -> None:
    data = example(name, "full")["data"]
    named = {tag.partition("/")[2] for tag in tags(name, "full")}
    ids = [value for field, value in data.items() if field.endswith("_id")]
    ids += [item for field, value in data.items() if field in ("worker_ids", "attendees", "revisits") for item in value]
    assert set(ids) <= named


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_any_event_may_carry_links_which_add_tags(name: str) -> None:
    links = {f"{kind}_id": f"{kind}-9" for kind in ("worker", "case", "session", "discussion", "record", "team")}
    assert {f"{kind.removesuffix('_id')}/{value}" for kind, value in links.items()} <= tags(name, **links)


def test_the_one_spoken_of_is_a_worker_and_every_other_person_a_by() -> None:
    fields = {field for kind in EVENT_TYPES.values() for field in kind.model_fields}
    assert fields >= PEOPLE
    assert {field for field in fields if kind_of(field) == "worker"} == {"worker_id", "worker_ids"}
    assert all(kind_of(field) == "by" for field in fields if field.endswith("_by"))


@given(events())
def test_tags_are_sorted_unique_well_formed_and_owe_nothing_to_the_order_of_fields(event: dict[str, Any]) -> None:
    found = tags_of(event["type"], event["data"])
    shuffled = list(event["data"].items())
    random.Random(7).shuffle(shuffled)
    assert tags_of(event["type"], dict(shuffled)) == found
    assert found == tuple(sorted(set(found)))
    assert all(kind.replace("_", "").isalpha() and value for kind, _, value in (tag.partition("/") for tag in found))
    assert read_event(event).tags == found


@pytest.mark.parametrize(
    ("name", "changes", "subject"),
    [
        ("CaseDiscussed", {"worker_id": "W-1"}, "case/C-100"),
        ("SessionHeld", {}, "worker/W-1001"),
        ("SessionHeld", {"worker_id": None, "worker_ids": ["W-1", "W-2"], "team_id": "T-1"}, "session/S-310"),
        ("RecordSigned", {}, "record/R-520"),
        ("ActionCompleted", {}, "action/A-41"),
        ("TeamOpened", {}, "team/T-7"),
        ("SubjectMerged", {}, "worker/W-1001"),
        ("IdentifierLinked", {"kind": "case"}, "case/W-1001"),
        ("PolicyAdopted", {}, "policy/luton"),
        ("FeedConfirmed", {}, None),
        ("FeedConfirmed", {"team_id": "T-1"}, "team/T-1"),
        ("EventRetracted", {}, None),
    ],
)
def test_the_subject_is_the_case_else_the_worker_else_the_thing_itself(
    name: str, changes: dict[str, Any], subject: str | None
) -> None:
    assert subject_of(name, example(name, **changes)["data"]) == subject


def test_after_a_merge_every_field_that_names_the_person_reads_as_the_one_that_stays() -> None:
    aliases = {"worker/W-1": "worker/W-9", "case/C-1": "case/C-9", "team/T-1": "team/T-9"}
    data = {
        "worker_ids": ["W-1", "W-9"],
        "supervisor_id": "W-1",
        "case_id": "C-1",
        "team_id": "T-1",
        "session_id": "W-1",
    }
    assert rewritten("SessionHeld", data, aliases) == {
        "worker_ids": ["W-9"], "supervisor_id": "W-9", "case_id": "C-9", "team_id": "T-9", "session_id": "W-1"
    }  # fmt: skip
    assert data["supervisor_id"] == "W-1"


def test_after_a_merge_identifiers_read_by_their_kind() -> None:
    aliases = {"worker/X": "worker/W-9", "case/X": "case/C-9"}
    linked = example("IdentifierLinked", kind="case", subject_id="X")["data"]
    granted = example("AccessGranted", scope={"kind": "case", "id": "X"})["data"]
    moved = example("FileTransferred", from_id="X", to_id="X")["data"]
    merged = example("SubjectMerged", from_id="X")["data"]
    assert rewritten("IdentifierLinked", linked, aliases)["subject_id"] == "C-9"
    assert rewritten("AccessGranted", granted, aliases)["scope"] == {"kind": "case", "id": "C-9"}
    assert rewritten("FileTransferred", moved, aliases) == moved | {"from_id": "W-9", "to_id": "W-9"}
    assert rewritten("SubjectMerged", merged, aliases) == merged


@given(events())
def test_without_a_merge_nothing_reads_differently(event: dict[str, Any]) -> None:
    data = read_event(event).data
    once = {
        name: list(dict.fromkeys(value)) if isinstance(value, list) and kind_of(name) else value
        for name, value in data.items()
    }
    assert rewritten(event["type"], data, {"worker/nobody": "worker/W-9"}) == once
