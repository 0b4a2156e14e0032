"""What one meeting of a worker with their supervisor would put right: the plan for it, made at the moment of asking."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api import shown
from app.api.answers import PRIVATE, at_position, entity_tag, json_response, unchanged
from app.api.compliance import SUBJECT_ID, IfNoneMatch, ask, further, latest_day
from app.api.deps import Permitted, Service, access_of, only_known_parameters, today
from app.api.documents import NEXT_SESSION, problems
from app.api.moments import day
from app.api.naming import names_in
from app.api.planning import Weeks
from app.assessing import EVERYTHING, Outcome
from app.domain.access.reach import Reach
from app.domain.calendar import DAY
from app.domain.compliance import ENGINE
from app.domain.history import Subject
from app.domain.next_session import (
    EFFECTS,
    Change,
    Meeting,
    OfCase,
    OfWorker,
    Outlook,
    of_case,
    of_worker,
    urgency,
)
from app.domain.obligations import Finding
from app.projections.coming import WEEK

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["planning"], prefix="/v1")

REFUSED = problems(308, 401, 403, 404, 422, 503)
LONGEST: Final = 600
_SAID: Final = ("rule", "title", "clause", "force", "policy", "status", "code", "due_on", "days_late", "why")
_THEN: Final = ("status", "code", "due_on", "why")
_OF_ITEM: Final = ("session_id", "discussion_id", "record_id", "action_id", "due_on", "status", "code")


async def asked_meeting(
    worker_id: Annotated[str, Path(pattern=SUBJECT_ID)],
    on: Annotated[str | None, Query(description="The day of the meeting, YYYY-MM-DD; today if left out")] = None,
    weeks: Weeks = 4,
    minutes: Annotated[int, Query(ge=1, le=LONGEST, description="How long the meeting will be")] = 90,
) -> Meeting:
    """The meeting to be planned. Raises `Invalid`."""
    held = latest_day("on", day("on", on) or today())
    return Meeting(worker_id, held, held + weeks * WEEK * DAY, minutes)


@router.get("/workers/{worker_id}/next-session", summary="What one meeting with this worker would put right",
            responses=NEXT_SESSION | REFUSED, response_class=Response)  # fmt: skip
async def next_session(
    request: Request,
    actor: Permitted,
    service: Service,
    meeting: Annotated[Meeting, Depends(asked_meeting)],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The worker's own rules and the cases that are not in order, or will not be within `weeks`, the worst first.

    Each with its `effect`: `put_right` by the meeting (a private session, each case discussed in full, actions followed
    up, records signed), `put_right_by_the_record` once it is written up, `begun`, or `stays`. `opens`: what the meeting
    itself makes due. Of the cases, those that the caller may list. Nothing is recorded by asking; live.
    Scope: state:read.
    """
    about = Subject("worker", meeting.worker)
    found = await ask(service, actor, about, EVERYTHING, lambda facts: of_worker(facts, meeting), aside=True)
    if isinstance(found, Response):
        return further(found, "/next-session", request.url.query)
    plan = found.value
    questions = {f"case/{each}": partial(_of_case, each, plan.supervisor, meeting) for each in plan.cases}
    head, outcomes = await service.assessor.ask_all(actor.council, questions, aside=True)
    body = _plan(meeting, plan, outcomes, await service.gate.listed(actor, today()))
    access = await access_of(service, actor)
    if actor.may("names:read"):
        body["names"] = await names_in(service, access, [body, *body["cases"]])
    tag = entity_tag(ENGINE, access.council.epoch, body)
    headers = at_position(access.council, head) | {"ETag": tag, "Cache-Control": PRIVATE}
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return json_response(body | {"position": head}, 200, headers)


def _of_case(case: str, chief: str | None, meeting: Meeting, facts: Any) -> OfCase | None:
    return of_case(case, chief, facts, meeting)


def _plan(
    meeting: Meeting, plan: OfWorker, outcomes: Mapping[str, Outcome[OfCase | None]], reach: Reach
) -> dict[str, Any]:
    answers = {name: outcome.value[0] for name, outcome in outcomes.items() if outcome.value is not None}
    led = {name: case for name, case in answers.items() if case is not None and _within(reach, meeting, name, case)}
    changing = {name: case for name, case in led.items() if case.outlook.changes}
    worst_first = sorted(changing, key=lambda name: (urgency(changing[name].outlook.changes[0]), name))
    every = [plan.outlook, *(case.outlook for case in changing.values())]
    return {
        "subject": {"type": "worker", "id": meeting.worker},
        "on": meeting.on,
        "until": meeting.until,
        "minutes": meeting.minutes,
        "engine": ENGINE,
        "supervisor": plan.supervisor,
        "counts": _counts(change for outlook in every for change in outlook.changes),
        "agreement": plan.agreement,
        "worker": _outlook(plan.outlook),
        "cases": [_case(name, changing[name]) for name in worst_first],
        "cases_in_order": len(led) - len(changing),
        "not_assessed": sorted(
            name for name, outcome in outcomes.items() if outcome.fault is not None and _within(reach, meeting, name)
        ),
    }


def _within(reach: Reach, meeting: Meeting, name: str, case: OfCase | None = None) -> bool:
    """Whether the caller may ask about this case too: whoever may ask about a worker may not for that of each case."""
    was = None if case is None else case.profile.situation
    in_service = was is not None and reach.service is not None and was.service == reach.service
    by_name = meeting.worker in reach.led_by or name.removeprefix("case/") in reach.cases
    return reach.everybody or by_name or in_service


def _counts(changes: Iterable[Change]) -> dict[str, int]:
    found = [change.effect for change in changes]
    return {effect: found.count(effect) for effect in EFFECTS}


def _case(name: str, case: OfCase) -> dict[str, Any]:
    was = case.profile.situation
    return {"id": name.removeprefix("case/"), **{each: getattr(was, each) for each in shown.OF_CASE}} | _outlook(
        case.outlook
    )


def _outlook(outlook: Outlook) -> dict[str, Any]:
    return {"changes": list(_changes(outlook)), "opens": [_said(finding) for finding in outlook.opens]}


def _changes(outlook: Outlook) -> Iterator[dict[str, Any]]:
    for change in outlook.changes:
        yield _said(change.now) | {
            "effect": change.effect,
            "then": {name: getattr(change.then, name) for name in _THEN},
            "items": [{name: getattr(item, name) for name in _OF_ITEM} for item in change.items],
        }


def _said(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in _SAID}
