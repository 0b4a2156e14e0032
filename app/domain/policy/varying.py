"""Can what a pack lets be arranged be arranged: terms that the rule has, within bounds that are looser than its own?"""

from collections.abc import Iterator, Sequence

from app.domain.calendar import Interval
from app.domain.policy.arrangements import TIGHTER, terms_of
from app.domain.policy.checking import Disagreement, duties, unknown
from app.domain.policy.markup import Path
from app.domain.policy.measured import Number
from app.domain.policy.shapes import Block, Duty, Pack, Rolling, Rule


def arrangements(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in what may be arranged for somebody alone."""
    for path, duty in duties(pack):
        blocks = _blocks(duty)
        yield from dict.fromkeys(
            found for block in blocks for each in (_variations, _pro_rata) for found in each(path, duty, block)
        )
        if blocks == [None] and duty.excusals is not None:
            said = "a table is not excused as a whole: write `excusals` in its rows"
            yield Disagreement((*path, "excusals"), "not_right", said)


def _blocks(duty: Duty) -> Sequence[Block | None]:
    """What is asked: in each stage something else, and in a table by its rows alone."""
    if isinstance(duty, Rule) and duty.stages is not None:
        return [step.block for step in duty.stages.steps]
    return [None if isinstance(duty, Rule) and duty.table is not None else duty.block]


def _variations(path: Path, duty: Duty, block: Block | None) -> Iterator[Disagreement]:
    terms = {} if block is None else terms_of(block)
    for name, furthest in duty.variations.items():
        at: Path = (*path, "variations", name)
        if name not in terms:
            yield unknown(at, "term", name, terms)
        elif furthest != TIGHTER and block is not None:
            own = terms[name].read(block)
            if isinstance(furthest, Interval) is not isinstance(own, Interval):
                example = "a length such as `8 weeks`" if isinstance(own, Interval) else "a whole number"
                yield Disagreement(at, "not_right", f"`{name}` of this rule is `{own}`: write {example}, or `tighter`")
            elif terms[name].tighter(furthest, own):
                said = f"`{furthest}` is no looser than the rule's own `{own}`: write `tighter`, or how far it may go"
                yield Disagreement(at, "no_looser", said)


def _pro_rata(path: Path, duty: Duty, block: Block | None) -> Iterator[Disagreement]:
    if not duty.pro_rata:
        return
    if not isinstance(block, Rolling | Number):
        said = "only an interval or a number follows how much somebody works: leave `pro_rata` out"
        yield Disagreement((*path, "pro_rata"), "not_right", said)
    elif isinstance(block, Rolling) and block.limit.unit == "working day":
        yield Disagreement((*path, "pro_rata"), "not_right", "an interval in working days cannot follow working time")
    if isinstance(duty, Rule) and duty.subjects != ("worker",):
        said = f"only workers work full or part time: `pro_rata` cannot be asked of a {' or a '.join(duty.subjects)}"
        yield Disagreement((*path, "pro_rata"), "not_right", said)
