"""What is read of the projections: subjects, obligations, counts and trends, as at any day.

Everything is one range query over rows that hold from one day to another; the situation of the same day says to which
team, service and supervisor it belongs. What is not known is a status among the others and never left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Date, Row, Select, and_, cast, func, literal, or_, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.access.reach import Reach
from app.domain.policy.patterns import Force, Status
from app.projections import generations
from app.projections.standings import SHORT, SHORT_DAYS, situation, timeline

AS_A_WHOLE: Final = ""
"""The rule of the rows that say how a subject stands as a whole."""
WORK: Final = (Status.BREACHED, Status.NOT_ASSESSABLE, Status.TOLERATED, Status.DUE)
"""The statuses of which somebody has something to do."""
WHO: Final = ("role", "service", "category", "team", "stage", "employment_type", "lead", "supervisor", "interim")
OF_FINDING: Final = frozenset({"kind", "rule", "policy", "force"})
"""What one may count by without knowing who the subjects were."""
_READ = [timeline.c[name] for name in
         ("kind", "id", "rule", "policy", "force", "status", "code", "from_on", "dues_from", "dues")]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are asked for, as at a day, among those within reach; what is not named does not matter."""

    on: date
    reach: Reach
    """Of whom the caller's list may speak."""
    kind: str | None = None
    id: str | None = None
    rules: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    force: tuple[Force, ...] = ()
    team: str | None = None
    service: str | None = None
    role: str | None = None
    category: str | None = None
    supervisor: str | None = None
    """Whoever supervises now, permanently or for the time being: the worker, or who leads the case."""
    lead: str | None = None
    due_from: date | None = None
    due_to: date | None = None


def of_subjects_only(wanted: Wanted) -> Wanted:
    """The same without what is asked of single rules."""
    return replace(wanted, rules=(), force=(), statuses=(), due_from=None, due_to=None)


class AsAt:
    """What stood on one day: the rows of that day, and who each subject was then."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.on: ColumnElement[date] = cast(literal(wanted.on), Date)
        self.stands = union_all(self._rows(SHORT), self._rows(~SHORT, timeline.c.from_on <= self.on)).subquery("stands")
        self._is = situation.alias("is")
        self._lead = situation.alias("lead")

    def _rows(self, *where: ColumnElement[bool]) -> Select[Any]:
        """Rows of one of the two indexes: what lasts long is rare, and what is short began not long ago."""
        began = timeline.c.from_on.between(self.on - SHORT_DAYS, self.on)
        held = (timeline.c.generation == generations.live(), timeline.c.until_on >= self.on)
        return select(*_READ).where(*held, *(where if len(where) > 1 else (*where, began)))

    @property
    def due(self) -> ColumnElement[date]:
        """The date that stood as the due date on the day."""
        found: ColumnElement[date] = self.stands.c.dues[func.width_bucket(self.on, self.stands.c.dues_from)]
        return found

    def group(self, name: str) -> ColumnElement[Any]:
        """What one may count by."""
        return (self.stands if name in OF_FINDING else self._is).c[name]

    @property
    def who(self) -> list[ColumnElement[Any]]:
        """Who the subjects were: columns for a query that `joined` makes."""
        return [self._is.c[name] for name in WHO]

    @property
    def supervisor(self) -> ColumnElement[str]:
        """Who supervised the worker, or whoever led the case: for the time being, else permanently."""
        of_worker, of_lead = self._is.c, self._lead.c
        return func.coalesce(of_worker.interim, of_worker.supervisor, of_lead.interim, of_lead.supervisor)

    def joined(self, of: Any, *, with_lead: bool = False) -> Any:
        """Rows with the situation of their subjects, and that of who leads the case where it is asked for."""
        source = of.outerjoin(self._is, self._held(self._is, of.c.kind, of.c.id))
        if self.wanted.supervisor is None and not with_lead:
            return source
        return source.outerjoin(self._lead, self._held(self._lead, literal("worker"), self._is.c.lead))

    def _held(self, table: Any, kind: Any, identity: Any) -> ColumnElement[bool]:
        day = and_(table.c.from_on <= self.on, table.c.until_on >= self.on)
        return and_(table.c.generation == generations.live(), day, table.c.kind == kind, table.c.id == identity)

    def of_rows(self) -> list[ColumnElement[bool]]:
        """What is asked of the rows themselves."""
        wanted, row = self.wanted, self.stands.c
        found = [row[name] == value for name, value in (("kind", wanted.kind), ("id", wanted.id)) if value is not None]
        several = {"rule": wanted.rules, "status": wanted.statuses, "force": wanted.force}
        found += [row[name].in_([str(each) for each in values]) for name, values in several.items() if values]
        found += [self.due >= wanted.due_from] if wanted.due_from is not None else []
        found += [self.due <= wanted.due_to] if wanted.due_to is not None else []
        return found

    def of_subjects(self) -> list[ColumnElement[bool]]:
        """What is asked of who the subjects were."""
        wanted, names = self.wanted, ("team", "service", "role", "category", "lead")
        found = [self._is.c[name] == getattr(wanted, name) for name in names if getattr(wanted, name) is not None]
        if wanted.supervisor is not None:
            who = [each.c[name] for each in (self._is, self._lead) for name in ("supervisor", "interim")]
            found.append(or_(*(column == wanted.supervisor for column in who)))
        return found if wanted.reach.everybody else [*found, self._within(wanted.reach)]

    def _within(self, reach: Reach) -> ColumnElement[bool]:
        """What the caller may ask about: without any of it nothing."""
        row, who = self.stands.c, self._is.c
        ways = [
            and_(row.kind == "worker", row.id.in_(reach.workers)),
            and_(row.kind == "case", row.id.in_(reach.cases)),
        ]
        ways += [and_(row.kind == "case", who.lead.in_(reach.led_by))]
        return or_(*ways, *([who.service == reach.service] if reach.service is not None else []))


async def subjects(connection: AsyncConnection, wanted: Wanted, after: str | None, limit: int) -> Sequence[Row[Any]]:
    """Subjects of one kind by id, each with its situation and how it stands as a whole."""
    found: Sequence[Row[Any]] = (await connection.execute(all_subjects(wanted, after).limit(limit))).all()
    return found


def all_subjects(wanted: Wanted, after: str | None = None) -> Select[Any]:
    """The same, all of them, as a query."""
    at = AsAt(wanted)
    row = at.stands.c
    return (
        select(row.kind, row.id, row.status, row.code, row.from_on, *at.who)
        .select_from(at.joined(at.stands))
        .where(row.rule == AS_A_WHOLE, *at.of_rows(), *at.of_subjects(), *([row.id > after] if after else []))
        .order_by(row.id)
    )


async def findings_of(
    connection: AsyncConnection, on: date, kind: str, ids: Sequence[str]
) -> dict[str, dict[str, int]]:
    """How many rules say what of each of these subjects on the day."""
    row = timeline.c
    query = (
        select(row.id, row.status, func.count())
        .where(row.generation == generations.live(), row.from_on <= on, row.until_on >= on, row.rule != AS_A_WHOLE)
        .where(row.kind == kind, row.id.in_(ids))
        .group_by(row.id, row.status)
    )
    found: dict[str, dict[str, int]] = {}
    for identity, status, count in await connection.execute(query):
        found.setdefault(identity, {})[status] = count
    return found


class Place(NamedTuple):
    """Where a page of obligations ended; `due` is the end of time for one without a due date."""

    due: date
    kind: str
    id: str
    rule: str


async def obligations(
    connection: AsyncConnection, wanted: Wanted, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """What each rule says of each subject, the earliest due date first."""
    found: Sequence[Row[Any]] = (await connection.execute(all_obligations(wanted, after, limit))).all()
    return found


def all_obligations(wanted: Wanted, after: Place | None = None, limit: int | None = None) -> Select[Any]:
    """The same as a query, all of them without `limit`."""
    at = AsAt(wanted)
    row, on_subjects = at.stands.c, at.of_subjects()
    place = (func.coalesce(at.due, cast(literal(date.max), Date)), row.kind, row.id, row.rule)
    later = [tuple_(*place) > tuple_(*(literal(each) for each in after))] if after is not None else []
    first = (
        select(row.kind, row.id, row.rule, row.policy, row.force, row.status, row.code, row.from_on,
               at.due.label("due_on"), place[0].label("by"))
        .select_from(at.joined(at.stands) if on_subjects else at.stands)
        .where(row.rule != AS_A_WHOLE, *at.of_rows(), *on_subjects, *later)
        .order_by(*place)
        .limit(limit)
        .subquery("first")
    )  # fmt: skip
    # who they were is looked up for this page only
    query: Select[Any] = select(*first.c, *at.who).select_from(at.joined(first))
    return query.order_by(first.c.by, first.c.kind, first.c.id, first.c.rule)


async def counts(
    connection: AsyncConnection, wanted: Wanted, by: Sequence[str], *, of_rules: bool
) -> Sequence[Row[Any]]:
    """How many findings (`of_rules`) or subjects say what: each group's values, the status, the count."""
    at = AsAt(wanted)
    groups = [at.group(name).label(name) for name in by]
    on_subjects = at.of_subjects()
    source = at.stands if not on_subjects and OF_FINDING.issuperset(by) else at.joined(at.stands)
    of = at.stands.c.rule != AS_A_WHOLE if of_rules else at.stands.c.rule == AS_A_WHOLE
    query: Select[Any] = (
        select(*groups, at.stands.c.status, func.count().label("count_"))
        .select_from(source)
        .where(of, *at.of_rows(), *on_subjects)
        .group_by(*groups, at.stands.c.status)
    )
    found: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return found


async def caseload(connection: AsyncConnection, worker: str, on: date) -> dict[str, int]:
    """How the open cases that this worker leads stood on the day: cases by status."""
    led, stood = situation.c, timeline.c
    query = (
        select(stood.status, func.count())
        .where(led.generation == generations.live(), led.lead == worker, led.from_on <= on, led.until_on >= on)
        .where(stood.generation == led.generation, stood.kind == led.kind, stood.id == led.id)
        .where(stood.rule == AS_A_WHOLE, stood.from_on <= on, stood.until_on >= on)
        .group_by(stood.status)
    )
    return {str(status): int(count) for status, count in await connection.execute(query)}
