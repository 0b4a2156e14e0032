"""What an agreement asks for itself makes the target, from when the rule asks of somebody at all."""

from tests.domain.told import adopted, finding, policy, session, started, statuses, told

MONTHLY = {
    "event": {"type": "SessionHeld"},
    "window": "month",
    "empty_allowed": 1,
    "own_terms": {"agreement": {"type": "AgreementMade"}},
}
PACK = policy({"id": "R-1", "subject": "worker", "every": MONTHLY})


def agreed(on: str) -> object:
    return told(
        "AgreementMade", agreement_id="A-1", worker_id="W-1", supervisor_id="M-1", made_on=on, frequency="2 weeks"
    )


def test_a_session_later_than_agreed_is_tolerated() -> None:
    facts = [adopted(PACK), started("2025-01-01"), agreed("2025-01-02"), session("2025-01-13")]
    assert statuses(["2025-01-27", "2025-01-28"], *facts) == ["due", "tolerated"]
    assert finding("2025-01-28", *facts).code == "behind_agreement"


def test_nobody_is_behind_an_agreement_before_the_rule_asks_anything_of_them() -> None:
    facts = [adopted(PACK), started("2025-03-03"), agreed("2025-01-02")]
    assert statuses(["2025-03-03", "2025-03-17", "2025-03-18"], *facts) == ["due", "due", "tolerated"]
    facts = [adopted(PACK, "2025-03-03"), started("2025-01-02"), agreed("2025-01-02"), session("2025-01-13")]
    assert statuses(["2025-03-03", "2025-03-17", "2025-03-18"], *facts) == ["due", "due", "tolerated"]
