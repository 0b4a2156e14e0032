"""Who a council's clients and people are: registered by its administrator, and taken back at once where that is needed.

Nothing here is evidence and nothing of it stands in the ledger. A process that is asked knows at once, every other one
within half a second.
"""

from contextlib import suppress
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from app.api import answers, bodies
from app.api.answers import json_response, place_of, typed_place
from app.api.deps import Parts, Permitted, Service, access_of, now, only_known_parameters
from app.api.documents import problems
from app.errors import Forbidden, NotFound, Problem
from app.events.sending import recorded_by
from app.security import Actor, registry
from app.security.registry import Client, Entry, Kind, Person, Registered

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["identities"], prefix="/v1")

IDENTITY_ID: Final = r"^[A-Za-z0-9_-][!-.0-~]{0,254}$"
"""What can stand in an address: as tokens have it, without a slash."""
AS_IN_TOKENS: Final = r"^[!-~]{1,255}$"
"""What a token may hold."""
NEVER_KEPT: Final = {"Cache-Control": "private, no-store"}
WRITE = problems(400, 401, 403, 409, 413, 415, 422, 503)
READ = problems(401, 403, 404, 422, 503)

Limit = Annotated[int, Query(ge=1, le=500, description="How many at most")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before")]
ENTRY: dict[int | str, dict[str, Any]] = {
    200: {"description": "The entry", "content": {"application/json": {"schema": {"type": "object"}}}}
}
ENTERED = ENTRY | {201: {"description": "A new entry", "content": ENTRY[200]["content"]}}
GONE: dict[int | str, dict[str, Any]] = {204: {"description": "There is none any more"}}
PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "A page", "content": {"application/json": {"schema": {
        "type": "object", "required": ["items", "next_cursor"],
        "properties": {"items": {"type": "array", "items": {"type": "object"}},
                       "next_cursor": {"type": ["string", "null"]}},
    }}}},
}  # fmt: skip
PAGED = problems(401, 403, 409, 422, 503)


def body_of(shape: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """The description of a body."""
    content = {"schema": shape.model_json_schema() | {"example": example}}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


async def known(service: Parts) -> None:
    """Let this process know at once; where that fails, it knows when the others do."""
    with suppress(Problem):
        await service.roster.look()


def shown(name: str, entry: Entry) -> dict[str, Any]:
    """An entry as it is given out."""
    said = {} if entry.registered is None else entry.registered.model_dump(mode="json", exclude={"secrets"})
    kept = {"registered_at": entry.registered_at, "registered_by": entry.registered_by}
    return {name: entry.id, **said, **kept, "revoked": entry.revoked_at is not None}


async def listed(service: Parts, actor: Actor, kind: Kind, name: str, limit: int, place: str | None) -> Response:
    """A page of registered identities of a kind."""
    council = (await access_of(service, actor)).council
    after = "" if place is None else typed_place(place_of(council, place), str)[0]
    found = await registry.listed(service.database, actor.council, kind, after, limit)
    following = answers.cursor(council, found[-1].id) if len(found) == limit else None
    return json_response({"items": [shown(name, each) for each in found], "next_cursor": following})


async def end(service: Parts, actor: Actor, kind: Kind, identity: str) -> Response:
    """Nothing is registered any more."""
    given: dict[str, Any] = {"by": recorded_by(actor), "now": now()}
    await registry.change(service.database, actor.council, kind, identity, lambda _: None, **given)
    await known(service)
    return Response(status_code=204)


def _registered(kind: Kind, name: str, shape: type[Registered], example: dict[str, Any]) -> None:
    room = {"client": "/clients", "person": "/people"}[kind]
    path, is_id = f"{room}/{{{name}}}", Path(alias=name, pattern=IDENTITY_ID)

    @router.put(path, summary=f"Register a {kind}", response_class=Response, openapi_extra=body_of(shape, example),
                responses=ENTERED | WRITE)  # fmt: skip
    async def register(
        request: Request, actor: Permitted, service: Service, identity: Annotated[str, is_id]
    ) -> Response:
        """In place of what was registered; known in every process within a second. Idempotent.

        A client, by its `azp` or `client_id`: what it may write. A person, by their `sub` (with Entra ID their `oid`):
        who they are in the ledger. Scope: council:admin.
        """
        sent = await bodies.shaped(request, shape)
        if kind == "person" and actor.delegated and identity == actor.subject:
            raise Forbidden("not_yourself", "Who you are in the ledger is registered by somebody else.")
        given: dict[str, Any] = {"by": recorded_by(actor), "now": now()}
        new = await registry.register(service.database, actor.council, kind, identity, sent, **given)
        await known(service)
        return json_response(shown(name, await found(service, actor, kind, identity)), 201 if new else 200)

    @router.get(path, summary=f"A registered {kind}", response_class=Response, responses=ENTRY | READ)
    async def read(actor: Permitted, service: Service, identity: Annotated[str, is_id]) -> Response:
        """What it is registered for, since when and by whom. Scope: council:admin."""
        return json_response(shown(name, await found(service, actor, kind, identity)), headers=NEVER_KEPT)

    @router.delete(path, summary=f"End the registration of a {kind}", response_class=Response, status_code=204,
                   responses=GONE | problems(401, 403, 422, 503))  # fmt: skip
    async def remove(actor: Permitted, service: Service, identity: Annotated[str, is_id]) -> Response:
        """What tokens say themselves goes on holding: to end that, revoke. Idempotent. Scope: council:admin."""
        return await end(service, actor, kind, identity)

    @router.get(room, summary=f"Every registered {kind}", response_class=Response, responses=PAGE | PAGED)
    async def every(actor: Permitted, service: Service, limit: Limit = 100, cursor: Cursor = None) -> Response:
        """By id. Scope: council:admin."""
        return await listed(service, actor, kind, name, limit, cursor)


_registered("client", "client_id", Client, {
    "label": "LCS, live", "sources": ["urn:luton:lcs"], "event_types": ["Case*", "SessionHeld"],
})  # fmt: skip
_registered("person", "subject", Person, {"worker_id": "W-1001"})


async def found(service: Parts, actor: Actor, kind: Kind, identity: str) -> Entry:
    """The entry. Raises `NotFound`."""
    entry = await registry.find(service.database, actor.council, kind, identity)
    if entry is None:
        raise NotFound("not_registered", "Nothing is registered under this id.")
    return entry


class Revocation(BaseModel):
    """What is taken back."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["client", "person", "key"]
    id: Annotated[str, StringConstraints(pattern=AS_IN_TOKENS)]


_LCS = {"kind": "client", "id": "lcs-push"}


@router.post("/revocations", summary="Take a client, a person or a key back", response_class=Response,
             openapi_extra=body_of(Revocation, _LCS), responses=ENTRY | WRITE)  # fmt: skip
async def revoke(request: Request, actor: Permitted, service: Service) -> Response:
    """At once: within a second every process answers its tokens, also those it knows already, 401 `revoked`.

    It need not be registered. A client is its `azp` or `client_id`, else its `sub`; a person their `sub`, with Entra ID
    their `oid`. Idempotent. Scope: council:admin.
    """
    sent = await bodies.shaped(request, Revocation)
    given: dict[str, Any] = {"by": recorded_by(actor), "now": now()}
    await registry.revoke(service.database, actor.council, sent.kind, sent.id, **given)
    await known(service)
    return json_response({"kind": sent.kind, "id": sent.id, "revoked": True})


@router.delete("/revocations", summary="Let a client, a person or a key in again", response_class=Response,
               status_code=204, responses=GONE | problems(401, 403, 422, 503))  # fmt: skip
async def lift(
    actor: Permitted, service: Service, kind: Annotated[Kind, Query(description="As it was revoked")],
    identity: Annotated[str, Query(alias="id", pattern=AS_IN_TOKENS, description="As it was revoked")],
) -> Response:  # fmt: skip
    """Idempotent. Scope: council:admin."""
    await registry.lift(service.database, actor.council, kind, identity)
    await known(service)
    return Response(status_code=204)


@router.get("/revocations", summary="Who and what is taken back", response_class=Response, responses=PAGE | PAGED)
async def revocations(actor: Permitted, service: Service, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """By kind and id. Scope: council:admin."""
    council = (await access_of(service, actor)).council
    after = ("", "") if cursor is None else typed_place(place_of(council, cursor), str, str)
    entries = await registry.revoked(service.database, actor.council, (after[0], after[1]), limit)
    items = [
        {"kind": each.kind, "id": each.id, "revoked_at": each.revoked_at, "revoked_by": each.revoked_by}
        for each in entries
    ]
    following = answers.cursor(council, entries[-1].kind, entries[-1].id) if len(entries) == limit else None
    return json_response({"items": items, "next_cursor": following})
