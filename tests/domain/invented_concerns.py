"""Histories under words of the language that stand in few rules: `never`, `once`, `later`, `after_by`."""

from typing import Any

from hypothesis import strategies as st

from app.events.facts import Fact
from tests.domain import told
from tests.domain.invented import _later, days, lengths
from tests.domain.told import adopted, calendar, policy

CODES = {
    "roles": ["worker", "manager", "senior"],
    "services": {"quay": [], "beach": ["calm", "rough"], "pier": []},
    "stages": ["probation", "confirmed"],
    "flags": ["fog", "storm"],
}
FIRST_STAGE = {"type": "ConcernDiscussed", "where": {"stage": 1}}
SECOND_STAGE = {"event": {"type": "ConcernDiscussed", "where": {"stage": 2}}, "same": "concern"}
NEW_POST = {"type": "WorkerRoleChanged", "where": {"new_post": {"not": False}}}
BY_SUPERVISOR = {"type": "RecordSigned", "where": {"capacity": "supervisor"}}
SIGNED = {
    "type": "RecordSigned",
    "where": {"capacity": "supervisee"},
    "with": [{"event": BY_SUPERVISOR, "same": "record"}],
}
COPIED = {"event": {"type": "RecordCopied"}, "same": "record", "later": True}


def of_worker(version: str = "1", limit: int = 14) -> dict[str, Any]:
    about = {"subject": "worker", "applies": {"service": "quay"}}
    never = [{"role": "manager", "stage": "probation"}, {"role": ["worker", "senior"], "registered": False}]
    return policy(
        {"id": "NEVER", **about, "never": {"called": "disagreement", "any_of": never[: int(version)]}},
        {"id": "ONCE", **about, "within": {"after": FIRST_STAGE, "once": "concern", "limit": f"{limit} days",
         "answered_by": SECOND_STAGE, "falls_away_on": {"event": {"type": "ConcernResolved"}, "same": "concern"}}},
        {"id": "ONCE-LATER", **about,
         "within": {"after": FIRST_STAGE, "once": "concern", "answered_by": SECOND_STAGE | {"later": True}}},
        {"id": "MOVED", **about, "policy_silent": True, "within": {"after": NEW_POST, "limit": f"{2 * limit} days",
         "answered_by": {"event": {"type": "FileTransferred"}, "same": "worker", "later": True},
         "falls_away_on": {"event": NEW_POST, "same": "worker", "later": True}}},
        {"id": "COPIED", **about, "within": {"after": SIGNED, "limit": f"{limit} days", "answered_by": COPIED}},
        {"id": "AFTER-BY", **about, "within": {"after": {"type": "SessionHeld"}, "limit": f"{limit} days",
         "after_by": {"person": "supervisor_id", "any_of": [{"role": "senior"}, {"relation": "line_manager"}]},
         "answered_by": {"event": {"type": "RecordCompleted"}, "same": "session"}}},
        version=version, codes=CODES,
    )  # fmt: skip


def of_case(version: str = "1", limit: int = 14) -> dict[str, Any]:
    never = [{"category": "calm", "flags": "storm"}, {"service": "pier", "flags": "fog"}]
    warned = {"called": "disagreement", "any_of": never[: int(version)]}
    record = {"event": {"type": "RecordCompleted"}, "same": "discussion"}
    return policy(
        {"id": "NEVER", "subject": "case", "never": warned},
        {"id": "NEVER-MAY", "subject": "case", "force": "may", "never": warned},
        {"id": "AFTER-BY", "subject": "case", "within": {"after": {"type": "CaseDiscussed"}, "limit": f"{limit} days",
         "after_by": {"person": "supervisor_id", "role": "senior"}, "answered_by": record}},
        {"id": "LATER", "subject": "case", "within": {"after": {"type": "NeedChanged"}, "limit": f"{limit} days",
         "answered_by": {"event": {"type": "CaseDiscussed"}, "same": "case", "later": True}}},
        {"id": "WRITTEN", "subject": "case", "latest": {"event": {"type": "RecordCompleted"},
         "by": {"person": "author_id", "any_of": [{"relation": "supervisor"}, {"relation": "line_manager"}]}}},
        version=version, codes=CODES,
    )  # fmt: skip


people = st.sampled_from(["M-1", "M-2"])
roles = st.sampled_from(["worker", "manager", "senior", "senior", "captain"])


def _concern(on: str, by: int, name: str) -> list[Fact]:
    about = {"concern_id": name, "worker_id": "W-1"}
    first = told.told("ConcernDiscussed", **about, discussed_on=on, stage=1)
    again = told.told("ConcernDiscussed", **about, discussed_on=_later(on, by // 3), stage=1)
    second = told.told("ConcernDiscussed", **about, discussed_on=_later(on, by - 10), stage=2)
    resolved = told.told("ConcernResolved", **about, resolved_on=_later(on, by))
    return [first, *([again] if by % 2 else []), *([second] if by % 3 else [resolved] if by % 4 else [])]


def _signed(on: str, by: int) -> list[Fact]:
    """A record, signed by both in any order, and copied before, between or after."""
    about = {"record_id": f"R-{on}-{by}"}
    record = told.told("RecordCompleted", **about, kind="form", author_id="M-1", completed_at=on, session_id="S-0",
                       worker_id="W-1")  # fmt: skip
    days_of = {"supervisee": _later(on, 3), "supervisor": _later(on, by % 8)}
    signed = [told.told("RecordSigned", **about, signer_id="W-1", capacity=who, signed_on=then)
              for who, then in days_of.items()]  # fmt: skip
    copied = told.told("RecordCopied", **about, to_worker_id="W-1", copied_on=_later(on, by % 25))
    return [record, *signed[: 1 + by % 3], *([copied] if by % 4 else [])]


def _moved(on: str, by: int, role: str) -> list[Fact]:
    post = told.told("WorkerRoleChanged", worker_id="W-1", changed_on=on, role=role, new_post=bool(by % 4))
    moved = told.told("FileTransferred", worker_id="W-1", to_id="M-1", transferred_on=_later(on, by - 5))
    return [post, *([moved] if by % 2 else [])]


def _session(on: str, by: int, who: dict[str, str]) -> list[Fact]:
    held = told.session(on, **who)
    ids = {"session_id": held.data["session_id"], "worker_id": "W-1"}
    record = {"record_id": f"R-{on}-{by}", "kind": "form", "author_id": "M-1", "completed_at": _later(on, by)}
    return [held, *([told.told("RecordCompleted", **record, **ids)] if by % 3 else [])]


def _discussed(on: str, by: int, who: dict[str, str]) -> list[Fact]:
    """Perhaps in a session, of which alone it is told who supervised whom; with its record or without."""
    name = {"session_id": f"S-{on}"} if by % 2 else {}
    held = told.session(on, supervisor_id="M-2", **name)
    record = {"record_id": f"R-{on}-{by}", "kind": "form", "author_id": f"M-{1 + by % 2}", "case_id": "C-1"}
    written = told.told("RecordCompleted", completed_at=_later(on, by), discussed_on=on, **record, **name)
    return [told.discussed(on, **who, **name), *([held] if name else []), *([written] if by % 3 else [])]


def _in_post(on: str, who: str, role: str) -> list[Fact]:
    """Somebody starts, and manages or supervises the worker."""
    start = told.started(on, worker_id=who, role=role)
    if role == "manager":
        return [start, told.told("LineManagerAssigned", worker_id="W-1", manager_id=who, assigned_on=on)]
    return [start, told.told("SupervisorAssigned", worker_id="W-1", supervisor_id=who, assigned_on=on)]


whom = st.sampled_from([{}, {"supervisor_id": "M-1"}, {"supervisor_id": "M-2"}])
flags = st.sampled_from([{}, {"flags": []}, {"flags": ["fog"]}, {"flags": ["storm", "fog"]}])
happening_to_worker = st.one_of(
    *2 * [st.builds(_concern, days, lengths, st.sampled_from(["K-1", "K-2"]))],
    st.builds(_signed, days, lengths),
    st.builds(_moved, days, lengths, st.sampled_from(["worker", "manager", "senior"])),
    *2 * [st.builds(_session, days, lengths, whom)],
    st.builds(_in_post, days, people, roles),
    st.builds(lambda on, stage: [told.told("WorkerStageReached", worker_id="W-1", stage=stage, reached_on=on)],
              days, st.sampled_from(["probation", "confirmed"])),
    st.builds(lambda on, found: [told.told("RegistrationChecked", worker_id="W-1", checked_on=on, regulator="SWE",
              status=found)], days, st.sampled_from(["registered", "lapsed"])),
    st.builds(lambda on: [told.left(on)], days),
    st.builds(lambda on: [adopted(of_worker("2", limit=5), on)], days),
)  # fmt: skip
happening_to_case = st.one_of(
    *2 * [st.builds(_discussed, days, lengths, whom)],
    st.builds(_in_post, days, people, roles),
    st.builds(lambda on, category, more: [told.classified(on, category, **more)],
              days, st.sampled_from(["calm", "rough"]), flags),
    st.builds(lambda on, service: [told.told("CaseTransferred", case_id="C-1", transferred_on=on, service=service)],
              days, st.sampled_from(["quay", "beach", "pier"])),
    st.builds(lambda on: [told.told("NeedChanged", case_id="C-1", changed_on=on)], days),
    st.builds(lambda on: [told.allocated(on)], days),
    st.builds(lambda on: [told.closed(on)], days),
    st.builds(lambda on: [adopted(of_case("2", limit=5), on)], days),
)  # fmt: skip
concerned_workers = st.builds(
    lambda on, role, parts: (
        adopted(of_worker(), "2025-01-10"),
        calendar(),
        told.started(on, role=role),
        *(fact for part in parts for fact in part),
    ),
    days, st.sampled_from(["worker", "manager"]), st.lists(happening_to_worker, max_size=8),
)  # fmt: skip
warned_cases = st.builds(
    lambda on, parts: (
        adopted(of_case(), "2025-01-10"), calendar(), told.opened(on, "beach"), *(f for part in parts for f in part)
    ),
    days, st.lists(happening_to_case, max_size=8),
)  # fmt: skip
