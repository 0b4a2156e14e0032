"""What was written, for people who may read it: a worker's supervision file, their copies, a case's record.

Each item is an event as it stands now, with the corrections of it; a copy holds what was copied, as it stood then.
Texts of the subject read in clear and are on record; anybody else's in between stay withheld.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api.answers import MOST_COUNTED, at_position, json_response, place_of, typed_place
from app.api.answers import cursor as cursor_for
from app.api.compliance import SUBJECT_ID, ask, further
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters, permission, stated_purpose
from app.api.documents import COPIES, FILE, problems
from app.api.opening import opened
from app.domain.access.deciding import Right
from app.domain.files import case_record, confined, copied, copies, supervision_file
from app.domain.subject import Subject
from app.events import reading
from app.events.effective import Known
from app.events.facts import Fact, Facts, order
from app.events.reading import Amended
from app.events.stored import Stored
from app.events.tags import subject_of
from app.events.tracing import Texts
from app.events.types import TEXTS
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters), Depends(stated_purpose)], prefix="/v1")

REFUSED = problems(308, 401, 403, 404, 409, 422, 503)
UNSEEN = {"Cache-Control": "private, no-store"}
WorkerId = Annotated[str, Path(pattern=SUBJECT_ID)]
CaseId = Annotated[str, Path(pattern=SUBJECT_ID)]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before")]


@router.get("/workers/{worker_id}/file", summary="A worker's supervision file", tags=["workers"],
            responses=FILE | REFUSED, response_class=Response)  # fmt: skip
async def read_file(
    request: Request, actor: Permitted, service: Service, worker_id: WorkerId, limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:  # fmt: skip
    """All of the worker's personal supervision, oldest first, as it stands, with its texts. No case is in it.

    Who reads it is on record, and the worker sees that. For people only. Scope: narratives:read.
    """
    asked = _Asked(request, actor, service, Subject("worker", worker_id), limit, cursor)
    return await _file(asked, "/file", lambda facts: supervision_file(worker_id, facts))


@router.get("/cases/{case_id}/record", summary="What supervision said of a case", tags=["cases"],
            responses=FILE | REFUSED, response_class=Response)  # fmt: skip
async def read_record(
    request: Request, actor: Permitted, service: Service, case_id: CaseId, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """The discussions, decisions, notes, records and actions of a case, oldest first, as they stand, with their texts.

    Who reads it is on record. For people only. Scope: narratives:read.
    """
    asked = _Asked(request, actor, service, Subject("case", case_id), limit, cursor)
    return await _file(asked, "/record", lambda facts: case_record(case_id, facts))


@router.get("/workers/{worker_id}/copies", summary="The copies that a worker was given", tags=["workers"],
            responses=COPIES | REFUSED, response_class=Response)  # fmt: skip
async def read_copies(
    request: Request, actor: Permitted, service: Service, worker_id: WorkerId,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most")] = 20, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """Each copy of a record, oldest first, with `record`: what it held when it was copied, and not as it reads since.

    Who reads it is on record, and the worker sees that. For people only. Scope: narratives:read.
    """
    subject = Subject("worker", worker_id)
    found = await ask(service, actor, subject, Known(), lambda facts: copies(worker_id, facts))
    if isinstance(found, Response):
        return further(found, "/copies", request.url.query)
    asked = _Asked(request, actor, service, subject, limit, cursor)
    page, following = await asked.page(found.value)
    held = {copy.position: await asked.held(copy) for copy in page}
    texts = await asked.texts([entry for entries in held.values() for entry in entries])
    items = [
        _named(copy) | {"record": [entry.shown(texts) for entry in held[copy.position]]} for copy in page
    ]  # fmt: skip
    return await asked.answer(found.head, items, following)


async def _file(asked: "_Asked", path: str, belonging: Callable[[Facts], list[Fact]]) -> Response:
    """All that belongs to a file, as it stands; `path` is where to ask on if the subject was merged into another."""
    found = await ask(asked.service, asked.actor, asked.subject, Known(), belonging)
    if isinstance(found, Response):
        return further(found, path, asked.request.url.query)
    page, following = await asked.page(found.value)
    entries = await asked.entries(page)
    texts = await asked.texts(entries)
    return await asked.answer(found.head, [entry.shown(texts) for entry in entries], following)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One event as it stands, beside the event as it was recorded and what amends it."""

    fact: Fact
    amended: Amended

    def holders(self) -> Iterator[Stored]:
        """What holds a text that is shown: the event unless all of its own were corrected, and its amendments."""
        event = self.amended.event
        if any(name in event.data and event.data[name] == self.fact.data.get(name) for name in TEXTS):
            yield event
        yield from self.amended.amendments

    def shown(self, texts: Texts) -> dict[str, Any]:
        """As `GET /v1/events/{position}` shows it, but for `data`, which stands corrected."""
        data = reading.read_back(self.fact.type, self.fact.data, texts)
        amendments = [reading.shown(amendment, texts) for amendment in self.amended.amendments]
        return reading.shown(self.amended.event) | {"data": data, "amendments": amendments}


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for the texts of whom, and which page."""

    request: Request
    actor: Actor
    service: Parts
    subject: Subject
    limit: int
    cursor: str | None

    @property
    def right(self) -> Right:
        """Under which the address was opened."""
        right = permission(self.request).right
        if right is None:
            raise RuntimeError("a file was opened under no right")
        return right

    async def page(self, told: Sequence[Fact]) -> tuple[Sequence[Fact], str | None]:
        """The facts of this page, of those to which the right is confined, and where the next begins."""
        council = (await access_of(self.service, self.actor)).council
        due = confined(told, self.right.only)
        if self.cursor:
            place = typed_place(place_of(council, self.cursor), date, datetime, str, str)
            due = [fact for fact in due if order(fact) > place]
        page = due[: self.limit]
        return page, cursor_for(council, *order(page[-1])) if len(due) > len(page) else None

    async def entries(self, told: Sequence[Fact], until: int = MOST_COUNTED) -> list[_Entry]:
        """The facts with the events behind them, and what amended those up to a position."""
        found = await reading.amended(self.service.database, self.actor.council, [fact.position for fact in told])
        return [_Entry(fact, found[fact.position].until(until)) for fact in told]

    async def held(self, copy: Fact) -> list[_Entry]:
        """What the copy held."""
        known = Known(amended_to=copy.position)
        found = await ask(self.service, self.actor, self.subject, known, lambda facts: copied(copy, facts))
        # merged in between: whoever asks again is told
        return [] if isinstance(found, Response) else await self.entries(found.value, until=copy.position)

    async def texts(self, entries: Iterable[_Entry]) -> Texts:
        """The texts of the subject that these show, once it is on record who reads them."""
        holders = {
            event.position: (event, subject_of(entry.fact.type, entry.fact.data))
            for entry in entries
            for event in entry.holders()
        }
        return await opened(self.request, self.actor, self.service, holders, self.subject, self.right)

    async def answer(self, head: int, items: list[dict[str, Any]], following: str | None) -> Response:
        """The page, and under which right it was given."""
        council, right = (await access_of(self.service, self.actor)).council, self.right
        under = {"role": right.role, "relation": right.relation, "purpose": right.purpose, "grant": right.grant}
        body = {
            "subject": {"type": self.subject.kind, "id": self.subject.id}, "right": under, "position": head,
            "items": items, "next_cursor": following,
        }  # fmt: skip
        return json_response(body, 200, at_position(council, head) | UNSEEN)


def _named(copy: Fact) -> dict[str, Any]:
    told = ("record_id", "copied_on", "purpose", "requested_by", "by")
    return {"position": copy.position, **{name: copy.data.get(name) for name in told}}
