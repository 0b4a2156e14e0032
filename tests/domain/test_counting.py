"""What an event counts for towards a number: whole, in part, and no more of a kind than the policy lets count."""

from typing import Any

import pytest

from app.events.facts import Fact
from tests.domain.told import adopted, finding, history, policy, session, started, status, statuses

SUPERVISED = {"type": "SessionHeld", "where": {"kind": ["individual", "group", "peer"]}}
STARTED = started("2024-01-01")


def asked(*credit: dict[str, Any], **number: Any) -> list[Fact]:
    number = {"times": 4, "rolling": "12 months"} | number
    at_least = {"event": SUPERVISED, **number, "credit": list(credit)}
    return [adopted(policy({"id": "R-1", "subject": "worker", "at_least": at_least})), STARTED]


def held(*days: str, kind: str = "individual", **more: Any) -> list[Fact]:
    return [session(on, kind=kind, **more) for on in days]


HALF = {"where": {"kind": "group"}, "counts": "1/2"}
ON = "2025-01-10"


def test_a_group_session_counts_half() -> None:
    facts = [*asked(HALF), *held("2024-02-01", "2024-03-01", "2024-04-01"), *held("2024-05-01", kind="group")]
    found = finding(ON, *facts)
    assert (found.status, found.count) == ("breached", 3.5)
    assert found.why == (
        "Supervised 4 times, which count as 3.5, in the 12 months up to 10 January 2025. The policy asks for 4 in any "
        "12 months: 0.5 are missing."
    )
    assert status(ON, *facts, *held("2024-06-01", kind="group")) == "met"


def test_a_session_is_shared_between_those_who_were_in_it() -> None:
    shared = {"where": {"kind": "group"}, "divided_by": "group_size"}
    facts = [*asked(shared), *held("2024-02-01", "2024-03-01", "2024-04-01")]
    quarter = held("2024-05-01", "2024-06-01", "2024-07-01", kind="group", group_size=4)
    assert finding(ON, *facts, *quarter).count == 3.75
    assert status(ON, *facts, *quarter, *held("2024-08-01", kind="group", group_size=4)) == "met"


def test_a_group_of_unknown_size_may_count_whole() -> None:
    shared = {"where": {"kind": "group"}, "divided_by": "group_size"}
    facts = [*asked(shared), *held("2024-02-01", "2024-03-01", "2024-04-01"), *held("2024-05-01", kind="group")]
    unknown = finding(ON, *facts)
    assert (unknown.status, unknown.code, unknown.count) == ("not_assessable", "not_known", 3)
    assert unknown.put_right == "The group size of that session."


def test_no_more_than_half_of_the_minutes_by_group() -> None:
    number = {"times": None, "minutes": 600, "rolling": "12 months"}
    facts = asked({"where": {"kind": "group"}, "up_to": "1/2"}, **number)
    group = held("2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01", kind="group", minutes=120)
    found = finding(ON, *facts, *group)
    assert (found.status, found.count) == ("breached", 300)
    assert found.why.startswith("Supervised for 480 minutes, which count as 300, in the 12 months")
    own = held("2024-06-01", "2024-07-01", minutes=150)
    assert status(ON, *facts, *group, *own) == "met"
    assert status(ON, *facts, *group[:2], *own) == "breached", "240 and 300"


def test_no_more_than_one_in_each_quarter() -> None:
    facts = asked({"where": {"kind": "peer"}, "up_to": 1, "in_each": "quarter"})
    peer = held("2024-02-01", "2024-03-01", "2024-04-01", "2024-07-01", kind="peer")
    assert finding(ON, *facts, *peer).count == 3
    assert finding(ON, *facts, *peer, *held("2024-10-01", kind="peer")).status == "met"


def test_the_first_credit_that_fits_holds() -> None:
    small = {"where": {"kind": "group", "group_size": {"at_most": 3}}, "counts": "2/3"}
    facts = asked(small, HALF)
    assert finding(ON, *facts, *held("2024-05-01", kind="group", group_size=3)).count == 0.67
    assert finding(ON, *facts, *held("2024-05-01", kind="group", group_size=5)).count == 0.5


def test_what_falls_out_is_what_counted() -> None:
    """The four that count whole carry the number: the group sessions in between make no difference to its end."""
    capped = {"where": {"kind": "group"}, "up_to": 1}
    facts = [*asked(capped), *held("2024-02-01", "2024-06-01", "2024-07-01"), *held("2024-01-20", kind="group")]
    facts += held("2024-05-01", kind="group")
    assert finding("2025-01-31", *facts).next_on is not None
    assert statuses(["2025-01-31", "2025-02-01"], *facts) == ["met", "breached"]
    assert [str(one.status) for one in history("2025-02-01", *facts)] == ["met", "breached"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_arrival_makes_no_difference(order: int) -> None:
    sessions = [*held("2024-03-01", kind="group"), *held("2024-03-01"), *held("2024-03-01", kind="peer")]
    assert finding(ON, *asked(HALF), *sessions[::order]).count == 2.5
