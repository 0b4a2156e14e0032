"""The pack for somebody who asked what is held about them: all of it, as JSON and as a page, and what is blacked out.

Each text is read under the request, and so is traced. A text that is not theirs is not in it; what the officer blacks
out shows as a bar with the reason, and stays in the ledger as it was. Once the request is answered no text opens any
more, and what was blacked out stays as it was sent. Left out: sending it.
"""

from asyncio import to_thread
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response
from fastapi import Request as HttpRequest
from pydantic import Field

from app import directory
from app.api import bodies
from app.api.access_log import entry
from app.api.answers import json_response
from app.api.compliance import ask
from app.api.deps import Parts, Permitted, Service, access_of, now, only_known_parameters, today
from app.api.documents import problems
from app.api.subject_gathering import Gathered, gathered, texts_of
from app.api.subject_pages import page_of
from app.api.subject_requests import ONE, RequestId, body_of, find, find_open, shown, wrong
from app.api.subject_told import explained, not_given, told_of
from app.domain.compliance import policies_in_force
from app.domain.disposal import keeping, told
from app.domain.subject import Subject
from app.errors import NotFound
from app.events import quarantine, reading, redactions, tracing
from app.events.base import Shape
from app.events.effective import Known
from app.events.facts import Facts
from app.events.fields import Code
from app.events.masking import masked
from app.events.redactions import Made, Overlay
from app.events.sending import recorded_by
from app.events.tags import tags_of
from app.security import Actor, registry

router = APIRouter(
    dependencies=[Depends(only_known_parameters)], tags=["data protection"], prefix="/v1/subject-requests/{request_id}"
)

UNSEEN: Final = {"Cache-Control": "private, no-store"}
REFUSED: Final = problems(401, 403, 404, 409, 422, 503)
_PAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The pack as a page", "content": {"text/html": {"schema": {"type": "string"}}}}
}
MADE: Final[dict[int | str, dict[str, Any]]] = {201: ONE[200]}
RedactionId = Annotated[int, Path(ge=1, lt=2**62)]


class Redaction(Shape):
    """What is to be blacked out: a field of an event, or its characters `from` up to before `to`; and why: a code."""

    position: Annotated[int, Field(ge=1, lt=2**62)]
    field: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,63}$")]
    first: Annotated[int | None, Field(alias="from", ge=0, lt=2**31)] = None
    beyond: Annotated[int | None, Field(alias="to", ge=1, lt=2**31)] = None
    reason: Code


@router.get("/pack", summary="Everything held about who asked", responses=ONE | REFUSED, response_class=Response)
async def pack(request: HttpRequest, actor: Permitted, service: Service, request_id: RequestId) -> Response:
    """Events with their texts and corrections, names, refused items, who read it, how long it is kept, what is not
    given.

    Reading it is put on record for each text. Scope: narratives:read.
    """
    return json_response(await _pack(request, actor, service, request_id), headers=UNSEEN)


@router.get("/pack.html", summary="The same as a page", responses=_PAGE | REFUSED, response_class=Response)
async def pack_page(request: HttpRequest, actor: Permitted, service: Service, request_id: RequestId) -> Response:
    """To read, to print and to send: no script, nothing from elsewhere. Scope: narratives:read."""
    return await to_thread(page_of, await _pack(request, actor, service, request_id))


@router.get("/redactions", summary="What is blacked out", responses=ONE | REFUSED, response_class=Response)
async def list_redactions(actor: Permitted, service: Service, request_id: RequestId) -> Response:
    """What a pack blacks out, in the order in which it was said, and why. Scope: narratives:read."""
    await find(service, actor, request_id)
    made = await redactions.overlaid(service.database, actor.council, request_id)
    return json_response({"items": [_overlaid(each) for each in made]}, headers=UNSEEN)


@router.post(
    "/redactions", summary="Black something out", response_class=Response, openapi_extra=body_of(Redaction),
    responses=MADE | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
async def redact(request: HttpRequest, actor: Permitted, service: Service, request_id: RequestId) -> Response:
    """A field of an event in the pack, or some of its characters. The ledger stays as it is. Scope: requests:write."""
    said = await bodies.shaped(request, Redaction)
    found = await find_open(service, actor, request_id)
    if (said.first is None) != (said.beyond is None) or (said.beyond or 1) <= (said.first or 0):
        raise wrong("/from", "out_of_range", "and to go together, and from comes before to; neither: the whole field")
    _must_hold(await gathered(service, actor, found.subject), said)
    overlay = Overlay(said.position, said.field, said.first, said.beyond, said.reason)
    (number,) = await redactions.overlay(
        service.database, actor.council, request_id, [overlay], by=recorded_by(actor), now=now()
    )
    kept = await redactions.overlaid(service.database, actor.council, request_id)
    return json_response(next(_overlaid(each) for each in kept if each.number == number), 201)


@router.delete(
    "/redactions/{redaction_id}", summary="Show again what was blacked out", status_code=204, response_class=Response,
    responses=problems(401, 403, 404, 409, 422, 503),
)  # fmt: skip
async def lift(actor: Permitted, service: Service, request_id: RequestId, redaction_id: RedactionId) -> Response:
    """As long as the request is not answered. Scope: requests:write."""
    await find_open(service, actor, request_id)
    if not await redactions.lift(service.database, actor.council, request_id, redaction_id):
        raise NotFound("no_such_redaction", "Nothing of this request is blacked out under that number.")
    return Response(status_code=204)


async def _pack(request: HttpRequest, actor: Actor, service: Parts, request_id: str) -> dict[str, Any]:
    asked, due = await find(service, actor, request_id)
    found = await gathered(service, actor, asked.subject)
    texts, closed = await texts_of(request, actor, service, found, asked)
    made = await redactions.overlaid(service.database, actor.council, request_id)
    overlays = [each.overlay for each in made]
    return {
        "request": shown(asked, due), "made": now(),
        "subject": {"type": found.subject.kind, "id": found.subject.id, "also_called": _former(found)},
        **await _beside(service, actor, found),
        # many events take their time: beside the event loop, so that nobody else waits
        "events": await to_thread(lambda: [told_of(each, texts, closed, overlays) for each in found.events]),
        "others_named": _others(found),
        "audit_samples": [{"position": each.position, "drawn_on": each.data["drawn_on"]} for each in found.drawn],
        "sources": _sources(found),
        "read_by": await _read_by(service, actor, found),
        "did": await _did(service, actor, found),
        "not_given": list(not_given(found.events, closed, overlays)),
        "explained": explained(closed, overlays),
    }  # fmt: skip


async def _beside(service: Parts, actor: Actor, found: Gathered) -> dict[str, Any]:
    """What is held beside the ledger, and the policies and how long they keep it."""
    access, subject = await access_of(service, actor), found.subject
    worker = subject.kind == "worker"
    names = await directory.entries(service.database, access, "worker", found.ids if worker else ())
    people = await registry.people_who_are(service.database, actor.council, found.ids if worker else ())
    called = {each.name for each in names.values()}
    refused = [
        {"id": item.id, "received": item.received, "client": item.client, "sent": masked(item.raw or b"")}
        async for item in quarantine.speaking_of(service.database, access, found.ids | called)
    ]
    return {
        "directory": [{"id": of, "name": each.name, "email": each.email} for of, each in sorted(names.items())],
        "signs_in_as": [{"subject": each.id, "since": each.registered_at} for each in people],
        "refused": refused, **await _kept(service, actor, subject),
    }  # fmt: skip


async def _kept(service: Parts, actor: Actor, subject: Subject) -> dict[str, Any]:
    on = today()

    def question(facts: Facts) -> dict[str, Any]:
        kept = keeping(subject, facts, on)
        return {
            "policies": [
                {"id": each.id, "version": each.version, "title": each.title} for each in policies_in_force(facts, on)
            ],
            "kept": {
                "state": kept.state,
                "earliest_disposal": kept.earliest,
                "told": told(subject.kind, kept, on),
            },
        }

    answer = await ask(service, actor, subject, Known(), question)
    return {} if isinstance(answer, Response) else answer.value


async def _read_by(service: Parts, actor: Actor, found: Gathered) -> list[dict[str, Any]]:
    """Who read their texts, the newest first: this pack is in it."""
    wanted, rows, below = tracing.Wanted(whose=found.names, decision="allowed"), list[dict[str, Any]](), None
    while page := await tracing.traced(service.database, actor.council, wanted, below=below, limit=AT_ONCE):
        rows += page
        below = page[-1]["number"]
    return [entry(row) for row in rows]


async def _did(service: Parts, actor: Actor, found: Gathered) -> dict[str, Any]:
    """How often a worker recorded something here themself, and read somebody's texts: of whom, the trace says."""
    if found.subject.kind != "worker":
        return {}
    recorded = await reading.recorded_by(service.database, actor.council, found.names)
    read = await tracing.readings_by(service.database, actor.council, found.ids)
    return {"recorded": recorded, "read": read}


AT_ONCE: Final = 500
"""Rows of the trace that are read in one go."""


def _former(found: Gathered) -> list[str]:
    return sorted(found.ids - {found.subject.id})


def _others(found: Gathered) -> list[str]:
    """Who else is named in the events, for whoever must look what of it is theirs; the page does not show this list."""
    tags = {tag for events in found.events for each in events.all for tag in tags_of(each.type, each.data)}
    people = {f"worker/{tag.partition('/')[2]}" if tag.startswith("by/") else tag for tag in tags}
    return sorted(tag for tag in people if tag.startswith(("worker/", "case/")) and tag not in found.names)


def _sources(found: Gathered) -> list[dict[str, Any]]:
    """Where it came from: each source, how much, and from when to when the ledger took it."""
    of: dict[tuple[str, str], list[Any]] = {}
    for each in (one for events in found.events for one in events.all):
        of.setdefault((each.source, each.recordedby), []).append(each.recorded)
    return [
        {"source": source, "recordedby": by, "events": len(times), "first": min(times), "last": max(times)}
        for (source, by), times in sorted(of.items())
    ]


def _must_hold(found: Gathered, said: Redaction) -> None:
    """Raises `Invalid` for what the pack does not show."""
    events = {each.position: each for events in found.events for each in events.all}
    if said.position not in events:
        raise wrong("/position", "not_in_the_pack", "is no event of this pack: take it from `position` there")
    data: Mapping[str, Any] = events[said.position].data
    data = {**data, **data["data"]} if events[said.position].type == "EventCorrected" else data
    if said.field not in data:
        raise wrong("/field", "not_in_the_event", f"is none of the fields of that event: {', '.join(sorted(data))}")


def _overlaid(made: Made) -> dict[str, Any]:
    said = made.overlay
    return {
        "redaction_id": made.number, "position": said.position, "field": said.field, "from": said.first,
        "to": said.beyond, "reason": said.reason, "made": made.made, "made_by": made.made_by,
    }  # fmt: skip
