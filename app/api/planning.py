"""Planning: what falls due in the weeks ahead, who has to see to it, and which yearly numbers will be reached."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api import shown
from app.api.answers import typed_place
from app.api.deps import Permitted, Service, WithinReach, only_known_parameters
from app.api.documents import LIST, problems
from app.api.lists import AskedListNow, AskedRows, Code, list_response, page
from app.api.obligations import packs_of, titles
from app.api.subjects import CURRENT, ServiceCode
from app.domain.calendar import DAY
from app.domain.forecast import Forecast, forecasts
from app.domain.history import Subject
from app.events.facts import Facts
from app.projections import coming, lists
from app.projections.coming import WEEK, Whose
from app.projections.lists import Wanted

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["planning"], prefix="/v1")

REFUSED = problems(400, 401, 403, 409, 422, 503)
MOST_WEEKS: Final = 26
AT_ONCE: Final = 25
"""Workers whose numbers are forecast for one page, at most."""
_OF_QUOTA: Final = (
    "rule", "title", "policy", "force", "status", "code", "opened_on", "due_on", "count", "needed", "expected_by_now",
    "months_left", "still_reachable",
)  # fmt: skip
Weeks = Annotated[int, Query(ge=1, le=MOST_WEEKS, description="How many weeks ahead, today being the first day")]


@router.get("/planning/due", summary="What falls due in the weeks ahead", responses=LIST | REFUSED,
            response_class=Response)  # fmt: skip
async def due(
    actor: Permitted, service: Service, asked: AskedListNow, rows: AskedRows, weeks: Weeks = 4,
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


@router.get("/planning/quotas", summary="Which numbers in a time will be reached", responses=LIST | REFUSED,
            response_class=Response)  # fmt: skip
async def quotas(
    actor: Permitted, service: Service, asked: AskedListNow, reach: WithinReach,
    id: Code = None, team: Code = None,  # noqa: A002
    service_code: ServiceCode = None, role: Code = None, supervisor: Code = None,
) -> Response:  # fmt: skip
    """Of each worker and each rule that asks so many in a time: how many so far, and when the number will be reached or
    missed at the pace of the last half year. `outlook`: `reached`, `will_be_reached`, `will_be_missed` or `missed`.

    Worker by worker, by id, each as assessed at the moment of asking. Scope: state:read.
    """
    wanted = Wanted(asked.on, reach, kind="worker", id=id, statuses=CURRENT, team=team, service=service_code, role=role,
                    supervisor=supervisor)  # fmt: skip

    async def answer(connection: AsyncConnection, place: list[Any] | None) -> dict[str, Any]:
        after, most = None if place is None else typed_place(place, str)[0], min(asked.limit, AT_ONCE)
        rows = await lists.subjects(connection, wanted, after, most)
        questions = {f"worker/{row.id}": partial(_forecast_of, Subject("worker", row.id), asked.on) for row in rows}
        _, outcomes = await service.assessor.ask_all(actor.council, questions, aside=True)
        told = [(row, outcomes[f"worker/{row.id}"].value) for row in rows]
        items = [_forecast(row, each) for row, found in told if found is not None for each in found[0]]
        return {"items": items, "next_cursor": [rows[-1].id] if len(rows) == most else None}

    return await list_response(service, actor, asked, answer)


def _forecast_of(subject: Subject, on: date, facts: Facts) -> list[Forecast]:
    return forecasts(subject, facts, on)


def _forecast(row: Row[Any], found: Forecast) -> dict[str, Any]:
    return {
        "subject": {"type": "worker", "id": row.id},
        **{name: getattr(found.finding, name) for name in _OF_QUOTA},
        **{name: getattr(found, name) for name in ("outlook", "every_days", "reached_on", "missed_on", "why")},
        **shown.who(row),
    }


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
