"""Whose records are due for disposal, whose are not yet, and what stands in the way; nothing is disposed of here.

Made from the ledger at the moment of asking, so that a hold of a moment ago counts. To dispose of somebody's texts
takes a request and a second person (`/v1/erasures`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any, Final, Literal, get_args

from fastapi import APIRouter, Depends, Query, Response

from app import directory
from app.api.answers import cursor as cursor_for
from app.api.answers import json_response, place_of, typed_place
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters, today
from app.api.documents import problems
from app.api.moments import day
from app.domain import wording
from app.domain.compliance import policies_in_force
from app.domain.disposal import Keeping, State, keeping, told
from app.domain.subject import Subject
from app.errors import Invalid
from app.events import reading
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["data protection"], prefix="/v1")

AT_ONCE: Final = 100
"""Subjects that are looked at together."""
MOST_LOOKED_AT: Final = 1_000
"""Subjects for one page: where few stand as asked, a page holds fewer than its limit."""
KINDS: Final = ("worker", "case")
STATES: Final = get_args(State)
_LIST: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Whose records stand how", "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get("/retention", summary="Whose records are due for disposal", response_class=Response,
            responses=_LIST | problems(401, 403, 409, 422, 503))  # fmt: skip
async def list_retention(
    actor: Permitted, service: Service,
    state: Annotated[list[State] | None, Query(description="All but `running` if absent")] = None,
    kind: Annotated[Literal["worker", "case"] | None, Query()] = None,
    as_at: Annotated[str | None, Query(description="The day to look at, also one to come; today if absent")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    """Workers who left and cases that were closed: since when disposal is due, or from when on, and what holds it up.

    Counted by the policies in force that day; where none says how long, nothing falls due by itself. A page may hold
    fewer than `limit`, or none, and go on: read until `next_cursor` is null. Scope: state:read.
    """
    on, council = day("as_at", as_at) or today(), (await access_of(service, actor)).council
    wanted = frozenset(state or [each for each in STATES if each != "running"])
    place = typed_place(place_of(council, cursor), str, str) if cursor else (KINDS[0] if kind is None else kind, "")
    if place[0] not in (KINDS if kind is None else (kind,)):
        raise Invalid("bad_cursor", "The cursor is of another list.")
    items, following = await _page(service, actor, on, wanted, (place[0], place[1]), limit, one=kind is not None)
    body: dict[str, Any] = {
        "as_at": on, "kept": await _kept(service, actor, on), "items": items,
        "next_cursor": None if following is None else cursor_for(council, *following),
    }  # fmt: skip
    if actor.may("names:read"):
        ids = {item["subject"]["id"] for item in items if item["subject"]["type"] == "worker"}
        found = await directory.names_of(service.database, await access_of(service, actor), "worker", ids)
        body["names"] = {f"worker/{identity}": name for identity, name in sorted(found.items())}
    return json_response(body, headers={"Cache-Control": "private, no-store"})


Place = tuple[str, str]
"""The kind and the id after which a page goes on."""


async def _page(
    service: Parts, actor: Actor, on: date, wanted: frozenset[str], place: Place, limit: int, *, one: bool
) -> tuple[list[dict[str, Any]], Place | None]:
    """The items from after a place, and where to go on; None at the end."""
    items, looked_at = list[dict[str, Any]](), 0
    kinds = [place[0]] if one else list(KINDS[KINDS.index(place[0]) :])
    for kind in kinds:
        after = place[1] if kind == place[0] else ""
        while tags := await reading.named(service.database, actor.council, kind, after=after, limit=AT_ONCE):
            for tag, found in await _stand(service, actor, tags, on):
                after, looked_at = tag.partition("/")[2], looked_at + 1
                if found is not None and found.state in wanted:
                    items.append(_item(Subject(kind, after), found, on))
                if len(items) == limit:
                    return items, (kind, after)
            if looked_at >= MOST_LOOKED_AT:
                return items, (kind, after)
    return items, None


async def _stand(service: Parts, actor: Actor, tags: Sequence[str], on: date) -> list[tuple[str, Keeping | None]]:
    """How each stands; None for what is another's name now."""
    questions = {}
    for tag in tags:
        kind, _, identity = tag.partition("/")
        questions[tag] = partial(_keeping, Subject(kind, identity), on)
    _, outcomes = await service.assessor.ask_all(actor.council, questions, aside=True)
    for outcome in outcomes.values():
        if outcome.fault is not None:
            raise outcome.fault
    return [(tag, None if (found := outcomes[tag].value) is None else found[0]) for tag in tags]


def _keeping(subject: Subject, on: date, facts: Any) -> Keeping:
    return keeping(subject, facts, on)


def _item(subject: Subject, found: Keeping, on: date) -> dict[str, Any]:
    due = found.earliest is not None and found.earliest <= on and found.erased_on is None
    return {
        "subject": {"type": subject.kind, "id": subject.id}, "state": found.state, "last_day": found.last_day,
        "earliest_disposal": found.earliest, "due_since": found.earliest if due else None, "clauses": found.clauses,
        "blocked_by": found.blocks, "erased_on": found.erased_on, "told": told(subject.kind, found, on),
        "next": _next(subject) if found.state == "due" else None,
    }  # fmt: skip


def _next(subject: Subject) -> Mapping[str, Any]:
    """How to ask that the texts be erased."""
    return {"do": "POST /v1/erasures", "with": {f"{subject.kind}_id": subject.id, "basis": "retention"}}


async def _kept(service: Parts, actor: Actor, on: date) -> dict[str, str]:
    """What the policies in force say of each kind, in words."""
    packs = (await service.assessor.ask_council(actor.council, lambda facts: policies_in_force(facts, on))).value
    said: dict[str, str] = {}
    for kind, name, since in (("worker", "personal", "leaving"), ("case", "case", "closing")):
        of = {pack.id: getattr(pack.retain, name) for pack in packs if pack.retain is not None}
        rules = [
            f"{policy}: at least {kept.at_least} after {since} ({', '.join(kept.clauses)})"
            for policy, kept in of.items() if kept is not None
        ]  # fmt: skip
        silent = f"no policy in force on {wording.day(on)} says how long; nothing falls due by itself"
        said[kind] = "; ".join(rules) or silent
    return said
