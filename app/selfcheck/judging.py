"""What is unsafe of what was seen: pure. Each finding says what to change, exactly."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from app.config import Settings
from app.selfcheck.finding import Finding
from app.selfcheck.observing import File, Observed, Table
from app.selfcheck.quoting import of_logging

MEASURED: Final = "(tenant = ( SELECT NULLIF(current_setting('sv.tenant'::text, true), ''::text) AS \"nullif\"))"
"""The one form of every policy, as PostgreSQL writes it: evaluated once a statement, and false without a council."""
MEASURED_POLICY: Final = ["ALL", "PERMISSIVE", "{public}", MEASURED, None]
REFUSING: Final = ("access_event", "event", "event_text", "head", "tag")
"""Tables whose rows are never changed: a trigger says so again where a privilege would let it happen."""
PUBLIC_FILES: Final = ("jwks_file",)
"""Files that everybody may read, but only their owner may change."""

DURABLE: Final = {
    "fsync": "A power cut can damage the whole database.",
    "full_page_writes": "A power cut can leave pages half written.",
    "data_checksums": "A damaged disk goes unnoticed, and what it holds is answered as if it were true.",
}
ATTRIBUTES: Final = {
    "superuser": "It passes row-level security by, and can change the ledger.",
    "bypassrls": "It passes row-level security by: councils are not kept apart.",
    "createrole": "It can make itself roles with other rights.",
    "createdb": "It needs no databases of its own.",
    "replication": "It can copy the whole database, all councils at once.",
}


def of_database(seen: Observed, newest: str, *, local: bool) -> Iterator[Finding]:
    """How PostgreSQL is set, what the service's role may do in it, and how its tables are protected."""
    yield from _of_schema(seen.revision, newest)
    yield from _of_durability(seen.settings)
    yield from of_logging(seen.settings)
    yield from _of_role(seen)
    yield from _of_way(seen, local)
    for table in seen.tables:
        yield from _of_table(table)
    yield from _of_triggers(seen.triggers)
    if not seen.backup_passes:
        yield Finding(
            "The role supervision_backup does not pass row-level security by",
            "pg_dump refuses with it, so there is no backup made as it should be.",
            "As a superuser: ALTER ROLE supervision_backup BYPASSRLS",
            grave=False,
        )


def of_reader(seen: Observed, *, local: bool) -> Iterator[Finding]:
    """What the role in SUPERVISION_READER_DATABASE_URL may do."""
    yield from _of_role(seen)
    yield from _of_way(seen, local)
    for tables, may in ((seen.writes, "change"), (seen.reads_sealed, "read what is sealed in")):
        if tables:
            yield Finding(
                f"The role {seen.role} of SUPERVISION_READER_DATABASE_URL may {may} {_and(tables)}",
                "It is for questions about the structure alone.",
                "Let it connect as supervision_reader, or revoke these privileges.",
            )


def of_settings(settings: Settings, files: Sequence[File]) -> Iterator[Finding]:
    """The settings by themselves, and the files that they name."""
    if settings.mode == "demo":
        return
    if settings.owner_database_url is not None:
        yield Finding(
            "SUPERVISION_OWNER_DATABASE_URL is set for the service",
            "Who breaks into the service would be the owner of every table.",
            "Set it for `supervision migrate` and `supervision council` only, and unset it here.",
        )
    for file in files:
        yield from _of_file(file)


def of_councils(seen: Observed, demo_councils: Collection[str]) -> Iterator[Finding]:
    """Demo mode opens nothing but the demo's own councils."""
    if others := sorted({*seen.councils} - {*demo_councils}):
        yield Finding(
            f"Demo mode is set on a database that holds {len(others)} council(s) that are not the demo's",
            "Whoever can read the demo's folder could read their records.",
            "Unset SUPERVISION_MODE, or give the demo a database of its own.",
        )


def _of_schema(revision: str | None, newest: str) -> Iterator[Finding]:
    if revision != newest:
        yield Finding(
            f"The database has the tables of revision {revision or 'none'}, and this version needs {newest}",
            "It would read and write what is not there, or is there otherwise.",
            "Run `supervision migrate` of this version; if the database is newer, run the newer version.",
        )


def _of_durability(settings: dict[str, str]) -> Iterator[Finding]:
    for name, why in DURABLE.items():
        if settings.get(name) != "on":
            how = (
                "Stop PostgreSQL and run: pg_checksums --enable"
                if name == "data_checksums"
                else f"Set {name} = on in postgresql.conf and reload it."
            )
            yield Finding(f"PostgreSQL runs with {name} off", why, how)
    if settings.get("synchronous_commit") == "off":
        yield Finding(
            "PostgreSQL runs with synchronous_commit off for this role",
            "An event that was answered with 201 can be lost in a crash.",
            "Set synchronous_commit = on in postgresql.conf, and: ALTER ROLE … RESET synchronous_commit",
        )


def _of_role(seen: Observed) -> Iterator[Finding]:
    for attribute in seen.attributes:
        yield Finding(
            f"The role {seen.role} is {attribute.upper()}" if attribute == "superuser" else
            f"The role {seen.role} has {attribute.upper()}",
            ATTRIBUTES[attribute],
            f"As a superuser: ALTER ROLE {seen.role} NO{attribute.upper()}",
        )  # fmt: skip
    others: tuple[tuple[Sequence[str], str, str, Callable[[str], str]], ...] = (
        (seen.member_of, "is a member of", "It has all rights of that role.",
         lambda names: f"As a superuser: REVOKE {names} FROM {seen.role}"),
        (seen.owns, "owns", "An owner can switch off row-level security and triggers.",
         lambda _: f"As a superuser: REASSIGN OWNED BY {seen.role} TO supervision_owner"),
        (seen.makes, "may create", "What it makes can stand in the way of what is ours, and hide what is done.",
         lambda _: "As the owner: REVOKE CREATE ON SCHEMA public, and CREATE and TEMP ON DATABASE, from it and PUBLIC"),
    )  # fmt: skip
    for names, what, why, change in others:
        if names:
            yield Finding(f"The role {seen.role} {what} {_and(names)}", why, change(", ".join(names)))


def _of_way(seen: Observed, local: bool) -> Iterator[Finding]:
    if not local and not seen.tls:
        yield Finding(
            f"The way of {seen.role} to PostgreSQL leads over a network and is not encrypted",
            "Whoever listens reads all of it, and the password.",
            "Set ssl = on in postgresql.conf, and add ?ssl=verify-full to the address.",
        )


def _of_table(table: Table) -> Iterator[Finding]:
    alter = f"As the owner: ALTER TABLE {table.name}"
    why = "Councils are not kept apart in it."
    if not table.enabled:
        yield Finding(f"Row-level security of {table.name} is off", why, f"{alter} ENABLE ROW LEVEL SECURITY")
    if not table.forced:
        yield Finding(
            f"Row-level security of {table.name} is not forced on its owner", why, f"{alter} FORCE ROW LEVEL SECURITY"
        )
    if table.policies != [MEASURED_POLICY]:
        yield Finding(
            f"The policy of {table.name} is not the one that was tried and measured",
            why,
            f"As the owner, drop its policies, and: CREATE POLICY own_council ON {table.name} "
            "USING (tenant = (SELECT nullif(current_setting('sv.tenant', true), '')))",
        )


def _of_triggers(triggers: Sequence[Sequence[str]]) -> Iterator[Finding]:
    for table, name, enabled, function in triggers:
        if enabled != "A" if function == "refuse_change" else enabled in ("D", "R"):
            yield Finding(
                f"The trigger {name} of {table} is not always on",
                "What it refuses can be done, or can be done by somebody who says that they replicate.",
                f"As the owner: ALTER TABLE {table} ENABLE ALWAYS TRIGGER {_quoted(name)}",
            )
    guarded = {table for table, _, _, function in triggers if function == "refuse_change"}
    for table in REFUSING:
        if table not in guarded:
            yield Finding(
                f"The table {table} has no trigger that refuses changes",
                "Its owner could change the ledger by mistake.",
                "Make it again as migration 0001 does, or restore the schema from a backup.",
            )


def _of_file(file: File) -> Iterator[Finding]:
    setting = f"SUPERVISION_{file.setting.upper()}"
    if file.in_demo:
        yield Finding(
            f"{setting} names a file of a demo's folder",
            "What a demo uses must open nothing else.",
            "Make it anew, outside of every .demo folder.",
        )
    public = file.setting in PUBLIC_FILES
    if file.mode is None or not file.mode & (0o022 if public else 0o077):
        return
    yield Finding(
        f"The file in {setting} can be {'changed' if public else 'read or changed'} by others than its owner",
        "Who puts their own key there is let in as anybody." if public else "It holds a secret.",
        f"chmod {'go-w' if public else '600'} on that file.",
    )


def _quoted(name: str) -> str:
    return name if re.fullmatch("[a-z_]+", name) else f'"{name}"'


def _and(names: Sequence[str]) -> str:
    shown = list(names[:5]) + ([f"{len(names) - 5} more"] if len(names) > 5 else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
