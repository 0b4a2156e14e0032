"""A pack as plain English, in Markdown: what its owner reads to see whether the rules say what the policy says.

Pure: the pack in, paragraphs out. What a rule found about somebody is explained elsewhere, with the finding.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from app.domain.policy import counted, measured_words, state_words
from app.domain.policy.arrangements import TIGHTER
from app.domain.policy.carrying import Carried
from app.domain.policy.duties import Answering, OwnDate
from app.domain.policy.explaining_by import done_by
from app.domain.policy.phrases import a as _a
from app.domain.policy.phrases import both as _and
from app.domain.policy.phrases import bullets as _list
from app.domain.policy.phrases import checked, manner
from app.domain.policy.phrases import event_in_words as _event
from app.domain.policy.phrases import named as _named
from app.domain.policy.phrases import spoken as _spoken
from app.domain.policy.shapes import (
    AllOf,
    Applies,
    AsRequired,
    Balance,
    Block,
    Cover,
    Duty,
    Exists,
    InWindows,
    Pack,
    Rolling,
    Row,
    Rule,
    Stages,
    Table,
    Within,
)
from app.domain.policy.stranded import Strand, Strands
from app.domain.policy.windowed import in_words

_CARRIES: Final = {
    "not_yet": "Asked by the policy, and not judged yet",
    "fact": "Recorded and shown, not judged",
    "access": "Who may see, keep or remove what",
    "context": "Nothing to judge",
}


def explain(pack: Pack) -> list[str]:
    """The pack in paragraphs, headings included; joined by empty lines they are a Markdown document."""
    return [
        f"# {pack.title}",
        *_header(pack),
        "## The rules",
        *(paragraph for rule in pack.rules for paragraph in _rule(rule)),
        "## What counts",
        _list(f"**{_spoken(name)}**: {_event(event)}{manner(event)}" for name, event in pack.events.items()),
        *_kept(pack),
        *_measures(pack),
        *_readings(pack),
        *_clauses(pack),
    ]


def _header(pack: Pack) -> Iterator[str]:
    yield f"Policy `{pack.id}`, version {pack.version}."
    said = {"Owner": pack.owner, "Established": pack.established, "Review due": pack.review_due}
    said |= {"Stands beside": pack.parent_policy, "Working days": pack.calendar.capitalize()}
    yield _list(f"{name}: {value}" for name, value in said.items() if value)
    yield _list(f"Document: {document.title}" for document in pack.documents.values())


def _kept(pack: Pack) -> Iterator[str]:
    """Who may see records and how long they are kept, as far as it is declared."""
    said = []
    for what in ("personal", "case"):
        kept = None if pack.retain is None else getattr(pack.retain, what)
        if kept is not None:
            hold = f", and longer while there is a hold for {_and(kept.held_by)}" if kept.held_by else ""
            said.append(f"Records of {what} supervision are kept for {kept.at_least} after {kept.counted_from}{hold}")
    chosen = {} if pack.may_see is None else pack.may_see.model_dump(exclude={"clauses"}, exclude_none=True)
    said += [f"{_spoken(name)}: {_and(value) if isinstance(value, tuple) else value}" for name, value in chosen.items()]
    if said:
        yield "## Who may see what, and how long it is kept"
        yield _list(said)


def _measures(pack: Pack) -> Iterator[str]:
    """What is counted and told, without a judgement."""
    if pack.measures:
        yield "## What is only counted"
        yield _list(f"{each.id}: {each.title}; of {_named(each.event)}, in {each.over}" for each in pack.measures)


def _readings(pack: Pack) -> Iterator[str]:
    if pack.readings:
        yield "## How its phrases are read"
    for key, reading in pack.readings.items():
        other = f" It could also mean: {'; '.join(reading.alternatives)}." if reading.alternatives else ""
        why = f" Reason: {reading.why}." if reading.why else ""
        yield f"**{key}**, “{reading.phrase}”: {reading.taken}.{why}{other}"


def _clauses(pack: Pack) -> Iterator[str]:
    for carries, heading in _CARRIES.items():
        found = [f"{name}: {clause.text}" for name, clause in pack.clauses.items() if clause.carries == carries]
        if found:
            yield f"## {heading}"
            yield _list(found)


# --- one rule ---------------------------------------------------------------------------------------------------------


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}. {rule.title}"
    if rule.quote:
        yield f"> {rule.quote}"
    yield f"{_cited(rule)} It is about {_whom(rule)}."
    if rule.table is not None:
        yield from _table(rule.table)
    elif rule.stages is not None:
        yield _list(_stages(rule.stages))
        if aside := _aside(rule).strip():
            yield aside
    else:
        yield f"{_asked(rule)}{_aside(rule)}"


def asked_of(duty: Rule | Row) -> str:
    """Whom a rule or a row is about, and what it asks of them."""
    if isinstance(duty, Row):
        return f"Asked of cases{_conditions(duty.when)}. {_asked(duty)}{_aside(duty)}"
    whom = f"Asked of {_whom(duty)}."
    if duty.table is None:
        return f"{whom} {_asked(duty)}{_aside(duty)}"
    rows = _and(row.id for row in duty.table.rows)
    return f"{whom} By kind of case, as {rows} say; of a case that no row names: {_spoken(duty.table.otherwise)}."


def _cited(duty: Duty) -> str:
    readings = (
        f" It rests on how {_and(duty.readings)} {'is' if len(duty.readings) == 1 else 'are'} read."
        if duty.readings
        else ""
    )
    answers = f" It also answers {_and(duty.answers)}." if duty.answers else ""
    return f"{duty.clause}. Force: {duty.force.value}.{answers}{readings}"


def _whom(rule: Rule) -> str:
    each = ("the organisation" if kind == "organisation" else f"every {kind}" for kind in rule.subjects)
    return f"{' and '.join(each)}{_conditions(rule.applies)}"


def _conditions(applies: Applies) -> str:
    found = {name: checked(check) for name in Applies.model_fields if (check := getattr(applies, name))}
    said = [
        f"{_spoken(name)} {how.replace('is ', 'hold ', 1) if name == 'flags' else how}" for name, how in found.items()
    ]
    return f" whose {_and(said)}" if said else ""


def _asked(duty: Rule | Row) -> str:
    """The duty itself, as one sentence; of stages, one each."""
    if isinstance(duty, Rule) and duty.stages is not None:
        return " ".join(_stages(duty.stages))
    return _in_words(duty.block)


def _in_words(block: Block) -> str:
    return _SENTENCES[type(block)](block)


def _strands(strands: Strands) -> str:
    asked = "All of these are asked for" if strands.needed == "all" else "One of these is asked for"
    told = (f"{s.called.capitalize()}: {_in_words(s.block)}{''.join(_may_vary(s))}" for s in strands.of)
    return " ".join([f"{asked}.", *told])


_FIRST: Final = {
    "entry": "",
    "allocated": " The first runs from the allocation.",
    "first_event": " The first begins it.",
}


def _rolling(rolling: Rolling) -> str:
    target = f", {rolling.target.every} as the target" if rolling.target else ""
    instead = f" {_a(rolling.credit_instead).capitalize()} counts as well." if rolling.credit_instead else ""
    instead += _tighter(rolling)
    instead += " One that is booked for a day by then says so." if rolling.booked_by else ""
    instead += f" {_a(rolling.excused_by).capitalize()} excuses it." if rolling.excused_by else ""
    what = _a(rolling.event).capitalize()
    return f"{what} {rolling.limit.every} at the latest{target}.{_FIRST[rolling.first_due]}{instead}"


def _in_windows(windows: InWindows) -> str:
    allowed = f"; {windows.empty_allowed} empty running is tolerated" if windows.empty_allowed else ""
    instead = f" {_a(windows.credit_instead).capitalize()} meets the one it lies in." if windows.credit_instead else ""
    who = f" ({done_by(windows.by)})" if windows.by else ""
    asked = f"{_a(windows.event).capitalize()}{who} in each {in_words(windows)} at least{allowed}."
    return f"{asked}{instead}{_tighter(windows)}"


def _tighter(every: Rolling | InWindows) -> str:
    return f" The terms of {_a(every.own_terms.agreement)} may make it sooner." if every.own_terms else ""


def _as_required(required: AsRequired) -> str:
    return f"As and when required: {_named(required.after)} calls for {_a(required.answered_by)}."


def _within(within: Within) -> str:
    answer, after = within.answered_by, _named(within.after)
    by = f"within {within.limit}" if within.limit else "with no deadline in the policy"
    by += f", within {within.target} as the target" if within.target else ""
    if within.due_on is not None:
        by = f"by the date that its `{within.due_on}` gives, if any"
    if within.before is not None:
        what_before = f"the date that its `{within.due_on}` gives, if any" if within.due_on else "it"
        by = f"at least {within.before} before {what_before}"
    what = _answering(answer) if isinstance(answer, Answering) else answer.called
    whose = f" (on a worker: by its `{within.belongs_by}`)" if within.belongs_by else ""
    whose += f" (if {done_by(within.after_by)})" if within.after_by else ""
    whose += f", once for each {_spoken(within.once)}" if within.once else ""
    together = _together(answer) if isinstance(answer, AllOf) else ""
    if isinstance(answer, OwnDate):
        what = f"{answer.called} (its {_spoken(answer.date)})"
    each = f", for each of its {_spoken(within.for_each)} by itself" if within.for_each else ""
    return f"After each {after}{whose}, {what} {by}{each}.{together}{_besides(within)}"


def _answering(answer: Answering) -> str:
    who = f" ({done_by(answer.by)})" if answer.by else ""
    names = f" that names it in its `{answer.names}`" if answer.names else ""
    later = ", not before it," if answer.later else ""
    return f"{_a(answer.event)} for the same {answer.same}{names}{who}{later}"


def _carried(carried: Carried) -> str:
    closed = f" until {_a(carried.closed_by.event)} closes it" if carried.closed_by else ""
    what, followed = _a(carried.open), _a(carried.followed_up_by.event)
    return f"At each {_named(carried.to)}, what is open from before ({what}{closed}) is followed up: {followed}."


def _together(answer: AllOf) -> str:
    """What several events that answer together must be."""
    parts = _and(f"{_a(link.event)} for the same {link.same}" for link in answer.all_of)
    agree = f", which agree on the {_spoken(answer.agree_on)}" if answer.agree_on else ""
    undone = f" {_a(answer.undone_by.event).capitalize()} voids what came before it." if answer.undone_by else ""
    checked = f" {_a(answer.checked_by.event).capitalize()} comes first." if answer.checked_by else ""
    return f" That is {parts}{agree}.{undone}{checked}"


def _besides(within: Within) -> str:
    """What else may become of it."""
    said = (
        (within.amended_by, "may give it another date or person"),
        (within.answered_for_now_by, "answers it until another date is given"),
        (within.falls_away_on, "ends it without an answer"),
        (within.notice_by, "in time gives notice that it cannot be kept"),
    )
    return "".join(f" {_a(link.event).capitalize()} {words}." for link, words in said if link is not None)


def _cover(cover: Cover) -> str:
    whom = f"the {cover.supervisor} supervisor"
    return f"While {whom} is away for longer than {cover.limit}, somebody else stands in."


def _exists(exists: Exists) -> str:
    whose = f" with the {exists.with_supervisor} supervisor" if exists.with_supervisor else ""
    anew = f", and again after each {' and each '.join(map(_spoken, exists.renewed_by))}" if exists.renewed_by else ""
    sooner = f" or by the first {_named(exists.grace.or_first)} if that is sooner" if exists.grace.or_first else ""
    cover = f" Cover of up to {exists.ignore_interim_up_to} is no change." if exists.ignore_interim_up_to else ""
    ours = " (ours, the policy names none)" if exists.grace.policy_silent else ""
    least = _and(f"{_spoken(name)} {value}" for name, value in exists.minimum if value) if exists.minimum else ""
    less = f" One that asks for less ({least}) is told as such." if least else ""
    return f"There is {_a(exists.event)}{whose}{anew}, within {exists.grace.limit}{ours}{sooner}.{cover}{less}"


def _balance(balance: Balance) -> str:
    limits, asked = balance.tolerance, balance.delivered
    through = "".join(
        f" A case of a {_spoken(role)} counts to whoever supervises them in the {strand} strand."
        for role, strand in balance.counted_through.items()
    )
    beside = (
        f" Told beside it: how many sessions of each, {_a(asked.event)}, in the last {asked.within}." if asked else ""
    )
    cases = f"{limits.cases} case{'' if limits.cases == 1 else 's'}"
    return (
        f"The team's open cases are split equally between {_and(map(_spoken, balance.between))}: unequal when they "
        f"differ by more than {cases} and by more than {limits.points} percentage points.{through}{beside}"
    )


_SENTENCES: Final[Mapping[type[Block], Callable[[Any], str]]] = {
    Rolling: _rolling,
    InWindows: _in_windows,
    counted.Counted: counted.sentence,
    Within: _within,
    Exists: _exists,
    **state_words.SENTENCES,
    Cover: _cover,
    AsRequired: _as_required,
    **measured_words.SENTENCES,
    Balance: _balance,
    Strands: _strands,
    Carried: _carried,
}


def _aside(duty: Duty) -> str:
    windowed = isinstance(duty, Rule) and not isinstance(duty.every, Rolling)
    long = "" if windowed else f" of {duty.absence.at_least} or more"
    effects = {
        "excuse": f" A recorded absence{long} excuses what it caused to be missed.",
        "pause": " Absence stops the clock.",
    }
    silent = " The policy sets no limit here: ours says no worse than tolerated." if duty.policy_silent else ""
    by = "both" if duty.owed_by == "both" else f"the {_spoken(duty.owed_by or 'subject')}"
    owed = f" Owed by {by}." if duty.owed_by else ""
    feed = f" Silence proves nothing until the {_spoken(duty.feed)} are confirmed complete." if duty.feed else ""
    return f"{effects.get(duty.absence.effect, '')}{owed}{silent}{feed}{''.join(_arranged(duty))}"


def _arranged(duty: Duty) -> Iterator[str]:
    """What may be arranged for somebody alone."""
    yield from _may_vary(duty)
    if duty.pro_rata:
        yield " For part-time work it is asked pro rata."
    if duty.approvers:
        yield f" What is arranged is approved by a {' or a '.join(map(_spoken, duty.approvers))}."


def _may_vary(part: Duty | Strand) -> Iterator[str]:
    for name, furthest in part.variations.items():
        how = "but only tighter" if furthest == TIGHTER else f"up to {furthest}"
        yield f" An approved arrangement may set another `{name}`, {how}."
    if part.excusals is not None:
        longest = f" of {part.excusals.longest} at most" if part.excusals.longest else ""
        yield f" It may be excused for a time{longest}."


def _stages(stages: Stages) -> Iterator[str]:
    since = "the start" if stages.since is None else f"the first {_named(stages.since)}"
    for number, step in enumerate(stages.steps):
        ends = [f"up to {step.up_to} after {since}"] if step.up_to else []
        ends += [f"for {step.lasts}"] if step.lasts else []
        ends += [f"until the first {_named(step.until)}"] if step.until else []
        first = " or ".join(ends) + (", whichever comes first" if len(ends) > 1 else "")
        when = " ".join(part for part in ("after that" if number else "", first) if part)
        yield f"{when[:1].upper()}{when[1:]}: {_in_words(step.block)}"


def _table(table: Table) -> Iterator[str]:
    lines = ["| clause | for | what is asked | force |", "|---|---|---|---|"]
    for row in table.rows:
        whom, asked = _conditions(row.when).removeprefix(" whose "), f"{_asked(row)}{_aside(row)}"
        lines.append(f"| {row.id} | {whom} | {asked} | {row.force.value} |")
    yield "\n".join(lines)
    unknown = f" Of one whose category is not known: {_in_words(table.provisional)}" if table.provisional else ""
    yield f"Of a case that no row names: {_spoken(table.otherwise)}.{unknown}"
