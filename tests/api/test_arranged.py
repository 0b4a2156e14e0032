"""Over HTTP: an approved arrangement, an excusal, a ceiling and what counts in part, as one reads them in an answer."""

from typing import Any

from tests.councils import Council

PACK = """
id: harbour
version: "1"
title: Harbour supervision
codes: {roles: [worker], services: {quay: []}, more: {session_kinds: [individual, group, ad_hoc]}}
events:
  personal: {type: SessionHeld, where: {kind: individual}}
  any_kind: {type: SessionHeld, where: {kind: [individual, group]}}
  unplanned: {type: SessionHeld, where: {kind: ad_hoc}, called: unplanned session}
rules:
  - id: H-1
    title: Supervision is held every six weeks
    clause: Section 1
    subject: worker
    every: {event: personal, limit: 42 days}
    variations: {every: tighter}
    excusals: {longest: 6 weeks}
  - id: H-2
    title: Four sessions are held in a year, a group counting half
    clause: Section 2
    subject: worker
    at_least: {event: any_kind, times: 4, rolling: 12 months, credit: [{where: {kind: group}, counts: 1/2}]}
  - id: H-3
    title: No session is unplanned
    clause: Section 3
    subject: worker
    at_most: {event: unplanned, times: 0, rolling: 1 month}
"""


def test_an_answer_names_the_arrangement_the_ceiling_and_what_counts_in_part(council: Council) -> None:
    sent = {"policy_yaml": PACK, "applies_from": "2024-01-01"}
    adopted = council.client.post("/v1/policies/adopt", json=sent)
    assert adopted.status_code == 201, adopted.text
    who = {"worker_id": "W-1"}
    council.tell("WorkerStarted", **who, started_on="2024-01-01", role="worker", service="quay")
    council.tell("SessionHeld", **who, session_id="S-1", held_on="2025-03-03", kind="individual")
    council.tell("SessionHeld", **who, session_id="S-2", held_on="2025-03-05", kind="group")
    uplift = {"rule": "H-1", "parameters": {"every": "7 days"}, "from_on": "2025-03-03", "until_on": "2025-04-13"}
    council.tell("VariationApproved", **who, **uplift, variation_id="V-1", approved_by="M-1")
    excused = {"rule": "H-1", "from_on": "2025-03-20", "until_on": "2025-03-31"}
    council.tell("ExcusalGranted", **who, **excused, granted_by="M-1")

    def found(rule: str, on: str = "2025-03-12") -> dict[str, Any]:
        return council.finding("worker/W-1", rule, as_at=on)

    assert (found("H-1")["status"], found("H-1")["due_on"]) == ("breached", "2025-03-10")
    arrangement = found("H-1")["arrangement"]
    assert (arrangement["variation_id"], arrangement["approved_by"]) == ("V-1", "M-1")
    assert (arrangement["from_on"], arrangement["until_on"]) == ("2025-03-03", "2025-04-13")
    assert arrangement["terms"] == {"every": "7 days"}
    assert found("H-1", "2025-03-25")["status"] == "excused"
    assert (found("H-2")["count"], found("H-2")["needed"]) == (1.5, 4)
    assert (found("H-3")["status"], found("H-3")["allowed"]) == ("met", 0)


def test_what_somebody_approved_who_may_not_changes_nothing_and_is_listed_as_doubtful(council: Council) -> None:
    pack = PACK.replace("    excusals: {longest: 6 weeks}\n", "    approvers: [manager]\n")
    pack = pack.replace("roles: [worker]", "roles: [worker, manager]")
    sent = {"policy_yaml": pack, "applies_from": "2024-01-01"}
    assert council.client.post("/v1/policies/adopt", json=sent).status_code == 201
    for who, role in (("W-1", "worker"), ("M-1", "worker")):
        council.tell("WorkerStarted", worker_id=who, started_on="2024-01-01", role=role, service="quay")
    council.tell("SessionHeld", worker_id="W-1", session_id="S-1", held_on="2025-03-03", kind="individual")
    uplift = {"rule": "H-1", "parameters": {"every": "7 days"}, "from_on": "2025-03-03"}
    at = council.tell("VariationApproved", worker_id="W-1", **uplift, variation_id="V-1", approved_by="M-1")
    answer = council.finding("worker/W-1", "H-1", as_at="2025-03-12")
    assert (answer["status"], answer["due_on"], answer["arrangement"]["terms"]) == ("due", "2025-04-14", {})
    (doubt,) = council.get("/v1/data-quality", code="wrong_approver", min_position=at).json()["items"]
    assert (doubt["subject"], doubt["on"]) == ({"type": "worker", "id": "W-1"}, "2025-03-03")
    assert doubt["events"] == [f"/v1/events/{at}"]
    at = council.tell("WorkerRoleChanged", worker_id="M-1", changed_on="2025-03-01", role="manager")
    assert council.get("/v1/data-quality", code="wrong_approver", min_position=at).json()["items"] == []
    late = council.get("/v1/obligations", rule="H-1", id="W-1", as_at="2025-03-12", min_position=at).json()["items"]
    assert [(each["status"], each["due_on"]) for each in late] == [("breached", "2025-03-10")]
