"""Pictures of one subject over HTTP: the timeline as an SVG document, asked for as the timeline itself is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.api.answers import PRIVATE, at_position, entity_tag, unchanged
from app.api.compliance import AskedMoment, IfNoneMatch, Moment, Question, ask, further, question_about
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters
from app.api.documents import PICTURE, problems
from app.api.moments import FIRST, LAST, day
from app.domain import wording
from app.domain.calendar import DAY, Interval, add
from app.errors import Fault, Invalid
from app.events.facts import LONDON
from app.pictures.scale import Period
from app.pictures.story import story
from app.pictures.svg import POLICY
from app.pictures.timeline import draw
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], prefix="/v1")

ANSWERS = PICTURE | problems(308, 401, 403, 404, 422, 503)

MOST_YEARS = 10
"""A longer period cannot be read."""
_BEHIND, _AHEAD = 365 * DAY, Interval(3, "month")


async def drawn_period(
    at: AskedMoment,
    since: Annotated[
        str | None, Query(alias="from", description="The first day drawn; a year before as_at if left out")
    ] = None,
    until: Annotated[
        str | None, Query(alias="to", description="The last day drawn; 3 months after as_at if left out")
    ] = None,
) -> Period:
    """From when to when a picture is drawn. Raises `Invalid`."""
    first = day("from", since) or max(at.as_at - _BEHIND, FIRST)
    last = day("to", until) or min(add(_AHEAD, at.as_at), LAST)
    if last <= first:
        name = "from" if until is None else "to"
        raise _bad(name, "not_in_order", "must lie so that the first day drawn comes before the last")
    if last > add(Interval(MOST_YEARS, "year"), first):
        raise _bad("to", "too_long", f"lies more than {MOST_YEARS} years after the first day drawn")
    return Period(first, last)


def _bad(name: str, code: str, detail: str) -> Invalid:
    return Invalid("invalid_request", f"{name} {detail}.", errors=[Fault(f"/query/{name}", code, detail)])


def known_in_words(moment: Moment) -> str | None:
    """Up to when, or to where in the ledger, it was known; None where all that is known counts."""
    if moment.known.moment is not None:
        at = moment.known.moment.astimezone(LONDON)
        by = " by its source" if moment.known.by_source else ""
        return f"what was recorded{by} by {wording.day(at.date())}, {at:%H:%M}"
    return None if moment.known.position is None else f"what was recorded up to position {moment.known.position}"


Drawn = Annotated[Period, Depends(drawn_period)]


def _drawn(kind: str) -> None:
    asked_about = question_about(kind)

    @router.get(f"/{kind}s/{{{kind}_id}}/timeline.svg", summary=f"The timeline of a {kind} as a picture",
                tags=[f"{kind}s"], response_class=Response, responses=ANSWERS)  # fmt: skip
    async def picture(
        actor: Permitted, service: Service, asked: Annotated[Question, Depends(asked_about)], drawn: Drawn,
        if_none_match: IfNoneMatch = None,
    ) -> Response:  # fmt: skip
        """What happened on a line of time; under it for each rule when it was due, met or breached, and what is ahead.

        An SVG document without script or anything from elsewhere, with the whole story as its text alternative. From a
        year before `as_at` to three months after it, or as `from` and `to` say (ten years at most). Scope: state:read.
        """
        return await _picture(service, actor, asked, drawn, if_none_match)


_drawn("worker")
_drawn("case")


async def _picture(
    service: Parts, actor: Actor, asked: Question, period: Period, if_none_match: str | None
) -> Response:
    """One subject's timeline as SVG, or 304 when the caller has this very picture."""
    moment = asked.moment
    found = await ask(
        service, actor, asked.subject, moment.known,
        lambda facts: draw(story(
            asked.subject, facts, moment.as_at, period, known=known_in_words(moment), clauses=asked.clauses,
            not_applicable=asked.include_not_applicable,
        )),
        aside=True,
    )  # fmt: skip
    if isinstance(found, Response):
        return further(found, "/timeline.svg", asked.query)
    council = (await access_of(service, actor)).council
    tag = entity_tag(council.epoch, found.value)
    headers = at_position(council, found.head) | {"ETag": tag, "Cache-Control": PRIVATE}
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(found.value, headers=headers | {"Content-Security-Policy": POLICY}, media_type="image/svg+xml")
