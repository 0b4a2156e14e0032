"""A sample of files that a senior manager draws in the demo for an audit, two of which are audited on the same day.

Drawn by the service's own operation once the lists are there, as anybody would: chance says which files.
"""

from datetime import date
from typing import Any, Final

from app.demo.personas import PEOPLE

COUNCIL: Final = "luton"
DRAWER: Final = "senior_manager"
SAMPLE: Final = "SM-SIX-MONTHLY"
SCORES: Final = (7, 5)


def wanted() -> dict[str, Any]:
    """The sample as it is asked for: three of all who are supervised as social workers."""
    return {"sample_id": SAMPLE, "programme": "qa_audit", "size": 3, "population": {"role": "social_worker"}}


def audits(selected: list[str], today: date) -> list[dict[str, Any]]:
    """The audits of the first of them; the last is still to be done."""
    return [
        {
            "specversion": "1.0", "type": "FileAudited", "source": f"urn:{COUNCIL}:portal", "id": f"{SAMPLE}-{number}",
            "data": {
                "audit_id": f"AU-{SAMPLE}-{number}", "audited_on": today.isoformat(), "worker_id": worker,
                "auditor_id": PEOPLE[COUNCIL][DRAWER], "programme": "qa_audit", "sample_id": SAMPLE,
                "selection": "random", "tool_version": "2021-03", "score": score,
            },
        }
        for number, (worker, score) in enumerate(zip(selected, SCORES, strict=False), 1)
    ]  # fmt: skip
