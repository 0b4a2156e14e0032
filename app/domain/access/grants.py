"""Time-boxed grants: what a person may see for a time and a purpose, as facts say; and what each of them opens.

`live_grants` is what is told of the person: grants (`AccessGranted`), files drawn for an audit, observed sessions.
`arising` is what a subject's own affairs open to a person without anybody's grant: a concern that came to the next
manager, a request for one's own data. Rules: first and last days are both included; a revocation takes effect on its
own day and is final; of two grants with one id the later in the order of facts holds; what is dated after the day makes
no difference. Pure: facts come by tag. Left out: what a role may do with a grant (the matrix), and who may give one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from app.domain.history import STRUCTURE, History, Subject
from app.domain.looking import Look
from app.domain.people import MANAGING, manager_told
from app.domain.scope import stretches
from app.domain.supervisors import supervisors_told
from app.events.facts import Fact, Facts

Scope = Literal["file", "record", "session", "case", "team", "organisation", "concern", "worker"]

FOURTEEN_DAYS: Final = timedelta(days=13)
"""From the first day to the fourteenth, both included."""

_TOLD: Final = frozenset({"AccessGranted", "AuditSampleDrawn", "SupervisionObserved"})
_OF_GRANT: Final = frozenset({"AccessGranted", "AccessRevoked"})
_OF_CONCERN: Final = frozenset({"ConcernRaised", "ConcernEscalated", "ConcernDiscussed", "ConcernResolved"})
_STAGE_UNSAID: Final = {"ConcernRaised": 1, "ConcernDiscussed": 1, "ConcernEscalated": 2, "ConcernResolved": 2}
"""Which stage is meant where none is said: a resolution that names none ends the concern altogether."""
_SUPERVISING: Final = frozenset({"SupervisorAssigned", "SupervisorUnassigned"})
_OF_FILE: Final = frozenset({"FileOpened", "FileTransferred"})


@dataclass(frozen=True, slots=True)
class Grant:
    """Someone may see something from one day to another, both included, for a purpose (a code)."""

    id: str
    """`grant_id`; of what arises from something else, that thing's tag (`sample/SM-1`, `session/S-1` …)."""
    grantee: str
    kind: Scope
    of: str | None
    """The id of what it opens; None of the organisation. A file is named by its `file_id` or by its worker."""
    purpose: str
    from_on: date
    until_on: date
    """Of what lasts until something ends it: the day that was asked about."""
    granted_by: str | None = None
    agency: str | None = None
    supervised: bool = False
    """Whether it is to be looked at in somebody's presence."""

    @property
    def opens_texts(self) -> bool:
        """Whether texts may be read under it: an engagement for the whole council shows structure only."""
        return self.kind != "organisation"


def live_grants(person: str, facts: Facts, day: date) -> list[Grant]:
    """What is granted to the person on the day. Raises `FactsNeeded`."""
    told = [fact for fact in facts(f"by/{person}", _TOLD) if _dated_by(fact, day)]
    granted = [grant.id for grant in _given(told) if grant.grantee == person and day <= grant.until_on]
    by_id = Look(facts).at_each({f"grant/{each}": _OF_GRANT for each in granted})
    found = [grant for told_of in by_id.values() if (grant := _standing(told_of, day)) is not None]
    found += [grant for fact in told for grant in _drawn(fact)]
    found += _observed([fact for fact in told if fact.type == "SupervisionObserved"], facts)
    return list(dict.fromkeys(grant for grant in found if grant.grantee == person and day <= grant.until_on))


def arising(person: str, subject: Subject, facts: Facts, day: date, *, data_protection: bool = False) -> list[Grant]:
    """What the affairs of a worker or a case open to this person on the day. Raises `FactsNeeded`.

    An open concern of stage 2 opens itself to the line manager of the supervisor it is about. A request for the data
    held about the subject that is not answered opens the subject to a data protection officer, if the person is one.
    """
    found = _disputes(person, subject, facts, day) if subject.kind == "worker" else []
    return [*found, *(_requests(person, subject, facts, day) if data_protection else [])]


def covers(grant: Grant, kind: str, identity: str, facts: Facts, day: date) -> bool:
    """Whether the grant opens this worker, case, team, record, session or concern, as things stand on the day.

    What an event says may be read if the grant opens the subject of its text, or its record, session or concern.
    Raises `FactsNeeded`.
    """
    if grant.kind == "organisation":
        return True
    if grant.of is None:
        return False
    if grant.kind == "file":
        return kind == "worker" and (grant.of == identity or grant.of in _files(identity, facts, day))
    if grant.kind == "team" and kind in ("worker", "case"):
        return _team(Subject(kind, identity), facts, day) == grant.of
    return (grant.kind, grant.of) == (kind, identity)


def granted(facts: Facts, grant_id: str) -> tuple[Grant, date | None] | None:
    """A grant by its id, on whichever day, with the day on which it was revoked; None if there is none."""
    told = facts(f"grant/{grant_id}", _OF_GRANT)
    given = _given(told)
    return (given[-1], _revoked_on(told)) if given else None


def _standing(told: Iterable[Fact], day: date) -> Grant | None:
    """The grant that these facts about one id leave on the day."""
    told = [fact for fact in told if _dated_by(fact, day)]
    given = _given(told)
    return given[-1] if given and _revoked_on(told) is None else None


def _revoked_on(told: Iterable[Fact]) -> date | None:
    return min((fact.on for fact in told if fact.type == "AccessRevoked" and fact.on is not None), default=None)


def _given(told: Iterable[Fact]) -> list[Grant]:
    return [_grant(fact) for fact in told if fact.type == "AccessGranted"]


def _grant(fact: Fact) -> Grant:
    return Grant(
        id=fact.data["grant_id"],
        grantee=fact.data["grantee_id"],
        kind=fact.data["scope"]["kind"],
        of=fact.data["scope"].get("id"),
        purpose=fact.data["purpose"],
        from_on=fact.day("from_on") or date.max,
        until_on=fact.day("until_on") or date.min,
        granted_by=fact.get("granted_by"),
        agency=fact.get("agency"),
        supervised=fact.get("supervised") is True,
    )


def _drawn(fact: Fact) -> Iterator[Grant]:
    """What a drawn sample opens to whoever drew it."""
    on = fact.on or date.min
    for file in fact.data["selected"] if fact.type == "AuditSampleDrawn" else ():
        tag = f"sample/{fact.data['sample_id']}"
        yield Grant(tag, fact.data["drawn_by"], "file", file, "audit", on, on + FOURTEEN_DAYS)


def _observed(told: Sequence[Fact], facts: Facts) -> Iterator[Grant]:
    """What an observation opens to the observer: a session that was held on that very day, and no earlier one."""
    tags = [f"session/{fact.data['session_id']}" for fact in told]
    held = Look(facts).at_each(dict.fromkeys(tags, frozenset({"SessionHeld"})))
    for fact, tag in zip(told, tags, strict=True):
        on, session = fact.on or date.min, fact.data["session_id"]
        if any(each.on == fact.on for each in held[tag]):
            yield Grant(tag, fact.data["observer_id"], "session", session, "observation", on, on + FOURTEEN_DAYS)


def _disputes(person: str, subject: Subject, facts: Facts, day: date) -> list[Grant]:
    told = [fact for fact in facts(subject.tag, _OF_CONCERN | _SUPERVISING) if _dated_by(fact, day)]
    found = []
    for concern in dict.fromkeys(fact.data["concern_id"] for fact in told if fact.type in _OF_CONCERN):
        about = [fact for fact in told if fact.get("concern_id") == concern]
        since = _came_to_next_stage(about)
        supervisor = None if since is None else _supervisor_of(about, told)
        if since is not None and supervisor is not None and person == _manager(supervisor, facts, day):
            found.append(Grant(f"concern/{concern}", person, "concern", concern, "dispute", since, day))
    return found


def _came_to_next_stage(about: Iterable[Fact]) -> date | None:
    """The last day on which the concern was taken to stage 2; None once it is resolved on that day or later.

    That it was talked about there takes it nowhere: whoever it would open to may say so themself.
    """
    days = {True: date.min, False: date.min}
    for fact in about:
        resolved = fact.type == "ConcernResolved"
        if fact.get("stage", _STAGE_UNSAID[fact.type]) == 2 and fact.type != "ConcernDiscussed":
            days[resolved] = max(days[resolved], fact.on or date.min)
    return days[False] if days[False] > days[True] else None


def _supervisor_of(about: Iterable[Fact], told: Iterable[Fact]) -> str | None:
    """Whom the concern is about: as it says, else who supervised the worker on the day it was first spoken of."""
    named = [fact.data["supervisor_id"] for fact in about if fact.get("supervisor_id")]
    if named:
        return str(named[-1])
    first = min(fact.on for fact in about if fact.on is not None)
    supervising = supervisors_told([fact for fact in told if fact.type in _SUPERVISING], "personal").on(first)
    return None if supervising is None else supervising.supervisor


def _manager(worker: str, facts: Facts, day: date) -> str | None:
    told = facts(f"worker/{worker}", frozenset(MANAGING))
    return manager_told((fact for fact in told if _dated_by(fact, day)), day)


def _requests(person: str, subject: Subject, facts: Facts, day: date) -> list[Grant]:
    asked = [fact for fact in facts(subject.tag, frozenset({"SubjectAccessRequested"})) if _dated_by(fact, day)]
    answered = frozenset({"SubjectAccessAnswered"})
    since = {f"request/{fact.data['request_id']}": fact.on or day for fact in asked}
    answers = Look(facts).at_each(dict.fromkeys(since, answered))
    scope: Scope = "case" if subject.kind == "case" else "worker"
    return [
        Grant(tag, person, scope, subject.id, "subject_access", on, day)
        for tag, on in since.items()
        if not any(_dated_by(answer, day) for answer in answers[tag])
    ]


def _files(worker: str, facts: Facts, day: date) -> set[str]:
    """The ids under which the worker's file is kept."""
    told = facts(f"worker/{worker}", _OF_FILE)
    return {fact.data["file_id"] for fact in told if _dated_by(fact, day) and "file_id" in fact.data}


def _team(subject: Subject, facts: Facts, day: date) -> object:
    """The team of a worker or a case on the day; None where it has none, or none is known."""
    history = History(subject, Look(facts.as_at(day)), day, types=STRUCTURE)
    return next((each.situation.get("team") for each in stretches(history) if day in each), None)


def _dated_by(fact: Fact, day: date) -> bool:
    return fact.on is not None and fact.on <= day
