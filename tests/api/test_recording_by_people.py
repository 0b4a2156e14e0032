"""Events that a person records, through HTTP: whose they may be, in whose name, and what becomes of the others."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.councils import SOURCE, Council

TODAY = datetime.now(UTC).date()


def before(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@pytest.fixture
def people(council: Council) -> Council:
    """W-1 and W-2 are supervised by S-1, W-3 by S-2; S-1 and S-2 are managed by M-1; W-1 holds C-1, W-3 holds C-3."""
    told = [council.event("WorkerStarted", worker_id=who, started_on=before(400), role="worker", service="quay",
                          team_id="T-1" if who in ("W-1", "W-2", "S-1") else "T-3")
            for who in ("W-1", "W-2", "W-3", "S-1", "S-2", "M-1")]  # fmt: skip
    for worker, supervisor in (("W-1", "S-1"), ("W-2", "S-1"), ("W-3", "S-2")):
        told.append(council.event("SupervisorAssigned", worker_id=worker, supervisor_id=supervisor,
                                  assigned_on=before(300)))  # fmt: skip
    told += [council.event("LineManagerAssigned", worker_id=worker, manager_id="M-1", assigned_on=before(300))
             for worker in ("S-1", "S-2")]  # fmt: skip
    for case, worker in (("C-1", "W-1"), ("C-3", "W-3")):
        told.append(council.event("CaseOpened", case_id=case, opened_on=before(200), service="quay"))
        told.append(council.event("CaseAllocated", case_id=case, worker_id=worker, allocated_on=before(200)))
    for session, worker in (("S-of-1", "W-1"), ("S-of-3", "W-3")):
        told.append(council.event("SessionHeld", session_id=session, worker_id=worker, held_on=before(20),
                                  kind="individual"))  # fmt: skip
        told.append(council.event("RecordCompleted", record_id=f"R-{session}", session_id=session, author_id="S-1",
                                  kind="personal_supervision", completed_at=before(19)))  # fmt: skip
    assert council.post(told).status_code == 201
    return council


class As:
    """Somebody at the keyboard of a case system, acting in one role."""

    def __init__(self, council: Council, person: str, *roles: str) -> None:
        claims = {"sub": f"oid-{person}", "azp": "portal", "worker_id": person, "roles": list(roles)}
        self.council, self.client = council, council.as_client(**claims)

    def post(self, body: Any, **query: Any) -> httpx.Response:
        return self.client.post("/v1/events", json=body, params=query)

    def tell_nothing(self, type_name: str, /, **data: Any) -> httpx.Response:
        return self.post(self.council.event(type_name, **data), dry_run="true")

    def tell(self, type_name: str, /, **data: Any) -> httpx.Response:
        return self.post(self.council.event(type_name, **data))


@pytest.fixture
def supervisor(people: Council) -> Iterator[As]:
    someone = As(people, "S-1", "supervisor")
    yield someone
    someone.client.close()


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code in (403, 422), answer.text
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


def held(**more: Any) -> dict[str, Any]:
    return {"session_id": "S-new", "worker_id": "W-1", "held_on": before(1), "kind": "individual"} | more


def test_a_supervisor_records_a_session_its_cases_actions_record_and_signature_in_one_request(
    people: Council, supervisor: As
) -> None:
    new = people.event
    told = [
        new("SessionHeld", id="mine-1", **held(supervisor_id="S-1", narrative="Invented text.")),
        new("CaseDiscussed", session_id="S-new", case_id="C-1", discussed_on=before(1), depth="full",
            setting="individual", supervisor_id="S-1"),
        new("ActionAgreed", action_id="A-new", session_id="S-new", agreed_on=before(1), owner_id="W-1"),
        new("RecordCompleted", record_id="R-new", session_id="S-new", kind="personal_supervision", author_id="S-1",
            completed_at=before(0)),
        new("RecordSigned", record_id="R-new", signer_id="S-1", capacity="supervisor", signed_on=before(0)),
    ]  # fmt: skip
    answer = supervisor.post(told)
    assert answer.status_code == 201, answer.text
    position = answer.json()["items"][0]["position"]
    assert people.get(f"/v1/events/{position}").json()["recordedby"] == "worker/S-1"
    assert supervisor.post(told).json()["duplicate"] == 5


REFUSED: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("SessionHeld", held(worker_id="W-3"), ("/data/worker_id", "not_related")),
    ("SessionHeld", held(worker_id="W-9"), ("/data/worker_id", "not_related")),
    ("SessionHeld", held(supervisor_id="S-2"), ("/data/supervisor_id", "not_by_themself")),
    ("SessionHeld", held(session_id="S-of-3"), ("/data/session_id", "not_related")),
    ("SessionHeld", held(team_id="T-3"), ("/data/team_id", "not_related")),
    ("CaseOpened", {"case_id": "C-1", "opened_on": before(1), "service": "quay"}, ("/type", "type_not_in_role")),
    ("RecordSigned", {"record_id": "R-S-of-3", "signer_id": "S-1", "capacity": "supervisor", "signed_on": before(1)},
     ("/data/record_id", "not_related")),
    ("RecordSigned", {"record_id": "R-nowhere", "signer_id": "S-1", "capacity": "supervisor", "signed_on": before(1)},
     ("/data/record_id", "not_related")),
    ("RecordSigned", {"record_id": "R-S-of-1", "signer_id": "W-1", "capacity": "supervisee", "signed_on": before(1)},
     ("/data/signer_id", "not_by_themself")),
    ("ActionAgreed", {"action_id": "A-1", "agreed_on": before(1)}, ("/data", "subject_untold")),
    ("CaseNoteRecorded", {"note_id": "N-1", "case_id": "C-1", "recorded_on": before(1), "author_id": "S-1",
                          "on_behalf_of_id": "M-1", "system": "lcs", "note_type": "management_oversight"},
     ("/data/on_behalf_of_id", "not_by_themself")),
]  # fmt: skip


def test_what_a_supervisor_may_not_record_names_the_field(supervisor: As) -> None:
    for type_name, data, fault in REFUSED:
        answer = supervisor.tell(type_name, **data)
        assert (answer.status_code, answer.json()["code"]) == (403, "may_not_record"), answer.text
        assert faults(answer) == [fault]
    in_anothers_name = supervisor.council.event("SessionHeld", **held()) | {"sourcerecordedby": "S-2"}
    assert faults(supervisor.post(in_anothers_name)) == [("/sourcerecordedby", "not_by_themself")]


def test_writing_ends_with_the_supervision_whenever_the_event_was(people: Council, supervisor: As) -> None:
    event = people.event("SessionHeld", **held(held_on=before(10)))
    assert supervisor.post(event).status_code == 201
    people.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="S-2", assigned_on=before(5))
    again = supervisor.tell("SessionHeld", **held(session_id="S-late", held_on=before(10)))
    assert faults(again) == [("/data/worker_id", "not_related")]
    assert "now, whenever it happened" in again.json()["errors"][0]["detail"]
    successor = As(people, "S-2", "supervisor")
    assert successor.tell("SessionHeld", **held(session_id="S-late", held_on=before(10))).status_code == 201
    successor.client.close()


def test_a_worker_signs_and_disputes_their_own_record_and_nobody_elses(people: Council) -> None:
    worker = As(people, "W-1", "supervisee")
    signed = {"signer_id": "W-1", "capacity": "supervisee", "signed_on": before(0)}
    assert worker.tell("RecordSigned", record_id="R-S-of-1", **signed).status_code == 201
    assert worker.tell("ConcernRaised", concern_id="Q-1", worker_id="W-1", raised_on=before(0)).status_code == 201
    for mine in ({}, {"worker_id": "W-1"}):
        refused = worker.tell("RecordSigned", record_id="R-S-of-3", **signed, **mine)
        assert faults(refused) == [("/data/record_id", "not_related")]
    assert faults(worker.tell("SessionHeld", **held())) == [("/type", "type_not_in_role")]
    worker.client.close()


def test_a_person_whom_the_token_does_not_place_in_the_ledger_records_nothing(people: Council) -> None:
    with people.as_client(sub="oid-1", azp="portal", roles=["supervisor"]) as nobody:
        answer = nobody.post("/v1/events", json=people.event("SessionHeld", **held()))
    assert (answer.status_code, answer.json()["code"]) == (403, "may_not_record")


def test_the_token_must_name_the_source_and_the_type_too(people: Council) -> None:
    claims = {"sub": "oid", "azp": "portal", "worker_id": "S-1", "roles": ["supervisor"], "types": ["CaseDiscussed"]}
    with people.as_client(**claims) as narrow:
        answer = narrow.post("/v1/events", json=people.event("SessionHeld", **held()))
    assert answer.json()["code"] == "type_not_allowed"


def test_people_correct_what_they_recorded_themselves_and_only_to_what_they_might_record(
    people: Council, supervisor: As
) -> None:
    people.tell("SessionHeld", id="lcs-1", **held(session_id="S-lcs"))
    assert supervisor.tell("SessionHeld", id="own-1", **held()).status_code == 201

    def corrected(target: str, **patch: Any) -> httpx.Response:
        return supervisor.tell("EventCorrected", corrects={"source": SOURCE, "id": target}, data=patch)

    assert corrected("own-1", minutes=75).status_code == 201
    assert corrected("own-1", worker_id="W-2").status_code == 201
    assert faults(corrected("own-1", worker_id="W-3")) == [("/data/data/worker_id", "not_related")]
    assert faults(corrected("own-1", supervisor_id="S-2")) == [("/data/data/supervisor_id", "not_by_themself")]
    for others in ("lcs-1", "nowhere"):
        assert faults(corrected(others, minutes=75)) == [("/data/corrects", "not_your_event")]
    retract = {"retracts": {"source": SOURCE, "id": "lcs-1"}}
    assert faults(supervisor.tell("EventRetracted", **retract)) == [("/data/retracts", "not_your_event")]
    people.tell("SupervisorAssigned", worker_id="W-2", supervisor_id="S-2", assigned_on=before(1))
    assert faults(corrected("own-1", minutes=60)) == [("/data/corrects", "not_related")]
    retract = {"retracts": {"source": SOURCE, "id": "own-1"}}
    assert faults(supervisor.tell("EventRetracted", **retract)) == [("/data/retracts", "not_related")]


def test_no_request_makes_somebody_elses_event_ones_own_by_sending_its_id_again(
    people: Council, supervisor: As
) -> None:
    people.tell("SessionHeld", id="lcs-1", **held(session_id="S-lcs"))
    rival = people.event("SessionHeld", id="lcs-1", **held(session_id="S-mine"))
    patch = people.event("EventCorrected", corrects={"source": SOURCE, "id": "lcs-1"}, data={"minutes": 5})
    answer = supervisor.post([rival, patch], atomic="false")
    assert [item["status"] for item in answer.json()["items"]] == ["rejected", "rejected"]
    planted = people.event("ActionAgreed", id="lcs-1", action_id="A-9", worker_id="W-1", agreed_on=before(1))
    refers = people.event("ActionCompleted", action_id="A-9", completed_on=before(0))
    answer = supervisor.post([planted, refers], atomic="false")
    assert [item["status"] for item in answer.json()["items"]] == ["rejected", "rejected"]


def test_items_and_lines_are_refused_one_by_one_and_kept(people: Council, supervisor: As) -> None:
    told = [people.event("SessionHeld", **held(session_id=f"S-{who}", worker_id=who)) for who in ("W-1", "W-3", "W-2")]
    answer = supervisor.post(told, atomic="false")
    assert [item["status"] for item in answer.json()["items"]] == ["appended", "rejected", "appended"]
    assert answer.json()["items"][1]["problem"]["code"] == "may_not_record"
    kept = people.get("/v1/quarantine").json()["items"]
    assert [item["problem"]["code"] for item in kept] == ["may_not_record"]
    whole = supervisor.post(told[1:])
    assert (whole.status_code, faults(whole)) == (422, [("/0/data/worker_id", "not_related")])


def test_a_dry_run_says_what_would_become_of_it_and_nothing_of_anybody_else(supervisor: As) -> None:
    answer = supervisor.tell_nothing("SessionHeld", **held())
    assert (answer.json()["items"][0]["status"], "changes" in answer.json()) == ("would_append", False)
    assert faults(supervisor.tell_nothing("SessionHeld", **held(worker_id="W-3"))) == [
        ("/data/worker_id", "not_related")
    ]


def test_a_condition_tells_nobody_whether_something_happened_to_somebody_else(supervisor: As) -> None:
    event = supervisor.council.event("SessionHeld", **held())
    others = supervisor.post(event, expected_position=0, tag="worker/W-3")
    assert (others.status_code, others.json()["errors"][0]["code"]) == (422, "not_named")
    assert supervisor.post(event, expected_position=0, tag="worker/W-1").status_code == 412


def test_a_line_manager_arranges_cover_and_whoever_stands_in_records_while_they_do(people: Council) -> None:
    manager, cover = As(people, "M-1", "line_manager"), As(people, "S-2", "interim_supervisor")
    assert cover.tell("SessionHeld", **held()).status_code == 403
    interim = {"worker_id": "W-1", "supervisor_id": "S-2", "assigned_on": before(1), "covers_id": "S-1"}
    assert faults(manager.tell("SupervisorAssigned", **interim)) == [("/data/basis", "not_in_role")]
    assert manager.tell("SupervisorAssigned", **interim, basis="interim").status_code == 201
    assert cover.tell("SessionHeld", **held()).status_code == 201
    ended = {"worker_id": "W-1", "supervisor_id": "S-2", "ended_on": before(1), "basis": "interim"}
    assert manager.tell("SupervisorUnassigned", **ended).status_code == 201
    assert cover.tell("SessionHeld", **held(session_id="S-2nd")).status_code == 403
    for someone in (manager, cover):
        someone.client.close()
