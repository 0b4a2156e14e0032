"""What a comparison says on the command line: both answers, what time did, and which facts; and of everybody."""

from typing import Any

from app.cli.comparing import MOST_SUBJECTS, SHOWN, lines, lines_of_everybody
from tests.commands import Run

BEFORE = {"status": "breached", "code": None, "due_on": "2025-03-31", "why": "It was due."}
AFTER = {"status": "due", "code": "at_risk", "due_on": None, "why": "It is due."}


def change(facts: int, by_time: bool = False, before: dict[str, Any] | None = BEFORE) -> dict[str, Any]:
    because = [{"said": f"discussion (event {number})"} for number in range(facts)]
    return {"rule": "R-1", "title": "A rule", "before": before, "after": AFTER, "without_them": BEFORE,
            "by_time": by_time, "because": because}  # fmt: skip


def said(*changes: dict[str, Any]) -> list[str]:
    return [*lines({"subject": {"type": "case", "id": "C-1"}, "said": "As a whole.", "changes": changes})]


def test_each_change_is_shown_with_both_answers_and_its_causes() -> None:
    assert said(change(1)) == [
        "Case C-1. As a whole.", "", "R-1 A rule", "  before: breached, due by 31 March 2025. It was due.",
        "  after:  due (at risk). It is due.", "  because of the discussion (event 0)",
    ]  # fmt: skip
    assert "  the days alone: breached, due by 31 March 2025. It was due." in said(change(0, by_time=True))
    assert "  before: the rule was not known" in said(change(1, before=None))
    assert said(change(SHOWN + 2))[-1] == "  and of 2 further facts"
    assert not any("further" in line for line in said(change(SHOWN)))


def test_of_everybody_it_says_how_many_how_and_why() -> None:
    items = [{"subject": {"type": "case", "id": f"C-{n}"}, "rules": ["R-1"], "said": "So.", "because": [{"said": "x"}],
              "by_time": True} for n in range(MOST_SUBJECTS + 2)]  # fmt: skip
    found = {
        "subjects": {"changed": len(items), "looked_at": 99, "worse": 20, "better": 2},
        "by_status": [{"before": "due", "after": "breached", "subjects": 20}],
        "by_cause": {"told_later": 3, "time": 19}, "changed": {"count": len(items), "items": items},
    }  # fmt: skip
    told = [*lines_of_everybody(found)]
    assert told[:5] == [
        "The status of 22 subjects changed, of 99 looked at: 20 for the worse, 2 for the better.",
        "  20 due → breached", "What had a part in it: what was told later 3, the days alone 19.", "case/C-0 R-1: So.",
        "  because of the x",
    ]  # fmt: skip
    assert told[-1] == "and 2 more: GET /v1/changes"


def test_it_is_one_or_everybody(run: Run) -> None:
    assert run("compare").returncode == 2
    assert run("compare", "C-1", "--everybody").returncode == 2
