"""The duties that measure, each as a sentence: numbers in a time, and what the latest event holds."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from app.domain import wording
from app.domain.policy.credits import Credit
from app.domain.policy.duties import Block
from app.domain.policy.explaining_by import done_by
from app.domain.policy.measured import AtLeast, AtMost, CasesAtMost, Latest, Number, Required
from app.domain.policy.phrases import a, both, fields, named, spoken
from app.domain.policy.windowed import in_words


def _at_least(quota: AtLeast) -> str:
    first = f"before the first {quota.rolling} are over" if quota.rolling else "until it is over"
    silent = f"; in the first {quota.silent_for} nothing is said" if quota.silent_for else ""
    return f"{_amount(quota, 'at least')} {_time(quota)}; {first}, in proportion{silent}.{_credited(quota)}"


def _at_most(ceiling: AtMost) -> str:
    return f"{_amount(ceiling, 'no more than')} {_time(ceiling)}.{_credited(ceiling)}"


def _cases(ceiling: CasesAtMost) -> str:
    return f"No more than {ceiling.cases} open cases on any day."


def _amount(number: Number, bound: str) -> str:
    """`A team meeting at least 22 times`, `No more than 60 minutes of overtime`."""
    if number.times is None:
        return f"{wording.sentence(bound)} {wording.counted(number.minutes or 0, 'minute')} of {named(number.event)}"
    return f"{wording.sentence(a(number.event))} {bound} {wording.counted(number.times, 'time')}"


def _time(number: Number) -> str:
    return f"in the {number.rolling} up to each day" if number.rolling else f"in each {in_words(number)}"


def _credited(number: Number) -> str:
    return "".join(f" One whose {both(fields(credit.where))} {both(_counts(credit))}." for credit in number.credit)


def _counts(credit: Credit) -> Iterator[str]:
    if credit.counts is not None or credit.divided_by is not None:
        between = f", divided by its {spoken(credit.divided_by)}" if credit.divided_by else ""
        yield f"counts for {credit.counts or 'one'}{between}"
    if credit.up_to is not None:
        most = f"{credit.up_to} of the number" if isinstance(credit.up_to, Fraction) else credit.up_to
        each = f" in each calendar {credit.in_each}" if credit.in_each else ""
        yield f"makes up no more than {most}{each} together with others like it"


def _latest(latest: Latest) -> str:
    asked, unless = fields(latest.has), fields(latest.unless)
    asked += [_required(link) for link in latest.linked]
    asked += [f"there is no {named(linked.event)} for the same {linked.same}" for linked in latest.without]
    asked += [done_by(latest.by)] if latest.by else []
    noted = [f" Noted as {spoken(code)} where {both(fields(found))}." for code, found in latest.noted.items()]
    said = f"{both(asked)}{f', unless {both(unless)}' if unless else ''}"
    return f"Of the latest {named(latest.event)}, {said}.{''.join(noted)}"


def _required(link: Required) -> str:
    by = f" ({done_by(link.by)})" if link.by else ""
    when = f" where {both(fields(link.when))}" if link.when else ""
    before = f", no more than {link.within} before it" if link.within else ""
    return f"there is {a(link.event)} for the same {link.same}{by}{before}{when}"


SENTENCES: Final[Mapping[type[Block], Callable[[Any], str]]] = {
    AtLeast: _at_least,
    AtMost: _at_most,
    CasesAtMost: _cases,
    Latest: _latest,
}
