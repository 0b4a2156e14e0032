"""The least that the service could do: a POST that does nothing, behind the service's own middleware and token check.

Run as a program (`python -m bench.nothing`), with the service's settings in the environment.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import uvicorn
from fastapi import FastAPI, Response

from app import logs
from app.api import problems
from app.api.answers import json_response
from app.api.deps import MayWriteEvents, now
from app.api.middleware import Requests
from app.config import Settings
from app.db import Database
from app.security import Roster, TokenVerifier
from app.security.roster import of_database


def create_app(settings: Settings) -> FastAPI:
    """One route, and what it takes to be ready."""
    logs.configure(settings.log_level)
    roster = Roster(of_database(Database(settings.database_url.get_secret_value(), pool_size=1)))
    verifier = TokenVerifier(settings, lambda: now().timestamp(), roster)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.parts = SimpleNamespace(verifier=verifier)
        yield

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(Requests, demo=False)
    problems.install(app)

    @app.post("/v1/events")
    async def nothing(_actor: MayWriteEvents) -> Response:
        return json_response({})

    @app.get("/health/ready")
    async def ready() -> Response:
        return json_response({})

    return app


if __name__ == "__main__":
    chosen = Settings()
    uvicorn.run(create_app(chosen), host=chosen.host, port=chosen.port, access_log=False, log_config=None)
