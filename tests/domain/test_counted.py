"""A rhythm counted in something that happens: shifts worked, client hours, sessions held."""

from typing import Any

import pytest

from app.domain.policy.adopted import pack_of
from app.domain.policy.explaining import explain
from app.domain.policy.loading import as_json, check, load
from app.events.facts import Fact
from tests.domain.test_loading import line_of, the_fault
from tests.domain.told import adopted, day, finding, history, policy, session, started, status, statuses, told

SUPERVISED = {"type": "SessionHeld", "where": {"kind": "individual"}, "said": "supervised"}
WORK = {"type": "WorkRecorded"}


def every(limit: int = 8, adds: str | None = "shifts", **more: Any) -> dict[str, Any]:
    clock = {"event": WORK} | ({"adds": adds} if adds else {})
    return {"id": "R-1", "subject": "worker", "every": {"event": SUPERVISED, "clock": clock, "limit": limit, **more}}


EIGHT = adopted(policy(every()))
SINCE_MARCH = started("2025-03-01")


def worked(*days: str, **fields: Any) -> list[Fact]:
    fields = fields or {"shifts": 1}
    return [told("WorkRecorded", worker_id="W-1", worked_on=on, **fields) for on in days]


MARCH = [f"2025-03-{number:02}" for number in range(3, 13)]


def test_the_ninth_shift_without_supervision_is_one_too_many() -> None:
    facts = [EIGHT, SINCE_MARCH, *worked(*MARCH)]
    assert statuses(["2025-03-03", "2025-03-10", "2025-03-11", "2025-12-01"], *facts) == [
        "due",
        "due",
        "breached",
        "breached",
    ]
    late = finding("2025-03-12", *facts)
    assert (late.due_on, late.days_late) == (day("2025-03-10"), 2)
    assert late.why == (
        "Not yet supervised; the rule has applied since 1 March 2025. Shifts since then: 10. "
        "The policy asks for this every 8 shifts. That number was passed on 11 March 2025, 1 day ago."
    )
    assert late.put_right == "To be supervised as soon as possible: from that day it is counted anew."


def test_supervision_begins_the_count_anew_and_the_shift_of_that_day_counts_neither_way() -> None:
    facts = [EIGHT, SINCE_MARCH, *worked(*MARCH), session("2025-03-11")]
    told = finding("2025-03-12", *facts)
    assert (told.status, told.due_on, told.opened_on) == ("due", None, day("2025-03-11"))
    assert told.why.startswith("Last supervised on 11 March 2025. Shifts since then: 1.")
    assert told.put_right == "To be supervised before more than 8 shifts are recorded."
    assert [(str(each.status), each.met_on) for each in history("2025-03-12", *facts)] == [("met", day("2025-03-11"))]


def test_what_was_late_stays_in_the_history() -> None:
    facts = [EIGHT, SINCE_MARCH, *worked(*MARCH), session("2025-03-20")]
    assert status("2025-03-20", *facts) == "due"
    [late] = history("2025-03-20", *facts)
    assert (str(late.status), late.due_on, late.met_on) == ("late_met", day("2025-03-10"), day("2025-03-20"))


def test_between_the_target_and_the_limit_it_is_tolerated() -> None:
    facts = [adopted(policy(every(limit=8, target=6))), SINCE_MARCH, *worked(*MARCH)]
    assert statuses(["2025-03-08", "2025-03-09", "2025-03-10", "2025-03-11"], *facts) == [
        "due",
        "tolerated",
        "tolerated",
        "breached",
    ]


def test_hours_are_added_up_with_their_decimals() -> None:
    facts = [adopted(policy(every(limit=10, adds="client_hours"))), SINCE_MARCH]
    facts += worked("2025-03-03", "2025-03-04", client_hours="4.5") + worked("2025-03-05", client_hours=1)
    assert status("2025-03-05", *facts) == "due"
    assert "Client hours since then: 10." in finding("2025-03-05", *facts).why
    assert status("2025-03-06", *facts, *worked("2025-03-06", client_hours="0.1")) == "breached"


def test_without_a_number_each_event_counts_one() -> None:
    visits = {"type": "VisitMade", "called": "visit"}
    rule = every(limit=2) | {"every": {"event": SUPERVISED, "clock": {"event": visits, "called": "visits"}, "limit": 2}}
    made = [told("VisitMade", worker_id="W-1", visited_on=f"2025-03-0{n}", by="M-1") for n in (3, 4, 5)]
    assert statuses(["2025-03-04", "2025-03-05"], adopted(policy(rule)), SINCE_MARCH, *made) == ["due", "breached"]


def test_work_that_does_not_say_how_much_is_not_known_to_be_little() -> None:
    facts = [EIGHT, SINCE_MARCH, *worked("2025-03-03", days=1)]
    unknown = finding("2025-03-04", *facts)
    assert (unknown.status, unknown.code) == ("not_assessable", "not_known")
    assert status("2025-03-12", *facts, *worked(*MARCH)) == "breached"
    assert status("2025-03-12", *facts, session("2025-03-10")) == "due"


def test_a_new_version_that_asks_for_more_gives_a_weeks_notice() -> None:
    facts = [EIGHT, SINCE_MARCH, *worked(*MARCH[:6]), adopted(policy(every(limit=4), version="2"), "2025-03-10")]
    assert statuses(["2025-03-10", "2025-03-17", "2025-03-18"], *facts) == ["due", "due", "breached"]
    assert finding("2025-03-10", *facts).due_on == day("2025-03-17")
    assert status("2025-03-12", *facts, *worked("2025-03-10", "2025-03-11", "2025-03-12")) == "breached"


def test_it_may_be_a_stage() -> None:
    steps = [{"up_to": "1 month", "every": every(limit=2)["every"]}, {"every": every(limit=8)["every"]}]
    facts = [adopted(policy({"id": "R-1", "subject": "worker", "stages": {"steps": steps}})), SINCE_MARCH]
    facts += worked("2025-03-03", "2025-03-04", "2025-03-05")
    assert statuses(["2025-03-05", "2025-03-31", "2025-04-01"], *facts) == ["breached", "breached", "due"]


WRITTEN = """id: rota
version: "1"
title: Rota
events:
  supervision: {type: SessionHeld}
  work: {type: WorkRecorded}
rules:
  - id: C-1
    title: Every eight shifts
    clause: Section 1
    subject: worker
    every: {event: supervision, clock: {event: work, adds: shifts}, target: 6, limit: 8}
"""


def test_a_count_is_a_policy_and_is_said_in_words() -> None:
    assert check(WRITTEN) == []
    assert pack_of(as_json(load(WRITTEN))) == load(WRITTEN)
    said = "A supervision every 8 shifts at the latest, 6 shifts as the target."
    assert any(paragraph.startswith(said) for paragraph in explain(load(WRITTEN)))


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("adds: shifts", "adds: shift", "unknown number in WorkRecorded `shift`: did you mean `shifts`?"),
        ("event: work,", "event: wrok,", "unknown event `wrok`: did you mean `work`?"),
        ("target: 6", "target: 8", "target `8` must be sooner than limit `8`"),
        ("clock: {event: work, adds", "clock: {event: work, ads", "unknown key `ads`: did you mean `adds`?"),
        ("target: 6", "tarket: 6", "unknown key `tarket`: did you mean `target`?"),
    ],
)
def test_what_is_wrong_with_a_count_is_said_on_its_line(old: str, new: str, detail: str) -> None:
    text = WRITTEN.replace(old, new)
    fault = the_fault(text)
    assert fault.detail.startswith(detail)
    assert fault.line == line_of(text, new)


def test_absence_has_no_part_in_a_count() -> None:
    fault = the_fault(WRITTEN.replace("    subject: worker\n", "    subject: worker\n    absence: {effect: pause}\n"))
    assert fault.detail == "what is counted is not counted while somebody is away: leave `absence` out"
