"""Workers and cases as lists; one worker's sessions, and the actions of one worker or case."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api import shown
from app.api.answers import at_position, json_response, typed_place
from app.api.compliance import SUBJECT_ID, AskedMoment, Moment, ask, further
from app.api.deps import Parts, Permitted, Service, WithinReach, access_of, only_known_parameters
from app.api.documents import ACCEPTED, LIST, problems
from app.api.lists import Asked, AskedList, Code, Include, Statuses, list_response, page
from app.assessing import Answered
from app.domain.actions import actions
from app.domain.audited import audits_by
from app.domain.history import Subject
from app.domain.meetings import meetings
from app.domain.policy.patterns import Status
from app.projections import lists
from app.projections.lists import Wanted
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], prefix="/v1")

REFUSED = problems(308, 400, 401, 403, 404, 409, 422, 503)
AS_KNOWN = ACCEPTED | problems(400, 401, 403, 404, 409, 422, 429, 503)
ServiceCode = Annotated[str | None, Query(alias="service", max_length=64)]
WorkerId = Annotated[str, Path(pattern=SUBJECT_ID)]
CURRENT = tuple(status for status in Status if status not in (Status.NOT_APPLICABLE, Status.NOT_SPECIFIED))


@router.get("/workers", summary="Workers, and how each stands", tags=["workers"], responses=LIST | AS_KNOWN,
            response_class=Response)  # fmt: skip
async def list_workers(
    actor: Permitted, service: Service, asked: AskedList, reach: WithinReach,
    status: Statuses = None, team: Code = None,
    service_code: ServiceCode = None, role: Code = None, supervisor: Code = None, include: Include = None,
) -> Response:  # fmt: skip
    """Every worker who was in scope on the day, by id, with how they stood as a whole.

    Who had left (or had not started) is `not_applicable`: `include=not_applicable` adds them. Scope: state:read.
    """
    wanted = Wanted(asked.on, reach, kind="worker", statuses=_statuses(status, include), team=team,
                    service=service_code, role=role, supervisor=supervisor)  # fmt: skip
    return await list_response(service, actor, asked, lambda connection, place: _page(connection, wanted, place, asked))


@router.get("/cases", summary="Cases, and how each stands", tags=["cases"], responses=LIST | AS_KNOWN,
            response_class=Response)  # fmt: skip
async def list_cases(
    actor: Permitted, service: Service, asked: AskedList, reach: WithinReach,
    status: Statuses = None, team: Code = None,
    service_code: ServiceCode = None, category: Code = None, lead: Code = None, supervisor: Code = None,
    include: Include = None,
) -> Response:  # fmt: skip
    """Every case that was open on the day, by id, with how it stood as a whole.

    `supervisor` finds the cases of those whom they supervise. Scope: state:read.
    """
    wanted = Wanted(asked.on, reach, kind="case", statuses=_statuses(status, include), team=team, service=service_code,
                          category=category, lead=lead, supervisor=supervisor)  # fmt: skip
    return await list_response(service, actor, asked, lambda connection, place: _page(connection, wanted, place, asked))


def _statuses(status: list[Status] | None, include: object) -> tuple[Status, ...]:
    return tuple(status) if status else () if include else CURRENT


async def _page(connection: AsyncConnection, wanted: Wanted, place: list[Any] | None, asked: Asked) -> dict[str, Any]:
    after = None if place is None else typed_place(place, str)[0]
    rows = await lists.subjects(connection, wanted, after, asked.limit)
    of_each = await lists.findings_of(connection, wanted.on, str(wanted.kind), [row.id for row in rows])
    items = [
        {"id": row.id, "status": row.status, "code": row.code, "since": asked.since(row.from_on), **shown.who(row),
         "findings": shown.by_status(of_each.get(row.id, {}))}
        for row in rows
    ]  # fmt: skip
    return page(items, asked.limit, place=lambda item: [item["id"]])


@router.get("/workers/{worker_id}/sessions", summary="A worker's supervision sessions", tags=["workers"],
            responses=LIST | REFUSED, response_class=Response)  # fmt: skip
async def list_sessions(
    request: Request, actor: Permitted, service: Service, worker_id: WorkerId, at: AskedMoment
) -> Response:
    """Every session that was planned, held or missed, the latest first, as told; live. Scope: state:read."""
    subject = Subject("worker", worker_id)
    found = await ask(service, actor, subject, at.known, lambda facts: meetings(worker_id, facts, at.as_at))
    if isinstance(found, Response):
        return further(found, "/sessions", request.url.query)
    return await _live(service, actor, at, found)


@router.get("/workers/{worker_id}/audits", summary="The files that a worker audited, and whose were never chosen",
            tags=["workers"], responses=LIST | REFUSED, response_class=Response)  # fmt: skip
async def list_audits(
    request: Request, actor: Permitted, service: Service, worker_id: WorkerId, at: AskedMoment
) -> Response:
    """Each audit by this worker, the latest first. `workloads`: those whom they supervise or manage, with how often a
    file of theirs was chosen, who was never chosen first (LU-131); live. Scope: state:read.
    """
    subject = Subject("worker", worker_id)
    found = await ask(service, actor, subject, at.known, lambda facts: audits_by(worker_id, facts, at.as_at))
    if isinstance(found, Response):
        return further(found, "/audits", request.url.query)
    council = (await access_of(service, actor)).council
    body = {
        "as_at": at.as_at, "position": found.head, "behind": 0,
        "items": [dict(fact.data) | {"position": fact.position} for fact in found.value.done],
        "workloads": [asdict(each) for each in found.value.workloads], "next_cursor": None,
    }  # fmt: skip
    return json_response(body, 200, at_position(council, found.head))


def _acted_on(kind: str, summary: str) -> None:
    @router.get(f"/{kind}s/{{{kind}_id}}/actions", summary=summary, tags=[f"{kind}s"], responses=LIST | REFUSED,
                response_class=Response)  # fmt: skip
    async def list_actions(
        request: Request, actor: Permitted, service: Service,
        identity: Annotated[str, Path(alias=f"{kind}_id", pattern=SUBJECT_ID)], at: AskedMoment,
    ) -> Response:  # fmt: skip
        """Every action agreed by the day, the earliest due date first; for a case whoever owns it; live.

        Scope: state:read.
        """
        return await _actions(request, actor, service, Subject(kind, identity), at)


_acted_on("worker", "The actions that a worker owns")
_acted_on("case", "The actions agreed for a case")


async def _actions(request: Request, actor: Actor, service: Parts, subject: Subject, at: Moment) -> Response:
    found = await ask(service, actor, subject, at.known, lambda facts: actions(subject, facts, at.as_at))
    if isinstance(found, Response):
        return further(found, "/actions", request.url.query)
    return await _live(service, actor, at, found)


async def _live(service: Parts, actor: Actor, at: Moment, found: Answered[Any]) -> Response:
    """A list made at the moment of asking: whole, and as fresh as the ledger."""
    council = (await access_of(service, actor)).council
    items = [asdict(each) for each in found.value]
    body = {"as_at": at.as_at, "position": found.head, "behind": 0, "items": items, "next_cursor": None}
    return json_response(body, 200, at_position(council, found.head))
