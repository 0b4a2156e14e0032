"""What each problem means and what to do about it: one entry for every `code` that this service can answer with.

A test walks the code and fails when a code has no entry here, or an entry no code. Written for whoever reads the answer
of a refused request: plain, specific, no blame.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from app.errors import (
    ConditionFailed,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    TooLarge,
    Unauthorised,
    Unavailable,
    UnsupportedMedia,
)


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """One code: the kind of problem it belongs to, its meaning, the steps that put it right, and an example."""

    code: str
    kind: type[Problem]
    means: str
    do: tuple[str, ...]
    detail: str
    """What the example's `detail` says; the real one is about the request that was refused."""
    errors: tuple[Fault, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status it is answered with."""
        return self.kind.status

    @property
    def title(self) -> str:
        """What all problems of this kind have in common."""
        return self.kind.title

    def example(self) -> dict[str, Any]:
        """A body as it is answered."""
        problem = self.kind(self.code, self.detail)
        problem.errors, problem.extra = self.errors, dict(self.extra)
        return problem.as_json("4f1c2a9be0d35768")


class MethodNotAllowed(Problem):
    """Given by the framework, not raised by us."""

    status = 405
    title = "Not in this way"


class HttpError(Problem):
    """Given by the framework, not raised by us."""

    status = 400
    title = "The request could not be read"


_SEND_AGAIN = "Send the same request again after the seconds that the header `Retry-After` names."
_SAFE = "Nothing can be stored twice: events that were recorded after all are answered as `duplicate`."
_ASK_ADMIN = "Ask whoever registers clients at your council for a token that may do this."

_ALL = (
    # 400: cannot be read
    ProblemPage(
        "malformed_json",
        Malformed,
        "The body is not JSON as RFC 8259 has it. Beyond plain mistakes, these are refused because two readers could "
        "read them differently: a name twice in one object, `NaN` and `Infinity`, text that is not UTF-8, half "
        "characters (lone surrogates), a byte order mark; and more than 32 levels of nesting.",
        (
            "Look at the line and column in `detail`.",
            "Write the body with a JSON library instead of putting text together.",
        ),
        "The body is not JSON at line 7, column 3: there is a comma too many.",
    ),
    ProblemPage(
        "lines_never_atomic",
        Malformed,
        "The request asks for `atomic=true` with lines (`application/x-ndjson`). Lines are recorded as they arrive, so "
        "they cannot be all or none.",
        (
            "To have all or none, send a JSON array of at most 5,000 events.",
            "To send lines, leave `atomic=true` out.",
        ),
        "Lines are never atomic: send an array instead, or leave out atomic=true.",
    ),
    ProblemPage(
        "http_error",
        HttpError,
        "The request broke off, or is not proper HTTP. The status may be another one than 400.",
        ("Look at `detail`.", "Send the request again with a well-kept HTTP library."),
        "There was an error parsing the body",
    ),
    # 401: no proof of who is asking
    ProblemPage(
        "token_missing",
        Unauthorised,
        "The request came without an access token. Only the health checks and these pages are open.",
        ("Get a token from your issuer.", "Send it in the header `Authorization: Bearer …`."),
        "Send an access token: Authorization: Bearer …",
    ),
    ProblemPage(
        "invalid_token",
        Unauthorised,
        "The token is damaged, not signed by the issuer that this service trusts, meant for another service, not valid "
        "yet, or lacks a claim that is needed (`iss`, `aud`, `exp`, `nbf`, `iat`, `sub`, `council`).",
        (
            "Ask the issuer for a new token and try that.",
            "If it is refused too, compare its `iss` and `aud` with what `supervision config` shows.",
            "Check the clocks of the issuer and of this service: a minute's difference is allowed.",
        ),
        "The token is from another issuer or for another service.",
    ),
    ProblemPage(
        "token_expired",
        Unauthorised,
        "The token was good, and its time (`exp`) is over.",
        ("Ask the issuer for a new one. With the demo: start it again, and read `tokens.json` again.",),
        "The token has expired. Ask your issuer for a new one.",
    ),
    # 403: known, but not allowed
    ProblemPage(
        "scope_missing",
        Forbidden,
        "The token is good but does not carry the scope that this operation, or this type of event, needs. "
        "The reference names the scope of each operation.",
        (_ASK_ADMIN,),
        "This needs the scope events:write, which this token does not carry.",
    ),
    ProblemPage(
        "source_not_allowed",
        Forbidden,
        "A client writes only the sources that it is registered for, and amends only events of its own source; "
        "amending others' events needs the scope `records:write`.",
        ("Check `source` for a typing mistake.", _ASK_ADMIN),
        "This client is not registered to send events of this source.",
    ),
    ProblemPage(
        "type_not_allowed",
        Forbidden,
        "A client writes only the types of event that it is registered for.",
        ("Check `type` for a typing mistake.", _ASK_ADMIN),
        "This client is not registered to send events of this type.",
    ),
    ProblemPage(
        "not_by_this_route",
        Forbidden,
        "Events of this type are written by the service itself when their own operation is carried out, such as "
        "`PolicyAdopted` when a policy is adopted. They are not sent, corrected or retracted as events.",
        ("Use the operation instead: the reference lists them.",),
        "PolicyAdopted is written by the service when its own operation is carried out; it cannot be sent.",
    ),
    # 404: not there
    ProblemPage(
        "not_found",
        NotFound,
        "There is no such address.",
        ("Check the address against the reference, `/docs`.",),
        "There is no such address here.",
    ),
    ProblemPage(
        "no_such_problem",
        NotFound,
        "The page asked for would explain a code that this service never gives.",
        ("Look at the list of all problems, `/problems`.",),
        "This service gives no problem of that code. GET /problems lists them all.",
    ),
    ProblemPage(
        "no_such_council",
        NotFound,
        "The token is good, but the council that it names is not served here.",
        ("Check that you ask the right service.", "The operator adds a council with `supervision council add`."),
        "The council in this token is not served here.",
    ),
    ProblemPage(
        "no_such_event",
        NotFound,
        "The ledger has not come to this position yet, or the position is mistyped. Positions count 1, 2, 3 … without "
        "a gap, for each council.",
        ("Read `position` from the answer that you got when you sent the event.",),
        "The ledger has no event at position 4107.",
    ),
    ProblemPage(
        "no_such_worker",
        NotFound,
        "No event of this council has ever named this worker. A worker whom any event names is found, however little "
        "is known.",
        ("Check the identifier: it is the source system's own.", "Send `WorkerStarted`, and what else there is."),
        "No event has ever named this worker.",
    ),
    ProblemPage(
        "no_such_case",
        NotFound,
        "No event of this council has ever named this case. A case that any event names is found, however little is "
        "known.",
        ("Check the identifier: it is the source system's own.", "Send `CaseOpened`, and what else there is."),
        "No event has ever named this case.",
    ),
    ProblemPage(
        "no_such_item",
        NotFound,
        "The council's quarantine holds no item with this id.",
        ("List what it holds with `GET /v1/quarantine`, also with `state=resubmitted` or `state=discarded`.",),
        "There is no such item in quarantine.",
    ),
    # 405
    ProblemPage(
        "method_not_allowed",
        MethodNotAllowed,
        "The address exists, but not with this method.",
        ("Check the method against the reference, `/docs`.", "The header `Allow` names what is taken."),
        "Not in this way.",
    ),
    # 409: contradicts what is recorded
    ProblemPage(
        "event_conflict",
        Conflict,
        "An event with the same `source` and `id` is recorded already and says something else. What is recorded is never "
        "overwritten, so nothing was changed. (The same event sent again word for word is no conflict but a "
        "`duplicate`, and fine.)",
        (
            "To put a recorded event right, send an `EventCorrected` that names it.",
            "For a new fact, use an `id` that was never used before.",
            "`position` says where the recorded one stands: read it with `GET /v1/events/{position}`.",
        ),
        "An event with this source and id is recorded at position 4107 and says something else. Nothing was changed. "
        "To put a recorded event right, send EventCorrected; for a new fact use a new id.",
        extra={"position": 4107},
    ),
    ProblemPage(
        "merge_cycle",
        Conflict,
        "A `SubjectMerged` would make an identifier, by way of earlier merges, its own successor.",
        ("Look at the merges recorded so far: `GET /v1/events?type=SubjectMerged`.", "Retract the one that is wrong."),
        "With the merges already recorded, this would make the identifier its own successor.",
    ),
    ProblemPage(
        "merged_meanwhile",
        Conflict,
        "Merges are checked against all earlier ones, and another one was recorded at the same moment.",
        ("Send the same request again.",),
        "Another merge was recorded in between. Send this again.",
    ),
    ProblemPage(
        "ledger_restored",
        Conflict,
        "The database was restored from a backup after this cursor or event id was given, so positions after the "
        "backup may hold other events now.",
        (
            "Read again from `first_position` on.",
            "Send again what your system sent since the backup: what is there already is answered as `duplicate`.",
        ),
        "The ledger was restored from a backup since this was given. Read again from position 1.",
        extra={"first_position": 1, "epoch": "9f2c61d07b3e"},
    ),
    ProblemPage(
        "already_closed",
        Conflict,
        "Somebody resubmitted or discarded this item of the quarantine before.",
        ("Read the item: `state`, `closed` and `closed_by` say what became of it.",),
        "This item was closed in another way already.",
    ),
    # 412: something came in between
    ProblemPage(
        "position_moved",
        ConditionFailed,
        "You asked to record this only if nothing about these tags came after `expected_position`, and something did. "
        "Nothing was stored.",
        (
            "Read what came: `GET /v1/events?after=…&tag=…`.",
            "Decide again, and send with the new position as `expected_position`.",
        ),
        "You expected nothing about these tags after position 4107, but there is something at position 4110. "
        "Read what came, decide again, and send this with the new position.",
        extra={"expected_position": 4107, "position": 4110},
    ),
    # 413: too much at once
    ProblemPage(
        "body_too_large",
        TooLarge,
        "The body is longer than this operation takes: 8 MB for one event or an array.",
        ("Send several requests, or send lines (`application/x-ndjson`), which may go on for ever.",),
        "The body is longer than the 8,388,608 bytes taken here. Send several requests, or lines "
        "(application/x-ndjson), which may go on for ever.",
    ),
    ProblemPage(
        "line_too_long",
        TooLarge,
        "One line of a load of lines is longer than 256 kB. It was left out, and because of its length it is not kept "
        "in quarantine either; the other lines are not affected.",
        ("Check that the events are divided by line breaks.", "Send the event again, shorter."),
        "A line holds at most 262,144 bytes.",
    ),
    ProblemPage(
        "too_many_events",
        TooLarge,
        "An array holds at most 5,000 events.",
        ("Send several arrays, or lines (`application/x-ndjson`), of which there may be any number.",),
        "An array holds at most 5,000 events. Send several, or send lines.",
    ),
    ProblemPage(
        "too_many_values",
        TooLarge,
        "The body holds more values than any list of real events would, such as an object of a million names.",
        ("Check what produced it.", "Send several requests."),
        "The body holds more than 400,000 values. Send it in several requests.",
    ),
    # 415: a kind that is not taken
    ProblemPage(
        "content_type",
        UnsupportedMedia,
        "The header `Content-Type` is missing or names a kind that this operation does not take.",
        (
            "Events are `application/cloudevents+json` (one), `application/cloudevents-batch+json` (an array), "
            "`application/json` (either) or `application/x-ndjson` (lines).",
        ),
        "Send Content-Type: application/cloudevents+json or application/json.",
    ),
    ProblemPage(
        "content_encoding",
        UnsupportedMedia,
        "The body is compressed. It is not unpacked here, because a small compressed body can hide a huge one.",
        ("Send the body as it is, without `Content-Encoding`.",),
        "Send the body as it is, without Content-Encoding.",
    ),
    # 422: readable, but not right
    ProblemPage(
        "invalid_event",
        Invalid,
        "The event, or at least one of several, breaks a rule of the event reference. `errors` names every fault with a "
        "pointer to the field; of several events the pointer starts with the number of the event, counted from 0.",
        (
            "Put right what `errors` names, and send it again with the same `id`.",
            "With `atomic=false`, or as lines, the good events are recorded and the refused ones kept in quarantine.",
        ),
        "The event has 2 faults.",
        errors=(
            Fault("/data/discussed_on", "missing", "is missing: CaseDiscussed needs it"),
            Fault(
                "/data/setting",
                "not_in_list",
                "must be one of: 'individual', 'practice_meeting', 'group', 'peer' or 'ad_hoc'",
            ),
        ),
    ),
    ProblemPage(
        "invalid_request",
        Invalid,
        "A parameter of the address, a header or a field of the body is not right. `errors` says which, as "
        "`/query/NAME`, `/path/NAME`, `/header/NAME` or the place in the body.",
        ("Put right what `errors` names.",),
        "as_at is not a date from 1990 to 2100: write it as YYYY-MM-DD, such as 2025-03-31.",
        errors=(
            Fault(
                "/query/as_at",
                "not_a_date",
                "is not a date from 1990 to 2100: write it as YYYY-MM-DD, such as 2025-03-31",
            ),
        ),
    ),
    ProblemPage(
        "unknown_parameter",
        Invalid,
        "The address holds a query parameter that this operation does not know. It is refused rather than passed over: "
        "a typing mistake in a filter must not quietly give another answer.",
        ("Take a name from the list in `detail`.",),
        "This address takes the query parameters: after, cursor, from, known_at, limit, tag, to, type.",
        errors=(Fault("/query/typ", "unknown_parameter", "is not known here"),),
    ),
    ProblemPage(
        "unknown_type",
        Invalid,
        "The filter `type` names a type of event that does not exist.",
        ("Check the spelling against the event reference; capital letters count.",),
        "There is no such event type.",
        errors=(Fault("/query/type", "unknown_type", "names a type that is not in the event reference"),),
    ),
    ProblemPage(
        "bad_cursor",
        Invalid,
        "The cursor is not one that this service gave.",
        ("Take it, unchanged, from `next_cursor` of the page before.", "Without a cursor the list starts anew."),
        "The cursor cannot be read.",
        errors=(Fault("/query/cursor", "bad_cursor", "is not one that this service gave: take it from `next_cursor`"),),
    ),
    ProblemPage(
        "bad_event_id",
        Invalid,
        "The header `Last-Event-ID` is not one that this feed gave.",
        ("Send the last `id:` of the feed unchanged, or leave the header out and give `after`.",),
        "The Last-Event-ID cannot be read.",
        errors=(Fault("/header/Last-Event-ID", "bad_event_id", "is not one that this feed gave"),),
    ),
    ProblemPage(
        "forbidden_character",
        Invalid,
        "A text holds a NUL character (`\\u0000`), which cannot be stored.",
        ("Leave the character out: it is usually the end of a fixed-length field of the source system.",),
        "A text holds a NUL character, which cannot be stored.",
        errors=(Fault("/data/narrative", "forbidden_character", "holds a NUL character (\\u0000): leave it out"),),
    ),
    ProblemPage(
        "invalid_policy",
        Invalid,
        "The policy file has errors, so it was not adopted. `policy_errors` names each with its line and column, and a "
        "suggestion where there is one.",
        ("Put the lines right.", "`supervision check FILE` says the same without a service."),
        "The policy file has errors, so nothing was adopted.",
        errors=(Fault("/policy_yaml", "unknown_key", "line 12, column 5: unknown key `evry`: did you mean `every`?"),),
        extra={
            "policy_errors": [
                {
                    "line": 12,
                    "column": 5,
                    "pointer": "/rules/3/evry",
                    "code": "unknown_key",
                    "detail": "unknown key `evry`",
                    "suggestion": "every",
                }
            ]
        },
    ),
    # 500 and 503: ours
    ProblemPage(
        "internal_fault",
        Problem,
        "A fault of ours. It is in the service's log, with its place in the code and without what was sent.",
        (
            "Send it again: nothing can be stored twice.",
            "If it comes again, give the `request_id` to whoever runs the service.",
        ),
        "This is our fault, not yours. Quote the request id to whoever runs this service.",
    ),
    ProblemPage(
        "overloaded",
        Unavailable,
        "More events are waiting to be stored than can be held. Rather than making everybody wait without end, the "
        "service refuses for a moment.",
        (_SEND_AGAIN, _SAFE),
        "Too many events are waiting to be stored. Send these again.",
    ),
    ProblemPage(
        "database_unavailable",
        Unavailable,
        "The database is away: restarting, say. The service goes on by itself when it is back.",
        (_SEND_AGAIN, _SAFE),
        "The database cannot be reached at the moment. Send this again shortly.",
    ),
    ProblemPage(
        "keys_unavailable",
        Unavailable,
        "The token names a signing key that is not known here yet, and the issuer cannot be asked at the moment.",
        (_SEND_AGAIN, "If it lasts, the operator looks at `SUPERVISION_JWKS_URL` or `SUPERVISION_JWKS_FILE`."),
        "The issuer's keys cannot be read at the moment.",
    ),
)

PAGES: Mapping[str, ProblemPage] = MappingProxyType({found.code: found for found in _ALL})
"""Every page by its code, in the order in which `/problems` shows them."""
