"""Which version of a policy is in force, coming, replaced or withdrawn on a day; and that assessments mean the same."""

from datetime import date

import pytest

from app.domain.calendar import DAY
from app.domain.policy.adoptions import adoptions
from app.events.facts import Fact
from tests.domain.told import adopted, assessed, day, opened, policy, told

RULE = {"id": "R-1", "subject": "case", "every": {"event": {"type": "CaseDiscussed"}, "limit": "28 days"}}


def version(name: str, applies_from: str) -> Fact:
    return adopted(policy(RULE, version=name), applies_from)


def withdrawn(on: str) -> Fact:
    return told("PolicyWithdrawn", policy_id="harbour", withdrawn_on=on)


def stand(on: str | date, *facts: Fact) -> list[tuple[str, str, date | None]]:
    asked = day(on) if isinstance(on, str) else on
    return [(each.pack.version, each.state, each.until) for each in adoptions(facts, asked)]


def test_a_policy_that_was_withdrawn_says_so_from_that_day_on() -> None:
    facts = version("1", "2024-01-01"), withdrawn("2025-03-01")
    assert stand("2025-02-28", *facts) == [("1", "in_force", day("2025-02-28"))]
    assert stand("2025-03-01", *facts) == [("1", "withdrawn", day("2025-02-28"))]


def test_a_policy_may_come_back_after_it_was_withdrawn() -> None:
    facts = version("1", "2024-01-01"), withdrawn("2024-06-01"), version("2", "2025-01-01")
    assert [state for _, state, _ in stand("2024-08-01", *facts)] == ["withdrawn", "coming"]
    assert [state for _, state, _ in stand("2025-08-01", *facts)] == ["withdrawn", "in_force"]


def test_a_version_that_another_of_the_same_day_replaced_was_never_in_force() -> None:
    facts = version("1", "2024-01-01"), version("2", "2024-01-01")
    assert stand("2023-06-01", *facts) == [("1", "replaced", day("2023-12-31")), ("2", "coming", None)]
    assert stand("2024-01-01", *facts) == [("1", "replaced", day("2023-12-31")), ("2", "in_force", None)]


HISTORIES = [
    (version("1", "2024-01-01"),),
    (version("1", "2024-01-01"), version("2", "2024-02-01"), withdrawn("2024-03-01")),
    (version("1", "2024-01-01"), withdrawn("2024-01-01"), version("2", "2024-01-20")),
    (version("1", "2024-01-10"), version("2", "2024-01-10"), version("3", "2024-01-20")),
]


@pytest.mark.parametrize("facts", HISTORIES)
def test_what_is_listed_as_in_force_is_what_is_judged_by(facts: tuple[Fact, ...]) -> None:
    for on in (day("2023-12-25") + number * DAY for number in range(80)):
        judged = [each.version for each in assessed(on.isoformat(), opened("2023-12-01"), *facts).policies]
        assert [name for name, state, _ in stand(on, *facts) if state == "in_force"] == judged, on
