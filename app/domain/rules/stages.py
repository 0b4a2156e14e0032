"""What a rule with stages says beside what is asked in the stage: which one it is, and until when.

When each stage begins is in `domain/staging`; each is judged as a rule of its own kind, and what is open when one ends
is taken over as by any change of rule.
"""

from dataclasses import replace
from typing import Final

from app.domain import wording
from app.domain.eras import STAGES_OVER, Course
from app.domain.obligations import Verdict
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Pack, Rule
from app.domain.scope import Fit
from app.domain.wording import day

_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def in_stage(course: Course, said: Verdict) -> Verdict:
    """With the stage in words, and the day on which the next one begins."""
    stage = course.era.stage
    if stage is None:
        return said
    next_on = min((on for on in (said.next_on, stage.next_on) if on is not None), default=None)
    if course.history.look.brief:
        return replace(said, next_on=next_on)
    number = _ORDINALS[stage.number] if stage.number < len(_ORDINALS) else f"{stage.number + 1}th"
    until = "" if stage.next_on is None else f"; the next begins on {day(stage.next_on)}"
    return replace(said, why=f"{said.why} This is the {number} stage of the rule{until}.", next_on=next_on)


def without(pack: Pack, rule: Rule, fit: Fit) -> Verdict:
    """On a day on which no stage runs: the last one is over, or nothing says from when they run."""
    since = None if rule.stages is None or rule.stages.since is None else resolved(pack, rule.stages.since)
    if fit == STAGES_OVER or since is None:
        return Verdict(Status.NOT_APPLICABLE, "The last stage of this rule is over, and nothing is asked after it.")
    noun = wording.called(since)
    why = f"What is asked depends on how long ago the {noun} was, and nothing recorded says when that was."
    return Verdict(Status.NOT_ASSESSABLE, why, code="not_known", put_right=f"The {noun}, with its date.")
