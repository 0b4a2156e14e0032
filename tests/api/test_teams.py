"""Teams and the organisation through HTTP: rows LU-13 and LU-33 of the policy, and who is found and who is not."""

from typing import Any

import pytest

from tests.councils import Council
from tests.serving import Served


@pytest.fixture
def team(luton: Council) -> Council:
    """Luton with a MASH team T-1, its managers and a Senior Practitioner, from 6 January 2025."""
    luton.tell("TeamOpened", team_id="T-1", opened_on="2025-01-06", service="mash")
    roles = {"M-1": "team_manager", "D-1": "deputy_team_manager", "S-1": "senior_practitioner"}
    for worker, role in roles.items():
        luton.tell("WorkerStarted", worker_id=worker, started_on="2025-01-06", role=role, service="mash", team_id="T-1")
    return luton


def cases(council: Council, supervisor: str, first: int, count: int) -> None:
    """So many open cases of the team that somebody supervises from 13 January 2025 on."""
    told = []
    for number in range(first, first + count):
        case = {"case_id": f"C-{number}"}
        opened = case | {"opened_on": "2025-01-13", "service": "mash", "category": "complex", "team_id": "T-1"}
        told.append(council.event("CaseOpened", **opened))
        assigned = case | {"supervisor_id": supervisor, "assigned_on": "2025-01-13"}
        told.append(council.event("CaseSupervisorAssigned", **assigned))
    assert council.post(told).status_code == 201


def peer(council: Council, on: str) -> None:
    held = {"session_id": f"P-{on}", "worker_ids": ["M-1", "S-1"], "team_id": "T-1", "held_on": on, "kind": "peer"}
    council.tell("SessionHeld", **held)


def shares(found: dict[str, Any]) -> dict[str, tuple[int, float]]:
    return {share["role"]: (share["cases"], share["percent"]) for share in found["split"]["shares"]}


def test_peer_supervision_in_mash_is_weekly(team: Council) -> None:
    peer(team, "2025-01-15")
    statuses = {
        day: team.finding("team/T-1", "LU-33", as_at=day)["status"]
        for day in ("2025-01-12", "2025-01-20", "2025-01-27")
    }
    assert statuses == {"2025-01-12": "due", "2025-01-20": "met", "2025-01-27": "breached"}
    late = team.finding("team/T-1", "LU-33", as_at="2025-01-29")
    assert late["why"] == (
        "No peer supervision session in the week from 20 January 2025. The policy asks for this every week. "
        "It is 3 days late."
    )
    assert late["quote"] == "MASH Peer Supervision 1 weekly"
    rows = team.get("/v1/teams/T-1/timeline", clause="LU-33", as_at="2025-01-29").json()["rows"]
    assert [(row["status"], row["from_on"]) for row in rows] == [
        ("due", "2025-01-06"), ("breached", "2025-01-13"), ("met", "2025-01-20"), ("breached", "2025-01-27"),
    ]  # fmt: skip


def test_a_team_outside_mash_owes_no_peer_supervision(luton: Council) -> None:
    luton.tell("TeamOpened", team_id="T-2", opened_on="2025-01-06", service="adoption")
    assert luton.finding("team/T-2", "LU-33", as_at="2025-03-01")["status"] == "not_applicable"
    assert [found["rule"] for found in luton.compliance("team/T-2", as_at="2025-03-01")["findings"]] == ["LU-13"]


def test_twelve_cases_and_eleven_are_an_equal_split(team: Council) -> None:
    cases(team, "M-1", 0, 12)
    cases(team, "D-1", 50, 11)
    found = team.finding("team/T-1", "LU-13", as_at="2025-02-03")
    assert (found["status"], found["code"], found["force"]) == ("met", "balanced", "must")
    assert shares(found) == {"deputy_team_manager": (11, 47.8), "team_manager": (12, 52.2)}
    assert (found["split"]["difference_in_cases"], found["split"]["difference_in_points"]) == (1, 4.3)


def test_fifteen_cases_and_eight_are_none(team: Council) -> None:
    cases(team, "M-1", 0, 15)
    cases(team, "D-1", 50, 8)
    body = team.compliance("team/T-1", clause="LU-13", as_at="2025-02-03")
    (found,) = body["findings"]
    assert (found["status"], found["code"]) == ("breached", "unbalanced")
    assert shares(found) == {"deputy_team_manager": (8, 34.8), "team_manager": (15, 65.2)}
    assert "15 with the team manager (65%)" in found["why"]
    assert found["put_right"] == "3 cases to move from the team manager to the deputy team manager."
    assert len(found["evidence"]) == 23
    assert body["subject"] == {"type": "team", "id": "T-1"}


def test_a_senior_practitioners_cases_count_to_the_manager_with_oversight(team: Council) -> None:
    cases(team, "M-1", 0, 6)
    cases(team, "S-1", 50, 6)
    unknown = team.finding("team/T-1", "LU-13", as_at="2025-02-03")
    assert (unknown["status"], unknown["code"]) == ("not_assessable", "not_known")
    assert unknown["split"]["not_known"] == [f"C-{number}" for number in range(50, 56)]
    oversight = {"worker_id": "S-1", "supervisor_id": "D-1", "assigned_on": "2025-01-13", "strand": "oversight"}
    team.tell("SupervisorAssigned", **oversight)
    assert team.finding("team/T-1", "LU-13", as_at="2025-02-03")["status"] == "met"


def test_a_corrected_supervisor_changes_the_split_and_what_was_known_stays(team: Council) -> None:
    cases(team, "M-1", 0, 3)
    told = {"case_id": "C-9", "opened_on": "2025-01-13", "service": "mash", "category": "complex", "team_id": "T-2"}
    team.tell("CaseOpened", id="wrong", **told)
    team.tell("CaseSupervisorAssigned", case_id="C-9", supervisor_id="D-1", assigned_on="2025-01-13")
    team.tell("CaseSupervisorAssigned", case_id="C-2", supervisor_id="D-1", assigned_on="2025-01-20")
    at = {"as_at": "2025-02-03"}
    before = team.finding("team/T-1", "LU-13", **at)
    assert shares(before)["deputy_team_manager"][0] == 1
    position = team.compliance("team/T-1")["position"]
    team.tell("EventCorrected", corrects={"source": "urn:test:ehm", "id": "wrong"}, data={"team_id": "T-1"})
    assert shares(team.finding("team/T-1", "LU-13", **at))["deputy_team_manager"][0] == 2
    then = team.finding("team/T-1", "LU-13", known_position=position, **at)
    assert shares(then) == shares(before)


def test_a_vacant_post_is_said_and_not_judged(team: Council) -> None:
    cases(team, "M-1", 0, 5)
    team.tell("WorkerLeft", worker_id="D-1", left_on="2025-01-31")
    assert team.finding("team/T-1", "LU-13", as_at="2025-01-31")["status"] == "breached"
    found = team.finding("team/T-1", "LU-13", as_at="2025-02-01")
    assert (found["status"], found["code"]) == ("not_assessable", "vacant")
    rows = team.get("/v1/teams/T-1/timeline", clause="LU-13", as_at="2025-02-03").json()["rows"]
    assert [(row["status"], row["code"], row["from_on"]) for row in rows] == [
        ("not_assessable", "no_cases", "2025-01-06"),
        ("breached", "unbalanced", "2025-01-13"),
        ("not_assessable", "vacant", "2025-02-01"),
    ]


def test_people_known_by_two_names_and_cases_by_two_numbers_are_one(team: Council) -> None:
    """The deepest chain of references there is, each link of it merged or linked: an answer, and not an error."""
    for number, supervisor in enumerate(["S-8", "M-8"]):
        team.tell("CaseOpened", case_id=f"C-{number}", opened_on="2025-01-13", service="mash", team_id="T-8",
                  systems={"LCS": f"8{number}"})  # fmt: skip
        team.tell("CaseAllocated", case_id=f"LCS:8{number}", worker_id="W-8", allocated_on="2025-01-13",
                  **({} if number == 0 else {"case_supervisor_id": supervisor}))  # fmt: skip
    team.tell("SupervisorAssigned", worker_id="W-9", supervisor_id="S-8", assigned_on="2025-01-13", strand="case")
    team.tell("SupervisorAssigned", worker_id="S-9", supervisor_id="D-8", assigned_on="2025-01-13", strand="oversight")
    merged = {"T-8": "T-1", "W-8": "W-9", "S-8": "S-9", "S-9": "S-1", "D-8": "D-1", "M-8": "M-1"}
    for old, new in merged.items():
        team.tell("SubjectMerged", kind="team" if old == "T-8" else "worker", from_id=old, into_id=new,
                  merged_on="2025-01-20")  # fmt: skip
    found = team.finding("team/T-1", "LU-13", as_at="2025-02-03")
    assert (found["status"], shares(found)) == ("met", {"deputy_team_manager": (1, 50.0), "team_manager": (1, 50.0)})
    assert team.get("/v1/teams/T-1/timeline", as_at="2025-02-03").status_code == 200
    moved = team.get("/v1/teams/T-8/compliance", as_at="2025-02-03")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/v1/teams/T-1/compliance?as_at=2025-02-03")


def test_a_team_that_nobody_opened_says_what_is_missing(luton: Council) -> None:
    luton.tell("WorkerStarted", worker_id="W-1", started_on="2025-01-06", role="social_worker", service="mash",
               team_id="T-3")  # fmt: skip
    body = luton.compliance("team/T-3", as_at="2025-02-03")
    assert body["status"] == "not_assessable"
    assert {(found["rule"], found["code"]) for found in body["findings"]} == {
        ("LU-13", "not_opened"),
        ("LU-33", "not_opened"),
    }


def test_rules_about_teams_are_asked_of_teams(luton: Council) -> None:
    luton.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="mash", category="complex")
    found = luton.finding("case/C-1", "LU-33", as_at="2025-02-03")
    assert (found["status"], found["code"]) == ("not_applicable", "other_subject")
    assert found["why"] == "This is asked of each team, not of a case."


def test_the_organisation_answers_with_its_policies_and_what_it_owes_itself(luton: Council) -> None:
    answer = luton.get("/v1/organisation/compliance", as_at="2025-02-03")
    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "breached")
    said = [(each["rule"], each["status"]) for each in body["findings"]]
    assert said == [("LU-127", "breached"), ("LU-128", "breached")]
    assert body["subject"] == {"type": "organisation", "id": luton.id}
    assert body["policies"] == [{"id": "luton", "version": "2021-06", "applies_from": "2021-06-01"}]
    (asked,) = luton.get("/v1/organisation/compliance", clause="LU-33").json()["findings"]
    assert asked["code"] == "other_subject"
    assert luton.client.get("/v1/organisation/compliance?as_at=2025-02-30").status_code == 422


def test_the_organisations_answer_is_not_sent_twice_once_the_lists_have_come_to_rest(luton: Council) -> None:
    path, on = "/v1/organisation/compliance", {"as_at": "2025-02-03"}
    head = luton.tell("TeamOpened", team_id="T-1", opened_on="2025-01-01", service="mash")
    assert luton.get("/v1/cases", min_position=head).status_code == 200
    tag = {"If-None-Match": luton.get(path, **on).headers["ETag"]}
    assert luton.client.get(path, params=on, headers=tag).status_code == 304


def test_an_organisation_without_a_policy_cannot_be_judged(council: Council) -> None:
    body = council.get("/v1/organisation/compliance").json()
    assert (body["status"], body["code"], body["findings"]) == ("not_assessable", "no_policy_known", [])


@pytest.mark.usefixtures("team")
def test_another_councils_team_is_as_unknown_as_none(served: Served, database: Any) -> None:
    with Council.new(served, database.owner_url) as other:
        other.adopt("luton", "2021-06-01")
        for path in ("/v1/teams/{}/compliance", "/v1/teams/{}/timeline"):
            theirs, nobodys = (other.get(path.format(name)) for name in ("T-1", "T-none"))
            assert theirs.status_code == nobodys.status_code == 404
            said = [answer.json() | {"request_id": None} for answer in (theirs, nobodys)]
            assert said[0] == said[1]
            assert said[0]["code"] == "no_such_team"


@pytest.mark.parametrize("path", ["/v1/teams/T-1/compliance", "/v1/teams/T-1/timeline", "/v1/organisation/compliance"])
def test_asking_needs_the_scope(team: Council, path: str) -> None:
    with team.as_client(scope="events:write") as other:
        assert other.get(path).status_code == 403
    with team.as_client(scope="state:read") as reader:
        assert reader.get(path).status_code == 200
