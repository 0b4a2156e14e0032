"""What must never be so of anybody at once: since when it has been, for how long, and what the history keeps of it."""

from app.events.facts import Fact
from tests.domain.told import adopted, day, finding, history, policy, rows, started, statuses, told

LAPSED = {"role": "worker", "registered": False}
ON_TRIAL = {"role": "manager", "stage": "probation"}
STARTED = started("2025-01-01")


def never(*any_of: dict[str, object], version: str = "1", since: str = "2020-01-01") -> Fact:
    block = {"called": "disagreement", "any_of": list(any_of or (LAPSED, ON_TRIAL))}
    return adopted(policy({"id": "R-1", "subject": "worker", "never": block}, version=version), since)


def checked(on: str, status: str) -> Fact:
    return told("RegistrationChecked", worker_id="W-1", checked_on=on, regulator="swe", status=status)


def moved(on: str, role: str = "worker", **more: str) -> Fact:
    return told("WorkerRoleChanged", worker_id="W-1", changed_on=on, role=role, **more)


def test_it_is_late_from_the_first_day_on_which_it_is_so() -> None:
    facts = [never(), STARTED, checked("2025-01-01", "registered"), checked("2025-02-03", "lapsed")]
    assert statuses(["2025-02-02", "2025-02-03"], *facts) == ["met", "breached"]
    found = finding("2025-02-05", *facts)
    assert (found.opened_on, found.due_on, found.days_late) == (day("2025-02-03"), day("2025-02-02"), 3)
    assert found.why == ("There has been a disagreement since 3 February 2025: role “worker” and registered “False”.")
    assert found.put_right == "Word which of these is right: role and registered."


def test_the_history_keeps_each_time_that_it_was_so_and_the_day_on_which_it_ended() -> None:
    facts = [
        never(), STARTED, checked("2025-01-01", "registered"), checked("2025-02-03", "lapsed"), moved("2025-02-10",
        service="beach"), checked("2025-03-03", "registered"), checked("2025-04-01", "lapsed"),
    ]  # fmt: skip
    first, second = history("2025-04-03", *facts)
    assert (first.opened_on, first.due_on, first.met_on, first.ended_on, str(first.status)) == (
        day("2025-02-03"), day("2025-02-02"), None, day("2025-03-02"), "breached",
    )  # fmt: skip
    assert (second.opened_on, second.due_on, second.met_on, second.ended_on, str(second.status)) == (
        day("2025-04-01"), day("2025-03-31"), None, None, "breached",
    )  # fmt: skip
    assert (first.rule, second.rule, first.evidence) == ("R-1", "R-1", ())
    assert history("2025-03-02", *facts)[0].ended_on is None, "on its last day it is still so"


def test_it_has_been_so_since_before_a_change_that_left_it_so_and_no_longer() -> None:
    lapsed = [never(), STARTED, checked("2025-02-03", "lapsed")]
    assert finding("2025-03-01", *lapsed, moved("2025-02-10", service="beach")).opened_on == day("2025-02-03")
    healed = [checked("2025-02-10", "registered"), checked("2025-02-20", "lapsed")]
    assert finding("2025-03-01", *lapsed, *healed).opened_on == day("2025-02-20")


def test_what_was_not_told_is_not_known_and_is_in_no_history() -> None:
    facts = [never(), STARTED]
    unknown = finding("2025-02-01", *facts)
    assert (unknown.status, unknown.code) == ("not_assessable", "not_known")
    assert unknown.why == "Whether there is a disagreement is not known: nobody told its registered and stage."
    assert unknown.put_right == "The registered and stage of this worker."
    assert history("2025-02-01", *facts) == []
    assert [str(row.status) for row in rows(*facts, checked("2025-02-03", "lapsed"))] == ["not_assessable", "breached"]


def test_what_a_new_version_forbids_counts_from_that_version_on() -> None:
    facts = [never(ON_TRIAL), STARTED, checked("2025-02-03", "lapsed"), never(version="2", since="2025-03-01")]
    assert statuses(["2025-02-28", "2025-03-01"], *facts) == ["met", "breached"]
    assert [each.opened_on for each in history("2025-03-10", *facts)] == [day("2025-03-01")]
