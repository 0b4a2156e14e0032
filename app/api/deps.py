"""What a route may ask for: the caller with a scope, the service's parts, the moment. The only clock below `main`."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.security import HTTPBearer

from app.assessing import Assessor
from app.config import Settings
from app.db import Database
from app.errors import Fault, Forbidden, Invalid, Unauthorised
from app.events.councils import Access, Councils
from app.events.facts import LONDON
from app.recording import Recorder
from app.security import SCOPES, Actor, TokenVerifier


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
    """A dependency that gives the caller, if the token carries `scope`. One step, because FastAPI charges by steps."""

    def __init__(self, scope: str) -> None:
        if scope not in SCOPES:
            raise ValueError(f"no such scope: {scope}")
        said = "An OAuth 2 access token of the configured issuer"
        super().__init__(auto_error=False, scheme_name=HTTPBearer.__name__, description=said)
        self.scope = scope

    async def __call__(self, request: Request) -> Actor:  # type: ignore[override]
        """Raises `Unauthorised` and `Forbidden`; the council comes from the verified token and nowhere else."""
        bearer = await super().__call__(request)
        if bearer is None:
            raise Unauthorised("token_missing", "Send an access token: Authorization: Bearer …")
        actor = await parts(request).verifier.verify(bearer.credentials)
        request.state.actor = actor
        if not actor.may(self.scope):
            raise Forbidden("scope_missing", f"This needs the scope {self.scope}, which this token does not carry.")
        return actor


MayWriteEvents = Annotated[Actor, Depends(Caller("events:write"))]
MayReadEvents = Annotated[Actor, Depends(Caller("events:read"))]
may_read_state = Caller("state:read")
MayReadState = Annotated[Actor, Depends(may_read_state)]
MayWritePolicies = Annotated[Actor, Depends(Caller("policies:write"))]
MayWriteDirectory = Annotated[Actor, Depends(Caller("directory:write"))]
MayReadNames = Annotated[Actor, Depends(Caller("names:read"))]
MayCloseQuarantine = Annotated[Actor, Depends(Caller("quarantine:write"))]
MayReadMetrics = Annotated[Actor, Depends(Caller("metrics:read"))]

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
