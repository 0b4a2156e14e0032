"""What belongs to a worker's supervision file, to a case's record of supervision, and to a copy of a record. Pure.

A case is kept out of personal files, and other people's own matters out of everybody's (LU-79: what concerns a service
user is recorded separately): what names a case belongs to the case, what names another worker to that worker. What
names neither belongs where the session, record, action … is that it speaks of. Beside what is of supervision by its
type, whatever else holds a narrative about the subject is shown with it. Everything reads as it stands: corrected, and
without what was retracted; of two tellings of one thing both are shown.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from app.domain.looking import Look
from app.events.effective import OTHER_DOORS
from app.events.facts import Fact, Facts, order
from app.events.tags import tags_of, workers_of

_ACTIONS: Final = frozenset({"ActionAgreed", "ActionAmended", "ActionFollowedUp", "ActionCompleted", "ActionBlocked"})
_RECORDS: Final = frozenset({"RecordCompleted", "RecordReviewed", "RecordSigned", "RecordCopied", "RecordReopened"})
_OF_WORKERS: Final = _ACTIONS | _RECORDS | frozenset(
    (
        *("SupervisorAssigned", "SupervisorUnassigned", "AgreementMade", "AgreementReviewed", "ObjectiveSet"),
        *("ObjectiveReviewed", "AppraisalHeld", "SessionScheduled", "SessionHeld", "SessionMissed"),
        *("PreparationRecorded", "DisagreementRecorded", "DisagreementResolved", "ConcernRaised", "ConcernDiscussed"),
        *("ConcernEscalated", "ConcernResolved", "SupervisionObserved", "FileOpened", "FileTransferred", "FileAudited"),
    )
)  # fmt: skip
_OF_CASES: Final = _ACTIONS | _RECORDS | frozenset(
    (
        *("CaseDiscussed", "DecisionMade", "CaseNoteRecorded", "DocumentSaved", "ManagementOversightRecorded"),
        *("CaseRecordsReviewed", "DisagreementRecorded", "DisagreementResolved"),
    )
)  # fmt: skip
_LINKS_OF_WORKERS: Final = frozenset(
    {"session", "record", "action", "objective", "agreement", "disagreement", "concern"}
)
_LINKS_OF_CASES: Final = frozenset({"discussion", "record", "action", "decision", "disagreement"})

Data = Mapping[str, Any]


def supervision_file(worker: str, facts: Facts) -> list[Fact]:
    """The worker's personal supervision, oldest first. Raises `FactsNeeded`."""
    return _gathered(f"worker/{worker}", facts, _OF_WORKERS, _LINKS_OF_WORKERS, lambda data: _is_of(worker, data))


def case_record(case: str, facts: Facts) -> list[Fact]:
    """What was said, decided, noted and agreed of a case in supervision, oldest first. Raises `FactsNeeded`."""
    return _gathered(f"case/{case}", facts, _OF_CASES, _LINKS_OF_CASES, lambda data: data.get("case_id", case) == case)


def copies(worker: str, facts: Facts) -> list[Fact]:
    """Each copy of a record that the worker was given (`RecordCopied`), oldest first. Raises `FactsNeeded`."""
    told = facts(f"by/{worker}", frozenset({"RecordCopied"}))
    return [fact for fact in told if fact.data["to_worker_id"] == worker]


def copied(copy: Fact, facts: Facts) -> list[Fact]:
    """What the copy held: the record, and the session it is of, as told by that day, oldest first.

    `facts` are without corrections that came later than the copy. Raises `FactsNeeded`.
    """
    start, worker = f"record/{copy.data['record_id']}", str(copy.data["to_worker_id"])
    told = _gathered(start, facts, _OF_WORKERS - {"RecordCopied"}, _LINKS_OF_WORKERS, lambda data: _is_of(worker, data))
    return [fact for fact in told if fact.on is None or copy.on is None or fact.on <= copy.on]


def confined(told: Iterable[Fact], only: Collection[str] | None) -> list[Fact]:
    """Those that carry one of these tags; all of them where it is None."""
    return [fact for fact in told if only is None or not set(only).isdisjoint(tags_of(fact.type, fact.data))]


def _is_of(worker: str, data: Data) -> bool:
    return "case_id" not in data and worker in (workers_of(data) or [worker])


def _gathered(
    start: str, facts: Facts, types: frozenset[str], links: frozenset[str], belongs: Callable[[Data], bool]
) -> list[Fact]:
    """What stands under the tag and belongs there; then what stands under the things that this speaks of, and so on."""
    look, seen, tags = Look(facts), set[str](), {start}
    kept, of_others = dict[int, Fact](), set[str]()
    while tags:
        seen |= tags
        told = look.tellings(dict.fromkeys(sorted(tags))).values()
        found = [fact for each in told for fact, _ in each if not _by_another_door(fact)]
        of_others |= {_begun(fact) for fact in found if not belongs(fact.data)}
        mine = [fact for fact in found if belongs(fact.data) and (fact.type in types or _tells_of(start, fact))]
        kept |= {fact.position: fact for fact in mine}
        tags = _things(mine, links) - seen - of_others
    return sorted((fact for fact in kept.values() if _things([fact], links).isdisjoint(of_others)), key=order)


def _things(told: Iterable[Fact], links: frozenset[str]) -> set[str]:
    """The sessions, records, actions … that these facts speak of."""
    return {tag for fact in told for tag in tags_of(fact.type, fact.data) if tag.partition("/")[0] in links}


_BEGINS: Final = {
    "RecordCompleted": "record", "CaseNoteRecorded": "note", "ActionAgreed": "action", "ObjectiveSet": "objective",
    "AgreementMade": "agreement", "DisagreementRecorded": "disagreement", "ConcernRaised": "concern",
    "DecisionMade": "decision",
}  # fmt: skip


def _begun(fact: Fact) -> str:
    """The thing whose beginning it tells: what is said of that later belongs where this does. Empty: of nothing."""
    kind = _BEGINS.get(fact.type, "")
    return f"{'record' if kind == 'note' else kind}/{fact.data[f'{kind}_id']}" if f"{kind}_id" in fact.data else ""


def _tells_of(start: str, fact: Fact) -> bool:
    return "narrative" in fact.data and start in tags_of(fact.type, fact.data)


def _by_another_door(fact: Fact) -> bool:
    """A case note that also reads as the record or the oversight that it is: it is shown as the note."""
    return fact.type in OTHER_DOORS and "note_id" in fact.data
