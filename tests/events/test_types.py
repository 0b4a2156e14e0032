"""Every type of the published language: its example, fields and dates, and what is said when something is wrong."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.events.envelope import read_event
from app.events.faults import MOST_FAULTS
from app.events.types import EVENT_TYPES, business_date, faults_in
from tests.events.generating import EXAMPLES, events, example

ALL = tuple(EVENT_TYPES)
UNDATED = ("EventCorrected", "EventRetracted", "IdentifierLinked", "IdentifierUnlinked", "SubjectMerged")
NOT_BY_THE_ORDINARY_ROUTE = {
    *("AuditSampleDrawn", "LitigationHoldPlaced", "LitigationHoldLifted", "DpoAdviceRecorded", "AccessGranted"),
    *("AccessRevoked", "SubjectAccessRequested", "SubjectAccessExtended", "SubjectAccessAnswered", "ErasureRequested"),
    *("ErasureApproved", "ErasureClosed", "PersonalDataErased", "PolicyAdopted", "PolicyReviewed", "PolicyWithdrawn"),
}


def faults(type_name: str, **changes: Any) -> dict[str, str]:
    """Pointer → code of what is wrong with the minimal example after these changes."""
    return {fault.pointer: fault.code for fault in faults_in(type_name, example(type_name, **changes)["data"])}


def test_every_type_has_a_stored_example_and_every_example_a_type() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(ALL)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("which", ["minimal", "full"])
def test_every_stored_example_is_taken(name: str, which: str) -> None:
    event = example(name, which)
    assert event["type"] == name
    assert read_event(event).type == name


@pytest.mark.parametrize("name", ALL)
def test_the_full_example_shows_every_field_and_the_minimal_one_none_that_can_be_left_out(name: str) -> None:
    assert set(example(name, "full")["data"]) == set(EVENT_TYPES[name].model_fields)
    for field in example(name)["data"]:
        assert faults(name, **{field: None}), f"{field} could be left out"


@pytest.mark.parametrize("name", ALL)
def test_a_field_that_the_type_does_not_have_is_named(name: str) -> None:
    assert faults(name, colour_of_the_sky="blue") == {"/colour_of_the_sky": "unknown_field"}


@pytest.mark.parametrize("name", ALL)
def test_every_date_field_has_a_twin_for_rules_in_hours(name: str) -> None:
    fields = EVENT_TYPES[name].model_fields
    assert all(f"{field.removesuffix('_on')}_at" in fields for field in fields if field.endswith("_on"))


@pytest.mark.parametrize("name", ALL)
def test_every_type_is_documented_and_frozen(name: str) -> None:
    kind = EVENT_TYPES[name]
    assert kind.__doc__
    assert kind.__doc__.endswith(".")
    assert kind.model_config["frozen"]
    assert kind.model_config["strict"]


def test_the_types_that_only_the_service_or_a_higher_right_may_send_are_those() -> None:
    by = {who: {name for name, kind in EVENT_TYPES.items() if kind.posted_by == who} for who in ("service", "admin")}
    assert by["service"] == NOT_BY_THE_ORDINARY_ROUTE
    assert by["admin"] == {"CalendarAdopted"}
    assert [name for name, kind in EVENT_TYPES.items() if kind.posted_by == "records"] == ["SubjectMerged"]


@given(events())
def test_whatever_the_models_allow_is_read(event: dict[str, Any]) -> None:
    incoming = read_event(event)
    assert incoming.data.keys() == event["data"].keys()
    assert faults_in(incoming.type, incoming.data) == []


@given(events(), st.data())
def test_a_required_field_that_is_missing_is_named(event: dict[str, Any], data: st.DataObject) -> None:
    fields = EVENT_TYPES[event["type"]].model_fields
    field = data.draw(st.sampled_from([name for name, info in fields.items() if info.is_required()] or [""]))
    event["data"].pop(field, None)
    if field:
        assert (f"/{field}", "missing") in {(f.pointer, f.code) for f in faults_in(event["type"], event["data"])}


# Dates


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1740787200", "not_a_date"),
        (20250331, "not_a_date"),
        (Decimal("20250331.0"), "not_a_date"),
        ("20250331", "not_a_date"),
        ("2025-3-1", "not_a_date"),
        ("2025-3-01", "not_a_date"),
        ("2025-W14-1", "not_a_date"),
        ("2025-090", "not_a_date"),
        ("31/03/2025", "not_a_date"),
        ("2025/03/31", "not_a_date"),
        ("2025-03-31T10:00:00Z", "not_a_date"),
        ("2025-03-31 ", "not_a_date"),
        ("+025-03-31", "not_a_date"),
        ("٢٠٢٥-٠٣-٣١", "not_a_date"),
        ("2025-03-31\n", "not_a_date"),
        ("", "not_a_date"),
        (True, "not_a_date"),
        (["2025-03-31"], "not_a_date"),
        ("2025-02-30", "no_such_date"),
        ("2025-02-29", "no_such_date"),
        ("2025-13-01", "no_such_date"),
        ("0000-00-00", "no_such_date"),
        ("1989-12-31", "date_out_of_range"),
        ("2101-01-01", "date_out_of_range"),
        ("9999-12-31", "date_out_of_range"),
    ],
)
def test_a_date_is_taken_in_one_spelling_only(written: object, code: str) -> None:
    assert faults("SessionHeld", held_on=written) == {"/held_on": code}


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{3,4}-?[0-9W]{1,3}-?[0-9]{1,2}", fullmatch=True))
def test_what_is_taken_as_a_date_is_that_date(written: str) -> None:
    if not faults("SessionHeld", held_on=written):
        assert date.fromisoformat(written).isoformat() == written


@pytest.mark.parametrize("first_and_last", ["1990-01-01", "2100-12-31", "2024-02-29"])
def test_the_first_and_the_last_day_are_taken(first_and_last: str) -> None:
    assert faults("SessionHeld", held_on=first_and_last) == {}


@pytest.mark.parametrize(
    "written",
    [
        *(
            "2025-03-03T10:00:00",
            "2025-03-03 10:00:00Z",
            "2025-03-03T10:00Z",
            "2025-03-03T10:00:00z",
            "20250303T100000Z",
        ),
        *("2025-03-03T24:00:00Z", "2025-03-03T10:00:60Z", "2025-03-03T10:00:00+25:00", "2025-03-03", 1741000000, ""),
    ],
)
def test_a_date_time_needs_seconds_and_an_offset(written: object) -> None:
    assert faults("SessionHeld", started_at=written) == {"/started_at": "not_a_time"}


@pytest.mark.parametrize("written", ["9999-12-31T23:59:59-12:00", "1989-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_date_time_lies_within_the_same_years_as_a_date(written: str) -> None:
    assert faults("SessionHeld", started_at=written) == {"/started_at": "date_out_of_range"}


def test_a_twin_falls_on_the_london_date_of_its_date() -> None:
    assert faults("SessionHeld", held_on="2025-07-01", held_at="2025-06-30T23:30:00Z") == {}
    assert faults("SessionHeld", held_on="2025-06-30", held_at="2025-06-30T23:30:00Z") == {"/held_at": "twin_differs"}
    assert faults("SessionHeld", held_on="2025-01-01", held_at="2025-01-01T23:30:00Z") == {}


def test_a_twin_does_not_stand_alone() -> None:
    assert faults("SessionMissed", missed_at="2025-03-03T10:00:00Z") == {"/missed_at": "twin_alone"}


# The business date


@pytest.mark.parametrize(
    ("name", "changes", "day"),
    [
        ("SessionHeld", {"held_on": "2025-03-04"}, "2025-03-04"),
        ("SessionMissed", {"planned_for": "2025-03-04"}, "2025-03-04"),
        ("SessionMissed", {"planned_for": "2025-03-04", "missed_on": "2025-03-01"}, "2025-03-01"),
        ("CaseNoteRecorded", {"recorded_on": "2025-03-05"}, "2025-03-05"),
        ("CaseNoteRecorded", {"recorded_on": "2025-03-05", "event_on": "2025-02-20"}, "2025-02-20"),
        ("DocumentSaved", {"saved_on": "2025-03-05"}, "2025-03-05"),
        ("ManagementOversightRecorded", {"recorded_on": "2025-03-05", "event_on": "2025-03-01"}, "2025-03-01"),
        ("RecordCompleted", {"completed_at": "2025-03-05"}, "2025-03-05"),
        ("RecordCompleted", {"completed_at": "2025-06-30T23:30:00Z"}, "2025-07-01"),
        ("FeedConfirmed", {"complete_to": "2025-03-31"}, "2025-03-31"),
        ("CalendarAdopted", {"applies_from": "2025-01-01"}, "2025-01-01"),
        ("ExcusalGranted", {"from_on": "2025-03-01"}, "2025-03-01"),
    ],
)
def test_the_business_date_is_the_first_of_its_fields_that_is_there(
    name: str, changes: dict[str, Any], day: str
) -> None:
    assert business_date(name, example(name, **changes)["data"], None) == date.fromisoformat(day)


def test_a_family_meeting_without_its_day_of_scheduling_is_dated_by_time_then_left_to_the_recorder() -> None:
    midnight = datetime(2025, 6, 30, 23, 30, tzinfo=UTC)
    data = example("FamilyMeetingScheduled")["data"]
    assert business_date("FamilyMeetingScheduled", data, midnight) == date(2025, 7, 1)
    assert business_date("FamilyMeetingScheduled", data | {"scheduled_on": "2025-02-01"}, midnight) == date(2025, 2, 1)
    incoming = read_event(example("FamilyMeetingScheduled"))
    assert (incoming.on, incoming.undated) == (None, False)


@pytest.mark.parametrize("name", UNDATED)
def test_what_says_how_things_always_were_has_no_date(name: str) -> None:
    incoming = read_event(example(name, "full"))
    assert (incoming.on, incoming.undated) == (None, True)


def test_every_other_type_has_a_date() -> None:
    assert {name for name, kind in EVENT_TYPES.items() if not kind.on} == set(UNDATED)


# Values


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"worker_id": "Jane Smith"}, {"/worker_id": "not_an_identifier"}),
        ({"worker_id": "-W1"}, {"/worker_id": "not_an_identifier"}),
        ({"worker_id": "W/1"}, {"/worker_id": "not_an_identifier"}),
        ({"worker_id": "W" * 65}, {"/worker_id": "not_an_identifier"}),
        ({"worker_id": "W-1\n"}, {"/worker_id": "not_an_identifier"}),
        ({"worker_id": "jane.smith@example.gov.uk"}, {"/worker_id": "email_address"}),
        ({"worker_id": 1001}, {"/worker_id": "wrong_type"}),
        ({"worker_id": "team@7", "supervisor_id": "LCS:8812345"}, {}),
        ({"kind": "Check in"}, {"/kind": "not_a_code"}),
        ({"kind": "a_word_of_another_council"}, {}),
        ({"mode": "telepathy"}, {"/mode": "not_in_list"}),
        ({"planned": "true"}, {"/planned": "wrong_type"}),
        ({"planned": 1}, {"/planned": "wrong_type"}),
        ({"minutes": "90"}, {"/minutes": "wrong_type"}),
        ({"minutes": True}, {"/minutes": "wrong_type"}),
        ({"minutes": -1}, {"/minutes": "out_of_range"}),
        ({"minutes": 1441}, {"/minutes": "out_of_range"}),
        ({"minutes": 10**40}, {"/minutes": "out_of_range"}),
        ({"agenda": "welfare"}, {"/agenda": "wrong_type"}),
        ({"agenda": ["welfare", "free text"]}, {"/agenda/1": "not_a_code"}),
        ({"attendees": ["W-1"] * 501}, {"/attendees": "too_many"}),
        ({"agenda": []}, {}),
        ({"narrative": "x" * 20_000}, {}),
        ({"narrative": "x" * 20_001}, {"/narrative": "too_long"}),
        ({"narrative": "a\0b"}, {"/narrative": "forbidden_character"}),
        ({"narrative": "\ud800"}, {"/narrative": "forbidden_character"}),
        ({"narrative": {"text": "x"}, "reason": "because she said so"}, {"/reason": "not_a_code"}),
    ],
)
def test_a_wrong_value_is_named_by_its_field(changes: dict[str, Any], expected: dict[str, str]) -> None:
    assert faults("SessionHeld", **changes) == expected


@pytest.mark.parametrize("fte", [0, 1, 2, Decimal("0.6"), "0.6", "1"])
def test_a_decimal_is_taken_as_a_number_and_as_the_ledger_gives_it_back(fte: object) -> None:
    assert faults("WorkerStarted", fte=fte) == {}


@pytest.mark.parametrize(
    ("fte", "code"),
    [
        *((-1, "out_of_range"), (Decimal("2.5"), "out_of_range"), (Decimal("1e999999"), "out_of_range")),
        *(
            (Decimal("0.0000001"), "too_precise"),
            ("half", "not_a_number"),
            (True, "not_a_number"),
            (0.6, "not_a_number"),
        ),
    ],
)
def test_a_decimal_out_of_bounds_is_refused(fte: object, code: str) -> None:
    assert faults("WorkerStarted", fte=fte) == {"/fte": code}


@pytest.mark.parametrize(
    "interval", ["28 days", "10 working days", "1 month", "4 weeks", "6 months", "1 year", "1 day", "1 working day"]
)
def test_an_interval_is_written_as_in_a_pack(interval: str) -> None:
    assert faults("AgreementMade", frequency=interval) == {}


@pytest.mark.parametrize(
    "interval", ["28", "28days", "0 days", "monthly", "28 dasy", "1.5 months", "P28D", "9999 years"]
)
def test_what_is_no_interval_is_refused(interval: str) -> None:
    assert faults("AgreementMade", frequency=interval) == {"/frequency": "not_an_interval"}


def test_the_parameters_of_a_variation_are_open_but_hold_no_free_text() -> None:
    parameters = {"every": "6 weeks", "minutes": 60, "share": Decimal("0.5"), "light": True, "how": "by_phone"}
    assert faults("VariationApproved", parameters=parameters) == {}
    assert faults("VariationApproved", parameters={"every": "often", "why": "she is tired"}) == {
        "/parameters/every": "not_an_interval",
        "/parameters/why": "not_simple",
    }


def test_a_record_needs_one_of_three_ways_to_what_it_records() -> None:
    ways = {"case_id": None, "discussed_on": None}
    assert faults("RecordCompleted", **ways) == {"": "needs_one_of"}
    assert faults("RecordCompleted", **ways | {"case_id": "C-1"}) == {"": "needs_one_of"}
    assert faults("RecordCompleted", **ways | {"discussion_id": "D-1"}) == {}
    assert faults("RecordCompleted", **ways | {"session_id": "S-1"}) == {}


@pytest.mark.parametrize("name", ["SessionHeld", "SessionScheduled", "SessionMissed"])
def test_a_session_names_those_supervised(name: str) -> None:
    assert faults(name, worker_id=None) == {"": "needs_one_of"}
    assert faults(name, worker_id=None, worker_ids=[]) == {"": "needs_one_of"}
    assert faults(name, worker_id=None, worker_ids=["W-1", "W-2"]) == {}


def test_a_field_whose_presence_a_clause_tests_may_be_absent() -> None:
    absent = {"owner_id": None, "due_on": None, "elements": None, "minutes": None, "reason": None}
    for name in ("ActionAgreed", "CaseDiscussed", "SessionHeld", "CaseUnallocated"):
        assert faults(name, **absent) == {}


# What is said


def test_a_misspelt_field_is_answered_with_the_one_that_is_near() -> None:
    (fault,) = faults_in("SessionHeld", example("SessionHeld", minuts=90)["data"])
    assert fault.detail == "is not a field of SessionHeld: did you mean minutes?"


def test_a_closed_list_says_what_it_holds() -> None:
    (fault,) = faults_in("RecordReviewed", example("RecordReviewed", outcome="fine")["data"])
    assert fault.detail == "must be one of: 'agreed' or 'challenged'"


def test_no_message_repeats_what_was_sent() -> None:
    secret = "Kim was seen crying"
    data = example("CaseDiscussed", "full")["data"]
    for field in data:
        for wrong in (secret, [secret], {secret: secret}):
            for fault in faults_in("CaseDiscussed", data | {field: wrong}):
                assert secret not in fault.detail


def test_so_many_faults_are_not_all_listed() -> None:
    data = example("SessionHeld")["data"] | {f"field_{number}": 1 for number in range(150)}
    assert len(faults_in("SessionHeld", data)) == MOST_FAULTS
    data |= {f"field_{number}": 1 for number in range(300)}
    assert [fault.code for fault in faults_in("SessionHeld", data)] == ["too_many_fields"]


def test_data_with_sealed_texts_is_still_valid_and_a_sealed_text_hides_no_unknown_field() -> None:
    sealed = {"sha256": "00" * 32}
    assert faults("WorkerStarted", name=sealed, narrative=sealed) == {}
    assert faults("WorkerLeft", name=sealed) == {"/name": "unknown_field"}


def test_an_invalid_event_says_everything_at_once() -> None:
    event = example("SessionHeld", held_on="2025-02-30", minuts=90, kind=None) | {"specversion": "0.3", "time": "noon"}
    with pytest.raises(Invalid) as refused:
        read_event(event)
    assert refused.value.code == "invalid_event"
    assert {fault.pointer: fault.code for fault in refused.value.errors} == {
        "/specversion": "not_in_list",
        "/time": "not_a_time",
        "/data/held_on": "no_such_date",
        "/data/kind": "missing",
        "/data/minuts": "unknown_field",
    }
