"""Keys for reports, made by a council's administrator: for dashboards that can send a name and a password, no token.

The secret is in the answer to whoever asked for it and nowhere else. A key reads reports and nothing else.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from app.api import bodies
from app.api.answers import json_response
from app.api.deps import Permitted, Service, now, only_known_parameters, today
from app.api.documents import problems
from app.api.identities import (
    GONE,
    NEVER_KEPT,
    PAGE,
    PAGED,
    READ,
    WRITE,
    Cursor,
    Limit,
    body_of,
    end,
    found,
    known,
    listed,
    shown,
)
from app.errors import Fault, Invalid, NotFound
from app.events.sending import recorded_by
from app.security import registry
from app.security.registry import Label, ReportKey
from app.security.report_keys import OVERLAP_DAYS, new_id, new_secret, rotated

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["identities"], prefix="/v1/report-keys")

LONGEST: Final = timedelta(days=731)
KeyId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}\.[0-9a-f]{16}$")]
_MADE: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The key with its secret, which is not shown again",
        "content": {"application/json": {"schema": {
            "type": "object", "required": ["key_id", "secret", "label", "expires_on"],
        }}},
    }
}  # fmt: skip
_ROTATED: dict[int | str, dict[str, Any]] = {200: _MADE[201]}


class Wanted(BaseModel):
    """What a key is for, and the last day that it is good."""

    model_config = ConfigDict(extra="forbid")

    label: Label
    expires_on: date


@router.post("", summary="Make a key for reports", response_class=Response, status_code=201,
             openapi_extra=body_of(Wanted, {"label": "Power BI, performance team", "expires_on": "2026-03-31"}),
             responses=_MADE | WRITE)  # fmt: skip
async def make(request: Request, actor: Permitted, service: Service) -> Response:
    """An id and a secret for HTTP Basic at `/v1/reports/…` and nowhere else, up to and including `expires_on`.

    The secret is shown this once and kept as a digest. At most two years. Scope: council:admin.
    """
    sent = await bodies.shaped(request, Wanted)
    if not today() <= sent.expires_on <= today() + LONGEST:
        said = "must be today or later, and at most two years ahead"
        raise Invalid("invalid_request", f"expires_on {said}.", errors=[Fault("/expires_on", "bad_day", said)])
    key_id, (secret, kept) = new_id(actor.council), new_secret()
    key = ReportKey(label=sent.label, expires_on=sent.expires_on, secrets=(kept,))
    await registry.register(service.database, actor.council, "key", key_id, key, by=recorded_by(actor), now=now())
    await known(service)
    entry = await found(service, actor, "key", key_id)
    return json_response(shown("key_id", entry) | {"secret": secret}, 201, NEVER_KEPT)


@router.get("", summary="The keys for reports", response_class=Response, responses=PAGE | PAGED)
async def every(actor: Permitted, service: Service, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """Without their secrets, by id. Scope: council:admin."""
    return await listed(service, actor, "key", "key_id", limit, cursor)


@router.post("/{key_id}/rotate", summary="Give a key a new secret", response_class=Response,
             responses=_ROTATED | READ)  # fmt: skip
async def rotate(
    actor: Permitted, service: Service, key_id: KeyId,
    overlap_days: Annotated[int, Query(ge=0, le=31, description="How long the present secret is taken")] = OVERLAP_DAYS,
) -> Response:  # fmt: skip
    """The present secret is taken for some days more, earlier ones no longer. Scope: council:admin."""
    secret, kept = new_secret()
    overlap = timedelta(days=overlap_days)
    changed = await registry.change(
        service.database, actor.council, "key", key_id, lambda key: rotated(key, kept, now(), overlap),
        by=recorded_by(actor), now=now(),
    )  # fmt: skip
    if changed is None:
        raise NotFound("not_registered", "Nothing is registered under this id.")
    await known(service)
    entry = await found(service, actor, "key", key_id)
    told = {"secret": secret, "earlier_secret_until": now() + overlap}
    return json_response(shown("key_id", entry) | told, headers=NEVER_KEPT)


@router.delete("/{key_id}", summary="End a key", response_class=Response, status_code=204,
               responses=GONE | problems(401, 403, 422, 503))  # fmt: skip
async def remove(actor: Permitted, service: Service, key_id: KeyId) -> Response:
    """Within a second in every process. Idempotent. Scope: council:admin."""
    return await end(service, actor, "key", key_id)
