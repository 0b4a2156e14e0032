"""What the oracle says of a family's file: entries (SH-12), Family Meetings (SH-18, 19), ad hoc decisions (SH-42, 43).

Silence of the case system is no answer until its feed is confirmed without a gap up to the day that decides.
"""

from datetime import date

from tests.domain.oracle.content import covered
from tests.domain.oracle.days import each_day, months_later, working_days_later
from tests.domain.oracle.in_charge import (
    case_supervisors_on,
    discussed_in,
    either,
    is_among,
    leads_on,
    role_on,
    supervisors_on,
)
from tests.domain.oracle.reading import Happening, is_about_case, place_in_order
from tests.domain.oracle.verdict import NOT_YET, Verdict
from tests.domain.oracle.who import manager_on

RULES = ("SH-12", "SH-18", "SH-19", "SH-42", "SH-43")
MANAGERS = ("team_manager", "early_help_area_leader")
RIGHT = {("ehm", "management_oversight"), ("lcs", "targeted_service_case_note")}
NOT_TOLD = "feed_not_confirmed"


def judge_family_file(
    case_id: str, facts: list[Happening], ever: list[Happening], opened: date, since: date, as_at: date
) -> dict[str, Verdict]:
    """The five rules of a case that is open since `opened` and asked about since `since`.

    `ever` is whatever is known of the case, of later days too: a note is of the day on which it was finalised (RD-8),
    and a booking, as a meeting that was to be, of the day that it is for.
    """
    about = [fact for fact in facts if is_about_case(fact, case_id)]
    notes = [f for f in ever if f.type == "CaseNoteRecorded" and is_about_case(f, case_id) and finalised(f) <= as_at]
    booked = [fact for fact in ever if fact.type == "FamilyMeetingScheduled" and is_about_case(fact, case_id)]
    return {
        "SH-12": on_file(about, facts, since, as_at),
        "SH-18": meets(about, facts, since, as_at),
        "SH-19": says_why(about, booked, facts, since, as_at),
        "SH-42": noted(about, notes, since, as_at),
        "SH-43": by_a_manager(case_id, notes, facts, opened, since),
    }


def proved(feed: str, first: date, last: date, facts: list[Happening]) -> bool:
    return all(covered(feed, day, facts) for day in each_day(first, last))


def worst_or_last(items: list[Verdict]) -> Verdict:
    """The worst that is open, of those the first to be late; with none open the last."""
    still_open = [one for one in items if one.due_on is not None]
    order = ["breached", "tolerated", "due"]
    return min(still_open, key=lambda one: (order.index(one.status), one.due_on)) if still_open else items[-1]


def on_file(about: list[Happening], facts: list[Happening], since: date, as_at: date) -> Verdict:
    """SH-12: each thing done is on file within five working days."""
    done = [fact for fact in about if fact.type == "CaseActivityRecorded" and fact.on >= since]
    if not done:
        heard = any(f.type == "FeedConfirmed" and f.data["feed"] == "case_notes" and f.on >= since for f in facts)
        return NOT_YET if heard else Verdict("not_assessable", NOT_TOLD)
    return worst_or_last([in_five_days(fact.on, fact.day("recorded_on"), as_at) for fact in done])


def in_five_days(on: date, answered: date | None, as_at: date, late: str = "breached") -> Verdict:
    due_on = working_days_later(on, 5)
    if answered is not None and answered <= as_at:
        return Verdict("met" if answered <= due_on else "late_met")
    return Verdict("due" if as_at <= due_on else late, None, due_on)


def meets(about: list[Happening], facts: list[Happening], since: date, as_at: date) -> Verdict:
    """SH-18: no longer than three months; a recorded reason excuses, and three months after it one is due again."""
    held = [fact.on for fact in about if fact.type == "FamilyMeetingHeld" and fact.on >= since]
    opened = max([since, *held])
    due_on = months_later(opened, 3)
    if as_at <= due_on:
        days = [fact.day("scheduled_for") for fact in about if fact.type == "FamilyMeetingScheduled"]
        booked = any(day is not None and as_at <= day <= due_on for day in days)
        return Verdict("due", "scheduled" if booked else None, due_on)
    reasons = [f.on for f in about if f.type == "FamilyMeetingNotHeld" and f.data["reason_recorded"] and f.on >= opened]
    due_again = max([due_on, *(months_later(on, 3) for on in reasons)])
    if as_at <= due_again:
        return Verdict("excused", None, due_on)
    if proved("family_meetings", opened, due_again, facts):
        return Verdict("breached", None, due_on)
    return Verdict("not_assessable", NOT_TOLD, due_on)


def meeting_day(fact: Happening) -> date:
    """The day that the meeting is, or was, for."""
    return fact.day("scheduled_for") or fact.on


def of_one_meeting(one: Happening, other: Happening) -> bool:
    """By its name; where one of the two has none by the day that it is for."""
    names = one.data.get("meeting_id"), other.data.get("meeting_id")
    return names[0] == names[1] if None not in names else meeting_day(one) == meeting_day(other)


def says_why(
    about: list[Happening], bookings: list[Happening], facts: list[Happening], since: date, as_at: date
) -> Verdict:
    """SH-19: of the latest that was held, explained or to be held, the reason where it was not."""
    told = [fact for fact in about if fact.type in ("FamilyMeetingHeld", "FamilyMeetingNotHeld")]
    over = [booked for booked in bookings if meeting_day(booked) < as_at]
    lapsed = [booked for booked in over if not any(of_one_meeting(booked, fact) for fact in told)]
    past = [(fact.on, fact) for fact in told] + [(meeting_day(booked), booked) for booked in lapsed]
    past = [(on, fact) for on, fact in past if since <= on <= as_at]
    if not past:
        return NOT_YET
    on, last = max(past, key=lambda each: (each[0], place_in_order(each[1])))
    if last.type == "FamilyMeetingHeld" or last.data.get("reason_recorded") is True:
        return Verdict("met")
    if last.type == "FamilyMeetingNotHeld" or covered("family_meetings", on, facts):
        return Verdict("breached", "missing")
    return Verdict("not_assessable", "not_known")


def decisions(about: list[Happening], since: date) -> list[Happening]:
    return [f for f in about if f.type == "DecisionMade" and f.data["setting"] == "ad_hoc" and f.on >= since]


def finalised(note: Happening) -> date:
    return date.fromisoformat(note.data["recorded_on"])


def notes_of(decision: Happening, notes: list[Happening]) -> list[Happening]:
    return [note for note in notes if note.data.get("decision_id") == decision.data["decision_id"]]


def noted(about: list[Happening], notes: list[Happening], since: date, as_at: date) -> Verdict:
    """SH-42: each by a case-note; the five working days are ours, so what is late is tolerated."""
    items = []
    for decision in decisions(about, since):
        days = [finalised(note) for note in notes_of(decision, notes)]
        items.append(in_five_days(decision.on, min(days) if days else None, as_at, "tolerated"))
    return worst_or_last(items) if items else NOT_YET


def by_a_manager(case_id: str, notes: list[Happening], facts: list[Happening], opened: date, since: date) -> Verdict:
    """SH-43: of the last decision that is on file, a note of the right type, and one by a manager."""
    about = [fact for fact in facts if is_about_case(fact, case_id)]
    on_file = [found for one in decisions(about, since) if (found := notes_of(one, notes))]
    if not on_file:
        return NOT_YET
    right = [note for note in on_file[-1] if (note.data["system"].lower(), note.data["note_type"]) in RIGHT]
    if not right:
        return Verdict("breached", "wrong_type")
    said = either([is_a_manager(note, finalised(note), case_id, facts, opened) for note in right])
    if said is None:
        return Verdict("not_assessable", "not_known")
    return Verdict("met") if said else Verdict("breached", "wrong_author")


def is_a_manager(note: Happening, on: date, case_id: str, facts: list[Happening], opened: date) -> bool | None:
    """By their post; or the supervisor, or the line manager, of the worker spoken of."""
    writer = note.data.get("on_behalf_of_id", note.data["author_id"])
    role = role_on(writer, on, facts)
    spoken = discussed_in(note, facts)
    workers = {fact.data["worker_id"] for fact in [note, *spoken] if "worker_id" in fact.data}
    lead = leads_on(case_id, opened, on, facts)
    workers |= {lead} if lead else set()
    supervisors = {fact.data["supervisor_id"] for fact in spoken if "supervisor_id" in fact.data}
    managers = set()
    for day in {on, *(fact.on for fact in spoken)}:
        supervisors |= case_supervisors_on(case_id, day, facts)
        for worker in workers:
            managers |= {who for who in [manager_on(worker, day, facts)] if who}
            supervisors |= supervisors_on(worker, "personal", day, facts) | supervisors_on(worker, "case", day, facts)
    return either(
        [None if role is None else role in MANAGERS, is_among(writer, supervisors), is_among(writer, managers)]
    )
