"""A bundle beside the checkpoints and bundles that the auditor kept from before: is what was there still there?

Whoever holds one old checkpoint notices every later change of what it covered, also where everything was signed anew. A
log that was restored from a backup begins again under another name; its opening names the log before. That break is
told, and what the old checkpoint covered is looked for behind the new opening.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from json import loads
from pathlib import Path

from app.ledger import Malformed, Unproven
from app.ledger.leaves import Opening
from app.ledger.notes import MOST_BYTES, Checkpoint, VerifierKey
from app.verifying.bundle import Header, NotABundle, events_of, header_of
from app.verifying.findings import Report, fault
from app.verifying.growing import Growing
from app.verifying.signatures import keys_for


@dataclass(frozen=True, slots=True)
class Earlier:
    """A checkpoint from before, the name of its file, and the bundle around it, if it came with one."""

    checkpoint: Checkpoint
    name: str
    bundle: Path | None = None


def kept(path: Path, trusted: Sequence[VerifierKey]) -> Earlier:
    """What the auditor kept: a signed note or a bundle, by one of the keys if there are any. Raises `NotABundle`."""
    with path.open("rb") as file:
        bundle = file.read(1) == b"{"
        file.seek(0)
        note = header_of(file).checkpoint if bundle else _plain(file.read(2 * MOST_BYTES))
    try:
        found = Checkpoint.unverified(note)
        if trusted:
            found = Checkpoint.verified(note, found.origin, keys_for(found.origin, trusted))
    except (Malformed, Unproven) as error:
        raise NotABundle(f"{path.name} holds no checkpoint that can be used: {error}") from None
    return Earlier(found, path.name, path if bundle else None)


def _plain(note: bytes) -> bytes:
    """A note; also as a line of the signer's own file `checkpoints` has it, which is a JSON string."""
    if note.startswith(b'"'):
        with suppress(ValueError):
            return str(loads(note)).encode()
    return note[: MOST_BYTES + 1]


def beside(
    path: Path, header: Header, signed: Checkpoint | None, earlier: Sequence[Earlier], growing: Growing, report: Report
) -> None:
    """Each earlier checkpoint beside the tree over these events; what it comes to is added to the report."""
    judged = _Beside(path, header, signed, growing, report)
    for each in sorted(earlier, key=lambda one: one.checkpoint.size):
        judged.one(each)


class _Beside:
    def __init__(self, path: Path, header: Header, signed: Checkpoint | None, growing: Growing, report: Report) -> None:
        self._path, self._header, self._signed, self._growing, self._report = path, header, signed, growing, report
        self._agrees = header.first
        """The size up to which an earlier checkpoint agrees."""

    def one(self, earlier: Earlier) -> None:
        """One checkpoint, of this log or of one before it."""
        origin = earlier.checkpoint.origin
        if origin == self._header.origin:
            self._same_log(earlier)
            return
        openings = self._header.openings
        following = next((each for each in openings if each.earlier_origin == origin), None)
        if following is None:
            said = f"{earlier.name} is a checkpoint of {origin}, which is no log of this council before this one"
            self._report.add(fault(0, "origin", said))
        else:
            self._before_a_restore(earlier, following)

    def _same_log(self, earlier: Earlier) -> None:
        checkpoint, header = earlier.checkpoint, self._header
        if checkpoint.size > header.size:
            said = f"{earlier.name} covers these, and the bundle does not: if it is the newer of the two, export again"
            self._report.add(fault(header.size, "truncated", said, checkpoint.size - 1))
            return
        root = self._root(checkpoint)
        if root is None:
            said = f"{earlier.name} could not be compared: it covers {checkpoint.size - 1:,} positions, and the events "
            self._report.open.append(said + "that would show whether they are the same are not here, or not all.")
        elif root == checkpoint.root:
            self._agrees = max(self._agrees, checkpoint.size)
            self._report.held.append(_unchanged(earlier, header))
        else:
            self._differs(earlier)

    def _root(self, checkpoint: Checkpoint) -> bytes | None:
        if self._signed is not None and checkpoint.size == self._signed.size:
            return self._signed.root
        return self._growing.roots.get((checkpoint.origin, checkpoint.size))

    def _differs(self, earlier: Earlier) -> None:
        """Where it does. An event that is not as signed is why, and no sign that anything was signed anew."""
        exact = _first_unlike(self._path, earlier.bundle) if earlier.bundle is not None else 0
        last = max(self._agrees, earlier.checkpoint.size - 1)
        changed = next((each for each in self._report.faults if each.code == "leaf" and each.position <= last), None)
        said = f"is not what {earlier.name} was signed over"
        if changed is not None:
            first, last = (exact, exact) if exact else (changed.position, changed.until)
        else:
            first, last = (exact, exact) if exact else (self._agrees, last)
            said += ": the log was written anew since"
        self._report.add(fault(first, "history", said, last))

    def _before_a_restore(self, earlier: Earlier, following: Opening) -> None:
        checkpoint, report = earlier.checkpoint, self._report
        report.open.append(
            f"A RESTORE IS ACKNOWLEDGED: {following.origin} goes on after {following.earlier_size - 1:,} positions of "
            f"{checkpoint.origin}, which {earlier.name} belongs to."
        )
        if checkpoint.size > following.earlier_size:
            said = (
                f"the restore is acknowledged from {following.earlier_size - 1:,} positions on, {earlier.name} covers "
            )
            report.add(fault(0, "restore", f"{said}{checkpoint.size - 1:,}"))
        elif checkpoint.size == following.earlier_size and checkpoint.root != following.earlier_root:
            report.add(fault(0, "restore", f"the opening after the restore names another root than {earlier.name}"))
        root = self._growing.roots.get((checkpoint.origin, checkpoint.size))
        if root == checkpoint.root:
            report.held.append(f"All {checkpoint.size - 1:,} positions that {earlier.name} covers were kept unchanged.")
        elif root is None:
            report.open.append(f"Whether they are all here could not be seen: {earlier.name} covers more than is here.")
        else:
            report.open.append(
                f"Not all positions that {earlier.name} covers are here as they were: the restore lost some."
            )


def _unchanged(earlier: Earlier, header: Header) -> str:
    """What of an earlier checkpoint that agrees is in this bundle, which may be a range."""
    covered = earlier.checkpoint.size - 1
    if header.first == 1 and covered <= header.last:
        return f"All {covered:,} positions that {earlier.name} covers are in this bundle unchanged."
    if covered < header.first:
        return f"{earlier.name} is of this log; it covers positions before those of this bundle."
    upto = min(covered, header.last)
    return f"Positions {header.first:,} to {upto:,} are in this bundle as {earlier.name} covers them, unchanged."


def _first_unlike(path: Path, other: Path) -> int:
    """The first position of which two bundles tell differently; 0 if there is none in both."""
    for ours, theirs in zip_longest(_leaves(path), _leaves(other)):
        if ours != theirs:
            return min(each[0] for each in (ours, theirs) if each is not None)
    return 0


def _leaves(path: Path) -> Iterator[tuple[int, bytes]]:
    for told in events_of(path):
        yield told.position, told.leaf
