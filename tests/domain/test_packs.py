"""The two shipped packs: they load, they cite what is there, and they can be read aloud."""

from collections import defaultdict
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from app.domain.compliance import assess
from app.domain.history import Subject
from app.domain.policy.adopted import pack_of
from app.domain.policy.checking import duties
from app.domain.policy.explaining import explain
from app.domain.policy.loading import as_json, check, load, load_calendar
from app.domain.policy.shapes import Example, Expected, Pack, Rolling
from app.events.facts import Fact, Facts, london_date
from app.events.tags import tags_of
from app.events.types import EVENT_TYPES

PACKS = {path.name.removesuffix(".yaml"): load(path.read_bytes()) for path in (files("app.domain") / "packs").iterdir()}
SHROPSHIRE, LUTON = PACKS["shropshire"], PACKS["luton"]

packs = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)


def rolling(clause: str) -> tuple[str, str | None, str]:
    """What the rule or row of Luton asks: the event, its target and its limit."""
    [duty] = [duty for _, duty in duties(LUTON) if duty.id == clause]
    assert isinstance(duty.every, Rolling)
    assert isinstance(duty.every.event, str)
    return duty.every.event, duty.every.target and str(duty.every.target), str(duty.every.limit)


def judged(pack: Pack) -> set[str]:
    return {clause for _, duty in duties(pack) for clause in (duty.id, *duty.answers)}


def test_the_two_policies_are_there_in_the_versions_they_were_adopted_in() -> None:
    assert {(pack.id, pack.version) for pack in PACKS.values()} == {("shropshire", "2021-11"), ("luton", "2021-06")}


@pytest.mark.parametrize(("pack", "prefix", "count"), [(SHROPSHIRE, "SH", 58), (LUTON, "LU", 134)])
def test_every_clause_of_the_document_is_known_even_when_no_rule_judges_it(pack: Pack, prefix: str, count: int) -> None:
    assert list(pack.clauses) == [f"{prefix}-{number:02}" for number in range(1, count + 1)]
    assert {name for name, clause in pack.clauses.items() if clause.carries == "rule"} == judged(pack)


@packs
def test_every_rule_says_where_it_stands_and_quotes_it(pack: Pack) -> None:
    for _, duty in duties(pack):
        assert duty.id in pack.clauses
        assert duty.clause
        assert duty.quote
        assert not duty.quote.endswith("\n")


@packs
def test_every_reading_and_every_event_of_the_pack_is_used(pack: Pack) -> None:
    assert {reading for _, duty in duties(pack) for reading in duty.readings} == set(pack.readings)
    text = str(as_json(pack) | {"events": None, "clauses": None})
    inner = str(as_json(pack)["events"])
    assert [name for name in pack.events if f"'{name}'" not in text and inner.count(f"'{name}'") < 2] == []


@packs
def test_a_pack_comes_back_from_the_ledger_as_it_went_in(pack: Pack) -> None:
    assert pack_of(as_json(pack)) == pack


def test_the_rules_that_the_first_answers_need_are_there() -> None:
    assert {"SH-23", "SH-24", "SH-25", "SH-26", "SH-28", "SH-35", "SH-48"} == {d.id for _, d in duties(SHROPSHIRE)}
    assert {"LU-14", "LU-16", "LU-26", "LU-67"} <= {duty.id for _, duty in duties(LUTON)}


def test_clauses_that_are_answered_by_another_rule_are_answered() -> None:
    assert {"SH-29", "SH-36", "SH-39", "SH-41", "SH-44", "SH-49", "SH-50"} <= judged(SHROPSHIRE)
    assert {"LU-19", "LU-20", "LU-23", "LU-25", "LU-28", "LU-31", "LU-48", "LU-64", "LU-66"} <= judged(LUTON)


@pytest.mark.parametrize(
    ("rows", "duty"),
    [
        ("34 35 36 37 38 39 46 53 57 58 59 61 62 63 65", ("case_supervision", None, "28 days")),
        ("47 50 54", ("case_supervision", "28 days", "42 days")),
        ("49 51 55 60", ("full_case_supervision", None, "3 months")),
        ("42", ("case_review", None, "12 months")),
        ("43", ("risk_assessment", None, "12 months")),
        ("44", ("child_seen", None, "12 months")),
        ("45", ("management_oversight", None, "12 months")),
    ],
)
def test_the_table_of_section_7_says_how_often(rows: str, duty: tuple[str, str | None, str]) -> None:
    assert {rolling(f"LU-{row}") for row in rows.split()} == {duty}


def test_every_case_type_of_the_table_has_its_rows() -> None:
    """Those that the document does not name (MASH routine work, levels 2 and 4, inactive cases) have none."""
    [table] = [rule.table for rule in LUTON.rules if rule.table]
    named = {
        (service, category)
        for service, categories in LUTON.codes.services.items()
        for category in categories or [None]
        for row in table.rows
        if _says(row.when.service, service) and (row.when.category is None or _says(row.when.category, category))
    }
    every = {(service, category) for service, found in LUTON.codes.services.items() for category in found or [None]}
    assert every - named == {
        ("mash", "routine"),
        ("family_partnership", "level_2"),
        ("family_partnership", "level_4"),
        ("children_with_disabilities", "cin_inactive"),
    }


def _says(check: object, word: str | None) -> bool:
    return word == getattr(check, "equals", None) or word in (getattr(check, "any_of", None) or ())


@pytest.mark.parametrize(
    ("pack", "clause", "force"),
    [
        (SHROPSHIRE, "SH-23", "should"),
        (SHROPSHIRE, "SH-25", "recommended"),
        (SHROPSHIRE, "SH-28", "must"),
        (LUTON, "LU-16", "should"),
        (LUTON, "LU-26", "recommended"),
        (LUTON, "LU-67", "must"),
    ],
)
def test_a_rule_is_as_strong_as_the_words_of_the_policy(pack: Pack, clause: str, force: str) -> None:
    assert [duty.force.value for _, duty in duties(pack) if duty.id == clause] == [force]


@packs
def test_a_pack_reads_aloud_with_every_rule_and_every_open_clause(pack: Pack) -> None:
    text = "\n\n".join(explain(pack))
    assert text.startswith(f"# {pack.title}\n")
    for _, duty in duties(pack):
        assert duty.id in text
    for name, clause in pack.clauses.items():
        assert clause.carries == "rule" or f"- {name}: {clause.text}" in text


def test_rules_read_as_sentences() -> None:
    text = "\n\n".join([*explain(SHROPSHIRE), *explain(LUTON)])
    for sentence in (
        "A personal session in each calendar month at least; 1 empty running is tolerated.",
        "A discussion every 2 months at the latest. The first runs from the allocation.",
        "After each discussion, a form or note for the same discussion within 5 working days.",
        "A personal session every 42 days at the latest, every 28 days as the target.",
        "| LU-56 | service is care leavers and category is keeping touch | As and when required:",
        "As and when required: change of need calls for a case supervision. | must |",
    ):
        assert sentence in text


def test_a_slip_in_a_shipped_pack_would_be_found() -> None:
    text = (files("app.domain") / "packs" / "luton.yaml").read_text(encoding="utf-8")
    [fault] = check(text.replace("when: {service: adoption}", "when: {service: adopton}"))
    assert fault.detail == "unknown service `adopton`: did you mean `adoption`?"
    assert text.splitlines()[fault.line - 1].strip() == "when: {service: adoption}"


def test_the_pack_that_the_guide_begins_with_is_a_pack() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
    text = guide.split("```yaml\n")[1].split("```")[0]
    assert check(text) == []
    assert [rule.id for rule in load(text).rules] == ["B-1", "B-2", "B-3", "B-4"]


# --- the examples that the packs carry --------------------------------------------------------------------------------


def told(pack: Pack, example: Example) -> Facts:
    """The example's events as facts, with the policy adopted when it was established and England's calendar."""
    calendar = load_calendar((files("app.domain") / "calendars" / "england.yaml").read_bytes())
    adopted = {"policy_id": pack.id, "version": pack.version, "applies_from": f"{pack.version}-01"}
    events = [("CalendarAdopted", calendar), ("PolicyAdopted", adopted | {"policy": as_json(pack)})]
    events += [(event.type, event.data) for event in example.events]
    by_tag: dict[str, list[Fact]] = defaultdict(list)
    for number, (name, data) in enumerate(events):
        on = next(london_date(data[field]) for field in EVENT_TYPES[name].on if field in data)
        fact = Fact(name, on, data, "urn:example", f"e-{number}", number + 1, None, datetime(2026, 1, 1, tzinfo=UTC))
        for tag in tags_of(name, data):
            by_tag[tag].append(fact)
    return Facts(defaultdict(list, {tag: sorted(facts, key=lambda fact: fact.on) for tag, facts in by_tag.items()}))


@pytest.mark.parametrize(
    ("pack", "example"),
    [pytest.param(pack, example, id=example.title) for pack in PACKS.values() for example in pack.examples],
)
def test_an_example_of_a_shipped_pack_comes_out_as_it_says(pack: Pack, example: Example) -> None:
    kind, _, name = example.subject.partition("/")
    for expected in example.expect:
        assessment = assess(Subject(kind, name), told(pack, example), date.fromisoformat(expected.on))
        [finding] = [finding for finding in assessment.findings if finding.rule == expected.rule]
        said = Expected(
            on=expected.on,
            rule=finding.rule,
            status=finding.status,
            code=finding.code if expected.code else None,
            due_on=str(finding.due_on) if expected.due_on else None,
        )
        assert said.model_dump(exclude_none=True) == expected.model_dump(exclude_none=True)
