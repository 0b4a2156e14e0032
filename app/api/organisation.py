"""The organisation: are the rules about the council as a whole kept, on any day, and why."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.api.compliance import AskedMoment, Clauses, IfNoneMatch, Include, Question, compliance_response
from app.api.deps import Permitted, Service, only_known_parameters
from app.api.documents import COMPLIANCE, problems
from app.domain.history import Subject

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["organisation"], prefix="/v1/organisation")


@router.get(
    "/compliance",
    summary="Are the rules about the organisation kept?",
    response_class=Response,
    responses=COMPLIANCE | problems(401, 403, 404, 422, 503),
)
async def organisation_compliance(
    request: Request,
    actor: Permitted,
    service: Service,
    at: AskedMoment,
    clause: Clauses = None,
    include: Include = None,
    history: Annotated[bool, Query(description="Every past obligation too")] = False,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The policies in force and one finding for each rule about the organisation itself; the packs shipped have none.

    `clause` asks for certain clauses, whatever their status. Scope: state:read.
    """
    about = Subject("organisation", actor.council)
    asked = Question(about, at, tuple(clause or ()), bool(include), history, request.url.query)
    return await compliance_response(service, actor, asked, if_none_match)
