"""From when to when each stage of a rule holds for a subject, as far as it is known on the day.

A stage ends so long after the beginning of all of them, so long after its own, or on the day of an event; whichever
comes first. One that is over before it began is left out. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.calendar import add
from app.domain.history import History
from app.domain.policy.patterns import EventRef
from app.domain.policy.shapes import Pack, Rule
from app.domain.policy.staged import Stages, Step
from app.domain.scope import Stretch, Version


@dataclass(frozen=True, slots=True)
class Staged:
    """The stages that have begun, each with its first day and its number (of all of them: the last one is over).

    `next_on` is when the next one begins if nothing happens.
    """

    begun: tuple[tuple[date, int], ...]
    next_on: date | None = None


Staging = Mapping[tuple[str, date, str, date], Staged | None]
"""By policy, first day of its version, rule, and first day of the subject's period; None where it is not known."""


def staging(history: History, versions: Iterable[Version], lived: Iterable[Stretch]) -> Staging:
    """The stages of every rule that has some."""
    kind = history.subject.kind
    staged = [(version, rule) for version in versions for rule in version.pack.staged if kind in rule.subjects]
    began = {stretch.began for stretch in lived} if staged else set()
    return {
        (version.pack.id, version.since, rule.id, day): _staged(history, version.pack, rule, day)
        for version, rule in staged
        for day in began
    }


def _staged(history: History, pack: Pack, rule: Rule, began: date) -> Staged | None:
    stages = rule.stages
    start = None if stages is None else _start(history, pack, stages, began)
    if stages is None or start is None:
        return None
    begun: list[tuple[date, int]] = []
    on = start
    for number, step in enumerate(stages.steps):
        begun = [*(each for each in begun if each[0] != on), (on, number)]
        ends = min(_ends(history, pack, step, (start, on)), default=None)
        if ends is None or ends > history.as_at:
            return Staged(tuple(begun), ends)
        on = max(on, ends)
    return Staged((*(each for each in begun if each[0] != on), (on, len(stages.steps))))


def _start(history: History, pack: Pack, stages: Stages, began: date) -> date | None:
    return began if stages.since is None else _first(history, pack, stages.since, date.min)


def _ends(history: History, pack: Pack, step: Step, runs: tuple[date, date]) -> Iterator[date]:
    start, on = runs
    if step.up_to is not None:
        yield add(step.up_to, start)
    if step.lasts is not None:
        yield add(step.lasts, on)
    if step.until is not None and (ended := _first(history, pack, step.until, start)) is not None:
        yield ended


def _first(history: History, pack: Pack, event: EventRef, since: date) -> date | None:
    return next((o.on for o in history.occurrences(pack, event) if o.on >= since), None)
