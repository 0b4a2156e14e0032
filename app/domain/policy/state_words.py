"""What must be so on every day, in plain English."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.domain import wording
from app.domain.policy.duties import Block
from app.domain.policy.phrases import a, both, checked, either, spoken
from app.domain.policy.states import Always
from app.domain.policy.whom import Never


def _always(always: Always) -> str:
    if always.supervisor is not None:
        asked = f"somebody supervises them (strand {always.supervisor})"
    elif always.supervises is not None:
        asked = f"they supervise somebody (strand {always.supervises})"
    else:
        asked = f"it begins with {a(always.event or '')}"
        asked += f", ends with {a(always.ended_by)}" if always.ended_by else ""
        asked += f", lasts until its `{always.until}`" if always.until else ""
        asked += f", and is lost when its {either(always.held_by)} leaves" if always.held_by else ""
    allowed = f" A gap of up to {always.grace.limit} is allowed." if always.grace else ""
    silence = "that there is none" if always.silence == "not_there" else "nothing"
    return f"On every day there is {wording.a(always.called)}: {asked}.{allowed} Silence says {silence}."


def _never(never: Never) -> str:
    said = [both(f"{spoken(name)} {checked(check)}" for name, check in each.asked) for each in never.any_of]
    return f"There is never {wording.a(never.called)}: {'; or '.join(said)}."


SENTENCES: Final[Mapping[type[Block], Callable[[Any], str]]] = {Always: _always, Never: _never}
