"""What a route may ask for: the caller with a scope, the service's parts, the moment. The only clock below `main`."""

import asyncio
import base64
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Query, Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.security import HTTPBearer

from app.api.permitting import Gate, Permission
from app.api.waiting import Checkpoints
from app.assessing import Assessor
from app.config import Settings
from app.db import Database
from app.domain.access.deciding import Refusal, Right
from app.domain.access.matrix import STRUCTURAL
from app.domain.access.reach import Reach
from app.domain.subject import Subject
from app.erasing import Erasing
from app.errors import Fault, Forbidden, Invalid, NotFound, Unauthorised
from app.events import tracing
from app.events.councils import Access, Councils
from app.events.facts import LONDON
from app.events.fields import ID_PATTERN
from app.events.tracing import Reader
from app.recording import Recorder
from app.security import Actor, Roster, TokenVerifier, report_keys


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's date in London."""
    return now().astimezone(LONDON).date()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the service is made of; made once in the lifespan, found by routes as `parts`."""

    settings: Settings
    database: Database
    lists: Database
    """For lists and counts, which hold no text, no name and no key, and are a moment behind anyway: a replica, say."""
    councils: Councils
    recorder: Recorder
    assessor: Assessor
    verifier: TokenVerifier
    gate: Gate
    roster: Roster
    erasing: Erasing
    checkpoints: Checkpoints
    reports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """How many reports may be worked out at once: each reads a whole list."""
    closing: list[bool] = field(default_factory=list)
    """Not empty once the service is told to stop: endless answers end then."""


def parts(request: Request) -> Parts:
    """The service's parts."""
    found: Parts = request.app.state.parts
    return found


async def _service(request: Request) -> Parts:
    # async, though it waits for nothing: FastAPI runs a plain function in a thread, which costs more than the request
    return parts(request)


Service = Annotated[Parts, Depends(_service)]


class Caller(HTTPBearer):
    """A dependency that gives the caller, if the matrix of access lets them do what the address does.

    What they may, and of whom, is left at the request (`permission`). One step, because FastAPI charges by steps.
    """

    def __init__(self) -> None:
        said = "An OAuth 2 access token of the configured issuer"
        super().__init__(auto_error=False, scheme_name=HTTPBearer.__name__, description=said)

    async def __call__(self, request: Request) -> Actor:  # type: ignore[override]
        """Raises `Unauthorised`, `Forbidden`, and `NotFound` for a subject that is no business of the caller's.

        The council comes from the verified token and nowhere else.
        """
        service = parts(request)
        actor = request.state.actor = await self._who(request)
        if actor.delegated:  # an application meets this where it is served: what a person may is looked up before
            await service.councils.access(actor.council)
        route = f"{request.method} {request.scope['route'].path}"
        purpose = request.query_params.get("purpose") if request.scope["query_string"] else None
        try:
            request.state.permission = await service.gate.permit(actor, route, request.path_params, purpose, today)
        except (Forbidden, NotFound):
            await _note_refusal(request, actor, service, route)
            raise
        return actor

    async def _who(self, request: Request) -> Actor:
        """Raises `Unauthorised`."""
        bearer = await HTTPBearer.__call__(self, request)
        if bearer is None:
            raise Unauthorised("token_missing", "Send an access token: Authorization: Bearer …")
        return await parts(request).verifier.verify(bearer.credentials)


class ReportCaller(Caller):
    """The same, and whoever holds a key for reports (RFC 7617): its id and its secret."""

    async def _who(self, request: Request) -> Actor:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return await super()._who(request)
        try:
            key_id, _, secret = base64.b64decode(given.strip(), validate=True).decode().partition(":")
        except ValueError:
            raise Unauthorised("invalid_key", "Send the key's id and its secret as HTTP Basic has it.") from None
        return await report_keys.admit(parts(request).roster, key_id, secret, now(), today())


async def _note_refusal(request: Request, actor: Actor, service: Parts, route: str) -> None:
    """Of a person who is refused texts. Raises `Unavailable` where it cannot be traced."""
    name = service.gate.matrix.operation_of.get(route, "")
    operation = service.gate.matrix.operations.get(name)
    if operation is None or operation.shows == STRUCTURAL or not actor.delegated:
        return
    identity = request.path_params[f"{operation.about}_id"]
    if re.fullmatch(ID_PATTERN, identity):
        whose = f"{operation.about}/{identity}"
        await tracing.refused(service.database, actor.council, reader_of(request, actor, name), whose)


def reader_of(request: Request, actor: Actor, operation: str) -> Reader:
    """Who reads, as the trace keeps it."""
    return Reader(
        actor.reader, actor.subject, actor.client, actor.delegated, operation, today(), request.state.request_id
    )  # fmt: skip


def permission(request: Request) -> Permission:
    """What the caller may here, once `Caller` has settled it."""
    found: Permission = request.state.permission
    return found


async def right_to(request: Request, subject: Subject, content: str) -> Right | Refusal:
    """Whether the caller may see this content (`personal_text` …) of a subject that only the handler could find out."""
    service, actor = parts(request), request.state.actor
    return await service.gate.right_to(actor, permission(request), subject, content, today())


caller = Caller()
Permitted = Annotated[Actor, Depends(caller)]
"""The caller, whom the matrix of access lets do what this address does."""
PermittedReports = Annotated[Actor, Depends(ReportCaller())]
"""The same, where keys for reports are taken too."""


async def _reach(request: Request, _: Permitted) -> Reach:
    return permission(request).reach


WithinReach = Annotated[Reach, Depends(_reach)]
"""Of whom the caller's lists may speak."""


async def stated_purpose(
    purpose: Annotated[
        str | None, Query(max_length=64, description="What it is for, where that is not ordinary supervision")
    ] = None,
) -> str | None:
    """The purpose that `Caller` reads: named among the parameters of what asks for one."""
    return purpose


_known_parameters: dict[object, frozenset[str]] = {}


async def only_known_parameters(request: Request) -> None:
    """An unknown query parameter is refused: a typo in a filter must not silently widen an answer."""
    if not request.scope["query_string"]:
        return
    route = request.scope["route"]
    known = _known_parameters.get(route.endpoint)
    if known is None:
        fields = get_flat_params(route.dependant)
        known = _known_parameters[route.endpoint] = frozenset(
            f.alias for f in fields if isinstance(f.field_info, params.Query)
        )
    refuse_others(request, known)


def refuse_others(request: Request, known: Collection[str]) -> None:
    """Raises `Invalid` for query parameters that are not among these."""
    unknown = sorted(set(request.query_params).difference(known))
    if unknown:
        said = ", ".join(sorted(known)) or "none"
        raise Invalid(
            "unknown_parameter",
            f"This address takes the query parameters: {said}.",
            errors=[Fault(f"/query/{_shown(name)}", "unknown_parameter", "is not known here") for name in unknown],
        )


def _shown(name: str) -> str:
    """A parameter's name as a JSON pointer token, shortened, with nothing unprintable in it."""
    printable = "".join(character if character.isprintable() else "?" for character in name[:60])
    return printable.replace("~", "~0").replace("/", "~1")


async def access_of(service: Parts, actor: Actor) -> Access:
    """The caller's own council, as it is served here."""
    return await service.councils.access(actor.council)
