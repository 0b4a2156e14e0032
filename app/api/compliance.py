"""The compliance answer: one subject, as at a day, as known at a moment, in the shape that `documents` describes."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.routing import APIRoute

from app.api.answers import PRIVATE, at_position, entity_tag, json_response, unchanged
from app.api.deps import Parts, access_of, caller, parts, today
from app.api.moments import day, moment
from app.api.rollups import rolled_up
from app.assessing import Answered, Merged
from app.domain.calendar import Interval, add
from app.domain.compliance import ENGINE, assess, past, policies_in_force
from app.domain.history import Subject
from app.domain.obligations import Assessment, Finding, Obligation, TimelineRow
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Pack, Rule
from app.domain.reported import Reported, in_words, reported
from app.domain.timelines import timeline
from app.errors import Fault, Invalid
from app.events.effective import Known
from app.events.facts import LONDON, Facts
from app.security import Actor

T = TypeVar("T")

MOST_YEARS_AHEAD = 5
SUBJECT_ID = r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$"
CLAUSE = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,31}$"


@dataclass(frozen=True, slots=True)
class Moment:
    """As at which day, from what was known when."""

    as_at: date
    known: Known
    known_at: str | None


_KnownAt = Annotated[str | None, Query(description="RFC 3339: only what was recorded by then")]
_KnownPosition = Annotated[int | None, Query(ge=0, lt=2**62, description="Only what was recorded up to here")]
_Knowledge = Annotated[Literal["ledger", "source"], Query(description="source: known since the source recorded it")]


async def asked_moment(
    as_at: Annotated[
        str | None,
        Query(description="The day asked about, YYYY-MM-DD; else the day of known_at, else today, in London"),
    ] = None,
    known_at: _KnownAt = None,
    known_position: _KnownPosition = None,
    knowledge: _Knowledge = "ledger",
) -> Moment:
    """The two clocks of a question. Raises `Invalid`."""
    known = moment("known_at", known_at)
    if known is not None and known_position is not None:
        raise _bad("known_position", "one_or_the_other", "goes without known_at: give one of the two")
    if known is None and knowledge == "source":
        raise _bad("known_at", "missing", "is needed with knowledge=source")
    asked = day("as_at", as_at) or (known.astimezone(LONDON).date() if known is not None else today())
    return Moment(
        latest_day("as_at", asked),
        Known(known, by_source=knowledge == "source", position=known_position),
        known_at and _iso(known),
    )


async def asked_knowledge(
    known_at: _KnownAt = None, known_position: _KnownPosition = None, knowledge: _Knowledge = "ledger"
) -> Moment:
    """From what was known when, of what is asked about no single day. Raises `Invalid`."""
    return await asked_moment(None, known_at, known_position, knowledge)


def latest_day(name: str, asked: date) -> date:
    """The day, unless it lies further ahead than anything is foretold. Raises `Invalid`."""
    if asked > add(Interval(MOST_YEARS_AHEAD, "year"), today()):
        raise _bad(name, "too_far", "lies more than five years ahead")
    return asked


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bad(name: str, code: str, detail: str) -> Invalid:
    return Invalid("invalid_request", f"{name} {detail}.", errors=[Fault(f"/query/{name}", code, detail)])


AskedMoment = Annotated[Moment, Depends(asked_moment)]
AskedKnowledge = Annotated[Moment, Depends(asked_knowledge)]
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
    query: str = ""
    """As it was asked, to be asked again elsewhere."""


def question_about(kind: str) -> Callable[..., Awaitable[Question]]:
    """A dependency that reads a question about one worker, case or team from the address."""

    async def question(
        request: Request,
        identity: Annotated[str, Path(alias=f"{kind}_id", pattern=SUBJECT_ID)],
        at: AskedMoment,
        clause: Clauses = None,
        include: Include = None,
    ) -> Question:
        return Question(Subject(kind, identity), at, tuple(clause or ()), bool(include), query=request.url.query)

    return question


class PlainlyAsked(APIRoute):
    """A route of a question about one subject, which it puts itself when nothing but the subject is given.

    Most questions are of that kind, and FastAPI's reading of a dozen absent parameters costs as much as an answer.
    """

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """FastAPI's."""
        by_fastapi = super().get_route_handler()

        async def handle(request: Request) -> Response:
            ((name, identity),) = request.path_params.items()
            given = request.scope["query_string"] or "if-none-match" in request.headers
            if given or not re.fullmatch(SUBJECT_ID, identity):
                return await by_fastapi(request)
            actor = await caller(request)
            asked = Question(Subject(name.removesuffix("_id"), identity), await asked_moment())
            answer: Response = await self.endpoint(actor, parts(request), asked)
            return answer

        return handle


@dataclass(frozen=True, slots=True)
class Reply:
    """What one question found: the assessment, the packs in force, and the past obligations if they were asked for."""

    assessment: Assessment
    packs: tuple[Pack, ...]
    past: Mapping[str, tuple[Obligation, ...]] | None
    told: Mapping[str, Sequence[Reported]] = field(default_factory=dict)
    """What was told of the clauses asked for that are facts."""

    def to(self, asked: Question) -> list[dict[str, Any]]:
        """The findings asked for: those of certain clauses, whatever their status, or all that apply."""
        findings = self.assessment.findings
        if not asked.clauses:
            wanted = [f for f in findings if asked.include_not_applicable or self._tells(f)]
            return [self._json(finding) for finding in wanted]
        found = [each for clause in dict.fromkeys(asked.clauses) for each in self._of_clause(clause, findings)]
        return list({each["rule"]: each for each in found}.values())

    def _tells(self, finding: Finding) -> bool:
        """Whether it says something of today, or of the past that was asked for."""
        return finding.status != Status.NOT_APPLICABLE or bool(self.past and self.past.get(finding.rule))

    def _of_clause(self, clause: str, findings: Sequence[Finding]) -> list[dict[str, Any]]:
        answering = [finding for finding in findings if clause in finding.clauses]
        if len(answering) > 1:
            # a clause that many rows of a table answer is answered by the row in force
            answering = [f for f in answering if f.status != Status.NOT_APPLICABLE] or answering[:1]
        if answering:
            return [self._json(finding) for finding in answering]
        said = unjudged_clause(clause, self.packs, self.assessment)
        if said["code"] == "recorded" and clause in self.told:
            why = f"{said['why']} {in_words(self.told[clause], self.assessment.as_at)}"
            said |= {"why": why, "told_in_12_months": [asdict(each) for each in self.told[clause]]}
        return [said]

    def _json(self, finding: Finding) -> dict[str, Any]:
        told = finding_json(finding)
        if self.past is not None:
            told["history"] = [_filled(obligation) for obligation in self.past.get(finding.rule, ())]
        return told


def reply(asked: Question, facts: Facts) -> Reply:
    """Everything that an answer holds; pure."""
    subject, as_at = asked.subject, asked.moment.as_at
    assessment = assess(subject, facts, as_at)
    packs = tuple(policies_in_force(facts, as_at))
    told = {
        clause: reported(subject, facts, as_at, listed.told_by)
        for clause in asked.clauses
        for pack in packs
        if (listed := pack.clauses.get(clause)) is not None and listed.told_by and listed.carries == "fact"
    }
    return Reply(assessment, packs, past(subject, facts, as_at) if asked.history else None, told)


async def ask(
    service: Parts, actor: Actor, subject: Subject, known: Known, question: Callable[[Facts], T], *, aside: bool = False
) -> Answered[T] | Response:
    """The answer, or a redirection to what the subject was merged into; `aside` for one that may take long."""
    try:
        return await service.assessor.ask(actor.council, subject.tag, question, known, aside=aside)
    except Merged as merged:
        kind, _, identity = merged.into.partition("/")
        return Response(status_code=308, headers={"Location": f"/v1/{kind}s/{identity}"})


async def compliance_response(service: Parts, actor: Actor, asked: Question, if_none_match: str | None) -> Response:
    """One subject's compliance, or 304 when the caller has this very answer."""
    subject, moment_ = asked.subject, asked.moment
    found = await ask(service, actor, subject, moment_.known, lambda facts: reply(asked, facts))
    if isinstance(found, Response):
        return further(found, "/compliance", asked.query)
    more = await rolled_up(service.lists, actor.council, subject, moment_.as_at, moment_.known)
    return await tagged(service, actor, asked, found, if_none_match, lambda said: _said(asked, said), more)


async def timeline_response(service: Parts, actor: Actor, asked: Question, if_none_match: str | None) -> Response:
    """The statuses of one subject over time, the coming ones too."""
    found = await ask(service, actor, asked.subject, asked.moment.known, lambda facts: rows(asked, facts), aside=True)
    if isinstance(found, Response):
        return further(found, "/timeline", asked.query)
    told = lambda said: {"engine": ENGINE, "rows": [_row_json(row) for row in said]}  # noqa: E731
    return await tagged(service, actor, asked, found, if_none_match, told)


def rows(asked: Question, facts: Facts) -> list[TimelineRow]:
    """The rows of the timeline that were asked for."""
    told = timeline(asked.subject, facts, asked.moment.as_at)
    wanted = [row for row in told if asked.include_not_applicable or row.status != Status.NOT_APPLICABLE]
    return [row for row in wanted if not asked.clauses or row.rule in asked.clauses]


async def tagged(
    service: Parts, actor: Actor, asked: Question, found: Answered[T], if_none_match: str | None,
    told: Callable[[T], dict[str, Any]], more: Mapping[str, Any] = MappingProxyType({}),
) -> Response:  # fmt: skip
    """The answer with its ETag: all that it depends on, the policies among it. `more` is what no event says."""
    council = (await access_of(service, actor)).council
    tag = entity_tag(found.rests_on, ENGINE, council.epoch, str(asked), type(found.value).__name__, dict(more))
    headers = at_position(council, found.head) | {"ETag": tag, "Cache-Control": PRIVATE}
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return json_response(_heading(asked, found.head) | told(found.value) | dict(more), 200, headers)


def further(redirect: Response, path: str, query: str) -> Response:
    """The redirection, with the whole question: who follows it must not get the answer to another."""
    redirect.headers["Location"] += path + (f"?{query}" if query else "")
    return redirect


def _heading(asked: Question, head: int) -> dict[str, Any]:
    return {
        "subject": {"type": asked.subject.kind, "id": asked.subject.id},
        "as_at": asked.moment.as_at,
        "known_at": asked.moment.known_at,
        "known_position": asked.moment.known.position,
        "knowledge": "source" if asked.moment.known.by_source else "ledger",
        "position": head,
    }


def _said(asked: Question, found: Reply) -> dict[str, Any]:
    assessment = found.assessment
    return {"policies": assessment.policies, **whole(assessment), "findings": found.to(asked)}


def whole(assessment: Assessment) -> dict[str, Any]:
    """How the subject stands as a whole, and why where nothing could be judged."""
    said = {"code": assessment.code, "why": assessment.why} if assessment.code else {}
    return {"engine": ENGINE, "status": assessment.status, **said}


def _row_json(row: TimelineRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("rule", "from_on", "until_on", "status", "code", "due_on")}


ALWAYS = (
    "rule", "clauses", "code", "title", "clause", "force", "status", "opened_on", "target_on", "due_on", "met_on",
    "days_late", "last", "evidence", "reading", "why",
)  # fmt: skip
"""The fields of every finding, null where they do not concern it; others are there when they say something."""
NEVER = ("next_on",)
EVEN_NO = (
    *("gap_days", "age_days", "count", "allowed", "expected_by_now", "months_left", "still_reachable"),
    "failed_in_12_months",
)
"""Those of the others that say something also when they are 0 or false."""


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding in the published shape."""
    told = {name: getattr(finding, name) for name in ALWAYS}
    more = {name: value for name, value in vars(finding).items() if name not in told and name not in NEVER}
    said = {name: value for name, value in more.items() if value not in (None, ()) and (value or name in EVEN_NO)}
    if finding.current_window is not None:
        window = finding.current_window
        said["current_window"] = {"from": window.from_on, "to": window.to_on, "met_on": window.met_on}
    return told | said


def _filled(obligation: Obligation) -> dict[str, Any]:
    return {name: value for name, value in asdict(obligation).items() if name != "rule"}


def unjudged_clause(clause: str, packs: Sequence[Pack], assessment: Assessment) -> dict[str, Any]:
    """A clause that no rule about this subject answers: known to the policy, or not specified at all."""
    kind = assessment.subject.kind
    status, code, why, title = (
        Status.NOT_SPECIFIED,
        None,
        "No policy that this council has adopted contains this.",
        None,
    )
    for pack in packs:
        about = next((" or ".join(rule.subjects) for rule, ids in _ids(pack) if clause in ids), None)
        listed = pack.clauses.get(clause)
        if about is not None:
            status, code, why = (
                Status.NOT_APPLICABLE,
                "other_subject",
                f"This is asked of each {about}, not of a {kind}.",
            )
        elif listed is not None:
            status, code, why = CARRIED[listed.carries]
            title = listed.text
    return dict.fromkeys(ALWAYS) | {
        "rule": clause, "clauses": [clause], "status": status, "code": code, "why": why, "title": title, "evidence": [],
    }  # fmt: skip


CARRIED: Final = {
    "fact": (Status.NOT_APPLICABLE, "recorded", "This is recorded and reported; nothing is judged by it."),
    "access": (Status.NOT_APPLICABLE, "access", "This says who may see or keep what; nothing is judged by it."),
    "context": (Status.NOT_APPLICABLE, "context", "This explains the policy; there is nothing in it to judge."),
    "rule": (Status.NOT_ASSESSABLE, "not_computed", "The policy asks this, but this pack has no rule for it yet."),
    "not_yet": (Status.NOT_ASSESSABLE, "not_computed", "The policy asks this, but this pack has no rule for it yet."),
}


def _ids(pack: Pack) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    for rule in pack.rules:
        yield rule, tuple(clause for duty in rule.duties for clause in (duty.id, *duty.answers))
