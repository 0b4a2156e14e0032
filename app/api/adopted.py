"""The policies that a council has adopted: listed with every version, shown as adopted, and said in plain English."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from app.api.answers import PRIVATE, at_position, entity_tag, json_response, place_of, typed_place, unchanged
from app.api.answers import cursor as cursor_for
from app.api.compliance import AskedMoment, IfNoneMatch, Moment
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters
from app.api.documents import problems
from app.assessing import Answered
from app.domain.policy.adoptions import Adoption, adoptions, clauses
from app.domain.policy.explaining import explain
from app.domain.policy.shapes import Duty
from app.errors import NotFound
from app.events.councils import Council
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["policies"], prefix="/v1/policies")

PolicyId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Version = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$", description="A version; the one in force if left out"),
]

_LISTED = {"type": "object", "required": ["items", "next_cursor"]}
_SHOWN = {"type": "object", "required": ["id", "version", "title", "applies_from", "until", "state", "position"]}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing changed since the answer with this ETag"}}


def _answers(kind: str, schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "The answer", "content": {kind: {"schema": schema}}}} | UNCHANGED


@router.get(
    "", summary="The policies this council has adopted", response_class=Response,
    responses=_answers("application/json", _LISTED) | problems(401, 403, 409, 422, 503),
)  # fmt: skip
async def list_policies(
    actor: Permitted,
    service: Service,
    at: AskedMoment,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Every version of every policy, oldest first, with its `state` on the day asked about.

    `in_force`; `coming`: adopted, and its first day lies ahead; `replaced` by a later version; `withdrawn`.
    Scope: state:read.
    """
    found = await _adoptions(service, actor, at)
    council = (await access_of(service, actor)).council
    after = _after(council, cursor)
    later = [each for each in found.value if after is None or _place(each) > after]
    following = cursor_for(council, *_place(later[limit - 1])) if len(later) > limit else None
    body = {"items": [_listed(each) for each in later[:limit]], "next_cursor": following}
    return _tagged(council, found, json_response(body), if_none_match)


@router.get(
    "/{policy_id}", summary="One policy as it was adopted", response_class=Response,
    responses=_answers("application/json", _SHOWN) | problems(401, 403, 404, 422, 503),
)  # fmt: skip
async def show_policy(
    actor: Permitted, service: Service, at: AskedMoment, policy_id: PolicyId, version: Version = None,
    if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """The pack as it stands in the ledger (`policy`), and what becomes of each clause (`clauses`).

    Without `version` the one in force on the day asked about, else the next that is coming, else the last there was.
    The YAML file that it was adopted from is not kept; `policy` holds all that it said. Scope: state:read.
    """
    found = await _adoptions(service, actor, at)
    adopted = _one(found.value, policy_id, version)
    council = (await access_of(service, actor)).council
    carried = [
        {"id": each.id, "carries": each.carries, "text": each.text, "rules": [_rule(*duty) for duty in each.duties]}
        for each in clauses(adopted.pack)
    ]
    body = _listed(adopted) | {"clauses": carried, "policy": adopted.policy}
    return _tagged(council, found, json_response(body), if_none_match)


@router.get(
    "/{policy_id}/explain", summary="One policy in plain English", response_class=Response,
    responses=_answers("text/markdown", {"type": "string"}) | problems(401, 403, 404, 422, 503),
)  # fmt: skip
async def explain_policy(
    actor: Permitted, service: Service, at: AskedMoment, policy_id: PolicyId, version: Version = None,
    if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """What the rules ask, what counts, how unclear phrases are read and what is not judged, as Markdown.

    For the policy's owner: does this say what our policy says? Scope: state:read.
    """
    found = await _adoptions(service, actor, at)
    adopted = _one(found.value, policy_id, version)
    council = (await access_of(service, actor)).council
    said = "\n\n".join(explain(adopted.pack)) + "\n"
    return _tagged(council, found, Response(said, media_type="text/markdown"), if_none_match)


async def _adoptions(service: Parts, actor: Actor, at: Moment) -> Answered[list[Adoption]]:
    return await service.assessor.ask_council(
        actor.council, lambda facts: adoptions(facts("council/policies"), at.as_at), at.known
    )


def _one(found: list[Adoption], policy_id: str, version: str | None) -> Adoption:
    """Of several adoptions that fit, the one in force, else the first that is coming, else the last."""
    fitting = [each for each in found if each.pack.id == policy_id and version in (None, each.pack.version)]
    if not fitting:
        what = "policy" if version is None else "version of this policy"
        raise NotFound(
            "no_such_policy", f"This council has adopted no such {what}. GET /v1/policies lists what it has."
        )
    for state in ("in_force", "coming"):
        for each in fitting:
            if each.state == state:
                return each
    return fitting[-1]


def _listed(each: Adoption) -> dict[str, Any]:
    return {
        "id": each.pack.id,
        "version": each.pack.version,
        "title": each.pack.title,
        "applies_from": each.applies_from,
        "until": each.until,
        "state": each.state,
        "position": each.position,
    }


def _rule(subject: str, duty: Duty) -> dict[str, Any]:
    told = {"rule": duty.id, "title": duty.title, "clause": duty.clause, "force": duty.force, "subject": subject}
    return told | {"quote": duty.quote, "readings": duty.readings}


def _place(each: Adoption) -> tuple[str, str, int]:
    return each.pack.id, each.applies_from.isoformat(), each.position


def _after(council: Council, cursor: str | None) -> tuple[str, str, int] | None:
    """The place that a cursor names. Raises `Invalid`."""
    if cursor is None:
        return None
    policy, day, position = typed_place(place_of(council, cursor), str, date, int)
    return policy, day.isoformat(), position


def _tagged(council: Council, found: Answered[Any], answer: Response, if_none_match: str | None) -> Response:
    """The answer with its ETag, or 304 for who has this very one."""
    tag = entity_tag(council.epoch, bytes(answer.body).decode())
    headers = at_position(council, found.head) | {"ETag": tag, "Cache-Control": PRIVATE}
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer
