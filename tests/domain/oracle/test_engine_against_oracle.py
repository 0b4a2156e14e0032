"""The evaluation and the oracle, two readings of the same policies, agree on every history and every day.

The evaluation gets its facts as the ledger gives them: in order, found by tag, what was told twice still told twice.
What is dated after the day it is asked about is there too, and must make no difference to it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from app.domain.compliance import Assessment, Subject, assess
from app.domain.obligations import TimelineRow
from app.domain.policy import loading
from app.domain.timelines import timeline
from app.events.facts import Fact, Facts, FactsNeeded
from app.events.tags import tags_of
from app.events.types import faults_in
from tests.domain.oracle.case_histories import luton_cases, shropshire_families
from tests.domain.oracle.days import BANK_HOLIDAYS
from tests.domain.oracle.histories import History
from tests.domain.oracle.oracle import judge
from tests.domain.oracle.reading import Happening, as_happening, place_in_order
from tests.domain.oracle.standing_histories import standing_workers
from tests.domain.oracle.team_histories import luton_teams
from tests.domain.oracle.verdict import NEVER_TURNS_RED, NOT_APPLICABLE, Verdict, worst
from tests.domain.oracle.work_histories import busy_workers, luton_workers, national_workers, shropshire_workers

Answer = TypeVar("Answer")

PACKS = Path(loading.__file__).parents[1] / "packs"
RECORDED = datetime(2027, 1, 1, tzinfo=UTC)
DATED = {"due", "tolerated", "breached", "excused"}
IN_WINDOWS = {"SH-23", "SH-25", "SH-26", "LU-33", "LU-127", "LU-128", "LU-131", "LU-132"}
CODES = {
    *("at_risk", "attention", "superseded", "balanced", "unbalanced", "vacant", "no_cases"),
    *("open", "overdue", "overdue_with_notice", "overdue_without_notice", "completed", "late", "record_missing"),
    *("missing", "wrong_author", "short", "long", "in_range", "complete", "incomplete"),
    *("signed", "unsigned", "part_signed", "signature_void", "awaiting_supervisee"),
    *("supervisor_role_not_permitted", "unassigned", "recorded", "unrecorded", "consistent", "inconsistent"),
    *("in_the_file", "discussed", "escalated", "met_with_line_manager"),
}
NOTES = {"management_supervision": "management_supervision_note", "supervision": "case_supervision"}

many = settings(max_examples=settings.default.max_examples * 3 // 5, suppress_health_check=[HealthCheck.too_slow])
workers = st.one_of(busy_workers(), shropshire_workers(), luton_workers(), national_workers())
anybody = st.one_of(workers, shropshire_families(), luton_cases(), luton_teams())


@many
@given(shropshire_workers())
def test_both_say_the_same_of_a_shropshire_worker(history: History) -> None:
    agree(history)


@many
@given(luton_workers())
def test_both_say_the_same_of_a_luton_worker(history: History) -> None:
    agree(history)


@many
@given(national_workers())
def test_both_say_the_same_of_a_social_worker_under_the_national_standard(history: History) -> None:
    agree(history)


@many
@given(busy_workers())
def test_both_say_the_same_of_actions_records_and_absent_supervisors(history: History) -> None:
    agree(history)


@many
@given(shropshire_families())
def test_both_say_the_same_of_a_shropshire_family(history: History) -> None:
    agree(history)


@many
@given(luton_cases())
def test_both_say_the_same_of_a_luton_case(history: History) -> None:
    agree(history)


@many
@given(luton_teams())
def test_both_say_the_same_of_a_luton_team(history: History) -> None:
    agree(history)


@many
@given(standing_workers())
def test_both_say_the_same_of_supervision_the_file_and_registration(history: History) -> None:
    agree(history)


@settings(many, max_examples=settings.default.max_examples // 2)
@given(anybody)
def test_the_timeline_says_of_each_day_what_the_oracle_says_of_it(history: History) -> None:
    told(history)
    rows = looked_up(history, filed(history), timeline)
    for day in history.days:
        if day < min(row.from_on for row in rows):
            continue
        note(f"as at {day}")
        told_by_rows = {row.rule: spoken(Verdict(str(row.status), row.code)) for row in rows if covers(row, day)}
        for rule, verdict in by_oracle(history, day).items():
            assert (rule, told_by_rows.get(rule, spoken(NOT_APPLICABLE))) == (rule, spoken(verdict))


def covers(row: TimelineRow, day: date) -> bool:
    return row.from_on <= day and (row.until_on is None or day <= row.until_on)


def test_the_ledger_would_take_every_event_of_these_histories() -> None:
    @given(anybody)
    def acceptable(history: History) -> None:
        assert not [faults for event in history.events if (faults := faults_in(event["type"], event["data"]))]

    acceptable()


def agree(history: History) -> None:
    told(history)
    by_tag = filed(history)
    for day in history.days:
        said = by_oracle(history, day)
        found = looked_up(history, by_tag, lambda subject, facts, day=day: assess(subject, facts, day))
        note(f"as at {day}")
        assert by_evaluation(found, said) == expected(said, found)


def told(history: History) -> None:
    """Shown with a counterexample."""
    note(f"{history.policy} from {history.applies_from}")
    for fact in sorted(map(as_happening, history.events), key=place_in_order):
        note(f"  {fact.on} {fact.type} {fact.source} {fact.id} {fact.time} {fact.data}")


def by_oracle(history: History, day: date) -> dict[str, Verdict]:
    return judge(history.policy, history.applies_from, history.subject_kind, history.subject_id, history.events, day)


def by_evaluation(found: Assessment, said: dict[str, Verdict]) -> dict[str, Any]:
    """What the evaluation says of the rules that the oracle knows, and over all."""
    answer = {}
    for finding in found.findings:
        if finding.rule in said:
            verdict = Verdict(str(finding.status), finding.code, finding.due_on, finding.target_on)
            answer[finding.rule] = shown(finding.rule, verdict)
    return answer | {"overall": str(found.status)}


def expected(said: dict[str, Verdict], found: Assessment) -> dict[str, Any]:
    """What the oracle says, with the rules it does not know taken from the evaluation for the overall status."""
    named = {finding.rule for finding in found.findings}
    binding = [verdict.status for rule, verdict in said.items() if rule not in NEVER_TURNS_RED]
    others = [str(f.status) for f in found.findings if f.rule not in said and str(f.force) in ("must", "should")]
    answer = {
        rule: shown(rule, verdict) for rule, verdict in said.items() if rule in named or verdict != NOT_APPLICABLE
    }
    return answer | {"overall": worst(binding + others)}


def shown(rule: str, verdict: Verdict) -> tuple[Any, ...]:
    """What both must agree on: the status, its code, and the dates of what is open."""
    if verdict.status not in DATED or rule in IN_WINDOWS:
        return spoken(verdict)
    return *spoken(verdict), verdict.due_on, verdict.target_on


def spoken(verdict: Verdict) -> tuple[str, str | None]:
    """The status, and the code where the policies' tables name one."""
    return verdict.status, verdict.code if verdict.code in CODES else None


def filed(history: History) -> dict[str, list[Fact]]:
    """All its facts under their tags."""
    by_tag: dict[str, list[Fact]] = defaultdict(list)
    for fact in all_facts(history):
        for tag in tags(fact):
            by_tag[tag].append(fact)
    return by_tag


def looked_up(history: History, by_tag: dict[str, list[Fact]], question: Callable[[Subject, Facts], Answer]) -> Answer:
    """The answer to the question; a tag that it asks for and nothing carries has no facts, also for the next one."""
    subject = Subject(history.subject_kind, history.subject_id)
    while True:
        try:
            return question(subject, Facts(by_tag))
        except FactsNeeded as needed:
            by_tag |= {tag: [] for tag in needed.tags}


def all_facts(history: History) -> list[Fact]:
    """Everything ever told, each event once, in order; what is of later days is no business of the day asked about."""
    told = {(event["source"], event["id"]): event for event in history.events}.values()
    facts = [fact for event in told for fact in by_each_door(as_happening(event))]
    facts.sort(key=lambda fact: (fact.on, fact.time is not None, fact.time or RECORDED, fact.source, fact.id))
    return [policy(history), calendar(), *facts]


def by_each_door(happening: Happening) -> Iterator[Fact]:
    """A case note also reads as the record, or as the management oversight, that it is."""
    yield as_fact(happening.type, happening.on, happening.data, happening)
    if happening.type != "CaseNoteRecorded":
        return
    data = dict(happening.data)
    if data["note_type"] == "management_oversight":
        yield as_fact("ManagementOversightRecorded", happening.on, data | {"by": data["author_id"]}, happening)
    if data["note_type"] not in NOTES:
        return
    data |= {"kind": NOTES[data["note_type"]], "record_id": data["note_id"], "completed_at": data["recorded_on"]}
    data["discussed_on"] = data.get("event_on", data["recorded_on"])
    yield as_fact("RecordCompleted", date.fromisoformat(data["recorded_on"]), data, happening)


def as_fact(type_: str, on: date, data: dict[str, Any], told: Happening) -> Fact:
    time = None if told.time is None else datetime.fromisoformat(told.time)
    return Fact(type_, on, data, told.source, told.id, 1, time, RECORDED)


def tags(fact: Fact) -> Iterator[str]:
    """What the ledger would find the fact by."""
    yield from tags_of(fact.type, fact.data)


def policy(history: History) -> Fact:
    data = {
        "policy": pack(history.policy),
        "policy_id": history.policy,
        "version": "1",
        "applies_from": history.applies_from.isoformat(),
    }
    return Fact("PolicyAdopted", history.applies_from, data, "urn:ledger", "policy", 1, None, RECORDED)


@cache
def pack(name: str) -> dict[str, Any]:
    return loading.as_json(loading.load((PACKS / f"{name}.yaml").read_text(encoding="utf-8")))


@cache
def calendar() -> Fact:
    days = [day.isoformat() for day in sorted(BANK_HOLIDAYS)]
    data = {"calendar_id": "england", "version": "1", "applies_from": "1990-01-01", "days": days}
    return Fact("CalendarAdopted", date(1990, 1, 1), data, "urn:ledger", "calendar", 1, None, RECORDED)
