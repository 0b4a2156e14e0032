"""What was heard by a moment: as SQL over the ledger, and which source was heard how often, for a whole generation."""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.events.effective import Known

WAS_KNOWN: Final = """event.position <= :position AND (CAST(:moment AS timestamptz) IS NULL
            OR coalesce(event.sourcerecordedtime, event.recordedtime) <= CAST(:moment AS timestamptz))"""
"""Of a row of `event`, with the values that `bounds` gives."""
_NO_END: Final = 2**62


def bounds(known: Known) -> dict[str, Any]:
    """The position and, by the sources' own clocks, the moment; by the ledger's, the position must say it all."""
    if known.moment is not None and not known.by_source and known.position is None:
        raise ValueError("a moment by the ledger's clock needs the position that it means")
    return {
        "position": _NO_END if known.position is None else known.position,
        "moment": known.moment if known.by_source else None,
    }


async def hear_all(connection: AsyncConnection, council: str, generation: int, known: Known) -> None:
    """Write down for a new generation which sources were heard by then, how often, and from when to when."""
    await connection.execute(_HEAR_ALL, {"tenant": council, "generation": generation, **bounds(known)})


_HEAR_ALL = text(f"""
    INSERT INTO source_heard (tenant, generation, source, events, first, last)
        SELECT :tenant, :generation, source, count(*), min(at), max(at)
        FROM event CROSS JOIN LATERAL (
            SELECT CASE WHEN CAST(:moment AS timestamptz) IS NULL THEN recordedtime
                ELSE coalesce(sourcerecordedtime, recordedtime) END AS at
        ) AS heard
        WHERE {WAS_KNOWN}
        GROUP BY source
""")  # noqa: S608 - the condition is this module's own
