"""What a draft would change for one subject: which versions it stands for, what is compared, what is told apart."""

from datetime import timedelta
from typing import Any

from app.domain.simulating import Draft, Tally, compared
from app.events.facts import Fact
from tests.domain.told import CASE, adopted, answered, assessed, day, discussed, opened, policy, told

ON = "2025-03-14"


def every(limit: str, name: str = "R-1", **more: Any) -> dict[str, Any]:
    event = {"type": "CaseDiscussed"}
    return {"id": name, "subject": "case", "every": {"event": event, "limit": limit}} | more


def harbour(limit: str, version: str = "1", **more: Any) -> dict[str, Any]:
    return policy(every(limit), version=version, **more)


def simulated(pack: dict[str, Any], since: str, *facts: Fact, days: tuple[str, ...] = (ON,)) -> Tally:
    draft = Draft(pack["id"], pack, day(since))
    return answered(lambda found: compared(CASE, found, draft, [day(each) for each in days]), facts)


STORY = (opened("2025-02-10"), discussed("2025-02-20"))


def test_a_tighter_limit_is_a_change_and_makes_late() -> None:
    found = simulated(harbour("2 weeks", "2"), "2020-06-01", adopted(harbour("4 weeks")), *STORY)
    assert found.counts["rule", "harbour", "R-1", "due", "breached"] == 1
    assert found.counts["month", ON, "newly_late"] == found.counts["subject", "newly_late"] == 1
    assert found.counts["subject", "changed"] == found.counts["subject", "looked_at"] == 1
    assert [(each["before"], each["after"], each["rules"]) for each in found.late] == [("due", "breached", ["R-1"])]


def test_who_is_newly_late_is_late_by_the_rules_that_colour_them() -> None:
    """What is only recommended was late before, and is not why."""
    both = [every("4 weeks"), every("1 day", "R-2", force="recommended")]
    drafted = policy(every("2 weeks"), both[1], version="2")
    found = simulated(drafted, "2020-06-01", adopted(policy(*both)), *STORY)
    assert [(each["before"], each["after"], each["rules"]) for each in found.late] == [("due", "breached", ["R-1"])]


def test_another_date_alone_is_a_change_too() -> None:
    found = simulated(harbour("5 weeks", "2"), "2020-06-01", adopted(harbour("4 weeks")), *STORY)
    assert found.counts["rule", "harbour", "R-1", "due", "due"] == 1
    assert found.late == []


def test_the_same_pack_changes_nothing() -> None:
    found = simulated(harbour("4 weeks"), "2020-01-01", adopted(harbour("4 weeks")), *STORY)
    assert found.counts == {("subject", "looked_at"): 1, ("subject", "changed"): 0}


def test_the_draft_stands_in_place_of_later_versions_and_of_a_withdrawal_and_of_nothing_else() -> None:
    other = policy(every("1 week", "O-1"), name="other")
    lasting = (adopted(harbour("4 weeks")), adopted(other, "2020-02-01"), *STORY)
    later = adopted(harbour("8 weeks", "3"), "2025-02-01")
    withdrawn = told("PolicyWithdrawn", policy_id="harbour", withdrawn_on="2025-03-01")
    draft = harbour("2 weeks", "2")
    for replaced in ((), (later,), (withdrawn,), (later, withdrawn)):
        found = simulated(draft, "2024-01-01", *lasting, *replaced)
        before = assessed(ON, *lasting, *replaced)
        after = assessed(ON, *lasting, adopted(draft, "2024-01-01"))
        assert found.counts["subject", "newly_late"] == (before.status != "breached") * (after.status == "breached")
        said = {finding.rule: str(finding.status) for finding in before.findings}
        assert ("R-1" in said) == (withdrawn not in replaced)
        if "R-1" in said:
            assert found.counts["rule", "harbour", "R-1", said["R-1"], "breached"] == 1
        else:
            assert found.counts["new", "harbour", "R-1", "breached"] == 1
        assert not any(words[0] == "rule" and words[2] == "O-1" for words in found.counts)


def test_days_before_its_first_read_the_same() -> None:
    first = day("2025-03-07")
    days = tuple((first + timedelta(days=n)).isoformat() for n in (-1, 0))
    found = simulated(harbour("2 weeks", "2"), first.isoformat(), adopted(harbour("4 weeks")), *STORY, days=days)
    assert [found.counts["month", each, "changed"] for each in days] == [0, 1]


def test_what_cannot_be_known_is_counted_and_is_not_late() -> None:
    asking = policy(every("2 weeks", applies={"category": ["calm"]}), version="2")
    case = (opened("2025-02-10", service="beach"), discussed("2025-02-20"))
    found = simulated(asking, "2020-06-01", adopted(harbour("4 weeks")), *case)
    (words,) = [words for words in found.counts if words[0] == "unknown"]
    assert (words[1:3], words[4], found.counts[words]) == (("harbour", "R-1"), "newly", 1)
    assert found.counts["rule", "harbour", "R-1", "due", "not_assessable"] == 1
    assert found.counts["month", ON, "newly_late"] == 0
    assert found.late == []


def test_a_tally_comes_back_from_plain_data_as_it_was() -> None:
    found = simulated(harbour("2 weeks", "2"), "2020-06-01", adopted(harbour("4 weeks")), *STORY)
    assert Tally.of_json(found.as_json()) == found
