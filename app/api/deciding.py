"""Who decides about holds and erasures, and about whom."""

from collections.abc import Callable
from typing import TypeVar

from app.api.deps import Parts, now, today
from app.domain.subject import Subject
from app.erasing import Decider, holds
from app.erasing.holds import Advice
from app.errors import Fault, Forbidden, Invalid
from app.events.base import Shape
from app.events.facts import Facts
from app.events.fields import Code, Day, Id
from app.events.sending import recorded_by
from app.security import Actor

T = TypeVar("T")


class Advised(Shape):
    """What the data protection officer advised, as a code, and on which day; by the person who sends it unless said."""

    advised_on: Day | None = None
    advised_by: Id | None = None
    advice: Code | None = None


def decider(actor: Actor) -> Decider:
    """The person who decides. Raises `Forbidden` for applications, and for whom the ledger does not know."""
    if not actor.delegated or actor.person is None:
        said = "This is decided by a person whom the ledger knows: the token names none (worker_id)."
        raise Forbidden("may_not_decide", said)
    return Decider(actor.council, recorded_by(actor), actor.person, today(), now())


def named(worker_id: str | None, case_id: str | None) -> Subject:
    """The worker or the case. Raises `Invalid` unless it is one of them."""
    if (worker_id is None) == (case_id is None):
        fault = Fault("/worker_id", "missing", "or case_id is needed, and not both: say whom or what it is about")
        raise Invalid("invalid_request", "Some of what was sent is not right.", errors=[fault])
    return Subject("worker", worker_id) if worker_id is not None else Subject("case", case_id or "")


async def council_asked(service: Parts, actor: Actor, question: Callable[[Facts], T]) -> T:
    """A question about what may be anybody's."""
    organisation = Subject("organisation", actor.council)
    return (await service.assessor.ask(actor.council, organisation.tag, question)).value


async def keep_advice(
    service: Parts, who: Decider, sent: Advised, *, hold: str | None = None, request: str | None = None
) -> None:
    """Keep what was advised, if anything was sent of it."""
    if sent.advised_on is not None:
        given = Advice(sent.advised_by or who.person, sent.advised_on, sent.advice)
        await holds.advise(service.erasing.deciding, who, given, hold=hold, request=request)
