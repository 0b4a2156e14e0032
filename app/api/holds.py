"""Litigation holds, as events: placed on a worker or a case, looked at, and lifted. While one stands nothing goes."""

import hashlib
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api import bodies
from app.api.answers import PRIVATE, json_response, place_of, typed_place
from app.api.answers import cursor as cursor_for
from app.api.deciding import Advised, council_asked, decider, keep_advice, named
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters, today
from app.api.documents import problems
from app.api.lists import Code as AskedId
from app.domain.holding import Hold, holds
from app.domain.subject import Subject
from app.erasing import holds as placing
from app.errors import NotFound
from app.events import reading
from app.events.canonical import canonical
from app.events.facts import Facts
from app.events.fields import Code, Day, Id
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["data protection"], prefix="/v1/holds")

HoldId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")]
PLACED: Final = "LitigationHoldPlaced"


class HoldRequest(Advised):
    """Nothing of a worker, or of a case, is to be disposed of: why, as a code, and when somebody looks again."""

    worker_id: Id | None = None
    case_id: Id | None = None
    reason: Code
    review_on: Day | None = None
    hold_id: Id | None = None


class Lifting(Advised):
    """Why a hold ends, as a code; and what the data protection officer advised."""

    reason: Code | None = None


_ONE: Final[dict[str, Any]] = {
    "description": "The hold", "content": {"application/json": {"schema": {"type": "object"}}},
}  # fmt: skip
ONE: Final[dict[int | str, dict[str, Any]]] = {200: _ONE}
LISTED: Final[dict[int | str, dict[str, Any]]] = {200: _ONE | {"description": "The holds"}}


@router.post(
    "", summary="Hold everything of a worker or a case", response_class=Response,
    openapi_extra=bodies.described(HoldRequest),
    responses=ONE | {201: _ONE} | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
async def place(request: Request, actor: Permitted, service: Service) -> Response:
    """Nothing of them goes before it is lifted, whatever was approved before: it holds from the moment it is recorded.

    201; the same again (by `hold_id`, without one by content and day): 200 and nothing changes. Scope: erasures:write.
    """
    asked, who = await bodies.shaped(request, HoldRequest), decider(actor)
    subject = await service.erasing.deciding.subject_now(actor.council, named(asked.worker_id, asked.case_id))
    said = {"of": subject.tag, "on": who.today.isoformat(), "by": who.person, "reason": asked.reason}
    identity = asked.hold_id or f"h-{hashlib.sha256(canonical(said)).hexdigest()[:24]}"
    new = await placing.place(service.erasing.deciding, who, subject, identity, asked.reason, asked.review_on)
    await keep_advice(service, who, asked, hold=identity)
    found = await _find(service, actor, identity)
    return json_response(_shown(*found), 201 if new else 200, {"Location": f"/v1/holds/{identity}"} if new else {})


@router.get(
    "", summary="What is held", response_class=Response, responses=LISTED | problems(401, 403, 409, 422, 503)
)  # fmt: skip
async def list_holds(
    actor: Permitted, service: Service,
    state: Annotated[Literal["active", "lifted"] | None, Query(description="Only those that stand so")] = None,
    worker: AskedId = None, case: AskedId = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    """In the order in which they were placed. A page may hold fewer than `limit`, or none, and go on.

    Scope: state:read.
    """
    council = (await access_of(service, actor)).council
    after = typed_place(place_of(council, cursor), int)[0] if cursor else 0
    tags = tuple(f"{kind}/{of}" for kind, of in (("worker", worker), ("case", case)) if of is not None)
    selection = reading.Selection(tags=tags, types=(PLACED,))
    page = await reading.page(service.database, actor.council, after=after, limit=limit, selection=selection)
    ids = list(dict.fromkeys(event.data["hold_id"] for event in page.events))
    found = await council_asked(service, actor, lambda facts: [_told(facts, each) for each in ids])
    items = [
        _shown(*each) for each in found
        if each is not None and state in (None, "active" if each[1].lifted_on is None else "lifted")
    ]  # fmt: skip
    following = cursor_for(council, page.events[-1].position) if len(page.events) == limit else None
    return json_response({"items": items, "next_cursor": following}, headers={"Cache-Control": PRIVATE})


@router.get(
    "/{hold_id}", summary="One hold", response_class=Response, responses=ONE | problems(401, 403, 404, 422, 503)
)  # fmt: skip
async def show_hold(actor: Permitted, service: Service, hold_id: HoldId) -> Response:
    """Who placed it, why, when somebody looks again, and when it was lifted. Scope: state:read."""
    return json_response(_shown(*await _find(service, actor, hold_id)), headers={"Cache-Control": PRIVATE})


@router.post(
    "/{hold_id}/lift", summary="Lift a hold", response_class=Response,
    openapi_extra=bodies.described(Lifting, required=False),
    responses=ONE | problems(400, 401, 403, 404, 413, 415, 422, 503),
)  # fmt: skip
async def lift(request: Request, actor: Permitted, service: Service, hold_id: HoldId) -> Response:
    """It holds no more, for good: to hold again is another hold. Idempotent. Scope: erasures:write."""
    said, who = await bodies.shaped(request, Lifting, empty=Lifting()), decider(actor)
    subject, _ = await _find(service, actor, hold_id)
    await placing.lift(service.erasing.deciding, who, subject, hold_id, said.reason)
    await keep_advice(service, who, said, hold=hold_id)
    return json_response(_shown(*await _find(service, actor, hold_id)))


async def _find(service: Parts, actor: Actor, identity: str) -> tuple[Subject, Hold]:
    found = await council_asked(service, actor, lambda facts: _told(facts, identity))
    if found is None:
        raise NotFound("no_such_hold", "There is no such hold.")
    return found


def _told(facts: Facts, identity: str) -> tuple[Subject, Hold] | None:
    placed = facts(f"hold/{identity}", frozenset({PLACED}))
    if not placed:
        return None
    subject = named(placed[0].get("worker_id"), placed[0].get("case_id"))
    return next(((subject, hold) for hold in holds(subject, facts, today()) if hold.id == identity), None)


def _shown(subject: Subject, hold: Hold) -> dict[str, Any]:
    return {
        "hold_id": hold.id, "subject": {"type": subject.kind, "id": subject.id}, "reason": hold.reason,
        "placed_on": hold.placed_on, "by": hold.by, "review_on": hold.review_on, "lifted_on": hold.lifted_on,
        "lifted_by": hold.lifted_by, "holds": hold.lifted_on is None,
    }  # fmt: skip
