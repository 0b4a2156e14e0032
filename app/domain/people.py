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
from app.events.facts import Fact

MANAGING: Final = ("LineManagerAssigned", "LineManagerUnassigned")
_TYPES: Final = STRUCTURE.union(MANAGING)


def people(history: History, names: Iterable[str]) -> dict[str, Somebody]:
    """Other workers by their identifiers, the subject itself among them if it is named. Raises one `FactsNeeded`."""
    the_subject = history.subject.id if history.subject.kind == "worker" else None
    wanted = sorted(set(names))
    new = [name for name in wanted if name != the_subject and _key(history, name) not in history.look.facts.kept]
    if new:
        history.look.at_each({f"worker/{name}": _TYPES for name in new})
    return {name: Somebody(history) if name == the_subject else _somebody(history, name) for name in wanted}


def line_manager(worker: Somebody, day: date) -> str | None:
    """Who managed this worker on the day; the last day of a manager is still theirs. None where nobody is known."""
    return manager_told(worker.told(day, *MANAGING), day)


def manager_told(told: Iterable[Fact], day: date) -> str | None:
    """The same of facts about one worker, in order and up to the day."""
    manager: str | None = None
    ended_on: date | None = None
    for fact in told:
        if fact.type == "LineManagerAssigned":
            manager, ended_on = fact.data["manager_id"], None
        elif fact.data["manager_id"] == manager:
            ended_on = fact.on
    return manager if ended_on is None or day <= ended_on else None


def _somebody(history: History, name: str) -> Somebody:
    key, kept = _key(history, name), history.look.facts.kept
    found: Somebody | None = kept.get(key)
    if found is None:
        about = Subject("worker", name)
        look = Look(history.look.facts)
        found = kept[key] = Somebody(History(about, look, date.max, types=_TYPES, told_until=key[2]))
    return found


def _key(history: History, name: str) -> tuple[object, str, date]:
    return (Somebody, name, date.max if history.until == history.as_at else history.until)
