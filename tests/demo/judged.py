"""An invented council as it would be judged: its events as the ledger would hold them, without a ledger."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson

from app import shipped
from app.demo.councils import DemoCouncil
from app.domain.compliance import assess
from app.domain.history import Subject
from app.domain.obligations import Assessment, Finding
from app.domain.policy.loading import as_json, load
from app.events.effective import Known, facts_by_tag, merges
from app.events.facts import LONDON, Fact, Facts, FactsNeeded
from app.events.stored import Stored
from app.events.tags import tags_of
from app.events.types import business_date


class Judged:
    """A council's year, ready to be asked about any subject as at any day."""

    def __init__(self, council: DemoCouncil, first_day: date) -> None:
        self.first_day = first_day
        self.sent = council.history(first_day)
        self.pack = load(council.pack())
        adopted = {
            "policy": as_json(self.pack),
            "policy_id": self.pack.id,
            "version": self.pack.version,
            "applies_from": council.applies_from.isoformat(),
        }
        own = [("PolicyAdopted", adopted), ("CalendarAdopted", shipped.calendar())]
        self.stored = [_stored(n, _own(n, kind, data)) for n, (kind, data) in enumerate(own, 1)]
        self.stored += [_stored(n, event) for n, event in enumerate(self.sent, len(own) + 1)]
        self._known: dict[datetime | None, dict[str, list[Fact]]] = {}

    def subjects(self, kind: str) -> list[str]:
        """Everyone who started, every case and team that opened."""
        begins = {"worker": "WorkerStarted", "case": "CaseOpened", "team": "TeamOpened"}[kind]
        return sorted({event["data"][f"{kind}_id"] for event in self.sent if event["type"] == begins})

    def assess(self, subject: str, ago: int = 0, *, known_then: bool = False) -> Assessment:
        """As at so many days before the first day."""
        kind, _, identity = subject.partition("/")
        day = self.first_day - timedelta(days=ago)
        known = datetime.combine(day, time(23, 59), LONDON) if known_then else None
        facts = self._facts(known)
        return _answered(lambda f: assess(Subject(kind, identity), f, day), facts)  # type: ignore[arg-type]

    def finding(self, subject: str, rule: str, ago: int = 0, *, known_then: bool = False) -> Finding:
        """What one rule says."""
        found = self.assess(subject, ago, known_then=known_then).findings
        return next(finding for finding in found if finding.rule == rule)

    def _facts(self, known: datetime | None) -> dict[str, list[Fact]]:
        if known not in self._known:
            admitted = Known(known, by_source=True)
            events = [event for event in self.stored if admitted.admits(event)]
            tags = {tag for event in events for tag in event.tags}
            self._known[known] = facts_by_tag(events, merges(events), tags)
        return self._known[known]


def _answered(question: Callable[[Facts], Assessment], loaded: dict[str, list[Fact]]) -> Assessment:
    while True:
        try:
            return question(Facts(loaded))
        except FactsNeeded as needed:
            loaded |= {tag: loaded.get(tag, []) for tag in needed.tags}


def _own(number: int, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"source": "urn:supervision-ledger", "id": str(number), "type": kind, "data": data}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _stored(position: int, event: dict[str, Any]) -> Stored:
    data, moment = event["data"], _moment(event.get("time"))
    target = data.get("corrects") or data.get("retracts")
    return Stored(
        position=position, source=event["source"], id=event["id"], type=event["type"], time=moment,
        sourcerecordedtime=_moment(event.get("sourcerecordedtime")), recorded=datetime(2026, 1, 1, tzinfo=UTC),
        recordedby="me", on=business_date(event["type"], data, moment),
        target=(target["source"], target["id"]) if target else None, body=orjson.dumps({"data": data}),
        tags=frozenset(tags_of(event["type"], data)),
    )  # fmt: skip
