"""A pack's text becomes a `Pack`, or a list of faults that its author can act on.

Each fault says the line and column, the place as a pointer (RFC 6901), a stable code, what is wrong in plain words
and, where a word is nearly right, the word that was probably meant. `check` never raises for bad content; `load`
raises `PackErrors` with everything that is wrong, not only the first thing.

Rules: pure (text in, `Pack` out). `as_json` is what `PolicyAdopted` keeps, so that a replay never depends on a file
(`adopted` reads it back). Left out: reading YAML (`markup`), what the shapes refuse, in words (`misshapen`), whether
the parts of a pack agree (`checking`).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Final

from pydantic import ValidationError

from app.domain.policy import (
    checking,
    entitling,
    indexing,
    keeping,
    linking,
    markup,
    measuring,
    sharing,
    stating,
    stranding,
    timing,
    varying,
)
from app.domain.policy.misshapen import misshapen
from app.domain.policy.shapes import Pack

FAULTS_LIMIT: Final = 100
_CHECKS: Final = (
    checking.disagreements,
    indexing.indexed,
    keeping.declared,
    linking.links,
    entitling.entitlements,
    measuring.measures,
    sharing.shares,
    stating.states,
    stranding.strands,
    timing.timings,
    varying.arrangements,
)


@dataclass(frozen=True, slots=True)
class PackFault:
    """One thing wrong in a pack: where, a stable code, what to do, and the word that was probably meant."""

    line: int
    column: int
    pointer: str
    code: str
    detail: str
    suggestion: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.detail}"

    def as_json(self) -> dict[str, Any]:
        """The shape of an item of `errors` in the answer of `POST /v1/policies/check`."""
        return asdict(self)


class PackErrors(ValueError):
    """A pack that cannot be used; `faults` in the order of their lines."""

    def __init__(self, faults: Iterable[PackFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


@lru_cache(maxsize=8)  # who writes a policy has it checked, tried and adopted: one text, read once
def load(source: str | bytes) -> Pack:
    """The pack that `source` (YAML) describes. Raises `PackErrors`."""
    try:
        marked = markup.read(source)
    except markup.NotReadable as error:
        raise PackErrors([_unreadable(error)]) from error
    faults = [_unreadable(error) for error in marked.twice]
    pack, wrong = _shaped(marked)
    faults.extend(wrong)
    if pack is not None:
        found = chain.from_iterable(each(pack) for each in _CHECKS)
        faults.extend(_fault(marked, one) for one in islice(found, FAULTS_LIMIT))
    if faults or pack is None:
        raise PackErrors(sorted(faults, key=lambda fault: (fault.line, fault.column))[:FAULTS_LIMIT])
    return pack


def check(source: str | bytes) -> list[PackFault]:
    """What is wrong with `source`, in the order of its lines; empty when it is a pack that can be adopted."""
    try:
        load(source)
    except PackErrors as error:
        return list(error.faults)
    return []


def located(source: str | bytes, found: Iterable[checking.Disagreement]) -> list[PackFault]:
    """What else was found in a pack, with the lines of its text."""
    marked = markup.read(source)
    return sorted((_fault(marked, one) for one in found), key=lambda fault: (fault.line, fault.column))


def as_json(pack: Pack) -> dict[str, Any]:
    """The pack as plain JSON values: what was written, no defaults filled in, dates as ISO strings, no floats."""
    data: dict[str, Any] = pack.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return data


def load_calendar(source: str | bytes) -> dict[str, Any]:
    """The data of the `CalendarAdopted` event that a calendar file (YAML) describes."""
    data: dict[str, Any] = markup.read(source).data
    return data


# --- from what the shapes say to what a person reads ------------------------------------------------------------------


def _shaped(marked: markup.Marked) -> tuple[Pack | None, list[PackFault]]:
    if not isinstance(marked.data, dict):
        said = "is not a policy: it begins with entries such as `id:`, `version:` and `title:`"
        return None, [PackFault(1, 1, "", "not_a_policy", said)]
    try:
        return Pack.model_validate(marked.data, by_alias=True, by_name=False), []
    except ValidationError as error:
        faults = [fault for fault in error.errors(include_url=False) if not _is_of_its_parts(fault)]
        found = [misshapen(marked.data, fault) for fault in faults[:FAULTS_LIMIT]]
        return None, [_fault(marked, one) for one in {one.path: one for one in reversed(found)}.values()]


def _is_of_its_parts(fault: Any) -> bool:
    """A list of which an item is wrong counts as too short; the item is told by itself."""
    return fault["type"] == "too_short" and bool(len(fault["input"]) >= fault["ctx"]["min_length"])


def _fault(marked: markup.Marked, found: checking.Disagreement) -> PackFault:
    place = marked.place(found.path, key=found.code == "unknown_key")
    return PackFault(place.line, place.column, pointer(found.path), found.code, found.detail, found.suggestion)


def _unreadable(error: markup.NotReadable) -> PackFault:
    return PackFault(error.place.line, error.place.column, "", error.code, error.detail)


def pointer(path: markup.Path) -> str:
    """A path as RFC 6901 writes it."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
