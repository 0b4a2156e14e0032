"""Histories of what must be so on every day, and of what an organisation does, over a few months."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from app.events.facts import Fact
from tests.domain.invented import days, lengths
from tests.domain.told import adopted, calendar, policy, started, told

REGISTERED = {
    "any_of": [
        {"type": "RegistrationChecked", "where": {"status": "registered"}},
        {"type": "WorkerStarted", "where": {"registered": True}},
    ]
}
LOST = {"type": "RegistrationChecked", "where": {"status": {"not": "registered"}}}
FILE = {"any_of": [{"type": "FileOpened"}, {"type": "FileTransferred"}]}
AUDIT = {"type": "FileAudited", "where": {"selection": "random"}}


def of_states(version: str = "1", grace: int = 10) -> dict[str, Any]:
    about = {"subject": "worker", "applies": {"service": "quay"}}
    of_file = {"called": "holder", "event": FILE, "held_by": ["to_id", "holder_id"]}
    allowed = {"grace": {"limit": f"{grace} days", "policy_silent": True}}
    return policy(
        {"id": "SUPERVISED", **about, "always": {"called": "supervisor", "supervisor": "personal"}},
        {"id": "FED", **about, "feed": "staff", "always": {"called": "supervisor", "supervisor": "case"}},
        {"id": "SUPERVISES", **about,
         "always": {"called": "practitioner", "supervises": "case", "silence": "not_there", **allowed}},
        {"id": "REGISTERED", **about, "codes": {"met": "registered", "breached": "lapsed"},
         "always": {"called": "registration", "event": REGISTERED, "until": "expires_on", "ended_by": LOST}},
        {"id": "HELD", **about, "always": {**of_file, **allowed}},
        {"id": "AUDITS", **about,
         "every": {"event": {**AUDIT, "belongs_by": "auditor_id"}, "window": "month"}},
        version=version,
    )  # fmt: skip


SENIOR = {"person": "auditor_id", "role": ["worker", "senior"]}


def of_organisation(version: str = "1", empty: int = 0) -> dict[str, Any]:
    rounds = {"event": AUDIT, "window": "1 month", "first_day": "2024-12-10", "counts_from": "2024-12-10"}
    return policy(
        {"id": "ROUNDS", "subject": "organisation", "every": {**rounds, "empty_allowed": empty}},
        {"id": "ALLOWED", "subject": "organisation", "force": "may",
         "every": {"event": {"type": "FileAudited"}, "window": "month"}},
        {"id": "BY_SOME", "subject": "organisation",
         "every": {"event": {"type": "FileAudited"}, "window": "month", "by": SENIOR, "empty_allowed": empty}},
        version=version,
    )  # fmt: skip


def _later(on: str, by: int) -> str:
    return (date.fromisoformat(on) + timedelta(days=by)).isoformat()


def _assigned(on: str, by: int, whom: tuple[str, str], more: dict[str, str]) -> Fact:
    until = {"until": _later(on, by)} if by % 3 == 0 else {}
    worker, supervisor = whom
    return told("SupervisorAssigned", worker_id=worker, supervisor_id=supervisor, assigned_on=on, **until, **more)


def _ended(on: str, whom: tuple[str, str], more: dict[str, str]) -> Fact:
    worker, supervisor = whom
    return told("SupervisorUnassigned", worker_id=worker, supervisor_id=supervisor, ended_on=on, **more)


def _registration(on: str, by: int, status: str) -> Fact:
    expires = {"expires_on": _later(on, by - 5)} if by % 2 else {}
    return told(
        "RegistrationChecked", worker_id="W-1", checked_on=on, regulator="social_work_england", status=status, **expires
    )


def _file(on: str, who: str | None, moved: bool) -> Fact:
    if moved:
        return told("FileTransferred", worker_id="W-1", to_id=who or "M-1", transferred_on=on)
    return told("FileOpened", worker_id="W-1", opened_on=on, **({} if who is None else {"holder_id": who}))


def _employed(on: str, who: str, left: bool) -> Fact:
    return told("WorkerLeft", worker_id=who, left_on=on) if left else started(on, worker_id=who)


def audited(on: str, auditor: str = "W-1", selection: str = "random", worker: str = "W-5") -> Fact:
    who = {"auditor_id": auditor, "worker_id": worker, "programme": "qa", "selection": selection}
    return told("FileAudited", audit_id=f"F-{on}-{auditor}-{worker}", audited_on=on, **who)


pairs = st.sampled_from(
    [("W-1", "M-1"), ("W-1", "M-2"), ("W-1", "M-1"), ("W-5", "W-1"), ("W-6", "W-1"), ("W-5", "M-1")]
)
strands = st.sampled_from([{}, {}, {"strand": "case"}, {"strand": "case"}, {"basis": "interim"}])
happening = st.one_of(
    *2 * [st.builds(_assigned, days, lengths, pairs, strands)],
    *2 * [st.builds(_ended, days, pairs, strands)],
    st.builds(_registration, days, lengths, st.sampled_from(["registered", "registered", "lapsed", "not_registered"])),
    st.builds(_file, days, st.sampled_from(["M-1", "M-2", None]), st.booleans()),
    *2 * [st.builds(_employed, days, st.sampled_from(["W-1", "W-5", "M-1", "M-2"]), st.booleans())],
    st.builds(lambda on: told("FeedConfirmed", system="hr", feed="staff", complete_to=on), days),
    st.builds(
        audited,
        days,
        st.sampled_from(["W-1", "W-1", "M-1"]),
        st.sampled_from(["random", "chosen"]),
        st.sampled_from(["W-5", "W-1"]),
    ),
    st.builds(lambda on: adopted(of_states("2", grace=3), on), days),
)
workers = st.builds(
    lambda on, parts: (adopted(of_states(), "2025-01-10"), calendar(), started(on), *parts),
    days,
    st.lists(happening, max_size=10),
)
organisations = st.builds(
    lambda parts, more: (adopted(of_organisation(), "2025-01-20"), calendar(), audited("2024-12-01"), *parts, *more),
    st.lists(
        st.one_of(
            *3 * [st.builds(audited, days, st.sampled_from(["W-1", "M-1"]), st.sampled_from(["random", "chosen"]))],
            st.builds(_employed, days, st.sampled_from(["W-1", "M-1"]), st.booleans()),
        ),
        max_size=8,
    ),
    st.lists(st.builds(lambda on: adopted(of_organisation("2", empty=1), on), days), max_size=1),
)
