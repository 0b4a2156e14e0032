"""The course of an erasure: asked for by one person, approved by another, cooled off, carried out, or closed before.

Rules: neither of the two is the worker whom it is about, and they are never one person; one erasure of a subject is
open at a time; what stands in the way (`holding.blocks`) refuses the approval and the carrying out, and not the
request; where no policy sets a period the request names on whose authority. Days are London's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, Literal

from app import directory
from app.db import Database
from app.domain.holding import Block, Erasure, Period, blocks, erasures, period, renamed, withheld
from app.domain.subject import Subject
from app.domain.wording import day as in_words
from app.erasing.deciding import Decider, Deciding, Judged
from app.erasure_register import Erasure as Registered
from app.erasure_register import ErasureRegister, RegisterRefused
from app.errors import ConditionFailed, Conflict, Fault, Forbidden, Invalid, NotFound, Unavailable
from app.events import erasing
from app.events.councils import Access, Councils
from app.events.erasing import Doomed
from app.events.facts import Facts
from app.events.stored import APPENDED, Condition
from app.recording import own_event

OPEN: Final = ("requested", "approved")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks to be erased: on which ground, on whose authority, and why (codes)."""

    request_id: str
    basis: str
    authority: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How an erasure stands: what is in its way, how long the policy keeps the texts."""

    subject: Subject
    erasure: Erasure
    blocks: tuple[Block, ...]
    period: Period
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erasing:
    """Asks for, approves, closes and carries out. `cooling_off`: full days between approval and carrying out."""

    deciding: Deciding
    councils: Councils
    register: ErasureRegister
    cooling_off: int

    async def ask(self, who: Decider, subject: Subject, asked: Asked) -> bool:
        """Keep the request; whether it is new. Raises `Forbidden`, `Invalid`, and `Conflict` where one is open."""
        await self._not_about_themself(who, subject)

        async def attempt() -> bool:
            judged = await self.deciding.judge(
                who.council, subject, lambda facts: (erasures(subject, facts, who.today), _said(subject, facts, who))
            )
            earlier, said = judged.value
            if _already(earlier, asked):
                return False
            if not said and asked.authority is None:
                raise _no_period()
            data = {
                f"{subject.kind}_id": subject.id, "request_id": asked.request_id, "by": who.person,
                "requested_on": who.today.isoformat(), "basis": asked.basis, "authority": asked.authority,
                "reason": asked.reason,
            }  # fmt: skip
            identity = f"erasure-requested-{asked.request_id}"
            await self.deciding.record(who, "ErasureRequested", identity, data, judged.condition)
            return True

        return await self.deciding.until_settled(attempt)

    async def approve(self, who: Decider, subject: Subject, request_id: str) -> None:
        """By another than who asked. From now on nobody reads the texts. Idempotent. Raises `Forbidden`, `Conflict`."""
        await self._not_about_themself(who, subject)

        async def attempt() -> None:
            judged = await self._judged(who.council, subject, request_id, who.today)
            erasure, in_the_way = judged.value
            # after the judgement, so that a merge that came later makes the condition fail
            _must_be_two(erasure.requested_by, await self.deciding.person_now(who))
            if erasure.state == "approved":
                return
            _must_be(erasure, "requested")
            _unless_blocked(in_the_way)
            data = {
                f"{subject.kind}_id": subject.id, "request_id": request_id, "approved_on": who.today.isoformat(),
                "by": who.person, "basis": erasure.basis, "names": [name.partition("/")[2] for name in judged.names],
                "from_on": (who.today + timedelta(days=self.cooling_off)).isoformat(),
            }  # fmt: skip
            identity = f"erasure-approved-{request_id}"
            await self.deciding.record(who, "ErasureApproved", identity, data, judged.condition)

        await self.deciding.until_settled(attempt)

    async def close(
        self, who: Decider, subject: Subject, request_id: str, outcome: Literal["refused", "withdrawn"],
        reason: str | None = None,
    ) -> None:  # fmt: skip
        """It will not be carried out, and what was restricted can be read again. Idempotent. Raises `Conflict`."""

        async def attempt() -> None:
            judged = await self._judged(who.council, subject, request_id, who.today)
            erasure, _ = judged.value
            if erasure.state == outcome:
                return
            _must_be(erasure, *(OPEN if outcome == "withdrawn" else ("requested",)))
            data = {
                f"{subject.kind}_id": subject.id, "request_id": request_id, "closed_on": who.today.isoformat(),
                "by": who.person, "outcome": outcome, "reason": reason,
            }  # fmt: skip
            await self.deciding.record(who, "ErasureClosed", f"erasure-closed-{request_id}", data, judged.condition)

        await self.deciding.until_settled(attempt)

    async def carry_out(self, who: Decider, subject: Subject, request_id: str) -> None:
        """Destroy it, once it has cooled off and nothing stands in the way. Idempotent.

        Raises `Forbidden`, `Conflict`, and `Unavailable` where the register cannot be written.
        """
        await self._not_about_themself(who, subject)
        self._register_works()
        access = await self.councils.access(who.council)

        async def attempt() -> Doomed | None:
            judged = await self._judged(who.council, subject, request_id, who.today)
            erasure, in_the_way = judged.value
            if erasure.state == "carried_out":
                return None
            _must_be(erasure, "approved")
            _must_be_two(erasure.requested_by, erasure.approved_by)  # as they are called now
            _unless_blocked([*in_the_way, *renamed(erasure, judged.names)])
            if erasure.from_on is not None and who.today < erasure.from_on:
                raise _cooling_off(erasure.from_on)
            return await self._destroyed(who, access, subject, erasure, judged)

        gone = await self.deciding.until_settled(attempt)
        if gone is None:
            await self.enter(who.council)
        else:
            access.keys.forget(who.council, gone.subjects)

    async def standing(self, council: str, subject: Subject, request_id: str, today: date) -> Standing:
        """How it stands on the day. Raises `NotFound`."""
        judged = await self.deciding.judge(
            council, subject, lambda facts: (*_judge(subject, request_id, facts, today), period(subject, facts, today))
        )
        erasure, in_the_way, kept = judged.value
        if erasure.state not in OPEN:
            in_the_way = []
        elif erasure.state == "approved":
            in_the_way = [*in_the_way, *renamed(erasure, judged.names)]
        return Standing(subject, erasure, tuple(in_the_way), kept, judged.names)

    async def doomed(self, council: str, names: Sequence[str]) -> Doomed:
        """What would go."""
        access = await self.councils.access(council)

        async def attempt() -> Doomed:
            return await erasing.doomed(self.deciding.database, access, names, await self._called(access, names))

        return await self.deciding.until_settled(attempt)

    async def enter(self, council: str) -> None:
        """Put into the register what the ledger says was erased and a crash kept from it. Raises `Unavailable`."""
        missing = await unregistered(self.deciding.database, self.register, council)
        if missing:
            self._write(missing)

    async def _judged(
        self, council: str, subject: Subject, request_id: str, today: date
    ) -> Judged[tuple[Erasure, list[Block]]]:
        return await self.deciding.judge(council, subject, lambda facts: _judge(subject, request_id, facts, today))

    async def _destroyed(
        self, who: Decider, access: Access, subject: Subject, erasure: Erasure, judged: Judged[Any]
    ) -> Doomed:
        """Raises `ConditionFailed` and `Different` if something came in between."""
        gone = await erasing.doomed(
            self.deciding.database, access, judged.names, await self._called(access, judged.names)
        )
        condition = await self._not_withheld(who, gone, judged.condition)
        data = gone.said() | {
            f"{subject.kind}_id": subject.id, "request_id": erasure.id, "erased_on": who.today.isoformat(),
            "by": who.person, "authority": erasure.authority or erasure.basis, "epoch": access.keys.epoch,
            "names": [name.partition("/")[2] for name in judged.names],
        }  # fmt: skip
        raw = own_event(who.council, "PersonalDataErased", f"erased-{erasure.id}", who.now, data)
        event, _ = await self.deciding.recorder.prepared_own(who.council, who.client, raw)
        verdict = await erasing.destroy(self.deciding.database, who.council, event, condition, gone)
        if verdict.code != APPENDED:
            raise ConditionFailed("position_moved", "Something came in between.")
        self._write([registered(who.council, event.id, data, event.on)])
        return gone

    async def _not_withheld(self, who: Decider, gone: Doomed, condition: Condition) -> Condition:
        """The condition, and that nothing is held of those under whom further texts are filed: a correction that says
        that a text is about somebody else gets it out of no hold. Raises `Conflict`."""
        tags = set(condition.tags)
        for kind, _, identity in (filed.partition("/") for filed in gone.others):
            if kind in ("worker", "case"):
                other = await self.deciding.subject_now(who.council, Subject(kind, identity))
                found = await self.deciding.judge(who.council, other, partial(withheld, other, day=who.today))
                _unless_blocked(found.value)
                tags.update(found.condition.tags)
        return Condition(condition.expected, tuple(sorted(tags)))

    async def _called(self, access: Access, names: Sequence[str]) -> list[str]:
        """What the directory calls a worker."""
        ids = [name.removeprefix("worker/") for name in names if name.startswith("worker/")]
        return list((await directory.names_of(self.deciding.database, access, "worker", ids)).values())

    async def _not_about_themself(self, who: Decider, subject: Subject) -> None:
        if subject.kind == "worker" and await self.deciding.person_now(who) == subject.id:
            raise Forbidden("about_yourself", "Nobody decides about erasing what is held about themself.")

    def _register_works(self) -> None:
        """Raises `Unavailable`, before anything is destroyed that it could not remember."""
        self._write([])

    def _write(self, entries: Sequence[Registered]) -> None:
        try:
            self.register.add(entries)
        except (RegisterRefused, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            detail = f"The register of erasures {why}. Nothing is erased that it could not remember."
            raise Unavailable("no_erasure_register", detail, retry_after=60) from error


async def unregistered(database: Database, register: ErasureRegister, council: str) -> list[Registered]:
    """What the council's ledger says was erased and the register does not know."""
    known = {each.event for each in register.erasures if each.council == council}
    told = await erasing.told(database, council)
    return [registered(council, event.id, event.data, event.on) for event in told if event.id not in known]


def registered(council: str, event: str, data: Any, on: date | None) -> Registered:
    """What the register keeps of an erasure that the ledger tells."""
    kind = "worker" if "worker_id" in data else "case"
    names = tuple(f"{kind}/{name}" for name in data.get("names", [data[f"{kind}_id"]]))
    keys = tuple(int(key) for key in data.get("key_numbers", ()))
    return Registered(council, event, names, keys, on or date.min, data.get("epoch", 0), data.get("request_id"))


def _judge(subject: Subject, request_id: str, facts: Facts, today: date) -> tuple[Erasure, list[Block]]:
    found = next((each for each in erasures(subject, facts, today) if each.id == request_id), None)
    if found is None:
        raise NotFound("no_such_erasure", "There is no such erasure.")
    return found, blocks(subject, facts, today)


def _said(subject: Subject, facts: Facts, who: Decider) -> bool:
    return period(subject, facts, who.today).said


def _already(earlier: Sequence[Erasure], asked: Asked) -> bool:
    """Whether just this was asked for before. Raises `Conflict` where another is open, or the id is taken."""
    same = next((each for each in earlier if each.id == asked.request_id), None)
    if same is not None:
        if (same.basis, same.authority, same.reason) != (asked.basis, asked.authority, asked.reason):
            said = "There is an erasure with this id that says something else. Choose another id."
            raise Conflict("erasure_exists", said)
        return True
    open_one = next((each for each in earlier if each.state in OPEN), None)
    if open_one is not None:
        detail = "An erasure of this subject is open already: approve, refuse or withdraw that one."
        raise Conflict("erasure_open", detail, extra={"erasure_id": open_one.id})
    return False


def _no_period() -> Invalid:
    said = "is needed: no policy in force sets a period for this, so say on whose authority it goes"
    return Invalid(
        "invalid_request", "Some of what was sent is not right.", errors=[Fault("/authority", "missing", said)]
    )


def _must_be(erasure: Erasure, *states: str) -> None:
    if erasure.state not in states:
        now = {"requested": "not approved yet", "carried_out": "carried out"}.get(erasure.state, erasure.state)
        raise Conflict("erasure_state", f"This erasure is {now}.", extra={"state": erasure.state})


def _must_be_two(asked: str, approves: str | None) -> None:
    if asked == approves:
        said = "Whoever asks for an erasure does not approve it: another person does."
        raise Forbidden("second_person_needed", said)


def _unless_blocked(found: Sequence[Block]) -> None:
    if found:
        detail = "Something stands in the way: " + " ".join(block.why for block in found)
        raise Conflict("erasure_blocked", detail, extra={"blocks": [told_block(block) for block in found]})


def _cooling_off(until: date) -> Conflict:
    detail = f"It may be withdrawn until then, and is carried out from {in_words(until)} on."
    return Conflict("cooling_off", detail, extra={"from_on": until.isoformat()})


def told_block(block: Block) -> dict[str, Any]:
    """What stands in the way, as it is given out."""
    until = block.until and block.until.isoformat()
    return {"code": block.code, "id": block.of, "until": until, "why": block.why}
