"""What bulk loads refused: look, send again once put right, or discard. Nothing is lost on the way."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api import bodies
from app.api.answers import cursor as cursor_for
from app.api.answers import json_response, place_of, typed_place
from app.api.deps import Permitted, Service, access_of, now, only_known_parameters
from app.api.documents import EVENT_BODY, problems
from app.errors import Conflict
from app.events import quarantine
from app.events.masking import masked
from app.events.parsing import parse_json
from app.events.quarantine import Kept

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["quarantine"], prefix="/v1/quarantine")

ItemId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,32}$")]
KEPT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The quarantined items", "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get(
    "", summary="What bulk loads refused", responses=KEPT | problems(401, 403, 409, 422, 503), response_class=Response
)
async def list_quarantine(
    actor: Permitted,
    service: Service,
    state: Annotated[str, Query(pattern="^(open|resubmitted|discarded)$")] = "open",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The refused items of one state, oldest first, each with the reason. Scope: quarantine:write."""
    access = await access_of(service, actor)
    place = typed_place(place_of(access.council, cursor), datetime, str) if cursor else None
    after = None if place is None else (place[0], place[1])
    items = await quarantine.kept(service.database, actor.council, state=state, after=after, limit=limit)
    last = items[-1] if len(items) == limit else None
    following = cursor_for(access.council, last.received, last.id) if last else None
    return json_response({"items": [_shown(item) for item in items], "next_cursor": following})


@router.get(
    "/{item_id}",
    summary="One refused item",
    responses=KEPT | problems(401, 403, 404, 422, 503),
    response_class=Response,
)
async def read_quarantined(actor: Permitted, service: Service, item_id: ItemId) -> Response:
    """One refused item with what was sent, for whoever is to put it right; what could be a text is withheld.

    Null once it is closed. Scope: quarantine:write.
    """
    item = await quarantine.find(service.database, await access_of(service, actor), item_id)
    return json_response(_shown(item) | {"sent": None if item.raw is None else masked(item.raw)})


@router.post(
    "/{item_id}/resubmit", summary="Send a refused item again", response_class=Response,
    openapi_extra={"requestBody": EVENT_BODY["requestBody"] | {"required": False}},
    responses=KEPT | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
async def resubmit(request: Request, actor: Permitted, service: Service, item_id: ItemId) -> Response:
    """Record the item, put right in the request's body, or as it was sent if there is no body. Idempotent.

    It stays in quarantine if it is refused again. Scope: quarantine:write, and the right to write the event.
    """
    access = await access_of(service, actor)
    item = await quarantine.find(service.database, access, item_id)
    if item.state == "resubmitted":
        return json_response(_shown(item))
    if item.state != "open" or item.raw is None:
        raise Conflict("already_closed", "This item was discarded.")
    mended = await bodies.whole(request, bodies.MOST_LINE_BYTES)
    if mended:
        bodies.media_type(request, "application/cloudevents+json", "application/json")
    receipt = await service.recorder.record(actor, [parse_json(mended or item.raw)])
    await quarantine.close(
        service.database,
        actor.council,
        item_id,
        state="resubmitted",
        by=actor.client,
        now=now(),
        position=receipt.position,
    )
    return json_response(_shown(await quarantine.find(service.database, access, item_id)))


@router.post(
    "/{item_id}/discard", summary="Give a refused item up",
    responses=KEPT | problems(401, 403, 404, 409, 422, 503), response_class=Response,
)  # fmt: skip
async def discard(actor: Permitted, service: Service, item_id: ItemId) -> Response:
    """Destroy what was sent; that it was refused, and why, stays. Idempotent. Scope: quarantine:write."""
    access = await access_of(service, actor)
    await quarantine.find(service.database, access, item_id)
    await quarantine.close(service.database, actor.council, item_id, state="discarded", by=actor.client, now=now())
    return json_response(_shown(await quarantine.find(service.database, access, item_id)))


def _shown(item: Kept) -> dict[str, Any]:
    return {
        "id": item.id,
        "received": item.received,
        "client": item.client,
        "state": item.state,
        "closed": item.closed,
        "closed_by": item.closed_by,
        "position": item.position,
        "problem": item.problem,
    }
