"""One worker, case or team: who or what it is, whether it is supervised as the policy says, on any day, and why."""

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api import shown
from app.api.compliance import (
    SUBJECT_ID,
    AskedMoment,
    IfNoneMatch,
    PlainlyAsked,
    Question,
    ask,
    compliance_response,
    further,
    question_about,
    tagged,
    timeline_response,
    whole,
)
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters
from app.api.documents import COMPLIANCE, PROFILE, TIMELINE, problems
from app.api.naming import names_in
from app.api.rollups import rolled_up
from app.domain.compliance import assess
from app.domain.history import Subject
from app.domain.obligations import Assessment
from app.domain.policy.patterns import Status
from app.domain.profile import Profile, profile
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], prefix="/v1", route_class=PlainlyAsked)

REFUSED = problems(308, 401, 403, 404, 422, 503)
PARTS: Final = {
    "worker": ("compliance", "timeline", "timeline.svg", "sessions", "actions"),
    "case": ("compliance", "timeline", "timeline.svg", "actions"),
}
"""Of what there is more to be asked, below the subject's own address."""


def _assessed(kind: str, question: str) -> None:
    asked_about = question_about(kind)

    @router.get(f"/{kind}s/{{{kind}_id}}/compliance", summary=question, tags=[f"{kind}s"], response_class=Response,
                responses=COMPLIANCE | REFUSED)  # fmt: skip
    async def compliance(
        actor: Permitted,
        service: Service,
        asked: Annotated[Question, Depends(asked_about)],
        history: Annotated[bool, Query(description="Every past obligation too")] = False,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """One finding for each rule about such subjects, with the clause, the reading, the arithmetic and the evidence.

        `clause` asks for certain clauses, whatever their status; `history` adds every past obligation.
        Scope: state:read.
        """
        return await compliance_response(service, actor, replace(asked, history=history), if_none_match)

    @router.get(f"/{kind}s/{{{kind}_id}}/timeline", tags=[f"{kind}s"], response_class=Response,
                responses=TIMELINE | REFUSED,
                summary=f"How this {kind} stood, stands and will stand if nothing happens")  # fmt: skip
    async def timeline(
        actor: Permitted,
        service: Service,
        asked: Annotated[Question, Depends(asked_about)],
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """For each rule a row for every stretch of days with one status; the last ones lie ahead. Scope: state:read."""
        return await timeline_response(service, actor, asked, if_none_match)


def _profiled(kind: str, summary: str) -> None:
    async def asked_about(
        request: Request, identity: Annotated[str, Path(alias=f"{kind}_id", pattern=SUBJECT_ID)], at: AskedMoment
    ) -> Question:
        return Question(Subject(kind, identity), at, query=request.url.query)

    @router.get(f"/{kind}s/{{{kind}_id}}", summary=summary, tags=[f"{kind}s"], response_class=Response,
                responses=PROFILE | REFUSED)  # fmt: skip
    async def profiled(
        actor: Permitted,
        service: Service,
        asked: Annotated[Question, Depends(asked_about)],
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """The situation on the day and since when it is so, the status as a whole, and where there is more; live.

        `names` is there for who may read names. Scope: state:read.
        """
        return await _profile_response(service, actor, asked, if_none_match)


_assessed("worker", "Is this worker supervised as the policy says?")
_assessed("case", "Is this case supervised as the policy says?")
_assessed("team", "Are the rules about this team kept?")
_profiled("worker", "Who this worker is, and how they stand")
_profiled("case", "What this case is, and how it stands")


async def _profile_response(service: Parts, actor: Actor, asked: Question, if_none_match: str | None) -> Response:
    subject, moment = asked.subject, asked.moment
    found = await ask(
        service, actor, subject, moment.known,
        lambda facts: (profile(subject, facts, moment.as_at), assess(subject, facts, moment.as_at)),
    )  # fmt: skip
    if isinstance(found, Response):
        return further(found, "", asked.query)
    more = await rolled_up(service.lists, actor.council, subject, moment.as_at, moment.known)
    if actor.may("names:read"):
        spoken_of = [{"subject": {"type": subject.kind, "id": subject.id}}, _situation(subject, found.value[0]) or {}]
        more["names"] = await names_in(service, await access_of(service, actor), spoken_of)
    return await tagged(service, actor, asked, found, if_none_match, lambda said: _profile(asked, *said), more)


def _profile(asked: Question, found: Profile, assessment: Assessment) -> dict[str, Any]:
    subject, query = asked.subject, f"?{asked.query}" if asked.query else ""
    applying = [each.status for each in assessment.findings if each.status != Status.NOT_APPLICABLE]
    return {
        "state": found.state,
        "periods": found.periods,
        "situation": _situation(subject, found),
        "since": {name: day for name, day in found.since.items() if name in shown.ABOUT[subject.kind]},
        **whole(assessment),
        "findings": shown.by_status({status: applying.count(status) for status in applying}),
        "links": {part: f"/v1/{subject.kind}s/{subject.id}/{part}{query}" for part in PARTS[subject.kind]},
    }


def _situation(subject: Subject, found: Profile) -> dict[str, Any] | None:
    was = found.situation
    return None if was is None else {name: getattr(was, name) for name in shown.ABOUT[subject.kind]}
