"""What is asked changes with the time since something, or when an event ends a stage: for more, or for less."""

from typing import Any

import pytest

from app.domain.policy.adopted import pack_of
from app.domain.policy.explaining import explain
from app.domain.policy.loading import as_json, check, load
from tests.domain.test_loading import line_of, the_fault
from tests.domain.told import (
    adopted,
    day,
    finding,
    history,
    left,
    policy,
    rows,
    session,
    started,
    statuses,
    told,
)

SUPERVISED = {"type": "SessionHeld", "where": {"kind": "individual"}, "said": "supervised"}
PASSED = {"type": "WorkerStageReached", "where": {"stage": "probation"}, "called": "end of probation"}
APPROVED = {"type": "WorkerStarted", "dated_by": "qualified_on", "called": "approval"}


def staged(*steps: dict[str, Any], **since: Any) -> Any:
    return adopted(policy({"id": "R-1", "subject": "worker", "stages": {**since, "steps": [*steps]}}))


def every(limit: str, **step: Any) -> dict[str, Any]:
    return {**step, "every": {"event": SUPERVISED, "limit": limit}}


NEWLY = (every("1 week", up_to="6 weeks"), every("2 weeks", up_to="6 months"), every("1 month"))
BY_TENURE = staged(*NEWLY)
SINCE_JANUARY = started("2025-01-06")
WEEKLY = [session(on) for on in ("2025-01-13", "2025-01-20", "2025-01-27", "2025-02-03", "2025-02-10")]


def reached(on: str) -> Any:
    return told("WorkerStageReached", worker_id="W-1", stage="probation", reached_on=on)


def test_weekly_for_six_weeks_then_fortnightly_up_to_six_months_then_monthly() -> None:
    facts = [BY_TENURE, SINCE_JANUARY, *WEEKLY]
    assert [(finding(on, *facts).due_on) for on in ("2025-01-06", "2025-01-31", "2025-02-16", "2025-02-17")] == [
        day("2025-01-13"),
        day("2025-02-03"),
        day("2025-02-17"),
        day("2025-02-24"),
    ]
    later = [*facts, session("2025-07-01")]
    assert finding("2025-07-05", *later).due_on == day("2025-07-15")
    assert finding("2025-07-06", *later).due_on == day("2025-08-01")


def test_a_later_stage_that_asks_for_less_holds_at_once() -> None:
    facts = [BY_TENURE, SINCE_JANUARY, *WEEKLY[:-1]]
    assert statuses(["2025-02-10", "2025-02-11", "2025-02-16", "2025-02-17", "2025-02-18"], *facts) == [
        "due",
        "breached",
        "breached",
        "due",
        "breached",
    ]
    assert [str(row.status) for row in rows(*facts)] == ["due", "breached", "due", "breached"]
    assert [(str(each.status), each.ended_on) for each in history("2025-02-17", *facts)][-1] == (
        "breached",
        day("2025-02-16"),
    )


def test_a_later_stage_that_asks_for_more_gives_a_weeks_notice() -> None:
    facts = [staged(every("42 days", up_to="3 months"), every("14 days")), started("2025-01-01"), session("2025-03-25")]
    assert finding("2025-03-31", *facts).due_on == day("2025-05-06")
    told = finding("2025-04-01", *facts)
    assert (told.due_on, told.status) == (day("2025-04-08"), "due")
    assert finding("2025-04-05", *facts, session("2025-04-05")).due_on == day("2025-04-19")
    late = [staged(every("42 days", up_to="3 months"), every("14 days")), started("2025-01-01"), session("2025-02-20")]
    assert finding("2025-04-01", *late).due_on == day("2025-04-03")
    assert "Another stage of the rule began on 1 April 2025; until then it was due by 3 April 2025." not in told.why
    assert "Another stage of the rule began on 1 April 2025; until then it was due by 6 May 2025." in told.why


def test_an_answer_says_in_which_stage_somebody_is_and_when_the_next_begins() -> None:
    facts = [BY_TENURE, SINCE_JANUARY, *WEEKLY]
    assert finding("2025-02-10", *facts).why.endswith(
        "This is the first stage of the rule; the next begins on 17 February 2025."
    )
    assert finding("2025-12-01", *facts).why.endswith("This is the third stage of the rule.")


def test_an_event_ends_a_stage() -> None:
    facts = [staged(every("1 week", until=PASSED), every("1 month")), SINCE_JANUARY, *WEEKLY, reached("2025-02-12")]
    assert [finding(on, *facts).due_on for on in ("2025-02-11", "2025-02-12")] == [day("2025-02-17"), day("2025-03-10")]


def test_whichever_comes_first_ends_a_stage() -> None:
    rule = staged(every("1 week", up_to="6 weeks", until=PASSED), every("1 month"))
    assert finding("2025-02-17", rule, SINCE_JANUARY, *WEEKLY).due_on == day("2025-03-10")
    assert finding("2025-02-12", rule, SINCE_JANUARY, *WEEKLY, reached("2025-02-12")).due_on == day("2025-03-10")


def test_a_stage_that_was_over_before_it_began_is_left_out() -> None:
    steps = (every("1 week", up_to="6 weeks"), every("2 weeks", until=PASSED), every("1 month"))
    facts = [staged(*steps), SINCE_JANUARY, *WEEKLY, reached("2025-01-20")]
    assert finding("2025-02-16", *facts).due_on == day("2025-02-17")
    told = finding("2025-02-17", *facts)
    assert told.due_on == day("2025-03-10")
    assert told.why.endswith("This is the third stage of the rule.")


def test_a_stage_may_be_counted_from_its_own_first_day() -> None:
    steps = (every("1 week", until=PASSED), every("2 weeks", **{"for": "1 month"}), every("1 month"))
    facts = [staged(*steps), SINCE_JANUARY, *WEEKLY, reached("2025-02-12")]
    assert [finding(on, *facts).due_on for on in ("2025-02-12", "2025-03-11", "2025-03-12")] == [
        day("2025-02-24"),
        day("2025-02-24"),
        day("2025-03-10"),
    ]


def test_after_the_last_stage_nothing_is_asked_where_something_ends_it() -> None:
    facts = [staged(every("1 week", up_to="6 weeks"), every("2 weeks", up_to="6 months")), SINCE_JANUARY]
    assert statuses(["2025-07-05", "2025-07-06"], *facts) == ["breached", "not_applicable"]
    assert finding("2025-07-06", *facts).why == "The last stage of this rule is over, and nothing is asked after it."
    assert history("2025-07-06", *facts)[-1].status == "breached"


def test_the_time_may_run_from_an_event_and_until_that_is_known_nothing_is() -> None:
    rule = staged(*NEWLY, since=APPROVED)
    unknown = finding("2025-02-01", rule, SINCE_JANUARY)
    assert (unknown.status, unknown.code, unknown.put_right) == (
        "not_assessable",
        "not_known",
        "The approval, with its date.",
    )
    assert unknown.why == (
        "What is asked depends on how long ago the approval was, and nothing recorded says when that was."
    )
    long_ago = started("2025-01-06", qualified_on="2024-08-01")
    assert finding("2025-01-31", rule, long_ago).due_on == day("2025-01-20")
    assert finding("2025-02-01", rule, long_ago, session("2025-01-30")).due_on == day("2025-02-28")


def test_a_return_begins_the_stages_anew() -> None:
    facts = [BY_TENURE, started("2024-01-01"), left("2024-12-31"), SINCE_JANUARY]
    assert finding("2025-01-06", *facts).due_on == day("2025-01-13")


def test_a_change_of_role_that_changes_nothing_for_the_rule_begins_no_stage_anew() -> None:
    changed = told("WorkerRoleChanged", worker_id="W-1", changed_on="2025-02-12", role="manager")
    assert finding("2025-02-12", BY_TENURE, SINCE_JANUARY, *WEEKLY, changed).due_on == day("2025-02-17")


def test_the_stages_of_a_new_version_hold_from_its_first_day() -> None:
    again = policy(
        {"id": "R-1", "subject": "worker",
         "stages": {"steps": [every("2 weeks", up_to="12 weeks"), every("2 months")]}},
        version="2",
    )  # fmt: skip
    facts = [BY_TENURE, SINCE_JANUARY, *WEEKLY, adopted(again, "2025-02-12")]
    assert [finding(on, *facts).due_on for on in ("2025-02-11", "2025-02-12", "2025-03-31")] == [
        day("2025-02-17"),
        day("2025-02-24"),
        day("2025-04-10"),
    ]


def test_windows_have_stages() -> None:
    weeks = {"event": SUPERVISED, "window": "week"}
    rule = staged({"up_to": "2 weeks", "every": weeks}, {"every": weeks | {"window": "month"}})
    facts = [rule, SINCE_JANUARY, session("2025-01-08")]
    assert statuses(["2025-01-12", "2025-01-13", "2025-01-19", "2025-01-20", "2025-02-28", "2025-03-01"], *facts) == [
        "due",
        "met",
        "met",
        "due",
        "due",
        "breached",
    ]
    assert [str(each.status) for each in history("2025-03-01", *facts)] == ["met", "breached", "breached"]


def test_a_number_in_a_time_has_stages() -> None:
    asked = {"event": SUPERVISED, "rolling": "2 months"}
    steps = ({"up_to": "6 months", "at_least": asked | {"times": 2}}, {"at_least": asked | {"times": 1}})
    facts = [staged(*steps), SINCE_JANUARY, session("2025-06-20")]
    assert statuses(["2025-07-05", "2025-07-06", "2025-08-20"], *facts) == ["breached", "met", "breached"]
    tighter = [staged(*reversed(({"at_least": asked | {"times": 2}}, steps[1] | {"up_to": "6 months"}))),
               SINCE_JANUARY, session("2025-06-20")]  # fmt: skip
    assert statuses(["2025-07-05", "2025-07-06", "2025-07-13", "2025-07-14"], *tighter) == [
        "met",
        "due",
        "due",
        "breached",
    ]


def test_what_the_latest_must_hold_has_stages() -> None:
    def lasting(minutes: int) -> dict[str, Any]:
        return {"latest": {"event": SUPERVISED, "has": {"minutes": {"at_least": minutes}}}}

    rule = staged({"up_to": "6 weeks", **lasting(60)}, lasting(90))
    facts = [rule, SINCE_JANUARY, session("2025-02-10", minutes=60)]
    assert statuses(["2025-02-10", "2025-02-17"], *facts) == ["met", "met"]
    assert statuses(["2025-02-17"], *facts, session("2025-02-17", minutes=60)) == ["breached"]


def test_a_deadline_has_stages() -> None:
    def recorded(limit: str) -> dict[str, Any]:
        answer = {"event": {"type": "RecordCompleted"}, "same": "session"}
        return {"within": {"after": SUPERVISED, "answered_by": answer, "limit": limit}}

    rule = staged({"up_to": "6 weeks", **recorded("2 days")}, recorded("10 days"))
    facts = [rule, SINCE_JANUARY, session("2025-02-14"), session("2025-02-16"), session("2025-02-17")]
    dues = [(item.opened_on.day, item.due_on) for item in finding("2025-02-17", *facts).items]
    assert dues == [(14, day("2025-02-24")), (16, day("2025-02-26")), (17, day("2025-02-27"))]


def test_an_approved_arrangement_holds_within_the_stages_and_is_not_taken_for_one() -> None:
    pack = policy({"id": "R-1", "subject": "worker", "stages": {"steps": [*NEWLY]}, "variations": {"every": "8 weeks"}})
    until = {"from_on": "2025-02-03", "until_on": "2025-03-31"}
    fields = {"variation_id": "V-1", "worker_id": "W-1", "rule": "R-1", "approved_by": "M-1"}
    approved = told("VariationApproved", parameters={"every": "3 weeks"}, **until, **fields)
    facts = [adopted(pack), SINCE_JANUARY, *WEEKLY[:4], approved]
    before, *since = (finding(on, *facts).due_on for on in ("2025-02-02", "2025-02-03", "2025-02-17", "2025-04-01"))
    assert before == day("2025-02-03")
    assert since == [day("2025-02-24")] * 3
    assert "Another stage" not in finding("2025-02-17", *facts).why


def test_a_case_has_stages_from_its_opening() -> None:
    discussed = {"type": "CaseDiscussed"}
    steps = [
        {"up_to": "4 weeks", "every": {"event": discussed, "limit": "1 week"}},
        {"every": {"event": discussed, "limit": "28 days"}},
    ]
    rule = adopted(policy({"id": "R-1", "subject": "case", "stages": {"steps": steps}}))
    opened = told("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="quay")
    assert [finding(on, rule, opened).due_on for on in ("2025-01-06", "2025-02-03")] == [
        day("2025-01-13"),
        day("2025-02-03"),
    ]


def test_it_says_in_words_what_is_asked_when() -> None:
    pack = policy(
        {"id": "R-1", "subject": "worker", "stages": {
            "since": "approved",
            "steps": [every("1 week", up_to="6 weeks"), every("2 weeks", up_to="6 months", until="passed"),
                      every("1 month")],
        }},
        events={"approved": APPROVED, "passed": PASSED},
    )  # fmt: skip
    [said] = [paragraph for paragraph in explain(pack_of(pack)) if paragraph.startswith("- Up to 6 weeks after")]
    first, second, third = said.splitlines()
    assert first.startswith("- Up to 6 weeks after the first approved: ")
    assert second.startswith(
        "- After that up to 6 months after the first approved or until the first passed, whichever comes first: "
    )
    assert third.startswith("- After that: ")


WRITTEN = """id: tenure
version: "1"
title: Tenure
events:
  supervision: {type: SessionHeld}
  started: {type: WorkerStarted}
  passed: {type: WorkerStageReached}
rules:
  - id: S-1
    title: Weekly, then fortnightly, then monthly
    clause: Section 1
    subject: worker
    stages:
      since: started
      steps:
        - {up_to: 6 weeks, every: {event: supervision, limit: 1 week}}
        - {up_to: 6 months, until: passed, every: {event: supervision, target: 2 weeks, limit: 3 weeks}}
        - {for: 2 years, at_least: {event: supervision, times: 10, rolling: 12 months}}
        - {every: {event: supervision, window: month}}
"""


def test_stages_are_a_policy_and_come_back_as_they_went_in() -> None:
    assert check(WRITTEN) == []
    assert pack_of(as_json(load(WRITTEN))) == load(WRITTEN)


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("since: started", "since: strated", "unknown event `strated`: did you mean `started`?"),
        ("until: passed", "until: pased", "unknown event `pased`: did you mean `passed`?"),
        ("{up_to: 6 weeks, every: {event: supervision,", "{up_to: 6 weeks, every: {event: supervison,",
         "unknown event `supervison`: did you mean `supervision`?"),
        ("up_to: 6 weeks, every", "up_to: 6 weks, every", "unknown unit `weks`: did you mean `weeks`?"),
        ("up_to: 6 weeks, every", "upto: 6 weeks, every", "unknown key `upto`: did you mean `up_to`?"),
        ("{up_to: 6 weeks, every", "{every", "nothing ends this stage, so no later one is ever reached"),
        ("up_to: 6 months", "up_to: 5 weeks", "up_to `5 weeks` must be later than `6 weeks` of the stage before"),
        ("target: 2 weeks", "target: 4 weeks", "target `4 weeks` must be sooner than limit `3 weeks`"),
        ("up_to: 6 weeks", "up_to: 6 working days", "a stage is counted in days, weeks, months or years"),
        ("window: month", "window: mont", "unknown window `mont`: did you mean `month`?"),
        ("rolling: 12 months", "rolling: 12 months, silent_for: 2 years", "silent_for `2 years` must be shorter"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_stages_is_said_on_its_line(old: str, new: str, detail: str) -> None:
    text = WRITTEN.replace(old, new)
    fault = the_fault(text)
    assert fault.detail.startswith(detail)
    assert fault.line == line_of(text, new)


def test_a_stage_asks_one_thing() -> None:
    both = "window: month}, at_least: {event: supervision, times: 1, window: year}}"
    fault = the_fault(WRITTEN.replace("window: month}}", both))
    assert fault.detail.startswith(
        "a stage needs exactly one of every, within, exists, at_least, at_most, latest; found every"
    )
    assert fault.line == line_of(WRITTEN, "window: month")


def test_one_stage_alone_is_no_change() -> None:
    [first, *rest] = [line for line in WRITTEN.splitlines() if line.startswith("        - ")]
    text = "\n".join(line for line in WRITTEN.splitlines() if line not in rest)
    fault = the_fault(text)
    assert fault.line == line_of(text, first)
