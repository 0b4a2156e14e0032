"""create_app(settings): lifespan, middleware, routers; no logic."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import REGISTRY, start_http_server

from app import logs, shipped
from app.api import (
    access_log,
    adopted,
    assessed,
    audit_samples,
    changes,
    directory,
    erasures,
    events,
    evidence,
    exports,
    feed,
    files,
    grants,
    health,
    holds,
    identities,
    jobs,
    me,
    measures,
    next_session,
    obligations,
    organisation,
    pages,
    pictures,
    planning,
    policies,
    problems,
    quarantine,
    rectifying,
    report_keys,
    reports,
    retention,
    simulations,
    subject_packs,
    subject_requests,
    subjects,
)
from app.api.deps import Parts, now
from app.api.documents import EXAMPLES, SCHEMAS, SCHEMES
from app.api.lagging import LagCollector
from app.api.middleware import Requests
from app.api.permitting import Gate
from app.api.recordable import Recordable
from app.api.waiting import Checkpoints
from app.assessing import Assessor
from app.config import Settings
from app.db import Database
from app.erasing import Deciding, Erasing
from app.erasure_register import ErasureRegister
from app.events.councils import Councils
from app.recording import Recorder
from app.security import Roster, TokenVerifier
from app.security.roster import of_database

DESCRIPTION = """Is every worker and every case being supervised as our policy says, now, and on any day an inspector
asks about, and how do we prove it? Case systems push facts; the ledger keeps them; an adopted policy is evaluated."""

ROOMS = (
    events, subjects, assessed, changes, measures, organisation, pictures, obligations, planning, next_session, jobs,
    me, feed, files, access_log, policies, simulations, adopted, directory, grants, audit_samples,
    subject_requests, subject_packs, rectifying, retention, holds, erasures,
    quarantine, reports, identities, report_keys, evidence, exports, health, pages,
)  # fmt: skip

SILENT: TelemetryConfig = {
    "tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False,
}  # fmt: skip
"""FastAPI's own telemetry can hold request bodies."""


def create_app(settings: Settings, clock: Callable[[], datetime] = now) -> FastAPI:
    """The service. `clock` says when facts are recorded and tokens expire."""
    logs.configure(settings.log_level)
    app = FastAPI(
        title="Supervision Ledger", version=version("supervision-ledger"), description=DESCRIPTION,
        lifespan=_lifespan(settings, clock), telemetry=SILENT, openapi_url=None, docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.demo = settings.mode == "demo"
    app.add_middleware(Requests, demo=app.state.demo)
    problems.install(app)
    for room in ROOMS:
        app.include_router(room.router)
    _describe(app)
    return app


def _lifespan(settings: Settings, clock: Callable[[], datetime]) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
        lists = _for_lists(settings) or database
        # a connection of its own: what is taken back must be known however busy the others are
        apart = Database(settings.database_url.get_secret_value(), pool_size=1)
        roster = Roster(of_database(apart))
        app.state.parts = _parts(settings, clock, database, lists, roster)
        following = asyncio.create_task(roster.follow())
        lag = LagCollector(database, asyncio.get_running_loop())
        REGISTRY.register(lag)
        metrics = start_http_server(settings.metrics_port, settings.host)[0] if settings.metrics_port else None
        try:
            yield
        finally:
            app.state.parts.closing.append(True)
            REGISTRY.unregister(lag)
            if metrics is not None:
                metrics.shutdown()
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await asyncio.gather(database.close(), apart.close(), lists.close())

    return lifespan


def _parts(
    settings: Settings, clock: Callable[[], datetime], database: Database, lists: Database, roster: Roster
) -> Parts:
    register = ErasureRegister(settings.erasure_register)
    councils = Councils(database, settings.deployment_keys, clock, register)
    assessor = Assessor(database)
    recorder = Recorder(database, councils, clock, partial(Recordable, shipped.matrix(), assessor))
    return Parts(
        settings=settings,
        database=database,
        lists=lists,
        councils=councils,
        recorder=recorder,
        assessor=assessor,
        verifier=TokenVerifier(settings, lambda: clock().timestamp(), roster),
        gate=Gate(shipped.matrix(), assessor),
        roster=roster,
        checkpoints=Checkpoints(database),
        erasing=Erasing(Deciding(database, recorder, assessor), councils, register, settings.cooling_off_days),
    )


def _for_lists(settings: Settings) -> Database | None:
    """The way to PostgreSQL as supervision_reader, where one is set."""
    url = settings.reader_database_url
    return None if url is None else Database(url.get_secret_value(), pool_size=settings.pool_size)


def _describe(app: FastAPI) -> None:
    """The OpenAPI document, with the shapes of bodies that are read raw."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            components = document.setdefault("components", {})
            components.setdefault("schemas", {}).update(SCHEMAS)
            components["examples"] = EXAMPLES
            components.setdefault("securitySchemes", {}).update(SCHEMES)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
