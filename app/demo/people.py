"""Teams and who works in them: posts filled, supervisors and line managers, agreements, absences, people who leave.

The structure is data (`Team`, and a few words about single people); what happens to everyone is told here once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.demo.invented import YEAR, History, Worker

MANAGER, DEPUTY, SENIOR = "team_manager", "deputy_team_manager", "senior_practitioner"
OUTSIDE = "W-1900"
"""Who is above everyone: in no list of staff."""


@dataclass(frozen=True, slots=True)
class Team:
    """A team, by its posts: a manager first, and a deputy where there is one; both supervise, turn and turn about."""

    id: str
    service: str
    name: str
    above: str
    posts: tuple[tuple[str, int], ...]
    parent: str | None = None

    def staff(self) -> Iterator[tuple[str, str]]:
        """Worker and role: T-103's are W-10301, W-10302, …"""
        roles = [role for role, count in self.posts for _ in range(count)]
        return ((f"W-1{int(self.id[-2:]):02}{number:02}", role) for number, role in enumerate(roles, 1))


@dataclass(frozen=True, slots=True)
class Ways:
    """How a council goes about its staff: who holds cases, and what an agreement says."""

    case_holders: frozenset[str]
    registered: frozenset[str]
    frequency: str
    minutes: int = 90
    template: str | None = None
    reviewed: bool = False
    """Whether agreements are reviewed every year."""


def open_teams(told: History, teams: tuple[Team, ...], ways: Ways, extras: Mapping[str, Mapping[str, Any]]) -> None:
    """Every team with its people, from the first day of the year or from when `extras` says somebody `started`."""
    for team in teams:
        first = told.ago(YEAR)
        told.tell(
            "TeamOpened", first, team_id=team.id, opened_on=first, service=team.service, parent_team_id=team.parent
        )
        leaders: list[str] = []
        for number, (worker, role) in enumerate(team.staff()):
            extra = extras.get(worker, {})
            there = [who for who in leaders if _there(told, who, told.ago(extra.get("started", YEAR)))]
            turn = 0 if role in (DEPUTY, SENIOR) else number
            supervisor = there[turn % len(there)] if there else team.above
            start(told, worker, role, team.service, team.id, supervisor, ways, extra)
            if role in (MANAGER, DEPUTY):
                leaders.append(worker)


def _there(told: History, worker: str, day: date) -> bool:
    left = told.workers[worker].left
    return left is None or day <= left


def start(
    told: History,
    worker: str,
    role: str,
    service: str,
    team: str | None,
    supervisor: str,
    ways: Ways,
    extra: Mapping[str, Any],
) -> None:
    """Someone starts, with a supervisor who is also the line manager, and makes an agreement soon after."""
    about: dict[str, Any] = {"employment_type": "permanent", "holds_cases": role in ways.case_holders, **extra}
    day, left = told.ago(about.pop("started", YEAR)), about.pop("left", None)
    agreed, reviewed = about.pop("agreed", True), about.pop("reviewed", ways.reviewed)
    if role in ways.registered:
        about.setdefault("registered", True)
    told.workers[worker] = Worker(worker, role, service, team, day, None if left is None else told.ago(left))
    told.tell("WorkerStarted", day, started_on=day, worker_id=worker, role=role, service=service, team_id=team, **about)
    supervised_by(told, worker, supervisor, day)
    if left is not None:
        told.tell("WorkerLeft", told.ago(left), worker_id=worker, left_on=told.ago(left))
    if agreed:
        _first_agreement(told, worker, day, ways, reviewed=reviewed)


def supervised_by(told: History, worker: str, supervisor: str, day: date) -> None:
    """A supervisor, who manages the worker as well, from a day on."""
    told.workers[worker].supervisors[day] = supervisor
    told.tell("SupervisorAssigned", day, worker_id=worker, supervisor_id=supervisor, assigned_on=day)
    told.tell("LineManagerAssigned", day, worker_id=worker, manager_id=supervisor, assigned_on=day)


def agree(told: History, worker: str, day: date, ways: Ways, **more: Any) -> str:
    """An agreement with the supervisor of the day; its id."""
    agreement = f"A-{worker.removeprefix('W-')}-{day:%y%m%d}"
    said = {"frequency": ways.frequency, "minutes": ways.minutes, "template": ways.template} | more
    supervisor = told.workers[worker].supervisor(day)
    told.tell_by_now(
        "AgreementMade", day, agreement_id=agreement, worker_id=worker, supervisor_id=supervisor, made_on=day, **said
    )
    return agreement


def _first_agreement(told: History, worker: str, started: date, ways: Ways, *, reviewed: bool) -> None:
    """Within the first weeks; reviewed before the year is over, if the council does that and nobody forgot."""
    die = told.die("agreement", worker)
    made = started + timedelta(days=die.randint(2, 18))
    agreement = agree(told, worker, made, ways)
    end = told.workers[worker].left
    again = made + timedelta(days=die.randint(300, 352))
    if reviewed and (end is None or again <= end):
        changed = die.random() < 0.3
        told.tell_by_now(
            "AgreementReviewed", again, agreement_id=agreement, worker_id=worker, reviewed_on=again, changed=changed
        )


def away(told: History, worker: str, since: int, until: int | None = None, expected: int | None = None) -> None:
    """Away from so many days ago to so many days ago, or still; never why."""
    first, last = told.ago(since), None if until is None else told.ago(until)
    absence = f"AB-{worker.removeprefix('W-')}-{first:%y%m%d}"
    told.workers[worker].away.append((first, last))
    hoped = None if expected is None else told.first_day + timedelta(days=expected)
    told.tell(
        "AbsenceStarted", first, worker_id=worker, started_on=first, absence_id=absence, expected_until=last or hoped
    )
    if last is not None:
        told.tell("AbsenceEnded", last, worker_id=worker, ended_on=last, absence_id=absence)


def short_absences(told: History, besides: frozenset[str]) -> None:
    """A week or so for two of five people, at any time of the year; those named have stories of their own."""
    for worker in list(told.workers.values()):
        die = told.die("away", worker.id)
        since = die.randint(30, 330)
        if die.random() > 0.4 or worker.id in besides or worker.left or worker.started >= told.ago(since):
            continue
        away(told, worker.id, since, since - die.randint(3, 9))


def stand_in(told: History, worker: str, who: str, since: int, until: int | None = None) -> None:
    """Somebody stands in for the worker's supervisor."""
    first, last = told.ago(since), None if until is None else told.ago(until)
    known = told.workers[worker]
    covers = known.supervisor(first)
    known.covered.append(((first, last), who))
    told.tell(
        "SupervisorAssigned", first, worker_id=worker, supervisor_id=who, assigned_on=first, basis="interim",
        covers_id=covers, until=last,
    )  # fmt: skip


def new_supervisor(told: History, worker: str, supervisor: str, ago: int) -> date:
    """Someone else supervises and manages from a day on; that day."""
    day = told.ago(ago)
    supervised_by(told, worker, supervisor, day)
    return day


def disagree(told: History, worker: str, settled_by: str, settled: int, words: str, outcome: str) -> None:
    """A worker puts a disagreement on record, fifty days ago; somebody settles it so many days ago."""
    about: dict[str, Any] = {"disagreement_id": "DI-2", "worker_id": worker}
    told.tell("DisagreementRecorded", told.ago(50), **about, by=worker, recorded_on=told.ago(50), narrative=words)
    day = told.ago(settled)
    told.tell("DisagreementResolved", day, **about, by=settled_by, resolved_on=day, narrative=outcome)


def moves(told: History, worker: str, ago: int, **changed: Any) -> date:
    """A new role, team or way of working from a day on; that day."""
    day, known = told.ago(ago), told.workers[worker]
    known.role, known.team = changed.get("role", known.role), changed.get("team_id", known.team)
    known.service = changed.get("service", known.service)
    told.tell("WorkerRoleChanged", day, worker_id=worker, changed_on=day, **({"role": known.role} | changed))
    return day


def passes_to(told: History, supervisor: str, successor: str, ago: int) -> list[str]:
    """Everyone whom one supervises is supervised by another from a day on; who they are."""
    day = told.ago(ago)
    there = [w for w in told.workers.values() if w.started <= day and (w.left is None or day < w.left)]
    passed = [w.id for w in there if w.supervisor(day) == supervisor]
    for worker in passed:
        new_supervisor(told, worker, successor, ago)
    return passed
