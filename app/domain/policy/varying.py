"""Can what a pack lets be arranged be arranged: terms that the rule has, within bounds that are looser than its own?"""

from collections.abc import Iterator, Mapping, Sequence

from app.domain.calendar import Interval
from app.domain.policy.arrangements import TIGHTER, terms_of
from app.domain.policy.checking import Disagreement, duties, unknown
from app.domain.policy.markup import Path
from app.domain.policy.measured import CasesAtMost, Number
from app.domain.policy.shapes import Block, Duty, Furthest, Pack, Rolling, Rule
from app.domain.policy.stranded import Strand, Strands


def arrangements(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in what may be arranged for somebody alone."""
    for path, duty in duties(pack):
        blocks = _blocks(duty)
        yield from dict.fromkeys(
            found
            for block in blocks
            for found in (*_variations(path, duty.variations, block), *_pro_rata(path, duty, block))
        )
        yield from _of_strands(path, duty)
        yield from _approvers(pack, path, duty)
        if blocks == [None] and duty.excusals is not None:
            said = "a table is not excused as a whole: write `excusals` in its rows"
            yield Disagreement((*path, "excusals"), "not_right", said)


def _blocks(duty: Duty) -> Sequence[Block | None]:
    """What is asked: in each stage something else, and in a table by its rows alone."""
    if isinstance(duty, Rule) and duty.stages is not None:
        return [step.block for step in duty.stages.steps]
    return [None if isinstance(duty, Rule) and duty.table is not None else duty.block]


def _of_strands(path: Path, duty: Duty) -> Iterator[Disagreement]:
    """An arrangement names the rule and a term: only one strand may let a term of that name vary."""
    seen: set[str] = set()
    for key, strands in (
        (("any_of", duty.any_of or ()), ("all_of", duty.all_of or ())) if isinstance(duty, Rule) else ()
    ):
        for number, strand in enumerate(strands):
            at: Path = (*path, key, number)
            yield from _variations(at, strand.variations, strand.block)
            for name in seen & strand.variations.keys():
                said = f"another strand lets `{name}` vary too, and an arrangement names only the rule: write two rules"
                yield Disagreement((*at, "variations", name), "twice", said)
            seen |= strand.variations.keys()
            if strand.excusals is not None and duty.excusals is not None:
                said = "the rule as a whole may be excused already: write `excusals` in the rule or in its strands"
                yield Disagreement((*at, "excusals"), "twice", said)


def _approvers(pack: Pack, path: Path, duty: Duty) -> Iterator[Disagreement]:
    for number, role in enumerate(duty.approvers):
        if role not in pack.codes.roles:
            yield unknown((*path, "approvers", number), "role", role, pack.codes.roles)
    arranged: Sequence[Duty | Strand] = (duty, *_strands(duty))
    if duty.approvers and not any(each.variations or each.excusals for each in arranged):
        said = "nothing of this rule may be arranged: write `variations` or `excusals`, or leave `approvers` out"
        yield Disagreement((*path, "approvers"), "not_right", said)


def _strands(duty: Duty) -> Sequence[Strand]:
    return (*(duty.any_of or ()), *(duty.all_of or ())) if isinstance(duty, Rule) else ()


def _variations(path: Path, variations: Mapping[str, Furthest], block: Block | None) -> Iterator[Disagreement]:
    if variations and isinstance(block, Strands):
        said = "each strand has terms of its own: write `variations` in the strand that may vary"
        yield Disagreement((*path, "variations"), "not_right", said)
        return
    terms = {} if block is None else terms_of(block)
    for name, furthest in variations.items():
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
    if not isinstance(block, Rolling | Number | CasesAtMost):
        said = "only an interval or a number follows how much somebody works: leave `pro_rata` out"
        yield Disagreement((*path, "pro_rata"), "not_right", said)
    elif isinstance(block, Rolling) and block.limit.unit == "working day":
        yield Disagreement((*path, "pro_rata"), "not_right", "an interval in working days cannot follow working time")
    if isinstance(duty, Rule) and duty.subjects != ("worker",):
        said = f"only workers work full or part time: `pro_rata` cannot be asked of a {' or a '.join(duty.subjects)}"
        yield Disagreement((*path, "pro_rata"), "not_right", said)
