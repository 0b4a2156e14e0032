"""What an answer adds from the lists: a worker's caseload, and how those of a team or of the council stand.

Read from projections, which follow the ledger: `position` says how far. An earlier state of knowledge has none (null).
"""

from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.shown import by_status, grouped
from app.db import Database
from app.domain.access.reach import EVERYBODY
from app.domain.history import Subject
from app.domain.policy.patterns import Status
from app.events.effective import Known
from app.projections import generations, lists
from app.projections.lists import Wanted


async def rolled_up(database: Database, council: str, subject: Subject, on: date, known: Known) -> dict[str, Any]:
    """`caseload` of a worker, `summary` of a team or the organisation, nothing for a case."""
    if subject.kind == "case":
        return {}
    name = "caseload" if subject.kind == "worker" else "summary"
    if known != Known():
        return {name: None}
    async with database.read(council) as connection:
        if subject.kind == "worker":
            return {name: await _caseload(connection, subject.id, on)}
        wanted = Wanted(on, EVERYBODY, team=subject.id) if subject.kind == "team" else Wanted(on, EVERYBODY)
        return {name: await summary_of(connection, wanted, ("rule",))}


async def _caseload(connection: AsyncConnection, worker: str, on: date) -> dict[str, Any]:
    cases = await lists.caseload(connection, worker, on)
    is_open = {status: count for status, count in cases.items() if status != Status.NOT_APPLICABLE}
    return {"open": sum(is_open.values()), "by_status": by_status(is_open)}


async def summary_of(connection: AsyncConnection, wanted: Wanted, by: tuple[str, ...]) -> dict[str, Any]:
    """Subjects by kind, and findings by the groups, each with its numbers; and how far the lists had come."""
    position = await generations.live_reached(connection)
    subjects = await lists.counts(connection, lists.of_subjects_only(wanted), ("kind",), of_rules=False)
    findings = await lists.counts(connection, wanted, by, of_rules=True)
    return {"position": position, "subjects": grouped(subjects, ("kind",)), "groups": grouped(findings, by)}
