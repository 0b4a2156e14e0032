"""An approved arrangement changes what a rule asks of one subject, as far as the policy lets it, and no further."""

from typing import Any

import pytest

from app.domain.policy.loading import check
from app.events.facts import Fact
from tests.domain.test_loading import ROLLING, changed
from tests.domain.told import (
    adopted,
    day,
    finding,
    history,
    left,
    opened,
    policy,
    rows,
    session,
    started,
    status,
    statuses,
    told,
)

PERSONAL = {"type": "SessionHeld", "where": {"kind": "individual"}}
EVERY = {"event": PERSONAL, "target": "28 days", "limit": "42 days"}
STARTED = started("2025-01-01", team_id="T-1")


def asked(**more: Any) -> Fact:
    return adopted(policy({"id": "R-1", "subject": "worker", "every": EVERY} | more))


def arranged(since: str, until: str | None = None, **parameters: Any) -> Fact:
    ends = {} if until is None else {"until_on": until}
    whom = parameters.pop("whom", {"worker_id": "W-1"})
    name = parameters.pop("name", "V-1")
    rule = parameters.pop("rule", "R-1")
    return told(
        "VariationApproved", variation_id=name, rule=rule, parameters=parameters, from_on=since,
        approved_by="M-1", **whom, **ends,
    )  # fmt: skip


TIGHTER = asked(variations={"every": "tighter"})
LOOSER = asked(variations={"every": "8 weeks"})


def test_a_temporary_uplift_is_asked_while_it_lasts() -> None:
    facts = [TIGHTER, STARTED, session("2025-03-03"), arranged("2025-03-03", "2025-04-13", every="7 days")]
    uplift = finding("2025-03-10", *facts)
    assert (uplift.status, uplift.due_on) == ("due", day("2025-03-10"))
    assert status("2025-03-11", *facts) == "breached"
    assert uplift.why.endswith(
        "An approved arrangement applies from 3 March 2025 to 13 April 2025: every 1 week (7 days)."
    )
    assert uplift.arrangement is not None
    assert (uplift.arrangement.approved_by, uplift.arrangement.terms) == ("M-1", {"every": "7 days"})
    assert (uplift.arrangement.from_on, uplift.arrangement.until_on) == (day("2025-03-03"), day("2025-04-13"))


def test_after_its_last_day_the_rule_asks_what_it_asks_of_everybody() -> None:
    facts = [TIGHTER, STARTED, session("2025-04-08"), arranged("2025-03-03", "2025-04-13", every="7 days")]
    assert finding("2025-04-13", *facts).due_on == day("2025-04-15")
    after = finding("2025-04-14", *facts)
    assert (after.status, after.target_on, after.due_on, after.arrangement) == (
        "due", day("2025-05-06"), day("2025-05-20"), None,
    )  # fmt: skip
    assert [(str(row.status), row.from_on) for row in rows(*facts)][-3:] == [
        ("due", day("2025-04-08")), ("tolerated", day("2025-05-07")), ("breached", day("2025-05-21")),
    ]  # fmt: skip


def test_what_was_open_is_re_dated_with_a_weeks_notice() -> None:
    facts = [TIGHTER, STARTED, session("2025-03-03"), arranged("2025-03-20", every="14 days")]
    assert finding("2025-03-19", *facts).target_on == day("2025-03-31")
    assert finding("2025-03-20", *facts).due_on == day("2025-03-27"), "17 March would give no notice"


def test_an_arrangement_ends_when_that_is_told() -> None:
    facts = [TIGHTER, STARTED, session("2025-03-03"), arranged("2025-03-03", every="7 days")]
    ended = told("VariationEnded", variation_id="V-1", ended_on="2025-03-08")
    assert finding("2025-03-09", *facts).due_on == day("2025-03-10")
    assert finding("2025-03-08", *facts, ended).due_on == day("2025-03-10")
    assert finding("2025-03-09", *facts, ended).due_on == day("2025-04-14")


def test_a_looser_one_counts_as_far_as_the_policy_allows_it() -> None:
    facts = [STARTED, session("2025-03-03")]
    assert finding("2025-04-20", LOOSER, *facts, arranged("2025-03-03", every="8 weeks")).due_on == day("2025-04-28")
    far = finding("2025-04-20", LOOSER, *facts, arranged("2025-03-03", every="9 weeks"))
    assert (far.status, far.due_on) == ("breached", day("2025-04-14"))
    assert far.why.endswith(
        "An approved arrangement (every 9 weeks) is none that the policy allows, so it changes nothing."
    )
    assert far.arrangement is not None
    assert far.arrangement.terms == {}


def test_a_rule_that_lets_nothing_vary_is_changed_by_nothing() -> None:
    facts = [asked(), STARTED, session("2025-03-03"), arranged("2025-03-03", every="7 days")]
    assert finding("2025-03-20", *facts).due_on == day("2025-04-14")


def test_an_arrangement_for_a_team_holds_for_its_people_and_may_only_tighten() -> None:
    facts = [LOOSER, STARTED, session("2025-03-03")]
    tight = arranged("2025-03-03", whom={"team_id": "T-1"}, every="21 days")
    assert finding("2025-03-20", *facts, tight).due_on == day("2025-03-24")
    assert finding("2025-03-03", *facts, tight).due_on == day("2025-03-24"), "from its first day on"
    assert "for the team" in finding("2025-03-20", *facts, tight).why
    loose = arranged("2025-03-03", whom={"team_id": "T-1"}, every="8 weeks")
    assert finding("2025-03-20", *facts, loose).due_on == day("2025-04-14")
    assert finding("2025-03-20", *facts, arranged("2025-03-03", whom={"team_id": "T-2"}, every="7 days")).due_on == (
        day("2025-04-14")
    )
    own = arranged("2025-03-03", name="V-2", every="8 weeks")
    assert finding("2025-03-20", *facts, tight, own).due_on == day("2025-04-28"), "somebody's own comes first"


def test_the_team_of_the_day_is_the_one_whose_arrangement_holds() -> None:
    moved = told("WorkerRoleChanged", worker_id="W-1", changed_on="2025-03-10", role="worker", team_id="T-2")
    facts = [LOOSER, STARTED, session("2025-03-03"), arranged("2025-03-03", whom={"team_id": "T-1"}, every="21 days")]
    assert [finding(on, *facts, moved).due_on for on in ("2025-03-09", "2025-03-10")] == [
        day("2025-03-24"), day("2025-04-14"),
    ]  # fmt: skip


def test_of_two_that_run_the_last_to_begin_holds() -> None:
    facts = [TIGHTER, STARTED, session("2025-03-03"), arranged("2025-03-03", every="21 days")]
    second = arranged("2025-03-05", "2025-03-06", name="V-2", every="14 days")
    dues = [finding(on, *facts, second).due_on for on in ("2025-03-04", "2025-03-05", "2025-03-07")]
    assert dues == [day("2025-03-24"), day("2025-03-17"), day("2025-03-24")]


QUOTA = {"event": PERSONAL, "times": 10, "rolling": "12 months"}
OF_KINDS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str, tuple[str, str]]] = [
    ({"at_least": QUOTA}, {"times": 2}, {"times": 2}, "2026-01-01", ("breached", "met")),
    ({"at_most": {"event": PERSONAL, "times": 1, "rolling": "12 months"}}, {"times": 2}, {"times": 2}, "2025-12-01",
     ("breached", "met")),
    ({"latest": {"event": PERSONAL, "has": {"minutes": {"at_least": 90}}}}, {"minutes": 60}, {"minutes": 60},
     "2025-12-01", ("breached", "met")),
    ({"every": {"event": PERSONAL, "window": "month", "empty_allowed": 1}}, {"empty_allowed": 6}, {"empty_allowed": 6},
     "2025-12-01", ("breached", "tolerated")),
    ({"within": {"after": PERSONAL, "answered_by": {"event": {"type": "RecordCompleted"}, "same": "session"},
      "limit": "5 days"}}, {"limit": "1 year"}, {"limit": "1 year"}, "2025-12-01", ("breached", "due")),
    ({"exists": {"event": {"type": "AgreementMade"}, "grace": {"limit": "28 days"}}}, {"limit": "1 year"},
     {"limit": "1 year"}, "2025-12-01", ("breached", "due")),
]  # fmt: skip


@pytest.mark.parametrize(("duty", "furthest", "parameters", "on", "expected"), OF_KINDS)
def test_every_kind_of_rule_has_terms_that_may_be_arranged(
    duty: dict[str, Any], furthest: dict[str, Any], parameters: dict[str, Any], on: str, expected: tuple[str, str]
) -> None:
    pack = adopted(policy({"id": "R-1", "subject": "worker", "variations": furthest} | duty))
    facts = [pack, STARTED, session("2025-08-01", minutes=60), session("2025-08-08", minutes=60)]
    assert (status(on, *facts), status(on, *facts, arranged("2025-01-01", **parameters))) == expected
    tighter_only = adopted(
        policy({"id": "R-1", "subject": "worker", "variations": dict.fromkeys(furthest, "tighter")} | duty)
    )
    assert status(on, tighter_only, *facts[1:], arranged("2025-01-01", **parameters)) == expected[0]


def test_a_row_of_a_table_may_be_varied_for_one_case() -> None:
    row = {"id": "R-2", "when": {"service": "quay"}, "every": {"event": {"type": "CaseDiscussed"}, "limit": "28 days"}}
    pack = policy({"id": "R-1", "subject": "case", "table": {"rows": [row | {"variations": {"every": "tighter"}}]}})
    vary = arranged("2025-01-01", rule="R-2", whom={"case_id": "C-1"}, every="7 days")
    found = finding("2025-01-09", adopted(pack), opened("2025-01-01"), vary, rule="R-2")
    assert (found.status, found.due_on) == ("breached", day("2025-01-08"))


# --- part-time --------------------------------------------------------------------------------------------------------


def test_part_time_work_is_asked_pro_rata() -> None:
    quota = adopted(policy({"id": "R-1", "subject": "worker", "pro_rata": True, "at_least": QUOTA}))
    assert finding("2025-06-01", quota, started("2025-01-01", fte="0.75")).needed == 7
    rhythm = asked(pro_rata=True)
    half = finding("2025-01-10", rhythm, started("2025-01-01", fte="0.5"))
    assert (half.target_on, half.due_on) == (day("2025-02-26"), day("2025-03-26"))
    assert finding("2025-01-10", rhythm, started("2025-01-01", fte="1.2")).due_on == day("2025-02-12")


def test_what_happens_on_the_day_an_arrangement_begins_or_ends_is_asked_about_once() -> None:
    answer = {"event": {"type": "RecordCompleted"}, "same": "session"}
    within = {"after": PERSONAL, "answered_by": answer, "limit": "5 days"}
    pack = adopted(policy({"id": "R-1", "subject": "worker", "variations": {"limit": "1 year"}, "within": within}))
    held = [session(on) for on in ("2025-03-02", "2025-03-03", "2025-03-04", "2025-03-09", "2025-03-10", "2025-03-11")]
    facts = [pack, STARTED, *held, arranged("2025-03-03", "2025-03-09", limit="10 days")]
    assert [(one.opened_on, one.due_on) for one in history("2025-06-01", *facts)] == [
        (day("2025-03-02"), day("2025-03-12")), (day("2025-03-03"), day("2025-03-13")),
        (day("2025-03-04"), day("2025-03-14")), (day("2025-03-09"), day("2025-03-17")),
        (day("2025-03-10"), day("2025-03-15")), (day("2025-03-11"), day("2025-03-16")),
    ]  # fmt: skip


def test_none_at_all_may_be_arranged() -> None:
    most = {"at_most": {"event": PERSONAL, "times": 1, "rolling": "12 months"}}
    pack = adopted(policy({"id": "R-1", "subject": "worker", "variations": {"times": "tighter"}} | most))
    facts = [pack, STARTED, arranged("2025-03-03", times=0), session("2025-03-10")]
    assert statuses(["2025-03-09", "2025-03-10"], *facts) == ["met", "breached"]


def test_minutes_are_asked_pro_rata_too() -> None:
    minutes = {"event": PERSONAL, "minutes": 600, "rolling": "12 months"}
    quota = adopted(policy({"id": "R-1", "subject": "worker", "pro_rata": True, "at_least": minutes}))
    assert finding("2025-06-01", quota, started("2025-01-01", fte="0.5")).needed == 300


def test_what_is_looser_than_the_policy_allows_but_tighter_than_what_is_asked_of_part_time_work_holds() -> None:
    facts = [asked(pro_rata=True, variations={"every": "8 weeks"}), started("2025-01-01", fte="0.5")]
    assert finding("2025-01-10", *facts).due_on == day("2025-03-26")
    assert finding("2025-01-10", *facts, arranged("2025-01-01", every="10 weeks")).due_on == day("2025-03-12")


def test_that_an_arrangement_will_end_is_not_known_before_it_is_told_of_that_day() -> None:
    facts = [TIGHTER, STARTED, session("2025-03-03"), arranged("2025-03-03", every="7 days")]
    ended = told("VariationEnded", variation_id="V-1", ended_on="2025-03-08")
    untils = [finding(on, *facts, ended).arrangement.until_on for on in ("2025-03-07", "2025-03-08")]
    assert untils == [None, day("2025-03-08")]


def test_it_follows_a_change_of_working_time() -> None:
    more = told("WorkerRoleChanged", worker_id="W-1", changed_on="2025-02-01", role="worker", fte="1")
    facts = [asked(pro_rata=True), started("2025-01-01", fte="0.5"), more]
    assert [finding(on, *facts).due_on for on in ("2025-01-31", "2025-02-01")] == [day("2025-03-26"), day("2025-02-12")]


def test_working_time_that_nobody_told_leaves_it_open() -> None:
    unknown = finding("2025-06-01", asked(pro_rata=True), STARTED)
    assert (unknown.status, unknown.code) == ("not_assessable", "not_known")
    assert unknown.put_right == "How much of full time this worker works."


# --- excusals ---------------------------------------------------------------------------------------------------------


def excusal(since: str, until: str, rule: str = "R-1") -> Fact:
    return told("ExcusalGranted", worker_id="W-1", rule=rule, from_on=since, until_on=until, granted_by="M-1")


EXCUSABLE = asked(excusals={"longest": "6 weeks"})


def test_what_would_be_late_is_excused_on_the_days_that_were_excused() -> None:
    facts = [EXCUSABLE, STARTED, session("2025-03-03"), excusal("2025-04-10", "2025-04-30")]
    assert statuses(["2025-04-14", "2025-04-15", "2025-04-30", "2025-05-01"], *facts) == [
        "tolerated", "excused", "excused", "breached",
    ]  # fmt: skip
    found = finding("2025-04-20", *facts)
    assert found.why.endswith("It was excused from 10 April 2025 to 30 April 2025.")
    assert (found.days_late, found.due_on) == (None, day("2025-04-14"))
    assert [str(row.status) for row in rows(*facts)][-3:] == ["tolerated", "excused", "breached"]


def test_what_was_made_good_on_excused_days_was_excused_in_the_history() -> None:
    facts = [EXCUSABLE, STARTED, session("2025-03-03"), excusal("2025-04-10", "2025-04-30")]
    assert [str(one.status) for one in history("2025-06-01", *facts, session("2025-04-28"))][-2:] == [
        "excused",
        "tolerated",
    ]
    assert str(history("2025-05-20", *facts, session("2025-05-02"))[-1].status) == "late_met"


def test_an_excusal_longer_than_the_policy_allows_or_of_another_rule_excuses_nothing() -> None:
    facts = [EXCUSABLE, STARTED, session("2025-03-03")]
    long = finding("2025-04-20", *facts, excusal("2025-04-10", "2025-05-22"))
    assert long.status == "breached"
    assert long.why.endswith("for longer than the 6 weeks that the policy allows, which changes nothing.")
    assert status("2025-04-20", *facts, excusal("2025-04-10", "2025-05-21")) == "excused"
    assert status("2025-04-20", *facts, excusal("2025-04-10", "2025-04-30", "R-2")) == "breached"
    assert status("2025-04-20", asked(), *facts[1:], excusal("2025-04-10", "2025-04-30")) == "breached"


def test_a_month_that_ended_on_an_excused_day_is_no_empty_one() -> None:
    monthly = {"every": {"event": PERSONAL, "window": "month", "empty_allowed": 1}, "excusals": {}}
    facts = [adopted(policy({"id": "R-1", "subject": "worker"} | monthly)), STARTED, session("2025-01-10")]
    march = excusal("2025-03-15", "2025-03-31")
    assert [status("2025-04-02", *facts, *more) for more in ([], [march])] == ["breached", "tolerated"]
    only = finding("2025-04-02", *facts, session("2025-02-03"), march)
    assert only.status == "excused"
    assert only.why.startswith("March 2025 was excused.")


def test_nobody_is_excused_after_leaving() -> None:
    facts = [EXCUSABLE, STARTED, session("2025-03-03"), excusal("2025-04-10", "2025-04-30"), left("2025-04-20")]
    assert status("2025-04-21", *facts) == "not_applicable"


# --- what a pack may say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("variations: {evry: tighter}", "unknown term `evry`: did you mean `every`?"),
        ("variations: {every: 4 weeks}", "`4 weeks` is no looser than the rule's own `42 days`: write `tighter`"),
        ("variations: {every: 3}", "`every` of this rule is `42 days`: write a length such as `8 weeks`, or `tighter`"),
        ("variations: {every: soon}", "is not a length of time"),
        ("excusals: {longest: 6 wekes}", "unknown unit `wekes`: did you mean `weeks`?"),
        ("excusals: {longst: 6 weeks}", "unknown key `longst`: did you mean `longest`?"),
    ],
)
def test_what_cannot_be_arranged_is_refused_where_it_stands(more: str, said: str) -> None:
    faults = check(changed(ROLLING, f"{ROLLING}\n    {more}"))
    assert [fault for fault in faults if said in fault.detail and fault.line > 20], faults


def test_pro_rata_is_for_workers_and_for_what_can_be_divided() -> None:
    faults = check(changed(ROLLING, "latest: {event: session, has: {minutes: 9}}\n    pro_rata: true"))
    assert ["only an interval or a number" in fault.detail for fault in faults] == [True]
