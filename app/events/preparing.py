"""From what was sent to what is stored: texts sealed, body made canonical, fingerprint and digest taken, tags added."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from app.events.canonical import canonical, digest, fingerprint
from app.events.envelope import Incoming
from app.events.stored import NewEvent, SealedText
from app.events.vault import FINGERPRINTS, UNPLACED, SubjectKey, text_context

SALT_BYTES = 16


Keys = Mapping[str, SubjectKey]


def text_owner(incoming: Incoming, text_subject: str | None = None) -> str:
    """Whose key protects the event's texts; `text_subject` is whose those of a corrected event are."""
    return incoming.text_subject or text_subject or _unplaced(incoming)


def _unplaced(incoming: Incoming) -> str:
    """The same whenever it is sent, and no other correction's."""
    named = f"{incoming.source}\n{incoming.id}".encode()
    return UNPLACED + hashlib.sha256(named).hexdigest()[:32]


def prepare(
    incoming: Incoming,
    keys: Keys,
    client: str,
    today: date,
    more_tags: Iterable[str] = (),
    text_subject: str | None = None,
) -> NewEvent:
    """One event ready to append. `today` (London) is the business date of a type that falls back on its recording.

    `keys` are those of FINGERPRINTS and, if there are texts, of the `text_owner`.
    """
    owner = text_owner(incoming, text_subject)
    texts = tuple(_sealed(incoming, keys[owner], field, plain) for field, plain in incoming.texts.items())
    undecided = incoming.on is None and not incoming.undated
    others = frozenset(more_tags).difference(incoming.tags)
    body = canonical(_body(incoming, texts, client, today if undecided else None, others))
    data = incoming.data
    target = data.get("corrects") or data.get("retracts")
    return NewEvent(
        source=incoming.source,
        id=incoming.id,
        type=incoming.type,
        time=incoming.time,
        sourcerecordedtime=incoming.sourcerecordedtime,
        recordedby=client,
        on=today if undecided else incoming.on,
        worker=data.get("worker_id"),
        case=data.get("case_id"),
        session=data.get("session_id"),
        target=(target["source"], target["id"]) if target else None,
        body=body,
        digest=digest(body),
        fingerprint=fingerprint(keys[FINGERPRINTS].secret, incoming),
        texts=texts,
        tags=tuple(sorted({*incoming.tags, *others})) if others else incoming.tags,
    )


def resealed(event: NewEvent, before: Keys, after: Keys) -> NewEvent:
    """The same event with its texts under other keys, because the first were destroyed before it was stored."""
    body, texts = orjson.loads(event.body), []
    for text in event.texts:
        context = text_context(event.source, event.id, text.field)
        plain = before[text.subject].open(text.ciphertext, context)
        key = after[text.subject]
        texts.append(SealedText(text.field, key.subject, key.number, key.seal(plain, context)))
    body["data"] = _with_digests(body["data"], texts)
    written = canonical(body)
    return replace(event, body=written, digest=digest(written), texts=tuple(texts))


def _sealed(incoming: Incoming, key: SubjectKey, field: str, plain: str) -> SealedText:
    sealed = key.seal(plain.encode(), text_context(incoming.source, incoming.id, field))
    return SealedText(field, key.subject, key.number, sealed)


def _body(
    incoming: Incoming,
    texts: tuple[SealedText, ...],
    client: str,
    recorded_on: date | None,
    other_tags: frozenset[str],
) -> dict[str, Any]:
    """The canonical body's content: what was sent, each text replaced by the SHA-256 of its ciphertext, and a salt.

    With who recorded it, the day of recording where that is the business date, and the tags that come from what it
    amends: so the digest vouches for all that is known of the event but its position and recorded time.
    """
    body: dict[str, Any] = {
        "specversion": "1.0",
        "id": incoming.id,
        "source": incoming.source,
        "type": incoming.type,
        **incoming.extensions,
        "data": _with_digests(incoming.data, texts),
        "salt": os.urandom(SALT_BYTES).hex(),
        "recordedby": client,
    }
    if recorded_on is not None:
        body["recordedon"] = recorded_on.isoformat()
    if other_tags:
        body["recordedunder"] = sorted(other_tags)
    if incoming.subject is not None:
        body["subject"] = incoming.subject
    if incoming.time is not None:
        body["time"] = incoming.time
    if incoming.sourcerecordedtime is not None:
        body["sourcerecordedtime"] = incoming.sourcerecordedtime
    if incoming.sourcerecordedby is not None:
        body["sourcerecordedby"] = incoming.sourcerecordedby
    return body


def _with_digests(data: dict[str, Any], texts: Iterable[SealedText]) -> dict[str, Any]:
    for text in texts:
        data = _with(data, text.field.split("."), {"sha256": digest(text.ciphertext).hex()})
    return data


def _with(data: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    """A copy of `data` with `value` at `path`."""
    name, *rest = path
    return data | {name: _with(data.get(name) or {}, rest, value) if rest else value}
