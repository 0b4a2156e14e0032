"""A pack clause by clause, in Markdown: what becomes of each, and of every rule what it asks, rests on and looks like.

For the owner of the policy and for auditors, who go by the document. `explaining` says the same pack rule by rule.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from app.domain.policy.adoptions import Carried, clauses
from app.domain.policy.counted import Counted
from app.domain.policy.explaining import asked_of
from app.domain.policy.needs import read_by
from app.domain.policy.phrases import both, bullets
from app.domain.policy.shapes import Duty, InWindows, Pack, Reading, Row, Rule

_BECOMES: Final = {
    "rule": ("judged by a rule", "judged by rules"),
    "fact": ("recorded and shown", "recorded and shown, not judged"),
    "access": ("who may see, keep or remove what", "about who may see, keep or remove what"),
    "context": ("nothing to judge", "with nothing to judge"),
    "not_yet": ("**not judged yet**", "not judged yet"),
}
"""What becomes of one clause, and of several."""
_OWN: Final = (
    "every", "within", "exists", "always", "never", "cover", "at_least", "latest", "table", "balance", "stages",
    "carried",
)  # fmt: skip
_PAGES: Final = {
    **{kind: kind for kind in _OWN},
    "at_most": "at_least", "all_of": "strands", "any_of": "strands", "as_required": "table",
}  # fmt: skip
"""The page of each kind in `docs/rules/`; of any other, the list of them."""
_BESIDE: Final = (
    "What a status such as *due* means is told [for managers](../managers.md), how a pack is written [for the owner of "
    "a policy](../policies.md)."
)


def page(pack: Pack) -> str:
    """The whole page. Its links lead to the pages of this project's `docs/policies/` and above it."""
    said = [
        f"# {pack.title}, clause by clause",
        "<!-- Generated from the pack by `make pages`: change the pack instead. -->",
        f"Policy `{pack.id}`, version {pack.version}. {_counted(pack)}",
        _BESIDE,
        "## Every clause",
        "\n".join(_table(pack)),
        "## Every rule",
        *(part for rule in pack.rules for duty in rule.duties for part in _rule(pack, rule, duty)),
        "## How unclear phrases are read",
        bullets(f"**{key}**, “{each.phrase}”: {_read(each)}" for key, each in pack.readings.items()),
    ]
    return "\n\n".join(said) + "\n"


def _counted(pack: Pack) -> str:
    found = Counter(each.carries for each in clauses(pack))
    counted = "; ".join(f"{found[carries]} {words[1]}" for carries, words in _BECOMES.items() if found[carries])
    return f"{found.total()} clauses: {counted}."


def _table(pack: Pack) -> Iterator[str]:
    yield "| clause | what it says | what becomes of it |\n|---|---|---|"
    for each in clauses(pack):
        says = each.text or "; ".join(duty.title for _, duty in each.duties)
        yield f"| {each.id} | {says} | {_becomes(pack, each)} |"


def _becomes(pack: Pack, carried: Carried) -> str:
    judged = both(f"[{duty.id}](#{duty.id.lower()})" for _, duty in carried.duties)
    if judged:
        forces = both(dict.fromkeys(f"*{duty.force.value}*" for _, duty in carried.duties))
        return f"{_BECOMES['rule'][0]}: {judged}, {forces}"
    counted = [each for each in pack.measures if carried.id in (each.id, *each.answers)]
    rested = {name for each in counted for name in read_by(each.subject, [each], pack.events).types}
    told = [*(pack.clauses[carried.id].told_by or sorted(rested))]
    of = f", by {both(map(_event, told))}" if told else ""
    return "; ".join([f"{_BECOMES[carried.carries][0]}{of}", *(f"counted: {each.title}" for each in counted)])


def _event(told: str) -> str:
    """`SessionHeld.functions` → its name, linked to where the event is described."""
    return f"[`{told}`](../events.md#{told.partition('.')[0].lower()})"


def _rule(pack: Pack, rule: Rule, duty: Rule | Row) -> Iterator[str]:
    yield f"### {duty.id}"
    yield f"**{duty.title}.** {duty.clause}. Force: *{duty.force.value}*. Kind: {_kind(duty)}."
    if duty.quote:
        yield f"> {duty.quote}"
    yield asked_of(duty)
    yield bullets(_beside(pack, rule, duty))


def _kind(duty: Rule | Row) -> str:
    """The kind of duty, linked to its page."""
    kind = next(kind for kind in duty.KINDS if getattr(duty, kind) is not None)
    block = getattr(duty, kind)
    rhythm = "windows" if isinstance(block, InWindows) else "counted" if isinstance(block, Counted) else None
    on_page = rhythm or _PAGES.get(kind, "README")
    return f"[`{kind}`](../rules/{on_page}.md)"


def _beside(pack: Pack, rule: Rule, duty: Duty) -> Iterator[str]:
    """What it rests on and looks like."""
    if duty.answers:
        yield f"Answers also {both(duty.answers)}."
    types = {name for kind in rule.subjects for name in read_by(kind, [duty], pack.events).types}
    if types:
        yield f"Rests on {both(map(_event, sorted(types)))}."
    for key in duty.readings:
        yield f"Read ({key}) “{pack.readings[key].phrase}”: {pack.readings[key].taken}."
    for title in _examples(pack, duty):
        yield f"For example: {title}."


def _examples(pack: Pack, duty: Duty) -> list[str]:
    return [each.title for each in pack.examples if any(expected.rule == duty.id for expected in each.expect)]


def _read(reading: Reading) -> str:
    why = f", because {reading.why}" if reading.why else ""
    other = f" It could also mean: {'; '.join(reading.alternatives)}." if reading.alternatives else ""
    return f"{reading.taken}{why}.{other}"
