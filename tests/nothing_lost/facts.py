"""Invented facts, each with a number in its data, so that one told twice under two ids is recognised."""

import secrets
from typing import Any

Event = dict[str, Any]

SOURCE = "urn:test:cases"


def fact(number: int, *, case: str | None = None) -> Event:
    """An action agreed about a case of its own unless given: three tags and one encrypted text."""
    return {
        "specversion": "1.0",
        "id": f"fact-{number}",
        "source": SOURCE,
        "type": "ActionAgreed",
        "time": "2025-03-03T10:00:00Z",
        "data": {
            "action_id": f"A-{number}",
            "agreed_on": "2025-03-03",
            "case_id": case or f"C-{number}",
            "worker_id": f"W-{number % 20}",
            "narrative": f"What was agreed, number {number}.",
        },
    }


def tags(number: int) -> set[str]:
    """The tags under which `fact` is filed when its case is its own."""
    return {f"action/A-{number}", f"case/C-{number}", f"worker/W-{number % 20}"}


def number_of(event: Event) -> int:
    """The fact's number, whatever the event's id."""
    return int(event["data"]["action_id"].removeprefix("A-"))


def under_a_new_id(event: Event) -> Event:
    """The same fact as another event: what a careless client sends when it tries again."""
    return event | {"id": secrets.token_hex(8)}
