"""The work list, and how a whole council stands: obligations, counts, trends, and what is doubtful."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api import shown
from app.api.answers import typed_place
from app.api.compliance import AskedMoment
from app.api.deps import Parts, Permitted, Service, now, only_known_parameters
from app.api.documents import ACCEPTED, LIST, problems
from app.api.lists import (
    Asked,
    AskedCounts,
    AskedList,
    AskedListOfAllDays,
    AskedNow,
    AskedRows,
    JobAsked,
    Several,
    asked_of,
    list_response,
    page,
)
from app.api.moments import day
from app.api.rollups import summary_of
from app.assessing import EVERYTHING
from app.domain.calendar import DAY, months_later
from app.domain.compliance import policies_in_force
from app.domain.confirmed import Feed, feeds
from app.domain.policy.shapes import Pack
from app.errors import Fault, Invalid
from app.events.effective import Known
from app.events.facts import Facts
from app.projections import lists, quality
from app.projections.jobs import Job
from app.projections.lists import WORK, Wanted
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["lists"], prefix="/v1")

REFUSED = problems(400, 401, 403, 409, 422, 503)
AS_KNOWN = ACCEPTED | REFUSED | problems(404, 429)
MOST_POINTS = 130
MONTHS = {"month": 1, "quarter": 3}
Group = Literal["kind", "rule", "policy", "force", "team", "service", "category", "role"]
DueDay = Annotated[str | None, Query(description="YYYY-MM-DD, inclusive")]


@router.get("/obligations", summary="The work list", responses=LIST | AS_KNOWN, response_class=Response)
async def list_obligations(
    actor: Permitted,
    service: Service,
    asked: AskedList,
    rows: AskedRows,
    due_after: DueDay = None,
    due_before: DueDay = None,
) -> Response:
    """What each rule says of each worker, case and team on the day, the earliest due date first.

    Without `status`: what somebody has to act upon (breached, not_assessable, tolerated, due). Scope: state:read.
    """
    due_from, due_to = day("due_after", due_after), day("due_before", due_before)
    wanted = replace(rows, on=asked.on, statuses=rows.statuses or WORK, due_from=due_from, due_to=due_to)
    named = titles(await packs_of(service, actor, asked.on, asked.known))

    async def answer(connection: AsyncConnection, place: list[Any] | None) -> dict[str, Any]:
        after = None if place is None else lists.Place(*typed_place(place, date, str, str, str))
        found = await lists.obligations(connection, wanted, after, asked.limit)
        items = [shown.obligation(row, asked.on, asked.since(row.from_on), named) for row in found]
        return page(items, asked.limit, place=_place_of)

    return await list_response(service, actor, asked, answer)


def _place_of(item: dict[str, Any]) -> list[Any]:
    subject = item["subject"]
    return [item["due_on"] or date.max, subject["type"], subject["id"], item["rule"]]


@router.get("/compliance/summary", summary="How many stand how", responses=LIST | AS_KNOWN, response_class=Response)
async def summary(
    actor: Permitted,
    service: Service,
    asked: AskedCounts,
    rows: AskedRows,
    by: Annotated[list[Group] | None, Query(description="Counted by; rule if left out", max_length=3)] = None,
) -> Response:
    """Subjects by status, and findings by status for each group, on the day.

    Each `total` is the sum of its statuses. `in_order` counts met, due and late_met; `not_known` is never among them.
    Scope: state:read.
    """
    wanted, groups = replace(rows, on=asked.on), tuple(dict.fromkeys(by or ["rule"]))

    async def answer(connection: AsyncConnection, _: list[Any] | None) -> dict[str, Any]:
        return {"by": groups} | await summary_of(connection, wanted, groups)

    return await list_response(service, actor, asked, answer)


Every = Annotated[Literal["week", "month", "quarter"], Query(description="How far apart")]


async def asked_trend(
    request: Request,
    actor: Permitted,
    service: Service,
    asked: AskedNow,
    at: AskedMoment,
    job: JobAsked = None,
    since: Annotated[str | None, Query(alias="from", description="First day; a year before as_at if left out")] = None,
    every: Every = "month",
) -> Asked:
    """What may be asked of a trend. Raises `Invalid` where it would have no point, or too many."""

    def first_of(on: date, found: Job | None) -> date:
        first = day("from", since) or (months_later(on, -12) if found is None else found.days.first)
        return _days(first, on, every)[0]

    return await asked_of(request, actor, service, asked, at, job, first_of)


@router.get("/compliance/trend", summary="How it went", responses=LIST | AS_KNOWN, response_class=Response)
async def trend(
    actor: Permitted,
    service: Service,
    asked: Annotated[Asked, Depends(asked_trend)],
    rows: AskedRows,
    every: Every = "month",
    by: Annotated[list[Group] | None, Query(description="Counted by", max_length=2)] = None,
    of: Annotated[Literal["findings", "subjects"], Query(description="What is counted")] = "findings",
) -> Response:
    """The numbers of the summary on days so far apart, the last of them `as_at`.

    `of=subjects` counts workers, cases and teams as a whole: that knows no single rule. Scope: state:read.
    """
    days, groups = _days(asked.first, asked.on, every), tuple(dict.fromkeys(by or []))
    if of == "subjects":
        _of_subjects(rows, groups)

    async def answer(connection: AsyncConnection, _: list[Any] | None) -> dict[str, Any]:
        points = []
        for on in days:
            counted = await lists.counts(connection, replace(rows, on=on), groups, of_rules=of == "findings")
            points.append({"on": on, "groups": shown.grouped(counted, groups)})
        return {"every": every, "by": groups, "of": of, "points": points}

    return await list_response(service, actor, asked, answer)


def _of_subjects(rows: Wanted, groups: Iterable[str]) -> None:
    """Raises `Invalid` where single rules are asked about: nobody as a whole has one, and the answer would be none."""
    asked = {
        "rule": bool(rows.rules),
        "force": bool(rows.force),
        "by": not {"rule", "policy", "force"}.isdisjoint(groups),
    }
    faults = [
        Fault(f"/query/{name}", "of_findings_only", "speaks of single rules: leave it out, or ask of=findings")
        for name, given in asked.items()
        if given
    ]
    if faults:
        raise Invalid("invalid_request", "Subjects as a whole have no single rule.", errors=faults)


def _days(first: date, last: date, every: Literal["week", "month", "quarter"]) -> list[date]:
    """Days so far apart, counted back from the last; never more than can be looked at."""
    if first > last:
        fault = Fault("/query/from", "not_in_order", "lies after as_at, the last day of the trend")
        raise Invalid("invalid_request", "The trend would have no day.", errors=[fault])
    days = [last]
    while (before := _before(last, every, len(days))) >= first:
        days.append(before)
        if len(days) > MOST_POINTS:
            fault = Fault(
                "/query/from", "too_far_back", f"gives more than {MOST_POINTS} points: ask for fewer or wider"
            )
            raise Invalid("invalid_request", "The trend would have too many points.", errors=[fault])
    return days[::-1]


def _before(last: date, every: Literal["week", "month", "quarter"], steps: int) -> date:
    return last - 7 * steps * DAY if every == "week" else months_later(last, -steps * MONTHS[every])


@router.get("/data-quality", summary="What is doubtful", responses=LIST | AS_KNOWN, response_class=Response)
async def data_quality(
    actor: Permitted,
    service: Service,
    asked: AskedListOfAllDays,
    code: Several = None,
    kind: Annotated[Literal["worker", "case", "team"] | None, Query(description="Only subjects of this kind")] = None,
) -> Response:
    """What does not fit in what was told: the difference between late and not known.

    Subjects that were never begun, things outside their time, things told in two ways, codes that no policy knows,
    sources that fell silent, feeds that nobody confirmed complete of late or ever, people who are only mentioned. As
    all that is known reads now, or as it read at a moment. Scope: state:read.
    """
    confirmed = await _feeds(service, actor, asked.on, asked.known)

    async def answer(connection: AsyncConnection, place: list[Any] | None) -> dict[str, Any]:
        after = None if place is None else quality.Place(*typed_place(place, str, str, str, int))
        rows = await quality.doubts(connection, tuple(code or ()), kind, after, asked.limit)
        found = page([_doubt(row) for row in rows], asked.limit, place=_place_of_doubt)
        return {
            "counts": await quality.doubt_counts(connection),
            "sources": await quality.sources(connection, now() if asked.job is None else asked.known.moment),
            "feeds": confirmed,
            "only_mentioned": await quality.only_mentioned(connection, asked.known, 500),
            "not_assessed": await quality.faults(connection),
            "items": [{name: value for name, value in item.items() if name != "number"} for item in found["items"]],
            "next_cursor": found["next_cursor"],
        }

    return await list_response(service, actor, asked, answer)


def _doubt(row: Any) -> dict[str, Any]:
    return {
        "subject": {"type": row.kind, "id": row.id}, "code": row.code, "on": row.about_on, "why": row.why,
        "events": [f"/v1/events/{position}" for position in row.positions], "number": row.number,
    }  # fmt: skip


def _place_of_doubt(item: dict[str, Any]) -> list[Any]:
    return [item["code"], item["subject"]["type"], item["subject"]["id"], item["number"]]


async def packs_of(service: Parts, actor: Actor, on: date, known: Known = EVERYTHING) -> tuple[Pack, ...]:
    """The packs that the council had in force on the day, as far as was known."""
    return (await service.assessor.ask_council(actor.council, lambda facts: policies_in_force(facts, on), known)).value


async def _feeds(service: Parts, actor: Actor, on: date, known: Known) -> list[Feed]:
    """How far the feeds of other systems are confirmed complete by the day; live."""

    def asked(facts: Facts) -> list[Feed]:
        return feeds(policies_in_force(facts, on), facts, on)

    return (await service.assessor.ask_council(actor.council, asked, known)).value


def titles(packs: Iterable[Pack]) -> dict[tuple[str, str], str]:
    """Each rule's title, by policy and rule."""
    return {(pack.id, duty.id): duty.title for pack in packs for rule in pack.rules for duty in rule.duties}
