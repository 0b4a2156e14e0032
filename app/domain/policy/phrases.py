"""The words and phrases in which a pack is told: names, events and conditions, as parts of a sentence."""

from collections.abc import Iterable, Mapping
from typing import Final

from app.domain import wording
from app.domain.policy.patterns import Check, Event, EventRef, Lasting


def spoken(name: str) -> str:
    """A name of the pack as words."""
    return name.replace("_", " ")


def named(event: EventRef) -> str:
    """An event as a noun: by its name, or written out."""
    return spoken(event) if isinstance(event, str) else event_in_words(event)


def a(event: EventRef) -> str:
    """An event with its article."""
    noun = named(event)
    return f"{wording.a(noun.removeprefix('`')).partition(' ')[0]} {noun}"


def event_in_words(event: Event) -> str:
    """What makes it that event: its type, what is asked of its fields, what must belong to it."""
    if event.any_of:
        return " or ".join(named(part) for part in event.any_of)
    said = [f"{spoken(field)} {checked(check)}" for field, check in event.where.items()]
    said += [f"there is {a(linked.event)} for the same {linked.same}" for linked in event.linked]
    said += [f"there is no {named(linked.event)} for the same {linked.same}" for linked in event.without]
    said += ["its day is over"] if event.once_over else []
    said += [f"on its day {_lasting(event.only_while)}"] if event.only_while else []
    said += [f"on its day it was not so that {_lasting(event.not_while)}"] if event.not_while else []
    later = f", if need be by {a(event.amended_by.event)} later on" if event.amended_by else ""
    where = f" where {both(said)}{later}" if said else ""
    whose = " of whoever led the case on its day" if event.told_of else ""
    return f"`{event.type}`{whose}{where}{f', dated by {event.dated_by}' if event.dated_by else ''}"


def _lasting(state: Lasting) -> str:
    return f"{a(state.begun_by)} had come and no {named(state.ended_by)} since"


_PLANNED: Final = {
    "default": "",
    "booking": "; one booked on its own day or later was not planned",
    "earlier_booking": "; one that was not booked the day before or earlier was not planned",
}


def manner(event: Event) -> str:
    """How its booking is read, and how it is spoken of in an answer."""
    words = " and ".join(f"“{word}”" for word in (event.said, event.called) if word)
    return _PLANNED[event.planned_by] + (f"; answers say {words}" if words else "")


def checked(check: Check) -> str:
    """What is asked of one field, as the rest of a sentence that begins with its name."""
    none_of = check.none_of if isinstance(check.none_of, tuple) else (check.none_of,)
    said = {
        f"is {_word(check.equals)}": check.equals is not None,
        f"is {either(check.any_of or ())}": bool(check.any_of),
        f"holds {both(map(_word, check.all_of or ()))}": bool(check.all_of),
        f"is not {either(none_of)}": none_of != (None,),
        f"is at least {check.at_least}": check.at_least is not None,
        f"is at most {check.at_most}": check.at_most is not None,
        "is given": check.present is True,
        "is not given": check.present is False,
        "is stated": check.stated,
    }
    return both(words for words, asked in said.items() if asked)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else spoken(str(value))


def either(values: Iterable[object]) -> str:
    """x or y or z."""
    return " or ".join(map(_word, values))


def both(words: Iterable[str]) -> str:
    """x, y and z."""
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def bullets(items: Iterable[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {item}" for item in items)


def fields(asked: Mapping[str, Check]) -> list[str]:
    """What is asked of some fields, one phrase each."""
    return [f"{spoken(name)} {checked(check)}" for name, check in asked.items()]
