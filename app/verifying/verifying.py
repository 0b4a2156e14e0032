"""The verification of one bundle, from its header to its answers. Reads the file and nothing else."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from app.ledger.notes import Checkpoint, VerifierKey
from app.ledger.tiles import HASH
from app.ledger.tree import is_consistent
from app.verifying.bundle import UNREADABLE, Header, events_of, header_of, slices
from app.verifying.erasures import unexplained
from app.verifying.findings import Fault, Report, fault
from app.verifying.growing import Growing
from app.verifying.keeping import Earlier, beside
from app.verifying.locating import located
from app.verifying.replaying import judged_again
from app.verifying.signatures import chain_fault, note_says, signed
from app.verifying.slices import Checked, Event, checked

ALONE: Final = 1 << 24
"""Bytes of a file up to which one process is quicker than several."""
AT_ONCE: Final = 2_000_000
"""Keys that are sorted at a time."""

Advance = Callable[[str, int], None]
"""Told what was done (`events`, `answers`), and how many more of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be verified, by whose keys (none: the bundle's own), beside which earlier checkpoints."""

    path: Path
    trusted: Sequence[VerifierKey] = ()
    earlier: Sequence[Earlier] = ()
    processes: int = 1
    answers: bool = True


def _silent(_what: str, _number: int) -> None:
    """Nobody wants to know."""


def verify(asked: Asked, advance: Advance = _silent) -> Report:
    """Everything that can be checked. Raises `NotABundle`, `OSError`."""
    with asked.path.open("rb") as file:
        header = header_of(file)
    report = Report(header.council, header.origin, header.size, header.first, header.last)
    note = _signed(asked, header, report)
    found = _Gathered(header, [(each.checkpoint.origin, each.checkpoint.size) for each in asked.earlier])
    for part in _each(asked, header):
        report.add(*found.take(part))
        advance("events", len(part.leaves) // HASH)
    report.add(*found.ends())
    report.events, report.texts, report.erased = found.events, found.texts, len(found.missing)
    _judge_tree(asked, header, note, found, report)
    _judge_texts(asked, header, found, report)
    report.add(*found.twice(asked.path))
    beside(asked.path, header, note, asked.earlier, found.growing, report)
    if found.answers and asked.answers:
        _judge_again(asked, report, advance)
    report.faults.sort()
    return report


def _signed(asked: Asked, header: Header, report: Report) -> Checkpoint | None:
    word = signed(header, asked.trusted)
    if word.checkpoint is None:
        report.add(fault(0, "signature", word.said))
    elif asked.trusted:
        report.held.append(f"The checkpoint is signed by a key that you gave: {word.said}.")
    else:
        report.open.append(
            "The checkpoint is signed by the bundle's own key. That shows that the bundle agrees with itself, and not "
            "who made it: give the log's key, from a source of your own, with --key."
        )
    if wrong := chain_fault(header):
        report.add(fault(0, "opening", wrong))
    return word.checkpoint


def _each(asked: Asked, header: Header) -> Iterator[Checked]:
    """The stretches of the file, in order; in several processes where it is large."""
    parts = slices(asked.path, header.ends)
    if asked.processes < 2 or asked.path.stat().st_size < ALONE:
        yield from (checked(asked.path, part) for part in parts)
        return
    with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
        yield from pool.map(partial(checked, asked.path), parts)


class _Gathered:
    """What the stretches came to, one after the other."""

    def __init__(self, header: Header, wanted: Iterable[tuple[str, int]]) -> None:
        self.growing = Growing(header, wanted)
        self.missing: list[tuple[Event, str]] = []
        self.decided: list[Event] = []
        self.events = self.texts = self.answers = self.unlike = 0
        self.whole, self.expected = True, header.first
        self._last, self._latest, self._ended = header.last, -(1 << 63), False
        self._keys = array("Q")

    def take(self, part: Checked) -> Iterator[Fault]:
        """The next stretch; the faults that lie in it, or between it and those before it."""
        expected = self.expected
        if part.first:
            yield from self._joined(part)
            self.whole &= part.first == self.expected
            self.expected, self._latest = part.last + 1, part.latest
        yield from (each if each.position else replace(each, position=expected, until=expected) for each in part.faults)
        self.whole &= part.whole
        if self.whole:
            self.growing.take(part.leaves)
        self.unlike = self.unlike or part.unlike
        self.missing += part.missing
        self.decided += part.decided
        self._keys.frombytes(part.keys)
        self.events += len(part.leaves) // HASH
        self.texts += part.texts
        self.answers += part.answers
        self._ended |= part.end is not None

    def _joined(self, part: Checked) -> Iterator[Fault]:
        if part.first > self.expected:
            upto = "" if part.first == self.expected + 1 else f" to {part.first - 1:,}"
            yield fault(self.expected, "missing", f"missing{upto}: the next event in the bundle is {part.first:,}")
        elif part.first < self.expected:
            yield fault(part.first, "order", f"stands after position {self.expected - 1:,}")
        if part.earliest < self._latest:
            yield fault(part.first, "time", "its recorded time is before that of the event before it")

    def ends(self) -> Iterator[Fault]:
        """What is wrong with where the lines end."""
        if self.expected > self._last + 1:
            yield fault(self._last + 1, "beyond", "the bundle goes on after the last position that it names")
        elif not self._ended and not self.short:
            yield fault(self._last, "cut", "the last line is missing: the file was cut off after the events")
        self.whole &= self.expected == self._last + 1

    @property
    def short(self) -> bool:
        """Whether the events end before they must."""
        return self.expected <= self._last

    def twice(self, path: Path) -> list[Fault]:
        """Events that have the source and id of an earlier one. Memory: 8 bytes an event, and a part of them sorted."""
        parts = 1 + len(self._keys) // AT_ONCE
        suspects = set[int]()
        for part in range(parts):
            ordered = sorted([key for key in self._keys if key % parts == part] if parts > 1 else self._keys)
            suspects |= {one for one, other in pairwise(ordered) if one == other}
        return _twice(path, suspects) if suspects else []


def _twice(path: Path, suspects: set[int]) -> list[Fault]:
    seen, found = dict[tuple[str, str], int](), list[Fault]()
    for told in events_of(path):
        with suppress(*UNREADABLE):
            key = told.key
            if int.from_bytes(sha256("\0".join(key).encode()).digest()[:8], "little") in suspects:
                before = seen.setdefault(key, told.position)
                if before != told.position:
                    said = f"has the source and id of the event at position {before:,}"
                    found.append(fault(told.position, "twice", said))
    return found


def _judge_tree(asked: Asked, header: Header, note: Checkpoint | None, found: _Gathered, report: Report) -> None:
    """The events beside the signed root."""
    if note is None:
        _judge_unsigned(header, found, report)
        return
    tree = found.growing.tree
    if found.whole and is_consistent(tree.size, tree.root, note.size, note.root, header.after):
        report.held.append(_as_signed(header))
        if found.unlike:
            report.add(fault(found.unlike, "tile", "is as signed, but what the log published of the tree there is not"))
        return
    place = located(asked.path, header, note, partial(note_says, header=header, trusted=asked.trusted))
    if place.differs:
        where = "" if place.first == place.until else "; where exactly between these positions cannot be seen"
        said = f"its body or its recorded time is not what was signed{where}"
        report.add(fault(place.first, "leaf", said, place.until))
    elif place.first < place.until and not found.short:
        said = f"Positions {place.first:,} to {place.until - 1:,} could not be compared with what was signed, because "
        report.open.append(f"{said}{place.until:,} is missing.")
    if found.short:
        alone = not place.differs and place.until == found.expected
        report.add(_missing(place.first if alone else found.expected, found.expected, header.last))


def _as_signed(header: Header) -> str:
    if header.first == header.last:
        return f"Position {header.first:,} is exactly what was signed."
    if header.first > header.last:
        return "No position is in this bundle; what was signed before it is what it says."
    return f"Positions {header.first:,} to {header.last:,} are exactly what was signed, in this order."


def _judge_unsigned(header: Header, found: _Gathered, report: Report) -> None:
    if found.unlike:
        said = "is not as the log published it; and nobody who is believed has signed this bundle"
        report.add(fault(found.unlike, "leaf", said))
    if found.short:
        report.add(_missing(found.expected, found.expected, header.last))


def _missing(first: int, expected: int, last: int) -> Fault:
    """The events end too early. Where nothing signed vouches for the last of them, one may be missing among those."""
    among = f"; and nothing signed vouches for those from {first:,} on" if first < expected else ""
    said = f"the bundle ends before: {expected:,} to {last:,} are missing{among}"
    return fault(first, "missing", said, expected)


def _judge_texts(asked: Asked, header: Header, found: _Gathered, report: Report) -> None:
    """Texts that are not held, beside the erasures. What explains them may stand outside of a range."""
    faults, lost = unexplained(asked.path, found.missing, found.decided, restored=len(header.openings) > 1)
    if report.whole:
        report.add(*faults)
    elif faults:
        at = f"Texts that are not held any more: {len(faults):,}, the first at position {faults[0].position:,}. "
        report.open.append(f"{at}Whether they were erased as they must be only a bundle of all positions shows.")
    if lost:
        said = (
            f"{lost:,} texts were erased again after a restore, which lost the request and the approval: whoever kept "
        )
        report.open.append(said + "an earlier bundle finds them there.")


def _judge_again(asked: Asked, report: Report, advance: Advance) -> None:
    """The policies over the events, beside the answers."""
    if report.first != 1:
        report.open.append("The answers were not judged again: for that all events from position 1 on are needed.")
        return
    same = others = 0
    for found in judged_again(asked.path, asked.processes):
        others += found.other_engine is not None
        same += found.other_engine is None and found.wrong is None
        if found.wrong is not None:
            report.add(fault(found.position or report.last, "answer", f"{found.asked}: {found.wrong}"))
        advance("answers", 1)
        report.answers += 1
    if same:
        report.held.append(f"{same:,} answers of the service are what the adopted policies say of these events.")
    if others:
        said = f"{others:,} answers were given by another version of the evaluation (engine), and were not compared."
        report.open.append(said)
