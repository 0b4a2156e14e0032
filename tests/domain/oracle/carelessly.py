"""The same history as careless people send it: wrong at first, late, what never was and is taken back, in any order."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from tests.domain.oracle.ledger import Sent
from tests.domain.oracle.reading import BUSINESS_DATE


def sent(events: list[dict[str, Any]], chance: Random) -> list[Sent]:
    """Most of it on its own day, some of it days or months after; in the order in which it was recorded or in none."""
    found: list[Sent] = []
    for event in events:
        on = business_day(event)
        if chance.random() < 0.75:
            found.append(Sent(event, recorded(on, chance)))
        else:
            found += put_right(event, on, chance)
    for number in range(chance.randrange(3)):
        found += never_was(chance.choice(events), number, chance)
    chance.shuffle(found)
    return found


def business_day(event: dict[str, Any]) -> date:
    [on] = [event["data"][field] for field in BUSINESS_DATE[event["type"]] if field in event["data"]][:1]
    return date.fromisoformat(on[:10])


def recorded(on: date, chance: Random) -> datetime:
    late = chance.choice([0, 0, 0, 0, 1, 3, 10, 45, 120])
    return datetime.combine(on + timedelta(days=late), time(12), UTC)


def put_right(event: dict[str, Any], on: date, chance: Random) -> list[Sent]:
    """Sent with the wrong day, or without something that it should have said; put right some days later."""
    data = event["data"]
    field = next(field for field in BUSINESS_DATE[event["type"]] if field in data)
    days_off = timedelta(days=chance.choice([-20, -3, 1, 7, 40]))
    first = recorded(on, chance)
    wrong = {**data, field: (on + days_off).isoformat() + data[field][10:]}
    target = {"source": event["source"], "id": event["id"]}
    right = {"corrects": target, "data": {field: data[field]}}
    correction = {"type": "EventCorrected", "source": "urn:put-right", "id": f"c-{event['id']}", "data": right}
    sent_so = [Sent(event | {"data": wrong}, first)]
    return [*sent_so, Sent(correction, first + timedelta(days=chance.choice([0, 1, 20, 90])))]


def never_was(event: dict[str, Any], number: int, chance: Random) -> list[Sent]:
    """Something like what happened, on another day, that did not; taken back some days later."""
    field = next(field for field in BUSINESS_DATE[event["type"]] if field in event["data"])
    on = business_day(event) + timedelta(days=chance.choice([-30, -5, 2, 35]))
    mistake = {**event, "id": f"x-{number}", "data": {**event["data"], field: on.isoformat()}}
    target = {"source": event["source"], "id": f"x-{number}"}
    back = {"type": "EventRetracted", "source": "urn:put-right", "id": f"r-{number}", "data": {"retracts": target}}
    when = recorded(on, chance)
    return [Sent(mistake, when), Sent(back, when + timedelta(days=chance.choice([0, 5, 60])))]
