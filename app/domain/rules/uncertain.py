"""What may have happened, but for a word that nobody knows or a number that was not told: neither kept nor broken.

And what may not count, as nobody said what the person was who did it.
"""

from dataclasses import replace
from datetime import date

from app.domain import wording
from app.domain.obligations import Verdict
from app.domain.policy.entitled import By
from app.domain.policy.explaining_by import allowed
from app.domain.policy.patterns import Status
from app.domain.wording import day
from app.events.facts import Fact


def uncertain(verdict: Verdict, fact: Fact, field: str, since: date) -> Verdict:
    """The verdict, where this fact would decide and its field leaves open whether it counts."""
    what, name = wording.type_called(fact.type), wording.field(field)
    on, told = day(fact.on or since), fact.get(field)
    if told is None:
        said, code = f"does not say its {name}, so it is not known whether it counts.", "not_known"
        put_right = f"The {name} of that {what}."
    else:
        said = f"has the {name} “{told}”, which no policy in use knows, so it is not known whether it counts."
        code, put_right = "unknown_code", f"A known {name} for that {what}, or a policy that names this one."
    why = f"{verdict.why} But {wording.a(what)} of {on} {said}"
    return replace(verdict, status=Status.NOT_ASSESSABLE, code=code, why=why, days_late=None, put_right=put_right)


def by_somebody(without: Verdict, by: By, fact: Fact) -> Verdict:
    """Not known: the verdict is one `without` this fact and would be another if it counted."""
    when = "" if fact.on is None else f" of {day(fact.on)}"
    what, who = f"the {wording.type_called(fact.type)}{when}", f"its {wording.field(by.person)} was {allowed(by)}"
    return replace(
        without,
        status=Status.NOT_ASSESSABLE,
        code="not_known",
        why=f"Whether {what} counts is not known: nobody said whether {who} then.",
        days_late=None,
        put_right=f"What the {wording.field(by.person)} of {what} was then.",
    )
