"""What becomes of events that are sent: the table of answers, through HTTP."""

import json

from tests.councils import SOURCE, Council

DISCUSSED = {"case_id": "C-1", "discussed_on": "2025-03-03", "depth": "full", "setting": "individual"}


def _codes(answer) -> set[str]:
    return {fault["code"] for fault in answer.json().get("errors", [])}


def test_one_event_is_created_and_can_be_read_at_its_location(council: Council) -> None:
    answer = council.post(council.event("CaseDiscussed", id="n-881", **DISCUSSED))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["accepted"], body["duplicate"], body["rejected"]) == (1, 0, 0)
    assert body["items"] == [{"index": 0, "id": "n-881", "status": "appended", "position": body["position"]}]
    read = council.client.get(answer.headers["Location"]).json()
    assert read["data"] == DISCUSSED
    assert read["position"] == body["position"]
    assert read["recordedby"] == "test-client"
    assert answer.headers["Supervision-Position"].startswith(f"{body['position']}; epoch=")


def test_the_same_event_again_changes_nothing(council: Council) -> None:
    event = council.event("CaseDiscussed", id="n-1", **DISCUSSED)
    first = council.post(event).json()["position"]
    again = council.post(event)
    assert again.status_code == 200
    assert again.json()["duplicate"] == 1
    assert again.json()["position"] == first


def test_a_repeat_may_spell_its_nulls_order_and_offset_differently(council: Council) -> None:
    event = council.event("CaseDiscussed", id="n-1", time="2025-03-03T10:00:00Z", **DISCUSSED)
    assert council.post(event).status_code == 201
    spelt = event | {
        "time": "2025-03-03T11:00:00+01:00",
        "data": {"session_id": None} | dict(reversed(DISCUSSED.items())),
    }
    assert council.post(spelt).json()["duplicate"] == 1


def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(council: Council) -> None:
    council.tell("CaseDiscussed", id="n-1", **DISCUSSED)
    answer = council.post(council.event("CaseDiscussed", id="n-1", **DISCUSSED | {"depth": "light"}))
    assert answer.status_code == 409
    assert answer.json()["code"] == "event_conflict"
    assert council.get(f"/v1/events/{answer.json()['position']}").json()["data"]["depth"] == "full"


def test_a_narrative_is_part_of_what_was_said(council: Council) -> None:
    event = council.event("CaseDiscussed", id="n-1", narrative="She is settling in.", **DISCUSSED)
    assert council.post(event).status_code == 201
    assert council.post(event).json()["duplicate"] == 1
    event["data"]["narrative"] = "She is not settling in."
    assert council.post(event).status_code == 409


def test_a_narrative_is_read_by_those_who_may_and_withheld_from_others(council: Council) -> None:
    position = council.tell("CaseDiscussed", narrative="Invented text.", **DISCUSSED)
    council.tell("WorkerStarted", worker_id="W-1", started_on="2025-01-06", role="social_worker", service="assessment")
    council.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="assessment")
    council.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2025-01-06")
    with council.as_person("W-1", "supervisee") as person:
        assert person.get(f"/v1/events/{position}").json()["data"]["narrative"] == "Invented text."
    with council.as_person("W-1", "supervisee", scope="events:read") as without_the_scope:
        for other in (without_the_scope, council):
            assert other.get(f"/v1/events/{position}").json()["data"]["narrative"] == {"withheld": True}


def test_an_array_is_stored_whole(council: Council) -> None:
    answer = council.post([council.event("CaseDiscussed", **DISCUSSED | {"case_id": f"C-{n}"}) for n in range(50)])
    assert answer.status_code == 201
    positions = [item["position"] for item in answer.json()["items"]]
    assert positions == list(range(positions[0], positions[0] + 50))


def test_an_array_with_a_fault_stores_nothing_and_names_every_fault(council: Council) -> None:
    council.tell("CaseDiscussed", id="known", **DISCUSSED)
    before = council.get("/v1/events", limit=500).json()["position"]
    answer = council.post([
        council.event("CaseDiscussed", id="good", **DISCUSSED),
        council.event("CaseDiscussed", id="known", **DISCUSSED | {"depth": "light"}),
        council.event("CaseDiscussed", id="bad", **DISCUSSED | {"discussed_on": "2025-02-30"}),
        council.event("CaseDiscused", id="typo", **DISCUSSED),
    ])  # fmt: skip
    assert answer.status_code == 422
    found = {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}
    assert found == {("/1", "event_conflict"), ("/2/data/discussed_on", "no_such_date"), ("/3/type", "unknown_type")}
    assert council.get("/v1/events").json()["position"] == before
    assert council.get("/v1/quarantine").json()["items"] == []


def test_an_array_whose_only_fault_is_a_conflict_answers_409(council: Council) -> None:
    council.tell("CaseDiscussed", id="known", **DISCUSSED)
    fresh = council.event("CaseDiscussed", **DISCUSSED | {"case_id": "C-2"})
    answer = council.post([fresh, council.event("CaseDiscussed", id="known", **DISCUSSED | {"depth": "light"})])
    assert answer.status_code == 409
    assert council.post(fresh).status_code == 201


def test_an_array_of_known_and_new_events_appends_the_new_ones(council: Council) -> None:
    known = council.event("CaseDiscussed", **DISCUSSED)
    council.post(known)
    answer = council.post([known, council.event("CaseDiscussed", **DISCUSSED | {"case_id": "C-2"})])
    assert answer.status_code == 201
    assert [item["status"] for item in answer.json()["items"]] == ["duplicate", "appended"]
    assert council.post([known]).status_code == 200


def test_an_array_may_tell_the_same_thing_twice_but_not_two_things_under_one_id(council: Council) -> None:
    event = council.event("CaseDiscussed", id="n-1", **DISCUSSED)
    assert [i["status"] for i in council.post([event, event]).json()["items"]] == ["appended", "duplicate"]
    other = council.event("CaseDiscussed", id="n-2", **DISCUSSED)
    clash = council.post([other, other | {"data": DISCUSSED | {"depth": "light"}}])
    assert clash.status_code == 409
    assert clash.json()["errors"][0]["pointer"] == "/1"


def test_what_a_non_atomic_array_refuses_goes_to_quarantine(council: Council) -> None:
    bad = council.event("CaseDiscussed", id="bad", **DISCUSSED | {"depth": "deep"})
    answer = council.post([council.event("CaseDiscussed", **DISCUSSED), bad], atomic="false")
    assert answer.status_code == 200
    assert [item["status"] for item in answer.json()["items"]] == ["appended", "rejected"]
    (kept,) = council.get("/v1/quarantine").json()["items"]
    assert kept["problem"]["errors"][0]["pointer"] == "/data/depth"
    council.post([bad], atomic="false")
    assert len(council.get("/v1/quarantine").json()["items"]) == 1, "the same item again is kept once"


def test_a_quarantined_item_is_put_right_and_resubmitted_once(council: Council) -> None:
    bad = council.event("CaseDiscussed", id="bad", **DISCUSSED | {"depth": "deep"})
    council.post([bad], atomic="false")
    (kept,) = council.get("/v1/quarantine").json()["items"]
    path = f"/v1/quarantine/{kept['id']}"
    assert council.get(path).json()["sent"]["data"]["depth"] == "deep"
    assert council.client.post(f"{path}/resubmit").status_code == 422, "it is refused again, and stays"
    right = council.client.post(f"{path}/resubmit", json=bad | {"data": DISCUSSED})
    assert right.status_code == 200
    assert right.json()["state"] == "resubmitted"
    assert council.client.post(f"{path}/resubmit", json=bad | {"data": DISCUSSED}).json() == right.json()
    assert council.get("/v1/quarantine").json()["items"] == []
    assert council.get(f"/v1/events/{right.json()['position']}").json()["id"] == "bad"


def test_a_discarded_item_is_gone_but_its_story_stays(council: Council) -> None:
    council.post([council.event("CaseDiscussed", id="bad", case_id="C-1")], atomic="false")
    (kept,) = council.get("/v1/quarantine").json()["items"]
    path = f"/v1/quarantine/{kept['id']}"
    assert council.client.post(f"{path}/discard").json()["state"] == "discarded"
    assert council.client.post(f"{path}/discard").status_code == 200
    assert council.get(path).json()["sent"] is None
    assert council.client.post(f"{path}/resubmit").status_code == 409
    assert [item["id"] for item in council.get("/v1/quarantine", state="discarded").json()["items"]] == [kept["id"]]


def test_lines_are_taken_one_by_one_and_what_is_refused_is_kept(council: Council) -> None:
    good = [council.event("CaseDiscussed", **DISCUSSED | {"case_id": f"C-{n}"}) for n in range(700)]
    lines = [json.dumps(event) for event in good]
    lines[10:10] = ["", "not json", json.dumps({"id": "half"}), "x" * 300_000]
    body = "\n".join(lines).encode()
    answer = council.client.post("/v1/events", content=body, headers={"Content-Type": "application/x-ndjson"})
    told = answer.json()
    assert answer.status_code == 200
    assert (told["accepted"], told["duplicate"], told["rejected"]) == (700, 0, 3)
    assert [item["index"] for item in told["items"]] == [10, 11, 12]
    assert told["items"][2]["problem"]["code"] == "line_too_long"
    assert len(council.get("/v1/quarantine").json()["items"]) == 2
    again = council.client.post("/v1/events", content=body, headers={"Content-Type": "application/x-ndjson"}).json()
    assert (again["accepted"], again["duplicate"]) == (0, 700)


def test_lines_are_never_atomic(council: Council) -> None:
    headers = {"Content-Type": "application/x-ndjson"}
    answer = council.client.post("/v1/events", content=b"{}", headers=headers, params={"atomic": "true"})
    assert answer.status_code == 400


def test_a_condition_holds_until_something_comes_about_its_tags(council: Council) -> None:
    seen = council.tell("CaseDiscussed", **DISCUSSED)
    council.tell("CaseDiscussed", **DISCUSSED | {"case_id": "C-2"})
    first = council.event("CaseDiscussed", **DISCUSSED | {"discussed_on": "2025-03-04"})
    answer = council.post(first, expected_position=seen, tag="case/C-1")
    assert answer.status_code == 201
    second = council.event("CaseDiscussed", **DISCUSSED | {"discussed_on": "2025-03-05"})
    refused = council.post(second, expected_position=seen, tag="case/C-1")
    assert refused.status_code == 412
    assert refused.json()["code"] == "position_moved"
    assert refused.json()["expected_position"] == seen
    assert refused.json()["position"] == answer.json()["position"]
    assert council.post(first, expected_position=seen, tag="case/C-1").json()["duplicate"] == 1, "a retry never fails"


def test_a_dry_run_uses_no_position(council: Council) -> None:
    known = council.event("CaseDiscussed", id="known", **DISCUSSED)
    council.post(known)
    before = council.get("/v1/events").json()["position"]
    fresh = council.event("CaseDiscussed", id="fresh", **DISCUSSED)
    answer = council.post([known, fresh], dry_run="true")
    assert [item["status"] for item in answer.json()["items"]] == ["duplicate", "would_append"]
    assert council.get("/v1/events").json()["position"] == before


def test_a_client_writes_only_its_sources_types_and_scopes(council: Council) -> None:
    event = council.event("CaseDiscussed", **DISCUSSED)
    cases = [
        ({"sources": ["urn:other:*"]}, "source_not_allowed"),
        ({"types": ["SessionHeld"]}, "type_not_allowed"),
        ({"scope": "events:read"}, "scope_missing"),
    ]
    for claims, code in cases:
        with council.as_client(**claims) as limited:
            answer = limited.post("/v1/events", json=event)
            assert (answer.status_code, answer.json()["code"]) == (403, code)
    with council.as_client(sources=["urn:test:*"], types=["CaseDiscussed"]) as allowed:
        assert allowed.post("/v1/events", json=event).status_code == 201


def test_privileged_types_are_refused_by_this_route(council: Council) -> None:
    adopted = council.event("PolicyAdopted", policy={}, policy_id="x", version="1", applies_from="2025-01-01")
    erased = council.event("PersonalDataErased", worker_id="W-1", erased_on="2025-01-01", authority="retention")
    for event in (adopted, erased):
        answer = council.post(event)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_by_this_route"), answer.text
    calendar = council.event("CalendarAdopted", calendar_id="own", version="1", applies_from="2025-01-01", days=[])
    with council.as_client(scope="events:write") as plain:
        assert plain.post("/v1/events", json=calendar).status_code == 403
    assert council.post(calendar).status_code == 201


def test_a_source_that_says_it_recorded_in_the_future_is_refused(council: Council) -> None:
    answer = council.post(council.event("CaseDiscussed", sourcerecordedtime="2099-01-01T00:00:00Z", **DISCUSSED))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/sourcerecordedtime"


def test_another_council_sees_nothing_of_it(council: Council, served, database) -> None:
    position = council.tell("CaseDiscussed", id="mine", **DISCUSSED)
    with Council.new(served, database.owner_url) as other:
        assert other.get(f"/v1/events/{position}").status_code in (200, 404)
        assert "mine" not in other.get("/v1/events").text
        assert other.post(other.event("CaseDiscussed", id="mine", source=SOURCE, **DISCUSSED)).status_code == 201
        cursor = council.get("/v1/events", limit=1).json()["next_cursor"]
        assert other.get("/v1/events", cursor=cursor).status_code == 409
