"""What changed between two moments, why, and by which facts: for a worker or a case; for everybody, as a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api.answers import PRIVATE, at_position, entity_tag, json_response, unchanged
from app.api.compliance import SUBJECT_ID, IfNoneMatch, finding_json, further, latest_day, whole
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters, today
from app.api.documents import ACCEPTED, problems
from app.api.jobs import accepted
from app.api.moments import day, moment
from app.assessing import Merged
from app.domain.comparing import Because, Change, Comparison, Moment, Tried, compare
from app.domain.comparing_words import because_in_words, change_in_words, whole_in_words
from app.domain.compliance import ENGINE
from app.domain.history import Subject
from app.domain.obligations import Assessment, Finding
from app.errors import Fault, Invalid
from app.events.effective import Known
from app.events.facts import LONDON
from app.projections import jobs
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], prefix="/v1")

REFUSED = problems(308, 401, 403, 404, 422, 503)
_CHANGES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The changes", "content": {"application/json": {"schema": {"type": "object"}}}},
    304: {"description": "Nothing changed since the answer with this ETag"},
}
_Day = Annotated[str | None, Query(description="A day, YYYY-MM-DD")]
_Known = Annotated[str | None, Query(description="RFC 3339: only what was recorded by then")]
_Position = Annotated[int | None, Query(ge=0, lt=2**62, description="Only what was recorded up to here")]


@dataclass(frozen=True, slots=True)
class Asked:
    """The two moments of a question, no earlier the second on either clock."""

    one: Moment
    other: Moment


async def asked_moments(
    from_as_at: _Day = None,
    to_as_at: _Day = None,
    from_known_at: _Known = None,
    to_known_at: _Known = None,
    from_known_position: _Position = None,
    to_known_position: _Position = None,
    knowledge: Annotated[
        Literal["ledger", "source"], Query(description="source: known since the source had it")
    ] = "ledger",
) -> Asked:
    """From which moment to which. Raises `Invalid`."""
    first = _knowledge("from", from_known_at, from_known_position, knowledge)
    last = _knowledge("to", to_known_at, to_known_position, knowledge)
    until = day("to_as_at", to_as_at) or _day_of(last) or today()
    since = day("from_as_at", from_as_at) or _day_of(first) or until
    asked = Asked(Moment(since, first), Moment(latest_day("to_as_at", until), last))
    if asked.one == asked.other:
        raise _bad("from_as_at", "missing", "or from_known_at is needed: the two moments are the same")
    if since > until:
        raise _bad("from_as_at", "later_than_to", "lies after to_as_at: the first moment is the earlier one")
    _must_not_forget(first, last)
    return asked


def _knowledge(end: str, known_at: str | None, position: int | None, knowledge: str) -> Known:
    at = moment(f"{end}_known_at", known_at)
    if at is not None and position is not None:
        raise _bad(f"{end}_known_position", "one_or_the_other", f"goes without {end}_known_at: give one of the two")
    return Known(at, by_source=knowledge == "source" and at is not None, position=position)


def _must_not_forget(first: Known, last: Known) -> None:
    """Whatever is known at the first moment is known at the second. Raises `Invalid`."""
    if last.moment is None and last.position is None:
        return
    if first.moment is not None and last.moment is not None and first.moment <= last.moment:
        return
    if first.position is not None and last.position is not None and first.position <= last.position:
        return
    name = "to_known_at" if last.moment is not None else "to_known_position"
    other = name.replace("to_", "from_")
    raise _bad(name, "earlier_than_from", f"needs {other} beside it, which must be the earlier of the two")


def _day_of(known: Known) -> date | None:
    return None if known.moment is None else known.moment.astimezone(LONDON).date()


def _bad(name: str, code: str, detail: str) -> Invalid:
    return Invalid("invalid_request", f"{name} {detail}.", errors=[Fault(f"/query/{name}", code, detail)])


AskedMoments = Annotated[Asked, Depends(asked_moments)]


@router.get("/changes", summary="Whose status changed between two moments, and by what", tags=["lists"],
            response_class=Response,
            responses=ACCEPTED | {200: _CHANGES[200]} | problems(401, 403, 422, 429, 503))  # fmt: skip
async def everybody(actor: Permitted, service: Service, asked: AskedMoments) -> Response:
    """Every worker, case and team, and the organisation: whose status as a whole changed, and by which facts.

    A job: 202, and `Location` says where the answer will be; the same question once more answers it. Without
    `to_known_at` it counts what is recorded when it is asked. Scope: state:read.
    """
    plain = {
        "from_as_at": asked.one.as_at.isoformat(), "to_as_at": asked.other.as_at.isoformat(),
        **_plain("from", asked.one.known), **_plain("to", asked.other.known),
        "knowledge": "source" if asked.one.known.by_source or asked.other.known.by_source else "ledger",
    }  # fmt: skip
    job = await jobs.ask(
        service.database, actor.council, "comparison", plain, by=actor.reader, known=asked.other.known
    )  # fmt: skip
    if job.state != "done":
        return accepted(job)
    return json_response(dict(job.result or {}) | {"job": job.id}, 200, {"Cache-Control": PRIVATE})


def _plain(end: str, known: Known) -> dict[str, Any]:
    at = None if known.moment is None else known.moment.isoformat()
    return {f"{end}_known_at": at, f"{end}_known_position": known.position}


def _changes_of(kind: str) -> None:
    @router.get(f"/{kind}s/{{{kind}_id}}/changes", summary=f"What changed in the answer about this {kind}, and by what",
                tags=[f"{kind}s"], response_class=Response, responses=_CHANGES | REFUSED)  # fmt: skip
    async def changes(
        request: Request, actor: Permitted, service: Service,
        identity: Annotated[str, Path(alias=f"{kind}_id", pattern=SUBJECT_ID)],
        asked: AskedMoments, if_none_match: IfNoneMatch = None,
    ) -> Response:  # fmt: skip
        """Two answers compared, rule by rule: which say something else, and by which facts told or dated in between.

        Without the facts named under `because` a rule would say what it says in `without_them`, which is what the days
        alone make of it; none of them can be spared (`smallest`). From `from_as_at` as known at `from_known_at`, to
        `to_as_at` as known at `to_known_at`; each as with `as_at` and `known_at`. Scope: state:read.
        """
        return await _response(request, service, actor, Subject(kind, identity), asked, if_none_match)


_changes_of("worker")
_changes_of("case")


async def _response(
    request: Request, service: Parts, actor: Actor, subject: Subject, asked: Asked, if_none_match: str | None
) -> Response:
    question = partial(compare, subject, one=asked.one, other=asked.other, tried=Tried())
    try:
        found = await service.assessor.ask_knowing(actor.council, subject.tag, question)
    except Merged as merged:
        kind, _, identity = merged.into.partition("/")
        to = Response(status_code=308, headers={"Location": f"/v1/{kind}s/{identity}"})
        return further(to, "/changes", request.url.query)
    council = (await access_of(service, actor)).council
    tag = entity_tag(found.rests_on, ENGINE, council.epoch, subject.tag, str(asked))
    headers = at_position(council, found.head) | {"ETag": tag, "Cache-Control": PRIVATE}
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return json_response(
        {"subject": {"type": subject.kind, "id": subject.id}} | shown(found.value, asked), 200, headers
    )


def shown(found: Comparison, asked: Asked) -> dict[str, Any]:
    """A comparison as it is given out."""
    return {
        "engine": ENGINE,
        "from": _moment(asked.one) | _whole(found.before),
        "to": _moment(asked.other) | _whole(found.after),
        "said": whole_in_words(found, asked.one, asked.other),
        "changes": [_change(each, asked) for each in found.changes],
        "because": [because_json(each) for each in found.because],
    }


def _moment(at: Moment) -> dict[str, Any]:
    return {
        "as_at": at.as_at, "known_at": at.known.moment, "known_position": at.known.position,
        "knowledge": "source" if at.known.by_source else "ledger",
    }  # fmt: skip


def _whole(answer: Assessment) -> dict[str, Any]:
    told = whole(answer) | {"policies": answer.policies}
    return {name: value for name, value in told.items() if name != "engine"}


def _change(change: Change, asked: Asked) -> dict[str, Any]:
    finding = change.finding
    return {
        "rule": finding.rule, "title": finding.title, "clause": finding.clause, "force": finding.force,
        "before": _stood(change.before), "after": _stood(change.after), "without_them": _stood(change.quiet),
        "by_time": change.by_time, "because": [because_json(each) for each in change.because],
        "smallest": change.is_smallest, "said": change_in_words(change, asked.one, asked.other),
    }  # fmt: skip


_STOOD = ("status", "code", "opened_on", "target_on", "due_on", "met_on", "days_late", "why")


def _stood(finding: Finding | None) -> Mapping[str, Any] | None:
    if finding is None:
        return None
    told = finding_json(finding)
    return {name: told[name] for name in _STOOD}


def because_json(each: Because) -> dict[str, Any]:
    """A fact that a change rests on."""
    return {
        "position": each.position, "type": each.type, "source": each.source, "id": each.id, "on": each.on,
        "recorded": each.recorded, "how": each.how, "said": because_in_words(each),
    }  # fmt: skip
