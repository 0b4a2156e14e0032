"""What the oracle says of one Luton team: LU-33 (peer supervision each week in MASH) and LU-13 (who has which cases).

Everything is walked day by day and every way to count an unknown case is tried. The parameters are those of clauses
LU-10, LU-11, LU-13: open cases by responsible supervisor, a Senior Practitioner's to the manager with oversight, one
case or ten percentage points.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from tests.domain.oracle.days import each_day
from tests.domain.oracle.reading import Happening, is_about_case, is_about_worker, supervision_kind
from tests.domain.oracle.verdict import NOT_APPLICABLE, Verdict
from tests.domain.oracle.worker import Employment, walk_employment

POSTS = ["deputy_team_manager", "team_manager"]
ROLES = [*POSTS, "social_worker", "senior_practitioner", "service_manager"]
SERVICES = ["mash", "assessment", "family_safeguarding"]
PLACING = ["CaseOpened", "CaseTransferred", "CaseAllocated"]


@dataclass
class TeamState:
    """The team on one day; `in_mash_since` is the first day of the unbroken time in MASH."""

    service: str
    in_mash_since: date | None = None
    closed_on: date | None = None


@dataclass
class CaseState:
    """One case on one day."""

    since: date
    service: str | None = None
    team: str | None = None
    team_since: date | None = None
    closed_on: date | None = None


def judge_team(applies_from: date, team: str, facts: list[Happening], as_at: date) -> dict[str, Verdict]:
    """Both rules as at the day."""
    own = [fact for fact in facts if fact.type.startswith("Team") and fact.data["team_id"] == team]
    if not any(fact.type == "TeamOpened" for fact in own):
        return dict.fromkeys(["LU-13", "LU-33"], Verdict("not_assessable"))
    now = walk_team(own, as_at)
    if now is None or as_at < applies_from:
        return dict.fromkeys(["LU-13", "LU-33"], NOT_APPLICABLE)
    return {"LU-13": split(team, facts, as_at), "LU-33": weekly(now, team, facts, applies_from, as_at)}


def walk_team(own: list[Happening], as_at: date) -> TeamState | None:
    now: TeamState | None = None
    for day in each_day(own[0].on, as_at):
        if now is not None and now.closed_on is not None and day > now.closed_on:
            now = None
        today = [fact for fact in own if fact.on == day]
        if now is None and any(fact.type == "TeamOpened" for fact in today):
            now = TeamState("")
        if now is None:
            continue
        for fact in today:
            now.service = fact.data.get("service", now.service)
            if fact.type == "TeamClosed":
                now.closed_on = now.closed_on or day
        now.in_mash_since = (now.in_mash_since or day) if now.service == "mash" else None
    return now


def weekly(now: TeamState, team: str, facts: list[Happening], applies_from: date, as_at: date) -> Verdict:
    """Of the last complete week from Monday to Sunday: was there one; and if not, was the whole of it in scope."""
    if now.service not in SERVICES:
        return Verdict("not_assessable")
    if now.in_mash_since is None:
        return NOT_APPLICABLE
    since = max(now.in_mash_since, applies_from)
    sunday = as_at - timedelta(days=as_at.isoweekday())
    monday = sunday - timedelta(days=6)
    held = [
        f.on for f in facts if f.type == "SessionHeld" and f.data["kind"] == "peer" and f.data.get("team_id") == team
    ]
    if any(on >= since for on in held if monday <= on <= sunday):
        return Verdict("met")
    return Verdict("breached" if since <= monday else "due")


def split(team: str, facts: list[Happening], as_at: date) -> Verdict:
    """Every open case put with the post it counts to; then every way to count those that are not known."""
    workers = {fact.data["worker_id"] for fact in facts if fact.type in ("WorkerStarted", "WorkerRoleChanged")}
    employed = {worker: employment(worker, facts, as_at) for worker in workers}
    for post in POSTS:
        if not any(who is not None and (who.role, who.team) == (post, team) for who in employed.values()):
            return Verdict("not_assessable", "vacant")
    counts = {"deputy_team_manager": 0, "team_manager": 0, "others": 0, "not known": 0}
    for case in sorted({fact.data["case_id"] for fact in facts if fact.type in PLACING}):
        about = [fact for fact in facts if is_about_case(fact, case)]
        where = whereabouts(about, as_at)
        if where == team:
            counts[counts_to(team, about, facts, employed, as_at)] += 1
        elif where == f"perhaps {team}":
            counts["not known"] += 1
    deputy, manager, unknown = (counts[name] for name in ("deputy_team_manager", "team_manager", "not known"))
    if deputy + manager == 0:
        return Verdict("not_assessable", None if unknown else "no_cases")
    ways = {
        is_equal(deputy + more, manager + further)
        for more in range(unknown + 1)
        for further in range(unknown - more + 1)
    }
    return {1: Verdict("met", "balanced") if True in ways else Verdict("breached", "unbalanced")}.get(
        len(ways), Verdict("not_assessable")
    )


def is_equal(one: int, other: int) -> bool:
    if abs(one - other) <= 1:
        return True
    return abs(one / (one + other) - other / (one + other)) <= 0.10 + 1e-9


def employment(worker: str, facts: list[Happening], as_at: date) -> Employment | None:
    about = [fact for fact in facts if is_about_worker(fact, worker)]
    return walk_employment(about, as_at) if about else None


def whereabouts(about: list[Happening], as_at: date) -> str | None:
    """The team that has the open case, or that perhaps has it; None where no team does."""
    named = [f.data["team_id"] for f in about if f.type in PLACING and "team_id" in f.data and leads(f)]
    perhaps = f"perhaps {named[-1]}" if named else None
    if not any(fact.type == "CaseOpened" for fact in about):
        closed = any(fact.type == "CaseClosed" and fact.on < as_at for fact in about)
        return None if closed else perhaps
    now = walk_case(about, as_at)
    if now is None:
        return None
    return perhaps if now.team is None else now.team


def leads(fact: Happening) -> bool:
    return bool(fact.data.get("responsibility", "lead") == "lead")


def walk_case(about: list[Happening], as_at: date) -> CaseState | None:
    now: CaseState | None = None
    for day in each_day(about[0].on, as_at):
        if now is not None and now.closed_on is not None and day > now.closed_on:
            now = None
        today = [fact for fact in about if fact.on == day]
        if now is None and any(fact.type == "CaseOpened" for fact in today):
            now = CaseState(day)
        if now is None:
            continue
        for fact in today:
            if fact.type in PLACING and leads(fact):
                place(now, fact)
            if fact.type == "CaseClosed" and now.closed_on is None:
                now.closed_on = day
    return now


def place(now: CaseState, fact: Happening) -> None:
    """A case that goes to another service without a team is in no known team, unless it was given one that day."""
    service, team = fact.data.get("service", now.service), fact.data.get("team_id")
    if team is not None and team != now.team:
        now.team, now.team_since = team, fact.on
    if service != now.service:
        now.service = service
        if team is None and now.team_since is not None and now.team_since < fact.on:
            now.team = None


def counts_to(
    team: str, about: list[Happening], facts: list[Happening], employed: dict[str, Employment | None], as_at: date
) -> str:
    """The post that the case counts to, others, or not known."""
    supervisor = responsible(about, facts, as_at)
    post = employed.get(supervisor) if supervisor is not None else None
    if supervisor is not None and post is not None and post.role == "senior_practitioner":
        supervisor = supervisor_of(supervisor, "oversight", facts, as_at)
        post = employed.get(supervisor) if supervisor is not None else None
    if post is None or post.role not in ROLES:
        return "not known"
    if post.role not in POSTS:
        return "others"
    if post.team is None:
        return "not known"
    return post.role if post.team == team else "others"


def responsible(about: list[Happening], facts: list[Happening], as_at: date) -> str | None:
    """Of the case; failing that of its allocation; failing that of its worker, strand case and then personal."""
    now = walk_case(about, as_at)
    if now is None:
        return None
    here = [fact for fact in about if fact.on >= now.since]
    own = slots([fact for fact in here if fact.type == "CaseSupervisorAssigned"], as_at)
    if own is not None:
        return own
    allocation = allocated(here, as_at)
    if allocation is None:
        return None
    if "case_supervisor_id" in allocation.data:
        return str(allocation.data["case_supervisor_id"])
    worker = allocation.data["worker_id"]
    return supervisor_of(worker, "case", facts, as_at) or supervisor_of(worker, "personal", facts, as_at)


def allocated(here: list[Happening], as_at: date) -> Happening | None:
    now: Happening | None = None
    last_day: date | None = None
    for fact in here:
        if fact.type == "CaseAllocated" and leads(fact):
            now, last_day = fact, None
        if fact.type == "CaseUnallocated" and now is not None and now.data["worker_id"] == fact.data["worker_id"]:
            last_day = last_day or fact.on
    return None if last_day is not None and last_day < as_at else now


def supervisor_of(worker: str, strand: str, facts: list[Happening], as_at: date) -> str | None:
    told = [f for f in facts if f.type in ("SupervisorAssigned", "SupervisorUnassigned") and is_about_worker(f, worker)]
    return slots([fact for fact in told if supervision_kind(fact)[0] == strand], as_at)


def slots(told: list[Happening], as_at: date) -> str | None:
    """One place for the permanent one and one for who stands in: each new one takes the place of the one before."""
    places: dict[str, tuple[str, date | None]] = {}
    for fact in told:
        who = fact.data["supervisor_id"]
        if fact.type != "SupervisorUnassigned":
            places[supervision_kind(fact)[1]] = (who, fact.day("until"))
            continue
        ends = [supervision_kind(fact)[1]] if fact.data.get("basis") else ["permanent", "interim"]
        for name in ends:
            there, until = places.get(name, (None, None))
            if there == who and (until is None or until >= fact.on):
                places[name] = (who, fact.on)
    for name in ("interim", "permanent"):
        who, until = places.get(name, (None, None))
        if who is not None and (until is None or until >= as_at):
            return who
    return None
