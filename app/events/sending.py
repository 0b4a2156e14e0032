"""Who may send an event at all: its source, its type, the moment it claims; and what is kept of who sent it.

Left out: what people may record of whom (`app/domain/access/writing`).
"""

from datetime import datetime, timedelta
from typing import Final

from app.errors import Fault, Forbidden, Invalid
from app.events.envelope import Incoming
from app.events.types import EVENT_TYPES
from app.security.actor import Actor

OWN_SOURCE: Final = "urn:supervision-ledger:"
"""The beginning of the sources of the service itself, one a council; nobody else may write under it."""
CLOCK_SKEW: Final = timedelta(minutes=5)


def check_sender(actor: Actor, incoming: Incoming, allowed: set[tuple[str, str]]) -> None:
    """Raises `Forbidden` for a source or type that the token does not name.

    What one request was allowed once, it need not be asked again for each of its events.
    """
    asked = (incoming.source, incoming.type)
    if asked in allowed:
        return
    if incoming.source.startswith(OWN_SOURCE):
        raise Forbidden("source_not_allowed", "This source is the service's own: send events under your own.")
    actor.may_write(incoming.source, incoming.type)
    _by_this_route(actor, incoming.type)
    allowed.add(asked)


def check_clock(incoming: Incoming, now: datetime) -> None:
    """Raises `Invalid` for what says that it was keyed in later than now."""
    if incoming.sourcerecordedtime is not None and incoming.sourcerecordedtime > now + CLOCK_SKEW:
        raise Invalid(
            "invalid_event",
            "The event says it was recorded in the future.",
            errors=[Fault("/sourcerecordedtime", "in_the_future", "is later than now: send when it was keyed in")],
        )


def _by_this_route(actor: Actor, event_type: str) -> None:
    """Which types clients may send at all, and which only with a further right."""
    if EVENT_TYPES[event_type].posted_by == "service":
        raise Forbidden(
            "not_by_this_route",
            f"{event_type} is written by the service when its own operation is carried out; it cannot be sent.",
        )
    needs_right_to_post(actor, event_type)


def needs_right_to_post(actor: Actor, event_type: str) -> None:
    """Raises `Forbidden` unless the client may send (and so may amend) events of this type as far as rights go."""
    needed = {"admin": "council:admin", "records": "records:write"}.get(EVENT_TYPES[event_type].posted_by)
    if needed is not None and not actor.may(needed):
        raise Forbidden("scope_missing", f"Sending or amending {event_type} needs the scope {needed}.")


def recorded_by(actor: Actor) -> str:
    """What the ledger keeps as `recordedby`: the person as the ledger names people, or as the issuer does; the client.

    Never the client that a person asks with: everybody at the council may ask with the same.
    """
    if not actor.delegated:
        return actor.client
    return f"sub/{actor.subject}" if actor.person is None else f"worker/{actor.person}"
