"""Clients, people, keys for reports and revocations over HTTP: by a council's administrator, true in every process."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.embedded import Cluster
from app.shipped import pack
from tests.councils import Council
from tests.serving import Served, serving

TODAY = datetime.now(UTC).date()
PATIENCE = 1.0
"""Seconds in which every process must know."""


@pytest.fixture(scope="module")
def another(served: Served, database: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A second process on the same database."""
    folder = tmp_path_factory.mktemp("another")
    with serving(database, folder, keyring=served.keyring) as running:
        yield running


def becomes(status: int, client: httpx.Client, path: str = "/v1/policies") -> httpx.Response:
    """The answer with this status, which must come within a second."""
    until = time.monotonic() + PATIENCE
    while (answer := client.get(path)).status_code != status and time.monotonic() < until:
        time.sleep(0.02)
    assert answer.status_code == status, answer.text
    return answer


def test_a_client_is_registered_changed_listed_and_removed(council: Council) -> None:
    sent = {"label": "LCS", "sources": ["urn:luton:*"], "event_types": ["Case*"]}
    made = council.client.put("/v1/clients/lcs-push", json=sent)
    assert (made.status_code, made.json()["registered_by"]) == (201, "test-client")
    assert made.json().items() >= ({"client_id": "lcs-push", "revoked": False} | sent).items()
    assert council.client.put("/v1/clients/lcs-push", json={"label": "LCS, live"}).status_code == 200
    assert council.get("/v1/clients/lcs-push").json()["sources"] == []
    assert council.client.put("/v1/clients/a%3Fb%25", json={"label": "odd"}).json()["client_id"] == "a?b%"
    page = council.get("/v1/clients", limit=1).json()
    assert [each["client_id"] for each in page["items"]] == ["a?b%"]
    rest = council.get("/v1/clients", limit=1, cursor=page["next_cursor"]).json()
    assert [each["client_id"] for each in rest["items"]] == ["lcs-push"]
    assert council.client.delete("/v1/clients/lcs-push").status_code == 204
    assert council.client.delete("/v1/clients/lcs-push").status_code == 204
    assert council.get("/v1/clients/lcs-push").json()["code"] == "not_registered"
    assert council.client.put("/v1/clients/lcs-push", json=sent).status_code == 201


def test_what_a_person_does_is_kept_under_them_and_not_under_the_client_they_ask_with(council: Council) -> None:
    for who, kept in (({"worker_id": "A-1"}, "worker/A-1"), ({}, "sub/p-1")):
        claims = {"azp": "app", "sub": "p-1", "roles": ["council_admin"]} | who
        with council.as_client(**claims) as admin:
            made = admin.put("/v1/clients/lcs", json={"label": "LCS"})
            assert made.json()["registered_by"] == kept
            key = admin.post("/v1/report-keys", json={"label": "x", "expires_on": str(TODAY)})
            assert key.json()["registered_by"] == kept
            adopted = admin.post("/v1/policies/adopt", json={"policy_yaml": pack("luton"), "applies_from": str(TODAY)})
            position = adopted.json()["position"]
    assert council.get(f"/v1/events/{position}").json()["recordedby"] == "worker/A-1"


def test_nobody_says_of_themself_who_they_are(council: Council) -> None:
    with council.as_client(azp="app", sub="p-1", roles=["council_admin", "supervisee"]) as admin:
        refused = admin.put("/v1/people/p-1", json={"worker_id": "W-1"})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_yourself")
        assert admin.put("/v1/people/p-2", json={"worker_id": "W-1"}).status_code == 201


WRONG = [
    ("/v1/clients/c", {"label": ""}, "/label"),
    ("/v1/clients/c", {"label": "c", "sources": "urn:x"}, "/sources"),
    ("/v1/clients/c", {"label": "c", "sources": ["a*b"]}, "/sources/0"),
    ("/v1/clients/c", {"label": "c", "scopes": ["council:admin"]}, "/scopes"),
    ("/v1/people/p", {"worker_id": "W 1"}, "/worker_id"),
    ("/v1/people/p", [], ""),
    ("/v1/revocations", {"kind": "council", "id": "x"}, "/kind"),
    ("/v1/revocations", {"kind": "client", "id": ""}, "/id"),
    ("/v1/report-keys", {"label": "x", "expires_on": "2020-01-01"}, "/expires_on"),
    ("/v1/report-keys", {"label": "x", "expires_on": "soon"}, "/expires_on"),
]


def test_what_is_wrong_is_named(council: Council) -> None:
    for path, sent, pointer in WRONG:
        method = "PUT" if path.count("/") == 3 else "POST"
        answer = council.client.request(method, path, json=sent)
        assert answer.status_code == 422, answer.text
        assert pointer in [fault["pointer"] for fault in answer.json()["errors"]], answer.text


def test_a_registered_client_writes_no_more_than_is_registered_in_every_process(
    council: Council, another: Served
) -> None:
    event = council.event("CaseOpened", case_id="C-1", opened_on="2025-01-02", service="assessment")
    council.client.put("/v1/clients/narrow", json={"label": "n", "sources": ["urn:other"], "event_types": ["*"]})
    headers = council.served.keyring.headers(council.id, sub="narrow")
    for url in (council.served.url, another.url):
        until = time.monotonic() + PATIENCE
        while (sent := httpx.post(f"{url}/v1/events?dry_run=true", json=event, headers=headers)).status_code != 403:
            assert time.monotonic() < until, sent.text
            time.sleep(0.02)
        assert sent.json()["code"] == "source_not_allowed"


@pytest.mark.parametrize(("kind", "claims"), [("client", {"sub": "app-1"}), ("person", {"azp": "app", "sub": "oid-1"})])
def test_what_is_taken_back_ends_within_a_second_in_every_process_and_begins_again(
    council: Council, another: Served, kind: str, claims: dict[str, str]
) -> None:
    headers = council.served.keyring.headers(council.id, **claims)
    revocation = {"kind": kind, "id": claims["sub"]}
    with (
        httpx.Client(base_url=council.served.url, headers=headers) as here,
        httpx.Client(base_url=another.url, headers=headers) as there,
    ):
        for client in (here, there):
            assert client.get("/v1/policies").status_code != 401
        before = there.get("/v1/policies").status_code
        assert council.client.post("/v1/revocations", json=revocation).status_code == 200
        assert here.get("/v1/policies").json()["code"] == "revoked"
        refused = becomes(401, there)
        assert (refused.json()["code"], refused.headers["WWW-Authenticate"]) == ("revoked", "Bearer")
        assert council.client.post("/v1/revocations", json=revocation).status_code == 200
        listed = council.get("/v1/revocations").json()["items"]
        assert [(each["kind"], each["id"], each["revoked_by"]) for each in listed] == [
            (kind, claims["sub"], "test-client")
        ]
        assert council.client.delete("/v1/revocations", params=revocation).status_code == 204
        becomes(before, there)
    assert council.get("/v1/revocations").json()["items"] == []


def test_another_council_s_identities_are_as_if_there_were_none(
    council: Council, served: Served, database: Cluster
) -> None:
    council.client.put("/v1/clients/ours", json={"label": "ours"})
    key = _key(council)
    with Council.new(served, database.owner_url) as other:
        other.client.post("/v1/revocations", json={"kind": "client", "id": "test-client-2"})
        assert other.get("/v1/clients").json()["items"] == other.get("/v1/report-keys").json()["items"] == []
        assert other.get("/v1/clients/ours").json()["code"] == "not_registered"
        assert other.client.post(f"/v1/report-keys/{key['key_id']}/rotate").json()["code"] == "not_registered"
        assert other.client.delete(f"/v1/report-keys/{key['key_id']}").status_code == 204
        other.client.post("/v1/revocations", json={"kind": "key", "id": key["key_id"]})
    assert httpx.get(f"{served.url}/v1/reports/cases.csv", auth=(key["key_id"], key["secret"])).status_code == 200
    with council.as_client(sub="test-client-2") as client:
        assert client.get("/v1/clients").status_code == 200


def test_only_an_administrator_administers(council: Council) -> None:
    with council.as_client(scope="state:read events:write") as other, council.as_client(roles=[]) as not_admin:
        assert other.get("/v1/clients").json()["code"] == "scope_missing"
        assert not_admin.post("/v1/revocations", json={"kind": "client", "id": "x"}).json()["code"] == "not_in_role"


def _key(council: Council) -> dict[str, str]:
    sent = {"label": "Power BI", "expires_on": (TODAY + timedelta(days=30)).isoformat()}
    answer = council.client.post("/v1/report-keys", json=sent)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    made: dict[str, str] = answer.json()
    return made


def test_a_key_for_reports_opens_reports_and_nothing_else_in_every_process(council: Council, another: Served) -> None:
    key = _key(council)
    assert set(key) == {"key_id", "secret", "label", "expires_on", "registered_at", "registered_by", "revoked"}
    for url in (council.served.url, another.url):
        with httpx.Client(base_url=url, auth=(key["key_id"], key["secret"])) as client:
            becomes(200, client, "/v1/reports/cases.csv")
            for path in ("/v1/cases", "/v1/policies", "/v1/report-keys", "/metrics"):
                assert client.get(path).json()["code"] == "token_missing", path
    bearer = {"Authorization": f"Bearer {key['secret']}"}
    assert httpx.get(f"{council.served.url}/v1/reports/cases.csv", headers=bearer).status_code == 401


def test_a_secret_is_shown_once_and_lies_nowhere(council: Council, database: Cluster) -> None:
    key = _key(council)
    told = council.get("/v1/report-keys").text
    assert key["secret"] not in told
    assert "sha256" not in told
    written = [path.read_bytes() for path in [council.served.log, *database.folder.rglob("*.log")]]
    assert not any(key["secret"].encode() in each for each in written)


def test_a_rotated_key_takes_the_secret_before_until_the_overlap_is_over(council: Council) -> None:
    key = _key(council)
    path = f"/v1/report-keys/{key['key_id']}"

    def opens(secret: str) -> str:
        answer = httpx.get(f"{council.served.url}/v1/reports/cases.csv", auth=(key["key_id"], secret))
        return answer.json()["code"] if answer.status_code != 200 else "yes"

    second = council.client.post(f"{path}/rotate").json()
    assert second["earlier_secret_until"] > TODAY.isoformat()
    assert (opens(key["secret"]), opens(second["secret"])) == ("yes", "yes")
    third = council.client.post(f"{path}/rotate", params={"overlap_days": 0}).json()
    assert [opens(each["secret"]) for each in (key, second, third)] == ["invalid_key", "invalid_key", "yes"]
    council.client.post("/v1/revocations", json={"kind": "key", "id": key["key_id"]})
    assert (opens(third["secret"]), opens("wrong")) == ("revoked", "invalid_key")
    assert council.client.delete(path).status_code == 204
    assert opens(third["secret"]) == "invalid_key"


def test_a_damaged_or_unknown_key_is_refused(council: Council) -> None:
    damaged = ["", "Basic", "Basic !!!", "Basic OjpA", "Basic /////w==", "Basic bHV0b24=", "basic bm86bm8=", "Digest x"]
    for sent in damaged:
        answer = httpx.get(f"{council.served.url}/v1/reports/workers.csv", headers={"Authorization": sent})
        assert answer.status_code == 401, sent
        assert answer.json()["code"] in ("invalid_key", "token_missing")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
