"""What the oracle says of one worker: supervision, its number and length, agreements, actions, records and cover."""

from dataclasses import dataclass
from datetime import date

from tests.domain.oracle.actions import judge_actions
from tests.domain.oracle.agreement import agreement
from tests.domain.oracle.carried_on import judge_carried_on
from tests.domain.oracle.clock import calendar_months, calendar_months_later, days_later, rolling
from tests.domain.oracle.cover import judge_cover
from tests.domain.oracle.days import each_day
from tests.domain.oracle.reading import Happening, is_about_worker, is_personal
from tests.domain.oracle.recording import judge_recording, judge_signing
from tests.domain.oracle.standing import REGISTERED_ROLES, judge_standing
from tests.domain.oracle.verdict import NOT_APPLICABLE, NOT_YET, Verdict
from tests.domain.oracle.year import length_of_the_last, ten_in_a_year

STANDING = ["LU-80", "LU-83", "LU-102", "LU-107"]
SHROPSHIRE_RULES = ["SH-21", "SH-23", "SH-25", "SH-26", "SH-27", "SH-33", "SH-34", "SH-53", "SH-54"]
LUTON_RULES = ["LU-14", "LU-16", "LU-26", "LU-67", "LU-68", "LU-69", "LU-85", "LU-119", *STANDING]
MANAGERS = ["team_manager", "early_help_area_leader"]
AGREEMENT = ["AgreementMade", "AgreementReviewed"]


@dataclass
class Employment:
    """One worker on one day of employment, as told by the facts up to that day."""

    since: date
    job_since: date
    role_since: date
    role: str
    service: str
    team: str | None
    left_on: date | None = None
    registered_role_since: date = date.min
    this_role_since: date = date.min


def judge_worker(
    policy: str, applies_from: date, worker_id: str, facts: list[Happening], as_at: date
) -> dict[str, Verdict]:
    """Every worker rule of the policy as at the day."""
    rules = SHROPSHIRE_RULES if policy == "shropshire" else LUTON_RULES
    about = [fact for fact in facts if is_about_worker(fact, worker_id)]
    if not any(fact.type == "WorkerStarted" for fact in about):
        return dict.fromkeys(rules, Verdict("not_assessable"))
    employment = walk_employment(about, as_at)
    if employment is None or as_at < applies_from:
        return dict.fromkeys(rules, NOT_APPLICABLE)
    absent = days_absent(about, as_at)
    since = max(employment.since, applies_from)
    if policy == "shropshire":
        verdicts = judge_shropshire(employment, about, absent, applies_from, as_at)
        verdicts["SH-27"] = judge_cover(facts, worker_id, since, as_at)
        verdicts["SH-33"] = judge_actions(facts, policy, worker_id, since, as_at)
        verdicts["SH-53"] = judge_signing(facts, worker_id, since)
        return verdicts | judge_carried_on(worker_id, facts, since)
    verdicts = judge_luton(employment, about, absent, applies_from, as_at)
    verdicts["LU-85"] = judge_recording(facts, worker_id, since)
    verdicts["LU-119"] = judge_actions(facts, policy, worker_id, since, as_at)
    asked_since = max(employment.registered_role_since, applies_from)
    verdicts |= judge_standing(facts, worker_id, (employment.role, asked_since), since, as_at)
    return verdicts


def walk_employment(about: list[Happening], as_at: date) -> Employment | None:
    """Day by day: who started, changed post and left. The last day is a day in scope; a return starts a new period.

    A start comes first on its day; what it says of the post stands where it is in the order, for the later to win.
    """
    now: Employment | None = None
    for day in each_day(about[0].on, as_at):
        if now is not None and now.left_on is not None and day > now.left_on:
            now = None
        for fact in [fact for fact in about if fact.on == day and fact.type == "WorkerStarted" and now is None]:
            now = Employment(day, day, day, fact.data["role"], fact.data["service"], fact.data.get("team_id"))
        if now is None:
            continue
        role = now.role
        for fact in [fact for fact in about if fact.on == day]:
            take_up(now, fact)
        note_role(now, role, day)
    return now


def note_role(now: Employment, before: str, day: date) -> None:
    """Since when the role has been this one, and one of a kind, without a break in this employment."""
    if (now.role in MANAGERS) != (before in MANAGERS):
        now.role_since = day
    if now.registered_role_since < now.since or (now.role in REGISTERED_ROLES) != (before in REGISTERED_ROLES):
        now.registered_role_since = day
    if now.this_role_since < now.since or now.role != before:
        now.this_role_since = day


def take_up(now: Employment, fact: Happening) -> None:
    if fact.type == "WorkerStarted":
        change_role(now, fact)
    if fact.type == "WorkerRoleChanged":
        change_role(now, fact)
    if fact.type == "WorkerLeft":
        now.left_on = fact.on


def change_role(now: Employment, fact: Happening) -> None:
    role = fact.data["role"]
    service = fact.data.get("service", now.service)
    team = fact.data.get("team_id", now.team)
    differs = (role, service, team) != (now.role, now.service, now.team)
    if fact.type == "WorkerRoleChanged" and fact.data.get("new_post", differs):
        now.job_since = fact.on
    now.role, now.service, now.team = role, service, team


def days_absent(about: list[Happening], as_at: date) -> set[date]:
    """Every day away, the first and the last included; an absence that has not ended is still running."""
    away: dict[str, bool] = {}
    absent = set()
    for day in each_day(about[0].on, as_at):
        for fact in about:
            if fact.on == day and fact.type == "AbsenceStarted":
                away[fact.data.get("absence_id", "")] = True
        if away:
            absent.add(day)
        for fact in about:
            if fact.on == day and fact.type == "AbsenceEnded":
                away.pop(fact.data.get("absence_id", ""), None)
    return absent


def judge_shropshire(
    employment: Employment, about: list[Happening], absent: set[date], applies_from: date, as_at: date
) -> dict[str, Verdict]:
    verdicts = dict.fromkeys(SHROPSHIRE_RULES, NOT_APPLICABLE)
    if employment.service != "targeted_early_help":
        return verdicts
    sessions = [fact for fact in about if is_shropshire_supervision(fact)]
    any_length = {fact.on for fact in sessions}
    long_enough = {fact.on for fact in sessions if fact.data.get("minutes", 0) >= 90}
    of_this_job = [fact for fact in sessions if fact.on >= employment.since]
    ninety = [fact.on for fact in of_this_job if fact.data.get("minutes", 0) >= 90]
    untold = [fact.on for fact in of_this_job if "minutes" not in fact.data]
    verdicts["SH-21"] = ten_in_a_year(max(employment.since, applies_from), ninety, untold, absent, as_at)
    verdicts["SH-23"] = calendar_months(max(employment.since, applies_from), any_length, absent, as_at)
    in_role = max(employment.role_since, applies_from)
    if employment.role == "family_support_worker":
        verdicts["SH-25"] = calendar_months(in_role, long_enough, absent, as_at)
    if employment.role in MANAGERS:
        verdicts["SH-26"] = calendar_months(in_role, long_enough, absent, as_at)
    return verdicts


def is_shropshire_supervision(fact: Happening) -> bool:
    """Individual, personal, not said to be unplanned, not said to lack privacy (SH-23, SH-41, SH-44)."""
    if fact.type != "SessionHeld" or not is_personal(fact):
        return False
    return fact.data.get("planned") is not False and fact.data.get("private") is not False


def judge_luton(
    employment: Employment, about: list[Happening], absent: set[date], applies_from: date, as_at: date
) -> dict[str, Verdict]:
    sessions = [fact for fact in about if is_luton_supervision(fact, about)]
    supervised = [fact.on for fact in sessions]
    checked_in = [fact.on for fact in about if is_check_in(fact)]
    reviewed = [fact.on for fact in about if fact.type in AGREEMENT and fact.on >= employment.since]
    since = max(employment.since, applies_from)
    four, six = days_later(28), days_later(42)
    quarter, year = calendar_months_later(3), calendar_months_later(12)
    return {
        "LU-14": agreement(employment.job_since, employment.since, about, supervised, applies_from, as_at),
        "LU-16": rolling(last_since(since, reviewed), None, year, set(), as_at) if reviewed else NOT_YET,
        "LU-26": rolling(last_since(since, checked_in), None, quarter, absent, as_at),
        "LU-67": rolling(last_since(since, supervised), four, six, absent, as_at),
        "LU-68": length_of_the_last(sessions, since),
        "LU-69": ten_in_a_year(since, [day for day in supervised if day >= employment.since], [], absent, as_at),
    }


def last_since(since: date, days: list[date]) -> date:
    """The last of the days, or the day the clock began where there is none since."""
    last = since
    for day in days:
        if day > last:
            last = day
    return last


def is_luton_supervision(fact: Happening, about: list[Happening]) -> bool:
    """Individual, personal and planned: as the session says; else as its booking says; else taken as planned."""
    if fact.type != "SessionHeld" or not is_personal(fact):
        return False
    if "planned" in fact.data:
        return fact.data["planned"] is True
    for other in about:
        if other.type == "SessionScheduled" and other.data["session_id"] == fact.data["session_id"]:
            return other.on < fact.on
    return True


def is_check_in(fact: Happening) -> bool:
    """A check-in alone, or a personal session that includes one (LU-26)."""
    if fact.type != "SessionHeld":
        return False
    return fact.data["kind"] == "check_in" or (is_personal(fact) and fact.data.get("includes_check_in") is True)
