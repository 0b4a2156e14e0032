"""One meeting of a worker with their supervisor: what it would put right, and what it would only begin. Pure.

Nothing here knows any rule. The meeting is supposed to have taken place: a private individual session as long as asked,
the policy's whole agenda gone through, each case discussed in full with its checklist, the worker's agreement made or
reviewed, open actions followed up, records that wait for it signed. Then the policy is asked again, about the day of
the meeting and about a later day up to which nothing more happens. What reads better is what the meeting would do. Once
more with the meeting written up, because some rules ask for the record.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from app.domain.compliance import assess, policies_in_force
from app.domain.history import STRUCTURE, History, Subject
from app.domain.looking import Look
from app.domain.obligations import WORST_FIRST, Finding, Item
from app.domain.policy.patterns import Status
from app.domain.profile import Profile, profile
from app.domain.supervisors import supervisors
from app.domain.supposing import Happening, supposing
from app.events.facts import Facts

LATE: Final = (Status.BREACHED, Status.TOLERATED)
BAD: Final = (*LATE, Status.NOT_ASSESSABLE)
EFFECTS: Final = ("put_right", "put_right_by_the_record", "begun", "stays")
PUT_RIGHT, BY_THE_RECORD, BEGUN, STAYS = EFFECTS
SESSION: Final = "supposed-session"
_RECORDS_OF_CASES: Final = ("case_supervision", "eh_case_supervision_form", "management_supervision_note")
_ELEMENTS: Final = ["experience", "reflection", "analysis", "plan_and_action"]


@dataclass(frozen=True, slots=True)
class Meeting:
    """The meeting supposed: with which worker, on which day, how long; up to which day one looks ahead."""

    worker: str
    on: date
    until: date
    minutes: int


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that is not in order, waits, or would not be in order by the later day; what it says after the meeting.

    `effect`: `put_right`; `put_right_by_the_record`, once the meeting is written up; `begun`, better but not in order;
    or `stays`. `items` are the sessions, records or actions that are open.
    """

    now: Finding
    then: Finding
    effect: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the meeting does for one subject. `opens`: duties that it begins, as they would stand right after it."""

    changes: tuple[Change, ...]
    opens: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class OfWorker:
    """What the meeting does for the worker, who supervises them (None: not known), and which cases may be theirs.

    `agreement`: `make` or `review`, where that changes anything.
    """

    outlook: Outlook
    supervisor: str | None
    agreement: str | None
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfCase:
    """What the meeting does for one case that the worker leads on the day."""

    outlook: Outlook
    profile: Profile


class _Read(NamedTuple):
    """What each rule says on the day of the meeting and on the later day, by rule."""

    on: dict[str, Finding]
    later: dict[str, Finding]

    def bad(self, rule: str) -> bool:
        """Whether the rule is not in order on one of the two days, or waits for something that has no date."""
        return any(rule in said and _waits(said[rule]) for said in self)


def of_worker(facts: Facts, meeting: Meeting) -> OfWorker:
    """What the meeting would do for the worker. Raises `FactsNeeded`."""
    worker, told = Subject("worker", meeting.worker), facts.as_at(meeting.on)
    history = History(worker, Look(told), meeting.on, types=STRUCTURE | {"AgreementMade"})
    supervising = supervisors(history, "personal").on(meeting.on)
    chief = None if supervising is None else supervising.supervisor
    now = _read(worker, facts, meeting)
    kind, agreed = _agreement(history, chief, meeting)
    rest = [_session(chief, facts, meeting), *_followed_up(now, meeting), *_signed(chief, told, now, meeting)]
    written = _record("personal_supervision", chief, meeting, session_id=SESSION, worker_id=meeting.worker)
    outlook = _outlook(worker, facts, meeting, now, [*rest, *agreed], [written])
    without = _outlook(worker, facts, meeting, now, rest, [written])
    helps = [(each.now.rule, each.effect) for each in outlook.changes] != [
        (each.now.rule, each.effect) for each in without.changes
    ]
    cases = {fact.data["case_id"] for fact in history.told("CaseAllocated")}
    return OfWorker(outlook if helps else without, chief, kind if helps else None, tuple(sorted(cases)))


def of_case(case: str, chief: str | None, facts: Facts, meeting: Meeting) -> OfCase | None:
    """What the meeting would do for a case; None where the worker does not lead it on the day. Raises `FactsNeeded`."""
    subject = Subject("case", case)
    who = profile(subject, facts, meeting.on)
    if who.state != "open" or who.situation is None or who.situation.lead != meeting.worker:
        return None
    now = _read(subject, facts, meeting)
    discussion = {"discussion_id": f"supposed-discussion-{case}", "case_id": case}
    talk = _discussion(chief, facts, meeting) | discussion
    done = [_session(chief, facts, meeting), ("CaseDiscussed", talk), *_followed_up(now, meeting)]
    written = [
        _record(kind, chief, meeting, discussed_on=meeting.on.isoformat(), **discussion) for kind in _RECORDS_OF_CASES
    ]
    return OfCase(_outlook(subject, facts, meeting, now, done, written), who)


# --- what is supposed -------------------------------------------------------------------------------------------------


def _by(chief: str | None) -> dict[str, str]:
    return {} if chief is None else {"supervisor_id": chief}


def _words(facts: Facts, name: str, on: date) -> list[str]:
    """What the policies in force call the functions of supervision, the points of its agenda, or of the checklist."""
    return sorted({word for pack in policies_in_force(facts, on) for word in pack.codes.more.get(name, ())})


def _session(chief: str | None, facts: Facts, meeting: Meeting) -> Happening:
    gone_through = {name: words for name in ("functions", "agenda") if (words := _words(facts, name, meeting.on))}
    return "SessionHeld", {
        "session_id": SESSION, "worker_id": meeting.worker, "held_on": meeting.on.isoformat(), "kind": "individual",
        "minutes": meeting.minutes, "planned": True, "private": True, "interrupted": False,
        "includes_check_in": True, "caseload_screened": True, **gone_through, **_by(chief),
    }  # fmt: skip


def _discussion(chief: str | None, facts: Facts, meeting: Meeting) -> dict[str, object]:
    checklist = dict.fromkeys(_words(facts, "checklist", meeting.on), "satisfactory")
    return {
        "discussed_on": meeting.on.isoformat(), "depth": "full", "setting": "individual", "session_id": SESSION,
        "worker_id": meeting.worker, "elements": _ELEMENTS, "decision": "made", "no_action": True,
        "checklist": checklist, **_by(chief),
    }  # fmt: skip


def _agreement(history: History, chief: str | None, meeting: Meeting) -> tuple[str, list[Happening]]:
    """The agreement with this supervisor reviewed, or made where there is none; nothing without a supervisor."""
    made = [fact for fact in history.told("AgreementMade") if fact.get("supervisor_id") == chief]
    on, worker = meeting.on.isoformat(), meeting.worker
    if made:
        agreement = made[-1].data["agreement_id"]
        return "review", [("AgreementReviewed", {"agreement_id": agreement, "worker_id": worker, "reviewed_on": on})]
    new = {"agreement_id": "supposed-agreement", "worker_id": worker, "made_on": on, "minutes": meeting.minutes}
    return "make", [] if chief is None else [("AgreementMade", new | {"frequency": "4 weeks"} | _by(chief))]


def _followed_up(now: _Read, meeting: Meeting) -> Iterator[Happening]:
    """Open actions are spoken of; that does not make them done."""
    on = meeting.on.isoformat()
    for action in sorted({item.action_id for item in _open_items(now) if item.action_id is not None}):
        told = {"action_id": action, "followed_up_on": on, "session_id": SESSION, "outcome": "continues"}
        yield "ActionFollowedUp", told


def _signed(chief: str | None, facts: Facts, now: _Read, meeting: Meeting) -> Iterator[Happening]:
    """The records that wait are read by the worker and signed by both, in the version that there is."""
    records, on = sorted({item.record_id for item in _open_items(now) if item.record_id is not None}), str(meeting.on)
    found = Look(facts).at_each({f"record/{record}": frozenset({"RecordCompleted"}) for record in records})
    for record in records:
        hashes = [fact.get("content_hash") for fact in found[f"record/{record}"] if fact.on and fact.on <= meeting.on]
        seen = {"content_hash": hashes[-1]} if hashes and hashes[-1] is not None else {}
        read = {"record_id": record, "reviewer_id": meeting.worker, "reviewed_on": on, "outcome": "agreed"}
        yield "RecordReviewed", read
        for capacity, signer in (("supervisor", chief), ("supervisee", meeting.worker)):
            signed = {"record_id": record, "signer_id": signer, "capacity": capacity, "signed_on": on, **seen}
            yield from [] if signer is None else [("RecordSigned", signed)]


def _record(kind: str, chief: str | None, meeting: Meeting, **of: str) -> Happening:
    """The meeting written up, on its own day, by the supervisor."""
    of_what = of.get("case_id", of.get("session_id"))
    return "RecordCompleted", {
        "record_id": f"supposed-{kind}-{of_what}", "kind": kind, "completed_at": meeting.on.isoformat(),
        "author_id": chief or meeting.worker, **of,
    }  # fmt: skip


def _open_items(read: _Read) -> list[Item]:
    return [item for finding in read.on.values() for item in finding.items if item.met_on is None]


# --- what comes of it -------------------------------------------------------------------------------------------------


def _read(subject: Subject, facts: Facts, meeting: Meeting) -> _Read:
    on = assess(subject, facts, meeting.on)
    later = assess(subject, facts, meeting.until, told_until=meeting.on)
    return _Read(*({finding.rule: finding for finding in each.findings} for each in (on, later)))


def _outlook(
    subject: Subject,
    facts: Facts,
    meeting: Meeting,
    now: _Read,
    done: list[Happening],
    written: list[Happening],
) -> Outlook:
    met = _read(subject, supposing(facts, done), meeting)
    waits = any(now.bad(rule) and met.bad(rule) for rule in met.on)
    recorded = _read(subject, supposing(facts, [*done, *written]), meeting) if waits else met
    changes = [
        Change(finding, met.on[rule], _effect(rule, now, met, recorded), _open(finding))
        for rule, finding in now.on.items()
        if now.bad(rule) and rule in met.on
    ]
    opens = [
        finding
        for rule, finding in met.on.items()
        if not now.bad(rule) and rule in met.later and met.later[rule].status in LATE
    ]
    by_date = sorted(opens, key=lambda finding: (finding.due_on or date.max, finding.rule))
    return Outlook(tuple(sorted(changes, key=urgency)), tuple(by_date))


def _effect(rule: str, now: _Read, met: _Read, recorded: _Read) -> str:
    if not met.bad(rule):
        return PUT_RIGHT
    if not recorded.bad(rule):
        return BY_THE_RECORD
    better = any(_better(after[rule], before[rule]) for before, after in zip(now, met, strict=True) if rule in before)
    return BEGUN if better else STAYS


def _waits(finding: Finding) -> bool:
    return finding.status in BAD or (finding.status is Status.DUE and finding.due_on is None)


def _better(after: Finding, before: Finding) -> bool:
    """Whether it reads better: another status, a higher count, fewer open items, or more time."""
    if after.status is not before.status:
        return _rank(after.status) > _rank(before.status)
    if (after.count or 0) != (before.count or 0):
        return (after.count or 0) > (before.count or 0)
    if len(_open(after)) != len(_open(before)):
        return len(_open(after)) < len(_open(before))
    return (after.due_on or date.min) > (before.due_on or date.min)


def _rank(status: Status) -> int:
    return WORST_FIRST.index(status) if status in WORST_FIRST else len(WORST_FIRST)


def _open(finding: Finding) -> tuple[Item, ...]:
    return tuple(item for item in finding.items if item.met_on is None)


def urgency(change: Change) -> tuple[int, date, str]:
    """The worst first, of equals the earliest due."""
    return _rank(change.now.status), change.now.due_on or date.max, change.now.rule
