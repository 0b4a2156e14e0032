"""The shipped packs: they load, they cite what is there, and they can be read aloud."""

from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from app.domain import trying
from app.domain.calendar import add
from app.domain.obligations import Assessment, Finding
from app.domain.policy.adopted import pack_of
from app.domain.policy.checking import duties
from app.domain.policy.explaining import explain
from app.domain.policy.loading import as_json, check, load, load_calendar
from app.domain.policy.shapes import Pack, Rolling, Row, Status
from app.events.types.governance import PolicyAdopted

PACKS = {path.name.removesuffix(".yaml"): load(path.read_bytes()) for path in (files("app.domain") / "packs").iterdir()}
SHROPSHIRE, LUTON = PACKS["shropshire"], PACKS["luton"]

packs = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)


def rolling(clause: str) -> tuple[str, str | None, str]:
    """What the rule or row of Luton asks: the event, its target and its limit."""
    [duty] = [duty for _, duty in duties(LUTON) if duty.id == clause]
    assert isinstance(duty.every, Rolling)
    assert isinstance(duty.every.event, str)
    target = str(duty.every.target) if duty.every.target else None
    return duty.every.event, target, str(duty.every.limit)


def judged(pack: Pack) -> set[str]:
    return {clause for _, duty in duties(pack) for clause in (duty.id, *duty.answers)}


def test_the_policies_are_there_in_the_versions_they_were_adopted_in() -> None:
    shipped = {("shropshire", "2021-11"), ("luton", "2021-06"), ("national", "2020")}
    assert {(pack.id, pack.version) for pack in PACKS.values()} == shipped


@pytest.mark.parametrize(("pack", "prefix", "count"), [(SHROPSHIRE, "SH", 58), (LUTON, "LU", 134)])
def test_every_clause_of_the_document_is_known_even_when_no_rule_judges_it(pack: Pack, prefix: str, count: int) -> None:
    assert list(pack.clauses) == [f"{prefix}-{number:02}" for number in range(1, count + 1)]
    assert {name for name, clause in pack.clauses.items() if clause.carries == "rule"} == judged(pack)


def test_no_clause_waits_for_a_rule() -> None:
    waiting = {name for pack in PACKS.values() for name, clause in pack.clauses.items() if clause.carries == "not_yet"}
    assert waiting == set()


@packs
def test_every_rule_says_where_it_stands_and_quotes_it(pack: Pack) -> None:
    for _, duty in duties(pack):
        assert duty.id in pack.clauses
        assert duty.clause
        assert pack.id == "national" or duty.quote  # the standard is told in our own words
        assert not (duty.quote or "").endswith("\n")


@packs
def test_every_reading_and_every_event_of_the_pack_is_used(pack: Pack) -> None:
    assert {reading for _, duty in duties(pack) for reading in duty.readings} == set(pack.readings)
    text = str(as_json(pack) | {"events": None, "clauses": None})
    inner = str(as_json(pack)["events"])
    assert [name for name in pack.events if f"'{name}'" not in text and inner.count(f"'{name}'") < 2] == []


@packs
def test_a_pack_comes_back_from_the_ledger_as_it_went_in(pack: Pack) -> None:
    kept = as_json(pack)
    PolicyAdopted.model_validate(
        {"policy": kept, "policy_id": pack.id, "version": pack.version, "applies_from": "2021-11-01"}
    )
    assert pack_of(kept) == pack


def test_the_rules_that_the_first_answers_need_are_there() -> None:
    wanted = {"SH-21", "SH-23", "SH-24", "SH-25", "SH-26", "SH-28", "SH-32", "SH-35", "SH-48"}
    assert wanted <= {duty.id for _, duty in duties(SHROPSHIRE)}
    assert {"LU-14", "LU-16", "LU-26", "LU-67", "LU-68", "LU-69", "LU-100"} <= {duty.id for _, duty in duties(LUTON)}


def test_clauses_that_are_answered_by_another_rule_are_answered() -> None:
    assert {"SH-29", "SH-36", "SH-39", "SH-41", "SH-44", "SH-49", "SH-50"} <= judged(SHROPSHIRE)
    assert {"LU-19", "LU-20", "LU-23", "LU-25", "LU-28", "LU-31", "LU-48", "LU-64", "LU-66"} <= judged(LUTON)


@pytest.mark.parametrize(
    ("rows", "duty"),
    [
        ("34 35 36 37 38 39 46 53 57 58 59 61 62 65", ("case_supervision", None, "28 days")),
        ("63", ("case_supervision_or_screening", None, "28 days")),
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
        "a form or note for the same discussion (its author is the supervisor, or whoever stands in) within 5 working",
        "A personal session every 42 days at the latest, every 28 days as the target.",
        "| LU-56 | service is care leavers and category is keeping touch | As and when required:",
        "As and when required: change of need calls for a case supervision. | must |",
        "; one booked on its own day or later was not planned; answers say “supervised” and “personal supervision”",
        "where setting is individual and depth is full; answers say “discussed with the full form”",
        "every 12 months at the latest. Silence proves nothing until the visits are confirmed complete. | must |",
        "split equally between deputy team manager and team manager: unequal when they differ by more than 1 case and",
        "A case of a senior practitioner counts to whoever supervises them in the oversight strand. Told beside it",
        "It is about every team whose service is mash.",
        "A peer supervision in each calendar week at least.",
        "within 28 days (ours, the policy names none) or by the first personal session if that is sooner.",
    ):
        assert sentence in text


def test_a_slip_in_a_shipped_pack_would_be_found() -> None:
    text = (files("app.domain") / "packs" / "luton.yaml").read_text(encoding="utf-8")
    [fault] = check(text.replace("when: {service: adoption}", "when: {service: adopton}"))
    assert fault.detail == "unknown service `adopton`: did you mean `adoption`?"
    assert text.splitlines()[fault.line - 1].strip() == "when: {service: adoption}"


def test_the_whole_pack_of_the_guide_is_one_and_its_examples_come_out_as_written() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
    text = guide.split("## A whole pack\n")[1].split("```yaml\n")[1].split("```")[0]
    assert check(text) == []
    assert [rule.id for rule in load(text).rules] == ["B-1", "B-2", "B-3", "B-4"]
    assert all(each.as_expected for each in trying.tried(load(text), ENGLAND))


# --- the examples that the packs carry --------------------------------------------------------------------------------


Told = tuple[str, Mapping[str, Any]]
ENGLAND = load_calendar((files("app.domain") / "calendars" / "england.yaml").read_bytes())


def assessed(pack: Pack, subject: str, events: Iterable[Told], as_at: str) -> Assessment:
    return trying.assessed(pack, ENGLAND, subject, events, date.fromisoformat(as_at))


def found(assessment: Assessment, rule: str) -> Finding:
    [finding] = [finding for finding in assessment.findings if finding.rule == rule]
    return finding


@packs
def test_every_example_of_a_shipped_pack_comes_out_as_it_says(pack: Pack) -> None:
    odd = [each for each in trying.tried(pack, ENGLAND) if not each.as_expected]
    assert [(each.example.title, outcome.said) for each in odd for outcome in each.outcomes] == []


@packs
def test_every_rule_and_every_row_of_a_shipped_pack_has_an_example(pack: Pack) -> None:
    assert trying.without_example(pack) == []


ROLLING_ROWS = [row for rule in LUTON.rules if rule.table for row in rule.table.rows if row.every]


@pytest.mark.parametrize("row", ROLLING_ROWS, ids=lambda row: row.id)
def test_every_row_of_section_7_falls_due_one_interval_after_the_case_came_in(row: Row) -> None:
    assert row.every is not None
    assert row.when.service is not None
    opened = {"case_id": "C-1", "opened_on": "2025-03-03", "service": row.when.service.equals}
    if row.when.category is not None:
        opened["category"] = row.when.category.equals or (row.when.category.any_of or [None])[0]
    finding = found(assessed(LUTON, "case/C-1", [("CaseOpened", opened)], "2025-03-04"), row.id)
    assert (finding.status, finding.due_on) == (Status.DUE, add(row.every.limit, date(2025, 3, 3)))
    assert finding.target_on == (row.every.target and add(row.every.target, date(2025, 3, 3)))


def test_of_a_case_whose_type_the_document_does_not_name_nothing_is_said() -> None:
    opened = {"case_id": "C-1", "opened_on": "2025-03-03", "service": "family_partnership", "category": "level_2"}
    assessment = assessed(LUTON, "case/C-1", [("CaseOpened", opened)], "2025-06-01")
    assert found(assessment, "LU-32").status is Status.NOT_SPECIFIED
