"""Corrections, retractions, merges, late arrivals and any order: the same facts in the end give the same answer."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.compliance import assess
from app.domain.history import Subject
from app.events.effective import facts_by_tag, merges
from app.events.facts import Fact, Facts, FactsNeeded
from app.events.stored import Stored
from app.events.tags import tags_of
from app.events.types import business_date
from tests.domain.invented import DAYS, FIRST, workers
from tests.domain.invented_concerns import concerned_workers
from tests.domain.invented_terms import arranged_workers
from tests.domain.test_any_order import Said, said
from tests.domain.told import WORKER, session

some = settings(max_examples=max(20, settings.default.max_examples // 2))
days = st.integers(0, DAYS + 60).map(lambda offset: FIRST + timedelta(days=offset))
RECORDED = datetime(2026, 1, 1, tzinfo=UTC)
Sent = tuple[str, str, str, dict[str, Any]]
"""Type, source, id, data."""


def untidy(facts: tuple[Fact, ...], chance: Random) -> list[Sent]:
    """The same facts as somebody careless sends them: wrong at first, too many, under an old number, in any order."""
    sent: list[Sent] = []
    for fact in facts:
        data = dict(fact.data)
        if data.get("worker_id") == "W-1" and chance.random() < 0.3:
            data["worker_id"] = "W-0"
        if fact.type == "SessionHeld" and chance.random() < 0.5:
            right = {"held_on": data["held_on"]}
            data["held_on"] = (date.fromisoformat(data["held_on"]) + timedelta(days=3)).isoformat()
            sent.append(("EventCorrected", "urn:test", f"c-{fact.id}", {"corrects": ref(fact.id), "data": right}))
        sent.append((fact.type, fact.source, fact.id, data))
    for number in range(chance.randrange(4)):
        mistake = session((FIRST + timedelta(days=chance.randrange(DAYS))).isoformat(), minutes=90)
        sent.append(("SessionHeld", mistake.source, mistake.id, dict(mistake.data)))
        sent.append(("EventRetracted", "urn:test", f"r-{number}", {"retracts": ref(mistake.id)}))
    merged = {"kind": "worker", "from_id": "W-0", "into_id": "W-1", "merged_on": "2025-06-01"}
    sent.append(("SubjectMerged", "urn:test", "m-1", merged))
    chance.shuffle(sent)
    return sent


def ref(identity: str) -> dict[str, str]:
    return {"source": "urn:test", "id": identity}


def stored(position: int, sent: Sent, tags: frozenset[str]) -> Stored:
    type_name, source, identity, data = sent
    target = data.get("corrects") or data.get("retracts")
    return Stored(
        position=position, source=source, id=identity, type=type_name, time=None, sourcerecordedtime=None,
        recorded=RECORDED, recordedby="me", on=business_date(type_name, data, None),
        target=(target["source"], target["id"]) if target else None, body=orjson.dumps({"data": data}),
        tags=tags | frozenset(tags_of(type_name, data)),
    )  # fmt: skip


def told_by(subject: Subject, sent: list[Sent], on: date) -> Said:
    """What is said when the ledger holds this; an amendment is found by what its target is found by."""
    of_target = {identity: frozenset(tags_of(name, data)) for name, _, identity, data in sent}
    events = []
    for position, one in enumerate(sent, 1):
        target = one[3].get("corrects") or one[3].get("retracts")
        events.append(stored(position, one, of_target.get(target["id"], frozenset()) if target else frozenset()))
    asked = {"council/policies", "council/calendars", "council/feeds", subject.tag}
    while True:
        try:
            found = assess(subject, Facts(facts_by_tag(events, merges(events), asked)), on)
            break
        except FactsNeeded as needed:
            asked |= needed.tags
    return [
        (f.rule, f.status, f.code, f.opened_on, f.target_on, f.due_on, f.met_on, f.why, len(f.evidence), len(f.items))
        for f in found.findings
    ]


@some
@given(st.one_of(arranged_workers, workers, concerned_workers), days, st.randoms(use_true_random=False))
def test_what_was_put_right_in_the_end_reads_as_if_it_had_been_right(
    facts: tuple[Fact, ...], on: date, chance: Random
) -> None:
    assert told_by(WORKER, untidy(facts, chance), on) == said(WORKER, facts, on)
