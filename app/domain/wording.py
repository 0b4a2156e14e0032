"""Dates, lengths of time and events in plain English, as a principal social worker would say them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from app.domain.calendar import Interval, Window
from app.domain.policy.patterns import Event

_SAID: Final[Mapping[str, str]] = {
    "AgreementMade": "agreed",
    "AgreementReviewed": "reviewed",
    "AssessmentReviewed": "assessed",
    "CaseDiscussed": "discussed",
    "CaseReviewed": "reviewed",
    "ChildSeen": "seen",
    "ManagementOversightRecorded": "overseen by a manager",
    "PlanUpdated": "planned for",
    "RiskAssessed": "assessed for risk",
    "SessionHeld": "supervised",
}
_CALLED: Final[Mapping[str, str]] = {
    "AbsenceEnded": "end of an absence",
    "AbsenceStarted": "absence",
    "ActionAgreed": "action",
    "ActionAmended": "change of the action",
    "ActionBlocked": "notice about the action",
    "ActionCompleted": "completion of the action",
    "ActionFollowedUp": "follow-up of the action",
    "AgreementMade": "supervision agreement",
    "AgreementReviewed": "review of the agreement",
    "AppraisalHeld": "appraisal",
    "AssessmentReviewed": "assessment",
    "AuditSampleDrawn": "audit sample",
    "CaseActivityRecorded": "activity",
    "CaseAllocated": "allocation",
    "CaseClassified": "classification",
    "CaseClosed": "closing of the case",
    "CaseConcernCleared": "word that the case is no longer of concern",
    "CaseConcernFlagged": "word that the case is of concern",
    "CaseDiscussed": "discussion",
    "CaseNoteRecorded": "case note",
    "CaseOpened": "opening of the case",
    "CaseRecordsReviewed": "review of the case records",
    "CaseReviewed": "review",
    "CaseTransferred": "transfer",
    "ChildSeen": "visit",
    "ChronologyUpdated": "update of the chronology",
    "ConcernDiscussed": "discussion of the concern",
    "ConcernEscalated": "escalation of the concern",
    "ConcernRaised": "concern",
    "ConcernResolved": "resolution of the concern",
    "DecisionMade": "decision",
    "DisagreementRecorded": "disagreement",
    "DisagreementResolved": "resolution of the disagreement",
    "DocumentSaved": "document",
    "FamilyMeetingHeld": "family meeting",
    "FamilyMeetingNotHeld": "word that a family meeting is not held",
    "FamilyMeetingScheduled": "booking of a family meeting",
    "FileAudited": "audit of a file",
    "FileOpened": "supervision file",
    "FileTransferred": "transfer of the file",
    "ManagementOversightRecorded": "management oversight",
    "NeedChanged": "change of need",
    "ObjectiveReviewed": "review of the objective",
    "ObjectiveSet": "objective",
    "PlanUpdated": "update of the plan",
    "PolicyReviewed": "review of the policy",
    "PreparationRecorded": "preparation",
    "RecordCompleted": "record",
    "RecordCopied": "copy of the record",
    "RecordReopened": "reopening of the record",
    "RecordReviewed": "check of the record",
    "RecordSigned": "signature",
    "RegistrationChecked": "check of the registration",
    "RiskAssessed": "risk assessment",
    "SessionHeld": "session",
    "SessionMissed": "missed session",
    "SessionScheduled": "booking of a session",
    "SupervisionObserved": "observation",
    "SupervisorAssigned": "assignment of a supervisor",
    "VisitMade": "visit",
    "WorkerRoleChanged": "change of role",
    "WorkerStageReached": "stage of the career",
    "WorkerStarted": "start",
    "WorkRecorded": "record of work",
}
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def day(on: date) -> str:
    """3 March 2025."""
    return f"{on.day} {on:%B %Y}"


def days(count: int) -> str:
    """1 day, 4 days."""
    return counted(count, "day")


def counted(count: int, noun: str) -> str:
    """1 month, 2 months."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def number(count: int) -> str:
    """A small number as a word: no, one, two …"""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def length(interval: Interval) -> str:
    """`4 weeks (28 days)`, `2 months`, `5 working days`; days that make whole weeks are said in both."""
    if interval.unit == "day" and interval.count % 7 == 0:
        return f"{counted(interval.count // 7, 'week')} ({interval})"
    return str(interval)


def every(interval: Interval) -> str:
    """`every 4 weeks (28 days)`, `every month`."""
    return interval.every if interval.count == 1 else f"every {length(interval)}"


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def window(of: Window) -> str:
    """`March 2025`, `January to March 2025`, `the week from 3 March 2025`, `the time from …`; or its own name."""
    if of.name:
        return of.name
    if of.first.weekday() == 0 and of.last - of.first == timedelta(days=6):
        return f"the week from {day(of.first)}"
    if of.first.day != 1 or (of.last + timedelta(days=1)).day != 1:
        return f"the time from {day(of.first)} to {day(of.last)}"
    if (of.first.year, of.first.month) == (of.last.year, of.last.month):
        return f"{of.first:%B %Y}"
    first = f"{of.first:%B}" if of.first.year == of.last.year else f"{of.first:%B %Y}"
    return f"{first} to {of.last:%B %Y}"


def said(event: Event) -> str | None:
    """The event as a participle: discussed, supervised …; None where it is only known by a noun."""
    return event.said if event.said or event.called else _first(event, _SAID)


def called(event: Event) -> str:
    """The event as a noun: discussion, record …"""
    return event.called or _first(event, _CALLED) or "event"


def type_called(name: str) -> str:
    """An event of this type as a noun, whatever else is asked of it."""
    return _CALLED.get(name, "event")


def type_said(name: str) -> str:
    """An event of this type as a participle, whatever else is asked of it."""
    return _SAID.get(name, "done")


def last(event: Event) -> str:
    """`Last supervised`, `Last Check-In`."""
    return f"Last {said(event) or called(event)}"


def none(event: Event) -> str:
    """`Not supervised`, `No Check-In`."""
    return f"Not {done}" if (done := said(event)) else f"No {called(event)}"


def not_yet(event: Event) -> str:
    """`Not yet supervised`, `No Check-In yet`."""
    return f"Not yet {done}" if (done := said(event)) else f"No {called(event)} yet"


def to_do(event: Event) -> str:
    """`To be supervised`, `A Check-In`."""
    return f"To be {done}" if (done := said(event)) else sentence(a(called(event)))


def done(event: Event) -> str:
    """`Supervised`, `Check-In`."""
    return sentence(said(event) or called(event))


def a(noun: str) -> str:
    """With its article: a Check-In, an agreement, a one-to-one."""
    sounds_so = noun[0] in "aeiouAEIOU" and not noun.lower().startswith(("one", "uni", "use", "eu"))
    return f"{'an' if sounds_so else 'a'} {noun}"


def several(noun: str) -> str:
    """In the plural: sessions, reviews of the agreement."""
    head = next((noun[: noun.index(part)] for part in (" of ", " about ", " that ") if part in noun), noun)
    plural = f"{head[:-1]}ies" if head.endswith("y") else f"{head}s"
    return plural + noun[len(head) :]


def ago(count: int) -> str:
    """today, 1 day ago, 4 days ago."""
    return f"{days(count)} ago" if count else "today"


def field(name: str) -> str:
    """The name of a field as words."""
    return name.removesuffix("_id").replace("_", " ")


def _first(event: Event, words: Mapping[str, str]) -> str | None:
    types = [event.type or "", *(part.type or "" for part in event.any_of if isinstance(part, Event))]
    return next((words[name] for name in types if name in words), None)


def sentence(text: str) -> str:
    """With a capital letter."""
    return text[:1].upper() + text[1:]
