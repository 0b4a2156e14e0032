"""One worker and one case with five years of history, assessed: the pure function alone, without a database.

The policy is Luton's framework. A worker of these has some 60 sessions, and 15 cases that were discussed in each
of them and recorded, of which the worker's answer rests on every record; all figures are CPU time of this process.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from time import process_time
from typing import Any

import orjson

from app import shipped
from app.domain.compliance import assess
from app.domain.history import Subject
from app.domain.policy.loading import as_json, load
from app.domain.timelines import timeline
from app.events.facts import Fact, Facts, FactsNeeded, order
from app.events.tags import tags_of
from app.events.types import business_date
from app.garbage import collect_rarely
from bench.compliance import APPLIES_FROM
from bench.invented import Reach, block
from bench.measuring import Figure
from bench.sizes import Sizes
from bench.table import Line, Row, at_most

POLICY, YEARS, GOAL = "luton", Reach(worker=260, case=248), 2.0
TIMES = 20
ByTag = dict[str, list[Fact]]


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    collect_rarely()  # as whoever assesses in earnest
    row = Row("one subject with five years of history, assessed")
    told = _told(sizes.until)
    for subject in (Subject("case", "C--0-0"), Subject("worker", "W--0")):
        _complete(subject, told, sizes.until)
        once = partial(_once, subject, told, sizes.until)
        row.goals.append(at_most(f"a {subject.kind}", GOAL, _figure(once, TIMES, sizes.rounds), "ms"))
        whole = _figure(partial(_whole, subject, told), 1, sizes.rounds)
        row.lines.append(
            Line(f"a {subject.kind}'s whole timeline", whole, "ms", note=f"{len(told[subject.tag])} events")
        )
        done()
    return row


def _once(subject: Subject, told: ByTag, day: date) -> object:
    return assess(subject, Facts(told), day)


def _whole(subject: Subject, told: ByTag) -> object:
    return timeline(subject, Facts(told))


def _figure(work: Callable[[], object], times: int, rounds: int) -> Figure:
    return Figure.of([_milliseconds(work, times) for _ in range(rounds)])


def _milliseconds(work: Callable[[], object], times: int) -> float:
    began = process_time()
    for _ in range(times):
        work()
    return (process_time() - began) / times * 1_000


def _told(until: date) -> ByTag:
    numbers = count(1)
    events = [orjson.loads(line.replace(b"@@@@@@", b"")) for line in block(1, until, YEARS).lines]
    facts = [_fact(event["type"], event["data"], next(numbers)) for event in events]
    pack = as_json(load(shipped.pack(POLICY)))
    adopted = {"policy": pack, "policy_id": POLICY, "version": pack["version"], "applies_from": APPLIES_FROM[POLICY]}
    facts += [
        _fact("PolicyAdopted", adopted, next(numbers)),
        _fact("CalendarAdopted", shipped.calendar(), next(numbers)),
    ]
    by_tag: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in sorted(facts, key=order):
        for tag in tags_of(fact.type, fact.data):
            by_tag[tag].append(fact)
    return dict(by_tag)


def _fact(kind: str, data: dict[str, Any], number: int) -> Fact:
    on = business_date(kind, data, None)
    return Fact(kind, on, data, "urn:bench", f"e-{number:06}", number, None, datetime(2026, 1, 1, tzinfo=UTC))


def _complete(subject: Subject, told: ByTag, day: date) -> None:
    """Nothing more is known of whatever it asks for."""
    while True:
        try:
            _once(subject, told, day)
            _whole(subject, told)
        except FactsNeeded as needed:
            told |= {tag: told.get(tag, []) for tag in needed.tags}
        else:
            return


def steps(_sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 2
