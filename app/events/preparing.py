"""From what was sent to what is stored: texts sealed, body made canonical, fingerprint and digest taken, tags added."""

import os
from collections.abc import Iterable
from datetime import date
from typing import Any

from app.events.canonical import canonical, digest, fingerprint
from app.events.envelope import Incoming
from app.events.stored import NewEvent, SealedText
from app.events.vault import CouncilKey, text_context

SALT_BYTES = 16


def prepare(
    incoming: Incoming,
    key: CouncilKey,
    client: str,
    today: date,
    more_tags: Iterable[str] = (),
    text_subject: str | None = None,
) -> NewEvent:
    """One event ready to append. `today` (London) is the business date of a type that falls back on its recording."""
    subject = incoming.text_subject or text_subject or ""
    texts = tuple(_sealed(incoming, key, field, plain, subject) for field, plain in incoming.texts.items())
    body = canonical(_body(incoming, texts))
    data = incoming.data
    target = data.get("corrects") or data.get("retracts")
    return NewEvent(
        source=incoming.source,
        id=incoming.id,
        type=incoming.type,
        time=incoming.time,
        sourcerecordedtime=incoming.sourcerecordedtime,
        recordedby=client,
        on=incoming.on if incoming.on is not None or incoming.undated else today,
        worker=data.get("worker_id"),
        case=data.get("case_id"),
        session=data.get("session_id"),
        target=(target["source"], target["id"]) if target else None,
        body=body,
        digest=digest(body),
        fingerprint=fingerprint(key.fingerprinting, incoming),
        texts=texts,
        tags=tuple(sorted({*incoming.tags, *more_tags})) if more_tags else incoming.tags,
    )


def _sealed(incoming: Incoming, key: CouncilKey, field: str, plain: str, subject: str) -> SealedText:
    sealed = key.seal(plain.encode(), text_context(incoming.source, incoming.id, field))
    return SealedText(field, subject, key.epoch, sealed)


def _body(incoming: Incoming, texts: tuple[SealedText, ...]) -> dict[str, Any]:
    """The canonical body's content: what was sent, each text replaced by the SHA-256 of its ciphertext, and a salt."""
    data = incoming.data
    for text in texts:
        data = _with(data, text.field.split("."), {"sha256": digest(text.ciphertext).hex()})
    body: dict[str, Any] = {
        "specversion": "1.0",
        "id": incoming.id,
        "source": incoming.source,
        "type": incoming.type,
        **incoming.extensions,
        "data": data,
        "salt": os.urandom(SALT_BYTES).hex(),
    }
    if incoming.subject is not None:
        body["subject"] = incoming.subject
    if incoming.time is not None:
        body["time"] = incoming.time
    if incoming.sourcerecordedtime is not None:
        body["sourcerecordedtime"] = incoming.sourcerecordedtime
    if incoming.sourcerecordedby is not None:
        body["sourcerecordedby"] = incoming.sourcerecordedby
    return body


def _with(data: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    """A copy of `data` with `value` at `path`."""
    name, *rest = path
    return data | {name: _with(data.get(name) or {}, rest, value) if rest else value}
