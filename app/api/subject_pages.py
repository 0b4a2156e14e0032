"""The pack for somebody who asked what is held about them, as a page: to read, to print, to send as a file.

Meant to meet WCAG 2.2 AA as the other pages do, and to be read aloud: bars are words, tables have captions and
headings, nothing is said by colour alone. It is made from the JSON of the pack and adds nothing to it. No script.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

from fastapi.responses import HTMLResponse

from app.api.markup import document, explained, heading, listed, text
from app.domain import wording
from app.events.facts import london_date

Pack = Mapping[str, Any]
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STANDS: Final = {
    "retracted": "Taken back: it should never have been recorded. It stays here so that you see what it said.",
    "corrected": "Put right since. What it said first, what put it right and how it reads now are all below.",
}


def page_of(pack: Pack) -> HTMLResponse:
    """The whole page."""
    kind, identity = pack["subject"]["type"], pack["subject"]["id"]
    made = wording.day(london_date(pack["made"].isoformat()))
    said = f"Request {pack['request']['request_id']}. Made on {made}. It is personal: give it to nobody else."
    return document(f"What is held about {kind} {identity}", _body(pack), said)


def _body(pack: Pack) -> Iterator[str]:
    titles = {
        "request": "Your request", "who": "Who you are here", "events": "What is recorded",
        "refused": "What was refused", "read": "Who read it", "did": "What you did here", "kept": "How long it is kept",
        "sources": "Where it came from", "not-given": "What is not given, and why",
    }  # fmt: skip
    parts = (_request, _who, _events, _refused, _read, _did, _kept, _sources, _not_given)
    links = listed(f'<a href="#{anchor}">{text(title)}</a>' for anchor, title in titles.items())
    yield f'<nav aria-label="Contents"><h2>Contents</h2>{links}</nav>'
    for (anchor, title), part in zip(titles.items(), parts, strict=True):
        yield heading(2, title, anchor)
        yield from part(pack)


def _request(pack: Pack) -> Iterator[str]:
    asked = pack["request"]
    yield f"<p>It was received on {wording.day(asked['requested_on'])}. {text(asked['clock'])}</p>"


def _who(pack: Pack) -> Iterator[str]:
    subject = pack["subject"]
    former = [("Was also called", text(", ".join(subject["also_called"])))] if subject["also_called"] else []
    yield explained([(f"Identifier of the {text(subject['type'])}", text(subject["id"])), *former])
    for entry in pack["directory"]:
        mail = f", {entry['email']}" if entry["email"] else ""
        yield f"<p>The directory calls {text(entry['id'])}: {text(entry['name'] + mail)}.</p>"
    for entry in pack["signs_in_as"]:
        yield f"<p>Signs in as {text(entry['subject'])}.</p>"


def _events(pack: Pack) -> Iterator[str]:
    yield f"<p>{text(wording.counted(len(pack['events']), 'event'))}, in the order in which they were recorded.</p>"
    for event in pack["events"]:
        yield from _event(event)
    for drawn in pack["audit_samples"]:
        on = wording.day(london_date(drawn["drawn_on"]))
        yield f"<p>Your file was drawn for an audit on {on} (event {drawn['position']}).</p>"


def _event(event: Mapping[str, Any]) -> Iterator[str]:
    on = "no day of its own" if event["on"] is None else wording.day(event["on"])
    yield "<article>"
    yield heading(3, f"{_words(event['type'])}: {on}", f"event-{event['position']}")
    if event["stands"] in _STANDS:
        yield f"<p><strong>{_STANDS[event['stands']]}</strong></p>"
    yield _fields(event["data"])
    yield f'<p class="quiet">{_recorded(event)}</p>'
    for amendment in event["amendments"]:
        yield f"<h4>{text(_words(amendment['type']))} (event {amendment['position']})</h4>"
        data = amendment["data"]
        yield _fields(data.get("data", data))
        yield f'<p class="quiet">{_recorded(amendment)}</p>'
    if "now" in event:
        yield f"<h4>How event {event['position']} reads now</h4>{_fields(event['now']['data'])}"
    yield "</article>"


def _recorded(event: Mapping[str, Any]) -> str:
    day = wording.day(london_date(event["recordedtime"].isoformat()))
    said = f"Event {event['position']}, recorded on {day} by {event['recordedby']}, from {event['source']}."
    return f"{text(said)} Its proof: {text(event['proof'])}"


def _fields(data: Mapping[str, Any]) -> str:
    """Each field by its name."""
    return explained((text(_capital(_plain(name))), _value(value)) for name, value in data.items())


def _value(value: Any) -> str:
    """A value as finished HTML."""
    if isinstance(value, Mapping) and "pieces" in value:
        return "".join(_piece(piece) for piece in value["pieces"])
    if isinstance(value, Mapping) and set(value) == {"withheld"}:
        why = value["withheld"]
        return "<em>Left out</em>" if why is True else f"<em>Not given: {text(_plain(why))}</em>"
    if isinstance(value, Mapping):
        return explained((text(_plain(str(name))), _value(each)) for name, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return listed(_value(each) for each in value) if value else "none"
    return _dated(str(value))


def _dated(value: str) -> str:
    """A date as people write it; anything else as it is, also what only looks like one."""
    with suppress(ValueError):
        if _DATE.fullmatch(value):
            return wording.day(date.fromisoformat(value))
    return _verbatim(value)


def _piece(piece: Mapping[str, Any]) -> str:
    if "text" in piece:
        return _verbatim(piece["text"])
    reasons = ", ".join(map(_plain, piece["redacted"]))
    return f'<span class="bar">Blacked out: {text(reasons)}</span>'


def _verbatim(said: str) -> str:
    """What somebody wrote, with its line breaks."""
    return "<br>".join(text(line) for line in said.splitlines()) or text(said)


def _refused(pack: Pack) -> Iterator[str]:
    yield "<p>What a system sent, could not be recorded and names you. What could be somebody's text is left out.</p>"
    yield _table(
        "Refused items", ("Item", "Received", "Sent by", "What it says"),
        ((item["id"], _day(item["received"]), item["client"], item["sent"]) for item in pack["refused"]),
    )  # fmt: skip


def _read(pack: Pack) -> Iterator[str]:
    yield "<p>Each time somebody read texts of yours, the newest first. Making this pack is one of them.</p>"
    yield _table(
        "Who read texts", ("When", "Who", "In which role", "What for", "How", "Texts"),
        ((_day(row["at"]), row["reader"], *(_plain(row[name] or "") for name in ("role", "purpose", "operation")),
          row["count"]) for row in pack["read_by"]),
    )  # fmt: skip


def _did(pack: Pack) -> Iterator[str]:
    if not pack["did"]:
        yield "<p>Nobody does anything here as a case.</p>"
        return
    for often, what, never in (
        (pack["did"]["recorded"], "recorded something here", "You recorded nothing here yourself."),
        (pack["did"]["read"], "read somebody's texts", "You read nobody's texts here."),
    ):
        times = wording.counted(often.times, "time")
        when = "" if often.first is None else f", from {_day(often.first)} to {_day(often.last)}"
        yield f"<p>You {what} yourself {times}{when}.</p>" if often.times else f"<p>{never}</p>"


def _kept(pack: Pack) -> Iterator[str]:
    yield f"<p>{text(pack['kept']['told'])}</p>"
    in_force = (
        f"{text(each['title'])} ({text(each['id'])}, version {text(each['version'])})" for each in pack["policies"]
    )
    yield f"<p>Policies in force today:</p>{listed(in_force)}" if pack["policies"] else "<p>No policy is in force.</p>"


def _sources(pack: Pack) -> Iterator[str]:
    yield _table(
        "Sources", ("Source", "Recorded by", "Events", "First", "Last"),
        ((each["source"], each["recordedby"], each["events"], _day(each["first"]), _day(each["last"]))
         for each in pack["sources"]),
    )  # fmt: skip


def _not_given(pack: Pack) -> Iterator[str]:
    if not pack["not_given"]:
        yield "<p>Everything that is held is given.</p>"
        return
    yield explained((text(_capital(_plain(code))), text(means)) for code, means in pack["explained"].items())
    yield _table(
        "What is not given", ("Event", "Field", "Why"),
        ((each["position"], _plain(each["field"]), _plain(each["why"])) for each in pack["not_given"]),
    )  # fmt: skip


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table that can be read aloud; in words where it is empty."""
    lines = ["".join(f"<td>{_value(cell)}</td>" for cell in row) for row in rows]
    if not lines:
        return "<p>None.</p>"
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in columns)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><caption>{text(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _day(moment: Any) -> str:
    return wording.day(london_date(moment.isoformat()))


def _words(type_name: str) -> str:
    """SessionHeld: Session held."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type_name).strip()
    return _capital(spaced)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]
