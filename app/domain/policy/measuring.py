"""Can what a pack measures be measured: the numbers in a time, and what the latest event must hold?

Beside `checking`, which asks the same of every kind of rule: that names point at something, that codes are known.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from app.domain.calendar import sooner
from app.domain.policy.asking import Asking
from app.domain.policy.checking import Disagreement, asked, conditions, duties, numbers, reached, unknown
from app.domain.policy.markup import Path
from app.domain.policy.measured import CasesAtMost, Number
from app.domain.policy.shapes import AtLeast, Check, Duty, EventRef, Latest, Pack, Row, Rule
from app.domain.policy.timing import models_meant
from app.domain.policy.windowed import CALENDAR
from app.events.types import EVENT_TYPES

_MONTHS: Final = ("month", "quarter", "year")


def measures(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in the rules that measure, beside what `checking` finds in any rule."""
    yield from _terms(pack)
    for path, duty in duties(pack):
        yield from _of_workers(path, duty, pack)
    for path, duty, asks in asked(pack):
        if isinstance(asks, Rule | Asking):
            yield from _measured(pack, path, asks)
            yield from _windows(pack, path, asks)
        if (quota := getattr(asks, "at_least", None)) is not None:
            yield from _absences(path[:2], duty, quota)
        if getattr(asks, "at_most", None) is not None:
            yield from _ceiling(path[:2], duty)


def _of_workers(path: Path, duty: Rule | Row, pack: Pack) -> Iterator[Disagreement]:
    """Only workers have a caseload."""
    rule = pack.rules[int(path[1])]
    for at, asks in (("applies", getattr(duty, "applies", None)), ("when", getattr(duty, "when", None))):
        if asks is not None and asks.caseload is not None and rule.subjects != ("worker",):
            yield Disagreement((*path, at, "caseload"), "not_of_a_worker", "only workers have a caseload")
    if isinstance(duty, Rule) and isinstance(duty.at_most, CasesAtMost) and duty.subjects != ("worker",):
        yield Disagreement((*path, "at_most", "cases"), "not_of_a_worker", "only workers have cases of their own")


def _terms(pack: Pack) -> Iterator[Disagreement]:
    """Terms follow one another, and are not called as the calendar's own windows are."""
    for name, terms in pack.terms.items():
        if name in CALENDAR:
            said = f"`{name}` is a window of the calendar: give the terms another name"
            yield Disagreement(("terms", name), "not_right", said)
        for number, (one, following) in enumerate(pairwise(terms), 1):
            if following.first_day <= one.last_day:
                said = f"`{following.name}` begins before `{one.name}` is over: write the terms in order, each once"
                yield Disagreement(("terms", name, number, "first_day"), "not_in_order", said)


def _windows(pack: Pack, path: Path, duty: Rule | Asking) -> Iterator[Disagreement]:
    known = [*CALENDAR, *pack.terms]
    for kind in ("every", "at_least", "at_most"):
        window = getattr(getattr(duty, kind), "window", None)
        if isinstance(window, str) and window not in known:
            yield unknown((*path, kind, "window"), "window", window, known)


def _in_months(quota: AtLeast) -> bool:
    time = quota.rolling or quota.window
    return time in _MONTHS if isinstance(time, str) else time is not None and time.unit in _MONTHS


def _measured(pack: Pack, path: Path, duty: Rule | Asking) -> Iterator[Disagreement]:
    if duty.at_least is not None:
        yield from _quota((*path, "at_least"), duty.at_least)
    for kind, number in (("at_least", duty.at_least), ("at_most", duty.at_most)):
        if isinstance(number, Number):
            yield from _number(pack, (*path, kind), number)
    if duty.latest is not None:
        yield from _latest(pack, (*path, "latest"), duty.latest)


def _ceiling(path: Path, duty: Duty) -> Iterator[Disagreement]:
    """What is never owed is neither excused by absence nor missed in silence."""
    if duty.absence.effect != "none":
        said = "absence excuses what was not done, and `at_most` asks for nothing to be done: leave `absence` out"
        yield Disagreement((*path, "absence", "effect"), "not_right", said)
    if duty.feed is not None:
        said = "`feed` says when silence proves something, and `at_most` rests on what was told: leave it out"
        yield Disagreement((*path, "feed"), "not_right", said)


def _number(pack: Pack, path: Path, number: Number) -> Iterator[Disagreement]:
    """What is counted has minutes, and the fields by which it is credited."""
    for type_name in sorted(_types(pack, number.event)):
        model = EVENT_TYPES[type_name]
        if number.times is None and "minutes" not in model.model_fields:
            said = f"`{type_name}` has no minutes to be added up: write `times`"
            yield Disagreement((*path, "minutes"), "no_minutes", said)
        for at, credit in enumerate(number.credit):
            yield from conditions(pack, (*path, "credit", at, "where"), credit.where, type_name, model)
            if credit.divided_by is not None and credit.divided_by not in (found := numbers(model)):
                where = (*path, "credit", at, "divided_by")
                yield unknown(where, f"number in {type_name}", credit.divided_by, found)


def _absences(path: Path, duty: Duty, quota: AtLeast) -> Iterator[Disagreement]:
    if duty.absence.effect == "pause":
        said = "`pause` stops a clock, and a number in a time has none: write `excuse` or `none`"
        yield Disagreement((*path, "absence", "effect"), "not_right", said)
    if duty.absence.effect == "excuse" and not _in_months(quota):
        said = "`excuse` leaves out whole months: write the time of the number in months or years"
        yield Disagreement((*path, "absence", "effect"), "not_right", said)


def _quota(path: Path, quota: AtLeast) -> Iterator[Disagreement]:
    if quota.silent_for and quota.rolling and not sooner(quota.silent_for, quota.rolling):
        said = (
            f"silent_for `{quota.silent_for}` must be shorter than rolling `{quota.rolling}`: else nothing is ever said"
        )
        yield Disagreement((*path, "silent_for"), "target_not_sooner", said)


def _latest(pack: Pack, path: Path, latest: Latest) -> Iterator[Disagreement]:
    asked: list[tuple[Path, Mapping[str, Check]]] = [((*path, "has"), latest.has), ((*path, "unless"), latest.unless)]
    asked += [((*path, "with", number, "when"), link.when) for number, link in enumerate(latest.linked)]
    asked += [((*path, "noted", code), fields) for code, fields in latest.noted.items()]
    models = list(dict.fromkeys(models_meant(pack, latest.event)))
    for at, fields in asked:
        for name, check in fields.items():  # of several types one at least has the field
            for model in [each for each in models if name in each.model_fields] or models[:1]:
                yield from conditions(pack, at, {name: check}, model.__name__, model)


def _types(pack: Pack, event: EventRef) -> set[str]:
    """The published types that an event may be of; nothing for what points nowhere, which is said elsewhere."""
    named = [pack.events[name] for name in reached(pack, event, set())]
    found = [*named, *([] if isinstance(event, str) else [event])]
    return {part.type for part in found if part.type in EVENT_TYPES and part.type is not None}
