"""Access given for a time: by whom the matrix lets (`grants`), as events that the service writes itself."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError

from app.api import bodies
from app.api.answers import PRIVATE, at_position, json_response, place_of, typed_place
from app.api.answers import cursor as cursor_for
from app.api.deps import Parts, Permitted, Service, access_of, now, only_known_parameters, today
from app.api.documents import problems
from app.api.moments import day
from app.domain.access.granted import stands
from app.domain.access.granting import Wanted, may_grant, opened_by
from app.domain.access.grants import Grant, granted
from app.domain.access.writing import Refused, Writer
from app.domain.subject import Subject
from app.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from app.events import reading
from app.events.base import Shape
from app.events.canonical import canonical
from app.events.facts import Facts
from app.events.faults import faults_of
from app.events.fields import Code, Day, Id
from app.events.parsing import parse_json
from app.events.sending import recorded_by
from app.events.types.governance import AccessScope
from app.recording import own_event
from app.security import Actor

T = TypeVar("T")
S = TypeVar("S", bound=Shape)

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["access"], prefix="/v1/access-grants")

GrantId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")]
Told = tuple[Grant, date | None]
"""A grant, and the day on which it was revoked."""


class GrantRequest(Shape):
    """Access that somebody is to have: to what, what for, from when (today) to when, both included."""

    grantee_id: Id
    scope: AccessScope
    purpose: Code
    until_on: Day
    from_on: Day | None = None
    grant_id: Id | None = None
    agency: Code | None = None
    supervised: bool | None = None
    reason: Code | None = None


class Revocation(Shape):
    """Why access ends."""

    reason: Code | None = None


Responses = dict[int | str, dict[str, Any]]
_GRANT: dict[str, Any] = {
    "description": "The grant", "content": {"application/json": {"schema": {"type": "object"}}},
}  # fmt: skip
_ONE: Responses = {200: _GRANT}
_LISTED: Responses = {200: _GRANT | {"description": "The grants"}}
_SCHEMA = GrantRequest.model_json_schema()
_SCHEMA["properties"]["scope"] = _SCHEMA.pop("$defs")["AccessScope"]
_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}}}
_REASON = {"requestBody": {"content": {"application/json": {"schema": Revocation.model_json_schema()}}}}


@router.post(
    "", summary="Give access for a time", response_class=Response, openapi_extra=_BODY,
    responses=_ONE | {201: _GRANT} | problems(400, 401, 403, 409, 413, 415, 422, 503),
)  # fmt: skip
async def give(request: Request, actor: Permitted, service: Service) -> Response:
    """Somebody may see something for a purpose, to a last day that has to be said.

    201; the same again (by `grant_id`, without one by content): 200 and nothing changes. Of a file, `id` is its
    worker's id, or the file's own. What the grantee sees of it, their role says. Scope: grants:write.
    """
    asked, giver = await _read(request), _person(actor)
    wanted = Wanted(
        asked.grantee_id, asked.scope.kind, asked.scope.id, asked.purpose, asked.from_on or today(), asked.until_on,
        asked.supervised is True, asked.reason,
    )  # fmt: skip
    identity = asked.grant_id or _by_content(giver, asked, wanted)

    def question(facts: Facts) -> Told | Refused | str | None:
        """What was given before, why it may not be given, or the id of what it opens."""
        earlier = granted(facts, identity)
        writer = Writer(giver, service.gate.roles(actor), lambda subject: stands(giver, subject, facts, today()))
        refused = None if earlier else may_grant(service.gate.matrix.grants, writer, wanted, facts, today())
        return earlier or refused or opened_by(wanted.kind, wanted.of, facts)

    answer = await _ask(service, actor, question)
    if isinstance(answer, Refused):
        fault = Fault(answer.pointer, answer.code, answer.why)
        raise Forbidden("may_not_grant", "You may not give this access.", errors=[fault])
    if isinstance(answer, tuple):
        _must_be_the_same(answer, wanted, asked, giver)
        return json_response(_shown(*answer))
    event = own_event(
        actor.council, "AccessGranted", f"granted-{identity}", now(), _data(identity, asked, wanted, giver, answer)
    )
    recorded = await service.recorder.record_own(actor.council, recorded_by(actor), event)
    head = at_position((await access_of(service, actor)).council, recorded.position or 0)
    told = await _find(service, actor, identity)
    return json_response(_shown(*told), 201, head | {"Location": f"/v1/access-grants/{identity}"})


@router.get(
    "", summary="Who was given access", response_class=Response,
    responses=_LISTED | problems(401, 403, 409, 422, 503),
)  # fmt: skip
async def list_grants(
    actor: Permitted,
    service: Service,
    grantee: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")] = None,
    live_on: Annotated[str | None, Query(description="Only those that hold on this day, YYYY-MM-DD")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """In the order in which they were given: those that the caller gave or has, or all for roles that see all.

    A page may hold fewer than `limit`, or none, and go on: read until `next_cursor` is null. Scope: state:read.
    """
    on, council = day("live_on", live_on), (await access_of(service, actor)).council
    after = typed_place(place_of(council, cursor), int)[0] if cursor else 0
    whose = grantee if grantee and _sees_all(service, actor) else actor.person
    tags = () if _sees_all(service, actor) and grantee is None else (f"by/{whose}",)
    selection = reading.Selection(tags=tags, types=("AccessGranted",))
    page = await reading.page(service.database, actor.council, after=after, limit=limit, selection=selection)
    ids = list(dict.fromkeys(event.data["grant_id"] for event in page.events))
    found = await _ask(service, actor, lambda facts: [granted(facts, each) for each in ids])
    items = [
        _shown(*each)
        for each in found
        if each is not None and _visible(service, actor, each[0]) and grantee in (None, each[0].grantee)
        if on is None or _holds(*each, on)
    ]
    following = cursor_for(council, page.events[-1].position) if len(page.events) == limit else None
    return json_response({"items": items, "next_cursor": following}, headers={"Cache-Control": PRIVATE})


@router.get(
    "/{grant_id}", summary="One grant of access", response_class=Response,
    responses=_ONE | problems(401, 403, 404, 422, 503),
)  # fmt: skip
async def show_grant(actor: Permitted, service: Service, grant_id: GrantId) -> Response:
    """Who may see what, what for, and until when; and when it was revoked. Scope: state:read."""
    return json_response(_shown(*await _find(service, actor, grant_id)), headers={"Cache-Control": PRIVATE})


@router.post(
    "/{grant_id}/revoke", summary="End access that was given", response_class=Response, openapi_extra=_REASON,
    responses=_ONE | problems(400, 401, 403, 404, 413, 415, 422, 503),
)  # fmt: skip
async def revoke(request: Request, actor: Permitted, service: Service, grant_id: GrantId) -> Response:
    """It holds no more from now on, and is not given again: a new grant has a new id. Idempotent.

    By whoever gave it, and by roles that see all grants. Scope: grants:write.
    """
    reason = await _reason(request)
    grant, revoked_on = await _find(service, actor, grant_id)
    if grant.granted_by != actor.person and not _sees_all(service, actor):
        raise Forbidden("may_not_grant", "Access is ended by whoever gave it, or by a role that sees all grants.")
    if revoked_on is None:
        said = {"grant_id": grant_id, "revoked_on": today().isoformat(), "by": actor.person, "reason": reason}
        data = {name: value for name, value in said.items() if value is not None}
        event = own_event(actor.council, "AccessRevoked", f"revoked-{grant_id}", now(), data)
        await service.recorder.record_own(actor.council, recorded_by(actor), event)
    return json_response(_shown(*await _find(service, actor, grant_id)))


async def _read(request: Request) -> GrantRequest:
    """Raises `Invalid` with the faults."""
    bodies.media_type(request, "application/json")
    asked = _checked(GrantRequest, parse_json(await bodies.whole(request, bodies.MOST_LINE_BYTES)))
    if asked.scope.id is None and asked.scope.kind != "organisation":
        raise _not_right([Fault("/scope/id", "missing", "is missing: say which")])
    if asked.scope.id is not None and asked.scope.kind == "organisation":
        raise _not_right([Fault("/scope/id", "not_here", "does not go with the whole organisation: leave it out")])
    return asked


def _not_right(faults: list[Fault]) -> Invalid:
    return Invalid("invalid_request", "Some of what was sent is not right.", errors=faults)


async def _reason(request: Request) -> str | None:
    """Why it ends, where the body says so."""
    sent = await bodies.whole(request, bodies.MOST_LINE_BYTES)
    if not sent:
        return None
    bodies.media_type(request, "application/json")
    return _checked(Revocation, parse_json(sent)).reason


def _checked(shape: type[S], sent: object) -> S:
    """Raises `Invalid` with every fault."""
    try:
        return shape.model_validate(sent)
    except ValidationError as error:
        raise _not_right(faults_of(error, "this request", tuple(shape.model_fields))) from None


def _person(actor: Actor) -> str:
    if not actor.delegated or actor.person is None:
        raise Forbidden(
            "may_not_grant", "Access is given by a person whom the ledger knows: the token names none (worker_id)."
        )
    return actor.person


def _by_content(giver: str, asked: GrantRequest, wanted: Wanted) -> str:
    """The id of a grant that the giver did not name: the same content is the same grant."""
    said = _sent(asked) | {"by": giver, "from_on": wanted.from_on.isoformat()}
    return f"g-{hashlib.sha256(canonical(said)).hexdigest()[:24]}"


def _data(identity: str, asked: GrantRequest, wanted: Wanted, giver: str, opened: str | None) -> dict[str, Any]:
    """What the event says; a file is kept under its worker, whatever its own number comes to mean."""
    said = _sent(asked)
    scope = said["scope"] if opened is None else {"kind": wanted.kind, "id": opened}
    from_on = wanted.from_on.isoformat()
    return said | {"grant_id": identity, "scope": scope, "from_on": from_on, "granted_by": giver}


def _sent(asked: GrantRequest) -> dict[str, Any]:
    # Pydantic warns of days, which a validator of ours has made, although it writes them as they should be
    return asked.model_dump(mode="json", exclude_none=True, warnings=False)


def _must_be_the_same(earlier: Told, wanted: Wanted, asked: GrantRequest, giver: str) -> None:
    """Raises `Conflict` where the id is taken by something else, or the grant was revoked."""
    grant, revoked_on = earlier
    before = (grant.grantee, grant.kind, grant.purpose, grant.until_on, grant.granted_by)
    same = before == (wanted.grantee, wanted.kind, wanted.purpose, wanted.until_on, giver)
    if not same or asked.from_on not in (None, grant.from_on) or (grant.kind != "file" and grant.of != wanted.of):
        raise Conflict("grant_exists", "There is a grant with this id that says something else. Choose another id.")
    if revoked_on is not None:
        raise Conflict("grant_exists", "This grant was revoked, which is final. To give it again, choose another id.")


async def _ask(service: Parts, actor: Actor, question: Callable[[Facts], T]) -> T:
    organisation = Subject("organisation", actor.council)
    return (await service.assessor.ask(actor.council, organisation.tag, question)).value


async def _find(service: Parts, actor: Actor, grant_id: str) -> Told:
    """Raises `NotFound` for a grant that is not there, or none of the caller's."""
    found = await _ask(service, actor, lambda facts: granted(facts, grant_id))
    if found is None or not _visible(service, actor, found[0]):
        raise NotFound("no_such_grant", "There is no such grant of access.")
    return found


def _sees_all(service: Parts, actor: Actor) -> bool:
    return service.gate.in_role(actor, "all_grants")


def _visible(service: Parts, actor: Actor, grant: Grant) -> bool:
    own = actor.delegated and actor.person is not None and actor.person in (grant.grantee, grant.granted_by)
    return own or _sees_all(service, actor)


def _holds(grant: Grant, revoked_on: date | None, on: date) -> bool:
    return grant.from_on <= on <= grant.until_on and (revoked_on is None or on < revoked_on)


def _shown(grant: Grant, revoked_on: date | None) -> dict[str, Any]:
    return {
        "grant_id": grant.id,
        "grantee_id": grant.grantee,
        "scope": {"kind": grant.kind, "id": grant.of},
        "purpose": grant.purpose,
        "from_on": grant.from_on,
        "until_on": grant.until_on,
        "granted_by": grant.granted_by,
        "agency": grant.agency,
        "supervised": grant.supervised,
        "revoked_on": revoked_on,
        "holds": _holds(grant, revoked_on, today()),
    }
