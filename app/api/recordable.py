"""Which events a person may record: the matrix of access (`records`) asked, event by event, by today's facts.

What a request brought before counts as recorded where all of it is recorded or nothing. A correction passes where what
the event said and what it will say both do; that it is the person's own event is settled before this.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from app.assessing import Assessor
from app.domain.access.granted import stands
from app.domain.access.matrix import Matrix
from app.domain.access.writing import Refused, Told, Writer, may_record
from app.domain.subject import Subject
from app.errors import Fault, Forbidden
from app.events.amending import Amended
from app.events.envelope import Incoming
from app.events.facts import LONDON, Facts
from app.events.stored import NewEvent, Stored, as_recorded
from app.security import Actor

BEYOND: Final = 2**62
"""Positions from here on are no event's."""


@dataclass(slots=True)
class Recordable:
    """What one person may record in one request."""

    matrix: Matrix
    assessor: Assessor
    actor: Actor
    now: datetime
    _brought: list[Stored] = field(default_factory=list)
    _standing: dict[Subject, Collection[str]] = field(default_factory=dict)

    async def check(self, incoming: Incoming, amended: Amended | None) -> None:
        """Raises `Forbidden` (`may_not_record`) naming the field."""
        if incoming.sourcerecordedby not in (None, self.actor.person):
            _raise(Refused("not_by_themself", "/sourcerecordedby", "must be your own id, or be left out"), "/data")
        if amended is None:
            _raise(await self._refused(Told(incoming.type, incoming.data)), "/data")
            return
        named = "/data/corrects" if "corrects" in incoming.data else "/data/retracts"
        _raise(await self._refused(Told(amended.type, amended.before)), named, whole=True)
        if amended.after is not None:
            _raise(await self._refused(Told(amended.type, amended.after)), "/data/data")

    def brought(self, event: NewEvent) -> None:
        """An event that is recorded together with those that follow."""
        self._brought.append(as_recorded(event, BEYOND + len(self._brought), self.now))

    async def _refused(self, told: Told) -> Refused | None:
        person, today = self.actor.person, self.now.astimezone(LONDON).date()
        if person is None:
            return Refused("nobody_known", "", "comes from somebody of whom the token does not say who they are here")
        roles = self.actor.roles & {name for name, role in self.matrix.roles.items() if role.people}

        def question(facts: Facts) -> Refused | None:
            writer = Writer(person, roles, lambda subject: self._stands(person, subject, facts, today))
            return may_record(self.matrix.records, writer, told, facts)

        asked = f"writer/{person}"
        _, found = await self.assessor.ask_all(self.actor.council, {asked: question}, supposed=self._brought)
        outcome = found[asked]
        if outcome.fault is not None or outcome.value is None:
            raise outcome.fault or RuntimeError("a question about nobody was answered about somebody")
        return outcome.value[0]

    def _stands(self, person: str, subject: Subject, facts: Facts, today: date) -> Collection[str]:
        """The relations in which they stand to the subject, kept for the request."""
        if subject not in self._standing:
            self._standing[subject] = stands(person, subject, facts, today)
        return self._standing[subject]


def _raise(refused: Refused | None, data: str, *, whole: bool = False) -> None:
    if refused is None:
        return
    pointer = data if whole else refused.pointer.replace("/data", data, 1)
    fault = Fault(pointer, refused.code, refused.why)
    raise Forbidden("may_not_record", "You may not record this event yourself.", errors=[fault])
