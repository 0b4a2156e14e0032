"""Cases: is this case supervised as the policy says, on any day, and why."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.api.compliance import (
    IfNoneMatch,
    PlainlyAsked,
    Question,
    compliance_response,
    question_about,
    timeline_response,
)
from app.api.deps import MayReadState, Service, only_known_parameters
from app.api.documents import COMPLIANCE, TIMELINE, problems

router = APIRouter(
    dependencies=[Depends(only_known_parameters)], tags=["cases"], prefix="/v1/cases", route_class=PlainlyAsked
)

Asked = Annotated[Question, Depends(question_about("case"))]
REFUSED = problems(308, 401, 403, 404, 422, 503)


@router.get(
    "/{case_id}/compliance",
    summary="Is this case supervised as the policy says?",
    response_class=Response,
    responses=COMPLIANCE | REFUSED,
)
async def case_compliance(
    actor: MayReadState,
    service: Service,
    asked: Asked,
    history: Annotated[bool, Query(description="Every past obligation too")] = False,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One finding for each rule about cases, with the clause, the reading, the arithmetic and the evidence.

    `clause` asks for certain clauses, whatever their status; `history` adds every past obligation. Scope: state:read.
    """
    return await compliance_response(service, actor, replace(asked, history=history), if_none_match)


@router.get(
    "/{case_id}/timeline",
    summary="How this case stood, stands and will stand if nothing happens",
    response_class=Response,
    responses=TIMELINE | REFUSED,
)
async def case_timeline(
    actor: MayReadState, service: Service, asked: Asked, if_none_match: IfNoneMatch = None
) -> Response:
    """For each rule a row for every stretch of days with one status; the last ones lie ahead. Scope: state:read."""
    return await timeline_response(service, actor, asked, if_none_match)
