"""Facts in: one event, an array, or lines without end."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from app.api import bodies, foreseeing
from app.api.answers import at_position, json_response
from app.api.compliance import latest_day
from app.api.deps import Parts, Permitted, access_of, now, parts, refuse_others, today
from app.api.documents import APPENDED, EVENT_BODY, problems
from app.api.lists import asked_wait
from app.api.moments import day
from app.errors import Fault, Invalid, Malformed, Problem, TooLarge
from app.events import quarantine
from app.events.canonical import canonical
from app.events.councils import Access
from app.events.parsing import parse_json
from app.events.quarantine import Refused
from app.events.receipts import Item, Receipt
from app.events.stored import Condition
from app.security import Actor

router = APIRouter(tags=["events"])

SINGLE, BATCH, JSON, LINES = (
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/json",
    "application/x-ndjson",
)
MOST_SHOWN = 1_000
TAG = r"^[a-z_]{1,32}/[A-Za-z0-9._:@~-]{1,64}$"


class Options(BaseModel):
    """How events are to be taken. Read by hand: for its most used route FastAPI's reading would cost a fifth."""

    atomic: bool | None = Field(None, description="All or none. Arrays: true unless you say false. Lines: never.")
    dry_run: bool = Field(
        False, description="Say what would happen, and what findings would change; store nothing, use no position."
    )
    as_at: str | None = Field(None, description="With dry_run: the day on which findings are compared; today if absent")
    expected_position: int | None = Field(
        None, ge=0, lt=2**62, description="Refuse if anything about `tag` came after this position."
    )
    tag: list[Annotated[str, Field(pattern=TAG)]] = Field([], max_length=20, description="What the condition is about.")


PLAIN = Options()
PARAMETERS = [
    {"name": name, "in": "query", "required": False, "schema": schema}
    for name, schema in Options.model_json_schema()["properties"].items()
]


@router.post(
    "/v1/events",
    summary="Append events",
    openapi_extra=EVENT_BODY | {"parameters": PARAMETERS},
    responses=APPENDED | problems(400, 401, 403, 409, 412, 413, 415, 422, 503),
    response_class=Response,
)
async def append_events(request: Request, actor: Permitted) -> Response:
    """Record what happened. Events may come late, twice and in any order; the same `source` and `id` change nothing.

    One event answers 201, or 200 if it was recorded already. An array is stored whole or not at all, unless
    `atomic=false`; lines are stored as they arrive, what is refused is kept in quarantine. Scope: events:write.
    """
    service, options = parts(request), _options(request)
    on = _compared_on(options)
    condition = _condition(options.expected_position, options.tag)
    kind = bodies.media_type(request, SINGLE, BATCH, JSON, LINES)
    if kind == LINES:
        if options.atomic:
            raise Malformed(
                "lines_never_atomic", "Lines are never atomic: send an array instead, or leave out atomic=true."
            )
        _no_condition(condition)
        return await _append_lines(request, service, actor, on)
    sent = parse_json(await bodies.whole(request))
    wait = asked_wait(request.headers.get("prefer"))
    if kind == SINGLE or (kind == JSON and not isinstance(sent, list)):
        return await _append_one(service, actor, sent, condition, on, wait)
    events = _array(sent)
    if options.atomic is False:
        _no_condition(condition)
        return await _append_each(service, actor, events, on, wait)
    receipt = await service.recorder.record(actor, events, condition=condition, dry_run=options.dry_run)
    return await _answer(service, actor, receipt, 201 if receipt.count("appended") else 200, on=on, wait=wait)


def _options(request: Request) -> Options:
    """The query, if there is one. Raises `Invalid` for unknown names, and what FastAPI would for wrong values."""
    if not request.scope["query_string"]:
        return PLAIN
    refuse_others(request, Options.model_fields)
    given = request.query_params
    values: dict[str, Any] = {name: given[name] for name in given if name != "tag"} | {"tag": given.getlist("tag")}
    try:
        return Options.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("query", *each["loc"])} for each in error.errors()]) from None


def _compared_on(options: Options) -> date | None:
    """The day on which a dry run compares; None where nothing is to be compared."""
    if options.as_at is not None and not options.dry_run:
        fault = Fault(
            "/query/as_at", "not_here", "goes with dry_run=true: it is the day on which findings are compared"
        )
        raise Invalid("invalid_request", "as_at goes with a dry run.", errors=[fault])
    return latest_day("as_at", day("as_at", options.as_at) or today()) if options.dry_run else None


def _condition(expected: int | None, tags: Sequence[str] | None) -> Condition | None:
    if (expected is None) != (not tags):
        missing = "tag" if expected is not None else "expected_position"
        fault = Fault(f"/query/{missing}", "missing", "is needed: expected_position and tag go together")
        raise Invalid("invalid_request", "A condition needs both expected_position and tag.", errors=[fault])
    return None if expected is None or tags is None else Condition(expected, tuple(dict.fromkeys(tags)))


def _no_condition(condition: Condition | None) -> None:
    if condition is not None:
        fault = Fault("/query/expected_position", "not_here", "goes with one event or an atomic array")
        raise Invalid("invalid_request", "A condition belongs to one event or to an atomic array.", errors=[fault])


def _array(sent: object) -> list[object]:
    if not isinstance(sent, list):
        raise Invalid(
            "invalid_event", "Send a JSON array of events.", errors=[Fault("", "not_an_array", "is not an array")]
        )
    if not sent:
        raise Invalid("invalid_event", "The array is empty.", errors=[Fault("", "empty", "holds no event")])
    if len(sent) > bodies.MOST_EVENTS:
        raise TooLarge(
            "too_many_events", f"An array holds at most {bodies.MOST_EVENTS:,} events. Send several, or send lines."
        )
    return sent


async def _append_one(
    service: Parts, actor: Actor, sent: object, condition: Condition | None, on: date | None, wait: float | None
) -> Response:
    receipt = await service.recorder.record(actor, [sent], condition=condition, dry_run=on is not None)
    appended = receipt.count("appended") == 1
    location = {"Location": f"/v1/events/{receipt.position}"} if appended else {}
    return await _answer(service, actor, receipt, 201 if appended else 200, location, on=on, wait=wait)


async def _append_each(
    service: Parts, actor: Actor, events: list[object], on: date | None, wait: float | None
) -> Response:
    receipt = await service.recorder.record_each(actor, events, dry_run=on is not None)
    if on is None:
        access = await access_of(service, actor)
        await _keep(
            service, actor, access, {item.index: events[item.index] for item in _rejected(receipt.items)}, receipt
        )
    return await _answer(service, actor, receipt, 200, on=on, wait=wait)


async def _keep(service: Parts, actor: Actor, access: Access, sent: dict[int, Any], receipt: Receipt) -> None:
    refused = [
        Refused(canonical(sent[item.index]), item.problem)
        for item in _rejected(receipt.items)
        if item.problem is not None
    ]
    await quarantine.keep(service.database, access, actor.client, now(), refused)


async def _append_lines(request: Request, service: Parts, actor: Actor, on: date | None) -> Response:
    load = _Load(service, actor, await access_of(service, actor), dry_run=on is not None)
    async for lines in bodies.chunks_of_lines(request):
        await load.take(lines)
    body = load.answer()
    if on is not None and _may_foresee(actor):
        body["changes"] = await load.foreseen.changes(service, actor.council, on, now())
    head = {**at_position(load.access.council, load.position)} if load.position else {}
    return json_response(body, 200, head)


class _Load:
    """A load of lines under way: its counts so far and the first of the items that were not accepted."""

    def __init__(self, service: Parts, actor: Actor, access: Access, *, dry_run: bool) -> None:
        self.service, self.actor, self.access, self.dry_run = service, actor, access, dry_run
        self.seen = self.accepted = self.duplicate = self.rejected = self.position = 0
        self.shown: list[dict[str, Any]] = []
        self.warnings: list[dict[str, Any]] = []
        self.foreseen = foreseeing.Gathered()

    async def take(self, lines: list[bytes]) -> None:
        """Record one chunk; what is refused goes to quarantine before the next chunk is taken."""
        parsed, unreadable = self._parse(lines)
        indexes = list(parsed)
        receipt = await self.service.recorder.record_each(self.actor, list(parsed.values()), dry_run=self.dry_run)
        items = [Item(indexes[i.index], i.id, i.status, i.position, i.problem) for i in receipt.items] + unreadable
        rejected = sorted(_rejected(items), key=lambda item: item.index)
        if not self.dry_run:
            kept = [Refused(lines[i.index], i.problem) for i in rejected if i.problem and lines[i.index]]
            await quarantine.keep(self.service.database, self.access, self.actor.client, now(), kept)
        self.foreseen.add(receipt.foreseen)
        self._count(receipt, rejected, indexes)
        self.seen += len(lines)

    def _parse(self, lines: list[bytes]) -> tuple[dict[int, object], list[Item]]:
        parsed, unreadable = dict[int, object](), []
        for index, line in enumerate(lines):
            try:
                if line == bodies.OVERLONG:
                    raise TooLarge("line_too_long", f"A line holds at most {bodies.MOST_LINE_BYTES:,} bytes.")
                parsed[index] = parse_json(line)
            except Problem as problem:
                unreadable.append(Item(index, None, "rejected", problem=problem))
        return parsed, unreadable

    def _count(self, receipt: Receipt, rejected: list[Item], indexes: list[int]) -> None:
        self.accepted += receipt.count("appended", "would_append")
        self.duplicate += receipt.count("duplicate")
        self.rejected += len(rejected)
        self.position = max(self.position, receipt.position or 0)
        room = MOST_SHOWN - len(self.shown)
        self.shown += [_item_json(item, self.seen) for item in rejected[:room]]
        room = MOST_SHOWN - len(self.warnings)
        self.warnings += [w | {"index": indexes[w["index"]] + self.seen} for w in receipt.warnings[:room]]

    def answer(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "rejected": self.rejected,
            "position": self.position or None,
            "items": self.shown,
            "items_omitted": self.rejected - len(self.shown),
            "quarantine": "/v1/quarantine" if self.rejected and not self.dry_run else None,
            "warnings": self.warnings,
        }


def _may_foresee(actor: Actor) -> bool:
    """What would change is said of everybody whom it touches: people see those alone to whom they stand."""
    return actor.may("state:read") and not actor.delegated


def _rejected(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.status == "rejected"]


def _item_json(item: Item, offset: int = 0) -> dict[str, Any]:
    more = {"position": item.position} if item.problem is None else {"problem": item.problem.as_json()}
    return {"index": item.index + offset, "id": item.id, "status": item.status, **more}


async def _answer(
    service: Parts, actor: Actor, receipt: Receipt, status: int, headers: dict[str, str] | None = None,
    *, on: date | None, wait: float | None,
) -> Response:  # fmt: skip
    """The body of every success; of a dry run with what would change on a day, for who may ask about that."""
    access = await access_of(service, actor)
    body: dict[str, Any] = {
        "accepted": receipt.count("appended", "would_append"),
        "duplicate": receipt.count("duplicate"),
        "rejected": receipt.count("rejected"),
        "position": receipt.position,
        "items": [_item_json(item) for item in receipt.items],
        "warnings": receipt.warnings,
    }
    if on is not None and _may_foresee(actor):
        body["changes"] = await foreseeing.changes(service, actor.council, receipt.foreseen, on, now())
    if wait is not None and on is None and receipt.position:
        headers = {"Preference-Applied": f"wait={wait:g}"} | (headers or {})
        body |= await _covered(service, actor, receipt, wait)
    position = at_position(access.council, receipt.position) if receipt.position else {}
    return json_response(body, status, position | (headers or {}))


async def _covered(service: Parts, actor: Actor, receipt: Receipt, wait: float) -> dict[str, Any]:
    """The checkpoint that covers what was recorded, or a warning that there was none in time."""
    signed = await service.checkpoints.covering(actor.council, receipt.position or 0, wait)
    if signed is not None:
        return {"checkpoint": signed.note.decode()}
    late = {"code": "not_signed_yet", "detail": "No checkpoint covered this in time. It is recorded all the same."}
    return {"checkpoint": None, "warnings": [*receipt.warnings, late]}
