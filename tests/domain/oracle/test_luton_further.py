"""Both say the same of the further rules of Luton's framework, whatever was put right, taken back or told late."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, note, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from app.domain.compliance import Subject
from tests.domain.oracle import audits, case_supervision, luton_staff
from tests.domain.oracle.asking import BEFORE, adopted, noted, pack, rows_of, said_by_engine, stored
from tests.domain.oracle.carelessly import business_day, recorded, sent
from tests.domain.oracle.histories import History
from tests.domain.oracle.ledger import Sent, as_it_reads
from tests.domain.oracle.oracle import judge
from tests.domain.oracle.practice_histories import heard_workers, senior_practitioners
from tests.domain.oracle.quality_histories import luton_councils, service_managers
from tests.domain.oracle.supervision_histories import supervised_cases
from tests.domain.oracle.verdict import NOT_APPLICABLE, Verdict

RULES = [*luton_staff.RULES, *case_supervision.RULES, *audits.OF_COUNCIL]
TOLD: dict[str, st.SearchStrategy[History]] = {
    "councils": luton_councils(),
    "service managers": service_managers(),
    "senior practitioners": senior_practitioners(),
    "workers who are heard": heard_workers(),
    "supervised cases": supervised_cases(),
}


def examples() -> list[Any]:
    """Those that the policy carries itself of these rules."""
    carried = [(each, [said for said in each["expect"] if said["rule"] in RULES]) for each in pack("luton")["examples"]]
    return [pytest.param(each, said, id=each["title"]) for each, said in carried if said]


@pytest.mark.parametrize(("example", "expected"), examples())
def test_the_oracle_says_what_the_policys_own_example_says(
    example: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    kind, name = example["subject"].split("/")
    events = [event | {"source": "urn:a", "id": f"{number:03}"} for number, event in enumerate(example["events"])]
    for one in expected:
        verdict = judge("luton", date(2021, 6, 1), kind, name, events, date.fromisoformat(one["on"]))[one["rule"]]
        assert (one["on"], verdict.status) == (one["on"], one["status"])
        assert verdict.code in (None, one.get("code", verdict.code))
        assert str(verdict.due_on) in ("None", one.get("due_on", str(verdict.due_on)))


@pytest.mark.parametrize("who", TOLD)
def test_both_say_the_same_on_every_day_and_by_what_was_known_at_every_moment(who: str) -> None:
    @given(TOLD[who], st.integers(0, 2**32))
    def agree(history: History, chance: int) -> None:
        compared(history, Random(chance))

    agree()


@settings(max_examples=settings.default.max_examples // 2, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(*TOLD.values()), st.integers(0, 2**32))
def test_the_timeline_says_of_each_day_what_the_oracle_says(history: History, chance: int) -> None:
    told = told_of(history, Random(chance))
    noted(told)
    rows = rows_of(policy(history), subject(history), told)
    for day in history.days:
        on_day = [row for row in rows if row.from_on <= day and (row.until_on is None or day <= row.until_on)]
        said = {row.rule: Verdict(str(row.status), row.code) for row in on_day}
        if day >= min((row.from_on for row in rows), default=date.max):
            note(f"as at {day}")
            expected = by_oracle(history, told, day, None)
            assert shown(said, expected, dated=False) == shown(expected, expected, dated=False)


FRAME = {"WorkerStarted", "WorkerLeft", "CaseOpened", "CaseClosed", "AuditSampleDrawn"}
OPEN_ENDED = {"not_yet_applicable", "due", "met"}
BY_ROLE = {"not_applicable", "not_assessable"}
SEEN: dict[str, dict[str, set[str]]] = {
    "councils": {
        "LU-127": {"due", "met", "breached"},
        "LU-128": {"due", "met", "breached", "not_assessable"},
    },
    "service managers": {
        "LU-131": {"due", "met", "breached"} | BY_ROLE,
        "LU-132": {"due", "met", "tolerated"} | BY_ROLE,
    },
    "senior practitioners": {
        "LU-10": {"met", "breached"} | BY_ROLE,
        "LU-11": {"met", "breached"} | BY_ROLE,
    },
    "workers who are heard": {
        "LU-86": {"not_yet_applicable", "met", "breached"},
        "LU-109": OPEN_ENDED | {"tolerated", "late_met"},
        "LU-122": OPEN_ENDED,
        "LU-124": OPEN_ENDED,
    },
    "supervised cases": {
        "LU-09": {"not_yet_applicable", "met", "tolerated", "not_assessable"},
        "LU-12": OPEN_ENDED,
        "LU-30": OPEN_ENDED | {"tolerated", "late_met"},
        "LU-52": {"met", "tolerated"} | BY_ROLE,
    },
}


@pytest.mark.parametrize("who", TOLD)
def test_among_the_histories_each_status_that_a_rule_can_have_is_soon_found(who: str) -> None:
    missing = {rule: set(statuses) for rule, statuses in SEEN[who].items()}

    def is_the_last_that_was_missing(history: History) -> bool:
        told = [Sent(event, BEFORE) for event in history.events]
        for day in history.days[-3:]:
            for rule, verdict in by_oracle(history, told, day, None).items():
                missing.get(rule, set()).discard(verdict.status)
        return not any(missing.values())

    soon = settings(max_examples=1500, database=None, phases=[Phase.generate])
    try:
        find(TOLD[who], is_the_last_that_was_missing, settings=soon, random=Random(2021))
    except NoSuchExample:
        pytest.fail(f"never seen: {missing}")


def compared(history: History, chance: Random) -> None:
    told = told_of(history, chance)
    noted(told)
    held = stored([policy(history), *told])
    for day in history.days:
        known_at = chance.choice([None, chance.choice(told).recorded + timedelta(seconds=chance.choice([-1, 0]))])
        note(f"as at {day}, known at {known_at}")
        found = said_by_engine(held, subject(history), day, known_at)
        expected = by_oracle(history, told, day, known_at)
        assert shown(found, expected) == shown(expected, expected)


def told_of(history: History, chance: Random) -> list[Sent]:
    """Who works here, which cases are open and what has two dates is told rightly, if late; the rest carelessly."""
    events = list({(event["source"], event["id"]): event for event in history.events}.values())
    framed = [event for event in events if event["type"] in FRAME or "event_on" in event["data"]]
    told = sent([event for event in events if event not in framed], chance) if len(framed) < len(events) else []
    told += [Sent(event, recorded(business_day(event), chance)) for event in framed]
    told += [chance.choice(told) for _ in range(chance.randrange(3))]  # sent again, word for word
    chance.shuffle(told)
    return told


def policy(history: History) -> Sent:
    return adopted(pack("luton", *RULES), history.applies_from)


def subject(history: History) -> Subject:
    return Subject(history.subject_kind, history.subject_id)


def by_oracle(history: History, told: list[Sent], day: date, known_at: datetime | None) -> dict[str, Verdict]:
    kind, name, events = history.subject_kind, history.subject_id, as_it_reads(told, known_at)
    said = judge(history.policy, history.applies_from, kind, name, events, day)
    return {rule: verdict for rule, verdict in said.items() if rule in RULES}


def shown(said: dict[str, Verdict], expected: dict[str, Verdict], *, dated: bool = True) -> dict[str, Any]:
    """The status; the code where the oracle names one; the date of what is open, except in windows."""
    answer = {}
    for rule, wanted in expected.items():
        verdict = said.get(rule, NOT_APPLICABLE)
        code = verdict.code if wanted.code else None
        due_on = verdict.due_on if dated and wanted.due_on and wanted.status not in ("met", "late_met") else None
        answer[rule] = (verdict.status, code, due_on)
    return answer
