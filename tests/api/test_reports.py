"""Reports: the lists' own rows as flat tables, whole, harmless to a spreadsheet, without a name or a text."""

import csv
import io
import time

from app.api.reports import harmless, lines
from tests.councils import Council

DAY = "2025-04-04"


def table(council: Council, name: str, **query: str) -> list[dict[str, str]]:
    answer = council.get(f"/v1/reports/{name}.csv", **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(answer.content) == int(answer.headers["Content-Length"])
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def told(council: Council) -> None:
    """A worker, two cases of theirs, one of them late; and what must not be in a report."""
    council.tell("WorkerStarted", worker_id="W-1", started_on="2024-01-01", role="social_worker", service="assessment")
    for case in ("C-1", "C-2"):
        council.tell("CaseOpened", case_id=case, opened_on="2025-01-02", service="family_safeguarding")
        council.tell("CaseAllocated", case_id=case, worker_id="W-1", allocated_on="2025-01-02")
    narrative = {"depth": "full", "setting": "individual", "narrative": "Canary text"}
    position = council.tell("CaseDiscussed", case_id="C-1", discussed_on="2025-04-02", **narrative)
    council.client.put("/v1/directory/workers/W-1", json={"name": "Canary Name"})
    until = time.monotonic() + 30
    while council.get("/v1/cases", min_position=position).status_code != 200:
        assert time.monotonic() < until


def test_reports_hold_what_the_lists_hold_and_neither_names_nor_texts(luton: Council) -> None:
    told(luton)
    cases = table(luton, "cases", as_at=DAY)
    listed = luton.get("/v1/cases", as_at=DAY).json()["items"]
    assert [(row["case_id"], row["status"], row["lead"]) for row in cases] == [
        (item["id"], item["status"], item["lead"]) for item in listed
    ]
    assert [row["case_id"] for row in cases] == ["C-1", "C-2"]
    for row, item in zip(cases, listed, strict=True):
        counts = {
            name.removeprefix("rules_"): int(n) for name, n in row.items() if name.startswith("rules_") and n != "0"
        }
        assert counts == item["findings"]
        assert row["as_at"] == DAY
    (worker,) = table(luton, "workers", as_at=DAY)
    assert (worker["worker_id"], worker["role"]) == ("W-1", "social_worker")
    owed = luton.get("/v1/obligations", as_at=DAY, limit=500).json()["items"]
    rows = table(luton, "obligations", as_at=DAY)
    work = [row for row in rows if row["status"] in ("breached", "not_assessable", "tolerated", "due")]
    assert [(row["subject_id"], row["rule"], row["title"], row["due_on"]) for row in work] == [
        (item["subject"]["id"], item["rule"], item["title"], item["due_on"] or "") for item in owed
    ]
    assert len(rows) > len(work) > 5
    told_ = [luton.get(f"/v1/reports/{name}.csv", as_at=DAY).text for name in ("workers", "cases", "obligations")]
    assert not any("Canary" in each for each in told_)
    before = table(luton, "cases", as_at="2025-01-01")
    assert before == []


def test_the_columns_of_a_report_are_these_in_this_order(council: Council) -> None:
    rules = [
        f"rules_{status}"
        for status in (
            "breached", "not_assessable", "tolerated", "excused", "due", "late_met", "met", "as_required",
            "not_yet_applicable", "not_applicable",
        )
    ]  # fmt: skip
    of_worker = ["role", "service", "team", "stage", "employment_type", "supervisor", "interim"]
    columns = {
        "workers": ["as_at", "worker_id", "status", "code", "since", *of_worker, *rules],
        "cases": ["as_at", "case_id", "status", "code", "since", "service", "category", "team", "lead", *rules],
        "obligations": [
            "as_at", "subject_type", "subject_id", "rule", "title", "policy", "force", "status", "code", "since",
            "due_on", "days_late", "role", "service", "category", "team", "stage", "employment_type", "lead",
            "supervisor", "interim",
        ],
    }  # fmt: skip
    for name, expected in columns.items():
        assert council.get(f"/v1/reports/{name}.csv").text == ",".join(expected) + "\r\n", name


def test_a_report_takes_a_day_and_nothing_else(council: Council) -> None:
    assert council.get("/v1/reports/cases.csv", as_at="yesterday").status_code == 422
    assert council.get("/v1/reports/cases.csv", limit="1").json()["code"] == "unknown_parameter"
    with council.as_client(scope="state:read") as other:
        assert other.get("/v1/reports/cases.csv").json()["code"] == "scope_missing"


def test_no_cell_is_taken_for_a_formula_and_every_cell_comes_back() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"):
        assert harmless(text) == f"'{text}"
    for plain in ("C-1", "a=b", 7, -7, None, ""):
        assert harmless(plain) == plain
    cells = ['a "quoted" one', "a, b", "two\r\nlines", "Gwasanaethau plant – tîm"]
    written = lines([cells])
    assert written.endswith(b"\r\n")
    assert next(csv.reader(io.StringIO(written.decode(), newline=""))) == cells
