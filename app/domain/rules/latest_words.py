"""The latest event in words: what it holds or lacks, what is not known of it, and what would put that right."""

from app.domain import wording
from app.domain.eras import Course, Era
from app.domain.obligations import Last, Verdict, reference, references
from app.domain.policy.entitled import By
from app.domain.policy.explaining_by import allowed
from app.domain.policy.matching import resolved, with_defaults
from app.domain.policy.measured import Required
from app.domain.policy.patterns import Check, Linked, Status
from app.domain.policy.phrases import checked
from app.domain.rules.entitled import done_by
from app.domain.rules.latest import Judged, block_of, failed, hold, judged, latest_first
from app.domain.wording import day


def judge(course: Course) -> Verdict:
    """The verdict on the latest one."""
    found = next(latest_first(course, course.run), None)
    if found is None:
        event = resolved(course.era.span.version.pack, block_of(course.era).event)
        return Verdict(Status.NOT_YET_APPLICABLE, f"{wording.not_yet(event)}, so there is nothing to look at.")
    told = judged(course, *found)
    if course.history.look.brief:
        return Verdict(told.status, "", told.code, told.event.on, met_on=told.met_on)
    return Verdict(
        status=told.status,
        why=_why(told),
        code=told.code,
        opened_on=told.event.on,
        met_on=told.met_on,
        last=Last(told.event.on, reference(told.event.fact)),
        evidence=references((told.event, *told.linked)),
        put_right=_put_right(told),
        failed_in_12_months=failed(course, told.event),
    )


def _why(told: Judged) -> str:
    event = resolved(told.era.span.version.pack, block_of(told.era).event)
    opened = f"{wording.done(event)} on {day(told.event.on)}"
    if told.untold:
        names = wording.listed([wording.field(name) for name in told.untold])
        return f"{opened}. Its {names} were not told, so it is not known whether it is as the policy asks."
    if told.entitled is not True:
        return f"{opened}. {_by_whom(told)}"
    if told.unsure:
        parts = wording.listed([wording.a(_required(told.era, link)) for link in told.unsure])
        return f"{opened}. It is not known whether {parts} belongs to it: what the person was then was not told."
    if told.silent and (feed := told.era.duty.feed):
        return f"{opened}: {wording.listed(_broken(told))}. The {wording.field(feed)} are not confirmed up to that day."
    return f"{opened}: {wording.listed(_kept(told) if told.status is Status.MET else _broken(told))}."


def _broken(told: Judged) -> list[str]:
    block, data = block_of(told.era), with_defaults(told.event.fact)
    said = [f"{_held(name, data.get(name))}, where the policy asks for {_wanted(block.has[name], data.get(name))}"
            for name in told.lacking]  # fmt: skip
    return said + _there(
        [f"no {_required(told.era, link)}" for link in told.missing] + [_a(told.era, link) for link in told.unwanted]
    )


def _kept(told: Judged) -> list[str]:
    """What was found, where nothing is lacking."""
    block, data = block_of(told.era), with_defaults(told.event.fact)
    if block.unless and hold(block.unless, data):
        return [f"{wording.listed([wording.field(name) for name in block.unless])}, so nothing more is asked"]
    found = [_held(name, data.get(name)) for name in block.has]
    needed = {_called(told.era, link): _required(told.era, link) for link in block.linked if hold(link.when, data)}
    found += _there([wording.a(each) for each in needed.values()])
    found += [f"{_its_person(block.by)} was {allowed(block.by)}"] if block.by else []
    return found + _there([f"no {_called(told.era, link)}" for link in block.without])


def _there(things: list[str]) -> list[str]:
    return [f"there is {wording.listed(things)}"] if things else []


def _put_right(told: Judged) -> str | None:
    """What can still be told or done of this one; what cannot, at the next."""
    block, what = block_of(told.era), wording.type_called(told.event.fact.type)
    this = f"the {what} of {day(told.event.on)}"
    if told.status is Status.MET:
        return None
    if told.entitled is not True and (by := block.by) is not None:
        return f"What {_its_person(by)} was then." if told.entitled is None else f"The next {what}, by {allowed(by)}."
    if told.untold:
        return f"The {wording.listed([wording.field(name) for name in told.untold])} of {this}."
    if told.unsure:
        return "What those who did it were then."
    own = [_asked(name, block.has[name]) for name in told.lacking]
    said = [f"At the next {what}: {wording.listed(own)}."] if own else []
    said += [f"{wording.sentence(wording.a(_required(told.era, link)))} for {this}." for link in told.missing]
    said += [f"Put right {wording.a(_called(told.era, link))}, of {this}." for link in told.unwanted]
    return " ".join(said)


def _by_whom(told: Judged) -> str:
    """Why it was not, or may not have been, done by somebody who may do it."""
    by = block_of(told.era).by
    if by is None:
        return ""
    if told.entitled is False:
        return f"{wording.sentence(_its_person(by))} was somebody other than {allowed(by)}."
    if done_by(by, told.event.fact) is None:
        return f"{wording.sentence(_its_person(by))} was not told, so it is not known whether it was {allowed(by)}."
    return f"It is not known whether {_its_person(by)} was {allowed(by)}."


def _its_person(by: By) -> str:
    return f"its {wording.field(by.person)}"


def _counted(name: str) -> bool:
    """Whether a number of them is named in the plural, as minutes are: `45 minutes`, and not `minutes 45`."""
    return name.endswith("s")


def _asked(name: str, check: Check) -> str:
    """What the next one must hold: `at least 90 minutes`, `experience and reflection`."""
    if check.all_of:
        return _value(check.all_of)
    number = check.at_least is not None or check.at_most is not None
    wanted = _wanted(check, None)
    return f"{wanted} {wording.field(name)}" if number and _counted(name) else f"{wording.field(name)} {wanted}"


def _wanted(check: Check, value: object) -> str:
    """What is asked of a field; of a list that lacks some, only those."""
    held = value if isinstance(value, list | tuple) else ()
    lacking = [one for one in check.all_of or () if one not in held]
    if held and lacking:
        return f"{_value(lacking)} as well"
    return checked(check).removeprefix("is ").removeprefix("holds ")


def _held(name: str, value: object) -> str:
    """What a field holds: `45 minutes`, `elements: experience and reflection`, `template appendix 3`."""
    if isinstance(value, list | tuple) and value:
        return f"{wording.field(name)}: {_value(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and _counted(name):
        return f"{value} {wording.field(name) if value != 1 else wording.field(name)[:-1]}"
    return f"{wording.field(name)} {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return wording.listed([str(one).replace("_", " ") for one in value]) if value else "none"
    return "not given" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _required(era: Era, link: Required) -> str:
    """`clear action`, `review of the chronology (no more than 2 months before it)`, `note (by the supervisor)`."""
    said = [f"by {allowed(link.by)}"] if link.by else []
    said += [f"no more than {wording.length(link.within)} before it"] if link.within else []
    return f"{_called(era, link)} ({wording.listed(said)})" if said else _called(era, link)


def _called(era: Era, link: Linked) -> str:
    return wording.called(resolved(era.span.version.pack, link.event))


def _a(era: Era, link: Linked) -> str:
    return wording.a(_called(era, link))
