"""The certificate of an erasure: what was destroyed, by whose authority, what remains, and who could still open it."""

from typing import Any

from fastapi import Response
from sqlalchemy import text

from app.api import markup
from app.api.deps import Parts
from app.db import Database
from app.domain.wording import day as in_words
from app.erasing.course import Standing
from app.erasing.finishing import finished_on
from app.events.councils import Council

REMAINS = (
    "Events with their identifiers, days and codes: who supervised whom, when, and how the policy was kept.",
    "Of each text its SHA-256, from which nothing can be read: it shows that nothing else was changed.",
    "What the texts of others say about this person or family: those texts are the others', and go with them.",
    "The record of who read the texts before, without what they read.",
)
SEARCHED = ("texts of events", "keys", "the directory", "what was refused of loads")
"""The kinds of table that can hold a text or a name. No table of imports exists; jobs and lists hold neither."""

ELSEWHERE = (
    "Texts of some events lay under the key of somebody else, whose own texts need it: who has a backup from before "
    "and the keys of the deployment of today can open those, until the backup is destroyed."
)

_CHECKPOINT = (
    "SELECT note FROM ledger_checkpoint WHERE tenant = :tenant AND size > :position ORDER BY log DESC, size LIMIT 1"
)


async def certificate(service: Parts, council: Council, standing: Standing, gone: dict[str, Any]) -> dict[str, Any]:
    """The certificate. `gone` is what the event says that carried it out, and its position."""
    found, register = standing.erasure, service.erasing.register
    finished = finished_on(council.id, gone["event"], register)
    return {
        "certificate_of": found.id, "council": {"id": council.id, "name": council.name},
        "subject": {"type": standing.subject.kind, "id": standing.subject.id, "names": gone.get("names", [])},
        "state": "restricted" if finished is None else "erased",
        "said": _said(finished is not None, gone.get("filed_elsewhere")),
        "requested": {"on": found.requested_on, "by": found.requested_by, "basis": found.basis, "reason": found.reason},
        "approved": {"on": found.approved_on, "by": found.approved_by},
        "carried_out": {"on": found.erased_on, "by": gone.get("by"), "authority": gone.get("authority")},
        "keys_of_the_deployment_destroyed_on": finished,
        "destroyed": {
            "texts": gone.get("texts"), "filed_elsewhere": gone.get("filed_elsewhere"),
            "events": gone.get("positions", []), "keys": gone.get("key_numbers", []),
            "directory_entries": gone.get("directory_entries"), "refused_items": gone.get("refused_items"),
        },
        "searched": SEARCHED, "remains": [*REMAINS, *([ELSEWHERE] if gone.get("filed_elsewhere") else [])],
        "recorded_at_position": gone["position"], "event": f"/v1/events/{gone['position']}",
        "checkpoint": await checkpoint(service.database, council.id, gone["position"]),
    }  # fmt: skip


async def checkpoint(database: Database, council: str, position: int) -> str | None:
    """The first signed checkpoint of the council's log that covers the position; None before there is one."""
    async with database.read(council) as connection:
        there = (await connection.execute(text("SELECT to_regclass('ledger_checkpoint') IS NOT NULL"))).scalar_one()
        if not there:
            return None
        found = await connection.execute(text(_CHECKPOINT), {"tenant": council, "position": position})
        note = found.scalar_one_or_none()
    return note.decode() if isinstance(note, bytes) else note


def as_page(said: dict[str, Any]) -> Response:
    """The certificate as a page to be printed."""
    destroyed = said["destroyed"]
    told = [
        ("Council", said["council"]["name"]),
        ("Of", f"{said['subject']['type']} {', '.join(said['subject']['names'])}"),
        ("State", f"{said['state']}: {said['said']}"),
        ("Asked for", _step(said["requested"], said["requested"]["basis"])),
        ("Approved", _step(said["approved"])),
        ("Carried out", _step(said["carried_out"], said["carried_out"]["authority"])),
        ("Texts destroyed", f"{destroyed['texts']}, of {len(destroyed['events'])} events"),
        ("Keys destroyed", len(destroyed["keys"])),
        ("Names destroyed", destroyed["directory_entries"]),
        ("Refused items destroyed", destroyed["refused_items"]),
        ("Recorded at position", said["recorded_at_position"]),
    ]
    body = [
        markup.explained([(markup.text(name), markup.text(value)) for name, value in told]),
        markup.heading(2, "What remains", "remains"), markup.listed(map(markup.text, said["remains"])),
        markup.heading(2, "Where it was looked for", "searched"), markup.listed(map(markup.text, said["searched"])),
    ]  # fmt: skip
    if said["checkpoint"]:
        body += [markup.heading(2, "Signed checkpoint", "checkpoint"), markup.sample(said["checkpoint"])]
    kept = "Keep it with the request. Whether the event still stands as it was signed, a proof of its position shows."
    return markup.document(f"Certificate of erasure {said['certificate_of']}", body, kept)


def _said(final: bool, elsewhere: int | None) -> str:
    if final and elsewhere:
        return f"Nobody can read it here, nor in any backup, but for the texts of {elsewhere} events: see what remains."
    if final:
        return "Nobody can read it, here or in any backup: the deployment's keys of that time were destroyed."
    return (
        "Nobody can read it here. Whoever has a backup from before and the deployment's keys of that time still can, "
        "until those keys are destroyed, at the latest 35 days after it was carried out."
    )


def _step(step: dict[str, Any], why: str | None = None) -> str:
    return f"{in_words(step['on'])}, by {step['by']}" + (f" ({why})" if why else "")
