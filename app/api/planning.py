"""Planning: what falls due in the weeks ahead, and who has to see to it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api import shown
from app.api.answers import typed_place
from app.api.deps import MayReadState, Service, only_known_parameters
from app.api.documents import LIST, problems
from app.api.lists import AskedListNow, AskedRows, list_response, page
from app.api.obligations import packs_of, titles
from app.domain.calendar import DAY
from app.projections import coming
from app.projections.coming import WEEK, Whose

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["planning"], prefix="/v1")

REFUSED = problems(400, 401, 403, 409, 422, 503)
MOST_WEEKS: Final = 26
Weeks = Annotated[int, Query(ge=1, le=MOST_WEEKS, description="How many weeks ahead, today being the first day")]


@router.get("/planning/due", summary="What falls due in the weeks ahead", responses=LIST | REFUSED,
            response_class=Response)  # fmt: skip
async def due(
    actor: MayReadState, service: Service, asked: AskedListNow, rows: AskedRows, weeks: Weeks = 4,
    by: Annotated[Whose, Query(description="Whose the numbers are")] = "supervisor",
) -> Response:  # fmt: skip
    """What turns for the worse if nothing happens, the earliest first, and how much that is in each week for each.

    Each rule of a subject is told once, by the first day on which it reads worse (`turns`); `due_on` is the day before.
    `groups` hold all of it, whatever the page, beside what is `late` and `not_known` already. `status` filters by what
    it turns into. Scope: state:read.
    """
    wanted = replace(rows, on=asked.on)
    named = titles(await packs_of(service, actor, asked.on, asked.known))

    async def answer(connection: AsyncConnection, place: list[Any] | None) -> dict[str, Any]:
        after = None if place is None else coming.Place(*typed_place(place, date, str, str, str))
        found = await coming.falling_due(connection, wanted, weeks, after, asked.limit)
        falling = await coming.by_week(connection, wanted, weeks, by)
        groups = _groups(falling, await coming.already(connection, wanted, by), by, weeks)
        first_days = [asked.on + number * WEEK * DAY for number in range(weeks)]
        return {
            "weeks": [{"from_on": on, "to_on": on + (WEEK - 1) * DAY} for on in first_days],
            "by": by,
            "groups": groups,
            **page([_item(row, named) for row in found], asked.limit, place=_place_of),
        }

    return await list_response(service, actor, asked, answer)


def _item(row: Row[Any], named: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    return {
        "subject": {"type": row.kind, "id": row.id},
        "rule": row.rule,
        "title": named.get((row.policy, row.rule)),
        "policy": row.policy,
        "force": row.force,
        "status": row.now,
        "due_on": row.from_on - DAY,
        "turns": {"on": row.from_on, "status": row.status, "code": row.code},
        "breached_on": row.limit,
        **shown.who(row),
        "supervisor": row.whose,
    }


def _place_of(item: dict[str, Any]) -> list[Any]:
    subject = item["subject"]
    return [item["turns"]["on"], subject["type"], subject["id"], item["rule"]]


def _groups(
    falling: Mapping[str | None, list[int]], already: Mapping[str | None, tuple[int, int]], by: Whose, weeks: int
) -> list[dict[str, Any]]:
    """Each supervisor or team, by id; whose it is not known to be comes last."""
    groups = []
    for who in sorted(falling.keys() | already.keys(), key=lambda who: (who is None, who or "")):
        each, (late, not_known) = falling.get(who, [0] * weeks), already.get(who, (0, 0))
        groups.append({by: who, "late": late, "not_known": not_known, "falls_due": each, "total": sum(each)})
    return groups
