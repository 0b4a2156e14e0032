"""What people may record: every role, type of event and relation, against a second, naive statement of the same."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app import shipped
from app.domain.access.about import TELLING
from app.domain.access.writing import NAMING, Refused, Told, Writer, may_record
from app.domain.subject import Subject
from app.events.facts import Fact, Facts
from app.events.types import EVENT_TYPES
from tests.domain.told import answered, told

MATRIX = shipped.matrix()
RELATIONS = frozenset(name for named in MATRIX.relations.values() for name in named)
EXAMPLES = Path("tests/events/examples")

SUPERVISING = {
    "SessionScheduled", "SessionHeld", "SessionMissed", "PreparationRecorded", "CaseDiscussed", "DecisionMade",
    "ManagementOversightRecorded", "CaseNoteRecorded", "ActionAgreed", "ActionAmended", "ActionFollowedUp",
    "ActionCompleted", "RecordCompleted", "RecordReviewed", "RecordSigned", "RecordCopied", "RecordReopened",
    "DisagreementRecorded", "DisagreementResolved", "ConcernDiscussed", "ConcernResolved", "ObjectiveSet",
    "ObjectiveReviewed", "AgreementMade", "AgreementReviewed", "CaseRecordsReviewed",
}  # fmt: skip
ABOUT_CASES = {
    "CaseDiscussed", "SessionScheduled", "SessionHeld", "SessionMissed", "DecisionMade", "CaseNoteRecorded",
    "ManagementOversightRecorded", "CaseRecordsReviewed",
}  # fmt: skip
AUDITS = {"FileAudited"}


OF_ONESELF = {
    "PreparationRecorded", "RecordReviewed", "RecordSigned", "DisagreementRecorded", "ActionCompleted", "ActionBlocked",
}  # fmt: skip
NEXT_STAGE = {"ConcernDiscussed", "ConcernResolved", "DisagreementResolved"}
COVER = {"SupervisionObserved", "SupervisorAssigned", "SupervisorUnassigned"}
ACTIONS = {"RecordCompleted", "ActionAgreed", "ActionAmended", "ActionFollowedUp", "ActionCompleted"}
NAIVELY = {
    ("supervisor", "supervised"): SUPERVISING,
    ("supervisor", "supervised_case"): SUPERVISING,
    ("supervisor", "leads"): SUPERVISING,
    ("interim_supervisor", "supervised_meanwhile"): SUPERVISING,
    ("interim_supervisor", "supervised_case_meanwhile"): SUPERVISING,
    ("interim_supervisor", "leads"): SUPERVISING,
    ("supervisee", "self"): OF_ONESELF | {"ConcernRaised", "ConcernEscalated"},
    ("supervisee", "own_case"): OF_ONESELF,
    ("line_manager", "managed"): NEXT_STAGE | COVER,
    ("line_manager", "below"): NEXT_STAGE | COVER,
    ("line_manager", "case_below"): NEXT_STAGE,
    ("senior_practitioner", "supervised_case"): ABOUT_CASES | ACTIONS,
    ("senior_practitioner", "supervised_on_cases"): ABOUT_CASES,
    ("auditor", "engaged"): AUDITS,
    ("auditor", "granted"): AUDITS,
    ("service_manager", "granted"): AUDITS,
    ("service_director", "granted"): AUDITS,
    ("senior_manager", "granted"): AUDITS,
    ("council_admin", "council"): {"CalendarAdopted"},
}
"""What somebody may record who stands so to everybody concerned and says all as it must be."""


class Ledger(dict[str, list[Fact]]):
    """Facts by tag, nothing under any other: all of it is loaded."""

    def __contains__(self, tag: object) -> bool:
        return True

    def __missing__(self, tag: str) -> list[Fact]:
        return []


BY_WHOM = (
    "by",
    "author_id",
    "on_behalf_of_id",
    "signer_id",
    "reviewer_id",
    "observer_id",
    "auditor_id",
    "made_by",
    "supervisor_id",
)
OTHERS_MAY_BE_NAMED = {("SupervisorAssigned", "supervisor_id"), ("SupervisorUnassigned", "supervisor_id"),
                       ("SessionMissed", "by"), ("ConcernRaised", "supervisor_id"),
                       ("FileAudited", "supervisor_id")}  # fmt: skip
ROLE_SAYS = {"supervisee": {"capacity": "supervisee"}}


def example(type_name: str, role: str = "supervisor") -> dict[str, Any]:
    """The smallest event of the type, said by P-1 as their role has to say it."""
    data: dict[str, Any] = json.loads((EXAMPLES / f"{type_name}.json").read_text())["minimal"]["data"]
    fields = EVENT_TYPES[type_name].model_fields
    says = {"capacity": "supervisor", "strand": "case", "stage": 1, "basis": "interim", "to_worker_id": "W-1"}
    says |= ROLE_SAYS.get(role, {})
    data |= {name: value for name, value in says.items() if name in fields}
    data |= {name: "P-1" for name in BY_WHOM if name in data}
    if type_name != "CalendarAdopted" and not {"case_id", "worker_id", "worker_ids"} & data.keys():
        data["worker_id"] = "W-1"
    return data | ({"worker_id": "W-1"} if "worker_id" in data else {})


def known(type_name: str, data: Mapping[str, Any], about: str = "W-1") -> Facts:
    """Facts by which everything that the event refers to, and does not begin, is about this worker."""
    by_tag = Ledger()
    for field, kind in NAMING.items():
        if isinstance(data.get(field), str) and type_name not in TELLING[kind]:
            by_tag[f"{kind}/{data[field]}"] = [telling(kind, data[field], about)]
    return Facts(by_tag)


def telling(kind: str, identity: str, worker: str) -> Fact:
    """What says that a thing is about the worker."""
    on = "2025-03-03"
    discussed = {"case_id": "C-1", "depth": "full", "setting": "individual"}
    told_by: dict[str, tuple[str, dict[str, Any]]] = {
        "session": ("SessionHeld", {"held_on": on, "kind": "individual"}),
        "record": ("RecordCompleted", {"session_id": "S-0", "kind": "k", "completed_at": on, "author_id": "M-1"}),
        "action": ("ActionAgreed", {"agreed_on": on}),
        "concern": ("ConcernRaised", {"raised_on": on}),
        "disagreement": ("DisagreementRecorded", {"recorded_on": on, "by": "M-1"}),
        "objective": ("ObjectiveSet", {"set_on": on}),
        "agreement": ("AgreementMade", {"supervisor_id": "M-1", "made_on": on}),
        "discussion": ("CaseDiscussed", {"discussed_on": on, **discussed}),
        "decision": ("DecisionMade", {"case_id": "C-1", "made_on": on, "made_by": "M-1", "setting": "individual"}),
        "file": ("FileOpened", {"opened_on": on}),
    }
    type_name, data = told_by[kind]
    return told(type_name, **data | {"worker_id": worker, f"{kind}_id": identity})


def asked(role: str, type_name: str, data: Mapping[str, Any], facts: Facts, *relations: str) -> Refused | None:
    writer = Writer("P-1", frozenset({role}), lambda _: relations)
    return may_record(MATRIX.records, writer, Told(type_name, data), facts)


@pytest.mark.parametrize("role", MATRIX.roles)
def test_every_type_is_recorded_by_exactly_the_roles_and_relations_that_may(role: str) -> None:
    wrong = []
    for type_name in EVENT_TYPES:
        data = example(type_name, role)
        facts = known(type_name, data)
        wrong += [
            (type_name, relation)
            for relation in sorted(RELATIONS)
            if (asked(role, type_name, data, facts, relation) is None)
            != (type_name in NAIVELY.get((role, relation), ()))
        ]
    assert wrong == []


RECORDED = [
    (role, relation, type_name)
    for role, relation in (("supervisor", "supervised"), ("supervisee", "self"), ("line_manager", "below"),
                           ("auditor", "engaged"), ("senior_practitioner", "supervised_case"))
    for type_name in EVENT_TYPES
    if type_name in NAIVELY[role, relation]
]  # fmt: skip


@pytest.mark.parametrize(("role", "relation", "type_name"), RECORDED)
def test_nobody_writes_signs_or_decides_in_somebody_elses_name(role: str, relation: str, type_name: str) -> None:
    data = example(type_name, role)
    for field in EVENT_TYPES[type_name].model_fields.keys() & set(BY_WHOM):
        refused = asked(role, type_name, data | {field: "W-2"}, known(type_name, data), relation)
        may_be_another = (type_name, field) in OTHERS_MAY_BE_NAMED
        assert may_be_another or (refused and (refused.code, refused.pointer) == ("not_by_themself", f"/data/{field}"))


@pytest.mark.parametrize(("role", "relation", "type_name"), RECORDED)
def test_whatever_else_an_event_names_must_be_of_those_concerned_too(role: str, relation: str, type_name: str) -> None:
    """W-1 is theirs and W-2 is not: naming a session, record, action … of W-2's beside W-1 is refused."""
    data = example(type_name, role)
    fields = EVENT_TYPES[type_name].model_fields
    writer = Writer(
        "P-1", frozenset({role}), lambda subject: {relation} - ({relation} if subject.id == "W-2" else set())
    )
    for field in sorted(NAMING.keys() & fields.keys()):
        if field == "revisits":
            continue
        facts = known(type_name, data).with_instead(f"{NAMING[field]}/X-2", [telling(NAMING[field], "X-2", "W-2")])
        refused = may_record(MATRIX.records, writer, Told(type_name, data | {field: "X-2"}), facts)
        assert refused is not None, field
        assert refused.pointer == f"/data/{field}"


def test_what_is_nobodys_and_what_is_not_there_are_refused_in_the_same_words() -> None:
    signed = example("RecordSigned")
    unknown = asked("supervisor", "RecordSigned", signed, Facts(Ledger()), "supervised")
    others = asked("supervisor", "RecordSigned", signed, known("RecordSigned", signed), "council")
    worker = asked("supervisor", "RecordSigned", signed, known("RecordSigned", signed), "council")
    assert unknown is not None
    assert others == worker
    assert (unknown.code, unknown.pointer) == ("not_related", "/data/record_id")
    del signed["worker_id"]
    assert asked("supervisor", "RecordSigned", signed, known("RecordSigned", signed), "council") == unknown


def test_a_record_of_a_session_is_whose_the_session_is() -> None:
    facts = (
        told("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-03-03", kind="individual"),
        told("CaseDiscussed", session_id="S-1", case_id="C-9", discussed_on="2025-03-03", depth="full",
             setting="individual"),
        told("RecordCompleted", record_id="R-1", session_id="S-1", kind="k", completed_at="2025-03-04", author_id="M"),
    )  # fmt: skip
    signed = {"record_id": "R-1", "signer_id": "W-1", "capacity": "supervisee", "signed_on": "2025-03-05"}

    def signing(person: str) -> Refused | None:
        writer = Writer(person, frozenset({"supervisee"}), lambda about: {"self"} if about.id == person else set())
        data = signed | {"signer_id": person}
        return answered(lambda loaded: may_record(MATRIX.records, writer, Told("RecordSigned", data), loaded), facts)

    assert signing("W-1") is None
    assert signing("W-2") is not None


def test_one_of_a_group_prepares_and_signs_for_themself_and_completes_no_other_members_action() -> None:
    facts = (
        told("SessionHeld", session_id="S-1", worker_ids=["W-1", "W-2"], held_on="2025-03-03", kind="group"),
        told("ActionAgreed", action_id="A-1", worker_id="W-2", session_id="S-1", agreed_on="2025-03-03"),
    )
    writer = Writer("W-1", frozenset({"supervisee"}), lambda about: {"self"} if about.id == "W-1" else set())

    def refused(type_name: str, **data: Any) -> Refused | None:
        return answered(lambda loaded: may_record(MATRIX.records, writer, Told(type_name, data), loaded), facts)

    prepared = {"session_id": "S-1", "by": "W-1", "capacity": "supervisee", "prepared_on": "2025-03-01"}
    assert refused("PreparationRecorded", **prepared) is None
    assert refused("PreparationRecorded", **prepared, worker_id="W-2") is not None
    assert refused("ActionCompleted", action_id="A-1", completed_on="2025-03-05") is not None


def test_an_event_of_which_nobody_can_tell_whom_it_is_about_says_which_field_to_add() -> None:
    refused = asked("supervisor", "ActionAgreed", {"action_id": "A-1", "agreed_on": "2025-03-03"},
                    Facts(Ledger()), "supervised")  # fmt: skip
    assert refused is not None
    assert refused.code == "subject_untold"
    assert "worker_id or case_id" in refused.why


def test_every_team_that_is_named_must_be_led_too() -> None:
    held = example("SessionHeld") | {"team_id": "T-1"}
    writer = Writer(
        "P-1", frozenset({"supervisor"}), lambda about: {"supervised"} if about != Subject("team", "T-1") else set()
    )
    refused = may_record(MATRIX.records, writer, Told("SessionHeld", held), Facts(Ledger()))
    assert refused is not None
    assert refused.pointer == "/data/team_id"


@pytest.mark.parametrize(
    ("role", "relation", "type_name", "field", "value"),
    [
        ("supervisor", "supervised", "RecordSigned", "capacity", "supervisee"),
        ("supervisee", "self", "RecordSigned", "capacity", "supervisor"),
        ("supervisor", "supervised", "ConcernResolved", "stage", 2),
        ("supervisor", "supervised", "ConcernResolved", "stage", None),
        ("line_manager", "below", "SupervisorAssigned", "basis", "permanent"),
        ("line_manager", "below", "SupervisorAssigned", "basis", None),
        ("senior_practitioner", "supervised_on_cases", "SessionHeld", "strand", "personal"),
        ("supervisor", "supervised", "RecordCopied", "to_worker_id", "W-2"),
    ],
)
def test_what_a_role_has_to_say_is_held_to(role: str, relation: str, type_name: str, field: str, value: object) -> None:
    data = {name: each for name, each in (example(type_name, role) | {field: value}).items() if each is not None}
    refused = asked(role, type_name, data, known(type_name, data), relation)
    assert refused is not None
    assert refused.pointer == f"/data/{field}"


def test_every_line_speaks_of_types_and_fields_that_there_are() -> None:
    for line in MATRIX.records:
        assert set(line.types) <= EVENT_TYPES.keys()
        fields = {name for each in line.types for name in EVENT_TYPES[each].model_fields}
        assert {*line.themself, *line.theirs} <= fields
        assert all(line.says.keys() <= EVENT_TYPES[each].model_fields.keys() for each in line.types)
        assert all(EVENT_TYPES[each].posted_by in ("ordinary", "admin") for each in line.types)
    for field, kind in NAMING.items():
        assert any(field in each.model_fields for each in EVENT_TYPES.values()), field
        assert kind in TELLING
