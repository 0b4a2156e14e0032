"""One worker or case on one day, over HTTP: who or what it is, since when, how it stands, and where there is more."""

import pytest

from tests.councils import Council

OPENED = "2025-01-06"


@pytest.fixture
def told(luton: Council) -> Council:
    """A worker who moved to another team and another supervisor, and a case of hers."""
    about = {"role": "social_worker", "service": "family_safeguarding", "employment_type": "permanent"}
    luton.tell("WorkerStarted", worker_id="W-1", started_on=OPENED, team_id="T-1", **about)
    luton.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-1", assigned_on=OPENED)
    luton.tell("WorkerRoleChanged", worker_id="W-1", changed_on="2025-02-03", role="social_worker",
               team_id="T-2")  # fmt: skip
    luton.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-2", assigned_on="2025-03-03")
    luton.tell("CaseOpened", case_id="C-1", opened_on=OPENED, service="family_safeguarding", team_id="T-1")
    luton.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2025-01-13")
    luton.get("/v1/cases", min_position=luton.get("/v1/cases/C-1").json()["position"])  # her caseload is of the lists
    return luton


def test_a_worker_is_shown_as_on_the_day_with_since_when(told: Council) -> None:
    answer = told.get("/v1/workers/W-1", as_at="2025-02-10").json()
    assert answer["state"] == "working"
    assert answer["periods"] == [{"from_on": OPENED, "until_on": None}]
    assert answer["situation"] == {
        "role": "social_worker", "service": "family_safeguarding", "team": "T-2", "stage": None,
        "employment_type": "permanent", "supervisor": "M-1", "interim": None,
    }  # fmt: skip
    since = {"role": OPENED, "service": OPENED, "team": "2025-02-03", "employment_type": OPENED, "supervisor": OPENED}
    assert answer["since"] == since
    later = told.get("/v1/workers/W-1", as_at="2025-03-03").json()
    assert (later["situation"]["supervisor"], later["since"]["supervisor"]) == ("M-2", "2025-03-03")


@pytest.mark.parametrize("path", ["workers/W-1", "cases/C-1"])
def test_it_stands_as_its_compliance_says(told: Council, path: str) -> None:
    on = {"as_at": "2025-03-10"}
    shown, said = told.get(f"/v1/{path}", **on).json(), told.get(f"/v1/{path}/compliance", **on).json()
    assert (shown["status"], shown["engine"], shown["position"]) == (said["status"], said["engine"], said["position"])
    found = [finding["status"] for finding in said["findings"]]
    assert shown["findings"] == {status: found.count(status) for status in shown["findings"]}
    assert sum(shown["findings"].values()) == len(found)
    assert shown.get("caseload") == said.get("caseload")


@pytest.mark.parametrize("path", ["workers/W-1", "cases/C-1"])
def test_every_link_leads_somewhere_and_asks_the_same(told: Council, path: str) -> None:
    links = told.get(f"/v1/{path}", as_at="2025-03-10").json()["links"]
    assert {"compliance", "timeline", "timeline.svg", "actions"} <= links.keys()
    for link in links.values():
        assert link.endswith("?as_at=2025-03-10")
        assert told.get(link).status_code == 200


def test_before_the_beginning_and_after_the_end_it_says_so(told: Council) -> None:
    told.tell("CaseClosed", case_id="C-1", closed_on="2025-03-14")
    shown = {day: told.get("/v1/cases/C-1", as_at=day).json() for day in ("2025-01-05", "2025-03-14", "2025-03-15")}
    assert [each["state"] for each in shown.values()] == ["not_opened", "open", "closed"]
    before, _, after = shown.values()
    assert (before["situation"], before["periods"], before["since"]) == (None, [], {})
    assert after["periods"] == [{"from_on": OPENED, "until_on": "2025-03-14"}]
    assert after["situation"]["lead"] == "W-1"
    assert after["status"] == "not_applicable"


def test_a_case_that_was_opened_again_shows_both_times(told: Council) -> None:
    told.tell("CaseClosed", case_id="C-1", closed_on="2025-02-14")
    told.tell("CaseOpened", case_id="C-1", opened_on="2025-03-03", service="assessment")
    answer = told.get("/v1/cases/C-1", as_at="2025-03-10").json()
    assert answer["periods"] == [
        {"from_on": OPENED, "until_on": "2025-02-14"}, {"from_on": "2025-03-03", "until_on": None},
    ]  # fmt: skip
    assert answer["since"]["service"] == "2025-03-03"


def test_a_case_that_nobody_leads_any_more_is_led_by_nobody(told: Council) -> None:
    told.tell("CaseUnallocated", case_id="C-1", worker_id="W-1", ended_on="2025-02-07")
    leads = [told.get("/v1/cases/C-1", as_at=day).json()["situation"]["lead"] for day in ("2025-02-07", "2025-02-08")]
    assert leads == ["W-1", None]
    told.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2025-03-03")
    again = told.get("/v1/cases/C-1", as_at="2025-03-10").json()
    assert (again["situation"]["lead"], again["since"]["lead"]) == ("W-1", "2025-03-03")


def test_what_was_known_then_is_shown_as_it_was_known(told: Council) -> None:
    position = told.get("/v1/workers/W-1").json()["position"]
    told.tell("WorkerRoleChanged", worker_id="W-1", changed_on="2025-02-10", role="social_worker",
              team_id="T-3")  # fmt: skip
    then = told.get("/v1/workers/W-1", as_at="2025-02-20", known_position=position).json()
    assert then["situation"]["team"] == "T-2"
    assert told.get("/v1/workers/W-1", as_at="2025-02-20").json()["situation"]["team"] == "T-3"


def test_names_are_for_those_who_may_read_them_and_change_the_answer(told: Council) -> None:
    first = told.get("/v1/workers/W-1", as_at="2025-02-10")
    assert first.json()["names"] == {}
    for path, name in (("workers/W-1", "Ann Ashe"), ("workers/M-1", "Mo Marsh"), ("teams/T-2", "North")):
        told.client.put(f"/v1/directory/{path}", json={"name": name})
    named = told.get("/v1/workers/W-1", as_at="2025-02-10")
    assert named.json()["names"] == {"team/T-2": "North", "worker/M-1": "Mo Marsh", "worker/W-1": "Ann Ashe"}
    assert named.headers["ETag"] != first.headers["ETag"]
    with told.as_client(scope="state:read") as unnamed:
        assert "names" not in unnamed.get("/v1/workers/W-1").json()


def test_who_has_this_very_answer_is_told_so(told: Council) -> None:
    answer = told.get("/v1/cases/C-1", as_at="2025-03-10")
    again = told.client.get(
        "/v1/cases/C-1", params={"as_at": "2025-03-10"}, headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    told.tell("CaseDiscussed", case_id="C-1", discussed_on="2025-03-05", setting="individual", depth="full")
    assert told.get("/v1/cases/C-1", as_at="2025-03-10").headers["ETag"] != answer.headers["ETag"]


def test_what_was_merged_is_found_under_its_new_name_with_the_whole_question(told: Council) -> None:
    told.tell("SubjectMerged", kind="case", from_id="C-1", into_id="C-2", merged_on="2025-02-01")
    answer = told.client.get("/v1/cases/C-1", params={"as_at": "2025-03-10"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (308, "/v1/cases/C-2?as_at=2025-03-10")


def test_what_was_never_named_is_not_found_and_a_slip_is_refused(told: Council) -> None:
    assert told.get("/v1/cases/C-9").json()["code"] == "no_such_case"
    for query in ({"clause": "LU-37"}, {"as_at": "2025-13-01"}, {"limit": 3}):
        assert told.get("/v1/cases/C-1", **query).status_code == 422
