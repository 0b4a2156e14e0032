"""Two answers compared: what is named gives the old answer back when it is left out, and none of it can be spared."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.domain.comparing import Change, Comparison, Moment, Tried, compare, said, smallest
from app.domain.comparing_words import because_in_words, change_in_words, whole_in_words
from app.domain.compliance import assess
from app.domain.history import Subject
from app.domain.obligations import Assessment
from app.events.effective import Known, facts_by_tag, merges
from app.events.facts import Fact, Facts
from app.events.stored import Stored
from app.events.tags import tags_of
from tests.domain.invented import DAYS, FIRST, cases, workers
from tests.domain.told import CASE, WORKER, adopted, day, discussed, opened, policy, told

EARLY, LATE = datetime(2025, 1, 1, 12, tzinfo=UTC), datetime(2025, 11, 1, 12, tzinfo=UTC)
THEN, NOW = Known(EARLY), Known()
MONTHLY = {
    "id": "R-1", "subject": "case", "title": "Every case is discussed every four weeks",
    "every": {"event": {"type": "CaseDiscussed"}, "limit": "28 days"},
}  # fmt: skip


def stored(fact: Fact, position: int, recorded: datetime = EARLY) -> Stored:
    """As the ledger would hold it."""
    target = fact.data.get("corrects") or fact.data.get("retracts")
    return Stored(
        position, fact.source, fact.id, fact.type, fact.time, None, recorded, "test", fact.on,
        None if target is None else (target["source"], target["id"]), orjson.dumps({"data": dict(fact.data)}),
        frozenset(tags_of(fact.type, fact.data)),
    )  # fmt: skip


class Everything(dict[str, list[Fact]]):
    """Facts by tag; what nobody speaks of is empty, and nothing is ever lacking."""

    def __missing__(self, tag: str) -> list[Fact]:
        return []

    def __contains__(self, tag: object) -> bool:
        return True


@dataclass
class Ledger:
    """All of it loaded, read naively."""

    events: Mapping[int, Stored]

    @classmethod
    def of(cls, events: Iterable[Stored]) -> "Ledger":
        return cls({event.position: event for event in events})

    def facts(self, known: Known, without: frozenset[int] = frozenset()) -> Facts:
        return self.of_those(known.admits(event) and event.position not in without for event in self.events.values())

    def of_those(self, chosen: Iterable[bool]) -> Facts:
        events = [event for event, wanted in zip(self.events.values(), chosen, strict=True) if wanted]
        tags = {tag for event in self.events.values() for tag in tags_of(event.type, event.data)}
        return Facts(Everything(facts_by_tag(events, merges(events), tags)))


def compared(ledger: Ledger, subject: Subject, one: Moment, other: Moment) -> Comparison:
    return compare(subject, ledger, one, other, Tried())


def of_rules(answer: Assessment) -> defaultdict[tuple[str, str], tuple[object, ...]]:
    """What each rule says; of one that is not there what is said of one that does not apply."""
    found = {(each.policy, each.rule): said(each) for each in answer.findings}
    return defaultdict(lambda: said(None), found)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Subject, Ledger]:
    """A history of which some was recorded late, put right late, or taken back late."""
    subject, facts = draw(st.one_of(st.tuples(st.just(WORKER), workers), st.tuples(st.just(CASE), cases)))
    many = draw(st.lists(st.sampled_from([EARLY, EARLY, LATE]), min_size=len(facts), max_size=len(facts)))
    events = [stored(fact, n, at) for n, (fact, at) in enumerate(zip(facts, many, strict=True), 1)]
    for number in range(draw(st.integers(0, 3))):
        fact = draw(st.sampled_from(facts))
        if not fact.type.startswith(("Policy", "Calendar")):
            ref = {"source": fact.source, "id": fact.id}
            amending: dict[str, Any] = {"retracts": ref}
            name = "EventRetracted"
            if draw(st.booleans()) and "held_on" in fact.data:
                moved = date.fromisoformat(fact.data["held_on"]) + timedelta(days=draw(st.integers(-40, 40)))
                amending, name = {"corrects": ref, "data": {"held_on": moved.isoformat()}}, "EventCorrected"
            amendment = told(name, event_id=f"amends-{number}", **amending)
            events.append(stored(amendment, len(events) + 1, draw(st.sampled_from([EARLY, LATE]))))
    return subject, Ledger.of(events)


dates = st.integers(0, DAYS + 60).map(lambda offset: FIRST + timedelta(days=offset))


@settings(max_examples=settings.default.max_examples // 20, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(ledgers(), dates, dates)
def test_without_what_is_named_the_old_answer_is_given_and_none_of_it_can_be_spared(
    drawn: tuple[Subject, Ledger], some: date, another: date
) -> None:
    # seen to fail: with all candidates named and none put back
    subject, ledger = drawn
    since, until = sorted((some, another))
    for one in (Moment(until, THEN), Moment(since, NOW), Moment(since, THEN)):
        found = compared(ledger, subject, one, Moment(until, NOW))
        naive = of_rules(assess(subject, ledger.of_those(_then(ledger, one)), until))
        was, now = of_rules(found.before), of_rules(found.after)
        assert {key for key in {*was, *now} if was[key] != now[key]} == {_key(each) for each in found.changes}
        for change in found.changes:
            assert said(change.quiet) == naive[_key(change)]
            assert one.as_at != until or said(change.quiet) == said(change.before)
            named = {each.position for each in change.because}
            assert _without(ledger, subject, until, named)[_key(change)] == naive[_key(change)]
            for each in named:
                assert _without(ledger, subject, until, named - {each})[_key(change)] != naive[_key(change)], each
            assert change.is_smallest


def _then(ledger: Ledger, one: Moment) -> list[bool]:
    """Which events were recorded by the first moment and read, as was known then, of a day no later than its own."""
    known = [event for event in ledger.events.values() if one.known.admits(event)]
    by_tag = facts_by_tag(known, {}, {tag for event in known for tag in tags_of(event.type, event.data)})
    by_tag_of_corrected = facts_by_tag(known, {}, {tag for facts in by_tag.values() for f in facts
                                                   for tag in tags_of(f.type, f.data)})  # fmt: skip
    later = {fact.position for facts in by_tag_of_corrected.values() for fact in facts
             if fact.on is not None and fact.on > one.as_at}  # fmt: skip
    return [one.known.admits(event) and event.position not in later for event in ledger.events.values()]


def _without(ledger: Ledger, subject: Subject, on: date, positions: set[int]) -> Mapping[Any, Any]:
    return of_rules(assess(subject, ledger.of_those(p not in positions for p in ledger.events), on))


def _key(change: Change) -> tuple[str, str]:
    return change.finding.policy, change.finding.rule


def case_ledger(*later: Fact) -> Ledger:
    facts = [adopted(policy(MONTHLY)), opened("2024-01-01"), discussed("2024-03-03", discussion_id="D-1")]
    return Ledger.of([*(stored(fact, n) for n, fact in enumerate(facts, 1)),
                      *(stored(fact, n, LATE) for n, fact in enumerate(later, 4))])  # fmt: skip


def moments(first: str, last: str) -> tuple[Moment, Moment]:
    return Moment(day(first), THEN), Moment(day(last), NOW)


def test_a_late_fact_is_named_with_its_dates_and_what_it_changed_in_words() -> None:
    ledger = case_ledger(discussed("2024-04-01"), told("AbsenceStarted", worker_id="W-9", started_on="2024-01-01"))
    one, other = moments("2024-04-04", "2024-04-04")
    found = compared(ledger, CASE, one, other)
    [change] = found.changes
    assert (change.by_time, [(each.position, each.how) for each in change.because]) == (False, [(4, "told_later")])
    assert change_in_words(change, one, other) == (
        "Every case is discussed every four weeks: breached, by 31 March 2024 on 4 April 2024 as known on 1 January "
        "2025 at 12:00; due, by 29 April 2024 on 4 April 2024. It comes from the discussion of 1 April 2024, recorded "
        "on 1 November 2025 (event 4)."
    )
    assert whole_in_words(found, one, other) == (
        "As a whole: breached on 4 April 2024 as known on 1 January 2025 at 12:00, due on 4 April 2024; "
        "1 rule says something else."
    )


def test_the_days_alone_are_named_as_such_and_apart_from_what_happened() -> None:
    one, other = Moment(day("2024-03-30"), NOW), Moment(day("2024-04-04"), NOW)
    [change] = compared(case_ledger(), CASE, one, other).changes
    assert (change.by_time, change.because) == (True, ())
    assert change_in_words(change, one, other).endswith(
        "The days alone made the difference: nothing told in between had a part in it."
    )
    [change] = compared(case_ledger(discussed("2024-04-02")), CASE, one, other).changes
    assert (change.by_time, [each.how for each in change.because]) == (True, ["happened"])
    assert "With nothing told and nothing done in between it would be breached, by 31 March 2024" in change_in_words(
        change, one, other
    )


@pytest.mark.parametrize(
    ("later", "how", "words"),
    [
        (told("EventRetracted", retracts={"source": "urn:test", "id": "e-x"}), "retraction",
         "retraction of the discussion of 3 March 2024, recorded on 1 November 2025 (event 4)"),
        (told("EventCorrected", corrects={"source": "urn:test", "id": "e-x"}, data={"discussed_on": "2024-03-20"}),
         "correction", "correction of the discussion of 3 March 2024, recorded on 1 November 2025 (event 4)"),
        (adopted(policy(MONTHLY | {"every": {"event": {"type": "CaseDiscussed"}, "limit": "14 days"}}, version="2"),
                 "2021-01-01"), "policy",
         "adoption of a policy of 1 January 2021, recorded on 1 November 2025 (event 4)"),
    ],
)  # fmt: skip
def test_corrections_retractions_and_policies_are_told_as_what_they_are(later: Fact, how: str, words: str) -> None:
    facts = [adopted(policy(MONTHLY)), opened("2024-01-01"), discussed("2024-03-03")]
    events = [stored(fact, n) for n, fact in enumerate(facts, 1)]
    renamed = Stored(3, "urn:test", "e-x", *(getattr(events[2], n) for n in list(Stored.__slots__)[3:]))
    ledger = Ledger.of([*events[:2], renamed, stored(later, 4, LATE)])
    [change] = compared(ledger, CASE, *moments("2024-03-25", "2024-03-25")).changes
    [because] = change.because
    assert (because.how, because_in_words(because)) == (how, words)


def test_a_fact_that_was_put_right_lies_on_the_day_on_which_it_reads() -> None:
    # seen to fail with the day as it was sent
    moved = {"corrects": {"source": "urn:test", "id": "e-x"}, "data": {"discussed_on": "2024-04-02"}}
    facts = [adopted(policy(MONTHLY)), opened("2024-01-01"), discussed("2024-02-03")]
    events = [stored(fact, n) for n, fact in enumerate(facts, 1)]
    renamed = Stored(3, "urn:test", "e-x", *(getattr(events[2], n) for n in list(Stored.__slots__)[3:]))
    ledger = Ledger.of([*events[:2], renamed, stored(told("EventCorrected", **moved), 4)])
    one, other = Moment(day("2024-03-30"), THEN), Moment(day("2024-04-04"), THEN)
    [change] = compared(ledger, CASE, one, other).changes
    assert [(each.position, each.how) for each in change.because] == [(3, "happened")]


def test_two_facts_of_which_either_is_enough_are_both_named() -> None:
    """Leaving one of them out changes nothing: it takes both to be gone."""
    both = case_ledger(discussed("2024-04-01", discussion_id="D-2"), discussed("2024-04-01", discussion_id="D-3"))
    [change] = compared(both, CASE, *moments("2024-04-04", "2024-04-04")).changes
    assert [each.position for each in change.because] == [4, 5]


def test_what_is_left_can_never_be_made_smaller_by_putting_one_back() -> None:
    needed = {3, 17, 60}
    assert smallest(range(64), lambda left: needed <= {*left}) == sorted(needed)
    tried: list[int] = []
    smallest(range(512), lambda left: not tried.append(len(left)) and needed <= {*left})  # type: ignore[func-returns-value]
    assert len(tried) < 120
