"""A pack in plain English: nothing that changes what is asked is left out, and the sentences read as sentences."""

import pytest

from app.domain.policy.explaining import explain
from app.domain.policy.loading import load

PACK = """
id: harbour
version: "2025-01"
title: Supervision in Harbour
codes: {roles: [social_worker], services: {quay: [calm]}, flags: [fog], more: {session_kinds: [individual, meeting]}}
events:
  met: {type: SessionHeld, where: {kind: individual}}
  one_to_one: {type: SessionHeld, where: {kind: individual}}
  team_meeting: {type: SessionHeld, where: {kind: meeting}}
  missed_session: {type: SessionMissed}
  agreement: {type: AgreementMade}
rules:
  - id: H-1
    title: What is asked
    clause: Section 1
"""


def said(rule: str) -> str:
    return "\n".join(explain(load(f"{PACK}    {rule}\n")))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("every: {event: one_to_one, window: year, first_month: 4}", "A one to one in each year from April at least."),
        (
            "every: {event: one_to_one, window: quarter, first_month: 2}",
            "A one to one in each quarter (one begins in February) at least.",
        ),
        ("every: {event: one_to_one, window: quarter, first_month: 4}", "in each calendar quarter at least."),
        (
            "at_least: {event: team_meeting, times: 22, rolling: 12 months}",
            "A team meeting at least 22 times in the 12 months up to each day;",
        ),
        ("at_most: {event: missed_session, times: 1, rolling: 6 months}", "A missed session no more than 1 time in"),
        (
            "within: {answered_by: {event: met, same: worker}, after: missed_session, limit: 9 days, target: 3 days}",
            "After each missed session, a met for the same worker within 9 days, within 3 days as the target.",
        ),
        (
            "every: {event: one_to_one, limit: 28 days}\n    absence: {effect: excuse, at_least: 3 weeks}",
            "A recorded absence of 3 weeks or more excuses",
        ),
        ("exists: {event: agreement, minimum: {minutes: 90}, grace: {limit: 5 days}}", "for less (minutes 90) is told"),
        ("every: {event: one_to_one, limit: 28 days}\n    owed_by: both", "Owed by both."),
    ],
)
def test_a_rule_of_workers(rule: str, words: str) -> None:
    assert words in said(f"subject: worker\n    {rule}")


def test_flags_are_held_and_a_table_says_what_holds_while_the_category_is_not_known() -> None:
    table = """subject: case
    table:
      rows:
        - {id: H-1a, title: One, clause: a, when: {flags: fog}, every: {event: one_to_one, limit: 9 days}}
      provisional: {event: one_to_one, limit: 28 days}"""
    told = said(table)
    assert "| flags hold fog |" in told
    assert "Of one whose category is not known: A one to one every 28 days at the latest." in told
