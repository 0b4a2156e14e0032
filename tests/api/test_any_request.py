"""Schemathesis: requests made from our own OpenAPI document, and against it; no 5xx, nothing that it does not say."""

import base64
import secrets
import tempfile
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.config import GivenSettings
from app.main import create_app
from tests.councils import Council
from tests.serving import AUDIENCE, ISSUER, Served

EXAMPLES = 15
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def described_app() -> FastAPI:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    url, keys = "postgresql+asyncpg://nowhere/", Path(tempfile.gettempdir()) / "none.json"
    given = GivenSettings(database_url=url, master_key=key, issuer=ISSUER, audience=AUDIENCE, jwks_file=keys)
    return create_app(given)


FOR_PEOPLE = ("/file", "/copies", "/record", "/access-log")
"""What these end with is refused to every application; whoever is W-1 is asked instead."""
SOMEBODY = {"azp": "an-app", "sub": "p-1", "worker_id": "W-1", "roles": ["supervisee", "supervisor", "dpo"]}

OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in schemathesis.openapi.from_dict(described_app().openapi()).get_all_operations()
}


@pytest.fixture(scope="session")
def somebody(served: Served, database) -> str:
    """A council that adopted a policy and holds a few events."""
    with Council.new(served, database.owner_url) as council:
        council.adopt("luton", "2021-06-01")
        council.tell("CaseOpened", case_id="C-1", opened_on="2025-01-01", service="assessment")
        council.tell(
            "WorkerStarted", worker_id="W-1", started_on="2025-01-01", role="social_worker", service="assessment"
        )
        return council.id


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_request_ends_in_a_fault_or_a_surprise(operation: str, served: Served, somebody: str, scale: int) -> None:
    headers = served.keyring.headers(somebody, **(SOMEBODY if operation.endswith(FOR_PEOPLE) else {}))
    described = OPERATIONS[operation]
    cases = st.one_of(
        described.as_strategy(generation_mode=GenerationMode.POSITIVE),
        described.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(max_examples=EXAMPLES * scale, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def run(case) -> None:
        case.headers.pop("Accept", None)
        case.call_and_validate(base_url=served.url, headers=headers, checks=CHECKS, timeout=20)

    run()
