"""Alive, ready, and how it has been: the open routes, and the metrics behind a scope (or on a port of their own)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from app import published
from app.api.answers import json_response
from app.api.deps import Parts, Permitted, Service, now
from app.api.documents import problems
from app.db import newest_revision
from app.erasing.restoring import lacking, make_up
from app.erasure_register import RegisterRefused
from app.errors import Problem
from app.published import Lag

router = APIRouter(tags=["health"])

NEWEST = newest_revision()
CLOCK_TOLERANCE = 60
"""Seconds that the clocks of the service and of PostgreSQL may differ."""
UNSIGNED_TOLERANCE = 300
"""Seconds that the oldest event under no checkpoint may be old, where a signer has ever signed."""
_STATE: dict[int | str, dict[str, Any]] = {
    200: {"description": "Yes", "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get("/health/live", summary="Is the process alive?", responses=_STATE, response_class=Response)
async def live() -> Response:
    """Always 200 while the process can answer. Open to all."""
    return json_response({"status": "alive"})


@router.get("/health/ready", summary="Can it do its work?", responses=_STATE | problems(503), response_class=Response)
async def ready(service: Service) -> Response:
    """200 when the database answers, its schema is this code's, clocks, keys and erasures fit, and all is signed.

    Else 503 says what is missing.
    """
    try:
        async with service.database.read(None) as connection:
            clock = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
        async with service.lists.read(None) as connection:
            revision = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
    except Problem as problem:
        return json_response({"status": "not ready", "database": problem.detail}, 503, {"Retry-After": "2"})
    if revision != NEWEST:
        said = f"the schema is at revision {revision} and this code needs {NEWEST}: run `supervision migrate`"
        return json_response({"status": "not ready", "schema": said}, 503, {"Retry-After": "60"})
    apart = abs((clock - now()).total_seconds())
    if apart > CLOCK_TOLERANCE:
        said = f"the clocks of the service and of PostgreSQL are {apart:.0f} seconds apart"
        return json_response({"status": "not ready", "clock": said}, 503, {"Retry-After": "60"})
    try:
        await service.councils.keys.check()
    except Problem as problem:
        return json_response({"status": "not ready", "keys": problem.detail}, 503, {"Retry-After": "60"})
    if missing := await _erasures(service):
        return json_response({"status": "not ready", "erasures": missing}, 503, {"Retry-After": "60"})
    for unsigned in filter(None, map(_unsigned, await published.lags(service.database))):
        return json_response({"status": "not ready", "evidence": unsigned}, 503, {"Retry-After": "60"})
    return json_response({"status": "ready"})


async def _erasures(service: Parts) -> str | None:
    """What is wrong with what was erased, if anything: an older database that was restored has it again."""
    register = service.erasing.register
    try:
        await make_up(service.database, register)
        found = await lacking(service.database, register)
    except RegisterRefused as refused:
        return f"the register of erasures {refused}"
    except OSError as error:
        return f"the register of erasures cannot be written: {error.strerror}"
    said = f"the register names {len(found)} erasures that this database does not have: `supervision erasures reapply`"
    return said if found else None


def _unsigned(lag: Lag) -> str | None:
    """What keeps a council's checkpoints from being what they should be. Names no council: this is open to all."""
    if lag.refusal is not None:
        return f"nothing is signed for a council: {lag.refusal}. The signer's log names the council"
    if lag.is_opened and lag.seconds > UNSIGNED_TOLERANCE:
        return f"events of a council are not signed for {lag.seconds:.0f} seconds: look whether `supervision sign` runs"
    return None


@router.get("/metrics", summary="Metrics for Prometheus", responses=problems(401, 403), response_class=Response)
async def metrics(_actor: Permitted) -> Response:
    """Counts and times by route, and how far lists are behind; names nobody and no council. Scope: metrics:read."""
    return Response(await asyncio.to_thread(generate_latest), media_type=CONTENT_TYPE_LATEST)
