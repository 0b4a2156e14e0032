"""Requests to know what is held about somebody, as events: who asked, until when it is due, and what was answered.

A data protection officer keeps them; a worker asks for themself. While one is open, the texts of its subject open to
the officer (`arising`), and each reading is traced. Left out: what is given out (`subject_packs`).
"""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi import Request as HttpRequest

from app.api import bodies
from app.api.answers import PRIVATE, at_position, json_response, place_of, typed_place
from app.api.answers import cursor as cursor_for
from app.api.deps import Parts, Permitted, Service, access_of, now, only_known_parameters, today
from app.api.documents import problems
from app.api.lists import Code as AskedId
from app.assessing import Merged
from app.domain.calendar import months_later
from app.domain.subject import Subject
from app.domain.subject_access import (
    ANSWERED,
    CLARIFICATION,
    EXTENDED,
    MONTHS,
    MONTHS_AT_MOST,
    REQUESTED,
    Clock,
    Request,
    clock,
    first_clock,
    request_of,
    told,
    working_days,
)
from app.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from app.events import reading
from app.events.base import Shape
from app.events.canonical import canonical
from app.events.facts import Facts
from app.events.fields import Code, Day, Id
from app.events.sending import recorded_by
from app.recording import own_event
from app.security import Actor

T = TypeVar("T")
Found = tuple[Request, Clock]

router = APIRouter(
    dependencies=[Depends(only_known_parameters)], tags=["data protection"], prefix="/v1/subject-requests"
)

RequestId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")]


class SubjectRequest(Shape):
    """Somebody asks what is held about a worker, or about a case. `requested_on`: received on; today if absent."""

    worker_id: Id | None = None
    case_id: Id | None = None
    requested_on: Day | None = None
    request_id: Id | None = None


class MoreTime(Shape):
    """Why it takes longer. `clarification`: since when the council waits for an answer, and until when it waited.

    Any other reason extends the time to `due_on`: at most, and unless said otherwise, three months from the request.
    """

    reason: Code
    due_on: Day | None = None
    asked_on: Day | None = None
    clarified_on: Day | None = None


class Answered(Shape):
    """What was answered, and on which day (today if absent); in part or not at all: why, as a code."""

    outcome: Literal["provided", "part", "refused"]
    reason: Code | None = None
    answered_on: Day | None = None


Responses = dict[int | str, dict[str, Any]]
_ONE: Final[dict[str, Any]] = {
    "description": "The request, and how its clock stands",
    "content": {"application/json": {"schema": {"type": "object"}}},
}
ONE: Final[Responses] = {200: _ONE}
LISTED: Final[Responses] = {200: _ONE | {"description": "The requests"}}


def body_of(shape: type[Shape]) -> dict[str, Any]:
    """The body of an operation in the API's document."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": shape.model_json_schema()}}}}


@router.post(
    "", summary="Ask what is held about somebody", response_class=Response, openapi_extra=body_of(SubjectRequest),
    responses=ONE | {201: _ONE} | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
async def ask(request: HttpRequest, actor: Permitted, service: Service) -> Response:
    """Keep a request for the personal data of a worker or a case: by the data protection officer, or one's own.

    201; the same again (by `request_id`, without one by content): 200 and nothing changes. Scope: requests:write.
    """
    asked = await bodies.shaped(request, SubjectRequest)
    subject = await _subject(service, actor, _named(asked))
    if not _keeps_all(service, actor) and subject != Subject("worker", actor.person or ""):
        detail = "You may ask for what is held about yourself. Leave others to who protects data."
        raise Forbidden("not_your_own", detail)
    on = _not_ahead("requested_on", asked.requested_on or today())
    said = {f"{subject.kind}_id": subject.id, "requested_on": on.isoformat()}
    identity = _identity(asked, said)
    earlier = await _ask(service, actor, lambda facts: request_of(facts, identity))
    if earlier is not None and (earlier.subject, earlier.requested_on) != (subject, on):
        raise Conflict("request_exists", "There is a request with this id that says something else. Choose another id.")
    if earlier is not None:
        return json_response(await _told(service, actor, identity))
    return await _written(service, actor, identity, REQUESTED, f"requested-{identity}", said, 201)


@router.get(
    "", summary="Requests to know what is held", response_class=Response,
    responses=LISTED | problems(401, 403, 409, 422, 503),
)  # fmt: skip
async def list_requests(
    actor: Permitted, service: Service,
    state: Annotated[Literal["open", "answered"] | None, Query(description="Only those that stand so")] = None,
    worker: AskedId = None, case: AskedId = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    """In the order in which they came: all of them for the data protection officer, their own for anybody else.

    A page may hold fewer than `limit`, or none, and go on: read until `next_cursor` is null. Scope: state:read.
    """
    council = (await access_of(service, actor)).council
    after = typed_place(place_of(council, cursor), int)[0] if cursor else 0
    whose = [f"{kind}/{of}" for kind, of in (("worker", worker), ("case", case)) if of is not None]
    own = [] if _keeps_all(service, actor) else [f"worker/{actor.person}"]
    selection = reading.Selection(tags=tuple(whose or own), types=(REQUESTED,))
    page = await reading.page(service.database, actor.council, after=after, limit=limit, selection=selection)
    ids = list(dict.fromkeys(event.data["request_id"] for event in page.events))
    found = await _ask(service, actor, lambda facts: [_with_clock(facts, each) for each in ids])
    items = [
        shown(*each) for each in found
        if each is not None and _visible(service, actor, each[0])
        and state in (None, "open" if each[0].answer is None else "answered")
    ]  # fmt: skip
    following = cursor_for(council, page.events[-1].position) if len(page.events) == limit else None
    return json_response({"items": items, "next_cursor": following}, headers={"Cache-Control": PRIVATE})


@router.get(
    "/{request_id}", summary="One request to know what is held", response_class=Response,
    responses=ONE | problems(401, 403, 404, 422, 503),
)  # fmt: skip
async def show_request(actor: Permitted, service: Service, request_id: RequestId) -> Response:
    """Until when it is to be answered, how that was counted, and how many days are left. Scope: state:read."""
    return json_response(await _told(service, actor, request_id), headers={"Cache-Control": PRIVATE})


@router.post(
    "/{request_id}/extend", summary="Take more time for a request", response_class=Response,
    openapi_extra=body_of(MoreTime), responses=ONE | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
async def extend(request: HttpRequest, actor: Permitted, service: Service, request_id: RequestId) -> Response:
    """Up to two months more, decided and told to who asked within the first; or days of waiting for an answer.

    With the reason `clarification` the clock stands still from `asked_on`; send it again with `clarified_on` once the
    answer is there. Idempotent. Scope: requests:write.
    """
    more = await bodies.shaped(request, MoreTime)
    found, first = await _ask(service, actor, lambda facts: _with_first_clock(facts, request_id))
    _must_be_open(found)
    event_id, due_on, already = _paused(found, more) if more.reason == CLARIFICATION else _extended(found, first, more)
    if already:
        return json_response(await _told(service, actor, request_id))
    said = {"extended_on": today(), "due_on": due_on, "asked_on": more.asked_on, "clarified_on": more.clarified_on}
    data = {name: day.isoformat() for name, day in said.items() if day is not None} | {"reason": more.reason}
    of = {f"{found.subject.kind}_id": found.subject.id}
    return await _written(service, actor, request_id, EXTENDED, event_id, of | data)


@router.post(
    "/{request_id}/answer", summary="Say that a request was answered", response_class=Response,
    openapi_extra=body_of(Answered), responses=ONE | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)  # fmt: skip
async def answer(request: HttpRequest, actor: Permitted, service: Service, request_id: RequestId) -> Response:
    """It is closed for good: the texts open no more, and what was blacked out stays as it was. Idempotent.

    Send out the pack before. Scope: requests:write.
    """
    said = await bodies.shaped(request, Answered)
    if said.outcome != "provided" and said.reason is None:
        raise wrong("/reason", "missing", "is needed, as a code, where not everything is given")
    found, _ = await find(service, actor, request_id)
    on = _not_ahead("answered_on", said.answered_on or today())
    if on < found.requested_on:
        raise wrong("/answered_on", "too_early", "is before the day of the request")
    if found.answer is not None:
        if (found.answer.outcome, found.answer.reason) == (said.outcome, said.reason):
            return json_response(await _told(service, actor, request_id))
        _must_be_open(found)
    data = {f"{found.subject.kind}_id": found.subject.id, "answered_on": on.isoformat(), "outcome": said.outcome}
    data |= {} if said.reason is None else {"reason": said.reason}
    return await _written(service, actor, request_id, ANSWERED, f"answered-{request_id}", data)


async def find(service: Parts, actor: Actor, identity: str) -> Found:
    """The request with its clock. Raises `NotFound` for one that is not there, or none of the caller's."""
    found = await _ask(service, actor, lambda facts: _with_clock(facts, identity))
    if found is None or not _visible(service, actor, found[0]):
        raise _no_such_request()
    return found


async def find_open(service: Parts, actor: Actor, identity: str) -> Request:
    """The same, if it is not answered. Raises `Conflict` if it is."""
    found, _ = await find(service, actor, identity)
    _must_be_open(found)
    return found


def shown(found: Request, due: Clock) -> dict[str, Any]:
    """A request as it is given out."""
    on, here = today(), f"/v1/subject-requests/{found.id}"
    running = found.answer is None and found.waits_since is None
    state = "open" if running else ("answered" if found.answer is not None else "waiting")
    return {
        "request_id": found.id, "subject": {"type": found.subject.kind, "id": found.subject.id},
        "requested_on": found.requested_on, "by": found.by, "state": state, "due_on": due.due_on,
        "days_left": due.left(on) if running else None, "clock": told(found, due, on),
        "extension": found.extension, "pauses": [{"since": each.since, "until": each.until} for each in found.pauses],
        "answer": found.answer,
        "links": {"pack": f"{here}/pack", "page": f"{here}/pack.html", "redactions": f"{here}/redactions"},
    }  # fmt: skip


def wrong(pointer: str, code: str, said: str) -> Invalid:
    """One field of what was sent that is not right."""
    return Invalid("invalid_request", "Some of what was sent is not right.", errors=[Fault(pointer, code, said)])


def _identity(asked: SubjectRequest, said: dict[str, Any]) -> str:
    """As they name it, else by content. Raises `Invalid` for another's by content: to find it taken is to find out
    who asked."""
    ours = f"sar-{hashlib.sha256(canonical(said)).hexdigest()[:16]}"
    if asked.request_id is not None and asked.request_id != ours and asked.request_id.startswith("sar-"):
        raise wrong(
            "/request_id", "not_yours_to_choose", "begins with sar-, as ids that are given here: choose another"
        )
    return asked.request_id or ours


def _named(asked: SubjectRequest) -> Subject:
    if (asked.worker_id is None) == (asked.case_id is None):
        raise wrong("/worker_id", "missing", "or case_id is needed, and not both: say whose data is asked for")
    if asked.case_id is not None:
        return Subject("case", asked.case_id)
    return Subject("worker", asked.worker_id or "")


async def _subject(service: Parts, actor: Actor, named: Subject) -> Subject:
    """Who it is now. Raises `NotFound` for whom no event names; to who may not know, they are not their own."""
    if not _keeps_all(service, actor) and named.id != actor.person:
        return named
    try:
        await service.assessor.ask(actor.council, named.tag, lambda _: None)
    except Merged as merged:
        kind, _, identity = merged.into.partition("/")
        return Subject(kind, identity)
    return named


Longer = tuple[str, date, bool]
"""The id of the event that says so, the day up to which the time runs, and whether all that is recorded already."""


def _extended(found: Request, first: Clock, more: MoreTime) -> Longer:
    """What the extension gives. Raises `Invalid` or `Conflict`."""
    if more.asked_on is not None or more.clarified_on is not None:
        raise wrong("/asked_on", "not_here", f"goes with the reason {CLARIFICATION}")
    latest = months_later(found.requested_on, MONTHS_AT_MOST)
    due_on = more.due_on or latest
    if found.extension is not None:
        if (found.extension.due_on, found.extension.reason) != (due_on, more.reason):
            raise Conflict("request_extended", "The time was extended before, and that is done once.")
        return "", due_on, True
    if not first.last_day < due_on <= latest:
        raise wrong("/due_on", "out_of_range", f"must be after {first.last_day} and at the latest {latest}")
    if today() > first.due_on:
        raise Conflict("too_late_to_extend", f"Who asked had to be told of an extension by {first.due_on}.")
    return f"extended-{found.id}", due_on, False


def _paused(found: Request, more: MoreTime) -> Longer:
    """What a pause gives, which may be over or not. Raises `Invalid`."""
    if more.asked_on is None or more.due_on is not None:
        raise wrong("/asked_on", "missing", "is needed, the day on which the council asked back, and no due_on")
    since, until = _not_ahead("asked_on", more.asked_on), more.clarified_on
    if since < found.requested_on or (until is not None and _not_ahead("clarified_on", until) < since):
        raise wrong("/asked_on", "out_of_range", "must lie between the request and clarified_on")
    others = [each for each in found.pauses if each.since != since]
    if any(each.until is None or (each.since <= (until or date.max) and since <= each.until) for each in others):
        raise wrong("/asked_on", "overlaps", "another pause covers these days, or is not over: close that first")
    said = next((each for each in found.pauses if each.since == since), None)
    if said is not None and said.until is not None and until not in (None, said.until):
        raise wrong("/clarified_on", "overlaps", f"was said to be {said.until} before")
    due_on = months_later(found.requested_on, MONTHS) if found.extension is None else found.extension.due_on
    already = said is not None and until in (None, said.until)
    return f"{'waiting' if until is None else 'clarified'}-{found.id}-{since}", due_on, already


def _not_ahead(name: str, on: date) -> date:
    """Raises `Invalid` for a day that has not come."""
    if on > today():
        raise wrong(f"/{name}", "in_the_future", "has not come yet: say the day on which it happened")
    return on


async def _written(
    service: Parts, actor: Actor, identity: str, kind: str, event_id: str, data: dict[str, Any], status: int = 200
) -> Response:
    by = {} if actor.person is None else {"by": actor.person}
    event = own_event(actor.council, kind, event_id, now(), data | {"request_id": identity} | by)
    recorded = await service.recorder.record_own(actor.council, recorded_by(actor), event)
    head = at_position((await access_of(service, actor)).council, recorded.position or 0)
    place = {"Location": f"/v1/subject-requests/{identity}"} if status == 201 else {}
    return json_response(await _told(service, actor, identity), status, head | place)


async def _told(service: Parts, actor: Actor, identity: str) -> dict[str, Any]:
    return shown(*await find(service, actor, identity))


def _with_clock(facts: Facts, identity: str) -> Found | None:
    found, working = request_of(facts, identity), working_days(facts)
    return None if found is None else (found, clock(found, working))


def _with_first_clock(facts: Facts, identity: str) -> Found:
    found, working = request_of(facts, identity), working_days(facts)
    if found is None:
        raise _no_such_request()
    return found, first_clock(found, working)


async def _ask(service: Parts, actor: Actor, question: Callable[[Facts], T]) -> T:
    organisation = Subject("organisation", actor.council)
    return (await service.assessor.ask(actor.council, organisation.tag, question)).value


def _keeps_all(service: Parts, actor: Actor) -> bool:
    return service.gate.in_role(actor, "answer_subject")


def _visible(service: Parts, actor: Actor, found: Request) -> bool:
    own = actor.person is not None and found.subject == Subject("worker", actor.person)
    return _keeps_all(service, actor) or own


def _must_be_open(found: Request) -> None:
    if found.answer is not None:
        detail = "This request was answered, which is final. A further question is a new request."
        raise Conflict("request_answered", detail)


def _no_such_request() -> NotFound:
    return NotFound("no_such_request", "There is no such request, or it is none of yours.")
