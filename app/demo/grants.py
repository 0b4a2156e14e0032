"""What is granted in the demo for a time: given by the service's own operation, as anybody would give it.

Each start gives anew what no longer holds, so that a demo which was kept for months still shows it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from app.demo import luton_personas, shropshire_personas
from app.demo.personas import PEOPLE


@dataclass(frozen=True, slots=True)
class DemoGrant:
    """Who gives whom (personas) what for, and for how many days."""

    giver: str
    grantee: str
    purpose: str
    days: int
    worker: str | None = None
    """Whose file it opens; None: an engagement for the whole council."""

    @property
    def scope(self) -> dict[str, str]:
        """What it opens, as the service's operation takes it."""
        return {"kind": "organisation"} if self.worker is None else {"kind": "file", "id": self.worker}

    def asked(self, council: str, today: date) -> dict[str, Any]:
        """The request for it, from today."""
        until = today + timedelta(days=self.days - 1)
        grantee = PEOPLE[council][self.grantee]
        return {
            "grantee_id": grantee, "scope": self.scope, "purpose": self.purpose, "until_on": until.isoformat(),
            "reason": "demo",
        }  # fmt: skip

    def is_among(self, council: str, holding: Iterable[Mapping[str, Any]]) -> bool:
        """Whether one of the grants that the service shows is this one."""
        wanted = (PEOPLE[council][self.grantee], self.purpose, {"id": None, **self.scope})
        return any((each["grantee_id"], each["purpose"], each["scope"]) == wanted for each in holding)


def _of(supervisee: str, of_a_matter: str) -> tuple[DemoGrant, ...]:
    return (
        DemoGrant("admin", "auditor", "audit", 90),
        DemoGrant("senior_manager", "auditor", "audit", 14, supervisee),
        DemoGrant("senior_manager", "service_manager", "audit", 14, supervisee),
        DemoGrant("senior_manager", "hr", "hr_matter", 90, of_a_matter),
    )


GRANTS: Final[Mapping[str, tuple[DemoGrant, ...]]] = {
    "luton": _of(luton_personas.SUPERVISEE, luton_personas.OF_A_MATTER),
    "shropshire": _of(shropshire_personas.SUPERVISEE, shropshire_personas.OF_A_MATTER),
}
"""Council → what is granted there. What it opens differs all the same: each council's policy decides."""
