"""What is open is carried on to the next session; an unheld session owes another; ad hoc matters are returned to."""

from app.events.facts import Fact
from tests.domain.told import adopted, day, finding, history, left, policy, session, started, statuses, told

STARTED = started("2025-01-01")
FORMAL = {"type": "SessionHeld", "where": {"kind": "individual"}}
CARRIED = {
    "open": {"type": "ActionAgreed", "called": "action"},
    "closed_by": {"event": {"type": "ActionCompleted"}, "same": "action"},
    "to": FORMAL,
    "followed_up_by": {"event": {"type": "ActionFollowedUp"}, "same": "action"},
}


def carried(**more: object) -> Fact:
    return adopted(policy({"id": "R-1", "subject": "worker", "carried": CARRIED | more}))


def action(on: str, number: int = 1, **more: str) -> Fact:
    return told("ActionAgreed", **{"action_id": f"T-{number}", "agreed_on": on, "worker_id": "W-1"} | more)


def followed_up(on: str, number: int = 1, **more: str) -> Fact:
    return told("ActionFollowedUp", action_id=f"T-{number}", followed_up_on=on, outcome="continues", **more)


def closed(on: str, number: int = 1) -> Fact:
    return told("ActionCompleted", action_id=f"T-{number}", completed_on=on)


def test_what_is_open_is_followed_up_on_the_day_of_the_next_session_or_as_part_of_it() -> None:
    facts = [carried(), STARTED, action("2025-02-03"), session("2025-03-03", session_id="S-2")]
    assert statuses(["2025-03-02", "2025-03-03"], *facts) == ["not_yet_applicable", "breached"]
    assert statuses(["2025-03-03"], *facts, followed_up("2025-03-03")) == ["met"]
    assert statuses(["2025-03-03", "2025-03-06"], *facts, followed_up("2025-03-06", session_id="S-2")) == [
        "breached",
        "met",
    ]
    assert statuses(["2025-03-03"], *facts, followed_up("2025-02-20")) == ["breached"]
    assert statuses(["2025-03-06"], *facts, followed_up("2025-03-06")) == ["late_met"]


def test_what_is_closed_before_the_session_needs_no_more() -> None:
    facts = [carried(), STARTED, action("2025-02-03"), session("2025-03-03")]
    assert finding("2025-03-03", *facts, closed("2025-03-02")).why.endswith("nothing was open from before.")
    assert statuses(["2025-03-03"], *facts, closed("2025-03-03")) == ["met"]


def test_what_is_agreed_at_a_session_is_open_from_the_next_on() -> None:
    held = [session("2025-03-03", session_id="S-2"), session("2025-04-07", session_id="S-3")]
    agreed = [action("2025-03-03", 1), action("2025-02-28", 2, session_id="S-2")]
    facts = [carried(), STARTED, *held, *agreed]
    assert statuses(["2025-03-03", "2025-04-07"], *facts) == ["met", "breached"]
    found = finding("2025-04-10", *facts, followed_up("2025-04-07", 2))
    assert [(item.action_id, item.status, item.days_late) for item in found.items] == [
        ("T-2", "met", None),
        ("T-1", "breached", 3),
    ]
    assert "two were open from before, and one (of 3 March 2025) has not been followed up" in found.why


def test_each_session_asks_again_and_the_earlier_ones_are_history() -> None:
    held = [session(on) for on in ("2025-03-03", "2025-04-07", "2025-05-05")]
    facts = [carried(), STARTED, action("2025-02-03"), *held, followed_up("2025-04-07"), followed_up("2025-05-12")]
    assert statuses(["2025-04-06", "2025-04-07", "2025-05-05", "2025-05-12"], *facts) == [
        "breached", "met", "breached", "late_met",
    ]  # fmt: skip
    found = history("2025-05-12", *facts)
    assert [(str(past.due_on), past.status, past.ended_on) for past in found] == [
        ("2025-03-03", "late_met", None), ("2025-04-07", "met", None), ("2025-05-05", "late_met", None),
    ]  # fmt: skip
    alone = [carried(), STARTED, action("2025-02-03"), *held]
    assert [str(past.ended_on) for past in history("2025-05-12", *alone)] == ["2025-04-06", "2025-05-04", "None"]
    assert finding("2025-05-12", *alone).failed_in_12_months == 2


def test_what_belongs_to_somebody_else_is_not_carried_on() -> None:
    facts = [carried(), STARTED, action("2025-02-03", worker_id="W-2", session_id="S-1"), session("2025-03-03")]
    assert statuses(["2025-03-03"], *facts, session("2025-02-03", session_id="S-1")) == ["met"]


def test_who_has_left_carries_nothing_on() -> None:
    facts = [carried(), STARTED, action("2025-02-03"), session("2025-03-03"), left("2025-03-31")]
    assert statuses(["2025-03-31", "2025-04-01"], *facts) == ["breached", "not_applicable"]


def test_an_ad_hoc_matter_returns_at_the_next_formal_session() -> None:
    ad_hoc = {"type": "SessionHeld", "where": {"kind": "ad_hoc"}, "called": "ad hoc session"}
    returns = {"open": ad_hoc, "to": FORMAL, "followed_up_by": {"event": FORMAL, "same": "revisit"}}
    pack = adopted(policy({"id": "R-1", "subject": "worker", "carried": returns}))
    facts = [pack, STARTED, session("2025-02-10", kind="ad_hoc", session_id="S-1")]
    assert statuses(["2025-03-03"], *facts, session("2025-03-03", revisits=["S-1"])) == ["met"]
    assert statuses(["2025-03-03"], *facts, session("2025-03-03", revisits=["S-7"])) == ["breached"]


def test_a_session_that_was_not_held_owes_another() -> None:
    missed = {"type": "SessionMissed", "called": "missed session"}
    owed = {"after": missed, "answered_by": {"event": FORMAL, "same": "worker"}, "limit": "14 days"}
    pack = adopted(policy({"id": "R-1", "subject": "worker", "within": owed}))
    cancelled = told("SessionMissed", session_id="S-2", worker_id="W-1", planned_for="2025-03-03", outcome="cancelled")
    facts = [pack, STARTED, session("2025-02-03"), cancelled]
    assert statuses(["2025-03-17", "2025-03-18"], *facts) == ["due", "breached"]
    assert statuses(["2025-03-18"], *facts, session("2025-03-17")) == ["met"]


def test_what_only_has_them_for_its_owner_is_of_no_meeting_of_theirs() -> None:
    owned = {"after": {"type": "ActionAgreed"}, "belongs_by": "owner_id", "due_on": "due_on",
             "answered_by": {"event": {"type": "ActionCompleted"}, "same": "action"}}  # fmt: skip
    pack = adopted(
        policy(
            {"id": "R-1", "subject": "worker", "carried": CARRIED},
            {"id": "R-2", "subject": "worker", "within": owned},
        )
    )
    agreed = told("ActionAgreed", action_id="T-1", agreed_on="2025-02-03", owner_id="W-1")
    facts = [pack, STARTED, session("2025-02-03", session_id="S-1"), session("2025-03-03"), agreed]
    assert statuses(["2025-03-03"], *facts) == ["met"]
    at_theirs = told("ActionAgreed", action_id="T-2", agreed_on="2025-02-03", owner_id="W-1", session_id="S-1")
    assert statuses(["2025-03-03"], *facts, at_theirs) == ["breached"]


def test_each_thing_that_was_open_is_named_with_its_days() -> None:
    facts = [carried(), STARTED, action("2025-02-03"), action("2025-02-10", 2), action("2025-02-17", 3)]
    facts[2] = action("2025-02-03", session_id="S-1", discussion_id="D-1")
    facts += [session("2025-03-03"), followed_up("2025-03-03", 1), followed_up("2025-03-06", 2)]
    found = finding("2025-03-10", *facts)
    assert [
        (item.action_id, item.opened_on, item.due_on, item.met_on, str(item.status), item.code, item.days_late,
         item.age_days) for item in found.items
    ] == [
        ("T-1", day("2025-02-03"), day("2025-03-03"), day("2025-03-03"), "met", None, None, 28),
        ("T-2", day("2025-02-10"), day("2025-03-03"), day("2025-03-06"), "late_met", None, 3, 24),
        ("T-3", day("2025-02-17"), day("2025-03-03"), None, "breached", "not_followed_up", 7, 21),
    ]  # fmt: skip
    assert (found.opened_on, found.last.on, found.met_on, found.code) == (
        day("2025-03-03"), day("2025-03-03"), None, "not_followed_up",
    )  # fmt: skip
    assert [len(item.evidence) for item in found.items] == [1, 1, 0]
    assert [(item.session_id, item.discussion_id) for item in found.items][:2] == [("S-1", "D-1"), (None, None)]
    done = finding("2025-03-12", *facts, followed_up("2025-03-11", 3))
    assert (done.status, done.met_on, done.code) == ("late_met", day("2025-03-11"), None)


def test_what_the_session_itself_followed_up_is_in_time_though_recorded_later_than_another() -> None:
    facts = [carried(), STARTED, action("2025-02-03"), session("2025-03-03", session_id="S-2")]
    facts += [followed_up("2025-03-05"), followed_up("2025-03-06", session_id="S-2")]
    assert statuses(["2025-03-05", "2025-03-06"], *facts) == ["late_met", "met"]
