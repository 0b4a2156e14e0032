"""No more than so many in a time: from the one that is too many until enough have fallen out."""

from typing import Any

from app.events.facts import Fact
from tests.domain.told import adopted, day, finding, history, policy, rows, session, started, status, statuses, told

DUTY = {"type": "SessionHeld", "where": {"kind": "ad_hoc"}, "called": "unplanned session"}
STARTED = started("2024-01-01")
RULE = {"id": "R-1", "subject": "worker"}
TWO = {"event": DUTY, "times": 2, "rolling": "3 months"}


def allowed(**more: Any) -> Fact:
    return adopted(policy(RULE | {"at_most": TWO | more}))


def held(*days: str, **more: Any) -> list[Fact]:
    return [session(on, kind="ad_hoc", **more) for on in days]


THREE = held("2024-02-10", "2024-03-01", "2024-03-20")


def test_two_are_allowed_and_the_third_is_one_too_many() -> None:
    facts = [allowed(), STARTED, *THREE]
    assert statuses(["2024-01-01", "2024-03-19", "2024-03-20"], *facts) == ["met", "met", "breached"]
    found = finding("2024-04-01", *facts)
    assert (found.count, found.allowed, found.due_on, found.days_late) == (3, 2, day("2024-03-19"), 13)
    assert found.why == (
        "Unplanned session: 3 in the 3 months up to 1 April 2024. The policy allows no more than 2 in any 3 months: "
        "1 too many."
    )
    assert found.put_right == (
        "Nothing more of the kind: it is met again once there are no more than allowed, at the earliest on 10 May 2024."
    )
    assert len(found.evidence) == 3


def test_it_is_met_again_once_the_first_has_fallen_out() -> None:
    facts = [allowed(), STARTED, *THREE]
    assert [(str(row.status), row.from_on) for row in rows(*facts)] == [
        ("met", day("2024-01-01")), ("breached", day("2024-03-20")), ("met", day("2024-05-10")),
    ]  # fmt: skip
    assert [(one.due_on, one.met_on, str(one.status)) for one in history("2024-06-01", *facts)] == [
        (day("2024-03-19"), day("2024-05-10"), "late_met")
    ]
    assert [len(one.evidence) for one in history("2024-06-01", *facts)] == [3]


def test_a_window_that_was_overstepped_stays_so_until_the_next_is_complete() -> None:
    facts = [allowed(rolling=None, window="month"), STARTED, *held("2024-03-05", "2024-03-06", "2024-03-07")]
    days = ["2024-03-06", "2024-03-07", "2024-04-30", "2024-05-01"]
    assert statuses(days, *facts) == ["met", "breached", "breached", "met"]
    assert finding("2024-04-10", *facts).why.startswith("Unplanned session: 3 in March 2024.")
    assert [row.from_on for row in rows(*facts)] == [day("2024-01-01"), day("2024-03-07"), day("2024-05-01")]


def test_none_at_all_may_be_allowed() -> None:
    facts = [allowed(times=0), STARTED]
    assert statuses(["2024-02-09", "2024-02-10"], *facts, *held("2024-02-10")) == ["met", "breached"]


def test_minutes_are_added_up_and_one_of_unknown_length_may_be_too_much() -> None:
    facts = [allowed(times=None, minutes=100), STARTED, *held("2024-02-10", minutes=60)]
    assert status("2024-03-01", *facts, *held("2024-02-20", minutes=40)) == "met"
    assert status("2024-03-01", *facts, *held("2024-02-20", minutes=41)) == "breached"
    unknown = finding("2024-03-01", *facts, *held("2024-02-20"))
    assert (unknown.status, unknown.code) == ("not_assessable", "not_known")
    assert [str(row.status) for row in rows(*facts, *held("2024-02-20"))] == ["met", "not_assessable", "met"]


def test_what_happened_before_the_rule_applied_is_held_against_nobody() -> None:
    facts = [adopted(policy(RULE | {"at_most": TWO}), "2024-03-10"), STARTED, *THREE]
    assert status("2024-03-20", *facts) == "met"
    assert "counted from the day the rule applied" in finding("2024-03-20", *facts).why


def test_what_an_earlier_version_allowed_was_allowed_and_the_next_one_is_too_many() -> None:
    fewer = adopted(policy(RULE | {"at_most": TWO | {"times": 1}}, version="2"), "2024-03-10")
    facts = [allowed(), STARTED, *THREE[:2], fewer]
    newly = finding("2024-03-10", *facts)
    assert (newly.status, newly.count) == ("met", 2)
    assert newly.why.endswith("What there was before that was newly set was allowed when it happened.")
    assert status("2024-03-20", *facts, *THREE[2:]) == "breached"


def test_what_was_one_too_many_and_has_passed_is_not_taken_up_again_by_a_stricter_version() -> None:
    stricter = adopted(policy(RULE | {"at_most": TWO | {"times": 0}}, version="2"), "2024-05-20")
    facts = [allowed(), STARTED, *THREE]
    assert statuses(["2024-05-09", "2024-05-19", "2024-05-20"], *facts, stricter) == ["breached", "met", "met"]
    while_broken = adopted(policy(RULE | {"at_most": TWO | {"times": 1}}, version="2"), "2024-05-01")
    assert statuses(["2024-04-30", "2024-05-10", "2024-06-01"], *facts, while_broken) == ["breached", "breached", "met"]


def test_what_counts_in_part_counts_in_part_here_too() -> None:
    half = {"credit": [{"where": {"mode": "remote"}, "counts": "1/2"}]}
    facts = [allowed(**half), STARTED, *THREE[:1]]
    assert status("2024-03-20", *facts, *held("2024-03-01", "2024-03-02", mode="remote")) == "met"
    assert status("2024-03-20", *facts, *held("2024-03-01", "2024-03-02", "2024-03-03", mode="remote")) == "breached"


def test_the_last_that_counted_and_the_first_day_of_the_time_are_named() -> None:
    found = finding("2024-04-01", allowed(), STARTED, *THREE)
    assert (found.opened_on, found.last.on, found.met_on) == (day("2024-01-02"), day("2024-03-20"), None)
    none_yet = finding("2024-01-10", allowed(), STARTED)
    assert (none_yet.opened_on, none_yet.last) == (day("2024-01-01"), None)


def test_one_of_unknown_kind_leaves_it_open_only_where_it_could_be_one_too_many() -> None:
    pack = policy(RULE | {"at_most": TWO})
    pack["codes"]["more"] = {"session_kinds": ["individual", "ad_hoc"]}
    facts = [adopted(pack), STARTED, *held("2024-02-10"), session("2024-02-20", kind="walk_and_talk")]
    assert status("2024-03-01", *facts) == "met"
    assert statuses(["2024-03-04", "2024-03-05"], *facts, *held("2024-03-05")) == ["met", "not_assessable"]


def test_what_is_one_too_many_may_be_excused_up_to_a_day() -> None:
    granted = told("ExcusalGranted", worker_id="W-1", rule="R-1", from_on="2024-03-20", until_on="2024-04-09",
                   granted_by="M-1")  # fmt: skip
    facts = [adopted(policy(RULE | {"at_most": TWO, "excusals": {}})), STARTED, *THREE, granted]
    assert statuses(["2024-03-20", "2024-04-09", "2024-04-10"], *facts) == ["excused", "excused", "breached"]
    assert finding("2024-04-01", *facts).next_on == day("2024-04-10")
    assert (finding("2024-04-01", *facts).code, finding("2024-04-01", *facts).days_late) == (None, None)
