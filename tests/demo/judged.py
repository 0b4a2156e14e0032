"""An invented council as it would be judged: its events as the ledger would hold them, without a ledger."""

from collections import defaultdict
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

AMENDING = {"EventCorrected", "EventRetracted", "SubjectMerged", "IdentifierLinked", "IdentifierUnlinked"}


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
        self._amending = [event for event in self.stored if event.type in AMENDING]
        self._amended: dict[Known, tuple[list[Stored], dict[str, str]]] = {}
        self._by_tag: dict[str, list[Stored]] = defaultdict(list)
        for event in self.stored:
            for tag in event.tags:
                self._by_tag[tag].append(event)
        self._loaded: dict[str, list[Fact]] = {}

    def subjects(self, kind: str) -> list[str]:
        """Everyone who started, every case and team that opened."""
        begins = {"worker": "WorkerStarted", "case": "CaseOpened", "team": "TeamOpened"}[kind]
        return sorted({event["data"][f"{kind}_id"] for event in self.sent if event["type"] == begins})

    def assess(self, subject: str, ago: int = 0, *, known_then: bool = False) -> Assessment:
        """As at so many days before the first day, from what is known now or, by the sources, was known then."""
        kind, _, identity = subject.partition("/")
        day = self.first_day - timedelta(days=ago)
        known = Known(datetime.combine(day, time(23, 59), LONDON), by_source=True) if known_then else Known()
        loaded = {} if known_then else self._loaded
        while True:
            try:
                return assess(Subject(kind, identity), Facts(loaded), day)  # type: ignore[arg-type]
            except FactsNeeded as needed:
                loaded |= {tag: self._load(tag, known) for tag in needed.tags}

    def finding(self, subject: str, rule: str, ago: int = 0, *, known_then: bool = False) -> Finding:
        """What one rule says."""
        found = self.assess(subject, ago, known_then=known_then).findings
        return next(finding for finding in found if finding.rule == rule)

    def _load(self, tag: str, known: Known) -> list[Fact]:
        """The facts under a tag, those of former names among them."""
        if known not in self._amended:
            admitted = [event for event in self._amending if known.admits(event)]
            self._amended[known] = admitted, merges(admitted)
        amending, aliases = self._amended[known]
        aliases = {old: new for old, new in aliases.items() if tag in (old, new)}
        names = [tag, *aliases]
        events = {event.position: event for name in names for event in self._by_tag[name] if known.admits(event)}
        events |= {event.position: event for event in amending}
        return facts_by_tag([*events.values()], aliases, [tag])[tag]


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
