"""What an absence of the worker does to a rolling rule: nothing, excuse what it caused, or stop the clock (RD-14)."""

from typing import Any

import pytest

from app.events.facts import Fact
from tests.domain.told import (
    absent,
    adopted,
    day,
    finding,
    history,
    policy,
    rows,
    session,
    started,
    status,
    statuses,
    told,
)

SUPERVISED = {"type": "SessionHeld", "where": {"kind": "individual"}, "said": "supervised"}


def rule(effect: str, **more: Any) -> list[Fact]:
    every = {"event": SUPERVISED, "target": "28 days", "limit": "42 days"}
    pack = policy({"id": "R-1", "subject": "worker", "every": every, "absence": {"effect": effect} | more})
    return [adopted(pack), started("2025-01-01"), session("2025-03-03")]


EXCUSED = rule("excuse")


def test_a_long_absence_inside_the_interval_excuses_what_would_be_late() -> None:
    facts = [*EXCUSED, *absent("2025-03-20", "2025-04-20")]
    days = ["2025-03-31", "2025-04-01", "2025-04-14", "2025-04-15", "2025-06-02", "2025-06-03"]
    assert statuses(days, *facts) == ["due", "tolerated", "tolerated", "excused", "excused", "breached"]
    found = finding("2025-04-25", *facts)
    assert (found.due_on, found.due_again_on, found.days_late) == (day("2025-04-14"), day("2025-06-02"), None)
    assert found.why.endswith(
        "so it was due by 14 April 2025 at the latest. The absence from 20 March 2025 to 20 April 2025 excused that, "
        "and it is due again by 2 June 2025."
    )
    assert found.put_right == "To be supervised by 2 June 2025."
    assert finding("2025-06-03", *facts).days_late == 1


def test_while_the_absence_lasts_it_is_excused_and_due_after_the_return() -> None:
    facts = [*EXCUSED, *absent("2025-03-20")]
    found = finding("2025-12-31", *facts)
    assert (found.status, found.due_on, found.due_again_on) == ("excused", day("2025-04-14"), None)
    assert found.put_right == "To be supervised after the return."
    assert rows(*facts)[-1].until_on is None


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2025-04-01", "2025-04-14", "excused"),
        ("2025-04-02", "2025-04-15", "excused"),
        ("2025-04-02", "2025-06-30", "excused"),
        ("2025-04-02", "2025-04-14", "breached"),
        ("2025-03-03", "2025-03-16", "excused"),
        ("2025-02-17", "2025-03-15", "excused"),
        ("2025-02-10", "2025-03-02", "breached"),
        ("2025-04-15", "2025-06-30", "breached"),
    ],
)
def test_fourteen_days_running_that_begin_by_the_limit_and_reach_into_the_interval_excuse(
    since: str, until: str, expected: str
) -> None:
    assert status("2025-04-25", *EXCUSED, *absent(since, until)) == expected


def test_an_absence_excuses_from_its_fourteenth_day_on() -> None:
    held = [EXCUSED[0], started("2025-01-01"), session("2025-02-20")]
    ended = [*held, *absent("2025-03-25", "2025-04-20")]
    assert statuses(["2025-04-03", "2025-04-04", "2025-04-06", "2025-04-07"], *ended) == [
        "tolerated",
        "breached",
        "breached",
        "excused",
    ]
    lasting = [*held, *absent("2025-03-31")]
    assert statuses(["2025-04-12", "2025-04-13", "2026-04-13"], *lasting) == ["breached", "excused", "excused"]
    assert [(str(row.status), row.from_on) for row in rows(*lasting)][-2:] == [
        ("breached", day("2025-04-04")),
        ("excused", day("2025-04-13")),
    ]


def test_nobody_is_asked_to_be_supervised_while_away() -> None:
    facts = [*EXCUSED, *absent("2025-03-20")]
    assert [finding(on, *facts).put_right for on in ("2025-03-31", "2025-04-10", "2025-04-15")] == [
        "To be supervised after the return; it is due by 31 March 2025.",
        "To be supervised after the return; it is due by 14 April 2025.",
        "To be supervised after the return.",
    ]
    assert finding("2025-04-16", *EXCUSED, *absent("2025-04-15")).put_right == "To be supervised after the return."


def test_absences_that_adjoin_are_one_and_two_short_ones_are_not() -> None:
    adjoining = [*absent("2025-03-10", "2025-03-16"), *absent("2025-03-17", "2025-03-23")]
    apart = [*absent("2025-03-10", "2025-03-16"), *absent("2025-03-18", "2025-03-24")]
    assert status("2025-04-15", *EXCUSED, *adjoining) == "excused"
    assert status("2025-04-15", *EXCUSED, *apart) == "breached"


def test_a_second_absence_after_the_first_return_may_excuse_in_its_turn() -> None:
    facts = [*EXCUSED, *absent("2025-03-20", "2025-04-20"), *absent("2025-05-10", "2025-05-31")]
    assert statuses(["2025-06-03", "2025-07-13", "2025-07-14"], *facts) == ["excused", "excused", "breached"]


def test_the_end_of_an_absence_is_not_known_before_its_day() -> None:
    facts = [*EXCUSED, *absent("2025-03-20", "2025-04-20")]
    assert finding("2025-04-19", *facts).due_again_on is None
    assert finding("2025-04-20", *facts).due_again_on == day("2025-06-02")


def test_held_late_but_excused_is_excused_in_the_history_and_never_met() -> None:
    facts = [*EXCUSED, *absent("2025-03-20", "2025-04-20"), session("2025-05-01")]
    assert [str(o.status) for o in history("2025-05-02", *facts)] == ["late_met", "excused"]


def test_an_absence_without_an_identifier_is_ended_by_the_next_end() -> None:
    told_twice = [*absent("2025-03-20"), *absent("2025-03-22", "2025-03-25")]
    assert status("2025-04-16", *EXCUSED, *told_twice) == "breached"


def test_absences_with_identifiers_end_each_for_itself() -> None:
    facts = [
        *EXCUSED,
        told("AbsenceStarted", worker_id="W-1", started_on="2025-03-10", absence_id="a"),
        told("AbsenceStarted", worker_id="W-1", started_on="2025-03-12", absence_id="b"),
        told("AbsenceEnded", worker_id="W-1", ended_on="2025-03-14", absence_id="b"),
    ]
    assert status("2025-04-16", *facts) == "excused"


def test_an_absence_of_one_day_has_an_end_wherever_that_stands_in_the_order() -> None:
    facts = [
        *EXCUSED,
        told("AbsenceEnded", worker_id="W-1", ended_on="2025-03-20", event_id="a"),
        told("AbsenceStarted", worker_id="W-1", started_on="2025-03-20", event_id="b"),
    ]
    assert status("2025-04-16", *facts) == "breached"


def test_a_pause_moves_the_dates_by_the_days_away() -> None:
    facts = [*rule("pause"), *absent("2025-03-10", "2025-03-19")]
    found = finding("2025-04-01", *facts)
    assert (found.status, found.target_on, found.due_on) == ("due", day("2025-04-10"), day("2025-04-24"))
    assert statuses(["2025-04-10", "2025-04-11", "2025-04-24", "2025-04-25"], *facts) == [
        "due",
        "tolerated",
        "tolerated",
        "breached",
    ]


def test_while_a_paused_clock_stands_still_nothing_falls_due() -> None:
    facts = [*rule("pause"), *absent("2025-03-10")]
    found = finding("2026-03-10", *facts)
    assert (found.status, found.due_on) == ("due", None)
    assert "The clock stands still for the absence that began on 10 March 2025." in found.why


def test_an_absence_after_the_date_pauses_nothing() -> None:
    assert finding("2025-05-01", *rule("pause"), *absent("2025-04-15")).status == "breached"
