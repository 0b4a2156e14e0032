"""What is wrong about somebody, put right in the course of their request: a correction that stands beside what it
corrects.

Nothing is overwritten: answers, files and lists show what is right from then on, and a pack shows both. It is checked
as any correction is, so the event stays one that its type would accept. Left out: adding what was never recorded, and
taking back what should never have been (`EventRetracted`), which whoever keeps the record does.
"""

import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi import Request as HttpRequest
from pydantic import Field

from app.api import bodies
from app.api.answers import at_position, json_response
from app.api.deps import Permitted, Service, access_of, now, only_known_parameters
from app.api.documents import problems
from app.api.subject_gathering import gathered
from app.api.subject_requests import RequestId, body_of, find_open, wrong
from app.errors import Forbidden
from app.events.base import Shape
from app.events.canonical import canonical
from app.events.effective import CORRECTED
from app.events.fields import Code
from app.events.sending import recorded_by
from app.recording import own_event

router = APIRouter(
    dependencies=[Depends(only_known_parameters)], tags=["data protection"],
    prefix="/v1/subject-requests/{request_id}/rectifications",
)  # fmt: skip

_MADE: Final[dict[str, Any]] = {
    "description": "The correction", "content": {"application/json": {"schema": {"type": "object"}}},
}  # fmt: skip
MADE: Final[dict[int | str, dict[str, Any]]] = {200: _MADE, 201: _MADE}


class Rectification(Shape):
    """What an event should have said: a JSON Merge Patch (RFC 7396) on its `data`; and why, as a code."""

    position: Annotated[int, Field(ge=1, lt=2**62)]
    data: Annotated[dict[str, Any], Field(min_length=1)]
    reason: Code | None = None


@router.post(
    "", summary="Put right what is wrong about who asked", response_class=Response,
    openapi_extra=body_of(Rectification), responses=MADE | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
async def rectify(request: HttpRequest, actor: Permitted, service: Service, request_id: RequestId) -> Response:
    """An event of the pack is corrected: 201; the same again: 200 and nothing changes. Both versions stay.

    Not of what is held about yourself. Scope: requests:write.
    """
    said = await bodies.shaped(request, Rectification)
    found = await find_open(service, actor, request_id)
    about = await gathered(service, actor, found.subject)
    if about.subject.kind == "worker" and actor.person in about.ids:
        raise Forbidden("about_yourself", "Nobody puts right what is held about themself: another officer does.")
    events = {each.event.position: each.event for each in about.events}
    event = events.get(said.position)
    if event is None:
        raise wrong("/position", "not_in_the_pack", "is no event of this pack: take it from `position` there")
    patch = hashlib.sha256(canonical([event.source, event.id, said.data])).hexdigest()[:24]
    data: dict[str, Any] = {"corrects": {"source": event.source, "id": event.id}, "data": said.data}
    data |= {} if said.reason is None else {"reason": said.reason}
    correction = own_event(actor.council, CORRECTED, f"rectified-{request_id}-{patch}", now(), data)
    position = await service.recorder.known_position(actor.council, correction)
    status = 201 if position is None else 200
    if position is None:
        position = (await service.recorder.correct_own(actor.council, recorded_by(actor), correction)).position
    told = {"position": position, "corrects": said.position, "request_id": request_id}
    head = at_position((await access_of(service, actor)).council, position or 0)
    return json_response(told, status, head)
