"""Judging again: the adopted policies, applied to the events in the bundle, beside what the service answered.

Nothing of an answer is taken over but its question. Events are found by the tags that their bodies give them, wherever
the service's database files them, and read from the file when they are needed; in memory is where each one lies.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from app.domain.compliance import ENGINE, assess
from app.domain.obligations import Assessment
from app.domain.subject import Subject
from app.events.effective import AMENDMENTS, LINKING, Known, facts_by_tag, merges
from app.events.facts import Facts, FactsNeeded, Needs
from app.events.filing import as_filed
from app.events.stored import Stored
from app.ledger.leaves import moment
from app.verifying.bundle import ANSWER, EVENT, UNREADABLE, told

MOST_ROUNDS: Final = 200
ALONE: Final = 100
"""Answers up to which one process is quicker than several."""
AT_ONCE: Final = 20
COMPARED: Final = (
    "rule", "clauses", "status", "code", "clause", "title", "force", "opened_on", "target_on", "due_on", "met_on",
    "days_late", "last", "evidence", "reading", "why",
)  # fmt: skip
"""Of each finding."""
COUNCIL_TAGS: Final = ("council/policies", "council/calendars", "council/merges", "council/feeds")


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of one answer: `wrong` says where it differs, `other_engine` that another version gave it."""

    asked: str
    wrong: str | None = None
    position: int = 0
    """The last event that the finding in question rests on, if any."""
    other_engine: int | None = None


class Ledger:
    """The bundle's events, found by tag."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._at: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        self._amending: defaultdict[tuple[str, str], array[int]] = defaultdict(lambda: array("q"))
        self._where: dict[tuple[str, str], int] = {}
        """Where amended events lie, by source and id."""
        self.answers = array("q")
        """Where the answers lie."""
        self._linking: list[Stored] = []
        self._read: dict[int, Stored] = {}
        self._index()
        self._aliases: dict[int, Mapping[str, str]] = {}

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def line_at(self, place: int) -> bytes:
        """The line that begins there."""
        self._file.seek(place)
        return self._file.readline()

    def _index(self) -> None:
        amended = set[tuple[str, str]]()
        for place, line in _lines(self._file):
            if line.startswith(ANSWER):
                self.answers.append(place)
            elif line.startswith(EVENT) and (event := _event(line)) is not None:
                for tag in event.tags:
                    self._at[tag].append(place)
                if event.type in AMENDMENTS and event.target is not None:
                    self._amending[event.target].append(place)
                    amended.add(event.target)
                if event.type in LINKING:
                    self._linking.append(event)
        if amended:
            self._find(amended)

    def _find(self, amended: set[tuple[str, str]]) -> None:
        for place, line in _lines(self._file):
            if line.startswith(EVENT) and (event := _event(line)) is not None:
                key = (event.source, event.id)
                if key in amended:
                    self._where[key] = place

    def aliases(self, known: Known) -> Mapping[str, str]:
        """What each merged subject is, from what was known."""
        kept = self._aliases.get(known.position or 0)
        if kept is None:
            kept = self._aliases[known.position or 0] = merges([e for e in self._linking if known.admits(e)])
        return kept

    def under(self, tags: Mapping[str, None], known: Known) -> list[Stored]:
        """The events under these tags that were known, and all that amends them or that they amend."""
        places = {place for tag in tags for place in self._at.get(tag, ())}
        reached = list(places)
        while reached:
            event = self._stored(reached.pop())
            more = [*self._amending.get((event.source, event.id), ())]
            if event.type in AMENDMENTS and event.target in self._where:
                more.append(self._where[event.target])
            reached += [place for place in more if place not in places]
            places.update(more)
        asked = frozenset(tags)
        events = [self._stored(place) for place in places]
        return [event.under(event.tags & asked) for event in events if known.admits(event)]

    def _stored(self, place: int) -> Stored:
        event = self._read.get(place)
        if event is None:
            event = _event(self.line_at(place))
            if event is None:
                raise ValueError("an event that was read cannot be read again")
            if len(self._read) > MOST_KEPT:
                self._read.clear()
            self._read[place] = event
        return event


MOST_KEPT: Final = 50_000
"""Events that are kept between questions."""


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    file.seek(0)
    place = 0
    for line in file:
        yield place, line
        place += len(line)


def _event(line: bytes) -> Stored | None:
    try:
        found = told(line)
        return as_filed(found.position, moment(found.recorded), found.body)
    except UNREADABLE:
        return None  # told as a fault of its own


def assessed(ledger: Ledger, subject: Subject, as_at: date, known: Known) -> Assessment:
    """What the policies say of the subject, from what was known of the bundle's events."""
    tags = dict.fromkeys(COUNCIL_TAGS)
    aliases = ledger.aliases(known)
    for _ in range(MOST_ROUNDS):
        events = ledger.under(_with_former(tags, aliases), known)
        by_tag = facts_by_tag(events, aliases, tags)
        needs = Needs()
        try:
            return assess(subject, Facts(by_tag), as_at)
        except FactsNeeded as lacking:
            needs.take(lacking)
            tags |= dict.fromkeys(needs.tags)
    raise ValueError("an assessment that never has enough facts")


def _with_former(tags: Mapping[str, None], aliases: Mapping[str, str]) -> dict[str, None]:
    """With the tags of subjects that read as one of these now, in each of the parts they may play."""
    former = dict(tags)
    for old, new in aliases.items():
        kind, _, old_id = old.partition("/")
        new_id = new.partition("/")[2]
        for part in (kind, "by") if kind == "worker" else (kind,):
            if f"{part}/{new_id}" in tags:
                former[f"{part}/{old_id}"] = None
    return former


def judged_again(path: Path, processes: int = 1) -> Iterator[Compared]:
    """Every answer in the bundle beside what the policies say of its events; many of them in several processes."""
    with closing(Ledger(path)) as ledger:
        places = [*ledger.answers]
        if processes < 2 or len(places) < ALONE:
            yield from (compared(ledger, ledger.line_at(place)) for place in places)
            return
    parts = [places[n : n + AT_ONCE] for n in range(0, len(places), AT_ONCE)]
    with ProcessPoolExecutor(processes, get_context("spawn"), _open, (path,)) as pool:
        for found in pool.map(_some, parts):
            yield from found


_OPENED: Final[list[Ledger]] = []
"""In a process that judges: the bundle, indexed once."""


def _open(path: Path) -> None:
    _OPENED.append(Ledger(path))


def _some(places: Sequence[int]) -> list[Compared]:
    ledger = _OPENED[0]
    return [compared(ledger, ledger.line_at(place)) for place in places]


def compared(ledger: Ledger, line: bytes) -> Compared:
    """One answer of the service beside what the policies say of the events here."""
    asked = "?"
    try:
        said = orjson.loads(line)
        asked, answer = said["asked"], said["answer"]
        subject, as_at, known = _question(asked, answer)
        if ledger.aliases(known).get(named := _named(asked), named) != subject.tag:
            return Compared(asked, f"the service answers about {subject.tag}")
        if answer["engine"] != ENGINE:
            return Compared(asked, other_engine=int(answer["engine"]))
        return _differing(asked, answer, assessed(ledger, subject, as_at, known))
    except UNREADABLE as error:
        return Compared(str(asked)[:200], f"an answer cannot be read ({type(error).__name__})")


def _named(asked: str) -> str:
    """Whom the address names: "case/C-1" of /v1/cases/C-1/compliance. Raises ValueError."""
    _, _, kinds, identity, _ = urlsplit(asked).path.split("/")
    return f"{kinds.removesuffix('s')}/{unquote(identity)}"


def _question(asked: str, answer: Mapping[str, Any]) -> tuple[Subject, date, Known]:
    """What was asked, from the address; the answer must be about the same. Raises ValueError."""
    parts = urlsplit(asked)
    given = {name: values[0] for name, values in parse_qs(parts.query).items()}
    about = Subject(answer["subject"]["type"], answer["subject"]["id"])
    known = Known(position=int(given["known_position"]))
    if answer["as_at"] != given["as_at"] or answer["known_position"] != known.position:
        raise ValueError("an answer to another question")
    return about, date.fromisoformat(given["as_at"]), known


def _differing(asked: str, answer: Mapping[str, Any], found: Assessment) -> Compared:
    if answer["status"] != str(found.status):
        return Compared(asked, f"the service answered {answer['status']}, the events say {found.status!s}")
    policies = [(each["id"], each["version"], each["applies_from"]) for each in answer["policies"]]
    if policies != [(each.id, each.version, each.applies_from.isoformat()) for each in found.policies]:
        return Compared(asked, "the service names other policies than the events say were in force")
    given = {(finding["policy"], finding["rule"]): finding for finding in answer["findings"]}
    if len(given) < len(answer["findings"]):
        return Compared(asked, "the service has two findings of one rule")
    ours = {
        (each.policy, each.rule): _plain({name: getattr(each, name) for name in COMPARED}) for each in found.findings
    }
    for (policy, rule), finding in ours.items():
        theirs = given.pop((policy, rule), None)
        if theirs is None and finding["status"] != "not_applicable":
            return Compared(asked, f"the service leaves out {rule}, which is {finding['status']}", _rests_on(finding))
        names = [name for name in COMPARED if theirs is not None and theirs.get(name) != finding[name]]
        if names:
            name = names[0]
            said = f"of {rule} the service says {name} {_short(theirs[name])}, the events {_short(finding[name])}"
            return Compared(asked, said, _rests_on(finding))
    if given:
        return Compared(
            asked, f"the service has a finding {next(iter(given))[1]}, which no policy in the events asks for"
        )
    return Compared(asked)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(values))
    return plain


def _short(value: object) -> str:
    said = "nothing" if value is None else str(value)
    return said if len(said) <= 60 else said[:57] + "…"


def _rests_on(finding: Mapping[str, Any]) -> int:
    return max((each["position"] for each in finding["evidence"]), default=0)
