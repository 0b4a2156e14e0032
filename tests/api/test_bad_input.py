"""Whatever is sent: a clear problem with a stable code, quickly, never a 5xx, and nothing half-written."""

import gzip
import json
import socket

import pytest

from tests.councils import Council

EVENT = {
    "specversion": "1.0", "id": "n-1", "source": "urn:test:ehm", "type": "CaseDiscussed",
    "data": {"case_id": "C-1", "discussed_on": "2025-03-03", "depth": "full", "setting": "individual"},
}  # fmt: skip
JSON = {"Content-Type": "application/json"}


def _with(**data) -> bytes:
    return json.dumps(EVENT | {"data": EVENT["data"] | data}).encode()


def _raw(old: str, new: str) -> bytes:
    return json.dumps(EVENT).replace(old, new).encode("utf-8", "surrogatepass")


BODIES = {
    "empty": (b"", 400, "malformed_json"),
    "not JSON": (b"hello", 400, "malformed_json"),
    "cut short": (json.dumps(EVENT).encode()[:-5], 400, "malformed_json"),
    "not UTF-8": (b'{"id": "\xff\xfe"}', 400, "malformed_json"),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(EVENT).encode(), 400, "malformed_json"),
    "NaN": (_raw('"full"', "NaN"), 400, "malformed_json"),
    "Infinity": (_raw('"full"', "-Infinity"), 400, "malformed_json"),
    "a key twice": (_raw('"depth": "full"', '"depth": "full", "depth": "light"'), 400, "malformed_json"),
    "nested too deeply": (b"[" * 10_000 + b"]" * 10_000, 400, "malformed_json"),
    "half a character": (_raw("full", "\\ud800"), 400, "malformed_json"),
    "a raw surrogate": (_raw("full", "\ud800"), 400, "malformed_json"),
    "a million keys": (b"{" + b",".join(b'"k%d":1' % n for n in range(600_000)) + b"}", 413, "too_many_values"),
    "10 MB": (b'{"id":"' + b"x" * 10_000_000 + b'"}', 413, "body_too_large"),
    "too many events": (b"[" + b",".join([b"{}"] * 5_001) + b"]", 413, "too_many_events"),
    "an empty array": (b"[]", 422, "invalid_event"),
    "a number": (b"12", 422, "invalid_event"),
    "NUL": (_raw("full", "\\u0000"), 422, "forbidden_character"),
    "a huge number": (_with(minutes=0).replace(b'"minutes": 0', b'"minutes": 1e400'), 422, "invalid_event"),
    "a number of 100,000 digits": (_with(x=0).replace(b'"x": 0', b'"x": ' + b"9" * 100_000), 400, "malformed_json"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_taken_is_refused_in_words(council: Council, name: str) -> None:
    body, status, code = BODIES[name]
    answer = council.client.post("/v1/events", content=body, headers=JSON)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), answer.text[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["detail"]
    assert told["request_id"] == answer.headers["X-Request-ID"]
    assert council.get("/v1/events").json()["position"] == 1, "nothing but the calendar"


FIELDS = {
    "a date that does not exist": ({"discussed_on": "2025-02-30"}, "/data/discussed_on", "no_such_date"),
    "a number for a date": ({"discussed_on": 1740787200}, "/data/discussed_on", "not_a_date"),
    "digits for a date": ({"discussed_on": "1740787200"}, "/data/discussed_on", "not_a_date"),
    "a short date": ({"discussed_on": "2025-3-3"}, "/data/discussed_on", "not_a_date"),
    "the last day of all": ({"discussed_on": "9999-12-31"}, "/data/discussed_on", "date_out_of_range"),
    "the year nought": ({"discussed_on": "0000-01-01"}, "/data/discussed_on", "no_such_date"),
    "a misspelt field": ({"dept": "full"}, "/data/dept", "unknown_field"),
    "a word not in the list": ({"depth": "deep"}, "/data/depth", "not_in_list"),
    "a truth as text": ({"no_action": "yes"}, "/data/no_action", "wrong_type"),
    "a list as text": ({"elements": "experience"}, "/data/elements", "wrong_type"),
    "an id with a slash": ({"case_id": "C/1"}, "/data/case_id", "not_an_identifier"),
    "an e-mail address": ({"worker_id": "jo@example.org"}, "/data/worker_id", "email_address"),
    "a novel": ({"narrative": "x" * 20_001}, "/data/narrative", "too_long"),
    "text of several": ({"case_id": None, "worker_ids": ["W-1", "W-2"], "narrative": "x"}, "/data/case_id", "missing"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_wrong_field_is_named_by_its_pointer(council: Council, name: str) -> None:
    data, pointer, code = FIELDS[name]
    answer = council.client.post("/v1/events", content=_with(**data), headers=JSON)
    assert answer.status_code == 422, answer.text
    assert (pointer, code) in {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}


ENVELOPES = {
    "another version": ({"specversion": "0.3"}, "/specversion"),
    "no such type": ({"type": "CaseDiscused"}, "/type"),
    "a later version of a type": ({"type": "CaseDiscussed.v2"}, "/type"),
    "an unprintable id": ({"id": "n\t1"}, "/id"),
    "an empty source": ({"source": ""}, "/source"),
    "a time without offset": ({"time": "2025-03-03T10:00:00"}, "/time"),
    "a leap second": ({"time": "2025-03-03T23:59:60Z"}, "/time"),
    "another subject": ({"subject": "case/C-2"}, "/subject"),
    "binary data": ({"data_base64": "aGVsbG8="}, "/data_base64"),
    "what the service writes": ({"position": 7}, "/position"),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_a_wrong_attribute_is_named_by_its_pointer(council: Council, name: str) -> None:
    attributes, pointer = ENVELOPES[name]
    answer = council.client.post("/v1/events", json=EVENT | attributes)
    assert answer.status_code == 422
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}


def test_what_was_sent_is_never_repeated_in_the_answer(council: Council) -> None:
    secret = "Zebedee-Canary"
    for body in (_with(depth=secret), _with(narrative=[secret]), json.dumps(EVENT | {"type": secret}).encode()):
        answer = council.client.post("/v1/events", content=body, headers=JSON)
        assert answer.status_code == 422
        assert secret not in answer.text


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {}, JSON | {"Content-Encoding": "gzip"}])
def test_other_content_is_415(council: Council, headers: dict[str, str]) -> None:
    answer = council.client.post("/v1/events", content=gzip.compress(json.dumps(EVENT).encode()), headers=headers)
    assert answer.status_code == 415


QUERIES = [
    "/v1/events?limit=0", "/v1/events?limit=501", "/v1/events?limit=x", "/v1/events?after=-1", "/v1/events?nonsense=1",
    "/v1/events?after=99999999999999999999999", "/v1/events?cursor=%00", "/v1/events?cursor=bm90IG91cnM",
    "/v1/events?tag=worker/%00", "/v1/events?tag=%ff%fe", "/v1/events?type=%ed%a0%80", "/v1/events?from=2025-02-30",
    "/v1/events?known_at=yesterday", "/v1/events?known_at=9999-12-31T23:59:59-14:00", "/v1/events/0",
    "/v1/events/99999999999999999999", "/v1/events/x", "/v1/quarantine?state=all", "/v1/quarantine/%00",
]  # fmt: skip


@pytest.mark.parametrize("path", QUERIES)
def test_a_wrong_query_or_path_is_refused_in_words(council: Council, path: str) -> None:
    answer = council.client.get(path)
    assert answer.status_code in (404, 422), answer.text
    assert answer.json()["code"]


def test_half_a_condition_is_refused(council: Council) -> None:
    assert council.client.post("/v1/events", json=EVENT, params={"expected_position": 3}).status_code == 422
    assert council.client.post("/v1/events", json=EVENT, params={"tag": "case/C-1"}).status_code == 422


def test_unknown_addresses_and_methods_are_problems_too(council: Council) -> None:
    assert council.get("/v2/events").json()["code"] == "not_found"
    answer = council.client.delete("/v1/events")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_a_request_that_is_not_http_harms_nobody(council: Council) -> None:
    host, port = council.client.base_url.host, council.client.base_url.port
    for nonsense in (
        b"\x00\x01\x02",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ):
        with socket.create_connection((host, port), timeout=5) as raw:
            raw.sendall(nonsense)
            raw.shutdown(socket.SHUT_WR)
            raw.recv(1000)
    assert council.client.get("/health/ready").status_code == 200
