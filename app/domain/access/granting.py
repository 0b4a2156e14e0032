"""Who may give access for a time: to what, what for, for how long, and to whom. Pure; deny unless a line allows it.

A line of one of the giver's roles must have the purpose and the kind of scope; the days must be within its bound, and
the giver must stand, today, as the line says, to everybody whose file, record, session, case or team it is. Access is
never given for days that are past. What is nobody's of theirs reads like what is not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import Field, StrictBool

from app.domain.access.about import about
from app.domain.access.writing import Names, Refused, Writer
from app.domain.policy.patterns import Shape
from app.domain.subject import Subject
from app.events.facts import Facts

AHEAD: Final = timedelta(days=92)
"""How far ahead access may begin."""


class Granting(Shape):
    """For these purposes, to these kinds of scope, by these roles, each of those to whom one stands so today.

    `days`: how many at most, first and last included. `themself`: the giver may choose for themself, and says why
    (`reason`). `theirs`: only to the worker whose file it is, to be looked at in somebody's presence (`supervised`).
    """

    purposes: Annotated[Names, Field(min_length=1)]
    scopes: Annotated[Names, Field(min_length=1)]
    by: Annotated[Mapping[str, Names], Field(min_length=1)]
    days: Annotated[int, Field(ge=1)]
    themself: StrictBool = False
    theirs: StrictBool = False
    clauses: Names = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Access as somebody wants to give it."""

    grantee: str
    kind: str
    of: str | None
    purpose: str
    from_on: date
    until_on: date
    supervised: bool = False
    reason: str | None = None


def may_grant(lines: Sequence[Granting], giver: Writer, wanted: Wanted, facts: Facts, today: date) -> Refused | None:
    """None where one of the lines lets the giver give it; else why none does. Raises `FactsNeeded`."""
    if refused := _by_days(wanted, today):
        return refused
    mine = [(line, of) for line in lines for role, of in line.by.items() if role in giver.roles]
    if not any(wanted.purpose in line.purposes for line, _ in mine):
        purposes = ", ".join(sorted({name for line, _ in mine for name in line.purposes})) or "no purpose"
        return Refused(
            "not_in_role", "/purpose", f"is not one for which your roles give access: they do for {purposes}"
        )
    fitting = [(line, of) for line, of in mine if wanted.purpose in line.purposes and wanted.kind in line.scopes]
    if not fitting:
        kinds = ", ".join(sorted({kind for line, _ in mine if wanted.purpose in line.purposes for kind in line.scopes}))
        return Refused("not_in_role", "/scope/kind", f"is more than your roles open for this purpose: {kinds}")
    whom = whom_it_opens(wanted.kind, wanted.of, facts)
    if wanted.kind == "file" and len(whom) > 1:
        whom = frozenset()  # somebody's id and another's file number: nobody's, rather than both's
    # the relation first: whoever stands to nobody there learns nothing else, such as whether there is anybody
    refusals = [_by_relation(of, giver, whom) or _by_line(line, giver, wanted, whom) for line, of in fitting]
    return None if None in refusals else refusals[0]


def whom_it_opens(kind: str, of: str | None, facts: Facts) -> frozenset[Subject]:
    """Whose file, record or session it is, which case or team; nobody where there is none. Raises `FactsNeeded`."""
    if of is None:
        return frozenset({Subject("organisation", "")})
    if kind in ("case", "team"):
        return frozenset({Subject(kind, of)} if facts(f"{kind}/{of}") else ())
    named = about(kind, of, facts)
    return named | ({Subject("worker", of)} if kind == "file" and facts(f"worker/{of}") else frozenset())


def opened_by(kind: str, of: str | None, facts: Facts) -> str | None:
    """The id under which a grant is kept: a file's is its worker's. Raises `FactsNeeded`."""
    whom = whom_it_opens(kind, of, facts) if kind == "file" else frozenset()
    return next((each.id for each in whom), of)


def _by_days(wanted: Wanted, today: date) -> Refused | None:
    if wanted.from_on < today:
        return Refused("in_the_past", "/from_on", "must be today or later: nothing is opened after the fact")
    if wanted.from_on > today + AHEAD:
        return Refused("too_far_ahead", "/from_on", f"must be within {AHEAD.days} days from today")
    if wanted.until_on < wanted.from_on:
        return Refused("before_it_begins", "/until_on", "must be the first day or later")
    return None


def _by_line(line: Granting, giver: Writer, wanted: Wanted, whom: frozenset[Subject]) -> Refused | None:
    if (wanted.until_on - wanted.from_on).days >= line.days:
        longest = wanted.from_on + timedelta(days=line.days - 1)
        days = "1 day" if line.days == 1 else f"{line.days} days"
        return Refused("too_long", "/until_on", f"must be {longest} at the latest: {days} for this")
    if wanted.grantee == giver.person and not line.themself:
        return Refused("to_themself", "/grantee_id", "must be somebody else: nobody gives this to themself")
    if wanted.grantee == giver.person and wanted.reason is None:
        return Refused("missing", "/reason", "is needed when you choose for yourself: a code that says why")
    if line.theirs and whom != {Subject("worker", wanted.grantee)}:
        return Refused("not_theirs", "/grantee_id", "must be the worker whose file this is")
    if line.theirs and not wanted.supervised:
        return Refused("must_be_supervised", "/supervised", "must be true: it is looked at in somebody's presence")
    return None


def _by_relation(of: Names, giver: Writer, whom: frozenset[Subject]) -> Refused | None:
    if whom and all(not set(of).isdisjoint(giver.standing(subject)) for subject in whom):
        return None
    return Refused("not_related", "/scope/id", "names nothing of those to whom you may give access: check the id")
