"""Erasures over HTTP: asked for, approved by another person, cooled off, carried out, and certified."""

import hashlib
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api import bodies
from app.api.answers import PRIVATE, json_response, place_of, typed_place
from app.api.answers import cursor as cursor_for
from app.api.certificates import as_page, certificate
from app.api.deciding import Advised, council_asked, decider, keep_advice, named
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters, today
from app.api.documents import problems
from app.api.lists import Code as AskedId
from app.domain.holding import Erasure, Period, erased, erasures
from app.domain.subject import Subject
from app.domain.wording import day as in_words
from app.erasing.course import OPEN, Asked, told_block
from app.erasing.finishing import state as state_since
from app.errors import Conflict, NotFound
from app.events import reading
from app.events.base import Shape
from app.events.canonical import canonical
from app.events.facts import Facts
from app.events.fields import Code, Id
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["data protection"], prefix="/v1/erasures")

ErasureId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")]
REQUESTED: Final = "ErasureRequested"
WORDS: Final = {
    "requested": "Asked for. Another person approves it, or refuses it.",
    "approved": "Approved. Nobody reads the texts any more; a withdrawal gives them back.",
    "refused": "Refused. Nothing was erased.",
    "withdrawn": "Withdrawn. Nothing was erased, and the texts can be read again.",
    "restricted": "Gone here. A backup from before opens for whoever has the deployment's keys of that time.",
    "erased": "Gone, here and in every backup: the deployment's keys of that time were destroyed.",
}


class ErasureRequest(Advised):
    """The texts of a worker, or of a case, are to be erased: on which ground, on whose authority, and why (codes)."""

    worker_id: Id | None = None
    case_id: Id | None = None
    basis: Code
    authority: Code | None = None
    reason: Code | None = None
    erasure_id: Id | None = None


class Closing(Shape):
    """Why an erasure is refused or withdrawn, as a code."""

    reason: Code | None = None


Responses = dict[int | str, dict[str, Any]]
_ONE: Final[dict[str, Any]] = {
    "description": "The erasure", "content": {"application/json": {"schema": {"type": "object"}}},
}  # fmt: skip
ONE: Final[Responses] = {200: _ONE}
LISTED: Final[Responses] = {200: _ONE | {"description": "The erasures"}}
CERTIFIED: Final[Responses] = {
    200: _ONE | {
        "description": "The certificate; with `Accept: text/html`, as a page",
        "content": {"application/json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}},
    }
}  # fmt: skip
DECIDED: Final[Responses] = ONE | problems(400, 401, 403, 404, 409, 413, 415, 422, 503)


@router.post(
    "", summary="Ask for an erasure", response_class=Response, openapi_extra=bodies.described(ErasureRequest),
    responses=DECIDED | {201: _ONE},
)  # fmt: skip
async def ask(request: Request, actor: Permitted, service: Service) -> Response:
    """Keep the request, whatever stands in its way; the answer says what does, and how much would go.

    Where no policy in force sets a period, `authority` says who decided that it goes. 201; the same again (by
    `erasure_id`, without one by content and day): 200 and nothing changes. Scope: erasures:write.
    """
    sent, who = await bodies.shaped(request, ErasureRequest), decider(actor)
    subject = await service.erasing.deciding.subject_now(actor.council, named(sent.worker_id, sent.case_id))
    said = {"of": subject.tag, "on": who.today.isoformat(), "by": who.person, "basis": sent.basis}
    identity = sent.erasure_id or f"er-{hashlib.sha256(canonical(said)).hexdigest()[:24]}"
    asked = Asked(identity, sent.basis, sent.authority, sent.reason)
    new = await service.erasing.ask(who, subject, asked)
    await keep_advice(service, who, sent, request=identity)
    place = {"Location": f"/v1/erasures/{identity}"} if new else {}
    return json_response(await _told(service, actor, subject, identity), 201 if new else 200, place)


@router.get("", summary="Erasures", response_class=Response, responses=LISTED | problems(401, 403, 409, 422, 503))
async def list_erasures(
    actor: Permitted, service: Service,
    state: Annotated[Literal["requested", "approved", "restricted", "erased", "refused", "withdrawn"] | None,
                     Query(description="Only those that stand so")] = None,
    worker: AskedId = None, case: AskedId = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    """In the order in which they were asked for. A page may hold fewer than `limit`, or none, and go on.

    What stands in the way of one, and how much would go, says its own address. Scope: state:read.
    """
    council = (await access_of(service, actor)).council
    after = typed_place(place_of(council, cursor), int)[0] if cursor else 0
    tags = tuple(f"{kind}/{of}" for kind, of in (("worker", worker), ("case", case)) if of is not None)
    selection = reading.Selection(tags=tags, types=(REQUESTED,))
    page = await reading.page(service.database, actor.council, after=after, limit=limit, selection=selection)
    ids = list(dict.fromkeys(event.data["request_id"] for event in page.events))
    found = await council_asked(service, actor, lambda facts: [_found(facts, each) for each in ids])
    items = [_shown(service, actor.council, *each) for each in found if each is not None]
    following = cursor_for(council, page.events[-1].position) if len(page.events) == limit else None
    shown = [item for item in items if state in (None, item["state"])]
    return json_response({"items": shown, "next_cursor": following}, headers={"Cache-Control": PRIVATE})


@router.get(
    "/{erasure_id}", summary="One erasure", response_class=Response, responses=ONE | problems(401, 403, 404, 422, 503)
)  # fmt: skip
async def show_erasure(actor: Permitted, service: Service, erasure_id: ErasureId) -> Response:
    """How it stands, how much goes or went, and what stands in the way, until when. Scope: state:read."""
    subject = await _subject(service, actor, erasure_id)
    return json_response(await _told(service, actor, subject, erasure_id), headers={"Cache-Control": PRIVATE})


@router.post(
    "/{erasure_id}/approve", summary="Approve an erasure", response_class=Response, responses=DECIDED
)  # fmt: skip
async def approve(actor: Permitted, service: Service, erasure_id: ErasureId) -> Response:
    """By another person than who asked. Nobody reads the texts from now on; it is carried out after the cooling-off.

    409 `erasure_blocked` says what stands in the way. Idempotent. Scope: erasures:write.
    """
    who, subject = decider(actor), await _subject(service, actor, erasure_id)
    await service.erasing.approve(who, subject, erasure_id)
    return json_response(await _told(service, actor, subject, erasure_id))


@router.post(
    "/{erasure_id}/refuse", summary="Refuse an erasure", response_class=Response,
    openapi_extra=bodies.described(Closing, required=False), responses=DECIDED,
)  # fmt: skip
async def refuse(request: Request, actor: Permitted, service: Service, erasure_id: ErasureId) -> Response:
    """It is not carried out; one that was approved is withdrawn. Idempotent. Scope: erasures:write."""
    return await _closed(request, actor, service, erasure_id, "refused")


@router.post(
    "/{erasure_id}/withdraw", summary="Withdraw an erasure", response_class=Response,
    openapi_extra=bodies.described(Closing, required=False), responses=DECIDED,
)  # fmt: skip
async def withdraw(request: Request, actor: Permitted, service: Service, erasure_id: ErasureId) -> Response:
    """It is not carried out, and the texts can be read again. Idempotent. Scope: erasures:write."""
    return await _closed(request, actor, service, erasure_id, "withdrawn")


@router.post(
    "/{erasure_id}/carry-out", summary="Carry out an erasure", response_class=Response, responses=DECIDED
)  # fmt: skip
async def carry_out(actor: Permitted, service: Service, erasure_id: ErasureId) -> Response:
    """Destroy the texts, their keys, the name, and what was refused and speaks of them: nothing undoes it.

    Once it has cooled off, and while nothing stands in the way: a hold that was placed a moment before wins.
    Idempotent. Scope: erasures:write.
    """
    who, subject = decider(actor), await _subject(service, actor, erasure_id)
    await service.erasing.carry_out(who, subject, erasure_id)
    return json_response(await _told(service, actor, subject, erasure_id))


@router.get(
    "/{erasure_id}/certificate", summary="What was erased, certified", response_class=Response,
    responses=CERTIFIED | problems(401, 403, 404, 409, 422, 503),
)  # fmt: skip
async def certify(request: Request, actor: Permitted, service: Service, erasure_id: ErasureId) -> Response:
    """What was destroyed, by whose authority, what remains, and whether an older backup still opens.

    Scope: state:read.
    """
    subject = await _subject(service, actor, erasure_id)
    standing = await service.erasing.standing(actor.council, subject, erasure_id, today())
    if standing.erasure.state != "carried_out":
        raise Conflict("not_erased", "Nothing was erased: there is nothing to certify.")
    council = (await access_of(service, actor)).council
    said = await certificate(service, council, standing, await _gone(service, actor, subject, erasure_id))
    if "text/html" in request.headers.get("Accept", ""):
        return as_page(said)
    return json_response(said, headers={"Cache-Control": PRIVATE})


async def _closed(
    request: Request, actor: Actor, service: Parts, erasure_id: str, outcome: Literal["refused", "withdrawn"]
) -> Response:
    said, who = await bodies.shaped(request, Closing, empty=Closing()), decider(actor)
    subject = await _subject(service, actor, erasure_id)
    await service.erasing.close(who, subject, erasure_id, outcome, said.reason)
    return json_response(await _told(service, actor, subject, erasure_id))


async def _subject(service: Parts, actor: Actor, erasure_id: str) -> Subject:
    """Of whom it is, as it is called now. Raises `NotFound`."""
    found = await council_asked(service, actor, lambda facts: _found(facts, erasure_id))
    if found is None:
        raise NotFound("no_such_erasure", "There is no such erasure.")
    return found[0]


async def _told(service: Parts, actor: Actor, subject: Subject, erasure_id: str) -> dict[str, Any]:
    """One erasure with what stands in its way and how much goes."""
    standing = await service.erasing.standing(actor.council, subject, erasure_id, today())
    gone = await _gone(service, actor, subject, erasure_id)
    shown = _shown(service, actor.council, subject, standing.erasure, gone)
    if standing.erasure.state not in OPEN:
        return shown
    goes = await service.erasing.doomed(actor.council, standing.names)
    return shown | {
        "blocks": [told_block(block) for block in standing.blocks], "period": _period(standing.period),
        "would_go": {
            "texts": goes.texts, "events": len(goes.positions), "directory_entries": goes.directory_entries,
            "refused_items": len(goes.items), "keys": len(goes.key_numbers),
        },
        "names": [name.partition("/")[2] for name in standing.names],
    }  # fmt: skip


async def _gone(service: Parts, actor: Actor, subject: Subject, erasure_id: str) -> dict[str, Any]:
    """What the event says that carried it out; empty before."""

    def question(facts: Facts) -> dict[str, Any]:
        found = [each for each in erased(subject, facts, today()) if each.request == erasure_id]
        return {} if not found else dict(found[0].told) | {"position": found[0].position, "event": found[0].event}

    return (await service.assessor.ask(actor.council, subject.tag, question)).value


def _found(facts: Facts, erasure_id: str) -> tuple[Subject, Erasure, dict[str, Any]] | None:
    asked = facts(f"request/{erasure_id}", frozenset({REQUESTED}))
    if not asked:
        return None
    subject = named(asked[0].get("worker_id"), asked[0].get("case_id"))
    found = next((each for each in erasures(subject, facts, today()) if each.id == erasure_id), None)
    gone = [each for each in erased(subject, facts, today()) if each.request == erasure_id]
    return None if found is None else (subject, found, {"event": gone[0].event} if gone else {})


def _shown(service: Parts, council: str, subject: Subject, found: Erasure, gone: dict[str, Any]) -> dict[str, Any]:
    state: str = found.state
    if state == "carried_out":
        state = state_since(council, gone["event"], service.erasing.register)
    here = f"/v1/erasures/{found.id}"
    from_on = (
        f" It can be carried out from {in_words(found.from_on)} on." if state == "approved" and found.from_on else ""
    )
    return {
        "erasure_id": found.id, "subject": {"type": subject.kind, "id": subject.id}, "state": state,
        "said": WORDS[state] + from_on,
        "basis": found.basis, "authority": found.authority, "reason": found.reason,
        "requested_on": found.requested_on, "requested_by": found.requested_by,
        "approved_on": found.approved_on, "approved_by": found.approved_by, "from_on": found.from_on,
        "closed_on": found.closed_on, "closed_by": found.closed_by, "erased_on": found.erased_on,
        "links": {"self": here, "certificate": f"{here}/certificate"},
    }  # fmt: skip


def _period(kept: Period) -> dict[str, Any]:
    """How long the policies keep it, in words."""
    if not kept.said:
        said = "No policy in force sets a period: it goes on the authority that the request names."
    elif kept.first is None:
        said = "The policy counts from the last day, which has not come or was not said."
    else:
        said = f"The policy keeps it; it may go from {in_words(kept.first)} on."
    return {"set": kept.said, "last_day": kept.last_day, "first_day": kept.first, "clauses": kept.clauses, "said": said}
