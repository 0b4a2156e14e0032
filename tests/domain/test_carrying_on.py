"""A timeline that is carried on from a day is what it would be if the whole were made anew."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.history import Subject
from app.domain.obligations import TimelineRow
from app.domain.timelines import continued
from app.events.facts import Fact
from tests.domain.invented import DAYS, FIRST, cases, workers
from tests.domain.invented_teams import teams
from tests.domain.test_timelines import some
from tests.domain.told import CASE, TEAM, WORKER, adopted, answered, day, policy, session, started

subjects = st.one_of(
    st.tuples(st.just(WORKER), workers), st.tuples(st.just(CASE), cases), st.tuples(st.just(TEAM), teams)
)
offsets = st.integers(-5, DAYS + 75)


@some
@given(subjects, offsets)
def test_what_is_carried_on_is_what_would_be_made_anew(told: tuple[Subject, tuple[Fact, ...]], offset: int) -> None:
    subject, facts = told
    since = FIRST + timedelta(days=offset)
    before = tuple(fact for fact in facts if fact.on is None or fact.on < since)
    earlier = answered(lambda found: continued((), subject, found), before)
    assert answered(lambda found: continued(earlier, subject, found, since=since), facts) == answered(
        lambda found: continued((), subject, found), facts
    )


EVERY = {"event": {"type": "SessionHeld"}, "target": "28 days", "limit": "42 days"}
FACTS = (adopted(policy({"id": "R-1", "subject": "worker", "every": EVERY})), started("2025-01-01"))


def of(rule: str, found: tuple[TimelineRow, ...]) -> list[tuple[str, object, object]]:
    return [(str(row.status), row.from_on, row.until_on) for row in found if row.rule == rule]


def test_rows_that_ended_before_the_day_are_kept_and_the_one_that_ran_is_cut_or_grows() -> None:
    whole = answered(lambda found: continued((), WORKER, found), FACTS)
    kept = (("due", day("2025-01-01"), day("2025-01-29")), ("tolerated", day("2025-01-30"), day("2025-02-12")))
    assert of("R-1", whole) == [*kept, ("breached", day("2025-02-13"), None)]
    late = (*FACTS, session("2025-02-20"))
    again = answered(lambda found: continued(whole, WORKER, found, since=day("2025-02-20")), late)
    assert of("R-1", again)[:4] == [
        *kept, ("breached", day("2025-02-13"), day("2025-02-19")), ("due", day("2025-02-20"), day("2025-03-20")),
    ]  # fmt: skip
    early = (*FACTS, session("2025-02-05"))
    again = answered(lambda found: continued(whole, WORKER, found, since=day("2025-02-05")), early)
    assert of("R-1", again)[:3] == [
        kept[0], ("tolerated", day("2025-01-30"), day("2025-02-04")), ("due", day("2025-02-05"), day("2025-03-05")),
    ]  # fmt: skip


def test_a_row_that_still_reads_the_same_goes_on_as_one() -> None:
    whole = answered(lambda found: continued((), WORKER, found), FACTS)
    for offset in range(60):
        since = FIRST + timedelta(days=offset)
        assert answered(lambda found, since=since: continued(whole, WORKER, found, since=since), FACTS) == whole
