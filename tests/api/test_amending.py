"""Corrections, retractions and merges: what they change, who may send them, and that both versions stay visible."""

import itertools

from tests.councils import Council

DISCUSSED = {
    "case_id": "C-1",
    "discussed_on": "2025-03-03",
    "depth": "full",
    "setting": "individual",
    "worker_id": "W-1",
}
SOURCE = "urn:test:ehm"


def _named(identity: str) -> dict[str, str]:
    return {"source": SOURCE, "id": identity}


def _ids(council: Council, tag: str) -> list[str]:
    return [item["id"] for item in council.get("/v1/events", tag=tag).json()["items"]]


def test_a_correction_is_found_under_the_old_tags_and_the_new_and_the_original_stays(council: Council) -> None:
    position = council.tell("CaseDiscussed", id="told", **DISCUSSED)
    council.tell("EventCorrected", id="fix", corrects=_named("told"), data={"worker_id": "W-2", "depth": "light"})
    assert _ids(council, "worker/W-1") == ["told", "fix"]
    assert _ids(council, "worker/W-2") == ["fix"]
    read = council.get(f"/v1/events/{position}").json()
    assert read["data"] == DISCUSSED
    assert [amendment["id"] for amendment in read["amendments"]] == ["fix"]


def test_a_correction_whose_result_is_not_valid_is_refused_with_the_field(council: Council) -> None:
    council.tell("CaseDiscussed", id="told", **DISCUSSED)
    answer = council.post(council.event("EventCorrected", corrects=_named("told"), data={"case_id": None}))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/data/data/case_id"


def test_corrections_build_on_each_other_when_they_are_checked(council: Council) -> None:
    held = {"session_id": "S-1", "worker_id": "W-1", "held_on": "2025-03-03", "kind": "individual"}
    council.tell("SessionHeld", id="told", **held)
    council.tell("EventCorrected", corrects=_named("told"), data={"held_at": "2025-03-03T10:00:00Z"})
    wrong = council.post(council.event("EventCorrected", corrects=_named("told"), data={"held_on": "2025-03-04"}))
    assert wrong.status_code == 422, "with the earlier correction the time would not fall on the date"
    both = {"held_on": "2025-03-04", "held_at": "2025-03-04T10:00:00Z"}
    council.tell("EventCorrected", corrects=_named("told"), data=both)


def test_a_correction_names_the_original_never_a_correction(council: Council) -> None:
    council.tell("CaseDiscussed", id="told", **DISCUSSED)
    council.tell("EventCorrected", id="fix", corrects=_named("told"), data={"depth": "light"})
    answer = council.post(council.event("EventCorrected", corrects=_named("fix"), data={"depth": "full"}))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "not_an_original"


def test_a_correction_of_something_not_yet_recorded_is_taken_and_said(council: Council) -> None:
    answer = council.post(council.event("EventCorrected", corrects=_named("later"), data={"depth": "light"}))
    assert answer.status_code == 201
    assert answer.json()["warnings"][0]["code"] == "target_unknown"


def test_one_array_may_correct_what_it_brings(council: Council) -> None:
    answer = council.post([
        council.event("CaseDiscussed", id="told", **DISCUSSED),
        council.event("EventCorrected", corrects=_named("told"), data={"depth": "light"}),
    ])  # fmt: skip
    assert answer.status_code == 201
    assert answer.json()["warnings"] == []


def test_only_the_targets_own_source_or_a_records_role_amends(council: Council) -> None:
    council.tell("CaseDiscussed", id="told", **DISCUSSED)
    for kind, data in (
        ("EventCorrected", {"corrects": _named("told"), "data": {"depth": "light"}}),
        ("EventRetracted", {"retracts": _named("told")}),
    ):
        foreign = council.event(kind, source="urn:test:other", **data)
        with council.as_client(scope="events:write") as plain:
            assert plain.post("/v1/events", json=foreign).json()["code"] == "source_not_allowed"
            assert plain.post("/v1/events", json=council.event(kind, **data)).status_code == 201
        assert council.post(foreign).status_code == 201


def test_a_retraction_is_never_retracted(council: Council) -> None:
    council.tell("CaseDiscussed", id="told", **DISCUSSED)
    council.tell("EventRetracted", id="gone", retracts=_named("told"), reason="wrong_subject")
    answer = council.post(council.event("EventRetracted", retracts=_named("gone")))
    assert answer.json()["errors"][0]["code"] == "never_retracted"


def test_the_policy_is_not_changed_by_a_correction(luton: Council) -> None:
    adopted = next(e for e in luton.get("/v1/events", type="PolicyAdopted").json()["items"])
    target = {"source": adopted["source"], "id": adopted["id"]}
    answer = luton.post(luton.event("EventCorrected", corrects=target, data={"version": "2"}))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_by_this_route")


def test_a_merge_needs_the_right_and_a_cycle_is_refused(council: Council) -> None:
    merge = {"kind": "worker", "merged_on": "2025-05-01"}
    with council.as_client(scope="events:write") as plain:
        refused = plain.post("/v1/events", json=council.event("SubjectMerged", from_id="W-1", into_id="W-2", **merge))
        assert refused.status_code == 403
    council.tell("SubjectMerged", from_id="W-1", into_id="W-2", **merge)
    council.tell("SubjectMerged", id="second", from_id="W-2", into_id="W-3", **merge)
    cycle = council.post(council.event("SubjectMerged", from_id="W-3", into_id="W-1", **merge))
    assert (cycle.status_code, cycle.json()["code"]) == (409, "merge_cycle")
    council.tell("EventRetracted", retracts=_named("second"))
    assert council.post(council.event("SubjectMerged", from_id="W-3", into_id="W-1", **merge)).status_code == 201


def test_merges_in_one_array_are_checked_against_each_other(council: Council) -> None:
    merge = {"kind": "case", "merged_on": "2025-05-01"}
    ring = [
        council.event("SubjectMerged", from_id=a, into_id=b, **merge)
        for a, b in itertools.pairwise(["A", "B", "C", "A"])
    ]
    assert council.post(ring).status_code == 409
    assert council.post(ring[:2]).status_code == 201
