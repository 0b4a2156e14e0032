"""Which of a council's logs is the one to sign: the newest that anybody knows, and only if all who know agree.

The first log is opened by the signer. A later one is opened by the operator after a restore; the signer goes over to it
if its opening names the last checkpoint that was signed of the one before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.ledger.leaves import Opening
from app.ledger.notes import Checkpoint, SignerKey
from app.published import log_of, origin_of
from app.signing import Refused
from app.signing.council import AFTER_A_RESTORE, CouncilLog
from app.signing.folder import LogFolder, Published, logs_in
from app.signing.tables import Tables

ANOTHER_OPENING: Final = "the log's opening in the database is not the one that was signed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and under which name one council's logs are kept."""

    name: str
    """The deployment's log name: `ledger.example.gov.uk`."""
    council: str
    folder: Path
    published: Published
    keys: Callable[[], Sequence[SignerKey]]


async def opened(place: Place, tables: Tables, now: datetime) -> CouncilLog:
    """The council's newest log, resumed. Raises `Refused`."""
    kept, shown = logs_in(place.folder), await tables.openings()
    said = {log_of(origin): note for origin, note in place.published.newest().items()}
    log = max(shown, default=1)
    if max([0, *kept, *(number for number in said if number)]) > log:
        raise Refused(f"a later log was signed than the database knows. {AFTER_A_RESTORE}")
    opening = shown.get(log) or Opening(origin_of(place.name, place.council, 1))
    if opening.origin != origin_of(place.name, place.council, log):
        raise Refused("the log has another name in the database than SUPERVISION_LOG_NAME gives it")
    folder = kept.get(log) or LogFolder(place.folder / str(log))
    if folder.opening not in (None, opening.encoded()):
        raise Refused(ANOTHER_OPENING)
    if folder.opening is None:
        _follows(opening, _last_signed(kept, said, log))
        folder.keep_opening(opening.encoded())
    if log not in shown:
        await tables.open(log, opening, now)
    for number, known in kept.items():
        if number < log and known.opening is not None:
            await _shown_too(tables, number, known.opening, shown.get(number), now)
    found = CouncilLog(tables, log, opening, folder, place.published, place.keys)
    await found.resume(now)
    return found


async def _shown_too(tables: Tables, log: int, entry: bytes, shown: Opening | None, now: datetime) -> None:
    """The opening of a log before: a backup from before an earlier restore has lost it. Raises `Refused`."""
    if shown is None:
        await tables.open(log, Opening.read(entry), now)
    elif shown.encoded() != entry:
        raise Refused(ANOTHER_OPENING)


def _last_signed(kept: Mapping[int, LogFolder], said: Mapping[int | None, bytes], log: int) -> Checkpoint | None:
    """The last checkpoint of the newest log before this one of which we know any."""
    for number in range(log - 1, 0, -1):
        notes = [said.get(number), kept[number].checkpoint if number in kept else None]
        found = [Checkpoint.unverified(note) for note in notes if note is not None]
        if found:
            return max(found, key=lambda checkpoint: checkpoint.size)
    return None


def _follows(opening: Opening, last: Checkpoint | None) -> None:
    """Raises `Refused` if a log that was opened after a restore does not name what was signed last."""
    named = opening.earlier_origin, opening.earlier_size, opening.earlier_root
    if last is not None and named != (last.origin, last.size, last.root):
        raise Refused(
            f"the new log names another checkpoint than the last that was signed, which has {last.size} entries: "
            "run supervision restore-finished again, with the signer's own file of checkpoints"
        )
