"""Whether silence proves anything: a missing visit is a breach only where the feed of visits is confirmed complete.

This service is the record of supervision, and silence there means that it did not happen. Of what other systems hold
it knows only what they sent: up to the date of a `FeedConfirmed`, everything.
"""

from datetime import date

from app.domain.eras import Course
from app.events.facts import Fact


def confirmed(course: Course, feed: str, since: date, through: date) -> bool:
    """Whether one confirmation of the feed covers all days from `since` to `through` for this subject."""
    return any(
        fact.type == "FeedConfirmed"
        and fact.on is not None
        and through <= fact.on <= course.history.until
        and fact.get("feed") == feed
        and (fact.day("complete_from") or date.min) <= since
        and _about(fact, course)
        for fact in course.history.look.at("council/feeds")
    )


def _about(fact: Fact, course: Course) -> bool:
    """A confirmation for one team or worker speaks of nobody else."""
    situation, subject = course.era.span.stretch.situation, course.history.subject
    team, worker = fact.get("team_id"), fact.get("worker_id")
    whose = subject.id if subject.kind == "worker" else situation.get("lead")
    return team in (None, situation.get("team")) and worker in (None, whose)
