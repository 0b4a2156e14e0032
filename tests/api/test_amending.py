"""Corrections, retractions and merges: what they change, who may send them, and that both versions stay visible."""

import hashlib
import itertools

from app import shipped
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
    assert _ids(council, "worker/W-2") == ["told", "fix"]
    read = council.get(f"/v1/events/{position}").json()
    assert read["data"] == DISCUSSED
    assert [amendment["id"] for amendment in read["amendments"]] == ["fix"]


def test_who_may_not_send_a_type_may_not_amend_it_either(council: Council) -> None:
    council.tell("CaseDiscussed", id="told", **DISCUSSED)
    with council.as_client(types=["Event*", "SessionHeld"]) as narrow:
        for kind, data in (("EventCorrected", {"corrects": _named("told"), "data": {"worker_id": "W-2"}}),
                           ("EventRetracted", {"retracts": _named("told")})):  # fmt: skip
            answer = narrow.post("/v1/events", json=council.event(kind, **data))
            assert (answer.status_code, answer.json()["code"]) == (403, "type_not_allowed")


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


def test_nobody_writes_under_the_services_own_source(council: Council) -> None:
    own = f"urn:supervision-ledger:{council.id}"
    for event in (
        council.event("CaseOpened", source=own, case_id="C-1", opened_on="2025-01-02", service="assessment"),
        council.event("EventRetracted", source=own, retracts={"source": own, "id": "adopted-soon"}),
    ):
        assert council.post(event).json()["code"] == "source_not_allowed"


def test_a_retraction_that_came_first_does_not_stop_a_policy(council: Council) -> None:
    own = f"urn:supervision-ledger:{council.id}"
    text = shipped.pack("luton")
    identity = "adopted-" + hashlib.sha256(f"2021-06-01\n{text}".encode()).hexdigest()[:32]
    council.tell("EventRetracted", retracts={"source": own, "id": identity})
    council.adopt("luton", "2021-06-01")
    council.tell("CaseOpened", case_id="C-1", opened_on="2025-01-02", service="assessment")
    assert council.compliance("case/C-1")["policies"][0]["id"] == "luton"


def test_amending_a_privileged_event_needs_its_privilege(council: Council) -> None:
    calendar = {"calendar_id": "own", "version": "1", "applies_from": "2025-01-01", "days": []}
    council.tell("CalendarAdopted", id="calendar", **calendar)
    council.tell("SubjectMerged", id="merge", kind="case", from_id="A", into_id="B", merged_on="2025-05-01")
    with council.as_client(scope="events:write") as plain:
        for target in ("calendar", "merge"):
            refused = plain.post("/v1/events", json=council.event("EventRetracted", retracts=_named(target)))
            assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
        plain.post("/v1/events", json=council.event("EventRetracted", retracts=_named("later")))
    answer = council.post(council.event("CalendarAdopted", id="later", **calendar))
    assert (answer.status_code, answer.json()["code"]) == (409, "amended_before")


def test_a_corrected_merge_leads_where_the_correction_says_and_makes_no_cycle(council: Council) -> None:
    council.tell("CaseOpened", case_id="D3", opened_on="2025-01-02", service="assessment")
    council.tell("SubjectMerged", id="merge", kind="case", from_id="D1", into_id="D2", merged_on="2025-05-01")
    council.tell("EventCorrected", corrects=_named("merge"), data={"into_id": "D3"})
    assert council.get("/v1/cases/D1/compliance").headers["Location"] == "/v1/cases/D3/compliance"
    council.tell("SubjectMerged", kind="case", from_id="D3", into_id="D4", merged_on="2025-05-01")
    cycle = council.post(
        council.event("EventCorrected", corrects=_named("merge"), data={"from_id": "D4", "into_id": "D3"})
    )
    assert (cycle.status_code, cycle.json()["code"]) == (409, "merge_cycle")


def test_a_redirection_keeps_the_question(council: Council) -> None:
    council.tell("CaseOpened", case_id="NEW", opened_on="2025-01-02", service="assessment")
    council.tell("SubjectMerged", kind="case", from_id="OLD", into_id="NEW", merged_on="2025-05-01")
    answer = council.client.get("/v1/cases/OLD/timeline?as_at=2025-04-04&clause=LU-37")
    assert answer.headers["Location"] == "/v1/cases/NEW/timeline?as_at=2025-04-04&clause=LU-37"


def test_the_number_of_another_system_is_the_case_that_it_was_linked_to(luton: Council) -> None:
    luton.tell("CaseOpened", case_id="S1", opened_on="2025-02-10", service="family_safeguarding", systems={"EHM": "7"})
    luton.tell("IdentifierLinked", id="link", kind="case", subject_id="S1", system="LCS", identifier="88",
               linked_on="2025-03-01")  # fmt: skip
    assert luton.finding("case/S1", "LU-37", as_at="2025-03-20")["status"] == "breached"
    told = {"depth": "full", "setting": "individual"}
    luton.tell("CaseDiscussed", case_id="LCS:88", discussed_on="2025-03-03", **told)
    luton.tell("CaseDiscussed", case_id="EHM:7", discussed_on="2025-03-05", **told)
    assert luton.finding("case/S1", "LU-37", as_at="2025-03-20")["last"]["on"] == "2025-03-05"
    for number in ("LCS:88", "EHM:7"):
        assert luton.get(f"/v1/cases/{number}/compliance").headers["Location"] == "/v1/cases/S1/compliance"
    luton.tell("EventRetracted", retracts=_named("link"))
    assert luton.get("/v1/cases/LCS:88/compliance").status_code == 200


def test_what_a_correction_moved_is_shown_under_the_new_tag_too(council: Council) -> None:
    council.tell("CaseDiscussed", id="told", **DISCUSSED)
    council.tell("EventCorrected", id="fix", corrects=_named("told"), data={"case_id": "C-2"})
    assert _ids(council, "case/C-2") == ["told", "fix"]


def test_a_correction_with_text_may_come_before_its_target(council: Council) -> None:
    fix = council.event("EventCorrected", corrects=_named("told"), data={"narrative": "As it really was."})
    assert council.post(fix).status_code == 201
    assert (
        council.post(council.event("CaseDiscussed", id="told", narrative="As it was not.", **DISCUSSED)).status_code
        == 201
    )


def test_of_two_rivals_in_one_request_the_recorded_one_is_the_duplicate(council: Council) -> None:
    council.tell("CaseDiscussed", id="told", **DISCUSSED)
    other = council.event("CaseDiscussed", id="told", **DISCUSSED | {"depth": "light"})
    same = council.event("CaseDiscussed", id="told", **DISCUSSED)
    each = council.post([other, same], atomic="false").json()
    assert [item["status"] for item in each["items"]] == ["rejected", "duplicate"]
    whole = council.post([other, same])
    assert (whole.status_code, [fault["pointer"] for fault in whole.json()["errors"]]) == (409, ["/0"])
