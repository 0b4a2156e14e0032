"""Audit samples: supervision files drawn at random by whom the matrix lets, as events that anybody can draw again.

A sample opens the selected files to whoever drew it, for an audit and a time (`domain/access/grants`), so nobody draws
from further than the matrix lets them (`draw`). The seed is random unless the caller brings one, which is then shown.
"""

import hashlib
import secrets
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api import bodies
from app.api.answers import PRIVATE, at_position, json_response, place_of, typed_place
from app.api.answers import cursor as cursor_for
from app.api.deps import Parts, Permitted, Service, WithinReach, access_of, now, only_known_parameters, today
from app.api.documents import problems
from app.api.lists import Asked, caught_up, patience
from app.api.subjects import CURRENT
from app.domain.access.reach import Reach
from app.domain.sampling import METHOD, MOST, Sample, draw, redraw, sample
from app.domain.subject import Subject
from app.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from app.events import reading
from app.events.base import Shape
from app.events.canonical import canonical
from app.events.facts import Facts
from app.events.fields import Code, Day, Id
from app.events.sending import recorded_by
from app.events.store import head_position
from app.projections import lists
from app.projections.lists import Wanted
from app.recording import own_event
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["audits"], prefix="/v1/audit-samples")

SampleId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")]
SEED_BYTES: Final = 16


class Population(Shape):
    """Whom to draw from: workers by their ids, or all on a day; of a role, a team, a service, under a supervisor."""

    role: Code | None = None
    team: Id | None = None
    service: Code | None = None
    supervisor: Id | None = None
    as_at: Day | None = None
    ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST, strict=False)] | None = None


class DrawRequest(Shape):
    """A sample that is to be drawn: for which programme of audits, how many files, of whom."""

    programme: Code
    size: Annotated[int, Field(ge=1, le=MOST)]
    population: Population
    seed: Id | None = None
    sample_id: Id | None = None


Responses = dict[int | str, dict[str, Any]]
_SAMPLE: dict[str, Any] = {
    "description": "The sample", "content": {"application/json": {"schema": {"type": "object"}}},
}  # fmt: skip
_ONE: Responses = {200: _SAMPLE}
_SCHEMA = DrawRequest.model_json_schema()
_SCHEMA["properties"]["population"] = _SCHEMA.pop("$defs")["Population"]
_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}}}


@router.post(
    "", summary="Draw a random sample of supervision files", response_class=Response, openapi_extra=_BODY,
    responses=_ONE | {201: _SAMPLE} | problems(400, 401, 403, 409, 413, 415, 422, 503),
)  # fmt: skip
async def draw_sample(
    request: Request,
    actor: Permitted,
    service: Service,
    reach: WithinReach,
    prefer: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """So many workers at random, whose files are opened to whoever drew them, for fourteen days and an audit.

    Of all that `GET /v1/workers` shows the caller on the day, or those of a role, team, service, supervisor; or of
    `ids`. 201; the same again (by `sample_id`, without one by content and day): 200 and the sample that was drawn.
    Without `seed` the service takes a random one. Waits until all that is recorded is in the lists, for as long as
    `Prefer: wait=` says. Scope: grants:write.
    """
    asked, drawer = await bodies.shaped(request, DrawRequest), _person(actor)
    identity = asked.sample_id or _by_content(drawer, asked)
    earlier = await _found(service, actor, identity)
    if earlier is None:
        population = await _population(service, actor, reach, asked.population, patience(prefer))
        data = _drawn(asked, population, identity, drawer)
        event = own_event(actor.council, "AuditSampleDrawn", f"sample-{identity}", now(), data)
        try:
            recorded = await service.recorder.record_own(actor.council, recorded_by(actor), event)
        except Conflict:  # drawn a moment ago, by somebody who asked at the same time
            earlier = await _found(service, actor, identity)
        else:
            head = at_position((await access_of(service, actor)).council, recorded.position or 0)
            found = await _find(service, actor, reach, identity)
            return json_response(_shown(found), 201, head | {"Location": f"/v1/audit-samples/{identity}"})
    _must_be_the_same(earlier, asked, drawer)
    return json_response(_shown(await _find(service, actor, reach, identity)))


@router.get(
    "", summary="The samples that were drawn", response_class=Response,
    responses=_ONE | problems(401, 403, 409, 422, 503),
)  # fmt: skip
async def list_samples(
    actor: Permitted,
    service: Service,
    reach: WithinReach,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """In the order in which they were drawn, without their populations: all, or those that the caller drew.

    A page may hold fewer than `limit`, or none, and go on: read until `next_cursor` is null. Scope: state:read.
    """
    council = (await access_of(service, actor)).council
    after = typed_place(place_of(council, cursor), int)[0] if cursor else 0
    tags = () if reach.everybody else (f"by/{actor.person}",)
    selection = reading.Selection(tags=tags, types=("AuditSampleDrawn",))
    page = await reading.page(service.database, actor.council, after=after, limit=limit, selection=selection)
    ids = [event.data["sample_id"] for event in page.events]
    found = (await _ask(service, actor, lambda facts: [sample(facts, each) for each in ids])) if ids else []
    items = [_in_short(each) for each in found if each is not None and _visible(actor, reach, each)]
    following = cursor_for(council, page.events[-1].position) if len(page.events) == limit else None
    return json_response({"items": items, "next_cursor": following}, headers={"Cache-Control": PRIVATE})


@router.get(
    "/{sample_id}", summary="One sample, drawn again", response_class=Response,
    responses=_ONE | problems(401, 403, 404, 422, 503),
)  # fmt: skip
async def show_sample(actor: Permitted, service: Service, reach: WithinReach, sample_id: SampleId) -> Response:
    """Seed, population and method, whether drawing again selects the same, and which of the selected were audited.

    `drawn_before`: other samples of the same programme of the half year before, so that nobody draws until it suits
    them without its being seen. Scope: state:read.
    """
    return json_response(_shown(await _find(service, actor, reach, sample_id)), headers={"Cache-Control": PRIVATE})


def _person(actor: Actor) -> str:
    if not actor.delegated or actor.person is None:
        said = "A sample is drawn by a person whom the ledger knows: the token names none (worker_id)."
        raise Forbidden("may_not_draw", said)
    return actor.person


def _by_content(drawer: str, asked: DrawRequest) -> str:
    """The id of a sample that nobody named: the same content on the same day is the same sample."""
    said = _sent(asked) | {"by": drawer, "on": today().isoformat()}
    return f"sm-{hashlib.sha256(canonical(said)).hexdigest()[:24]}"


def _sent(asked: DrawRequest) -> dict[str, Any]:
    # Pydantic warns of days, which a validator of ours has made, although it writes them as they should be
    return asked.model_dump(mode="json", exclude_none=True, warnings=False)


def _drawn(asked: DrawRequest, population: list[str], identity: str, drawer: str) -> dict[str, Any]:
    """What the event says. Raises `Invalid` where the size does not fit."""
    if len(population) > MOST:
        said = f"is of {len(population):,} workers, and a sample keeps {MOST:,} at most: draw by service or by team"
        raise _not_right("/population", "too_many", said)
    if asked.size > len(population):
        there = "nobody" if not population else f"{len(population):,} only"
        raise _not_right("/size", "larger_than_population", f"is more than there are to draw from: {there}")
    seed = asked.seed or secrets.token_hex(SEED_BYTES)
    told = {
        "sample_id": identity, "drawn_on": today().isoformat(), "drawn_by": drawer, "programme": asked.programme,
        "population": population, "size": asked.size, "seed": seed, "method": METHOD,
        "selected": list(draw(seed, population, asked.size)), "seed_from": "caller" if asked.seed else "service",
    }  # fmt: skip
    whom = asked.population
    as_at = (whom.as_at or today()).isoformat()
    return told if whom.ids else told | {"drawn_from": _sent(asked)["population"] | {"as_at": as_at}}


async def _population(service: Parts, actor: Actor, reach: Reach, whom: Population, wait: float) -> list[str]:
    """The ids to draw from, sorted. Raises `Invalid` for ids of whom the caller may not draw, and `Unavailable`
    while the lists are behind the ledger."""
    on = whom.as_at or today()
    if whom.ids and whom.model_fields_set - {"ids"}:
        raise _not_right("/population/ids", "one_or_the_other", "goes without anything else: give ids, or say whom")
    statuses = () if whom.ids else CURRENT
    wanted = Wanted(on, reach, kind="worker", statuses=statuses, team=whom.team, service=whom.service, role=whom.role,
                    supervisor=whom.supervisor)  # fmt: skip
    async with service.lists.read(actor.council) as connection:
        head = await head_position(connection)
    await caught_up(service, actor.council, Asked(on, head, wait, None))
    async with service.lists.read(actor.council) as connection:
        there = await _ids(connection, wanted)
        if not reach.everybody and on != today():  # files open by who is theirs today, not by who once was
            there &= await _ids(connection, Wanted(today(), reach, kind="worker"))
    if whom.ids is None:
        return sorted(there)
    if missing := sorted({*whom.ids} - there):
        said = f"names nobody of whom you may draw: {', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}"
        raise _not_right("/population/ids", "not_related", said)
    return sorted({*whom.ids})


async def _ids(connection: AsyncConnection, wanted: Wanted) -> set[str]:
    return {row.id for row in await connection.execute(lists.all_subjects(wanted))}


def _not_right(pointer: str, code: str, detail: str) -> Invalid:
    said = "Some of what was sent is not right."
    return Invalid("invalid_request", said, errors=[Fault(pointer, code, detail)])


def _must_be_the_same(earlier: Sample | None, asked: DrawRequest, drawer: str) -> None:
    """Raises `Conflict` where the id is taken by a sample that was drawn otherwise."""
    told = {} if earlier is None else earlier.drawn.data
    same = (told.get("programme"), told.get("size"), told.get("drawn_by")) == (asked.programme, asked.size, drawer)
    wanted = _sent(asked)["population"]
    if asked.population.ids is None:
        said = told.get("drawn_from") or {}
        whom = {name: value for name, value in said.items() if name in wanted or name != "as_at"} == wanted
    else:
        whom = "drawn_from" not in told and list(told.get("population", ())) == sorted({*asked.population.ids})
    if not (same and whom and asked.seed in (None, told.get("seed"))):
        raise Conflict("sample_exists", "There is a sample with this id that says something else. Choose another id.")


async def _ask(service: Parts, actor: Actor, question: Any) -> Any:
    organisation = Subject("organisation", actor.council)
    return (await service.assessor.ask(actor.council, organisation.tag, question)).value


async def _found(service: Parts, actor: Actor, sample_id: str) -> Sample | None:
    def question(facts: Facts) -> Sample | None:
        return sample(facts, sample_id)

    found: Sample | None = await _ask(service, actor, question)
    return found


async def _find(service: Parts, actor: Actor, reach: Reach, sample_id: str) -> Sample:
    """Raises `NotFound` for a sample that is not there, or none of the caller's."""
    found = await _found(service, actor, sample_id)
    if found is None or not _visible(actor, reach, found):
        raise NotFound("no_such_sample", "There is no such audit sample.")
    return found


def _visible(actor: Actor, reach: Reach, found: Sample) -> bool:
    return reach.everybody or (actor.person is not None and found.drawn.data["drawn_by"] == actor.person)


def _in_short(found: Sample) -> dict[str, Any]:
    told = found.drawn.data
    return {
        "sample_id": told["sample_id"], "programme": told["programme"], "drawn_on": told["drawn_on"],
        "drawn_by": told["drawn_by"], "size": told["size"], "population_size": len(told["population"]),
        "audited": sum(bool(audits) for audits in found.audits.values()), "position": found.drawn.position,
    }  # fmt: skip


def _shown(found: Sample) -> dict[str, Any]:
    told, again = found.drawn.data, redraw(found.drawn.data)
    return _in_short(found) | {
        "drawn_from": told.get("drawn_from"),
        "method": told.get("method"),
        "seed": told["seed"],
        "seed_from": told.get("seed_from"),
        "population": told["population"],
        "selected": [
            {"worker_id": worker, "audits": [asdict(audit) for audit in audits]}
            for worker, audits in found.audits.items()
        ],
        "redrawn": {"agrees": again.agrees, "selected": list(again.selected)},
        "audits_of_others": [asdict(audit) for audit in found.of_others],
        "drawn_before": [
            {name: fact.data[name] for name in ("sample_id", "drawn_on", "drawn_by", "size")}
            for fact in found.drawn_before
        ],
    }
