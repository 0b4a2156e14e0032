"""The compliance answer: one subject, as at a day, as known at a moment, in the shape that `documents` describes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Header, Path, Query, Response

from app.api.answers import PRIVATE, at_position, entity_tag, json_response, unchanged
from app.api.deps import Parts, access_of, now, today
from app.api.moments import day, moment
from app.assessing import Answered, Merged
from app.domain.compliance import ENGINE, Assessment, Finding, Subject, assess
from app.domain.obligations import Obligation
from app.errors import Fault, Invalid
from app.events.effective import Known
from app.events.facts import LONDON, Fact, Facts
from app.security import Actor

T = TypeVar("T")

FURTHEST = timedelta(days=5 * 366)
SubjectId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")]
CLAUSE = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,31}$"


@dataclass(frozen=True, slots=True)
class Moment:
    """As at which day, from what was known when."""

    as_at: date
    known: Known
    known_at: str | None


def asked_moment(
    as_at: Annotated[
        str | None, Query(description="The day asked about, YYYY-MM-DD; today in London if left out")
    ] = None,
    known_at: Annotated[str | None, Query(description="RFC 3339: only what was recorded by then")] = None,
    known_position: Annotated[
        int | None, Query(ge=0, lt=2**62, description="Only what was recorded up to here")
    ] = None,
    knowledge: Annotated[
        Literal["ledger", "source"], Query(description="source: known since the source recorded it")
    ] = "ledger",
) -> Moment:
    """The two clocks of a question. Raises `Invalid`."""
    known = moment("known_at", known_at)
    if known is not None and known_position is not None:
        raise _bad("known_position", "one_or_the_other", "goes without known_at: give one of the two")
    if known is None and knowledge == "source":
        raise _bad("known_at", "missing", "is needed with knowledge=source")
    asked = day("as_at", as_at) or (known.astimezone(LONDON).date() if known is not None else today())
    if asked > today() + FURTHEST:
        raise _bad("as_at", "too_far", "lies more than five years ahead")
    return Moment(
        asked, Known(known, by_source=knowledge == "source", position=known_position), known_at and _iso(known)
    )


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bad(name: str, code: str, detail: str) -> Invalid:
    return Invalid("invalid_request", f"{name} {detail}.", errors=[Fault(f"/query/{name}", code, detail)])


AskedMoment = Annotated[Moment, Depends(asked_moment)]
Clauses = Annotated[list[Annotated[str, Query(pattern=CLAUSE)]] | None, Query(max_length=200)]
Include = Annotated[list[Literal["not_applicable"]] | None, Query()]
IfNoneMatch = Annotated[str | None, Header(max_length=2000)]


@dataclass(frozen=True, slots=True)
class Question:
    """Which findings of which subject a caller asks for."""

    subject: Subject
    moment: Moment
    clauses: tuple[str, ...] = ()
    include_not_applicable: bool = False
    history: bool = False


async def ask(
    service: Parts, actor: Actor, subject: Subject, known: Known, question: Callable[[Facts], T]
) -> Answered[T] | Response:
    """The answer, or a redirection to what the subject was merged into."""
    try:
        return await service.assessor.ask(actor.council, f"{subject.kind}/{subject.id}", question, known)
    except Merged as merged:
        kind, _, identity = merged.into.partition("/")
        return Response(status_code=308, headers={"Location": f"/v1/{kind}s/{identity}"})


async def compliance_response(service: Parts, actor: Actor, asked: Question, if_none_match: str | None) -> Response:
    """One subject's compliance, or 304 when the caller has this very answer."""
    subject, at = asked.subject, asked.moment
    found = await ask(
        service, actor, subject, at.known, lambda facts: assess(subject, facts, at.as_at, history=asked.history)
    )
    if isinstance(found, Response):
        return _further(found, "/compliance")
    council = (await access_of(service, actor)).council
    versions = [(policy.id, policy.version) for policy in found.value.policies]
    tag = entity_tag(found.rests_on, versions, ENGINE, council.epoch, str(asked), "compliance")
    headers = at_position(council, found.head) | {"ETag": tag, "Cache-Control": PRIVATE}
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return json_response(_answer(asked, found), 200, headers)


def _further(redirect: Response, path: str) -> Response:
    redirect.headers["Location"] += path
    return redirect


def _answer(asked: Question, found: Answered[Assessment]) -> dict[str, Any]:
    assessment = found.value
    answer: dict[str, Any] = {
        "subject": {"type": asked.subject.kind, "id": asked.subject.id},
        "as_at": asked.moment.as_at,
        "known_at": asked.moment.known_at,
        "position": found.head,
        "policies": [
            {"id": policy.id, "version": policy.version, "applies_from": policy.applies_from}
            for policy in assessment.policies
        ],
        "engine": ENGINE,
        "status": assessment.status,
        "findings": [finding_json(finding) for finding in _chosen(asked, assessment)],
    }
    return answer


def _chosen(asked: Question, assessment: Assessment) -> Iterable[Finding]:
    """Those asked for by clause, whatever their status; else all but the not applicable ones."""
    if asked.clauses:
        return assessment.answering(asked.clauses)
    return [f for f in assessment.findings if asked.include_not_applicable or f.status != "not_applicable"]


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding; what does not concern its kind is left out."""
    return {}


def reference(fact: Fact) -> dict[str, Any]:
    """Which event is meant."""
    return {"source": fact.source, "id": fact.id, "position": fact.position}


def obligations_json(obligations: Sequence[Obligation]) -> list[dict[str, Any]]:
    """Past obligations, oldest first."""
    return []


__all__ = ["Question", "ask", "compliance_response", "finding_json", "now", "reference"]
