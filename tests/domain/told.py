"""Facts as the ledger would give them, and small policies of an invented council to judge them by."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from app.domain.compliance import assess, past
from app.domain.history import Subject
from app.domain.obligations import Assessment, Finding, Obligation, TimelineRow
from app.domain.timelines import timeline
from app.events.facts import Fact, Facts, FactsNeeded, order
from app.events.tags import tags_of
from app.events.types import business_date, faults_in

T = TypeVar("T")

WORKER, CASE, TEAM = Subject("worker", "W-1"), Subject("case", "C-1"), Subject("team", "T-1")
ADOPTED = "2020-01-01"
BANK_HOLIDAYS = ["2024-12-25", "2024-12-26", "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-12-25"]

_count = iter(range(1, 1_000_000))


def day(text: str) -> date:
    return date.fromisoformat(text)


def told(type_name: str, *, event_id: str | None = None, time: datetime | None = None, **data: Any) -> Fact:
    """One event as it would be recorded; one that the service would refuse is a fault of the test."""
    assert not faults_in(type_name, data), faults_in(type_name, data)
    number = next(_count)
    on = business_date(type_name, data, time)
    return Fact(
        type_name, on, data, "urn:test", event_id or f"e-{number:06}", number, time, datetime(2026, 1, 1, tzinfo=UTC)
    )


def policy(*rules: Mapping[str, Any], name: str = "harbour", version: str = "1", **more: Any) -> dict[str, Any]:
    """A pack of these rules; what every rule must say and no test is about is filled in."""
    usual = {"title": "A rule", "clause": "Section 1", "force": "must"}
    written = [{**usual, **rule} for rule in rules]
    for rule in written:
        if "table" in rule:
            rows = [{**usual, **row} for row in rule["table"]["rows"]]
            rule["table"] = {**rule["table"], "rows": rows}
    codes = {
        "roles": ["worker", "manager", "deputy", "senior"],
        "services": {"quay": [], "beach": ["calm", "rough", "tidal"], "pier": []},
        "stages": ["probation"],
    }
    return {"id": name, "version": version, "title": "Harbour", "codes": codes, "rules": written} | more


def adopted(pack: Mapping[str, Any], applies_from: str = ADOPTED) -> Fact:
    return told("PolicyAdopted", policy=pack, policy_id=pack["id"], version=pack["version"], applies_from=applies_from)


def calendar(days: list[str] | None = None, applies_from: str = "2020-01-01") -> Fact:
    closed = BANK_HOLIDAYS if days is None else days
    return told("CalendarAdopted", calendar_id="england", version="1", applies_from=applies_from, days=closed)


def started(on: str, **more: Any) -> Fact:
    return told("WorkerStarted", **{"worker_id": "W-1", "started_on": on, "role": "worker", "service": "quay"} | more)


def left(on: str) -> Fact:
    return told("WorkerLeft", worker_id="W-1", left_on=on)


def session(on: str, **more: Any) -> Fact:
    usual = {"session_id": f"S-{next(_count)}", "worker_id": "W-1", "held_on": on, "kind": "individual"}
    return told("SessionHeld", **usual | more)


def absent(since: str, until: str | None = None) -> list[Fact]:
    began = told("AbsenceStarted", worker_id="W-1", started_on=since)
    return [began] if until is None else [began, told("AbsenceEnded", worker_id="W-1", ended_on=until)]


def opened(on: str, service: str = "quay", **more: Any) -> Fact:
    return told("CaseOpened", **{"case_id": "C-1", "opened_on": on, "service": service} | more)


def closed(on: str) -> Fact:
    return told("CaseClosed", case_id="C-1", closed_on=on)


def allocated(on: str, worker: str = "W-1") -> Fact:
    return told("CaseAllocated", case_id="C-1", worker_id=worker, allocated_on=on)


def classified(on: str, category: str, **more: Any) -> Fact:
    return told("CaseClassified", case_id="C-1", classified_on=on, category=category, **more)


def discussed(on: str, **more: Any) -> Fact:
    usual = {"case_id": "C-1", "discussed_on": on, "depth": "light", "setting": "individual"}
    return told("CaseDiscussed", **usual | more)


def by_tag(*facts: Fact) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in sorted(facts, key=order):
        for tag in tags_of(fact.type, fact.data):
            found[tag].append(fact)
    return dict(found)


def answered(question: Callable[[Facts], T], facts: tuple[Fact, ...], loaded: dict[str, list[Fact]] | None = None) -> T:
    """The answer, loading what it asks for as the edge does; `loaded` keeps that for the next question."""
    loaded = {} if loaded is None else loaded
    if not loaded:
        loaded |= by_tag(*facts)
        for tag in ("council/policies", "council/calendars", "council/feeds", "worker/W-1", "case/C-1", "team/T-1"):
            loaded.setdefault(tag, [])
    while True:
        try:
            return question(Facts(loaded))
        except FactsNeeded as needed:
            loaded |= {tag: loaded.get(tag, []) for tag in needed.tags}


def assessed(on: str, *facts: Fact, subject: Subject | None = None) -> Assessment:
    return answered(lambda found: assess(subject or _about(facts), found, day(on)), facts)


def finding(on: str, *facts: Fact, rule: str = "R-1") -> Finding:
    [found] = [finding for finding in assessed(on, *facts).findings if finding.rule == rule]
    return found


def status(on: str, *facts: Fact, rule: str = "R-1") -> str:
    return str(finding(on, *facts, rule=rule).status)


def statuses(days: list[str], *facts: Fact, rule: str = "R-1") -> list[str]:
    return [status(on, *facts, rule=rule) for on in days]


def history(on: str, *facts: Fact, rule: str = "R-1") -> list[Obligation]:
    found = answered(lambda loaded: past(_about(facts), loaded, day(on)), facts)
    return list(found.get(rule, ()))


def rows(*facts: Fact, as_at: str | None = None, rule: str = "R-1") -> list[TimelineRow]:
    until = None if as_at is None else day(as_at)
    found = answered(lambda loaded: timeline(_about(facts), loaded, until), facts)
    return [row for row in found if row.rule == rule]


def _about(facts: tuple[Fact, ...]) -> Subject:
    if any(fact.type.startswith("Team") for fact in facts):
        return TEAM
    return CASE if any("case_id" in fact.data for fact in facts) else WORKER
