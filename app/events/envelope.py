"""The envelope: CloudEvents 1.0 in its JSON form, and everything that is read out of one event before it is recorded.

`read_event` is pure and says all that is wrong at once. What needs a clock, the ledger or the sender's rights (a
`sourcerecordedtime` in the future, the target of a correction, types kept for the service) is judged by the recorder.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import StringConstraints, ValidationError

from app.errors import Fault, Invalid
from app.events import fields
from app.events.base import EventData, Shape
from app.events.checking import check
from app.events.faults import faults_of, nearest
from app.events.fields import Id, Moment, Printable
from app.events.numbers import kept
from app.events.parsing import pointer_part
from app.events.patching import patch_faults
from app.events.tags import subject_of, tags_of, workers_of
from app.events.types import EVENT_TYPES, TEXTS, business_date

MOST_EXTENSIONS: Final = 20
RESERVED: Final = frozenset(
    {"position", "recordedtime", "recordedby", "recordedon", "recordedunder", "leafhash", "epoch"}
)
"""Attributes that the service adds when an event is read back."""

_EXTENSION = re.compile(r"[a-z0-9]{1,20}")


class Envelope(Shape):
    """The CloudEvents attributes that this service knows; other extensions are kept as they are."""

    specversion: Literal["1.0"]
    id: Printable
    source: Printable
    type: str
    subject: Annotated[str, StringConstraints(pattern=fields.SUBJECT_PATTERN)] | None = None
    time: Moment | None = None
    sourcerecordedtime: Moment | None = None
    sourcerecordedby: Id | None = None
    datacontenttype: Annotated[str, StringConstraints(pattern=fields.MEDIA_TYPE_PATTERN)] | None = None
    dataschema: Annotated[str, StringConstraints(pattern=fields.URI_PATTERN)] | None = None
    data: dict[str, Any]


@dataclass(slots=True)
class Incoming:
    """One valid event, taken apart. What could be personal data is left out of its `repr`."""

    source: str
    id: str
    type: str
    subject: str | None
    """What it is about: as sent, else derived from `data`; None for what concerns the whole council."""
    time: datetime | None
    sourcerecordedtime: datetime | None
    sourcerecordedby: str | None
    extensions: dict[str, str | int | bool]
    data: dict[str, Any] = field(repr=False)
    """As sent, without nulls and without texts; nulls inside the patch of a correction stay, they remove a field."""
    model: EventData = field(repr=False)
    on: date | None
    """The business date. None: there is none (`undated`), or it is the day of recording."""
    undated: bool
    """Whether the type has no date of its own."""
    texts: dict[str, str] = field(repr=False)
    """What is encrypted, taken out of `data`: `narrative`, `name`; in a correction `data.narrative`, `data.name`."""
    text_subject: str | None
    """Whose key protects the texts. None: there are none, or it is the subject of the event that is corrected."""
    tags: tuple[str, ...]


def read_event(raw: object) -> Incoming:
    """One event as the strict parser read it. Raises `Invalid` (`invalid_event`) with every fault and where it is."""
    if not isinstance(raw, dict):
        raise _refused([Fault("", "not_an_object", "is not an object: an event is a JSON object, a CloudEvent")])
    extensions, faults = _extensions(raw)
    envelope = _envelope(raw, faults)
    kind = _kind(raw.get("type"), faults)
    sent = raw.get("data")
    if kind is None or not isinstance(sent, dict):
        raise _refused(faults)
    data = _kept(sent, nulls_in="data" if kind.__name__ == "EventCorrected" else None)
    model, wrong = check(kind, data, "/data")
    if kind.__name__ == "EventCorrected" and not wrong:
        wrong = patch_faults(data["data"], "/data/data")
    if faults or wrong or envelope is None or model is None:
        raise _refused(faults + wrong)
    return _incoming(envelope, extensions, data, model)


def _incoming(envelope: Envelope, extensions: dict[str, Any], data: dict[str, Any], model: EventData) -> Incoming:
    texts = _taken_out(data)
    tags = tags_of(envelope.type, data)
    text_subject, fault = _text_subject(envelope.type, data, texts)
    faults = [fault] if fault else []
    if envelope.subject is not None and not _speaks_of(envelope, tags):
        faults.append(
            Fault(
                "/subject",
                "subject_contradicts",
                "names something that data does not speak of: put it right or leave it out",
            )
        )
    if faults:
        raise _refused(faults)
    return Incoming(
        source=envelope.source,
        id=envelope.id,
        type=envelope.type,
        subject=envelope.subject or subject_of(envelope.type, data),
        time=envelope.time,
        sourcerecordedtime=envelope.sourcerecordedtime,
        sourcerecordedby=envelope.sourcerecordedby,
        extensions=extensions,
        data=data,
        model=model,
        on=business_date(envelope.type, data, envelope.time),
        undated=not model.on,
        texts=texts,
        text_subject=text_subject,
        tags=tags,
    )


def _refused(faults: list[Fault]) -> Invalid:
    one = len(faults) == 1
    return Invalid("invalid_event", f"The event has {'one fault' if one else f'{len(faults)} faults'}.", errors=faults)


def _envelope(raw: dict[str, Any], faults: list[Fault]) -> Envelope | None:
    known = raw if raw.keys() <= _ATTRIBUTES else {name: raw[name] for name in raw if name in _KNOWN}
    try:
        return Envelope.__pydantic_validator__.validate_python(known)  # type: ignore[no-any-return]
    except ValidationError as error:
        faults += faults_of(error, "a CloudEvent", ())
        return None


_KNOWN: Final = tuple(Envelope.model_fields)
_KEPT_AS_EXTENSIONS: Final = ("datacontenttype", "dataschema")
_ATTRIBUTES: Final = frozenset(_KNOWN)
_WITH_A_MEANING: Final = _ATTRIBUTES - set(_KEPT_AS_EXTENSIONS)


def _extensions(raw: dict[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The attributes beyond those that have a meaning here, kept as sent; and what is wrong with them."""
    if raw.keys() <= _WITH_A_MEANING:
        return {}, []
    others = {name: raw[name] for name in raw if name not in _KNOWN and raw[name] is not None}
    if len(others) > MOST_EXTENSIONS:
        return {}, [Fault("", "too_many_attributes", f"has more than {MOST_EXTENSIONS} extension attributes")]
    faults = [
        Fault(pointer_part(name), *wrong) for name, value in others.items() if (wrong := _wrong_extension(name, value))
    ]
    return others | {name: raw[name] for name in _KEPT_AS_EXTENSIONS if raw.get(name) is not None}, faults


def _wrong_extension(name: str, value: object) -> tuple[str, str] | None:
    if name == "data_base64":
        return "data_base64", "is not taken: send data as JSON"
    if name in RESERVED:
        return "reserved_attribute", "is written by the service: leave it out"
    if not _EXTENSION.fullmatch(name):
        guess = nearest(name, _KNOWN) or ": what the event says belongs into data"
        return "unknown_attribute", "is no attribute name, which has at most 20 lower-case letters and digits" + guess
    simple = isinstance(value, str) and len(value) <= 1024 and value.isprintable()
    if simple or isinstance(value, bool) or (isinstance(value, int) and -(2**31) <= value < 2**31):
        return None
    return "not_simple", "must be a line of text of at most 1,024 characters, true or false, or a 32-bit whole number"


def _kind(name: object, faults: list[Fault]) -> type[EventData] | None:
    if not isinstance(name, str):
        return None
    kind = EVENT_TYPES.get(name)
    if kind is None:
        base, dot, _ = name.partition(".v")
        version = f": {base} has no such version here" if dot and base in EVENT_TYPES else ""
        guess = version or nearest(name, tuple(EVENT_TYPES)) or ": see the event reference"
        faults.append(Fault("/type", "unknown_type", "is not an event type" + guess))
    return kind


def _kept(data: dict[str, Any], nulls_in: str | None = None) -> dict[str, Any]:
    """A copy without nulls, numbers as the ledger keeps them; under `nulls_in` nulls mean something and stay."""
    plain = {}
    for name, value in data.items():
        if type(value) is str:
            plain[name] = value
        elif value is not None:
            plain[name] = _kept_value(value, nulls=name == nulls_in)
    return plain


def _kept_value(value: Any, *, nulls: bool) -> Any:
    if isinstance(value, dict):
        return {name: _kept_value(item, nulls=nulls) for name, item in value.items() if nulls or item is not None}
    if isinstance(value, list):
        return [_kept_value(item, nulls=nulls) for item in value]
    return kept(value) if isinstance(value, Decimal) else value


def _taken_out(data: dict[str, Any]) -> dict[str, str]:
    texts = {name: data.pop(name) for name in TEXTS if name in data}
    patch = data.get("data")
    if isinstance(patch, dict):
        texts |= {f"data.{name}": patch.pop(name) for name in TEXTS if isinstance(patch.get(name), str)}
    return texts


def _text_subject(type_name: str, data: dict[str, Any], texts: dict[str, str]) -> tuple[str | None, Fault | None]:
    """Whose key protects the texts: the case's, else the one worker's, else the team's."""
    if not texts:
        return None, None
    if "case_id" in data:
        return f"case/{data['case_id']}", None
    workers = workers_of(data)
    if len(workers) == 1:
        return f"worker/{workers[0]}", None
    pointer = "/data/" + next(iter(texts)).replace(".", "/")
    if workers:
        wrong = "would belong to several people: give case_id, or send one event for each"
        return None, Fault(pointer, "text_of_several", wrong)
    if "team_id" in data:
        return f"team/{data['team_id']}", None
    if type_name == "EventCorrected":
        return None, None
    return None, Fault(
        pointer, "text_of_nobody", "belongs to nobody whose key could protect it: give case_id or worker_id"
    )


def _speaks_of(envelope: Envelope, tags: tuple[str, ...]) -> bool:
    """Whether the stated subject is among what the data names; what an amendment speaks of is its target's affair."""
    if envelope.type in ("EventCorrected", "EventRetracted"):
        return True
    kind, _, name = (envelope.subject or "").partition("/")
    return envelope.subject in tags or (kind == "worker" and f"by/{name}" in tags)
