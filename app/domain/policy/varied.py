"""What may be arranged of a rule: its own terms, or those of the one strand that lets a term of that name vary."""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.policy.arrangements import Term, Value, changed, terms_of
from app.domain.policy.duties import Block
from app.domain.policy.shapes import Duty, Furthest
from app.domain.policy.stranded import Strand, Strands


def furthest_of(duty: Duty, block: Block) -> Mapping[str, Furthest]:
    """How far an arrangement may go, by term: as the rule says, or its strands."""
    if not isinstance(block, Strands):
        return duty.variations
    return {name: furthest for strand in block.of for name, furthest in strand.variations.items()}


def term_of(block: Block, name: str) -> tuple[Term, Value] | None:
    """The term of that name with its own value; None where there is none."""
    part = block if not isinstance(block, Strands) else _strand_with(block, name).block
    term = terms_of(part).get(name)
    own = None if term is None else term.read(part)
    return None if term is None or own is None else (term, own)


def varied(block: Block, name: str, value: Value) -> Block:
    """The block with another term. Raises ValueError for what no pack could say either."""
    if not isinstance(block, Strands):
        return changed(block, name, value)
    strand = _strand_with(block, name)
    kind = next(kind for kind in strand.KINDS if getattr(strand, kind) is not None)
    written = {field: getattr(strand, field) for field in strand.model_fields_set}
    other = Strand.model_validate({**written, kind: changed(strand.block, name, value)})
    return replace(block, of=tuple(other if each is strand else each for each in block.of))


def _strand_with(block: Strands, name: str) -> Strand:
    return next(strand for strand in block.of if name in strand.variations)
