"""What a draft policy would change, without adopting it: over the council's own history, as a job."""

import asyncio
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Depends, Request, Response

from app.api import bodies
from app.api.compliance import latest_day
from app.api.deps import Permitted, Service, only_known_parameters, today
from app.api.documents import ACCEPTED, problems
from app.api.jobs import accepted
from app.api.policies import body_of, pack_from
from app.domain.calendar import DAY, months_later
from app.domain.policy import loading
from app.errors import Fault, Invalid
from app.events.effective import Known
from app.events.fields import day
from app.projections import jobs

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["policies"], prefix="/v1/policies")

MOST_MONTHS: Final = 60
USUAL_MONTHS: Final = 12

_BODY = body_of(
    {"policy_yaml": "The draft, YAML", "applies_from": "The first day on which it would be in force, YYYY-MM-DD"},
    {"as_at": "The day that is told in full; today if left out",
     "from": "Month by month from this day on; a year before as_at if left out"},
)  # fmt: skip


@router.post(
    "/simulate", summary="What would a draft policy change?", response_class=Response, status_code=202,
    openapi_extra=_BODY, responses=ACCEPTED | problems(400, 401, 403, 413, 415, 422, 429, 503),
)  # fmt: skip
async def simulate(request: Request, actor: Permitted, service: Service) -> Response:
    """Everybody is assessed with the draft and without it: which findings change, by rule, team and month; who would
    newly be late and who no longer; which rules come and go; what cannot be known.

    The draft stands in place of every version of the same policy from `applies_from` on. Nothing is adopted, and
    nothing of it shows in any list. 202: `Location` says where the answer will be. Scope: state:read.
    """
    fields = await bodies.fields(request, "policy_yaml", "applies_from", optional=("as_at", "from"))
    refusal = "The policy file has errors, so nothing was simulated."
    pack = await asyncio.to_thread(pack_from, fields["policy_yaml"], refusal)
    as_at = _day("as_at", fields["as_at"]) if "as_at" in fields else today()
    latest_day("as_at", as_at)
    first = _day("from", fields["from"]) if "from" in fields else months_later(as_at, -USUAL_MONTHS)
    asked: dict[str, Any] = {
        "policy_id": pack.id, "version": pack.version, "applies_from": _day("applies_from", fields["applies_from"]),
        "as_at": as_at, "from": first, "days": _ends_of_months(first, as_at),
    }  # fmt: skip
    plain = {name: _plain(value) for name, value in asked.items()} | {"policy": loading.as_json(pack)}
    made = await jobs.ask(service.database, actor.council, "simulation", plain, by=actor.reader, known=Known())
    return accepted(made)


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, list) else str(value)


def _ends_of_months(first: date, last: date) -> list[date]:
    """The last days of the months between, and the last day itself. Raises `Invalid`."""
    months = (last.year - first.year) * 12 + last.month - first.month
    if first > last:
        raise _bad("from", "later_than_as_at", "lies after as_at")
    if months > MOST_MONTHS:
        raise _bad("from", "too_far_back", f"lies more than {MOST_MONTHS} months before as_at")
    begun = first.replace(day=1)
    ends = [months_later(begun, number + 1) - DAY for number in range(months)]
    return [*(end for end in ends if first <= end < last), last]


def _day(name: str, value: str) -> date:
    try:
        return day(value)
    except ValueError as error:
        raise _bad(name, "not_a_date", str(error)) from None


def _bad(name: str, code: str, detail: str) -> Invalid:
    return Invalid("invalid_request", f"{name} {detail}.", errors=[Fault(f"/{name}", code, detail)])
