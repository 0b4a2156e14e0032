"""Do the strands of a rule agree: each under its own name, each begun as a strand can be?

What is asked in them is checked as in any rule (`measuring`, `timing`).
"""

from collections.abc import Iterator

from app.domain.policy.checking import Disagreement, asked
from app.domain.policy.shapes import Pack, Rolling
from app.domain.policy.stranded import Strand


def strands(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in the strands of rules."""
    seen: set[tuple[str, str]] = set()
    for path, duty, strand in asked(pack):
        if not isinstance(strand, Strand):
            continue
        if (duty.id, strand.called) in seen:
            said = f"`{strand.called}` is here twice: give each strand its own name"
            yield Disagreement((*path, "called"), "twice", said)
        seen.add((duty.id, strand.called))
        rolling = strand.every if isinstance(strand.every, Rolling) else None
        if rolling is not None and (rolling.first_due == "allocated" or rolling.restart_on_reallocation):
            said = "an allocation may start a rule by itself, and not one of its strands"
            yield Disagreement((*path, "every"), "not_right", said)
