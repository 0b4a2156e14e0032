"""What all lists share: the day they are asked about, how fresh they must be, their cursors and entity tags."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api import shown
from app.api.answers import PRIVATE, at_position, cursor, entity_tag, json_response, place_of, unchanged
from app.api.compliance import latest_day
from app.api.deps import Parts, access_of, today
from app.api.moments import day
from app.directory import names_of
from app.domain.compliance import ENGINE
from app.domain.policy.patterns import Force, Status
from app.errors import Fault, Malformed, Unavailable
from app.events.councils import Access
from app.events.store import head_position
from app.projections import generations
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


async def asked_now(
    min_position: Annotated[
        int, Query(ge=0, lt=2**62, description="Wait until events up to here are in this list")
    ] = 0,
    prefer: Annotated[str | None, Header(max_length=200)] = None,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
) -> Asked:
    """What may be asked of anything that is read from the lists."""
    said = _WAIT.search(prefer or "")
    patience = min(float(said[1]), MOST_PATIENCE) if said else USUAL_PATIENCE
    return Asked(today(), min_position, patience, if_none_match)


async def asked_counts(
    asked: Annotated[Asked, Depends(asked_now)],
    as_at: Annotated[str | None, Query(description="The day asked about, YYYY-MM-DD; today if left out")] = None,
) -> Asked:
    """What may be asked of counts: they have no pages."""
    return replace(asked, on=latest_day("as_at", day("as_at", as_at) or asked.on))


async def _page_asked_for(
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most")] = 100,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")] = None,
) -> tuple[int, str | None]:
    return limit, cursor


_Page = Annotated[tuple[int, str | None], Depends(_page_asked_for)]


async def asked_list(asked: Annotated[Asked, Depends(asked_counts)], wanted: _Page) -> Asked:
    """What every list of a day may be asked."""
    return replace(asked, limit=wanted[0], place=wanted[1])


async def asked_list_now(asked: Annotated[Asked, Depends(asked_now)], wanted: _Page) -> Asked:
    """What a list may be asked that only shows how things read now."""
    return replace(asked, limit=wanted[0], place=wanted[1])


AskedCounts = Annotated[Asked, Depends(asked_counts)]
AskedList = Annotated[Asked, Depends(asked_list)]
AskedListNow = Annotated[Asked, Depends(asked_list_now)]


async def asked_rows(
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
    return Wanted(
        date.min, kind=kind, id=id, rules=tuple(rule or ()), statuses=tuple(status or ()), force=tuple(force or ()),
        team=team, service=service, role=role, category=category, supervisor=supervisor, lead=lead,
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

    Raises `Unavailable` (`not_caught_up`) when they have not come to `min_position` in time.
    """
    access = await access_of(service, actor)
    place = place_of(access.council, asked.place) if asked.place else None
    await _caught_up(service, actor.council, asked)
    async with service.database.read(actor.council) as connection:
        reached = await generations.live_reached(connection)
        behind = max(0, await head_position(connection) - reached)
        body = await answer(connection, place)
    if body.get("next_cursor") is not None:
        body["next_cursor"] = cursor(access.council, *body["next_cursor"])
    if "items" in body and actor.may("names:read"):
        body["names"] = await names_in(service, access, body["items"])
    whole = {"as_at": asked.on, "position": reached, "behind": behind, **body}
    tag = entity_tag(whole, ENGINE, access.council.epoch)
    headers = at_position(access.council, reached) | {"ETag": tag, "Cache-Control": PRIVATE}
    if unchanged(asked.if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return json_response(whole, 200, headers)


async def names_in(service: Parts, access: Access, items: Iterable[Item]) -> dict[str, str]:
    """What the workers and teams that these items speak of are called, by `worker/W-1` and `team/T-1`."""
    named = shown.people_and_teams(items)
    found: dict[str, str] = {}
    for kind, ids in named.items():
        names = await names_of(service.database, access, kind, ids)
        found |= {f"{kind}/{identity}": name for identity, name in names.items()}
    return dict(sorted(found.items()))


def page(
    items: Sequence[dict[str, Any]], limit: int, *, place: Callable[[dict[str, Any]], list[Any]]
) -> dict[str, Any]:
    """A page of items, with where the next one begins if this one is full."""
    following = place(items[-1]) if len(items) == limit else None
    return {"items": list(items), "next_cursor": following}


async def _caught_up(service: Parts, council: str, asked: Asked) -> None:
    """Wait until what the caller has written is in the projections."""
    if not asked.min_position:
        return
    clock = asyncio.get_running_loop().time
    until = clock() + asked.patience
    while True:
        async with service.database.read(council) as connection:
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
