"""`POST /v1/policies/check`: whatever a file holds, it is answered with what is wrong, where, and what was meant."""

import pytest

from app import shipped
from tests.councils import Council

STARTER = shipped.starter("harbour", "Harbour", "2026-04")

HOSTILE = {
    "nothing": "",
    "a list that never ends": "[" * 100_000,
    "a bomb of aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "a tag that would run something": "a: !!python/object/apply:os.system ['true']\n",
    "tabs": STARTER.replace("  ", "\t"),
    "two documents": f"{STARTER}\n---\n{STARTER}",
    "everything twice": STARTER + STARTER,
    "a character that is no text": STARTER.replace("Section", "Sec\x07tion"),
    "a very long key": f"? {'k' * 300_000}\n: 1\n",
    "more than any policy needs": "#" * 600_000,
    "very many entries": "rules: [" + "[]," * 50_000 + "]",
    "events that multiply": "".join(f"e{n}: {{any_of: [e{n + 1}, e{n + 1}]}}, " for n in range(150)).join(
        ['id: a\nversion: "1"\ntitle: t\nevents: {', "e150: {type: CaseDiscussed}}\nrules: []\n"]
    ),
    "names unknown everywhere": STARTER.replace("event:", "evnt:").replace("rule:", "ruel:").replace("type:", "tpye:"),
    "numbers for words": STARTER.replace("worker", "7").replace("case", "8"),
    "nothing in every place": STARTER.replace("{", "{} #").replace("[", "[] #"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_the_file_holds_it_is_answered_with_what_is_wrong(council: Council, text: str) -> None:
    sent = {"policy_yaml": text}
    answer = council.client.post("/v1/policies/check", json=sent)
    assert answer.status_code == 200, answer.text
    assert answer.json()["valid"] is False
    errors = answer.json()["errors"]
    assert 1 <= len(errors) <= 100
    for error in errors:
        assert error.keys() == {"line", "column", "pointer", "code", "detail", "suggestion"}
        assert error["line"] >= 1
        assert error["column"] >= 1
        assert len(error["detail"]) < 500
    adopted = council.client.post("/v1/policies/adopt", json=sent | {"applies_from": "2026-04-01"})
    assert (adopted.status_code, adopted.json()["code"]) == (422, "invalid_policy")


@pytest.mark.parametrize("character", ["\\ud800", "\\u0000"])
def test_half_a_character_or_none_is_refused_before_it_is_read(council: Council, character: str) -> None:
    sent = '{"policy_yaml": "id: a' + character + '"}'
    answer = council.client.post("/v1/policies/check", content=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


def test_a_slip_is_answered_with_its_place_and_the_word_that_was_meant(council: Council) -> None:
    text = STARTER.replace("role: [social_worker, team_manager]", "role: [social_worker, team_manger]")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "team_manger" in each)
    assert council.client.post("/v1/policies/check", json={"policy_yaml": text}).json() == {
        "valid": False,
        "errors": [
            {
                "line": line,
                "column": text.splitlines()[line - 1].index("[") + 1,
                "pointer": "/rules/0/applies/role",
                "code": "unknown_role",
                "detail": "unknown role `team_manger`: did you mean `team_manager`?",
                "suggestion": "team_manager",
            }
        ],
    }


def test_a_pack_to_begin_with_is_valid(council: Council) -> None:
    answer = council.client.post("/v1/policies/check", json={"policy_yaml": STARTER})
    assert (answer.status_code, answer.json()) == (200, {"valid": True, "errors": []})
