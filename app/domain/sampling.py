"""Random samples of supervision files: how one is drawn so that anybody can draw it again, and what became of it.

`sha256_rank`: every id of the population is ranked by SHA-256(seed ‖ 0x00 ‖ id), both as UTF-8, the smallest digest
first; the first `size` of them are selected. Nothing but the seed and the ids decides, in whichever language that is
worked out (docs/auditors.md has it by hand). Pure. Left out: who may draw, and where a seed comes from (the API).
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from app.domain.looking import Look
from app.events.facts import Fact, Facts

METHOD: Final = "sha256_rank"
MOST: Final = 50_000
"""Ids that the event of a sample holds at most: it keeps the whole population, or it proves nothing."""
ROUND: Final = timedelta(days=183)
"""How far back other samples of the same programme are shown: who draws again until it suits them is seen."""
PROGRAMMES: Final = "council/programmes"

_DRAWN: Final = frozenset({"AuditSampleDrawn"})
_AUDITED: Final = frozenset({"FileAudited"})
_FILED: Final = frozenset({"FileOpened", "FileTransferred"})


def draw(seed: str, population: Collection[str], size: int) -> tuple[str, ...]:
    """The selected ids, the first drawn first: a larger sample with the same seed begins with a smaller one."""
    return tuple(sorted(set(population), key=lambda each: _rank(seed, each))[:size])


def _rank(seed: str, identity: str) -> bytes:
    return hashlib.sha256(seed.encode() + b"\0" + identity.encode()).digest()


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A sample drawn again. `agrees` is None of one that was drawn by a method that is not known here."""

    agrees: bool | None
    selected: tuple[str, ...]


def redraw(told: Mapping[str, Any]) -> Redrawn:
    """Draw again what an `AuditSampleDrawn` tells of; the order in which the selected were written down counts."""
    if told.get("method") != METHOD:
        return Redrawn(None, ())
    selected = draw(told["seed"], told["population"], told["size"])
    return Redrawn(selected == tuple(told["selected"]), selected)


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit of a file of a sample, as it was recorded."""

    audit_id: str
    audited_on: date | None
    auditor_id: str
    score: object
    tool_version: str | None
    position: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: as it was drawn, which of its files were audited, and what else was drawn for the programme."""

    drawn: Fact
    audits: Mapping[str, tuple[Audit, ...]]
    """Each selected id with its audits, in the order of drawing."""
    of_others: tuple[Audit, ...]
    """Audits that name the sample and are of a file that it does not hold."""
    drawn_before: tuple[Fact, ...]
    """Samples of the same programme of the half year before."""


def sample(facts: Facts, sample_id: str) -> Sample | None:
    """A sample by its id, None if there is none. Raises `FactsNeeded`."""
    drawn = next(iter(facts(f"sample/{sample_id}", _DRAWN)), None)
    if drawn is None:
        return None
    selected: Sequence[str] = drawn.data["selected"]
    audits = facts(f"sample/{sample_id}", _AUDITED)
    numbers = _file_numbers(selected, facts) if any("worker_id" not in fact.data for fact in audits) else {}
    found: dict[str, list[Audit]] = {each: [] for each in selected}
    others: list[Audit] = []
    for fact in audits:
        whose = fact.get("worker_id") or numbers.get(fact.get("file_id"), fact.get("file_id"))
        found.get(whose, others).append(_audit(fact))
    return Sample(drawn, {each: tuple(of) for each, of in found.items()}, tuple(others), _before(drawn, facts))


def _file_numbers(workers: Iterable[str], facts: Facts) -> dict[str, str]:
    """The numbers under which their files are kept, each with its worker."""
    told = Look(facts).at_each({f"worker/{worker}": _FILED for worker in workers})
    return {fact.data["file_id"]: fact.data["worker_id"] for each in told.values() for fact in each
            if "file_id" in fact.data}  # fmt: skip


def _audit(fact: Fact) -> Audit:
    return Audit(
        fact.data["audit_id"], fact.on, fact.data["auditor_id"], fact.get("score"), fact.get("tool_version"),
        fact.position,
    )  # fmt: skip


def _before(drawn: Fact, facts: Facts) -> tuple[Fact, ...]:
    day = drawn.on or date.min
    return tuple(
        fact for fact in facts(PROGRAMMES, _DRAWN)
        if fact.data["programme"] == drawn.data["programme"] and fact.position < drawn.position
        and fact.on is not None and day - ROUND <= fact.on
    )  # fmt: skip
