"""Who somebody is to this service, and what they may: for people who wonder, and programs that show it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Depends, Response

from app.api.answers import json_response
from app.api.deps import Permitted, Service, only_known_parameters, today
from app.api.documents import problems
from app.api.permitting import Standing, standing_to
from app.domain.access.deciding import Asking
from app.domain.access.explaining import given
from app.domain.access.grants import Grant, live_grants
from app.domain.subject import Subject
from app.events.facts import Facts

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["access"], prefix="/v1")

_EXAMPLE: Final = {
    "council": "luton", "kind": "person", "client": "web", "subject": "7f3c", "worker_id": "W-7", "today": "2025-04-04",
    "roles": {"supervisor": "whoever supervises others, for as long as they do"}, "unknown_roles": [],
    "scopes": ["state:read"],
    "may": [{
        "operation": "worker", "means": "ask how a worker is supervised, and why", "scope": "state:read",
        "role": "supervisor", "contents": ["structural"], "purposes": ["supervision"],
        "of": [{"relation": "supervised", "means": "they supervise this worker"}],
    }],
    "grants": [{"id": "G-1", "opens": {"kind": "file", "id": "W-9"}, "purpose": "audit", "until_on": "2025-04-10"}],
}  # fmt: skip
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The caller", "content": {"application/json": {
        "schema": {"type": "object", "required": sorted(_EXAMPLE)}, "example": _EXAMPLE,
    }}},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Today:
    """How somebody stands to the council as a whole, and what was given to them."""

    standing: Standing
    grants: list[Grant]


@router.get(
    "/me", summary="Who am I, and what may I?", response_class=Response, responses=_ANSWER | problems(401, 403, 503)
)
async def me(actor: Permitted, service: Service) -> Response:
    """The caller as the service sees them: who, in which roles, with which scopes; and all that these give them today.

    `may` says of each operation of whom, with which contents and for which purposes; what needs a scope that the token
    lacks is there too. `unknown_roles` are those of the token that mean nothing here. For everybody. Scope: none.
    """
    gate, on = service.gate, today()
    roles, about = gate.roles(actor), Subject("organisation", actor.council)
    person = actor.person if actor.delegated else None
    found = (await service.assessor.ask(actor.council, about.tag, lambda facts: _today(person, roles, facts, on))).value
    asking = Asking(roles, found.standing.posts)
    body = {
        "council": actor.council, "kind": "person" if actor.delegated else "application", "client": actor.client,
        "subject": actor.subject, "worker_id": person, "today": on, "scopes": sorted(actor.scopes),
        "roles": {role: gate.matrix.roles[role].means for role in sorted(roles & gate.matrix.roles.keys())},
        "unknown_roles": sorted(actor.roles - roles),
        "may": list(given(gate.matrix, asking, found.standing.choices)) if found.standing.related else [],
        "grants": [_shown(grant) for grant in found.grants],
    }  # fmt: skip
    return json_response(body, headers={"Cache-Control": "private, no-store"})


def _today(person: str | None, roles: frozenset[str], facts: Facts, on: date) -> _Today:
    """Raises `FactsNeeded`. Who has left has nothing."""
    standing = standing_to(Subject("organisation", ""), person, roles, facts, on)
    return _Today(standing, live_grants(person, facts, on) if person is not None and standing.related else [])


def _shown(grant: Grant) -> dict[str, Any]:
    opens = {"kind": grant.kind, "id": grant.of}
    return {"id": grant.id, "opens": opens, "purpose": grant.purpose, "until_on": grant.until_on}
