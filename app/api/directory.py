"""The directory over HTTP: names for workers and teams, sent, read and erased. No answer about them rests on a name."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response

from app import directory
from app.api import bodies
from app.api.answers import json_response
from app.api.compliance import SUBJECT_ID
from app.api.deps import Parts, Permitted, Service, access_of, now, only_known_parameters
from app.api.documents import problems
from app.directory import Entry, Kind
from app.errors import Fault, Invalid
from app.events.sending import recorded_by
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["directory"], prefix="/v1/directory")

MOST_BYTES: Final = 16 * 1024
LONGEST_NAME, LONGEST_EMAIL = 200, 254
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")

_NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "description": "As people write it"}
_WORKER = {
    "type": "object", "required": ["name"], "additionalProperties": False,
    "properties": {"name": _NAME, "email": {"type": "string", "maxLength": LONGEST_EMAIL}},
    "example": {"name": "Amina Example", "email": "amina@example.org"},
}  # fmt: skip
_TEAM = {
    "type": "object", "required": ["name"], "additionalProperties": False, "properties": {"name": _NAME},
    "example": {"name": "Family Safeguarding North"},
}  # fmt: skip
_ENTRY: dict[int | str, dict[str, Any]] = {
    200: {"description": "The entry", "content": {"application/json": {"schema": {"type": "object"}}}}
}
_ENTERED = _ENTRY | {201: {"description": "A new entry", "content": _ENTRY[200]["content"]}}
_ERASED: dict[int | str, dict[str, Any]] = {204: {"description": "There is no entry any more"}}
_WRITE = problems(400, 401, 403, 413, 415, 422, 503)


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _listed(kind: Kind, schema: dict[str, Any]) -> None:
    path, is_id = f"/{kind}s/{{{kind}_id}}", Path(alias=f"{kind}_id", pattern=SUBJECT_ID)

    @router.put(path, summary=f"Say what a {kind} is called", response_class=Response, openapi_extra=_body(schema),
                responses=_ENTERED | _WRITE)  # fmt: skip
    async def enter(request: Request, actor: Permitted, service: Service, identity: Annotated[str, is_id]) -> Response:
        """A name, and for a worker an e-mail address if there is one, in place of what was there. Idempotent.

        Encrypted, outside the ledger, and never read by a rule. It need not be known there. Scope: directory:write.
        """
        return await _enter(request, actor, service, kind, identity)

    @router.get(path, summary=f"What a {kind} is called", response_class=Response,
                responses=_ENTRY | problems(401, 403, 404, 422, 503))  # fmt: skip
    async def read(actor: Permitted, service: Service, identity: Annotated[str, is_id]) -> Response:
        """The name, and a worker's e-mail address or null. Scope: names:read."""
        return await _read(actor, service, kind, identity)

    @router.delete(path, summary=f"Erase the name of a {kind}", response_class=Response, status_code=204,
                   responses=_ERASED | problems(401, 403, 422, 503))  # fmt: skip
    async def erase(actor: Permitted, service: Service, identity: Annotated[str, is_id]) -> Response:
        """What is held is removed for good; what the ledger says of the identifier stays. Idempotent.

        Scope: directory:write.
        """
        return await _erase(actor, service, kind, identity)


_listed("worker", _WORKER)
_listed("team", _TEAM)


async def _enter(request: Request, actor: Actor, service: Parts, kind: Kind, identity: str) -> Response:
    optional = ("email",) if kind == "worker" else ()
    sent = await bodies.fields(request, "name", optional=optional, most=MOST_BYTES)
    entry = Entry(sent["name"].strip(), sent.get("email"))
    _check(entry)
    access = await access_of(service, actor)
    new = await directory.enter(service.database, access, kind, identity, entry, by=recorded_by(actor), now=now())
    return json_response(_shown(kind, identity, entry), 201 if new else 200)


async def _read(actor: Actor, service: Parts, kind: Kind, identity: str) -> Response:
    entry = await directory.find(service.database, await access_of(service, actor), kind, identity)
    return json_response(_shown(kind, identity, entry), headers={"Cache-Control": "private, no-store"})


async def _erase(actor: Actor, service: Parts, kind: Kind, identity: str) -> Response:
    await directory.erase(service.database, await access_of(service, actor), kind, identity)
    return Response(status_code=204)


def _check(entry: Entry) -> None:
    """Raises `Invalid` with the field's name."""
    faults = []
    if not 1 <= len(entry.name) <= LONGEST_NAME or not entry.name.isprintable():
        said = f"must be a name of 1 to {LONGEST_NAME} characters on one line"
        faults.append(Fault("/name", "bad_name", said))
    if entry.email is not None and (len(entry.email) > LONGEST_EMAIL or not _EMAIL.fullmatch(entry.email)):
        faults.append(Fault("/email", "bad_email", "must be one e-mail address, such as amina@example.org"))
    if faults:
        raise Invalid("invalid_request", "Some of what was sent is not right.", errors=faults)


def _shown(kind: Kind, identity: str, entry: Entry) -> dict[str, Any]:
    shown = {"type": kind, "id": identity, "name": entry.name}
    return shown | ({"email": entry.email} if kind == "worker" else {})
