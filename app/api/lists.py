"""What all lists share: the day they are asked about, how fresh they must be, their cursors and entity tags."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.answers import PRIVATE, at_position, cursor, entity_tag, json_response, place_of, unchanged
from app.api.compliance import AskedKnowledge, AskedMoment, Moment
from app.api.deps import Parts, Permitted, Service, WithinReach, access_of, parts, permission, today
from app.api.jobs import accepted
from app.api.naming import names_in
from app.domain import wording
from app.domain.compliance import ENGINE
from app.domain.policy.patterns import Force, Status
from app.errors import Conflict, Fault, Invalid, Malformed, Unavailable
from app.events.effective import Known
from app.events.store import head_position
from app.projections import generations, jobs
from app.projections.jobs import Job
from app.projections.lists import Wanted
from app.security import Actor

MOST_PATIENCE, USUAL_PATIENCE = 30.0, 5.0
"""Seconds that a list waits for `min_position`: at most, and if the caller says nothing."""
BETWEEN_LOOKS = 0.05
CODE = r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$"
Code = Annotated[str | None, Query(pattern=CODE)]
Several = Annotated[list[Annotated[str, Query(pattern=CODE)]] | None, Query(max_length=100)]

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a list: about which day, how fresh, which page."""

    on: date
    min_position: int
    patience: float
    if_none_match: str | None
    limit: int = 0
    place: str | None = None
    first: date = date.min
    """Of a question about several days, the first of them."""
    job: Job | None = None
    """The council as known at a moment, instead of as all that is known reads."""

    def since(self, from_on: date) -> date | None:
        """From when on something stands as it does; None where that is further back than was looked."""
        return None if self.job is not None and from_on == self.job.days.first else from_on

    @property
    def known(self) -> Known:
        """What is taken into account."""
        return Known() if self.job is None else self.job.known


async def asked_now(
    min_position: Annotated[
        int, Query(ge=0, lt=2**62, description="Wait until events up to here are in this list")
    ] = 0,
    prefer: Annotated[str | None, Header(max_length=200)] = None,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
) -> Asked:
    """What may be asked of anything that is read from the lists."""
    return Asked(today(), min_position, patience(prefer), if_none_match)


def patience(prefer: str | None) -> float:
    """How many seconds the lists are waited for (`Prefer: wait=10`)."""
    said = asked_wait(prefer)
    return USUAL_PATIENCE if said is None else min(said, MOST_PATIENCE)


def asked_wait(prefer: str | None) -> float | None:
    """How many seconds somebody prefers to wait (RFC 7240), if they say so."""
    said = _WAIT.search(prefer or "")
    return float(said[1]) if said else None


JobAsked = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9]{1,64}$", description="Read what this job made of `known_at`")
]
AskedNow = Annotated[Asked, Depends(asked_now)]


async def asked_counts(
    request: Request, actor: Permitted, service: Service, asked: AskedNow, at: AskedMoment, job: JobAsked = None
) -> Asked:
    """What may be asked of counts: they have no pages. Raises as `asked_of`."""
    return await asked_of(request, actor, service, asked, at, job, lambda on, _: on)


async def asked_of(
    request: Request,
    actor: Actor,
    service: Parts,
    asked: Asked,
    at: Moment,
    job: str | None,
    first_of: Callable[[date, Job | None], date],
) -> Asked:
    """The question with its days and its job: as known at a moment it becomes one. `first_of` gives the first day.

    Raises `NotFound`, `TooMany`, and `Invalid` for a job and a moment at once, a job of another kind or other days.
    """
    if job is None:
        return await _worked_out(service, actor, replace(asked, on=at.as_at, first=first_of(at.as_at, None)), at)
    if at.known != Known():
        raise _bad_job("one_or_the_other", "goes without known_at and known_position: the job has its own")
    found = await jobs.find(service.database, actor.council, job)
    if found.kind != "known_at":
        raise _bad_job("other_kind", "is no job for a list: its result is at /v1/jobs")
    on = at.as_at if "as_at" in request.query_params else found.days.last
    first = first_of(on, found)
    if on not in found.days or first not in found.days:
        looked = " to ".join(dict.fromkeys(wording.day(each) for each in (found.days.first, found.days.last)))
        raise _bad_job("other_days", f"looked at {looked} only: ask about other days with known_at or known_position")
    return replace(asked, on=on, first=first, job=found)


async def asked_knowledge_only(
    request: Request, actor: Permitted, service: Service, asked: AskedNow, at: AskedKnowledge, job: JobAsked = None
) -> Asked:
    """What may be asked of what is about no single day. Raises as `asked_counts`."""
    return await asked_counts(request, actor, service, asked, at, job)


async def _worked_out(service: Parts, actor: Actor, asked: Asked, at: Moment) -> Asked:
    """The question, with the job that works it out where it is one about what was known. Raises `TooMany`."""
    if at.known == Known():
        return asked
    knowledge = "source" if at.known.by_source else "ledger"
    question = {
        "known_at": at.known_at, "known_position": at.known.position, "knowledge": knowledge,
        "from": asked.first.isoformat(), "to": asked.on.isoformat(),
    }  # fmt: skip
    made = await jobs.ask(service.database, actor.council, "known_at", question, by=actor.reader, known=at.known)
    return replace(asked, job=made)


def _bad_job(code: str, detail: str) -> Invalid:
    return Invalid("invalid_request", f"job {detail}.", errors=[Fault("/query/job", code, detail)])


async def _page_asked_for(
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most")] = 100,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")] = None,
) -> tuple[int, str | None]:
    return limit, cursor


_Page = Annotated[tuple[int, str | None], Depends(_page_asked_for)]


async def asked_list(asked: Annotated[Asked, Depends(asked_counts)], wanted: _Page) -> Asked:
    """What every list of a day may be asked."""
    return replace(asked, limit=wanted[0], place=wanted[1])


async def asked_list_now(asked: AskedNow, wanted: _Page) -> Asked:
    """What a list may be asked that only shows how things read now."""
    return replace(asked, limit=wanted[0], place=wanted[1])


async def asked_list_of_all_days(asked: Annotated[Asked, Depends(asked_knowledge_only)], wanted: _Page) -> Asked:
    """What a list may be asked that is about no single day."""
    return replace(asked, limit=wanted[0], place=wanted[1])


AskedCounts = Annotated[Asked, Depends(asked_counts)]
AskedList = Annotated[Asked, Depends(asked_list)]
AskedListNow = Annotated[Asked, Depends(asked_list_now)]
AskedListOfAllDays = Annotated[Asked, Depends(asked_list_of_all_days)]


async def asked_rows(
    request: Request,
    actor: Permitted,
    reach: WithinReach,
    status: Annotated[list[Status] | None, Query(description="Only these statuses", max_length=20)] = None,
    kind: Annotated[Literal["worker", "case", "team"] | None, Query(description="Only subjects of this kind")] = None,
    id: Annotated[str | None, Query(pattern=CODE, description="Only this subject")] = None,  # noqa: A002
    rule: Several = None,
    force: Annotated[list[Force] | None, Query(description="Only rules of this force", max_length=4)] = None,
    team: Code = None,
    service: Code = None,
    role: Code = None,
    category: Code = None,
    supervisor: Annotated[
        str | None, Query(pattern=CODE, description="Those whom they supervise, and the cases that these lead")
    ] = None,
    lead: Annotated[str | None, Query(pattern=CODE, description="The cases that this worker leads")] = None,
) -> Wanted:
    """Which rows a list shall hold; the day comes from `asked_list`."""
    if id or supervisor or lead:
        reach = await parts(request).gate.reach_of_named(actor, permission(request), today())
    return Wanted(
        date.min, reach, kind=kind, id=id, rules=tuple(rule or ()), statuses=tuple(status or ()),
        force=tuple(force or ()), team=team, service=service, role=role, category=category, supervisor=supervisor,
        lead=lead,
    )  # fmt: skip


AskedRows = Annotated[Wanted, Depends(asked_rows)]
Statuses = Annotated[list[Status] | None, Query(description="Only these statuses", max_length=20)]
Include = Annotated[
    list[Literal["not_applicable"]] | None, Query(description="Who is out of scope on the day, too", max_length=1)
]

Item = dict[str, Any]
Answerer = Callable[[AsyncConnection, list[Any] | None], Awaitable[dict[str, Any]]]
"""Makes the body from the projections, and from the place where the last page ended."""


async def list_response(service: Parts, actor: Actor, asked: Asked, answer: Answerer) -> Response:
    """The list as far as the projections have come, or 304 when the caller has this very answer.

    202 while a job works out what was known at a moment. Raises `Unavailable` (`not_caught_up`) when the projections
    have not come to `min_position` in time, `Conflict` for a job that failed or was canceled.
    """
    if asked.job is not None and asked.job.state != "done":
        return accepted(_answerable(asked.job))
    access = await access_of(service, actor)
    place = place_of(access.council, asked.place) if asked.place else None
    await caught_up(service, actor.council, asked)
    async with service.lists.read(actor.council) as connection:
        reached, behind = await _read(connection, asked.job)
        body = await answer(connection, place)
    if body.get("next_cursor") is not None:
        body["next_cursor"] = cursor(access.council, *body["next_cursor"])
    if actor.may("names:read") and body.keys() & {"items", "groups"}:
        body["names"] = await names_in(service, access, [*body.get("items", ()), *body.get("groups", ())])
    whole = {"as_at": asked.on, "position": reached, "behind": behind, **body} | _as_known(asked.job)
    tag = entity_tag(whole, ENGINE, access.council.epoch)
    headers = at_position(access.council, reached) | {"ETag": tag, "Cache-Control": PRIVATE}
    if unchanged(asked.if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return json_response(whole, 200, headers)


async def _read(connection: AsyncConnection, job: Job | None) -> tuple[int, int]:
    """How far what is read from here on has come, and how many events are not in it."""
    if job is not None:
        await generations.read_instead(connection, job.generation)
        return job.position, 0
    reached = await generations.live_reached(connection)
    return reached, max(0, await head_position(connection) - reached)


def _as_known(job: Job | None) -> dict[str, Any]:
    if job is None:
        return {}
    clocks = {name: job.asked[name] for name in ("known_at", "known_position", "knowledge")}
    return {"position": job.position, **clocks, "job": job.id}


def _answerable(job: Job) -> Job:
    """Raises `Conflict` for a job that will never have an answer."""
    if job.state in jobs.ENDED:
        became = "been canceled" if job.state == "canceled" else "failed"
        raise Conflict("job_over", f"This job has {became}. Ask again without it.")
    return job


def page(
    items: Sequence[dict[str, Any]], limit: int, *, place: Callable[[dict[str, Any]], list[Any]]
) -> dict[str, Any]:
    """A page of items, with where the next one begins if this one is full."""
    following = place(items[-1]) if len(items) == limit else None
    return {"items": list(items), "next_cursor": following}


async def caught_up(service: Parts, council: str, asked: Asked) -> None:
    """Wait until what the caller has written is in the projections. Raises `Unavailable` when that takes too long."""
    if not asked.min_position:
        return
    clock = asyncio.get_running_loop().time
    until = clock() + asked.patience
    while True:
        async with service.lists.read(council) as connection:
            if await generations.live_reached(connection) >= asked.min_position:
                return
            head = await head_position(connection)
        if asked.min_position > head:
            fault = Fault("/query/min_position", "beyond_head", f"is beyond the last event, which is at {head}")
            raise Malformed("beyond_head", "No event has this position yet.", errors=[fault])
        if clock() >= until:
            raise Unavailable(
                "not_caught_up",
                f"The lists have not come to position {asked.min_position} yet. Ask again shortly.",
                retry_after=1,
            )
        await asyncio.sleep(BETWEEN_LOOKS)
