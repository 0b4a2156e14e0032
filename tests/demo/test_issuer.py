"""The demo's issuer by itself: a token for whoever knows a client's secret, and one and the same no for all others."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.demo.issuer import DISCOVERY, KEYS, TOKEN, Issuer, application, invent_secrets

URL = "http://127.0.0.1:4711"
SECRETS = invent_secrets(["luton"])
CLIENT = "luton:hr"
GOOD = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRETS[CLIENT]}


@pytest.fixture
async def issuer() -> AsyncIterator[httpx.AsyncClient]:
    app = application(Issuer.invent("urn:supervision-demo:1"), SECRETS, URL)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        yield client


async def test_it_says_what_it_is_and_publishes_its_public_key_alone(issuer: httpx.AsyncClient) -> None:
    about = (await issuer.get(DISCOVERY)).json()
    assert about["issuer"] == "urn:supervision-demo:1"
    assert (about["jwks_uri"], about["token_endpoint"]) == (f"{URL}{KEYS}", f"{URL}{TOKEN}")
    (key,) = (await issuer.get(KEYS)).json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}


async def test_a_secret_is_taken_in_the_form_and_as_http_basic(issuer: httpx.AsyncClient) -> None:
    for answer in (
        await issuer.post(TOKEN, data=GOOD),
        await issuer.post(TOKEN, data={"grant_type": "client_credentials"}, auth=(CLIENT, SECRETS[CLIENT])),
        await issuer.post(TOKEN, data={"grant_type": "client_credentials"}, auth=("luton%3Ahr", SECRETS[CLIENT])),
    ):
        assert (answer.status_code, answer.json()["expires_in"]) == (200, 3600)
        assert answer.headers["Cache-Control"] == "no-store"


async def test_whether_the_client_or_its_secret_is_wrong_is_not_told(issuer: httpx.AsyncClient) -> None:
    secret = SECRETS[CLIENT]
    wrong = [
        {"client_secret": ""}, {"client_secret": secret[:-1]}, {"client_secret": f"{secret}x"}, {"client_id": ""},
        {"client_id": "luton:nobody"}, {"client_id": "bradford:admin"}, {"client_id": CLIENT.upper()},
        {"client_id": "luton:admin"}, {"client_secret": "\u00e4\ud7ff"},
    ]  # fmt: skip
    answers = [await issuer.post(TOKEN, data=GOOD | changed) for changed in wrong]
    answers.append(await issuer.post(TOKEN, data=GOOD, auth=(CLIENT, "wrong")))
    answers.append(await issuer.post(TOKEN, content=b""))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


async def test_whatever_else_is_sent_is_refused_in_words(issuer: httpx.AsyncClient) -> None:
    sent = [
        (await issuer.post(TOKEN, data=GOOD | {"grant_type": "password"}), 400, "unsupported_grant_type"),
        (await issuer.post(TOKEN, content=b"\xff\xfe"), 400, "invalid_request"),
        (await issuer.post(TOKEN, data=GOOD, headers={"Authorization": "Basic ?"}), 400, "invalid_request"),
        (
            await issuer.post(TOKEN, data=GOOD, headers={"Authorization": "Basic \u00ff".encode("latin-1")}),
            400,
            "invalid_request",
        ),
        (await issuer.post(TOKEN, content=b"a=1&" * 30), 400, "invalid_request"),
        (await issuer.post(TOKEN, content=b"x" * 10_000), 413, "invalid_request"),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer, *_ in sent] == [tuple(said) for _, *said in sent]
    assert (await issuer.get(TOKEN)).status_code == 405
