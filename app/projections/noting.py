"""Which subjects an event concerns: those whose answer rests on a tag that it touches, and those it names first.

Noting reads the ledger in the order of positions and only writes down, once for each subject, that it must be assessed
anew and from which day on; assessing is another step, so that a hundred events about one subject cost one assessment,
and so that whatever is interrupted is taken up where it stopped.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Column, Date, Index, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import metadata
from app.domain.history import Subject
from app.events.effective import CORRECTED, MERGED, RETRACTED
from app.events.facts import london_date
from app.events.store import INSTANT, KEY, stored
from app.events.stored import Stored
from app.events.tags import tags_of
from app.projections import generations
from app.projections.generations import of_generation, of_subject

PAGE: Final = 2_000
"""Events noted in one transaction."""
ANY_TYPE: Final = "*"

pending = Table(
    "pending",
    metadata,
    *of_subject(),
    Column("since", Date, nullable=False),
    Column("position", BigInteger, nullable=False),
)
Index("pending_position", pending.c.tenant, pending.c.generation, pending.c.position)

dependency = Table(
    "dependency",
    metadata,
    *of_subject(),
    Column("tag", KEY, primary_key=True),
    Column("types", ARRAY(Text)),
)
Index("dependency_subject", *(dependency.c[name] for name in ("tenant", "generation", "kind", "id")))

source_heard = Table(
    "source_heard",
    metadata,
    *of_generation(),
    Column("source", KEY, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("first", INSTANT, nullable=False),
    Column("last", INSTANT, nullable=False),
)


class Claimed(NamedTuple):
    """One subject to assess, from which day on."""

    subject: Subject
    since: date


class _Touch(NamedTuple):
    """A tag that an event touches, as which type (`*`: whatever its type), from which day on."""

    tag: str
    type: str
    since: date
    position: int


async def note_page(connection: AsyncConnection, council: str, generation: int) -> int:
    """Note the next events of the ledger; how many there were. 0 also while another process notes."""
    position = await generations.claim_noting(connection, generation)
    if position is None:
        return 0
    events = [stored(row) for row in await connection.execute(_PAGE, {"after": position, "limit": PAGE})]
    if events:
        touches = [*_plain(events), *await _amended(connection, events)]
        await _note(connection, council, generation, touches)
        await _hear(connection, council, generation, events)
        await generations.moved_to(connection, generation, events[-1].position)
    return len(events)


async def claim(connection: AsyncConnection, generation: int, most: int) -> list[Claimed]:
    """Some of the subjects that wait, the longest waiting first, locked for this transaction."""
    rows = await connection.execute(_CLAIM, {"generation": generation, "most": most})
    return [Claimed(Subject(kind, identity), since) for kind, identity, since in rows]


async def settle(connection: AsyncConnection, generation: int, claimed: Iterable[Claimed]) -> None:
    """These subjects were assessed."""
    keys = [each.subject for each in claimed]
    await connection.execute(_SETTLE, {"generation": generation, **_columns(keys)})


async def depend(
    connection: AsyncConnection,
    council: str,
    generation: int,
    asked: Mapping[Subject, Mapping[str, frozenset[str] | None]],
    anew: Collection[Subject],
) -> None:
    """From now on, each subject's answer rests on these tags and types; for those `anew` on nothing else.

    The days before the one from which an answer was continued rest on what they rested on.
    """
    rows = [
        (of.kind, of.id, tag, None if types is None else ",".join(sorted(types)))
        for of, tags in asked.items()
        for tag, types in tags.items()
        if tag not in COUNCIL_WIDE
    ]
    kinds, ids, tags_, types_ = ([row[n] for row in rows] for n in range(4))
    told = {"tenant": council, "generation": generation, "tags": tags_, "types": types_, "kinds": kinds, "ids": ids}
    mine = _columns(list(anew))
    await connection.execute(_FORGET, {**told, "of_kinds": mine["kinds"], "of_ids": mine["ids"]})
    await connection.execute(_DEPEND, told)


async def rested_on(
    connection: AsyncConnection, generation: int, claimed: Sequence[Claimed]
) -> dict[str, frozenset[str] | None]:
    """On which tags and types the answers of these subjects rest, all together (None: on every type)."""
    found: dict[str, frozenset[str] | None] = {}
    keys = _columns([each.subject for each in claimed])
    for tag, types in await connection.execute(_RESTED_ON, {"generation": generation, **keys}):
        earlier = found.get(tag, frozenset())
        found[tag] = None if types is None or earlier is None else earlier.union(types)
    return found


COUNCIL_WIDE: Final = frozenset({"council/policies", "council/merges"})
"""Tags on which every answer rests: what changes there concerns all."""


def _columns(subjects: Sequence[Subject]) -> dict[str, list[str]]:
    return {"kinds": [of.kind for of in subjects], "ids": [of.id for of in subjects]}


# --- what an event touches --------------------------------------------------------------------------------------------


def _plain(events: Iterable[Stored]) -> Iterator[_Touch]:
    for event in events:
        data = event.data
        for tag in tags_of(event.type, data):
            if _renames(event.type, data) or tag == "council/calendars":
                yield from (_Touch(each, ANY_TYPE, date.min, event.position) for each in _in_each_part(tag))
            else:
                yield _Touch(tag, event.type, _since(event), event.position)


def _renames(type_name: str, data: Mapping[str, Any]) -> bool:
    """Whether it makes something known under one identifier read as another."""
    links = type_name in (MERGED, "IdentifierLinked", "IdentifierUnlinked")
    return links or (type_name == "CaseOpened" and bool(data.get("systems")))


def _in_each_part(tag: str) -> tuple[str, ...]:
    kind, _, identity = tag.partition("/")
    return (tag, f"by/{identity}") if kind == "worker" else (tag,)


def _since(event: Stored) -> date:
    """The first day that may read differently: the earliest date that the event tells of itself."""
    if event.on is None:
        return date.min
    told = [value for value in event.data.values() if isinstance(value, str) and _looks_like_a_day(value)]
    return min([event.on, *(london_date(value) for value in told)])


def _looks_like_a_day(value: str) -> bool:
    if len(value) < 10 or value[4] != "-" or value[7] != "-" or not value[:4].isdigit():
        return False
    try:
        london_date(value)
    except ValueError:
        return False
    return True


async def concerned(connection: AsyncConnection, events: Sequence[Stored], most: int) -> tuple[list[Subject], int]:
    """Whose answers may change when these events come, as far as the lists have come: some of them, and how many.

    Those whom the events name come first. Nothing is noted.
    """
    touches = [*_plain(events), *await _amended(connection, events)]
    tags, types = zip(*{touch[:2] for touch in touches}, strict=True) if touches else ((), ())
    rows = (await connection.execute(_CONCERNED, {"tags": list(tags), "types": list(types), "most": most})).all()
    return [Subject(row.kind, row.id) for row in rows], rows[0].number if rows else 0


async def _amended(connection: AsyncConnection, events: Sequence[Stored]) -> list[_Touch]:
    """Where something is corrected or retracted: everything under the tags it had, has and had meanwhile, all days."""
    chain = await amendments(connection, events)
    tags = {each for event in chain for tag in tags_of(event.type, event.data) for each in _in_each_part(tag)}
    return [_Touch(tag, ANY_TYPE, date.min, events[-1].position) for tag in tags]


async def amendments(connection: AsyncConnection, events: Sequence[Stored]) -> list[Stored]:
    """The corrections and retractions among these events, what they speak of, and what speaks of these events.

    An amendment may be recorded before what it speaks of, so both ends are looked for, and so on along the chain.
    """
    chain = {event.position: event for event in events if event.type in (CORRECTED, RETRACTED)}
    near: Sequence[Stored] = events
    while near:
        keys = {"sources": [event.source for event in near], "ids": [event.id for event in near]}
        targets = [event.target for event in near if event.target is not None]
        keys |= {"target_sources": [source for source, _ in targets], "target_ids": [name for _, name in targets]}
        found = [stored(row) for row in await connection.execute(_LINKED, keys)]
        near = [event for event in found if event.position not in chain]
        chain |= {event.position: event for event in near}
    return list(chain.values())


async def _note(connection: AsyncConnection, council: str, generation: int, touches: Sequence[_Touch]) -> None:
    once: dict[tuple[str, str], _Touch] = {}
    for touch in touches:
        earlier = once.get(touch[:2], touch)
        once[touch[:2]] = _Touch(*touch[:2], min(earlier.since, touch.since), min(earlier.position, touch.position))
    tags, types, since, positions = zip(*once.values(), strict=True) if once else ((), (), (), ())
    values = {"tags": list(tags), "types": list(types), "since": list(since), "positions": list(positions)}
    everybody = any(touch.tag == "council/policies" for touch in touches)
    await connection.execute(_NOTE, {"tenant": council, "generation": generation, "everybody": everybody, **values})


async def _hear(connection: AsyncConnection, council: str, generation: int, events: Sequence[Stored]) -> None:
    by_source: dict[str, list[Stored]] = {}
    for event in events:
        by_source.setdefault(event.source, []).append(event)
    rows = [
        {"tenant": council, "generation": generation, "source": source, "events": len(told),
         "first": told[0].recorded, "last": told[-1].recorded}
        for source, told in by_source.items()
    ]  # fmt: skip
    await connection.execute(_HEAR, rows)


_PAGE = text("SELECT * FROM event WHERE position > :after ORDER BY position LIMIT :limit")

_LINKED = text("""
    SELECT amendment.* FROM unnest(CAST(:sources AS text[]), CAST(:ids AS text[])) AS near(source, id)
        JOIN event AS amendment ON amendment.target_source = near.source AND amendment.target_id = near.id
    UNION ALL
    SELECT target.* FROM unnest(CAST(:target_sources AS text[]), CAST(:target_ids AS text[])) AS near(source, id)
        JOIN event AS target ON target.source = near.source AND target.id = near.id
""")

_NOTE = text("""
    WITH touch AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:tags AS text[]), CAST(:types AS text[]), CAST(:since AS date[]),
            CAST(:positions AS bigint[])) AS t(tag, type, since, position)
    ), concerned AS (
        SELECT d.kind, d.id, touch.since, touch.position
        FROM touch JOIN dependency AS d ON d.generation = :generation AND d.tag = touch.tag
            AND (touch.type = '*' OR d.types IS NULL OR touch.type = ANY (d.types))
        UNION ALL
        SELECT split_part(tag, '/', 1), substr(tag, strpos(tag, '/') + 1), DATE '-infinity', position
        FROM touch
        WHERE split_part(tag, '/', 1) IN ('worker', 'case', 'team') AND NOT EXISTS (
            SELECT 1 FROM subject AS s WHERE s.generation = :generation
                AND s.kind = split_part(tag, '/', 1) AND s.id = substr(tag, strpos(tag, '/') + 1))
        UNION ALL
        SELECT s.kind, s.id, DATE '-infinity', (SELECT max(position) FROM touch)
        FROM subject AS s WHERE s.generation = :generation AND CAST(:everybody AS boolean)
    )
    INSERT INTO pending (tenant, generation, kind, id, since, position)
        SELECT :tenant, :generation, kind, id, min(since), min(position) FROM concerned GROUP BY kind, id
    ON CONFLICT (tenant, generation, kind, id) DO UPDATE
        SET since = least(pending.since, excluded.since), position = least(pending.position, excluded.position)
""")

_CONCERNED = text("""
    WITH touch AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:tags AS text[]), CAST(:types AS text[])) AS t(tag, type)
    ), found AS (
        SELECT d.kind, d.id, false AS is_named
        FROM touch JOIN dependency AS d ON d.generation = (SELECT generation FROM projection WHERE live)
            AND d.tag = touch.tag AND (touch.type = '*' OR d.types IS NULL OR touch.type = ANY (d.types))
        UNION ALL
        SELECT split_part(tag, '/', 1), substr(tag, strpos(tag, '/') + 1), true
        FROM touch WHERE split_part(tag, '/', 1) IN ('worker', 'case', 'team')
    ), concerned AS (
        SELECT kind, id, bool_or(is_named) AS is_named FROM found GROUP BY kind, id
    )
    SELECT kind, id, count(*) OVER () AS number FROM concerned ORDER BY is_named DESC, kind, id LIMIT :most
""")

_CLAIM = text("""
    SELECT kind, id, since FROM pending WHERE generation = :generation
    ORDER BY position LIMIT :most FOR UPDATE SKIP LOCKED
""")

_SETTLE = text("""
    DELETE FROM pending USING unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])) AS done(kind, id)
    WHERE pending.generation = :generation AND pending.kind = done.kind AND pending.id = done.id
""")

_RESTED_ON = text("""
    SELECT d.tag, d.types FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])) AS mine(kind, id)
        JOIN dependency AS d ON d.generation = :generation AND d.kind = mine.kind AND d.id = mine.id
""")

_FORGET = text("""
    WITH told AS (
        SELECT * FROM unnest(
            CAST(:kinds AS text[]), CAST(:ids AS text[]), CAST(:tags AS text[]), CAST(:types AS text[])
        ) AS t(kind, id, tag, types)
    )
    DELETE FROM dependency AS d USING unnest(CAST(:of_kinds AS text[]), CAST(:of_ids AS text[])) AS mine(kind, id)
    WHERE d.generation = :generation AND d.kind = mine.kind AND d.id = mine.id AND NOT EXISTS (
        SELECT 1 FROM told WHERE told.kind = d.kind AND told.id = d.id AND told.tag = d.tag
            AND told.types IS NOT DISTINCT FROM array_to_string(d.types, ','))
""")

_DEPEND = text("""
    INSERT INTO dependency (tenant, generation, kind, id, tag, types)
        SELECT :tenant, :generation, kind, id, tag, string_to_array(types, ',')
        FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[]), CAST(:tags AS text[]), CAST(:types AS text[]))
            AS t(kind, id, tag, types)
    ON CONFLICT (tenant, generation, tag, kind, id) DO UPDATE
        SET types = (SELECT array_agg(DISTINCT type ORDER BY type)
                     FROM unnest(dependency.types || excluded.types) AS either(type)
                     WHERE dependency.types IS NOT NULL AND excluded.types IS NOT NULL)
        WHERE dependency.types IS NOT NULL AND (excluded.types IS NULL OR NOT dependency.types @> excluded.types)
""")

_HEAR = text("""
    INSERT INTO source_heard (tenant, generation, source, events, first, last)
        VALUES (:tenant, :generation, :source, :events, :first, :last)
    ON CONFLICT (tenant, generation, source) DO UPDATE
        SET events = source_heard.events + excluded.events, last = excluded.last
""")
