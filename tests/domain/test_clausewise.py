"""A pack clause by clause: each is there with what becomes of it, each rule with what it rests on and an example."""

import re

import pytest

from app import shipped
from app.domain.policy.clausewise import page
from app.domain.policy.loading import check, load
from app.domain.policy.shapes import Pack

SHROPSHIRE, LUTON = load(shipped.pack("shropshire")), load(shipped.pack("luton"))
NATIONAL = load(shipped.pack("national"))
packs = pytest.mark.parametrize("pack", [SHROPSHIRE, LUTON, NATIONAL], ids=lambda pack: pack.id)


@packs
def test_every_clause_is_there_with_what_becomes_of_it(pack: Pack) -> None:
    rows = re.findall(r"^\| (\S+) \| (.+) \| (.+) \|$", page(pack).split("## Every rule")[0], re.MULTILINE)
    shown = {clause: (text, becomes) for clause, text, becomes in rows if clause not in ("clause", "---")}
    assert {clause: text for clause, (text, _) in shown.items()} == {
        name: clause.text for name, clause in pack.clauses.items()
    }
    for name, clause in pack.clauses.items():
        becomes = shown[name][1]
        assert (clause.carries == "rule") == becomes.startswith("judged by a rule: [")
        assert (clause.carries == "fact") == becomes.startswith("recorded and shown, by [`")


@packs
def test_every_rule_is_there_with_its_words_what_it_rests_on_and_an_example(pack: Pack) -> None:
    parts = re.split(r"^### (\S+)$", page(pack).split("## How unclear")[0], flags=re.MULTILINE)[1:]
    said = dict(zip(parts[::2], parts[1::2], strict=True))
    assert list(said) == [duty.id for rule in pack.rules for duty in rule.duties]
    for rule in pack.rules:
        for duty in rule.duties:
            assert f"**{duty.title}.** {duty.clause}. Force: *{duty.force.value}*." in said[duty.id]
            assert duty.quote is None or f"> {duty.quote}" in said[duty.id]
            assert "Asked of " in said[duty.id]
            assert "- For example: " in said[duty.id]
            assert all(pack.readings[key].taken in said[duty.id] for key in duty.readings)


def test_a_clause_leads_to_the_rule_that_answers_it_and_a_fact_to_the_event_that_tells_it() -> None:
    assert "| SH-36 | A family may be discussed" in page(SHROPSHIRE)
    assert "| judged by a rule: [SH-28](#sh-28), *must* |" in page(SHROPSHIRE)
    assert "recorded and shown, by [`SessionHeld.functions`](../events.md#sessionheld)" in page(SHROPSHIRE)


def test_a_fact_that_no_event_can_tell_is_found() -> None:
    text = shipped.pack("shropshire").replace("[SessionHeld.functions]", "[SessionHeld.function, SesionHeld]")
    assert [(fault.pointer, fault.suggestion) for fault in check(text)] == [
        ("/clauses/SH-06/told_by/0", "functions"),
        ("/clauses/SH-06/told_by/1", "SessionHeld"),
    ]
