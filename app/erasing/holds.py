"""Placing a hold and lifting it."""

from dataclasses import dataclass
from datetime import date

from app.domain.holding import Hold, holds
from app.domain.subject import Subject
from app.erasing.deciding import Decider, Deciding
from app.errors import Conflict, Forbidden, NotFound
from app.recording import own_event


@dataclass(frozen=True, slots=True)
class Advice:
    """What the data protection officer advised, as a code, on which day."""

    by: str
    advised_on: date
    reason: str | None = None


async def place(
    deciding: Deciding, who: Decider, subject: Subject, hold_id: str, reason: str, review_on: date | None
) -> bool:
    """Whether it is new; the same again changes nothing. Raises `Conflict` where the id is another's or was lifted."""

    async def attempt() -> bool:
        judged = await deciding.judge(who.council, subject, lambda facts: holds(subject, facts, who.today))
        earlier = next((hold for hold in judged.value if hold.id == hold_id), None)
        if earlier is not None:
            _must_be_the_same(earlier, reason, review_on)
            return False
        data = {
            f"{subject.kind}_id": subject.id, "hold_id": hold_id, "placed_on": who.today.isoformat(), "by": who.person,
            "reason": reason, "review_on": review_on and review_on.isoformat(),
        }  # fmt: skip
        await deciding.record(who, "LitigationHoldPlaced", f"hold-{hold_id}", data, judged.condition)
        return True

    return await deciding.until_settled(attempt)


async def lift(deciding: Deciding, who: Decider, subject: Subject, hold_id: str, reason: str | None) -> None:
    """It holds no more, for good. Idempotent. Raises `NotFound`, and `Forbidden` where it is about who lifts it."""
    if subject.kind == "worker" and await deciding.person_now(who) == subject.id:
        raise Forbidden("about_yourself", "Nobody lifts a hold on what is held about themself.")
    judged = await deciding.judge(who.council, subject, lambda facts: holds(subject, facts, who.today))
    found = next((hold for hold in judged.value if hold.id == hold_id), None)
    if found is None:
        raise NotFound("no_such_hold", "There is no such hold.")
    if found.lifted_on is None:
        data = {
            f"{subject.kind}_id": subject.id, "hold_id": hold_id, "lifted_on": who.today.isoformat(), "by": who.person,
            "reason": reason,
        }  # fmt: skip
        await deciding.record(who, "LitigationHoldLifted", f"lifted-{hold_id}", data)


async def advise(deciding: Deciding, who: Decider, advice: Advice, *, hold: str | None = None,
                 request: str | None = None) -> None:  # fmt: skip
    """Keep the advice of a day with a hold or a request, once.

    It names no worker and no case, so that it stands in nobody's file.
    """
    on = advice.advised_on.isoformat()
    data = {"advised_on": on, "by": advice.by, "reason": advice.reason, "hold_id": hold, "request_id": request}
    identity = f"advice-{hold or request}-{on}"
    known = own_event(who.council, "DpoAdviceRecorded", identity, who.now, {})
    if await deciding.recorder.known_position(who.council, known) is None:
        await deciding.record(who, "DpoAdviceRecorded", identity, data)


def _must_be_the_same(earlier: Hold, reason: str, review_on: date | None) -> None:
    if earlier.lifted_on is not None:
        raise Conflict("hold_exists", "This hold was lifted, which is final. To hold it again, choose another id.")
    if (earlier.reason, earlier.review_on) != (reason, review_on):
        raise Conflict("hold_exists", "There is a hold with this id that says something else. Choose another id.")
