"""Whose word it is: the signature under the checkpoint, and the chain of openings that leads to this log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from app.ledger import Malformed, Unproven
from app.ledger.leaves import leaf_hash
from app.ledger.notes import Checkpoint, VerifierKey
from app.ledger.tree import Frontier
from app.verifying.bundle import Header


@dataclass(frozen=True, slots=True)
class Signed:
    """What the bundle's note says, by a key that is believed; or why it is not."""

    checkpoint: Checkpoint | None
    said: str


def keys_for(origin: str, keys: Sequence[VerifierKey]) -> list[VerifierKey]:
    """The keys that speak for a log. After a restore it has another number at its end, and the same keys."""
    same = _AFTER_A_RESTORE.sub("", origin)
    return [VerifierKey(origin, key.public) for key in keys if _AFTER_A_RESTORE.sub("", key.name) == same]


_AFTER_A_RESTORE: Final = re.compile(r"/[1-9][0-9]*\Z")


def signed(header: Header, trusted: Sequence[VerifierKey]) -> Signed:
    """The checkpoint of the header by one of the keys: those that the auditor has, else the bundle's own."""
    keys = keys_for(header.origin, trusted or header.keys)
    if not keys:
        names = ", ".join(sorted({key.name for key in trusted})) or "none"
        return Signed(None, f"the bundle is of {header.origin}, and no key was given for that ({names})")
    try:
        found = Checkpoint.verified(header.checkpoint, header.origin, keys)
    except (Malformed, Unproven) as error:
        return Signed(None, f"the checkpoint is not signed as it must be: {error}")
    if found.size != header.size:
        return Signed(None, f"the checkpoint is about {found.size:,} entries, the bundle says {header.size:,}")
    return Signed(found, f"{found.origin}, {found.size:,} entries")


def note_says(note: bytes, header: Header, trusted: Sequence[VerifierKey]) -> Checkpoint | None:
    """What one of the signed notes on the way says; None where no believed key has signed it."""
    try:
        return Checkpoint.verified(note, header.origin, keys_for(header.origin, trusted or header.keys))
    except (Malformed, Unproven):
        return None


def chain_fault(header: Header) -> str | None:
    """What is wrong with the chain of openings; None where it leads to this log's entry 0."""
    openings = header.openings
    if not openings or openings[-1].origin != header.origin or openings[0].earlier_origin:
        return "the openings do not lead from the council's first log to this one"
    if header.origin.rpartition("/log/")[2].partition("/")[0] != header.council:
        return f"the bundle says that it is of {header.council!s:.60}, and {header.origin} is another council's log"
    for before, after in pairwise(openings):
        if after.earlier_origin != before.origin:
            return f"the opening of {after.origin} does not name {before.origin}"
    if header.first == 1 and header.before != Frontier().extended([leaf_hash(openings[-1].encoded())]):
        return "the tree does not begin with the log's opening"
    return None
