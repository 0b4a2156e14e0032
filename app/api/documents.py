"""What the OpenAPI document says beyond the signatures: bodies that are read raw, examples, errors."""

from typing import Any

from app.domain.compliance import ENGINE

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "description": "A page that explains the problem"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong here, and what to do"},
        "code": {"type": "string", "description": "Stable: programs may rely on it"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901: the field"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_MEANINGS = {
    308: "The subject was merged into another: Location says which",
    400: "The request cannot be read",
    401: "No valid token",
    403: "The token does not allow this",
    404: "There is nothing here",
    409: "This contradicts what is recorded",
    412: "Something changed in between",
    413: "Too much at once",
    415: "That kind of content is not taken",
    422: "Well formed, but not right: `errors` names each field",
    429: "Too many at a time: try again after Retry-After seconds",
    503: "Try again after Retry-After seconds",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of an operation."""
    return {
        status: {"description": _MEANINGS[status], "content": {"application/problem+json": {"schema": _ref("Problem")}}}
        for status in statuses
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


EXAMPLES: dict[str, dict[str, Any]] = {}
"""By name; referred to and not written in place, because FastAPI would drop their nulls."""


def _json(description: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
    name = description.partition(":")[0].replace(" ", "-").replace(",", "").lower()
    EXAMPLES[name] = {"value": example}
    examples = {"example": {"$ref": f"#/components/examples/{name}"}}
    return {"description": description, "content": {"application/json": {"schema": schema, "examples": examples}}}


EXAMPLE_EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "n-881",
    "source": "urn:luton:lcs",
    "type": "CaseDiscussed",
    "time": "2025-03-03T15:10:00Z",
    "data": {
        "case_id": "C-100",
        "discussed_on": "2025-03-03",
        "depth": "full",
        "setting": "individual",
        "worker_id": "W-1001",
        "supervisor_id": "W-2001",
    },
}

_RECORDED: dict[str, Any] = {"position": 4107, "recordedtime": "2025-03-03T15:10:02Z", "recordedby": "lcs-client"}

EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 255},
        "source": {"type": "string", "minLength": 1, "maxLength": 255},
        "type": {"type": "string", "description": "One of the names in the event reference"},
        "subject": {"type": "string"},
        "time": {"type": "string", "format": "date-time"},
        "sourcerecordedtime": {"type": "string", "format": "date-time"},
        "sourcerecordedby": {"type": "string"},
        "data": {"type": "object", "description": "The fields of the type: see the event reference"},
    },
}

_LINES = {"schema": {"type": "string"}, "example": '{"specversion": "1.0", …}\n{"specversion": "1.0", …}\n'}

EVENT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": _ref("Event"), "example": EXAMPLE_EVENT},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": _ref("Event")}},
            "application/json": {"schema": {"oneOf": [_ref("Event"), {"type": "array", "items": _ref("Event")}]}},
            "application/x-ndjson": _LINES,
        },
    }
}

RECEIPT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["accepted", "duplicate", "rejected", "position", "items", "warnings"],
    "properties": {
        "accepted": {"type": "integer"},
        "duplicate": {"type": "integer"},
        "rejected": {"type": "integer"},
        "position": {"type": ["integer", "null"]},
        "items": {"type": "array", "items": {"type": "object"}},
        "items_omitted": {"type": "integer"},
        "quarantine": {"type": ["string", "null"]},
        "checkpoint": {
            "type": ["string", "null"],
            "description": "With `Prefer: wait=`: the signed note that covers it",
        },
        "warnings": {"type": "array", "items": {"type": "object"}},
        "changes": {
            "type": "object",
            "required": ["as_at", "subjects", "looked_at", "not_looked_at", "why"],
            "description": "Of a dry run, with state:read: `subjects` of which findings would change, each with its "
            "`status` and `findings` before and after; `why` that was not looked into, where lines are too many",
        },
    },
}

_RECEIPT_EXAMPLE = {
    "accepted": 1, "duplicate": 0, "rejected": 0, "position": 4107,
    "items": [{"index": 0, "id": "n-881", "status": "appended", "position": 4107}], "warnings": [],
}  # fmt: skip

APPENDED: dict[int | str, dict[str, Any]] = {
    201: _json("Recorded", _ref("Receipt"), _RECEIPT_EXAMPLE),
    200: _json("Recorded before, or recorded in part: see `items`", _ref("Receipt"), _RECEIPT_EXAMPLE),
}

PAGE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["items", "next_cursor"],
    "properties": {
        "items": {"type": "array", "items": {"type": "object"}},
        "next_cursor": {"type": ["string", "null"]},
        "position": {"type": "integer"},
    },
}

EVENTS: dict[int | str, dict[str, Any]] = {
    200: _json("A page", _ref("Page"), {"items": [EXAMPLE_EVENT | _RECORDED], "next_cursor": None, "position": 4107})
}
EVENTS[200]["content"] |= {"application/x-ndjson": _LINES, "text/event-stream": {"schema": {"type": "string"}}}

EVENT: dict[int | str, dict[str, Any]] = {
    200: _json("The event", {"type": "object"}, EXAMPLE_EVENT | _RECORDED | {"amendments": []})
}

_READ: dict[str, Any] = {
    "right": {"role": "supervisor", "relation": "supervised", "purpose": "supervision", "grant": None},
    "position": 4107, "next_cursor": None,
}  # fmt: skip
_HELD: dict[str, Any] = {
    **EXAMPLE_EVENT, "type": "SessionHeld", "position": 3871, "amendments": [], "data": {
        "session_id": "S-12", "worker_id": "W-1001", "held_on": "2025-03-03", "kind": "individual",
        "narrative": "Spoke about the new caseload.",
    },
}  # fmt: skip
_OPENED = {"type": "object", "required": ["subject", "right", "position", "items", "next_cursor"]}
FILE: dict[int | str, dict[str, Any]] = {
    200: _json("A page of it", _OPENED, _READ | {"subject": {"type": "worker", "id": "W-1001"}, "items": [_HELD]})
}
COPIES: dict[int | str, dict[str, Any]] = {
    200: _json("A page of copies", _OPENED, _READ | {"subject": {"type": "worker", "id": "W-1001"}, "items": [
        {"position": 4001, "record_id": "R-12", "copied_on": "2025-03-07", "purpose": "own_copy", "requested_by": None,
         "by": "W-2001", "record": [_HELD]},
    ]}),
}  # fmt: skip
ACCESS_LOG: dict[int | str, dict[str, Any]] = {
    200: _json("A page of the trace", _ref("Page"), {"items": [{
        "at": "2025-03-07T09:12:44.120938Z", "reader": "W-2001", "client": "supervision-app", "delegated": True,
        "role": "supervisor", "relation": "supervised", "purpose": "supervision", "grant_id": None,
        "operation": "file", "subject": {"type": "worker", "id": "W-1001"}, "contents": "personal_text",
        "decision": "allowed", "count": 3, "positions": [3871, 3902, 4001], "as_at": "2025-03-07",
        "request_id": "9f2c51d07be1a4c3",
    }], "next_cursor": None}),
}  # fmt: skip

FINDING_EXAMPLE: dict[str, Any] = {
    "rule": "LU-37", "clauses": ["LU-37", "LU-31", "LU-23"], "code": None,
    "title": "Every Family Safeguarding case is supervised every four weeks",
    "clause": "Section 7, table, Family Safeguarding", "force": "must", "status": "breached",
    "opened_on": "2025-03-03", "target_on": None, "due_on": "2025-03-31", "met_on": None, "days_late": 4,
    "last": {"on": "2025-03-03", "event": {"source": "urn:luton:lcs", "id": "n-881", "position": 4107}},
    "evidence": [{"source": "urn:luton:lcs", "id": "n-881", "position": 4107}],
    "reading": "4 weekly = 28 days from the last discussion (RD-1)",
    "why": "Last supervised on 3 March 2025. The policy asks for this every 4 weeks (28 days), so it was due by "
    "31 March 2025. It is 4 days late.",
}  # fmt: skip

COMPLIANCE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["subject", "as_at", "known_at", "position", "policies", "engine", "status", "findings"],
    "properties": {
        "subject": {"type": "object", "required": ["type", "id"]},
        "as_at": {"type": "string", "format": "date"},
        "known_at": {"type": ["string", "null"]},
        "position": {"type": "integer"},
        "policies": {"type": "array", "items": {"type": "object"}},
        "engine": {"type": "integer"},
        "status": {"type": "string"},
        "findings": {"type": "array", "items": {"type": "object"}},
    },
}

COMPLIANCE: dict[int | str, dict[str, Any]] = {
    200: _json(
        "The compliance answer",
        _ref("Compliance"),
        {
            "subject": {"type": "case", "id": "C-100"}, "as_at": "2025-04-04", "known_at": None, "position": 5120,
            "policies": [{"id": "luton", "version": "2021-06", "applies_from": "2021-06-01"}], "engine": ENGINE,
            "status": "breached", "findings": [FINDING_EXAMPLE],
        },
    ),
    304: {"description": "Nothing changed since the answer with this ETag"},
}  # fmt: skip

TIMELINE: dict[int | str, dict[str, Any]] = {
    200: _json(
        "The timeline",
        {"type": "object", "required": ["subject", "as_at", "position", "engine", "rows"]},
        {
            "subject": {"type": "case", "id": "C-100"}, "as_at": "2025-04-04", "known_at": None, "position": 5120,
            "engine": ENGINE, "rows": [
                {"rule": "LU-37", "from_on": "2025-04-01", "until_on": None, "status": "breached", "code": None,
                 "due_on": "2025-03-31"},
            ],
        },
    ),
    304: {"description": "Nothing changed since the answer with this ETag"},
}  # fmt: skip

MEASURES: dict[int | str, dict[str, Any]] = {
    200: _json(
        "What is counted, and not judged",
        {"type": "object", "required": ["subject", "as_at", "position", "measures"]},
        {
            "subject": {"type": "worker", "id": "W-1001"}, "as_at": "2025-04-04", "known_at": None, "position": 5120,
            "measures": [
                {"id": "LU-103", "clauses": ["LU-103"], "policy": "luton", "clause": "Section 10",
                 "title": "How much supervision was planned and uninterrupted", "from_on": "2024-04-05",
                 "to_on": "2025-04-04", "events": 11, "last_on": "2025-03-20", "shares": [
                     {"name": "planned", "count": 10, "not_known": 0, "percent": 90.9, "last_on": "2025-03-20"}]},
            ],
        },
    ),
    304: TIMELINE[304],
}  # fmt: skip

PROFILE: dict[int | str, dict[str, Any]] = {
    200: _json(
        "Who or what it is, and how it stands",
        {"type": "object", "required": ["subject", "as_at", "position", "state", "situation", "status", "links"]},
        {
            "subject": {"type": "case", "id": "C-100"}, "as_at": "2025-04-04", "known_at": None, "position": 5120,
            "state": "open", "periods": [{"from_on": "2025-01-06", "until_on": None}],
            "situation": {"service": "family_safeguarding", "category": None, "team": "T-1", "lead": "W-1"},
            "since": {"service": "2025-01-06", "team": "2025-01-06", "lead": "2025-02-03"},
            "engine": ENGINE, "status": "breached", "findings": {"breached": 1, "due": 2},
            "links": {"compliance": "/v1/cases/C-100/compliance?as_at=2025-04-04"},
        },
    ),
    304: TIMELINE[304],
}  # fmt: skip

LIST: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "As far as the lists have come: `position`",
        "content": {"application/json": {"schema": _ref("List")}},
    },
    304: {"description": "Nothing changed since the answer with this ETag"},
}
LIST_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["as_at", "position"],
    "properties": {
        "as_at": {"type": "string", "format": "date"},
        "position": {"type": "integer", "description": "Everything up to here is in it"},
        "behind": {"type": "integer", "description": "Events recorded after that, not in it yet"},
        "items": {"type": "array", "items": {"type": "object"}},
        "next_cursor": {"type": ["string", "null"]},
    },
}

JOB_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "kind", "state", "asked", "position", "progress", "result"],
    "properties": {
        "id": {"type": "string"},
        "kind": {"type": "string", "enum": ["known_at", "simulation", "comparison"]},
        "state": {"type": "string", "enum": ["waiting", "running", "done", "failed", "canceled"]},
        "asked": {"type": "object", "description": "The question"},
        "position": {"type": "integer", "description": "The answer rests on the ledger up to here"},
        "progress": {"type": "object", "description": "Subjects `done`, `of` all (null until they are counted)"},
        "result": {"type": ["object", "null"], "description": "The answer, once `state` is done"},
        "why": {"type": ["string", "null"], "description": "What became of one that failed, and what to do"},
        "kept_until": {"type": "string", "format": "date-time"},
    },
}

_JOB_EXAMPLE = {
    "id": "5f0c9a4be1d2037768a1b2c3", "kind": "known_at", "state": "running",
    "asked": {"known_at": "2025-04-04T22:59:59Z", "known_position": None, "knowledge": "ledger"},
    "asked_by": "power-bi",
    "position": 4107, "created": "2025-06-02T09:00:00Z", "begun": "2025-06-02T09:00:00Z", "ended": None,
    "kept_until": "2025-06-03T09:00:00Z", "progress": {"done": 320, "of": 812, "what": "subjects"}, "result": None,
    "why": None,
}  # fmt: skip

JOB: dict[int | str, dict[str, Any]] = {200: _json("A job", _ref("Job"), _JOB_EXAMPLE)}
JOBS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The jobs", "content": {"application/json": {"schema": _ref("Page")}}}
}
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: _json("Being worked out: `Location` says where to ask", _ref("Job"), _JOB_EXAMPLE)
}

NEXT_SESSION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The plan for one meeting",
        "content": {"application/json": {"schema": {
            "type": "object", "required": ["subject", "on", "until", "supervisor", "counts", "worker", "cases"],
        }}},
    },
    304: TIMELINE[304],
}  # fmt: skip

PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture", "content": {"image/svg+xml": {"schema": {"type": "string"}}}},
    304: TIMELINE[304],
}

SCHEMAS = {
    "Problem": PROBLEM_SCHEMA,
    "Event": EVENT_SCHEMA,
    "Receipt": RECEIPT_SCHEMA,
    "Page": PAGE_SCHEMA,
    "Compliance": COMPLIANCE_SCHEMA,
    "List": LIST_SCHEMA,
    "Job": JOB_SCHEMA,
}

SCHEMES = {
    "HTTPBasic": {"type": "http", "scheme": "basic", "description": "A key for reports: its id and its secret"},
}
