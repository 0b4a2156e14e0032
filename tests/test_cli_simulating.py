"""What a simulation says on the command line: nothing that it holds is turned round, or left out without a word."""

from typing import Any

from app.cli.simulating import SHOWN, lines


def job(late: int = 0, newly: int = 0, already: int = 0) -> dict[str, Any]:
    """A finished job in which so many would newly be late, and so many findings are not known."""
    items = [{"subject": {"type": "case", "id": f"C-{number}"}, "rules": ["R-1"]} for number in range(late)]
    nobody: dict[str, Any] = {"count": 0, "items": []}
    result = {
        "subjects": {"changed": late, "looked_at": 50},
        "by_month": [{"on": "2025-02-14", "changed": late, "newly_late": late, "no_longer_late": 0}],
        "by_rule": [], "new_rules": [], "removed_rules": [],
        "newly_late": {"count": late, "items": items}, "no_longer_late": nobody,
        "cannot_be_known": [{"newly": newly, "already": already}],
    }  # fmt: skip
    return {"id": "abc", "asked": {"as_at": "2025-02-14"}, "result": result}


def test_what_could_not_be_known_under_the_draft_is_said_so() -> None:
    assert [*lines(job(newly=7, already=2))][-1] == (
        "7 findings could not be known, beside 2 that cannot be known already."
    )
    assert not any("known" in line for line in lines(job(already=2)))


def test_of_many_that_would_be_late_it_says_how_many_are_not_shown() -> None:
    said = [*lines(job(late=SHOWN + 9))]
    assert sum(line.endswith(": R-1") for line in said) == SHOWN
    assert "  and 9 more: GET /v1/jobs/abc" in said
    assert not any("more" in line for line in lines(job(late=SHOWN)))
