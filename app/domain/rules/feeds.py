"""Whether silence proves anything: a missing visit is a breach only where the feed of visits is confirmed complete.

This service is the record of supervision, and silence there means that it did not happen. Of what other systems hold
it knows only what they sent: up to the date of a `FeedConfirmed`, everything.
Confirmations that overlap or adjoin reach as far as the last of them.
"""

from datetime import date

from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.policy.duties import OwnDate, Within
from app.events.facts import Fact


def covered_to(course: Course, feed: str, since: date) -> date | None:
    """The last day up to which, from `since` on, the feed is confirmed complete for this subject; None: not at all."""
    reached: date | None = None
    for begins, ends in sorted(_confirmed(course, feed)):
        if begins <= (since if reached is None else reached + DAY) and since <= ends <= course.history.until:
            reached = max(ends, reached or ends)
    return reached


def heard_of(course: Course, feed: str, since: date) -> bool:
    """Whether the feed was confirmed for any day from `since` on."""
    return any(since <= ends <= course.history.until for _, ends in _confirmed(course, feed))


def says_itself(course: Course, era: Era, opened_on: date) -> bool:
    """Whether what opened on that day tells its own other date: then no feed is needed to know when it was done."""
    block, pack = era.block, era.span.version.pack
    if not isinstance(block, Within) or not isinstance(block.answered_by, OwnDate):
        return False
    opened = [one.fact for one in course.history.occurrences(pack, block.after) if one.on == opened_on]
    return bool(opened) and all(fact.day(block.answered_by.date) is not None for fact in opened)


def _confirmed(course: Course, feed: str) -> list[tuple[date, date]]:
    """The first and the last day of each confirmation."""
    return [
        (fact.day("complete_from") or date.min, fact.on)
        for fact in course.history.look.at("council/feeds")
        if fact.type == "FeedConfirmed" and fact.get("feed") == feed and _about(fact, course) and fact.on is not None
    ]


def _about(fact: Fact, course: Course) -> bool:
    """A confirmation for one team or worker speaks of nobody else."""
    situation, subject = course.era.span.stretch.situation, course.history.subject
    team, worker = fact.get("team_id"), fact.get("worker_id")
    whose = subject.id if subject.kind == "worker" else situation.get("lead")
    return team in (None, situation.get("team")) and worker in (None, whose)
