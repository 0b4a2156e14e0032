"""What is stored of an event: its body vouches for everything but its position and its recorded time."""

from datetime import date
from typing import Any

import orjson
import pytest

from app.events.canonical import digest
from app.events.envelope import read_event
from app.events.preparing import prepare
from app.events.stored import NewEvent
from app.events.vault import FINGERPRINTS, new_key

TODAY = date(2026, 3, 2)


def prepared(type_name: str, by: str = "lcs", **data: Any) -> NewEvent:
    sent = {"specversion": "1.0", "id": "e-1", "source": "urn:test:lcs", "type": type_name, "data": data}
    return prepare(read_event(sent), {FINGERPRINTS: new_key("luton", FINGERPRINTS)}, by, TODAY)


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
