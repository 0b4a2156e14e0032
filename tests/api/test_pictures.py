"""The timeline as a picture over HTTP: the same question as the timeline, answered as an SVG document."""

from datetime import date, timedelta
from xml.etree import ElementTree

import httpx
import pytest

from tests.councils import Council

SVG = "{http://www.w3.org/2000/svg}"
CASE = "/v1/cases/C-100/timeline.svg"


@pytest.fixture
def told(luton: Council) -> Council:
    """A case discussed on 20 January and 3 March 2025."""
    luton.tell("CaseOpened", case_id="C-100", opened_on="2025-01-02", service="family_safeguarding")
    for on in ("2025-01-20", "2025-03-03"):
        luton.tell("CaseDiscussed", case_id="C-100", discussed_on=on, depth="full", setting="individual")
    return luton


def story(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    said = ElementTree.fromstring(answer.text).find(f"{SVG}desc")
    assert said is not None
    return said.text or ""


def test_a_case_is_drawn_as_it_stood_on_a_day(told: Council) -> None:
    answer = told.get(CASE, as_at="2025-04-04")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert int(answer.headers["Supervision-Position"].partition(";")[0]) == told.compliance("case/C-100")["position"]
    said = story(answer)
    assert "The time from 4 April 2024 to 4 July 2025." in said
    assert "breached from 18 February 2025 to 2 March 2025 (13 days late)" in said
    assert "breached from 1 April 2025 to 4 April 2025 (4 days late)." in said
    assert "If nothing happens: still breached from 5 April 2025 on." in said


def test_every_row_of_the_timeline_is_told_in_the_picture(told: Council) -> None:
    asked = {"as_at": "2025-03-10", "from": "2025-01-01", "to": "2025-05-01"}
    said = story(told.get(CASE, **asked))
    rows = told.get("/v1/cases/C-100/timeline", as_at="2025-03-10").json()["rows"]
    assert {row["rule"] for row in rows} == {"LU-09", "LU-12", "LU-30", "LU-37", "LU-100"}
    for row in rows:
        first = date.fromisoformat(row["from_on"])
        assert f"{row['status'].replace('_', ' ')} from {first.day} {first:%B %Y}" in said


def test_a_worker_is_drawn_too_with_the_days_away(shropshire: Council) -> None:
    shropshire.tell("WorkerStarted", worker_id="W-1", started_on="2024-12-01", role="family_support_worker",
                    service="targeted_early_help")  # fmt: skip
    shropshire.tell("AbsenceStarted", worker_id="W-1", started_on="2025-01-28")
    said = story(shropshire.get("/v1/workers/W-1/timeline.svg", as_at="2025-04-04", clause="SH-23"))
    assert "Away from 28 January 2025 on." in said
    assert "SH-23, " in said
    assert "SH-25, " not in said


def test_what_was_known_then_is_drawn_as_it_was_known(told: Council) -> None:
    position = told.compliance("case/C-100")["position"]
    told.tell("CaseDiscussed", case_id="C-100", discussed_on="2025-04-02", depth="full", setting="individual")
    assert "and discussion (full) on 2 April 2025." in story(told.get(CASE, as_at="2025-04-04"))
    then = told.get(CASE, as_at="2025-04-04", known_position=position)
    assert f"Told from what was recorded up to position {position}." in story(then)
    assert "2 April 2025" not in story(then)
    before = story(told.get(CASE, as_at="2025-04-04", known_at="2025-04-04T22:30:00Z"))
    assert "Told from what was recorded by 4 April 2025, 23:30." in before
    assert "No supervision policy is known to be in force on this day" in before


def test_the_same_picture_is_not_sent_twice(told: Council) -> None:
    first = told.get(CASE, as_at="2025-04-04")
    tag = {"If-None-Match": first.headers["ETag"]}
    again = told.client.get(CASE, params={"as_at": "2025-04-04"}, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert told.client.get(CASE, params={"as_at": "2025-04-05"}, headers=tag).status_code == 200
    told.tell("CaseDiscussed", case_id="C-100", discussed_on="2025-04-01", depth="full", setting="individual")
    assert told.client.get(CASE, params={"as_at": "2025-04-04"}, headers=tag).status_code == 200


def test_without_dates_a_year_back_and_three_months_ahead_are_drawn(told: Council) -> None:
    picture = told.get(CASE).text
    today = date.fromisoformat(told.compliance("case/C-100")["as_at"])
    first = today - timedelta(days=365)
    assert f"The time from {first.day} {first:%B %Y} to " in picture


REFUSED = [
    ("from=2025-02-30", "/query/from"), ("to=yesterday", "/query/to"), ("from=2025-01-01&to=2025-01-01", "/query/to"),
    ("from=2030-01-01&as_at=2025-04-04", "/query/from"), ("from=2010-01-01&to=2025-01-01", "/query/to"),
    ("as_at=2025-04-04&since=2025-01-01", "/query/since"), ("clause=%00", "/query/clause/0"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "pointer"), REFUSED)
def test_a_period_that_cannot_be_drawn_is_refused_by_name(told: Council, query: str, pointer: str) -> None:
    answer = told.client.get(f"{CASE}?{query}")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_an_unknown_id_has_no_picture_and_a_merged_one_leads_to_what_it_became(told: Council) -> None:
    assert told.get("/v1/cases/C-999/timeline.svg").status_code == 404
    told.tell("CaseDiscussed", case_id="C-old", discussed_on="2025-03-09", depth="full", setting="individual")
    told.tell("SubjectMerged", kind="case", from_id="C-old", into_id="C-100", merged_on="2025-03-10")
    answer = told.client.get("/v1/cases/C-old/timeline.svg?from=2025-01-01")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/v1/cases/C-100/timeline.svg?from=2025-01-01")


def test_a_picture_needs_the_scope(told: Council) -> None:
    with told.as_client(scope="events:read") as other:
        assert other.get(CASE).status_code == 403
