"""The clients' own journal of what they sent and what they were told, and the check of a ledger against it.

The check reads the tables by itself and shares no code with the service. It answers with sentences: none means that
nothing was lost, nothing is there twice, and nobody was told anything that is not so.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import asyncpg
import orjson

from app.embedded import Cluster
from tests.nothing_lost import facts
from tests.nothing_lost.facts import Event

T = TypeVar("T")

MOST_SHOWN = 5


@dataclass
class Journal:
    """What clients know: facts by number."""

    numbers: Iterator[int] = field(default_factory=count)
    """The numbers of facts not told yet."""
    sent: set[int] = field(default_factory=set)
    acknowledged: dict[int, int] = field(default_factory=dict)
    """Number → the position that the service named."""
    cut: int = 0
    """Requests that were sent and never answered: their outcome is not known."""
    turned_away: int = 0
    """503 answers."""
    wrong: list[str] = field(default_factory=list)
    """Answers that a client should never have had."""

    def send(self, events: Iterable[Event]) -> None:
        """These are about to leave."""
        self.sent |= {facts.number_of(event) for event in events}

    def told(self, events: Iterable[Event], answer: dict[str, Any]) -> None:
        """The service says that these are recorded, and where."""
        for event, item in zip(events, answer["items"], strict=True):
            number, position = facts.number_of(event), item["position"]
            if self.acknowledged.setdefault(number, position) != position:
                self.wrong.append(f"fact {number}: told position {self.acknowledged[number]}, then {position}")


@dataclass(frozen=True)
class Row:
    """One event as it lies in the tables."""

    position: int
    number: int
    key: tuple[str, str]
    recorded: Any
    tags: frozenset[str]
    texts: int


async def rows_of(database_url: str, council: str) -> list[Row]:
    """All events of a council in the order of positions. `database_url` is the owner's."""
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        async with connection.transaction(readonly=True):
            await connection.execute("SELECT set_config('sv.tenant', $1, true)", council)
            found = await connection.fetch("""
                SELECT position, source, id, recordedtime, body,
                    (SELECT array_agg(tag) FROM tag WHERE tag.position = event.position) AS tags,
                    (SELECT count(*) FROM event_text WHERE event_text.position = event.position) AS texts
                FROM event ORDER BY position, id
            """)
    finally:
        await connection.close()
    return [
        Row(
            row["position"], facts.number_of(orjson.loads(row["body"])), (row["source"], row["id"]),
            row["recordedtime"], frozenset(row["tags"] or ()), row["texts"],
        )
        for row in found
    ]  # fmt: skip


async def faults(journal: Journal, cluster: Cluster, council: str, *, database_url: str | None = None) -> list[str]:
    """Everything in which the ledger and the journal disagree, and everything half done."""
    rows = await rows_of(database_url or cluster.owner_url, council)
    return [*journal.wrong, *_order(rows), *_twice(rows), *_half_written(rows), *_against(journal, rows)]


def _order(rows: list[Row]) -> list[str]:
    positions = [row.position for row in rows]
    if positions != list(range(1, len(rows) + 1)):
        missing = sorted(set(range(1, max(positions) + 1)) - set(positions))[:MOST_SHOWN]
        return [f"positions are not 1…N: missing {missing}, twice {_repeated(positions)}"]
    recorded = [row.recorded for row in rows]
    return [] if recorded == sorted(recorded) else ["recorded times fall while positions rise"]


def _twice(rows: list[Row]) -> list[str]:
    return [
        *(f"event twice: {key}" for key in _repeated(row.key for row in rows)),
        *(f"fact told twice: {number}" for number in _repeated(row.number for row in rows)),
    ]


def _repeated(values: Iterable[T]) -> list[T]:
    return [value for value, times in Counter(values).items() if times > 1][:MOST_SHOWN]


def _half_written(rows: list[Row]) -> list[str]:
    return [
        f"half written: fact {row.number} at {row.position}"
        for row in rows
        if not row.tags >= facts.tags(row.number) - {f"case/C-{row.number}"} or row.texts != 1
    ][:MOST_SHOWN]


def _against(journal: Journal, rows: list[Row]) -> list[str]:
    where = {row.number: row.position for row in rows}
    lost = sorted(number for number in journal.acknowledged if number not in where)
    moved = [n for n, position in journal.acknowledged.items() if n in where and where[n] != position]
    never_sent = sorted(where.keys() - journal.sent)
    return [
        *(f"lost: fact {number}" for number in lost[:MOST_SHOWN]),
        *(f"not where it was said to be: fact {number}" for number in moved[:MOST_SHOWN]),
        *(f"never sent whole, yet there: fact {number}" for number in never_sent[:MOST_SHOWN]),
    ]
