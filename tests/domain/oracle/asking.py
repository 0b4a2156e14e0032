"""Asks the evaluation what it says of a history, as a ledger would that held it; and both, whether they agree."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import orjson
from hypothesis import note

from app.domain.compliance import Subject, assess
from app.domain.obligations import TimelineRow
from app.domain.policy import loading
from app.domain.timelines import timeline
from app.events.effective import Known, facts_by_tag
from app.events.facts import Facts, FactsNeeded
from app.events.stored import Stored
from app.events.tags import tags_of
from app.events.types import business_date, faults_in
from tests.domain.oracle.days import BANK_HOLIDAYS
from tests.domain.oracle.ledger import Sent, as_it_reads
from tests.domain.oracle.verdict import Verdict

Answer = TypeVar("Answer")
PACKS = Path(loading.__file__).parents[1] / "packs"
BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
OPEN = ("due", "tolerated", "breached", "excused", "not_assessable")
Judge = Callable[[list[dict[str, Any]], date], dict[str, Verdict]]
"""What an oracle says of the events as they read, as at a day."""


@cache
def pack(name: str, *rules: str) -> dict[str, Any]:
    """Of a policy that ships, these rules alone."""
    whole = loading.as_json(loading.load((PACKS / f"{name}.yaml").read_text(encoding="utf-8")))
    return {**whole, "rules": [rule for rule in whole["rules"] if rule["id"] in rules]}


def adopted(policy: Mapping[str, Any], applies_from: date) -> Sent:
    data = {"policy": policy, "policy_id": policy["id"], "version": "1", "applies_from": applies_from.isoformat()}
    return Sent({"type": "PolicyAdopted", "source": "urn:ledger", "id": "policy", "data": data}, BEFORE)


@cache
def calendar() -> Sent:
    days = [day.isoformat() for day in sorted(BANK_HOLIDAYS)]
    data = {"calendar_id": "england", "version": "1", "applies_from": "1990-01-01", "days": days}
    return Sent({"type": "CalendarAdopted", "source": "urn:ledger", "id": "calendar", "data": data}, BEFORE)


def stored(sent: Iterable[Sent]) -> list[Stored]:
    """As the ledger holds them, in the order in which they came; what is sent again is not held again."""
    once = {(one.event["source"], one.event["id"]): one for one in sent}.values()
    return [as_stored(position, one) for position, one in enumerate([calendar(), *once], 1)]


def as_stored(position: int, sent: Sent) -> Stored:
    event, data = sent.event, sent.event["data"]
    target = data.get("corrects") or data.get("retracts")
    time = datetime.fromisoformat(event["time"]) if "time" in event else None
    return Stored(
        position, event["source"], event["id"], event["type"], time, None, sent.recorded, "me",
        business_date(event["type"], data, time), (target["source"], target["id"]) if target else None,
        orjson.dumps({"data": data}), frozenset(tags_of(event["type"], data)),
    )  # fmt: skip


def answered(
    held: Sequence[Stored], subject: Subject, known_at: datetime | None, question: Callable[[Facts], Answer]
) -> Answer:
    """The answer by what was recorded up to the moment; whatever it asks for is loaded, as at the edge."""
    known = Known(moment=known_at)
    admitted = [event for event in held if known.admits(event)]
    asked = {"council/policies", "council/calendars", "council/feeds", subject.tag}
    while True:
        try:
            return question(Facts(facts_by_tag(admitted, {}, asked)))
        except FactsNeeded as needed:
            asked |= needed.tags


def said_by_engine(
    held: Sequence[Stored], subject: Subject, as_at: date, known_at: datetime | None
) -> dict[str, Verdict]:
    found = answered(held, subject, known_at, lambda facts: assess(subject, facts, as_at))
    return {
        one.rule: Verdict(str(one.status), one.code, one.due_on if str(one.status) in OPEN else None)
        for one in found.findings
    }


def agree(
    policy: Sent,
    subject: Subject,
    sent: list[Sent],
    asked: list[tuple[date, datetime | None]],
    judge: Judge,
    undated: Collection[str] = (),
) -> list[dict[str, Verdict]]:
    """Both say the same on every day asked about, by what was known; and what they said.

    The date is that of what is open, or not known; that of the rules in `undated` is left out.
    """
    noted(sent)
    held = stored([policy, *sent])
    answers = []
    for as_at, known_at in asked:
        note(f"as at {as_at}, known at {known_at}")
        said = said_by_engine(held, subject, as_at, known_at)
        expected = judge(as_it_reads(sent, known_at), as_at)
        parts = {rule: 2 if rule in undated else 3 for rule in expected}
        assert {rule: shown(said, rule)[: parts[rule]] for rule in expected} == {
            rule: shown(expected, rule)[: parts[rule]] for rule in expected
        }
        answers.append(expected)
    return answers


def shown(said: dict[str, Verdict], rule: str) -> tuple[str, str | None, date | None]:
    """A rule of which nothing is said is not applicable."""
    verdict = said.get(rule, Verdict("not_applicable"))
    return verdict.status, verdict.code, verdict.due_on


def noted(sent: list[Sent]) -> None:
    """Shown with a counterexample."""
    for one in sorted(sent, key=lambda one: str(sorted(one.event["data"].items(), key=str))):
        event = one.event
        note(f"  {event['type']} {event['source']} {event['id']} {one.recorded:%Y-%m-%d} {event['data']}")
        if event["type"] not in ("EventCorrected", "EventRetracted"):
            assert not faults_in(event["type"], event["data"]), faults_in(event["type"], event["data"])


def rows_of(policy: Sent, subject: Subject, sent: list[Sent]) -> list[TimelineRow]:
    return answered(stored([policy, *sent]), subject, None, lambda facts: timeline(subject, facts))
