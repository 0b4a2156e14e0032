"""The text alternative: what the picture shows, told in plain sentences, for who cannot see it or reads it aloud."""

from collections.abc import Iterator
from typing import Final

from app.domain import wording
from app.domain.policy.patterns import Status
from app.domain.wording import day
from app.pictures.bars import spoken
from app.pictures.happened import away_in_words, called, rows_of
from app.pictures.lanes import Stretch, lengthy, stretches
from app.pictures.story import Lane, Mark, Story

MOST_STRETCHES: Final = 12
"""Of one lane, the latest; how many came before them is said."""
_MOST_KINDS: Final = 6


def titled(story: Story) -> str:
    """The picture's name in one line."""
    return f"Supervision of {story.subject.kind} {story.subject.id}, as at {day(story.as_at)}"


def told(story: Story) -> str:
    """The whole story, a paragraph for what happened and one for each rule."""
    paragraphs = [_opening(story), _happened(story), *(_lane(lane, story) for lane in story.lanes)]
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


def _opening(story: Story) -> str:
    period = f"The time from {day(story.period.first)} to {day(story.period.last)}."
    known = f" Told from {story.known}." if story.known else ""
    why = f" {story.why}" if story.why else ""
    standing = f"As a whole on {day(story.as_at)}: {spoken(story.status.value)}.{why}"
    nothing = "" if story.lanes else " There is no rule to show."
    return f"{period}{known} {standing}{nothing}"


def _happened(story: Story) -> str:
    said = [_row(row, marks) for row, marks in rows_of(story.marks).items()]
    said += [f"{wording.sentence(away_in_words(spell))}." for spell in story.absences]
    return f"What happened. {' '.join(said)}" if said else "Nothing is recorded to have happened in this time."


def _row(row: str, marks: list[Mark]) -> str:
    if len(marks) <= _MOST_KINDS:
        return f"{row}: {wording.listed([f'{called(mark)} on {day(mark.on)}' for mark in marks])}."
    kinds = list(dict.fromkeys(called(mark) for mark in marks))
    listed = wording.listed(kinds if len(kinds) <= _MOST_KINDS else [*kinds[:_MOST_KINDS], "more"])
    return f"{row}: {len(marks)} ({listed}), the first on {day(marks[0].on)}, the last on {day(marks[-1].on)}."


def _lane(lane: Lane, story: Story) -> str:
    said = [f"{lane.rule}, {lane.title} ({lane.clause}; {lane.force.value})."]
    if lane.finding is not None:
        said.append(f"On {day(story.as_at)}: {spoken(lane.finding.status.value)}. {lane.finding.why}")
    found = stretches(lane.rows, story.as_at, story.period.last)
    shown = [each for each in found if each.last >= story.period.first and each.first <= story.period.last]
    said += _course([each for each in shown if not each.ahead])
    ahead = [_stretch(each) for each in shown if each.ahead]
    if ahead:
        said.append(f"If nothing happens: {'; '.join(ahead)}.")
    return " ".join(said)


def _course(behind: list[Stretch]) -> Iterator[str]:
    if not behind:
        return
    earlier = len(behind) - MOST_STRETCHES
    before = f"{earlier} earlier {'change' if earlier == 1 else 'changes'}, then " if earlier > 0 else ""
    yield f"Over this time: {before}{'; '.join(_stretch(each) for each in behind[-MOST_STRETCHES:])}."


def _stretch(each: Stretch) -> str:
    status = spoken(each.status.value)
    if each.ahead:
        lasts = " on" if each.row.until_on is None else f" to {day(each.row.until_on)}"
        still = "still " if each.row.from_on < each.first else ""
        return f"{still}{status} from {day(each.first)}{lasts}"
    said = f"{status} from {day(each.first)} to {day(each.last)}"
    return f"{said} ({lengthy(each)})" if each.status is Status.BREACHED else said
