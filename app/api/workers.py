"""Workers: is this worker supervised as the policy says, on any day, and why."""

from fastapi import APIRouter, Depends, Request, Response

from app.api.compliance import (
    AskedMoment,
    Clauses,
    IfNoneMatch,
    Include,
    Question,
    SubjectId,
    compliance_response,
    timeline_response,
)
from app.api.deps import MayReadState, Service, only_known_parameters
from app.api.documents import COMPLIANCE, TIMELINE, problems
from app.domain.history import Subject

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["workers"], prefix="/v1/workers")


@router.get(
    "/{worker_id}/compliance",
    summary="Is this worker supervised as the policy says?",
    response_class=Response,
    responses=COMPLIANCE | problems(308, 401, 403, 404, 422, 503),
)
async def worker_compliance(
    request: Request,
    actor: MayReadState,
    service: Service,
    worker_id: SubjectId,
    at: AskedMoment,
    clause: Clauses = None,
    include: Include = None,
    history: bool = False,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One finding for each rule about workers, with the clause, the reading, the arithmetic and the evidence.

    `clause` asks for certain clauses, whatever their status; `history` adds every past obligation. Scope: state:read.
    """
    asked = Question(Subject("worker", worker_id), at, tuple(clause or ()), bool(include), history, request.url.query)
    return await compliance_response(service, actor, asked, if_none_match)


@router.get(
    "/{worker_id}/timeline",
    summary="How this worker stood, stands and will stand if nothing happens",
    response_class=Response,
    responses=TIMELINE | problems(308, 401, 403, 404, 422, 503),
)
async def worker_timeline(
    request: Request,
    actor: MayReadState,
    service: Service,
    worker_id: SubjectId,
    at: AskedMoment,
    clause: Clauses = None,
    include: Include = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """For each rule a row for every stretch of days with one status; the last ones lie ahead. Scope: state:read."""
    asked = Question(Subject("worker", worker_id), at, tuple(clause or ()), bool(include), query=request.url.query)
    return await timeline_response(service, actor, asked, if_none_match)
