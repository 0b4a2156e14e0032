"""Who may do something, in words: for the pack in plain English, and for what is said of somebody else's deed."""

from typing import Final

from app.domain import wording
from app.domain.policy.entitled import By, Who
from app.domain.policy.patterns import Check

_RELATIONS: Final = {
    "supervisor": "the supervisor, or whoever stands in",
    "line_manager": "the line manager",
    "worker": "the worker",
}


def allowed(by: By) -> str:
    """`the supervisor, or whoever stands in`, `a team manager or the line manager`."""
    return by.called or " or ".join(_kind(kind) for kind in by.kinds)


def done_by(by: By) -> str:
    """As the rest of a sentence about an event."""
    return f"its {by.person.removesuffix('_id').replace('_', ' ')} is {allowed(by)}"


def _kind(kind: Who) -> str:
    said = [_RELATIONS[kind.relation]] if kind.relation else []
    said += [_role(kind.role)] if kind.role else []
    said += [] if kind.registered is None else ["somebody registered" if kind.registered else "somebody not registered"]
    return " who is also ".join(said)


def _role(check: Check) -> str:
    words = [word for word in (check.equals, *(check.any_of or ())) if word is not None]
    named = [wording.a(str(word).replace("_", " ")) for word in words]
    return " or ".join(named) if named else "somebody in another role"
