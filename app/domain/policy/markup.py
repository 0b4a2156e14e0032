"""YAML text as plain data that remembers where each thing stood.

A pack is written by people who are not programmers, so the YAML it may use is small: mappings, lists and single values,
read by the core rules of YAML 1.2. `no`, `on` and `2021-11-01` are the words that were written; only `true`, `false`,
`null` and whole numbers are anything else (a decimal stays text, exact). Refused, each with its line: two entries of
one name, anchors, aliases and tags, a second document, deep nesting, great size, characters that are not text.

Left out: what the data mean. That is `loading`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

Path: TypeAlias = tuple[str | int, ...]

BYTES_LIMIT: Final = 512 * 1024
NODES_LIMIT: Final = 20_000
DEPTH_LIMIT: Final = 24

_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHOLE_NUMBER = re.compile("[-+]?(0|[1-9][0-9]{0,14})")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the text, both counted from 1."""

    line: int
    column: int


class NotReadable(Exception):
    """The text cannot be read as the YAML of a pack: where, a stable code, and what to do."""

    def __init__(self, place: Place, code: str, detail: str) -> None:
        super().__init__(detail)
        self.place = place
        self.code = code
        self.detail = detail


@dataclass(slots=True)
class Marked:
    """The data of a text and the place of every key and value, by path (`("rules", 2, "title")`).

    `twice` are the entries that were given a second time: the first holds.
    """

    data: Any = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    twice: list[NotReadable] = field(default_factory=list)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where the value at `path` stands (its key with `key`), else the nearest thing around it."""
        while path and path not in self.values:
            path, key = path[:-1], True
        found = self.keys.get(path) if key else None
        return found or self.values.get(path) or Place(1, 1)


def read(source: str | bytes) -> Marked:
    """Text (UTF-8 when bytes) to data with places; raises `NotReadable`."""
    text = _text(source)
    marked = Marked()
    try:
        reader = _Reader(marked, iter(yaml.parse(text, Loader=_LOADER)))
        reader.document()
    except yaml.MarkedYAMLError as error:
        raise _in_words(error, text) from error
    return marked


def _text(source: str | bytes) -> str:
    text = _decoded(source)
    if bad := _NOT_TEXT.search(text):
        raise NotReadable(_end(text[: bad.start()]), "not_text", f"holds a character U+{ord(bad[0]):04X}: remove it")
    return text


def _decoded(source: str | bytes) -> str:
    if len(source) > BYTES_LIMIT:
        raise NotReadable(Place(1, 1), "too_large", f"is longer than {BYTES_LIMIT // 1024} kB, which no policy needs")
    if isinstance(source, bytes):
        try:
            source = source.decode()
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode()
            raise NotReadable(_end(before), "not_utf8", "is not UTF-8 text: save the file as UTF-8") from error
    return source.removeprefix("\ufeff")


def _end(before: str) -> Place:
    return Place(before.count("\n") + 1, len(before) - before.rfind("\n"))


class _Reader:
    """Builds the data from the parser's events, so that nothing is built before it has been judged."""

    def __init__(self, marked: Marked, events: Iterator[Any]) -> None:
        self._marked = marked
        self._events = events
        self._nodes = 0

    def document(self) -> None:
        next(self._events)  # the stream begins
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise NotReadable(Place(1, 1), "empty", "is empty: a policy begins with its `id`, `version` and `title`")
        self._marked.data = self._value(next(self._events), ())
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise NotReadable(_place(after), "several_documents", "is a second document: one file holds one policy")

    def _value(self, event: Any, path: Path) -> Any:
        self._judge(event, path)
        self._marked.values[path] = _place(event)
        match event:
            case yaml.MappingStartEvent():
                return self._mapping(path)
            case yaml.SequenceStartEvent():
                return self._sequence(path)
            case _:
                return _scalar(event)

    def _judge(self, event: Any, path: Path) -> None:
        self._nodes += 1
        if self._nodes > NODES_LIMIT:
            raise NotReadable(_place(event), "too_large", f"holds more than {NODES_LIMIT:,} entries")
        if len(path) > DEPTH_LIMIT:
            raise NotReadable(_place(event), "too_deep", f"is nested more than {DEPTH_LIMIT} levels deep")
        if event.anchor is not None:
            raise NotReadable(
                _place(event), "anchor", f"`{short(event.anchor)}` is an anchor or alias (& or *): write the thing out"
            )
        if event.tag is not None:
            raise NotReadable(_place(event), "tag", f"`{short(event.tag)}` is a tag (!): leave it out")

    def _mapping(self, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._judge(event, path)
            if not isinstance(event, yaml.ScalarEvent):
                raise NotReadable(_place(event), "key", "is a list or a mapping where a name is needed")
            key, here = event.value, (*path, event.value)
            if key in data:
                self._repeated(event, here)
                continue
            self._marked.keys[here] = _place(event)
            data[key] = self._value(next(self._events), here)
        return data

    def _repeated(self, event: yaml.ScalarEvent, path: Path) -> None:
        said = f"`{short(event.value)}` is here twice: it is also on line {self._marked.keys[path].line}"
        self._marked.twice.append(NotReadable(_place(event), "twice", said))
        self._value(next(self._events), (*path, -1))  # read and forgotten: no path of a pack holds -1

    def _sequence(self, path: Path) -> list[Any]:
        data: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            data.append(self._value(event, (*path, len(data))))
        return data


def short(text: str) -> str:
    """What was written, cut where it grows longer than anybody reads."""
    return text if len(text) <= 60 else f"{text[:60]}…"


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar(event: yaml.ScalarEvent) -> str | int | bool | None:
    text: str = event.value
    if not event.implicit[0]:  # quoted, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


_SYNTAX: Final = (
    ("mapping values are not allowed", "a colon inside a text (put it in quotes), or a line indented too far"),
    ("could not find expected ':'", "an entry without a colon: write `name: value`"),
    ("expected <document start>", "a second document after the first: one file holds one policy"),
    ("unexpected end of stream", "a quotation mark that is never closed"),
    ("found character that cannot start", "a character that cannot begin a text: put the text in quotes"),
    ("did not find expected key", "an entry that does not line up with the ones above it"),
    ("did not find expected '-' indicator", "a list item that does not line up with the ones above it"),
    ("did not find expected ',' or", "a bracket that is never closed, or a comma that is missing"),
    ("did not find expected alphabetic", "a text that begins with & or *: put it in quotes"),
)


def _in_words(error: yaml.MarkedYAMLError, text: str) -> NotReadable:
    """The parser's complaint as the person who wrote the line would say it."""
    problem = error.problem or ""
    begun_before = any(sign in problem for sign in ("end of stream", "expected ':'", "expected ','"))
    mark: Any = (begun_before and error.context_mark) or error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return NotReadable(Place(place.line, line.index("\t") + 1), "tab", "is indented with a tab: use spaces")
    said = next((words for sign, words in _SYNTAX if sign in problem), problem)
    return NotReadable(place, "syntax", f"cannot be read: {said}")
