"""`replay --state`: how everybody stood on a day, as could be known at a moment; as a table, CSV or JSON."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from app.cli.words import aside, how_many, status_words, stop

if TYPE_CHECKING:
    from app.cli.connection import Connection

COLUMNS = ("kind", "id", "status", "code", "service", "team", "role", "category", "supervisor", "lead")
FORMS = ("table", "csv", "json")
Row = dict[str, Any]


def write_state(connection: "Connection", asked: dict[str, Any], form: str, target: BinaryIO) -> None:
    """Ask how everybody stood and write it. A moment takes the service a while: a bar shows how far it is."""
    if form not in FORMS:
        raise stop(f"There is no form {form}.", f"Say --form {', '.join(FORMS)}.")
    rows = [*_organisation(connection, asked)]
    for kind in ("worker", "case"):
        rows += [{"kind": kind} | item for item in _all(connection, f"/v1/{kind}s", asked)]
    rows += _teams(_all(connection, "/v1/obligations", asked | {"kind": "team", **_ANY}))
    writers = {"table": _table, "csv": _csv, "json": _json}
    target.write(writers[form](rows).encode())
    aside(f"{how_many(len(rows), 'subject')}.")


_ANY = {
    "force": ["must", "should"],
    "status": [
        *("breached", "not_assessable", "tolerated", "excused", "due", "late_met", "met", "as_required"),
        "not_yet_applicable",
    ],
}
"""Of a team only its rules are listed: the worst of those that count is how it stands as a whole."""


def _all(connection: "Connection", path: str, asked: dict[str, Any]) -> Iterator[Row]:
    """Every item of a list; as known at a moment it is a job first, the same for all lists of that day."""
    from app.cli.jobs import finished

    page = connection.get(path, limit=500, **asked)
    if "progress" in page:
        job = finished(connection, page, "everybody, as known then")
        rest = {name: value for name, value in asked.items() if name not in ("known_at", "knowledge")}
        asked = rest | {"job": job["id"]}
        page = connection.get(path, limit=500, **asked)
    while True:
        yield from page["items"]
        if page["next_cursor"] is None:
            return
        page = connection.get(path, limit=500, cursor=page["next_cursor"], **asked)


def _organisation(connection: "Connection", asked: dict[str, Any]) -> Iterator[Row]:
    found = connection.get("/v1/organisation/compliance", **asked)
    yield {"kind": "organisation", "id": found["subject"]["id"], "status": found["status"], "code": found.get("code")}


def _teams(obligations: Iterable[Row]) -> list[Row]:
    from app.domain.obligations import rank
    from app.domain.policy.patterns import Status

    worst: dict[str, Row] = {}
    for each in obligations:
        identity = each["subject"]["id"]
        row = each | {"kind": "team", "id": identity, "code": None}
        if identity not in worst or rank(Status(row["status"])) < rank(Status(worst[identity]["status"])):
            worst[identity] = row
    return [worst[identity] for identity in sorted(worst)]


def _csv(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _json(rows: Iterable[Row]) -> str:
    return json.dumps([{name: row.get(name) for name in COLUMNS} for row in rows], indent=1) + "\n"


def _table(rows: list[Row]) -> str:
    """Columns as wide as they need to be, without those that nobody has anything in."""
    shown = [
        {name: str(row.get(name) or "") for name in COLUMNS} | {"status": status_words(row["status"])} for row in rows
    ]
    widths = {name: max((len(row[name]) for row in shown), default=0) for name in COLUMNS}
    names = [name for name in COLUMNS if widths[name]]
    lines = [{name: name for name in names}, *shown]
    return "".join(
        "  ".join(line[name].ljust(max(widths[name], len(name))) for name in names).rstrip() + "\n" for line in lines
    )
