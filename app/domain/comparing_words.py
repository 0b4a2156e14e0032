"""What a comparison says in plain English: how a rule stood at each moment, and which facts changed that. Pure."""

from collections.abc import Sequence
from typing import Final

from app.domain import wording
from app.domain.comparing import Because, Change, Comparison, Moment
from app.domain.obligations import Assessment, Finding
from app.domain.policy.patterns import Status
from app.events.facts import LONDON

MOST_NAMED: Final = 3
"""Facts named in a sentence; the answer has all."""
_CALLED: Final = {
    "PolicyAdopted": "adoption of a policy",
    "PolicyWithdrawn": "withdrawal of a policy",
    "CalendarAdopted": "calendar of working days",
    "SubjectMerged": "word that two identifiers mean one",
    "IdentifierLinked": "link of a number of another system",
    "IdentifierUnlinked": "end of the link of a number",
    "FeedConfirmed": "confirmation that everything was sent",
    "SupervisorUnassigned": "end of a supervision",
    "LineManagerAssigned": "assignment of a line manager",
    "LineManagerUnassigned": "end of a line management",
    "VariationApproved": "arrangement",
    "VariationEnded": "end of an arrangement",
    "ExcusalGranted": "excusal",
    "WorkerLeft": "leaving",
    "CaseReopened": "reopening of the case",
}


def change_in_words(change: Change, one: Moment, other: Moment) -> str:
    """One rule: how it stood, how it stands, and why, in two or three sentences."""
    finding = change.finding
    head = f"{finding.title}: {_stood(change.before)} on {_at(one)}; {_stood(change.after)} on {_at(other)}."
    return " ".join([head, *_why(change)])


def whole_in_words(found: Comparison, one: Moment, other: Moment) -> str:
    """The subject as a whole."""
    before, after = (_whole(each) for each in (found.before, found.after))
    if before == after:
        stays = (
            f"As a whole it stays {before}" if one.as_at == other.as_at else f"As a whole it is {before} on both days"
        )
        return f"{stays}; {_rules(len(found.changes))}."
    return f"As a whole: {before} on {_at(one)}, {after} on {_at(other)}; {_rules(len(found.changes))}."


def because_in_words(each: Because) -> str:
    """`discussion of 2 April 2025, recorded on 22 November 2026 (event 57)`."""
    called = _named(each.type)
    if each.how in ("correction", "retraction"):
        of = _named(each.of) if each.of else "event"
        called = f"{each.how} of the {of}"
    on = f" of {wording.day(each.on)}" if each.on is not None else ""
    recorded = wording.day(each.recorded.astimezone(LONDON).date())
    return f"{called}{on}, recorded on {recorded} (event {each.position})"


def _rules(count: int) -> str:
    return {0: "no rule says anything else", 1: "1 rule says something else"}.get(
        count, f"{count} rules say something else"
    )


def _why(change: Change) -> list[str]:
    said = []
    if change.by_time:
        said.append(
            "The days alone made the difference: nothing told in between had a part in it."
            if not change.because
            else f"With nothing told and nothing done in between it would be {_stood(change.quiet)}: the days alone."
        )
    if change.because:
        named = [f"the {because_in_words(each)}" for each in change.because[:MOST_NAMED]]
        more = len(change.because) - MOST_NAMED
        told = wording.listed([*named, f"{more} more"] if more > 0 else named)
        said.append(f"{'The rest' if change.by_time else 'It'} comes from {told}.")
    return said


def _named(name: str) -> str:
    return _CALLED.get(name) or wording.type_called(name)


def _stood(finding: Finding | None) -> str:
    """`breached, due by 31 March 2025`, `met on 2 April 2025`."""
    if finding is None or finding.status is Status.NOT_APPLICABLE:
        return "not asked"
    words = str(finding.status).replace("_", " ")
    if finding.code:
        words += f" ({finding.code.replace('_', ' ')})"
    if finding.due_on is not None:
        return f"{words}, by {wording.day(finding.due_on)}"
    return f"{words}, on {wording.day(finding.met_on)}" if finding.met_on is not None else words


def _whole(answer: Assessment) -> str:
    return str(answer.status).replace("_", " ") if answer.why is None else "not assessable (no policy was known)"


def _at(moment: Moment) -> str:
    """`4 April 2025 as known on 9 April 2025`; with the time where that is the same day."""
    day = wording.day(moment.as_at)
    if moment.known.moment is not None:
        local = moment.known.moment.astimezone(LONDON)
        return f"{day} as known on {wording.day(local.date())} at {local:%H:%M}"
    return f"{day} as known at event {moment.known.position}" if moment.known.position is not None else day


def sentences(found: Comparison, one: Moment, other: Moment) -> Sequence[str]:
    """The whole comparison, the subject first."""
    return [whole_in_words(found, one, other), *(change_in_words(each, one, other) for each in found.changes)]
