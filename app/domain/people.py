"""Other people, as what is told of them says: what they were on a day, who supervised and who managed them.

Rules: what is dated after a day makes no difference to what is said of it; what was put together is kept with the
facts. Facts are reached through the history's own look, so that it is known on whom an answer rests. Pure.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from app.domain.history import STRUCTURE, History, Subject
from app.domain.looking import Look
from app.domain.teams import Somebody

MANAGING: Final = ("LineManagerAssigned", "LineManagerUnassigned")
_TYPES: Final = STRUCTURE.union(MANAGING)


def people(history: History, names: Iterable[str]) -> dict[str, Somebody]:
    """Other workers by their identifiers, the subject itself among them if it is named. Raises one `FactsNeeded`."""
    wanted = sorted(set(names))
    others = [name for name in wanted if history.subject != Subject("worker", name)]
    history.look.at_each({f"worker/{name}": _TYPES for name in others})
    return {name: _somebody(history, name) if name in others else Somebody(history) for name in wanted}


def line_manager(worker: Somebody, day: date) -> str | None:
    """Who managed this worker on the day; the last day of a manager is still theirs. None where nobody is known."""
    manager: str | None = None
    ended_on: date | None = None
    for fact in worker.told(day, *MANAGING):
        if fact.type == "LineManagerAssigned":
            manager, ended_on = fact.data["manager_id"], None
        elif fact.data["manager_id"] == manager:
            ended_on = fact.on
    return manager if ended_on is None or day <= ended_on else None


def _somebody(history: History, name: str) -> Somebody:
    told_until = date.max if history.until == history.as_at else history.until
    key, kept = (Somebody, name, told_until), history.look.facts.kept
    found: Somebody | None = kept.get(key)
    if found is None:
        about = Subject("worker", name)
        look = Look(history.look.facts)
        found = kept[key] = Somebody(History(about, look, date.max, types=_TYPES, told_until=told_until))
    return found
