"""What a policy only counts: of the events in a time up to the day, how many are so. Told, and never judged. Pure.

Rules: counted are the events from the day the subject began on; an event whose deciding field was not sent is not known
and in no share; a measure about workers is told of a team as the sum over those who are in it on the day.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.calendar import DAY, back
from app.domain.history import History, Occurrence, Subject
from app.domain.looking import Look
from app.domain.policy.adopted import pack_of
from app.domain.policy.measures import Measure, Portion
from app.domain.policy.needs import read_by
from app.domain.policy.patterns import Check
from app.domain.policy.shapes import Pack
from app.domain.scope import Stretch, Vocabulary, fit, stretches, versions
from app.domain.teams import team_of
from app.events.facts import Facts
from app.events.types import EVENT_TYPES


@dataclass(frozen=True, slots=True)
class Share:
    """One share: how many are so, of how many that is not known, and when last."""

    name: str
    count: int
    not_known: int
    percent: float | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of one subject: how many events from `from_on` to `to_on`, and the shares of them."""

    id: str
    clauses: tuple[str, ...]
    policy: str
    title: str
    clause: str
    from_on: date
    to_on: date
    events: int
    last_on: date | None
    shares: tuple[Share, ...]


Tally = tuple[int, int, date | None]
"""How many are so, of how many it is not known, and when last."""


def measured(subject: Subject, facts: Facts, as_at: date) -> list[Measured]:
    """Every measure of the policies in force that is about the subject, in their order. Raises `FactsNeeded`."""
    look = Look(facts.as_at(as_at))
    known = versions(look.at("council/policies"), pack_of, as_at)
    in_force = [
        v.pack for each in known.values() for v in each if v.since <= as_at and (not v.until or as_at <= v.until)
    ]
    words = Vocabulary.of(in_force)
    kind = "worker" if subject.kind == "team" else subject.kind
    found: list[Measured] = []
    for pack in in_force:
        about = [each for each in pack.measures if each.subject == kind]
        histories = [_history(who, look, as_at, pack, about) for who in _whom(subject, look, as_at)] if about else []
        lived = [(history, stretches(history)) for history in histories]
        found += [one for each in about if (one := _measure(pack, each, lived, as_at, words)) is not None]
    return found


def _whom(subject: Subject, look: Look, as_at: date) -> list[Subject]:
    """The subject itself; of a team, those who are in it on the day."""
    if subject.kind != "team":
        return [subject]
    team = team_of(History(subject, look, as_at), ())
    return [Subject("worker", who) for who in team.members(as_at)]


def _history(subject: Subject, look: Look, as_at: date, pack: Pack, about: Sequence[Measure]) -> History:
    return History(subject, look, as_at, about=[read_by(subject.kind, about, pack.events)])


def _measure(
    pack: Pack, measure: Measure, lived: Iterable[tuple[History, list[Stretch]]], as_at: date, words: Vocabulary
) -> Measured | None:
    """None where it is about none of them."""
    portions = _portions(measure)
    tallies: dict[str, list[Tally]] = {name: [] for name in portions}
    events, begun, last = 0, [], None
    for history, life in lived:
        now = next((each for each in life if as_at in each), None)
        if now is None or not fit(measure.applies, now.situation, words).applies:
            continue
        since = max(back(measure.over, as_at) + DAY, now.began)
        counted = [o for o in history.occurrences(pack, measure.event) if since <= o.on <= as_at]
        begun.append(since)
        events += len(counted)
        last = max((on for on in (last, counted[-1].on if counted else None) if on is not None), default=None)
        for name, portion in portions.items():
            tallies[name].append(_tally(history, pack, portion, counted))
    if not begun:
        return None
    shares = tuple(_share(name, each, events) for name, each in tallies.items())
    clauses = (measure.id, *measure.answers)
    return Measured(
        measure.id, clauses, pack.id, measure.title, measure.clause, min(begun), as_at, events, last, shares
    )


def _portions(measure: Measure) -> dict[str, Portion]:
    covers = measure.covers
    by_code = (
        {} if covers is None else {code: Portion(has={covers.field: Check(any_of=(code,))}) for code in covers.codes}
    )
    return by_code | measure.shares


def _tally(history: History, pack: Pack, portion: Portion, events: Iterable[Occurrence]) -> Tally:
    said = [(o, _is_so(history, pack, portion, o)) for o in events]
    so = [o for o, is_so in said if is_so]
    return len(so), len([o for o, is_so in said if is_so is None]), so[-1].on if so else None


def _is_so(history: History, pack: Pack, portion: Portion, event: Occurrence) -> bool | None:
    """None where the field that decides was not sent."""
    data = history.reading(event.fact)
    asked = list(_asked(portion.has, data, event.fact.type))
    if False in asked or not all(history.linked(pack, link, event.fact) for link in portion.linked):
        return False
    return None if None in asked else True


def _asked(has: Mapping[str, Check], data: Mapping[str, Any], type_name: str) -> Iterator[bool | None]:
    fields = EVENT_TYPES[type_name].model_fields if type_name in EVENT_TYPES else {}
    for name, check in has.items():
        untold = data.get(name) is None and name in fields and check.present is None
        yield None if untold else check.holds(data.get(name))


def _share(name: str, tallies: Sequence[Tally], events: int) -> Share:
    count, not_known = sum(each[0] for each in tallies), sum(each[1] for each in tallies)
    of = events - not_known
    last = max((each[2] for each in tallies if each[2] is not None), default=None)
    return Share(name, count, not_known, round(100 * count / of, 1) if of else None, last)
