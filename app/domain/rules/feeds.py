"""Whether silence proves anything: a missing visit is a breach only where the feed of visits is confirmed complete.

This service is the record of supervision, and silence there means that it did not happen. Of what other systems hold
it knows only what they sent: up to the date of a `FeedConfirmed`, everything.
Confirmations that overlap or adjoin reach as far as the last of them.
"""

from datetime import date

from app.domain.calendar import DAY
from app.domain.eras import Course
from app.events.facts import Fact


def covered_to(course: Course, feed: str, since: date) -> date | None:
    """The last day up to which, from `since` on, the feed is confirmed complete for this subject; None: not at all."""
    told = [
        (fact.day("complete_from") or date.min, fact.on)
        for fact in course.history.look.at("council/feeds")
        if fact.type == "FeedConfirmed" and fact.get("feed") == feed and _about(fact, course) and fact.on is not None
    ]
    reached: date | None = None
    for begins, ends in sorted(told):
        if begins <= (since if reached is None else reached + DAY) and since <= ends <= course.history.until:
            reached = max(ends, reached or ends)
    return reached


def _about(fact: Fact, course: Course) -> bool:
    """A confirmation for one team or worker speaks of nobody else."""
    situation, subject = course.era.span.stretch.situation, course.history.subject
    team, worker = fact.get("team_id"), fact.get("worker_id")
    whose = subject.id if subject.kind == "worker" else situation.get("lead")
    return team in (None, situation.get("team")) and worker in (None, whose)
