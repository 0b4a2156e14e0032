"""The national standard through HTTP, alone and beside a council's own policy: stage by stage, in words and drawn."""

from tests.councils import Council


def _newly_qualified(council: Council) -> None:
    post = {"role": "social_worker", "service": "assessment", "stage": "nqsw"}
    council.tell("WorkerStarted", worker_id="W-1", started_on="2025-09-01", **post)
    for number, held_on in enumerate(("2025-09-08", "2025-09-15", "2025-10-08"), 1):
        council.tell(
            "SessionHeld", session_id=f"S-{number}", worker_id="W-1", held_on=held_on, kind="individual", minutes=90
        )


def test_a_newly_qualified_worker_is_asked_for_less_stage_by_stage(council: Council) -> None:
    council.adopt("national", "2025-01-01")
    _newly_qualified(council)
    days = ["2025-09-22", "2025-09-23", "2025-10-08", "2025-10-13", "2025-10-23", "2026-03-01"]
    found = [council.finding("worker/W-1", "S5-1", as_at=day) for day in days]
    assert [(each["status"], each["due_on"]) for each in found] == [
        ("due", "2025-09-22"),
        ("breached", "2025-09-22"),
        ("due", "2025-10-15"),
        ("due", "2025-10-22"),
        ("breached", "2025-10-22"),
        ("breached", "2025-11-08"),
    ]
    assert "This is the second stage of the rule; the next begins on 1 March 2026." in found[3]["why"]
    history = council.finding("worker/W-1", "S5-1", as_at="2026-03-01", history="true")["history"]
    assert [each["status"] for each in history][:3] == ["met", "met", "late_met"]


def test_it_stands_beside_the_policy_of_a_council(luton: Council) -> None:
    luton.adopt("national", "2025-01-01")
    _newly_qualified(luton)
    found = {each["rule"]: each["status"] for each in luton.compliance("worker/W-1", as_at="2025-09-23")["findings"]}
    assert (found["S5-1"], found["S5-3"], found["LU-67"]) == ("breached", "met", "due")


def test_its_page_and_the_picture_of_a_worker_tell_of_it(council: Council) -> None:
    council.adopt("national", "2025-01-01")
    _newly_qualified(council)
    said = council.get("/v1/policies/national/explain").text
    assert "Up to 6 weeks after the start" in said
    drawn = council.get("/v1/workers/W-1/timeline.svg", as_at="2025-10-31")
    assert drawn.status_code == 200
    assert "S5-1" in drawn.text
