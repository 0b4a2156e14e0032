"""The same facts in any order and portions, any of them several times: the same answers, through the real ledger."""

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import shipped
from app.assessing import Assessor
from app.db import Database
from app.deployment_keys import DeploymentKeys
from app.domain import told
from app.domain.compliance import assess
from app.domain.history import Subject
from app.domain.policy import loading
from app.embedded import Cluster
from app.events import facts as told_facts
from app.events.councils import Councils
from app.events.facts import Facts
from app.recording import Recorder, open_council, own_event
from app.security import SCOPES, Actor
from tests.serving import Keyring

NOW = datetime(2025, 6, 2, 9, tzinfo=UTC)
DAYS = (date(2025, 3, 31), date(2025, 5, 6), date(2025, 6, 2))
SUBJECTS = (Subject("worker", "W-1"), Subject("case", "C-1"))
LCS, HR, FORMS = "urn:luton:lcs", "urn:luton:hr", "urn:luton:forms"
Event = dict[str, Any]
Said = list[tuple[object, ...]]


class Telling(list[Event]):
    """Events, told one by one."""

    def tell(self, event_type: str, source: str = LCS, at: str | None = None, /, **data: Any) -> Event:
        """One more."""
        event = {"specversion": "1.0", "id": f"n-{len(self)}", "source": source, "type": event_type, "data": data}
        self.append(event | ({} if at is None else {"time": at}))
        return event


def _told() -> list[Event]:
    """Four months of a worker and a case, with contradictions, corrections, a retraction and a merge."""
    told = Telling()
    _beginnings(told)
    for number, day in enumerate(("2025-01-20", "2025-02-17", "2025-03-24", "2025-04-14", "2025-05-12")):
        _supervision(told, number, day)
    told.tell("SessionHeld", FORMS, session_id="S-1", worker_id="W-1", held_on="2025-02-18", kind="individual")
    held, spoken = ({"source": LCS, "id": event["id"]} for event in told[-4:-2])
    first = told.tell("EventCorrected", LCS, "2025-05-20T09:00:00Z", corrects=held, data={"held_on": "2025-05-13"})
    told.tell("EventCorrected", LCS, "2025-05-21T09:00:00Z", corrects=held, data={"held_on": "2025-05-14"})
    told.tell("EventRetracted", retracts={"source": LCS, "id": first["id"]}, reason="entered_in_error")
    told.tell("EventRetracted", retracts=spoken, reason="wrong_subject")
    told.tell("SubjectMerged", kind="case", from_id="C-2", into_id="C-1", merged_on="2025-05-01")
    told.tell("FeedConfirmed", system="lcs", feed="caseload", complete_to="2025-06-01")
    return told


def _beginnings(told: Telling) -> None:
    post = {"role": "social_worker", "service": "family_safeguarding", "holds_cases": True}
    told.tell("WorkerStarted", HR, worker_id="W-1", started_on="2025-01-06", **post)
    told.tell("SupervisorAssigned", HR, worker_id="W-1", supervisor_id="M-1", assigned_on="2025-01-06")
    told.tell("SupervisorAssigned", HR, worker_id="W-1", supervisor_id="M-2", assigned_on="2025-04-14")
    agreed = {"worker_id": "W-1", "supervisor_id": "M-1", "frequency": "28 days", "minutes": 90}
    told.tell("AgreementMade", agreement_id="G-1", made_on="2025-01-10", **agreed)
    told.tell("AbsenceStarted", HR, worker_id="W-1", started_on="2025-04-22", absence_id="B-1")
    told.tell("AbsenceEnded", HR, worker_id="W-1", ended_on="2025-05-09", absence_id="B-1")
    told.tell("CaseOpened", case_id="C-1", opened_on="2025-01-13", service="looked_after_children")
    told.tell("CaseOpened", case_id="C-2", opened_on="2025-01-20", service="looked_after_children")
    for hour, category in ((9, "matched_stable"), (15, "awaiting_permanency")):  # the later of the day holds
        at = f"2025-02-03T{hour:02}:00:00Z"
        told.tell("CaseClassified", LCS, at, case_id="C-1", classified_on="2025-02-03", category=category)
    told.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2025-01-14")


def _supervision(told: Telling, number: int, day: str) -> None:
    case = "C-2" if number == 2 else "C-1"
    where = {"session_id": f"S-{number}", "worker_id": "W-1", "supervisor_id": "M-1"}
    told.tell("SessionHeld", held_on=day, minutes=90, kind="individual", **where)
    discussed = {"case_id": case, "discussed_on": day, "session_id": f"S-{number}", "setting": "individual"}
    told.tell("CaseDiscussed", discussion_id=f"D-{number}", depth="full", **discussed)
    record = {"record_id": f"R-{number}", "kind": "case_supervision", "case_id": case, "discussed_on": day}
    told.tell("RecordCompleted", completed_at=f"{day[:-2]}28", author_id="M-1", discussion_id=f"D-{number}", **record)


TOLD = _told()
arrivals = st.tuples(
    st.permutations(range(len(TOLD))),
    st.lists(st.tuples(st.sampled_from(range(len(TOLD))), st.integers(0, len(TOLD))), max_size=15),
    st.lists(st.integers(1, 8), min_size=1, max_size=6),
    st.booleans(),
)


class InOrderOfArrival(Facts):
    """Facts in the order of positions instead of business dates: what the ledger must not lean on."""

    def tellings(self, tag: str, types: frozenset[str] | None = None) -> Sequence[told_facts.Telling]:
        """As they came."""
        return sorted(super().tellings(tag, types), key=lambda telling: telling[0].position)

    def as_at(self, day: date) -> Facts:
        """The same for a day."""
        plain = super().as_at(day)
        return InOrderOfArrival(plain._by_tag, plain._day, plain._types)


@dataclass
class Place:
    """Where councils are made, told and asked."""

    owner: Database
    service: Database
    deployment: DeploymentKeys

    async def council(self) -> tuple[str, Recorder]:
        """A council that has adopted Luton's framework."""
        council = f"c-{secrets.token_hex(6)}"
        await open_council(self.owner, self.deployment, council, "Any order", NOW, shipped.calendar())
        recorder = Recorder(self.service, Councils(self.service, self.deployment, lambda: NOW), lambda: NOW)
        pack = loading.load(shipped.pack("luton"))
        adopted = {"policy": loading.as_json(pack), "policy_id": pack.id, "version": pack.version}
        event = own_event(council, "PolicyAdopted", "adopted", NOW, adopted | {"applies_from": "2021-06-01"})
        await recorder.record_own(council, "test", event)
        return council, recorder

    async def said(
        self, arrived: Sequence[Event], sizes: Sequence[int], *, atomic: bool = True, facts: type[Facts] = Facts
    ) -> Said:
        """Everything that a new council answers when it was told so."""
        council, recorder = await self.council()
        actor = Actor(council, "test", frozenset(SCOPES), ("*",), ("*",))
        rest, turn = list(arrived), 0
        while rest:
            size = sizes[turn % len(sizes)]
            await (recorder.record if atomic else recorder.record_each)(actor, rest[:size])
            rest, turn = rest[size:], turn + 1
        assessor = Assessor(self.service)
        answers = []
        for subject in SUBJECTS:
            for day in DAYS:
                answers += (await assessor.ask(council, subject.tag, _question(subject, day, facts))).value
        return answers


def _question(subject: Subject, day: date, kind: type[Facts]) -> Callable[[Facts], Said]:
    def question(facts: Facts) -> Said:
        given = kind(facts._by_tag, facts._day, facts._types)
        return [
            (
                *(subject, day, finding.rule, finding.status, finding.code, finding.why),
                *(finding.opened_on, finding.target_on, finding.due_on, finding.met_on),
                sorted((reference.source, reference.id) for reference in finding.evidence),
            )
            for finding in assess(subject, given, day).findings
        ]

    return question


@pytest.fixture(scope="session")
async def place(database: Cluster, keyring: Keyring) -> AsyncIterator[Place]:
    """On the run's cluster."""
    made = Place(Database(database.owner_url, pool_size=2), Database(database.service_url), keyring.deployment)
    yield made
    await made.owner.close()
    await made.service.close()


@pytest.fixture(scope="session")
async def in_order(place: Place) -> Said:
    """The answers when everything comes in order, once."""
    return await place.said(TOLD, [1])


def test_the_history_is_worth_asking_about(in_order: Said) -> None:
    assert len({answer[3] for answer in in_order}) >= 3, "hardly different statuses: this would show nothing"


async def _any_order(place: Place, in_order: Said, drawn: tuple[Any, ...]) -> None:
    order, again, sizes, atomic = drawn
    arrived = [TOLD[index] for index in order]
    for index, before in again:
        arrived.insert(before, TOLD[index])
    assert await place.said(arrived, sizes, atomic=atomic) == in_order


@settings(max_examples=settings.default.max_examples // 3)
@given(drawn=arrivals)
async def test_any_order_and_any_repetition_says_the_same(place: Place, in_order: Said, drawn: tuple[Any, ...]) -> None:
    await _any_order(place, in_order, drawn)


async def test_control_facts_in_the_order_of_arrival_would_say_something_else(
    place: Place, in_order: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await place.said(TOLD, [1], facts=Facts) == in_order
    monkeypatch.setattr(told, "order", lambda fact: fact.position)  # where several tags are read together
    backwards = await place.said(TOLD[::-1], [1], facts=InOrderOfArrival)
    assert backwards != in_order
