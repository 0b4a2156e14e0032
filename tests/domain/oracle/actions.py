"""What the oracle says of agreed actions (SH-33, LU-119): each walked through its days, and the worst open one told."""

from dataclasses import dataclass
from datetime import date

from tests.domain.oracle.days import each_day
from tests.domain.oracle.reading import Happening, place_in_order
from tests.domain.oracle.verdict import NOT_YET, Verdict


@dataclass
class Action:
    """One action on the day that the walk has reached."""

    owner: str | None
    due_on: date | None
    theirs_since: date
    dated_on: date
    answered_on: date | None = None
    over: bool = False


def judge_actions(facts: list[Happening], council: str, whose: str | set[str], since: date, as_at: date) -> Verdict:
    """The actions that this person owns, or these, which are about a case."""
    found = []
    for agreed in sorted((fact for fact in facts if fact.type == "ActionAgreed"), key=place_in_order):
        about = [fact for fact in facts if fact.data.get("action_id") == agreed.data["action_id"] and fact != agreed]
        action = walk(agreed, about, council, as_at)
        theirs = action.owner == whose if isinstance(whose, str) else agreed.data["action_id"] in whose
        opened = action.theirs_since if isinstance(whose, str) else agreed.on
        if theirs and not action.over and since <= opened <= as_at:
            found.append((opened, action, about))
    found.sort(key=lambda each: each[0])
    still_open = [told(each, council, as_at) for each in found if each[1].answered_on is None]
    if still_open:
        return min(still_open, key=lambda verdict: (verdict.status != "breached", verdict.due_on or date.max))
    if not found:
        return NOT_YET
    _, last, _ = found[-1]
    assert last.answered_on is not None
    if last.due_on is not None and last.answered_on > last.due_on:
        return Verdict("late_met", "late", last.due_on)
    return Verdict("met", "completed", last.due_on)


def walk(agreed: Happening, about: list[Happening], council: str, as_at: date) -> Action:
    """From the day it was agreed to the day asked about, a day at a time."""
    action = Action(agreed.data.get("owner_id"), agreed.day("due_on"), agreed.on, agreed.on)
    before = [fact.on for fact in about if closes(fact, council) and fact.on < agreed.on]
    if before:
        action.answered_on = min(before)
        return action
    for day in each_day(agreed.on, as_at):
        today = [fact for fact in about if fact.on == day]
        if any(leaves_open(fact) for fact in today) and action.answered_on is None:
            action.answered_on = day
        for fact in today:
            if fact.type == "ActionAmended":
                amend(action, fact)
        if any(closes(fact, council) for fact in today):
            action.answered_on = action.answered_on or day
            return action
        if council == "luton" and any(is_not_needed(fact) for fact in today):
            action.over = action.answered_on is None
            return action
    return action


def amend(action: Action, fact: Happening) -> None:
    """Another date asks for another answer; another owner has it from that day on."""
    due_on = fact.day("due_on")
    if due_on is not None and due_on != action.due_on:
        action.due_on, action.dated_on, action.answered_on = due_on, fact.on, None
    if fact.data.get("owner_id") not in (None, action.owner):
        action.owner, action.theirs_since = fact.data["owner_id"], fact.on


def is_not_needed(fact: Happening) -> bool:
    return fact.type == "ActionFollowedUp" and fact.data.get("outcome") == "no_longer_needed"


def closes(fact: Happening, council: str) -> bool:
    """Done; in Shropshire what is looked at again and not needed any more was followed up too."""
    if fact.type == "ActionCompleted":
        return True
    if fact.type != "ActionFollowedUp":
        return False
    return fact.data.get("outcome") == "completed" or (council == "shropshire" and is_not_needed(fact))


def leaves_open(fact: Happening) -> bool:
    return fact.type == "ActionFollowedUp" and fact.data.get("outcome") in (None, "continues")


def told(each: tuple[date, Action, list[Happening]], council: str, as_at: date) -> Verdict:
    """One open action: without a date it is open for ever; late ones are told apart in Luton by notice."""
    _, action, about = each
    if action.due_on is None:
        return Verdict("due", "open")
    if as_at <= action.due_on:
        return Verdict("due", None, action.due_on)
    if council == "shropshire":
        return Verdict("breached", "overdue", action.due_on)
    notices = [fact.on for fact in about if fact.type == "ActionBlocked"]
    in_time = any(action.dated_on <= on <= action.due_on for on in notices)
    return Verdict("breached", f"overdue_{'with' if in_time else 'without'}_notice", action.due_on)
