"""Luton's supervision files and audits, how often children are visited, and what was left undone about each.

Told after everything else of the year: who supervises whom is settled by then.
"""

from collections.abc import Iterable
from datetime import timedelta

from app.demo.casework import Case
from app.demo.invented import History, Worker

FORGOTTEN = ("W-10404", "W-11301")
"""Whose files nobody moved: one is still with a deputy who left, one with the manager of the post before."""
VISITS = {"matched_stable": "visiting_6_weekly", "matched_stable_over_1_year": "visiting_12_weekly"}


def files(told: History, cases: Iterable[Case]) -> None:
    """Everything of it."""
    for worker in list(told.workers.values()):
        _file(told, worker)
    _visits(told, [case for case in cases if case.category in VISITS])
    _audits(told)
    _left_undone(told, [case for case in cases if case.service == "assessment" and case.closed is None])


def _file(told: History, worker: Worker) -> None:
    """Opened in the first days, and moved a few days after the supervisor changed."""
    (_, holder), *changes = sorted(worker.supervisors.items())
    opened = worker.started + timedelta(days=told.die("file", worker.id).randint(0, 4))
    told.tell_by_now("FileOpened", opened, worker_id=worker.id, opened_on=opened, holder_id=holder)
    for since, supervisor in () if worker.id in FORGOTTEN else changes:
        moved = since + timedelta(days=3)
        told.tell_by_now(
            "FileTransferred", moved, worker_id=worker.id, from_id=holder, to_id=supervisor, transferred_on=moved
        )
        holder = supervisor


def _visits(told: History, cases: list[Case]) -> None:
    """Each placement with its visits; of one nobody has corrected the category."""
    for number, case in enumerate(cases):
        day, flag = case.opened + timedelta(days=1), VISITS[str(case.category)]
        flag = "visiting_12_weekly" if number == 0 and case.category == "matched_stable" else flag
        told.tell_by_now(
            "CaseClassified", day, case_id=case.id, classified_on=day, category=case.category, flags=[flag]
        )


def _audits(told: History) -> None:
    """Files drawn at random every two months, and one that the director asked for."""
    there = sorted(told.workers)
    for number, day in enumerate(told.every(60, last=10, since=395)):
        told.tell(
            "FileAudited", day, audit_id=f"AU-R-{number}", audited_on=day, auditor_id="W-1002", programme="qa_audit",
            worker_id=there[7 * number % len(there)], selection="random", tool_version="2021-03",
        )  # fmt: skip
    told.tell(
        "FileAudited", told.ago(150), audit_id="AU-D-1", audited_on=told.ago(150), auditor_id="W-1001",
        programme="qa_audit", worker_id="W-10301", supervisor_id="W-1004", selection="chosen", tool_version="2021-03",
    )  # fmt: skip


def _left_undone(told: History, cases: list[Case]) -> None:
    """A manager without a supervisor, an old objective, a new concern, and two odd ways to discuss a case."""
    told.tell("SupervisorUnassigned", told.ago(12), worker_id="W-1002", supervisor_id="W-1001", ended_on=told.ago(12))
    told.tell("ObjectiveSet", told.ago(395), objective_id="OB-10803", worker_id="W-10803", set_on=told.ago(395))
    told.tell("ConcernRaised", told.ago(8), concern_id="CO-3", worker_id="W-11103", raised_on=told.ago(8), stage=1)
    told.tell(
        "RecordCompleted", told.ago(4), record_id="P-11204-loose", kind="personal_supervision", author_id="W-11202",
        worker_id="W-11203", session_id="S-11203-loose", completed_at=told.ago(4),
    )  # fmt: skip
    for case, supervisor in zip(cases, ("W-10303", "W-10203"), strict=False):
        told.tell(
            "CaseDiscussed", told.ago(2), case_id=case.id, discussion_id=f"DC-{case.id}-odd", depth="light",
            discussed_on=told.ago(2), setting="individual", supervisor_id=supervisor,
            worker_id=case.holder(told.ago(2)),
        )  # fmt: skip
