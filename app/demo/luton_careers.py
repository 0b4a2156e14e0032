"""What else Luton's files on its staff hold: registration, objectives, disputes, arrangements, audits, a student."""

from app.demo import people
from app.demo.invented import Event, History
from app.demo.people import Ways


def careers(told: History, ways: Ways) -> None:
    """Everything of it."""
    people.agree(told, "W-10406", told.ago(70), ways)
    _registration(told)
    _objectives(told)
    _disputes(told)
    _arrangements(told)
    _audits(told)
    _student(told)


def _registration(told: History) -> None:
    """The first year in employment is assessed; registration is looked up, and one has lapsed."""
    day = told.ago(210)
    told.tell(
        "WorkerStageReached", day, worker_id="W-10204", stage="asye_completed", reached_on=day, agreed_by="W-10201"
    )
    for known in (w for w in told.workers.values() if w.role == "social_worker" and w.started <= day):
        status = "lapsed" if known.id == "W-11003" else "registered"
        told.tell(
            "RegistrationChecked", day, worker_id=known.id, regulator="social_work_england", status=status,
            checked_on=day, by="W-1004",
        )  # fmt: skip


def _objectives(told: History) -> None:
    """Set, reviewed and, for one, achieved; and the year's appraisal."""
    first, again = told.ago(330), told.ago(120)
    for worker in ("W-10103", "W-10303", "W-10603", "W-10903"):
        objective = f"OB-{worker.removeprefix('W-')}"
        told.tell("ObjectiveSet", first, objective_id=objective, worker_id=worker, set_on=first)
        told.tell(
            "ObjectiveReviewed", again, objective_id=objective, worker_id=worker, reviewed_on=again,
            outcome="achieved" if worker == "W-10103" else "continues",
        )  # fmt: skip
        told.tell("AppraisalHeld", again, worker_id=worker, held_on=again, by=told.workers[worker].supervisor(again))


def _disputes(told: History) -> None:
    """Two concerns about supervision: one went to the second stage, one was resolved; and a disagreement."""
    about: Event = {"concern_id": "CO-1", "worker_id": "W-10404"}
    told.tell("ConcernRaised", told.ago(125), **about, raised_on=told.ago(125), supervisor_id="W-10401", stage=1)
    told.tell("ConcernDiscussed", told.ago(118), **about, discussed_on=told.ago(118), stage=1)
    told.tell("ConcernEscalated", told.ago(105), **about, escalated_on=told.ago(105), stage=2)
    other: Event = {"concern_id": "CO-2", "worker_id": "W-10804"}
    told.tell("ConcernRaised", told.ago(250), **other, raised_on=told.ago(250), supervisor_id="W-10802", stage=1)
    told.tell("ConcernDiscussed", told.ago(243), **other, discussed_on=told.ago(243), stage=1)
    told.tell("ConcernResolved", told.ago(236), **other, resolved_on=told.ago(236), stage=1)
    disagreement: Event = {"disagreement_id": "DI-1"}
    told.tell(
        "DisagreementRecorded", told.ago(64), worker_id="W-10603", recorded_on=told.ago(64), by="W-10603",
        **disagreement,
    )  # fmt: skip
    told.tell("DisagreementResolved", told.ago(40), resolved_on=told.ago(40), by="W-10601", **disagreement)


def _arrangements(told: History) -> None:
    """An arrangement for somebody who came back part-time, until the summer."""
    told.tell("LineManagerUnassigned", told.ago(146), worker_id="W-10404", manager_id="W-10402", ended_on=told.ago(146))
    told.tell(
        "VariationApproved", told.ago(330), variation_id="V-1", worker_id="W-10705", rule="LU-68",
        parameters={"minutes": 75}, from_on=told.ago(330), approved_by="W-1005",
    )  # fmt: skip
    told.tell("VariationEnded", told.ago(160), variation_id="V-1", ended_on=told.ago(160), by="W-1005")
    told.tell(
        "ExcusalGranted", told.ago(250), worker_id="W-10203", rule="LU-67", from_on=told.ago(250),
        until_on=told.ago(236), granted_by="W-1003", excusal_id="EX-1",
    )  # fmt: skip


def _audits(told: History) -> None:
    """Each month service managers look at a file of one of their team managers; two months were missed.

    The last of the team managers of each is never chosen.
    """
    for number, manager in enumerate(("W-1003", "W-1004", "W-1005")):
        mine = {
            worker.id: [each.id for each in told.workers.values() if worker.id in each.supervisors.values()]
            for worker in told.workers.values()
            if worker.role == "team_manager" and manager in worker.supervisors.values()
        }
        chosen = [name for name, files in mine.items() if files]
        chosen = chosen[:-1] or chosen
        for turn, day in enumerate(told.every(30, last=6 + number, since=390)):
            if turn % 6 != 4 and not (manager == "W-1005" and day > told.ago(70)):
                whose = chosen[turn % len(chosen)]
                told.tell(
                    "FileAudited", day, audit_id=f"AU-{manager.removeprefix('W-')}-{turn}", audited_on=day,
                    auditor_id=manager, supervisor_id=whose, worker_id=mine[whose][turn % len(mine[whose])],
                    programme="monthly_file_audit", selection="chosen", tool_version="2021-03",
                )  # fmt: skip


def _student(told: History) -> None:
    """A practice educator from outside supervises a student's practice."""
    day = told.ago(150)
    told.tell(
        "WorkerStarted", day, worker_id="W-1951", started_on=day, role="practice_educator",
        service="family_safeguarding", subject_kind="external",
    )  # fmt: skip
    told.tell(
        "SupervisorAssigned", told.ago(118), worker_id="W-10306", supervisor_id="W-1951", assigned_on=told.ago(118),
        strand="professional",
    )  # fmt: skip
