"""Which persona of the demo passes at which address, in both councils: written by hand from the matrix of access."""

from datetime import date

from app.demo.councils import DemoCouncil

ASKED = (
    "/v1/workers/{own}/compliance", "/v1/workers/{own}/file", "/v1/workers/{own}/copies",
    "/v1/workers/{own}/access-log", "/v1/workers/{other}/compliance", "/v1/workers/{other}/file",
    "/v1/cases/{case}/compliance", "/v1/cases/{case}/record", "/v1/cases/{case}/record?purpose=oversight",
    "/v1/workers?limit=1", "/v1/events?limit=1", "/v1/access-log", "/v1/access-grants", "/v1/policies", "/metrics",
)  # fmt: skip
"""`own`, `case`: of the supervisee persona; `other`: of another team, whom the interim supervisor supervises."""

PASSES = {
    "luton": """
        supervisee           200 200 200 200 404 404 200 200 403 200 403 403 200 200 403
        supervisor           200 200 200 403 404 404 200 200 403 200 403 403 200 200 403
        interim_supervisor   404 404 404 403 200 200 404 404 404 200 403 403 200 200 403
        line_manager         200 200 403 403 404 404 200 200 403 200 403 403 200 200 403
        senior_practitioner  200 403 403 403 404 403 200 200 403 200 403 403 403 200 403
        service_manager      200 200 403 403 404 404 200 403 200 200 403 403 200 200 403
        service_director     200 403 403 403 200 403 200 403 200 200 403 403 200 200 403
        senior_manager       200 403 403 403 200 403 200 403 200 200 403 403 200 200 403
        hr                   404 404 403 403 404 404 403 403 403 403 403 403 200 200 403
        auditor              200 200 403 200 200 403 200 403 403 200 200 200 200 200 403
        integration          200 403 403 403 200 403 200 403 403 200 200 403 403 200 200
        dpo                  200 403 403 200 200 403 200 403 403 200 403 200 200 200 403
        admin                403 403 403 403 403 403 403 403 403 403 403 403 200 200 200""",
    "shropshire": """
        supervisee           200 403 200 200 404 404 200 200 403 200 403 403 200 200 403
        supervisor           200 200 200 403 404 404 200 200 403 200 403 403 200 200 403
        interim_supervisor   404 404 404 403 200 200 404 404 404 200 403 403 200 200 403
        line_manager         200 403 403 403 404 404 200 200 403 200 403 403 200 200 403
        senior_practitioner  404 403 403 403 404 403 404 404 404 200 403 403 403 200 403
        service_manager      200 403 403 403 200 403 200 403 200 200 403 403 200 200 403
        service_director     200 403 403 403 200 403 200 403 200 200 403 403 200 200 403
        senior_manager       200 403 403 403 200 403 200 403 200 200 403 403 200 200 403
        hr                   404 404 403 403 404 404 403 403 403 403 403 403 200 200 403
        auditor              200 403 403 200 200 403 200 403 403 200 200 200 200 200 403
        integration          200 403 403 403 200 403 200 403 403 200 200 403 403 200 200
        dpo                  200 403 403 200 200 403 200 403 403 200 403 200 200 200 403
        admin                403 403 403 403 403 403 403 403 403 403 403 403 200 200 200""",
}
"""Persona × question: 404, as of nobody, where they are nothing to the subject; 403 where their role has no such
question, or where they may know that there is something which they may not see."""


def a_case_of(worker: str, council: DemoCouncil, first_day: date) -> str:
    """An open case that the worker holds."""
    told = council.history(first_day)
    gone = {e["data"]["case_id"] for e in told if e["type"] in ("CaseClosed", "CaseUnallocated", "CaseTransferred")}
    held = [e["data"] for e in told if e["type"] == "CaseAllocated" and e["data"]["worker_id"] == worker]
    return next(str(data["case_id"]) for data in held if data["case_id"] not in gone)
