"""Where a policy sets no interval: what calls for supervision waits, with its age, until something answers it."""

from tests.domain.told import adopted, day, discussed, finding, history, opened, policy, rows, told

CALLED = {"after": {"type": "NeedChanged"}, "answered_by": {"type": "CaseDiscussed"}}
ROW = {"id": "R-1", "when": {"service": "quay"}, "as_required": CALLED}
FACTS = [adopted(policy({"id": "T-1", "subject": "case", "table": {"rows": [ROW]}})), opened("2025-01-01")]
NEEDS = [told("NeedChanged", case_id="C-1", changed_on=on, kind="need") for on in ("2025-02-03", "2025-02-10")]


def test_it_waits_since_the_first_call_that_nothing_has_answered() -> None:
    found = finding("2025-02-12", *FACTS, discussed("2025-01-20"), *NEEDS)
    assert (found.status, found.code, found.opened_on, found.age_days) == ("due", "attention", day("2025-02-03"), 9)
    assert (found.due_on, len(found.evidence), found.last.on) == (None, 2, day("2025-01-20"))
    assert [str(row.status) for row in rows(*FACTS, *NEEDS, discussed("2025-02-10"))] == [
        "as_required", "due", "as_required",
    ]  # fmt: skip


def test_each_call_that_was_answered_is_in_the_history_with_its_answer() -> None:
    found = history("2025-03-01", *FACTS, *NEEDS, discussed("2025-02-03"))
    assert [(one.opened_on, one.due_on, one.met_on, str(one.status), len(one.evidence)) for one in found] == [
        (day("2025-02-03"), None, day("2025-02-03"), "met", 2)
    ]
    found = history("2025-03-01", *FACTS, *NEEDS, discussed("2025-02-20"))
    assert [(one.opened_on, one.met_on) for one in found] == [
        (day("2025-02-03"), day("2025-02-20")), (day("2025-02-10"), day("2025-02-20")),
    ]  # fmt: skip
