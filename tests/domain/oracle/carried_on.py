"""What the oracle says of what meetings owe: open actions are followed up (SH-34), records are copied (SH-54)."""

from datetime import date

from tests.domain.oracle.reading import Happening, is_about_worker
from tests.domain.oracle.recording import is_personal_record_of
from tests.domain.oracle.verdict import NOT_YET, Verdict

RULES = ("SH-34", "SH-54")
ENDS = ("completed", "no_longer_needed")


def judge_carried_on(worker_id: str, facts: list[Happening], since: date) -> dict[str, Verdict]:
    """Of a worker of whom both rules ask since `since`."""
    return {"SH-34": follows_up(worker_id, facts, since), "SH-54": gets_a_copy(worker_id, facts, since)}


def meetings_of(worker_id: str, facts: list[Happening]) -> list[Happening]:
    """Formal ones: individual, and not said to be unplanned."""
    held = [fact for fact in facts if fact.type == "SessionHeld" and is_about_worker(fact, worker_id)]
    return [one for one in held if one.data["kind"] == "individual" and one.data.get("planned") is not False]


def is_theirs(action: Happening, worker_id: str, facts: list[Happening]) -> bool:
    """It names the worker; or nobody, and a session of the worker's."""
    if action.data.get("worker_id") is not None:
        return is_about_worker(action, worker_id)
    held = [f for f in facts if f.type == "SessionHeld" and f.data["session_id"] == action.data.get("session_id")]
    return any(is_about_worker(fact, worker_id) for fact in held)


def follows_up(worker_id: str, facts: list[Happening], since: date) -> Verdict:
    """The last meeting: each action that was open from before is followed up or closed at it, or afterwards."""
    meetings = [one for one in meetings_of(worker_id, facts) if one.on >= since]
    if not meetings:
        return NOT_YET
    meeting, said = meetings[-1], ["met"]
    actions = [fact for fact in facts if fact.type == "ActionAgreed" and is_theirs(fact, worker_id, facts)]
    for action in actions:
        if action.on >= meeting.on or action.data.get("session_id") == meeting.data["session_id"]:
            continue
        told = [fact for fact in facts if fact.data.get("action_id") == action.data["action_id"]]
        if not any(closes(fact) and fact.on < meeting.on for fact in told):
            said.append(followed_up(told, meeting))
    if "breached" in said:
        return Verdict("breached", "not_followed_up")
    return Verdict("late_met", "followed_up_later") if "late_met" in said else Verdict("met", "followed_up")


def closes(fact: Happening) -> bool:
    return fact.type == "ActionCompleted" or (fact.type == "ActionFollowedUp" and fact.data.get("outcome") in ENDS)


def followed_up(told: list[Happening], meeting: Happening) -> str:
    looked = [fact for fact in told if fact.type in ("ActionFollowedUp", "ActionCompleted")]
    if any(fact.on == meeting.on or fact.data.get("session_id") == meeting.data["session_id"] for fact in looked):
        return "met"
    return "late_met" if any(fact.on > meeting.on for fact in looked) else "breached"


def gets_a_copy(worker_id: str, facts: list[Happening], since: date) -> Verdict:
    """Of each record that both have signed, on that day or later, to the worker; no day is ever too late."""
    signed = [fact for fact in facts if fact.type == "RecordSigned" and fact.data["capacity"] == "supervisee"]
    said = NOT_YET
    for signature in [fact for fact in signed if fact.on >= since]:
        about = [fact for fact in facts if fact.data.get("record_id") == signature.data["record_id"]]
        records = [fact for fact in about if is_personal_record_of(fact, facts, worker_id)]
        others = [fact for fact in about if fact.type == "RecordSigned" and fact.data["capacity"] == "supervisor"]
        if not records or not others:
            continue
        both = max(signature.on, records[0].on, others[0].on)
        if not any(is_a_copy(fact, worker_id) and fact.on >= both for fact in about):
            return Verdict("due", "outstanding")
        said = Verdict("met")
    return said


def is_a_copy(fact: Happening, worker_id: str) -> bool:
    if fact.type != "RecordCopied" or fact.data.get("purpose", "own_copy") != "own_copy":
        return False
    return bool(fact.data["to_worker_id"] == worker_id)
