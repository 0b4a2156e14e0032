"""Who read what: a worker's record, for the worker and who answers for data protection; and all of the council's trace.

Reading it opens no text, and is not itself traced as reading one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from app import directory
from app.api.answers import cursor as cursor_for
from app.api.answers import json_response, place_of, typed_place
from app.api.compliance import SUBJECT_ID
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters, stated_purpose, today
from app.api.documents import ACCESS_LOG, problems
from app.api.lists import Code
from app.api.moments import day
from app.errors import Fault, Invalid
from app.events import tracing
from app.events.facts import LONDON
from app.events.naming import names_of
from app.events.tracing import Wanted
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters), Depends(stated_purpose)], prefix="/v1")

Limit = Annotated[int, Query(ge=1, le=500, description="How many at most")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")]
Reader = Annotated[str | None, Query(pattern=r"^[!-~]{1,255}$", description="A person by their id, or a client")]
From = Annotated[str | None, Query(alias="from", description="London date, YYYY-MM-DD")]
To = Annotated[str | None, Query(alias="to", description="London date, inclusive")]


async def _asked(first: From = None, last: To = None) -> Wanted:
    return Wanted(since=_midnight(day("from", first)), before=_midnight(day("to", last), days=1))


AskedDays = Annotated[Wanted, Depends(_asked)]


def _midnight(on: date | None, days: int = 0) -> datetime | None:
    return None if on is None else datetime.combine(on + timedelta(days), time(), LONDON)


@router.get("/workers/{worker_id}/access-log", summary="Who read a worker's record", tags=["workers"],
            responses=ACCESS_LOG | problems(401, 403, 404, 409, 422, 503), response_class=Response)  # fmt: skip
async def read_worker_log(
    actor: Permitted, service: Service, worker_id: Annotated[str, Path(pattern=SUBJECT_ID)], days: AskedDays,
    limit: Limit = 100, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """Who read what of the worker's personal supervision: when, in which role, under which right and purpose.

    The newest first; for the worker, and for who answers for data protection. Scope: state:read.
    """
    whose = await names_of(service.database, actor.council, f"worker/{worker_id}")
    return await _page(actor, service, replace(days, whose=tuple(whose), decision="allowed"), limit, cursor)


@router.get("/access-log", summary="Who read what, and who was refused", tags=["organisation"],
            responses=ACCESS_LOG | problems(401, 403, 409, 422, 503), response_class=Response)  # fmt: skip
async def read_log(
    actor: Permitted, service: Service, days: AskedDays, reader: Reader = None,
    worker: Code = None, case: Code = None, decision: Literal["allowed", "refused"] | None = None,
    limit: Limit = 100, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """The council's trace of who read texts and who was refused them, the newest first. Scope: state:read."""
    whose = [f"{kind}/{identity}" for kind, identity in (("worker", worker), ("case", case)) if identity is not None]
    every = [name for each in whose for name in await names_of(service.database, actor.council, each)]
    wanted = replace(days, reader=reader, whose=tuple(every), decision=decision)
    return await _page(actor, service, wanted, limit, cursor)


@router.get("/access-log/bulk", summary="Who opened the texts of many in a short time", tags=["organisation"],
            responses=ACCESS_LOG | problems(401, 403, 422, 503), response_class=Response)  # fmt: skip
async def read_bursts(actor: Permitted, service: Service, days: AskedDays) -> Response:
    """Whoever opened texts of more than 50 workers and cases within ten minutes, the latest first: ask them why.

    Of the last 31 days, or of at most 92 days `from` and `to`. Scope: state:read.
    """
    before = days.before or _midnight(today(), days=1)
    since = days.since or (before and before - timedelta(31))
    if since is None or before is None or before - since > timedelta(93):
        fault = Fault("/query/from", "too_long", "lies more than 92 days before `to`")
        raise Invalid("invalid_request", "Ask about fewer days at once.", errors=[fault])
    found = await tracing.bursts(service.database, actor.council, Wanted(since=since, before=before))
    told = {"more_than": tracing.MANY, "within_minutes": tracing.SHORT.seconds // 60, "from": since, "before": before}
    return json_response(told | {"items": found}, headers={"Cache-Control": "private, no-store"})


async def _page(actor: Actor, service: Parts, wanted: Wanted, limit: int, cursor: str | None) -> Response:
    access = await access_of(service, actor)
    below = typed_place(place_of(access.council, cursor), int)[0] if cursor else None
    rows = await tracing.traced(service.database, actor.council, wanted, below=below, limit=limit)
    following = cursor_for(access.council, rows[-1]["number"]) if len(rows) == limit else None
    body: dict[str, Any] = {"items": [entry(row) for row in rows], "next_cursor": following}
    if actor.may("names:read"):
        people = _people(rows)
        names = await directory.names_of(service.database, access, "worker", people)
        body["names"] = {f"worker/{identity}": name for identity, name in sorted(names.items())}
    return json_response(body, headers={"Cache-Control": "private, no-store"})


def entry(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the trace as it is given out."""
    left_out = ("number", "subject", "object_kind", "object_id")
    told = {name: value for name, value in row.items() if name not in left_out}
    return told | {"sub": row["subject"], "subject": {"type": row["object_kind"], "id": row["object_id"]}}


def _people(rows: Sequence[dict[str, Any]]) -> set[str]:
    readers = {row["reader"] for row in rows if row["delegated"]}
    return readers | {row["object_id"] for row in rows if row["object_kind"] == "worker"}
