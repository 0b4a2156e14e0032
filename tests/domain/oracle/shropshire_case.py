"""What the oracle says of one Shropshire family: SH-28 with practice meetings, SH-30, SH-32, SH-33, SH-35, SH-48."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from tests.domain.oracle.actions import judge_actions
from tests.domain.oracle.authors import judge_author, written_by_the_supervisor
from tests.domain.oracle.clock import calendar_months_later, rolling
from tests.domain.oracle.content import judge_content, judge_file
from tests.domain.oracle.days import each_day, working_days_later
from tests.domain.oracle.family_file import RULES as FILE
from tests.domain.oracle.family_file import judge_family_file
from tests.domain.oracle.reading import Happening, is_about_case, speaks_of
from tests.domain.oracle.verdict import NOT_APPLICABLE, NOT_YET, Verdict

RULES = [
    *("SH-07", "SH-08", "SH-13", "SH-14", "SH-16", "SH-20", "SH-28", "SH-30", "SH-31", "SH-32", "SH-33", "SH-35"),
    *("SH-48", *FILE),
]
FORM_OR_NOTE = ["eh_case_supervision_form", "management_supervision_note"]


def judge_family(
    applies_from: date,
    case_id: str,
    facts: list[Happening],
    discussions: set[str],
    ever: list[Happening],
    as_at: date,
) -> dict[str, Verdict]:
    """Every case rule as at the day; `discussions` are the names by which those of the case were ever told.

    `ever` is whatever is known, of later days too.
    """
    about = [fact for fact in facts if is_about_case(fact, case_id)]
    if not any(fact.type == "CaseOpened" for fact in about):
        return dict.fromkeys(RULES, Verdict("not_assessable"))
    opened, allocated = walk_case(about, as_at)
    if opened is None or as_at < applies_from:
        return dict.fromkeys(RULES, NOT_APPLICABLE)
    verdicts = {"SH-28": NOT_YET, "SH-35": NOT_YET}
    if allocated is not None:
        since = max(allocated, applies_from)
        discussed = last_since(since, individual_or_credited(about, as_at))
        full = last_since(since, [fact.on for fact in about if is_individual(fact) and fact.data["depth"] == "full"])
        verdicts["SH-28"] = rolling(discussed, None, calendar_months_later(2), set(), as_at)
        verdicts["SH-35"] = rolling(full, None, calendar_months_later(3), set(), as_at)
    last = last_discussion(about, max(opened, applies_from), is_individual)
    verdicts["SH-32"] = gives_clear_actions(last, facts)
    theirs = actions_about(case_id, facts, discussions)
    verdicts["SH-33"] = judge_actions(facts, "shropshire", theirs, max(opened, applies_from), as_at)
    verdicts["SH-48"] = written_up(about, facts, opened, max(opened, applies_from), as_at)
    records = [(fact, completed_on(fact)) for fact in about if is_form_or_note(fact) and completed_on(fact) <= as_at]
    verdicts["SH-30"] = judge_author(records, facts, opened, max(opened, applies_from))
    verdicts |= judge_content(about, facts, max(opened, applies_from))
    verdicts |= judge_family_file(case_id, facts, ever, opened, max(opened, applies_from), as_at)
    return verdicts | judge_file(about, facts, max(opened, applies_from), as_at)


def walk_case(about: list[Happening], as_at: date) -> tuple[date | None, date | None]:
    """Since when the case is open, and since when it was first allocated in this period; None where it is not."""
    opened = allocated = closed_on = None
    for day in each_day(about[0].on, as_at):
        if closed_on is not None and day > closed_on:
            opened = allocated = closed_on = None
        types = [fact.type for fact in about if fact.on == day]
        if "CaseOpened" in types and opened is None:
            opened = day
        if "CaseAllocated" in types and opened is not None and allocated is None:
            allocated = day
        if "CaseClosed" in types and opened is not None:
            closed_on = day
    return opened, allocated


def last_since(since: date, days: list[date]) -> date:
    last = since
    for day in days:
        if day > last:
            last = day
    return last


def last_discussion(about: list[Happening], since: date, counts: Callable[[Happening], bool]) -> Happening | None:
    found = [fact for fact in about if fact.type == "CaseDiscussed" and fact.on >= since and counts(fact)]
    return found[-1] if found else None


def gives_clear_actions(discussion: Happening | None, facts: list[Happening]) -> Verdict:
    """SH-32: one action with an owner and a date, or the word that none is needed."""
    if discussion is None:
        return NOT_YET
    if discussion.data.get("no_action") is True or any(is_clear(fact) for fact in actions_of(discussion, facts)):
        return Verdict("met", "complete")
    return Verdict("breached", "incomplete")


def says_who_and_when(discussion: Happening | None, facts: list[Happening]) -> Verdict:
    """LU-100: no action without an owner and a date."""
    if discussion is None:
        return NOT_YET
    if all(is_clear(fact) for fact in actions_of(discussion, facts)):
        return Verdict("met", "complete")
    return Verdict("breached", "incomplete")


def actions_of(discussion: Happening, facts: list[Happening]) -> list[Happening]:
    agreed = [fact for fact in facts if fact.type == "ActionAgreed" and speaks_of(fact, discussion)]
    return [as_amended(fact, facts) for fact in agreed]


def as_amended(action: Happening, facts: list[Happening]) -> Happening:
    """The action with the owner and the date that it was given last."""
    data = dict(action.data)
    for fact in facts:
        about = fact.type == "ActionAmended" and fact.data["action_id"] == data["action_id"]
        if about and fact.on >= action.on:
            data |= {name: fact.data[name] for name in ("owner_id", "due_on") if name in fact.data}
    return replace(action, data=data)


def actions_about(case_id: str, facts: list[Happening], discussions: set[str]) -> set[str]:
    """Those that name the case, and those of a discussion of it that name no case."""
    agreed = [fact.data for fact in facts if fact.type == "ActionAgreed"]
    named = {data["action_id"] for data in agreed if data.get("case_id") == case_id}
    return named | {
        data["action_id"] for data in agreed if "case_id" not in data and data.get("discussion_id") in discussions
    }


def is_clear(action: Happening) -> bool:
    return "owner_id" in action.data and "due_on" in action.data


def is_individual(fact: Happening) -> bool:
    return fact.type == "CaseDiscussed" and fact.data["setting"] == "individual"


def individual_or_credited(about: list[Happening], as_at: date) -> list[date]:
    """The dates of individual discussions, and of practice meetings credited by now (SH-36 to SH-39)."""
    return [fact.on for fact in about if is_individual(fact) or is_credited(fact, about, as_at)]


def is_credited(meeting: Happening, about: list[Happening], as_at: date) -> bool:
    """A practice meeting with a Case Discussion Record in Documents and a Management Oversight note, both of it."""
    if meeting.type != "CaseDiscussed" or meeting.data["setting"] != "practice_meeting":
        return False
    document = oversight = False
    for fact in about:
        if fact.on > as_at or not speaks_of(fact, meeting):
            continue
        if fact.type == "DocumentSaved" and fact.data["kind"] == "case_discussion_record":
            document = True
        if fact.type == "CaseNoteRecorded" and fact.data["note_type"] == "management_oversight":
            oversight = True
        if fact.type == "ManagementOversightRecorded":
            oversight = True
    return document and oversight


def written_up(about: list[Happening], facts: list[Happening], opened: date, since: date, as_at: date) -> Verdict:
    """SH-48: for each individual discussion a form or note within five working days; the worst open, else the last.

    What somebody else than the supervisor wrote is none (SH-49).
    """
    open_items: list[Verdict] = []
    latest = NOT_YET
    for discussion in about:
        if not is_individual(discussion) or discussion.on < since:
            continue
        due_on = working_days_later(discussion.on, 5)
        records = [(fact, completed_on(fact)) for fact in facts if is_record_of(fact, discussion)]
        records = [(fact, day) for fact, day in records if day <= as_at]
        done = [d for fact, d in records if written_by_the_supervisor(fact, d, facts, opened) is not False]
        if done:
            latest = Verdict("met" if min(done) <= due_on else "late_met", None, due_on)
        elif as_at <= due_on:
            open_items.append(Verdict("due", None, due_on))
        else:
            open_items.append(Verdict("breached", "wrong_author" if records else None, due_on))
    if not open_items:
        return latest
    return min(open_items, key=lambda item: (item.status != "breached", item.due_on))


def is_form_or_note(fact: Happening) -> bool:
    if fact.type == "CaseNoteRecorded":
        return bool(fact.data["note_type"] == "management_supervision")
    return fact.type == "RecordCompleted" and fact.data["kind"] in FORM_OR_NOTE


def is_record_of(fact: Happening, discussion: Happening) -> bool:
    """A form or a note; a note may come by the case-note door, where it is finalised on `recorded_on`."""
    return is_form_or_note(fact) and speaks_of(fact, discussion)


def completed_on(fact: Happening) -> date:
    day = fact.day("recorded_on" if fact.type == "CaseNoteRecorded" else "completed_at")
    assert day is not None
    return day
