"""How a subject, an obligation and a count look in lists."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import Row

from app.domain.obligations import WORST_FIRST
from app.domain.policy.patterns import Status

OF_WORKER: Final = ("role", "service", "team", "stage", "employment_type", "supervisor", "interim")
OF_CASE: Final = ("service", "category", "team", "lead")
ABOUT: Final = {"worker": OF_WORKER, "case": OF_CASE}
NOT_JUDGED: Final = (Status.NOT_APPLICABLE, Status.NOT_YET_APPLICABLE, Status.AS_REQUIRED, Status.NOT_SPECIFIED)
IN_ORDER: Final = (Status.MET, Status.DUE, Status.LATE_MET)


def who(row: Row[Any]) -> dict[str, Any]:
    """What was true of the subject on the day, as far as it concerns its kind."""
    return {name: getattr(row, name) for name in (OF_WORKER if row.kind == "worker" else OF_CASE)}


def obligation(row: Row[Any], on: date, since: date | None, titles: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """One rule of one subject, as it stood on the day."""
    late = (on - row.due_on).days if row.due_on is not None and row.due_on < on else None
    return {
        "subject": {"type": row.kind, "id": row.id},
        "rule": row.rule,
        "title": titles.get((row.policy, row.rule)),
        "policy": row.policy,
        "force": row.force,
        "status": row.status,
        "code": row.code,
        "since": since,
        "due_on": row.due_on,
        "days_late": late if row.status in (Status.BREACHED, Status.TOLERATED) else None,
        **who(row),
    }


def by_status(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts, the worst status first; statuses that nobody has are left out."""
    return {str(status): counts[status] for status in (*WORST_FIRST, Status.NOT_SPECIFIED) if counts.get(status)}


def counted(counts: Mapping[str, int]) -> dict[str, Any]:
    """A group's numbers: all its statuses, and the sums that are read off them; `total` is the sum of everything."""
    judged = sum(count for status, count in counts.items() if status not in NOT_JUDGED)
    return {
        "total": sum(counts.values()),
        "judged": judged,
        "in_order": sum(counts.get(status, 0) for status in IN_ORDER),
        "not_known": counts.get(Status.NOT_ASSESSABLE, 0),
        "by_status": by_status(counts),
    }


def grouped(rows: Iterable[Row[Any]], by: Sequence[str]) -> list[dict[str, Any]]:
    """The groups, each with its values and its numbers, in the order of their values; what was not told comes last."""
    groups: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in rows:
        key = tuple(getattr(row, name) for name in by)
        groups.setdefault(key, {})[row.status] = row.count_
    in_order = sorted(groups, key=lambda key: tuple((value is None, value or "") for value in key))
    return [dict(zip(by, key, strict=True)) | counted(groups[key]) for key in in_order]


def people_and_teams(items: Iterable[Mapping[str, Any]]) -> dict[Literal["worker", "team"], set[str]]:
    """Every worker and team that some items speak of."""
    workers, teams = set[str](), set[str]()
    for item in items:
        workers |= {item[name] for name in ("lead", "supervisor", "interim") if item.get(name)}
        teams |= {item["team"]} if item.get("team") else set()
        subject = item.get("subject") or {"type": "worker" if "role" in item else "case", "id": item.get("id")}
        if subject["id"] is not None:
            {"worker": workers, "team": teams}.get(subject["type"], set()).add(subject["id"])
    return {"worker": workers, "team": teams}
