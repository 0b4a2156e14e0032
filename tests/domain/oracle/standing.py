"""What the oracle says of what must be so on every day: a supervisor (LU-102), the file (LU-80), registration (LU-107).

And of records that move with a post (LU-83). Each day is looked at by itself, from the first fact on.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.domain.oracle.days import ONE_DAY, each_day
from tests.domain.oracle.reading import Happening, is_about_worker, supervision_kind
from tests.domain.oracle.verdict import NOT_APPLICABLE, NOT_YET, Verdict

REGISTERED_ROLES = {
    *("social_worker", "supervising_social_worker", "senior_practitioner", "deputy_team_manager", "team_manager"),
    *("iro", "cp_chair"),
}
ROLES = REGISTERED_ROLES | {
    *("family_partnership_worker", "personal_adviser", "contact_worker", "student"),
    *("service_manager", "service_director", "senior_manager"),
}


@dataclass
class Watch:
    """Who is here, who supervises, who holds the file, and whether registration is known, on one day."""

    gone: set[str] = field(default_factory=set)
    supervisors: dict[str, tuple[str, date | None]] = field(default_factory=dict)
    holder: str | None = None
    has_file: bool = False
    registered_until: date | None = None
    registration: str = "untold"
    leaving: list[str] = field(default_factory=list)


def judge_standing(
    facts: list[Happening], worker_id: str, role_since: tuple[str, date], since: date, as_at: date
) -> dict[str, Verdict]:
    """The four rules as at the day; `role_since`: the role, and since when it has asked for registration."""
    supervised, held, registered = dict[date, bool](), dict[date, bool](), dict[date, str]()
    watch = Watch()
    for day in each_day(facts[0].on, as_at):
        for fact in [fact for fact in facts if fact.on == day]:
            take_up(watch, fact, worker_id)
        here = [who for who, until in watch.supervisors.values() if until is None or day <= until]
        supervised[day] = any(who not in watch.gone for who in here)
        held[day] = watch.has_file and watch.holder not in watch.gone
        ran_out = watch.registered_until is not None and day > watch.registered_until
        registered[day] = "untold" if watch.registration == "registered" and ran_out else watch.registration
        watch.gone |= set(watch.leaving)
        watch.leaving = []
    role, role_began = role_since
    return {
        "LU-102": of_days(supervised, since, as_at, confirmed(facts, "staff")),
        "LU-80": of_days(held, since, as_at, []),
        "LU-107": of_registration(registered, role_began, as_at, confirmed(facts, "registration"))
        if role in REGISTERED_ROLES
        else NOT_APPLICABLE
        if role in ROLES
        else Verdict("not_assessable"),
        "LU-83": of_moves(facts, worker_id, since, as_at),
    }


def take_up(watch: Watch, fact: Happening, worker_id: str) -> None:
    who = str(fact.data.get("worker_id"))
    if fact.type == "WorkerStarted":
        watch.gone.discard(who)
        watch.leaving = [each for each in watch.leaving if each != who]
    if fact.type == "WorkerLeft" and who not in watch.gone:
        watch.leaving.append(who)
    if is_about_worker(fact, worker_id):
        take_up_supervision(watch, fact)
        take_up_papers(watch, fact)


def take_up_supervision(watch: Watch, fact: Happening) -> None:
    if fact.type == "SupervisorAssigned" and supervision_kind(fact)[0] == "personal":
        watch.supervisors[supervision_kind(fact)[1]] = (fact.data["supervisor_id"], fact.day("until"))
    if fact.type != "SupervisorUnassigned" or fact.data.get("strand", "personal") != "personal":
        return
    for basis, (supervisor, until) in watch.supervisors.items():
        lasts = until is None or until >= fact.on
        if supervisor == fact.data["supervisor_id"] and fact.data.get("basis", basis) == basis and lasts:
            watch.supervisors[basis] = (supervisor, fact.on)


def take_up_papers(watch: Watch, fact: Happening) -> None:
    """The file, and what was looked up of the registration."""
    if fact.type in ("FileOpened", "FileTransferred"):
        watch.has_file, watch.holder = True, fact.data.get("to_id", fact.data.get("holder_id"))
    if fact.type == "RegistrationChecked":
        watch.registration = "registered" if fact.data["status"] == "registered" else "lapsed"
        watch.registered_until = fact.day("expires_on")


def confirmed(facts: list[Happening], feed: str) -> list[date]:
    return [fact.on for fact in facts if fact.type == "FeedConfirmed" and fact.data["feed"] == feed]


def of_days(so: dict[date, bool], since: date, as_at: date, feed: list[date]) -> Verdict:
    """So on the day; else since when not, and whether it ever was: what was never told is not known."""
    if so[as_at]:
        return Verdict("met")
    gap = as_at
    while gap > since and not so.get(gap - ONE_DAY, False):
        gap -= ONE_DAY
    known = any(so.values()) or any(gap <= on for on in feed)
    return Verdict("breached", None, gap - ONE_DAY) if known else Verdict("not_assessable")


def of_registration(said: dict[date, str], since: date, as_at: date, feed: list[date]) -> Verdict:
    if said[as_at] == "registered":
        return Verdict("met")
    gap = as_at
    while gap > since and said.get(gap - ONE_DAY) != "registered":
        gap -= ONE_DAY
    known = said[as_at] == "lapsed" or any(gap <= on for on in feed)
    return Verdict("breached", None, gap - ONE_DAY) if known else Verdict("not_assessable")


def of_moves(facts: list[Happening], worker_id: str, since: date, as_at: date) -> Verdict:
    """The last new post, and the first transfer from its day on."""
    role, moved = None, None
    for fact in [fact for fact in facts if is_about_worker(fact, worker_id)]:
        if fact.type == "WorkerRoleChanged" and fact.data.get("new_post", fact.data["role"] != role):
            moved = fact.on if fact.on >= since else moved
        if fact.type in ("WorkerStarted", "WorkerRoleChanged"):
            role = fact.data["role"]
    if moved is None:
        return NOT_YET
    due_on = moved + timedelta(days=28)
    done = [fact.on for fact in facts if fact.type == "FileTransferred" and fact.on >= moved]
    if done:
        return Verdict("met" if min(done) <= due_on else "late_met")
    return Verdict("due" if as_at <= due_on else "tolerated", None, due_on)
