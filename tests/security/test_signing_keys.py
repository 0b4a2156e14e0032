"""The issuer's keys: fetched from one place, seldom, and kept while the issuer is away."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from joserfc.jwk import Key

from app.errors import Unauthorised, Unavailable
from app.security import Actor, TokenVerifier, read_keys
from tests.security.forging import ED, GOOD, RSA, Clock, key_set, nobody, settings, signed


class Issuer(ThreadingHTTPServer):
    """Publishes keys on loopback and counts who asks."""

    keys: tuple[Key, ...] = (ED,)
    status = 200
    asked = 0


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server = self.server
            assert isinstance(server, Issuer)
            server.asked += 1
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(key_set(*server.keys))

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    with Issuer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def over_http(issuer: Issuer, clock: Clock) -> Callable[[str], Actor]:
    verifier = TokenVerifier(settings(jwks_url=f"http://127.0.0.1:{issuer.server_port}/keys"), clock, nobody())
    return lambda token: asyncio.run(verifier.verify(token))


def test_an_unknown_key_is_asked_for_at_most_once_a_minute(issuer: Issuer, clock: Clock) -> None:
    verify = over_http(issuer, clock)
    verify(GOOD)
    for number in range(5):
        with pytest.raises(Unauthorised):
            verify(signed(kid=f"unknown-{number}"))
    assert issuer.asked == 1
    clock.now += 60
    issuer.keys = (ED, RSA)
    assert verify(signed(key=RSA, alg="RS256", kid="rsa")).council == "luton"
    assert issuer.asked == 2


def test_tokens_go_on_working_while_the_issuer_is_away(issuer: Issuer, clock: Clock) -> None:
    verify = over_http(issuer, clock)
    verify(GOOD)
    issuer.status = 500
    clock.now += 700
    assert verify(GOOD).council == "luton"
    assert issuer.asked == 2
    with pytest.raises(Unavailable):
        verify(signed(kid="perhaps-new"))


def test_a_key_taken_back_stops_working_within_twenty_minutes(issuer: Issuer, clock: Clock) -> None:
    verify = over_http(issuer, clock)
    verify(GOOD)
    issuer.keys = (RSA,)
    clock.now += 1200
    with pytest.raises(Unauthorised):
        verify(GOOD)


def test_without_any_keys_the_answer_is_unavailable_and_not_a_refusal(issuer: Issuer, clock: Clock) -> None:
    issuer.status = 404
    verify = over_http(issuer, clock)
    with pytest.raises(Unavailable) as refused:
        verify(GOOD)
    assert refused.value.code == "keys_unavailable"
    assert "Retry-After" in refused.value.headers
    clock.now += 60
    issuer.status = 200
    assert verify(GOOD).council == "luton"


def test_a_missing_key_file_makes_the_service_unavailable_and_not_open(tmp_path: Path, clock: Clock) -> None:
    verifier = TokenVerifier(settings(jwks_file=tmp_path / "none.json"), clock, nobody())
    with pytest.raises(Unavailable):
        asyncio.run(verifier.verify(GOOD))


def test_weak_damaged_and_foreign_keys_of_a_set_are_passed_over() -> None:
    listed = [
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "crv": "P-521", "kid": "curve", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "damaged", "x": "not base64!"},
        {"kty": "AKP", "kid": "of-tomorrow", "alg": "ML-DSA-44"},
        ED.as_dict(private=False) | {"kid": "for-encryption", "use": "enc"},
        ED.as_dict(private=False) | {"kid": "for-another", "alg": "Ed448"},
        "not an object",
        ED.as_dict(private=True),
    ]
    keys = read_keys(json.dumps({"keys": listed}).encode())
    assert sorted(keys) == [("ed", "Ed25519"), ("ed", "EdDSA")]
    assert not any(published.key.is_private for published in keys.values())
    for useless in (b"[]", b"{}", b'{"keys": 1}', json.dumps({"keys": listed[:5]}).encode()):
        with pytest.raises(ValueError, match=r"key|object"):
            read_keys(useless)
