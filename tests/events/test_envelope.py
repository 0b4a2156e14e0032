"""The envelope: what is read out of one event, whose texts they are, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.errors import Invalid
from app.events.envelope import MOST_EXTENSIONS, read_event
from app.events.types import EVENT_TYPES
from tests.events.generating import example

TEXT = "What was said stays between those who were there."


def refused(event: object) -> dict[str, str]:
    """Pointer → code of everything that is wrong with an event."""
    with pytest.raises(Invalid) as problem:
        read_event(event)
    assert (problem.value.status, problem.value.code) == (422, "invalid_event")
    return {fault.pointer: fault.code for fault in problem.value.errors}


def session(**attributes: Any) -> dict[str, Any]:
    """A minimal SessionHeld with these attributes; None takes one away."""
    return {name: value for name, value in (example("SessionHeld") | attributes).items() if value is not None}


def test_an_event_is_taken_apart() -> None:
    incoming = read_event(example("SessionHeld", "full", case_id=None, narrative=TEXT) | {"subject": None})
    assert (incoming.source, incoming.id, incoming.type) == ("urn:example:lcs", "SessionHeld-2", "SessionHeld")
    assert incoming.time == datetime(2025, 3, 3, 14, 30, tzinfo=UTC)
    assert incoming.sourcerecordedtime == datetime(2025, 3, 5, 16, 20, tzinfo=UTC)
    assert incoming.sourcerecordedby == "W-2001"
    assert incoming.on == date(2025, 3, 3)
    assert incoming.texts == {"narrative": TEXT}
    assert incoming.text_subject == "worker/W-1001"
    assert "narrative" not in incoming.data
    assert incoming.data["minutes"] == 95
    assert incoming.extensions.keys() == {"traceparent", "datacontenttype", "dataschema"}


def test_what_could_be_personal_is_not_in_the_representation() -> None:
    shown = repr(read_event(example("SessionHeld", narrative=TEXT, reason="staff_change")))
    assert TEXT not in shown
    assert "staff_change" not in shown


def test_reading_leaves_what_was_sent_as_it_was() -> None:
    event = example("EventCorrected", data={"narrative": TEXT, "minutes": None})
    read_event(event)
    assert event == example("EventCorrected", data={"narrative": TEXT, "minutes": None})


@pytest.mark.parametrize("raw", [None, 3, "SessionHeld", [], [{}], True])
def test_what_is_no_object_is_no_event(raw: object) -> None:
    assert refused(raw) == {"": "not_an_object"}


def test_what_an_event_needs_is_named() -> None:
    assert refused({}) == dict.fromkeys(["/specversion", "/id", "/source", "/type", "/data"], "missing")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"specversion": "0.3"}, {"/specversion": "not_in_list"}),
        ({"specversion": 1}, {"/specversion": "not_in_list"}),
        ({"id": ""}, {"/id": "not_printable"}),
        ({"id": "é"}, {"/id": "not_printable"}),
        ({"id": "x" * 256}, {"/id": "not_printable"}),
        ({"id": 881}, {"/id": "wrong_type"}),
        ({"source": "a\nb"}, {"/source": "not_printable"}),
        ({"time": "2025-03-03T10:00:00"}, {"/time": "not_a_time"}),
        ({"time": 1741000000}, {"/time": "not_a_time"}),
        ({"time": "9999-12-31T23:59:59-12:00"}, {"/time": "date_out_of_range"}),
        ({"sourcerecordedtime": "yesterday"}, {"/sourcerecordedtime": "not_a_time"}),
        ({"sourcerecordedby": "Jane Smith"}, {"/sourcerecordedby": "not_an_identifier"}),
        ({"datacontenttype": "application/xml"}, {"/datacontenttype": "not_json"}),
        ({"dataschema": "a schema"}, {"/dataschema": "not_a_uri"}),
        ({"data_base64": "e30="}, {"/data_base64": "data_base64"}),
        ({"data": None, "data_base64": "e30="}, {"/data": "missing", "/data_base64": "data_base64"}),
        ({"data": "{}"}, {"/data": "wrong_type"}),
        ({"data": []}, {"/data": "wrong_type"}),
        ({"worker_id": "W-1"}, {"/worker_id": "unknown_attribute"}),
        ({"sourceRecordedTime": "x"}, {"/sourceRecordedTime": "unknown_attribute"}),
        ({"a" * 21: "x"}, {"/" + "a" * 21: "unknown_attribute"}),
        ({"position": 3}, {"/position": "reserved_attribute"}),
        ({"recordedtime": "2025-03-03T10:00:00Z"}, {"/recordedtime": "reserved_attribute"}),
        ({"trace": {"id": 1}}, {"/trace": "not_simple"}),
        ({"trace": Decimal("1.5")}, {"/trace": "not_simple"}),
        ({"trace": 2**31}, {"/trace": "not_simple"}),
        ({"trace": "a\nb"}, {"/trace": "not_simple"}),
        ({"type": "sessionheld"}, {"/type": "unknown_type"}),
        ({"type": "SessionHeld.v2"}, {"/type": "unknown_type"}),
        ({"type": ["SessionHeld"]}, {"/type": "wrong_type"}),
        ({"subject": "W-1001"}, {"/subject": "not_a_subject"}),
    ],
)
def test_a_wrong_attribute_is_named(attributes: dict[str, Any], expected: dict[str, str]) -> None:
    assert refused(session(**attributes)) == expected


def test_a_misspelt_name_is_answered_with_the_one_that_is_near() -> None:
    with pytest.raises(Invalid) as problem:
        read_event(session(type="SesionHeld", sourceRecordedTime="x"))
    assert {fault.pointer: fault.detail.partition(": ")[2] for fault in problem.value.errors} == {
        "/type": "did you mean SessionHeld?",
        "/sourceRecordedTime": "did you mean sourcerecordedtime?",
    }


def test_a_version_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(Invalid) as problem:
        read_event(session(type="SessionHeld.v2"))
    assert problem.value.errors[0].detail == "is not an event type: SessionHeld has no such version here"


def test_optional_attributes_and_extensions_are_kept() -> None:
    kept = {"traceparent": "00-4b", "flag": True, "number": 7, "datacontenttype": "application/json; charset=utf-8"}
    assert read_event(session(**kept, nothing=None)).extensions == kept
    assert read_event(session() | {"subject": None, "time": None, "other": None}).extensions == {}


def test_masses_of_attributes_are_one_fault() -> None:
    assert refused(session(**{f"x{number}": 1 for number in range(1000)})) == {"": "too_many_attributes"}
    assert len(read_event(session(**{f"x{n}": 1 for n in range(MOST_EXTENSIONS)})).extensions) == MOST_EXTENSIONS


@pytest.mark.parametrize("field", ["worker_ids", "attendees", "agenda", "functions"])
def test_a_mass_of_wrong_items_is_one_fault(field: str) -> None:
    assert refused(example("SessionHeld", **{field: ["no good"] * 40_000})) == {f"/data/{field}": "too_many"}


def test_a_mass_of_wrong_entries_is_one_fault() -> None:
    checklist = {f"item {number}": "fine" for number in range(40_000)}
    assert refused(example("CaseDiscussed", checklist=checklist)) == {"/data/checklist": "too_many"}


def test_nulls_are_as_if_not_sent() -> None:
    sent = example("SessionHeld")
    sent["data"] |= {"minutes": None, "agenda": None, "narrative": None}
    assert read_event(sent).data == example("SessionHeld")["data"]
    sent["data"]["held_on"] = None
    assert refused(sent) == {"/data/held_on": "missing"}


def test_nulls_inside_objects_are_dropped_too() -> None:
    sent = example("AccessGranted", scope={"kind": "organisation", "id": None})
    assert read_event(sent).data["scope"] == {"kind": "organisation"}


def test_numbers_are_kept_without_trailing_zeros() -> None:
    data = read_event(example("WorkerStarted", fte=Decimal("0.60"))).data
    assert data["fte"] == "0.6"
    assert read_event(example("SessionHeld", minutes=Decimal("90.0"))).data["minutes"] == 90
    assert refused(example("SessionHeld", minutes=Decimal("90.5"))) == {"/data/minutes": "wrong_type"}


# The subject


@pytest.mark.parametrize("subject", ["worker/W-1001", "session/S-310", "worker/W-2001", "by/W-2001"])
def test_a_stated_subject_that_the_data_names_is_kept(subject: str) -> None:
    event = example("SessionHeld", supervisor_id="W-2001") | {"subject": subject}
    assert read_event(event).subject == subject


@pytest.mark.parametrize("subject", ["worker/W-9", "case/C-1", "team/W-1001"])
def test_a_subject_that_contradicts_the_data_is_refused(subject: str) -> None:
    assert refused(session(subject=subject)) == {"/subject": "subject_contradicts"}


def test_the_subject_of_a_correction_is_that_of_its_target_and_not_judged_here() -> None:
    assert read_event(example("EventCorrected") | {"subject": "worker/W-9"}).subject == "worker/W-9"


# Texts


@pytest.mark.parametrize(
    ("name", "changes", "subject"),
    [
        ("SessionHeld", {}, "worker/W-1001"),
        ("SessionHeld", {"case_id": "C-1"}, "case/C-1"),
        ("SessionHeld", {"worker_id": None, "worker_ids": ["W-1", "W-2"], "case_id": "C-1"}, "case/C-1"),
        ("SessionHeld", {"worker_id": None, "worker_ids": ["W-1"]}, "worker/W-1"),
        ("SessionHeld", {"worker_id": "W-1", "worker_ids": ["W-1"]}, "worker/W-1"),
        ("TeamClosed", {}, "team/T-7"),
        ("EventCorrected", {}, None),
        ("EventCorrected", {"case_id": "C-1"}, "case/C-1"),
    ],
)
def test_a_text_is_protected_by_the_key_of_its_case_else_of_its_one_worker(
    name: str, changes: dict[str, Any], subject: str | None
) -> None:
    assert read_event(example(name, narrative=TEXT, **changes)).text_subject == subject


def test_a_text_about_several_people_or_nobody_is_refused() -> None:
    group = example("SessionHeld", worker_id=None, worker_ids=["W-1", "W-2"], narrative=TEXT)
    two_ways = example("SessionHeld", worker_id="W-1", worker_ids=["W-2"], narrative=TEXT)
    assert refused(group) == refused(two_ways) == {"/data/narrative": "text_of_several"}
    assert refused(example("ActionCompleted", narrative=TEXT)) == {"/data/narrative": "text_of_nobody"}
    assert refused(example("PolicyWithdrawn", narrative=TEXT)) == {"/data/narrative": "text_of_nobody"}


@pytest.mark.parametrize(("name", "subject"), [("WorkerStarted", "worker/W-1001"), ("TeamOpened", "team/T-7")])
def test_a_name_is_a_text(name: str, subject: str) -> None:
    incoming = read_event(example(name, name="Invented Name"))
    assert incoming.texts == {"name": "Invented Name"}
    assert incoming.text_subject == subject
    assert "name" not in incoming.data


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_takes_a_narrative_when_it_says_whose_it_is(name: str) -> None:
    incoming = read_event(example(name, narrative=TEXT, case_id="C-1"))
    assert incoming.texts["narrative"] == TEXT
    assert TEXT not in str(incoming.data)


# Corrections


def correction(**patch: Any) -> dict[str, Any]:
    """A correction of some event by this patch."""
    return example("EventCorrected", data=patch)


def test_nulls_in_a_patch_stay_and_its_texts_are_taken_out() -> None:
    incoming = read_event(correction(minutes=None, agenda=["welfare"], narrative=TEXT))
    assert incoming.data["data"] == {"minutes": None, "agenda": ["welfare"]}
    assert incoming.texts == {"data.narrative": TEXT}
    assert read_event(correction(narrative=None)).data["data"] == {"narrative": None}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"minuts": 90}, {"/data/data/minuts": "unknown_field"}),
        ({"held_on": "2025-02-30"}, {"/data/data/held_on": "no_such_date"}),
        ({"worker_id": "Jane Smith"}, {"/data/data/worker_id": "not_an_identifier"}),
        ({"narrative": "x" * 20_001}, {"/data/data/narrative": "too_long"}),
        ({"reason": "because she said so"}, {"/data/data/reason": "not_a_code"}),
        ({"held_on": "2025-03-03", "depth": "full"}, {"/data/data": "unknown_field"}),
        ({"corrects": {"source": "a", "id": "b"}}, {"/data/data/corrects": "unknown_field"}),
        ({}, {"/data/data": "empty"}),
    ],
)
def test_a_patch_must_be_right_for_some_type(patch: dict[str, Any], expected: dict[str, str]) -> None:
    assert refused(correction(**patch)) == expected


@pytest.mark.parametrize("name", sorted(set(EVENT_TYPES) - {"EventCorrected", "EventRetracted"}))
def test_every_field_of_every_other_type_can_be_corrected_and_removed(name: str) -> None:
    event = example(name, "full", case_id="C-1")
    for field, value in event["data"].items():
        patch = {field: value}
        if field.endswith("_at") and f"{field.removesuffix('_at')}_on" in event["data"]:
            patch[f"{field.removesuffix('_at')}_on"] = event["data"][f"{field.removesuffix('_at')}_on"]
        read_event(correction(**patch))
        read_event(correction(**{field: None}))


def test_a_patch_of_a_mass_of_unknown_fields_is_a_few_faults() -> None:
    assert len(refused(correction(**{f"x{number}": 1 for number in range(10_000)}))) < 10


def test_a_correction_names_source_and_id() -> None:
    assert refused(example("EventCorrected", corrects={"source": "urn:example:lcs"})) == {
        "/data/corrects/id": "missing"
    }
    assert refused(example("EventRetracted", retracts="SessionHeld-1")) == {"/data/retracts": "wrong_type"}
