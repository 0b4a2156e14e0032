"""What is stored of an event: its body vouches for everything but its position and its recorded time."""

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.canonical import digest
from app.events.envelope import read_event
from app.events.filing import as_filed
from app.events.preparing import prepare
from app.events.stored import NewEvent, as_recorded
from app.events.vault import FINGERPRINTS, new_key
from tests.events.generating import events

TODAY = date(2026, 3, 2)
KEYS = {FINGERPRINTS: new_key("luton", FINGERPRINTS)}


def prepared(type_name: str, by: str = "lcs", **data: Any) -> NewEvent:
    sent = {"specversion": "1.0", "id": "e-1", "source": "urn:test:lcs", "type": type_name, "data": data}
    return prepare(read_event(sent), KEYS, by, TODAY)


def test_the_digest_covers_who_recorded_it() -> None:
    event = prepared("CaseClosed", case_id="C-1", closed_on="2026-03-01")
    assert orjson.loads(event.body)["recordedby"] == event.recordedby == "lcs"
    assert event.digest == digest(event.body)


@pytest.mark.parametrize(
    ("type_name", "data", "on", "recorded_on"),
    [
        ("CaseClosed", {"case_id": "C-1", "closed_on": "2026-03-01"}, date(2026, 3, 1), None),
        ("FamilyMeetingScheduled", {"case_id": "C-1", "scheduled_for": "2026-03-09"}, TODAY, "2026-03-02"),
        ("EventRetracted", {"retracts": {"source": "urn:test:lcs", "id": "e-0"}}, None, None),
    ],
)
def test_the_day_of_recording_is_in_the_body_where_it_is_the_date_of_the_event(
    type_name: str, data: dict[str, Any], on: date | None, recorded_on: str | None
) -> None:
    event = prepared(type_name, **data)
    assert (event.on, orjson.loads(event.body).get("recordedon")) == (on, recorded_on)


@given(events(), st.frozensets(st.sampled_from(["case/C-7", "worker/W-7"])))
def test_an_event_is_filed_as_its_body_says(sent: dict[str, Any], more: frozenset[str]) -> None:
    """Seen to fail when `as_filed` left out the tags of what is amended, and when it took no day of recording."""
    event = prepare(read_event(sent), KEYS, "lcs", TODAY, more)
    recorded = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert as_filed(7, recorded, event.body) == as_recorded(event, 7, recorded)
    assert "recordedunder" not in as_filed(7, recorded, event.body).envelope()
