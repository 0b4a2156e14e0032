"""What a policy only counts, for one worker, case or team, or the organisation: told, and not judged."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.api.compliance import (
    AskedMoment,
    IfNoneMatch,
    PlainlyAsked,
    Question,
    ask,
    further,
    question_about,
    tagged,
)
from app.api.deps import Parts, Permitted, Service, only_known_parameters
from app.api.documents import MEASURES, problems
from app.domain.history import Subject
from app.domain.measured import Measured, measured
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)])
of_one = APIRouter(prefix="/v1", route_class=PlainlyAsked)

REFUSED = problems(308, 401, 403, 404, 422, 503)


def _measured(kind: str, summary: str) -> None:
    @of_one.get(f"/{kind}s/{{{kind}_id}}/measures", summary=summary, tags=[f"{kind}s"], response_class=Response,
                responses=MEASURES | REFUSED)  # fmt: skip
    async def measures(
        actor: Permitted,
        service: Service,
        asked: Annotated[Question, Depends(question_about(kind))],
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Of the events in a time up to the day how many are so: shares, when last, and of how many it is not known.

        `clause` asks for certain measures. Nothing is judged by them. Scope: state:read.
        """
        return await _response(service, actor, asked, if_none_match)


_measured("worker", "What is counted for this worker, and not judged")
_measured("case", "What is counted for this case, and not judged")
_measured("team", "What is counted for all who are in this team on the day")


router.include_router(of_one)


@router.get("/v1/organisation/measures", summary="What is counted for the organisation, and not judged",
            tags=["organisation"], response_class=Response, responses=MEASURES | REFUSED)  # fmt: skip
async def organisation_measures(
    request: Request, actor: Permitted, service: Service, at: AskedMoment, if_none_match: IfNoneMatch = None
) -> Response:
    """As of a worker, of what the organisation does itself: its audits. Scope: state:read."""
    asked = Question(Subject("organisation", actor.council), at, query=request.url.query)
    return await _response(service, actor, asked, if_none_match)


async def _response(service: Parts, actor: Actor, asked: Question, if_none_match: str | None) -> Response:
    subject, moment = asked.subject, asked.moment
    found = await ask(
        service, actor, subject, moment.known, lambda facts: measured(subject, facts, moment.as_at), aside=True
    )
    if isinstance(found, Response):
        return further(found, "/measures", asked.query)
    return await tagged(service, actor, asked, found, if_none_match, lambda said: {"measures": _wanted(asked, said)})


def _wanted(asked: Question, found: list[Measured]) -> list[dict[str, object]]:
    wanted = set(asked.clauses)
    return [asdict(each) for each in found if not wanted or wanted & set(each.clauses)]
