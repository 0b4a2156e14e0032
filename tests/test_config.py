"""A demo and production keep apart: settings that would let one reach into the other stop the start, and say why."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from app.config import GivenSettings

MODES: dict[str, dict[str, Any]] = {
    "demo": {"mode": "demo", "issuer": "urn:supervision-demo:0a1b", "jwks_url": "http://127.0.0.1:4711/jwks"},
    "production": {"issuer": "https://login.example", "jwks_url": "https://login.example/keys"},
}
A_FILE = {"jwks_url": None, "jwks_file": "/etc/keys.json"}

TAKEN = [
    ("demo", {}),
    ("demo", {"host": "::1"}),
    ("demo", {"host": "localhost", "jwks_url": "http://localhost:4711/jwks"}),
    ("demo", {"jwks_url": "http://[::1]:4711/jwks"}),
    ("demo", A_FILE),
    ("production", {}),
    ("production", {"host": "0.0.0.0"}),
    ("production", A_FILE),
]
REFUSED = [
    ("demo", {"host": "0.0.0.0"}, "SUPERVISION_HOST"),
    ("demo", {"host": "::"}, "SUPERVISION_HOST"),
    ("demo", {"host": "192.168.1.10"}, "SUPERVISION_HOST"),
    ("demo", {"host": "demo.council.example"}, "SUPERVISION_HOST"),
    ("demo", {"host": "localhost.council.example"}, "SUPERVISION_HOST"),
    ("demo", {"host": ""}, "SUPERVISION_HOST"),
    ("demo", {"issuer": "https://login.example"}, "SUPERVISION_ISSUER"),
    ("demo", {"issuer": "http://127.0.0.1:4711"}, "SUPERVISION_ISSUER"),
    ("demo", {"issuer": "https://urn:supervision-demo:0a1b"}, "SUPERVISION_ISSUER"),
    ("demo", {"issuer": ""}, "SUPERVISION_ISSUER"),
    ("demo", {"jwks_url": "https://login.example/keys"}, "SUPERVISION_JWKS_URL"),
    ("demo", {"jwks_url": "http://127.0.0.1.example/jwks"}, "SUPERVISION_JWKS_URL"),
    ("demo", {"jwks_url": "http://127.0.0.1@login.example/jwks"}, "SUPERVISION_JWKS_URL"),
    ("demo", {"jwks_url": "nothing"}, "SUPERVISION_JWKS_URL"),
    ("production", {"issuer": "urn:supervision-demo:0a1b"}, "SUPERVISION_ISSUER"),
    ("production", MODES["demo"] | {"mode": "production"}, "SUPERVISION_ISSUER"),
    ("production", {"issuer": "urn:supervision-demo:", **A_FILE}, "SUPERVISION_ISSUER"),
    ("production", {"jwks_url": "http://login.example/keys"}, "SUPERVISION_JWKS_URL"),
    ("production", {"jwks_url": "http://127.0.0.1:4711/jwks"}, "SUPERVISION_JWKS_URL"),
    ("production", {"jwks_url": "https://127.0.0.1:4711/jwks"}, "SUPERVISION_JWKS_URL"),
    ("production", {"jwks_url": "https://[::1]/jwks"}, "SUPERVISION_JWKS_URL"),
    ("production", {"jwks_url": "https://localhost/jwks"}, "SUPERVISION_JWKS_URL"),
    ("production", {"jwks_url": "https://login.example@127.0.0.2/jwks"}, "SUPERVISION_JWKS_URL"),
    ("production", {"jwks_url": "HTTP://login.example/keys"}, "SUPERVISION_JWKS_URL"),
    ("production", {"jwks_url": None, "jwks_file": "/srv/ledger/.demo/keys.json"}, "SUPERVISION_JWKS_FILE"),
    ("production", {"jwks_url": None}, "SUPERVISION_JWKS_FILE"),
    ("production", {"jwks_file": "/etc/keys.json"}, "SUPERVISION_JWKS_FILE"),
    ("test", {}, "production"),
    ("Demo", MODES["demo"], "production"),
    ("", {}, "production"),
]


def made(mode: str, given: dict[str, Any]) -> GivenSettings:
    required = {
        "database_url": "postgresql+asyncpg:///x", "master_key": base64.b64encode(bytes(range(32))).decode(),
    }  # fmt: skip
    return GivenSettings(**{**required, **MODES.get(mode, MODES["production"]), **given, "mode": mode})


@pytest.mark.parametrize(("mode", "given"), TAKEN)
def test_a_demo_at_home_and_production_elsewhere_start(mode: str, given: dict[str, Any]) -> None:
    assert made(mode, given).mode == mode


@pytest.mark.parametrize(("mode", "given", "named"), REFUSED)
def test_whatever_would_mix_them_stops_the_start(mode: str, given: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        made(mode, given)
