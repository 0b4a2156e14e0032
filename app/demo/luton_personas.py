"""Who the personas are in the invented Luton, and what is told for them alone: copies, a disagreement, a stand-in.

Most of them work in Family Safeguarding North, so that one worker's file shows who of them may see what.
"""

from collections.abc import Mapping
from typing import Final

from app.demo import people
from app.demo.invented import Event, History
from app.demo.people import Ways
from app.demo.supervision import Manner, personal_session

SUPERVISEE, SUPERVISOR, MANAGER, COLLEAGUE = "W-10305", "W-10302", "W-10301", "W-10304"
STOOD_IN_FOR, STANDING_IN = "W-10805", "W-10702"
OF_A_MATTER: Final = "W-10404"
"""Whose concern has become a matter for HR."""

PEOPLE: Final[Mapping[str, str]] = {
    "supervisee": SUPERVISEE,
    "supervisor": SUPERVISOR,
    "interim_supervisor": STANDING_IN,
    "line_manager": MANAGER,
    "senior_practitioner": "W-10303",
    "service_manager": "W-1004",
    "service_director": "W-1001",
    "senior_manager": "W-1002",
    "hr": "hr-1",
    "auditor": "auditor-1",
    "dpo": "dpo-1",
    "admin": "admin-1",
}
WITH_WORDS: Final = frozenset({SUPERVISEE, COLLEAGUE, STOOD_IN_FOR, OF_A_MATTER})


def before_the_sessions(told: History, ways: Ways) -> None:
    """The supervisee's supervisor; the stand-in, who then holds the sessions; and room for the one that was watched."""
    told.with_words |= WITH_WORDS
    people.new_supervisor(told, SUPERVISEE, SUPERVISOR, 385)
    people.agree(told, SUPERVISEE, told.ago(375), ways)
    people.away(told, "W-10802", 16, expected=30)
    people.stand_in(told, STOOD_IN_FOR, STANDING_IN, 15)
    told.workers[SUPERVISEE].quiet = [(told.ago(24), told.ago(0))]


def after_the_sessions(told: History, manner: Manner) -> None:
    """The supervisee's year besides: a session that was watched, copies, a disagreement, a concern."""
    watched, worker = told.ago(8), told.workers[SUPERVISEE]
    personal_session(told, worker, watched, manner, told.die("watched"), minutes=90)
    told.tell(
        "SupervisionObserved", watched, session_id=worker.sessions[watched], worker_id=SUPERVISEE,
        observer_id=MANAGER, observed_on=watched,
    )  # fmt: skip
    _copies(told)
    people.disagree(
        told, SUPERVISEE, MANAGER, 41,
        "We do not agree how many duty days are fair. Both views are recorded; the team manager is asked.",
        "Duty days are shared by the whole team from now on.",
    )  # fmt: skip
    _concern(told)


def _copies(told: History) -> None:
    """One for themself, and one that a senior manager asked for to show good practice."""
    records = [e["data"]["record_id"] for e in told.events if _is_record_of(e, SUPERVISEE)]
    day = told.ago(20)
    told.tell(
        "RecordCopied", day, record_id=records[-2], worker_id=SUPERVISEE, to_worker_id=SUPERVISEE, copied_on=day,
        purpose="own_copy", by=SUPERVISOR,
    )  # fmt: skip
    told.tell(
        "RecordCopied", day, record_id=records[-3], worker_id=SUPERVISEE, to_worker_id=PEOPLE["senior_manager"],
        copied_on=day, purpose="practice_evidence", requested_by=PEOPLE["senior_manager"], by=SUPERVISOR,
    )  # fmt: skip


def _is_record_of(event: Event, worker: str) -> bool:
    return bool(event["type"] == "RecordCompleted" and event["data"].get("worker_id") == worker)


def _concern(told: History) -> None:
    """It came to the supervisor's own line manager, and is open."""
    about: Event = {"concern_id": "CO-4", "worker_id": SUPERVISEE}
    told.tell(
        "ConcernRaised", told.ago(27), **about, raised_on=told.ago(27), supervisor_id=SUPERVISOR, stage=1,
        narrative="Supervision was moved twice at short notice, and the reasons were not told.",
    )  # fmt: skip
    told.tell("ConcernDiscussed", told.ago(22), **about, discussed_on=told.ago(22), stage=1)
    told.tell(
        "ConcernEscalated", told.ago(13), **about, escalated_on=told.ago(13), stage=2,
        narrative="Still not settled between the two; asks the team manager to look at it.",
    )  # fmt: skip
