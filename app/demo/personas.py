"""The personas of the demo: one for each role, in each council, with the least that the role needs.

Who they are in the invented data stands with each council (`PEOPLE`); here stands what their tokens say. All but
`integration` are people: the demo's application asks on their behalf, and they have an id of their own in the ledger.
Their scopes are those that their role's own lines in the matrix of access take, and no more; they send events of their
council's sources, of the types that their role may record. What they may do with it the matrix decides, for them as for
anybody.
"""

from collections.abc import Mapping
from typing import Any, Final

from app import shipped
from app.demo import luton_personas, shropshire_personas

APPLICATION: Final = "supervision-demo"
"""The client that asks on behalf of people (`azp`)."""

PEOPLE: Final[Mapping[str, Mapping[str, str]]] = {
    "shropshire": shropshire_personas.PEOPLE,
    "luton": luton_personas.PEOPLE,
}
"""Council → persona → who they are in its ledger."""

PERSONAS: Final = (
    "supervisee", "supervisor", "interim_supervisor", "line_manager", "senior_practitioner", "service_manager",
    "service_director", "senior_manager", "hr", "auditor", "integration", "dpo", "admin",
)  # fmt: skip
"""Their names, as in `tokens.json`: those of the roles, and `admin` for `council_admin`."""

_BESIDES: Final[Mapping[str, frozenset[str]]] = {
    "integration": frozenset({"records:write"}),
    "admin": frozenset({"council:admin"}),
}
"""What the matrix does not know of."""


def claims(council: str, persona: str) -> dict[str, Any]:
    """What a persona's token says beside issuer, audience and times. Raises KeyError for others."""
    role = "council_admin" if persona == "admin" else persona
    said: dict[str, Any] = {"council": council, "sub": f"{council}-{persona}", "scope": _scope(role, persona)}
    if "events:write" in said["scope"]:
        said |= {"sources": [f"urn:{council}:*"], "types": ["*"] if persona == "integration" else _types(role)}
    if persona == "integration":
        return said
    return said | {"azp": APPLICATION, "worker_id": PEOPLE[council][persona], "roles": [role]}


def _scope(role: str, persona: str) -> str:
    matrix = shipped.matrix()
    taken = {matrix.operations[name].scope for cell in matrix.roles[role].cells for name in cell.may}
    return " ".join(sorted({scope for scope in taken if scope} | _BESIDES.get(persona, frozenset())))


def _types(role: str) -> list[str]:
    return sorted({name for line in shipped.matrix().records if role in line.by for name in line.types})
