"""Who the subject was and which policies were in force, from when to when, and whether a rule applies to that.

A `Stretch` is a time in which nothing about the subject changed; a `Version` a policy while it was in force. Rules: a
second start after an end begins a new period; a category belongs to the service it was given in; what is not known
is neither yes nor no. Ends are inclusive.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from app.domain.calendar import DAY
from app.domain.history import History
from app.domain.policy.shapes import Applies, Pack
from app.events.facts import Fact

# --- the subject ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which the subject was as `situation` says; `until` None: still so. `began`: the day the period began."""

    since: date
    until: date | None
    situation: Mapping[str, Any]
    began: date

    def __contains__(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class _Life:
    """Folds what is told of a subject, in order, into stretches.

    A start holds for the whole of its day, and so does a last day: what else is told of that day belongs to the period,
    wherever it stands in the order; of two that say the same thing differently the later in the order holds.
    """

    def __init__(self) -> None:
        self.now: dict[str, Any] | None = None
        self._stretches: list[Stretch] = []
        self._since = self._began = date.min
        self._last_day: date | None = None
        self._early: list[tuple[date, Mapping[str, Any] | None]] = []
        """What was told while nothing had begun (None: an end): it holds if the start turns out to be of that day."""
        self.lasting: dict[str, Any] = {}
        """What holds of the person whether employed here or not."""

    @property
    def runs(self) -> bool:
        """Whether a period runs that has no last day."""
        return self.now is not None and self._last_day is None

    def situation(self, on: date) -> Mapping[str, Any]:
        """What holds as this day's facts are taken in; nothing where no period runs."""
        if self._last_day is not None and on > self._last_day:
            self._finish(self._last_day)
        return self.now or {}

    def begin(self, on: date, told: Mapping[str, Any]) -> None:
        """A start; while a period runs, a restatement. A return on the last day begins a new period that day.

        What was told of the first day before it in the order holds too, where the start itself does not say otherwise.
        """
        if self.runs:
            return self.change(on, told)
        self.situation(on)
        self._finish(on - DAY)
        early = [what for day, what in self._early if day == on]
        self.now = {name: value for what in [self.lasting, *early, told] if what for name, value in what.items()}
        self._since = self._began = on
        if None in early:
            self.end(on)
        return None

    def change(self, on: date, told: Mapping[str, Any]) -> None:
        """Something else is true from this day on."""
        if not self.situation(on) or self.now is None:
            self._early.append((on, told))
            return
        now = {**self.now, **told}
        if on > self._since and now != self.now:
            self._stretches.append(Stretch(self._since, on - DAY, self.now, self._began))
            self._since = on
        self.now = now

    def end(self, last_day: date) -> None:
        """The last day of the period."""
        if not self.situation(last_day):
            self._early.append((last_day, None))
        elif self._last_day is None:
            self._last_day = last_day

    def stretches(self) -> list[Stretch]:
        """The stretches, the running one open-ended."""
        if self._last_day is not None:
            self._finish(self._last_day)
        running = [] if self.now is None else [Stretch(self._since, None, self.now, self._began)]
        return self._stretches + running

    def _finish(self, last_day: date) -> None:
        if self.now is not None and self._since <= last_day:
            self._stretches.append(Stretch(self._since, last_day, self.now, self._began))
        self.now, self._last_day = None, None


_WORKER = ("WorkerStarted", "WorkerRoleChanged", "WorkerStageReached", "RegistrationChecked", "WorkerLeft")
_OF_WORKER = {
    "role": "role", "service": "service", "team_id": "team", "employment_type": "employment_type", "stage": "stage",
    "registered": "registered", "holds_cases": "holds_cases", "subject_kind": "subject_kind", "fte": "fte",
}  # fmt: skip
_CASE = ("CaseOpened", "CaseClassified", "CaseTransferred", "CaseAllocated", "CaseClosed")
_ALWAYS = date(1990, 1, 1)
"""No fact is dated earlier: an organisation is there as long as its policies are."""
_TEAM = ("TeamOpened", "TeamChanged", "TeamClosed")


def stretches(history: History) -> list[Stretch]:
    """The life of the subject in stretches, oldest first; empty when no start is known (an organisation has none)."""
    if history.subject.kind not in _LIVES:
        return [Stretch(_ALWAYS, None, {}, _ALWAYS)]
    types, take = _LIVES[history.subject.kind]
    told, kept = history.told(*types), history.look.facts.kept
    earlier: tuple[Sequence[Fact], list[Stretch]] | None = kept.get((_Life, history.subject))
    if earlier is None or earlier[0] != told:
        life = _Life()
        for fact in told:
            take(life, fact, fact.on or date.min)
        earlier = kept[_Life, history.subject] = (told, life.stretches())
    return earlier[1]


def _worker_told(life: _Life, fact: Fact, on: date) -> None:
    if fact.type == "WorkerLeft":
        return life.end(on)
    now = life.situation(on)
    told = {name: fact.data[field] for field, name in _OF_WORKER.items() if field in fact.data}
    match fact.type:
        case "WorkerStarted":
            new = {"subject_kind": "staff", "post_since": on}
            return life.begin(on, told if life.runs else {**new, **told})
        case "WorkerRoleChanged" if _is_new_post(fact, now, told):
            told["post_since"] = on
        case "RegistrationChecked":
            told = {"registered": fact.data["status"] == "registered"}
            life.lasting |= told
    return life.change(on, told)


def _is_new_post(fact: Fact, now: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    stated = fact.get("new_post")
    if stated is not None:
        return bool(stated)
    return any(name in told and told[name] != now.get(name) for name in ("role", "service", "team"))


def _team_told(life: _Life, fact: Fact, on: date) -> None:
    if fact.type == "TeamClosed":
        return life.end(on)
    told = {"team": fact.data["team_id"]} | {name: fact.data[name] for name in ("service",) if name in fact.data}
    return life.begin(on, told) if fact.type == "TeamOpened" else life.change(on, told)


def _case_told(life: _Life, fact: Fact, on: date) -> None:
    now = life.situation(on)
    match fact.type:
        case "CaseOpened":
            kind = {name: fact.data[name] for name in ("subject_kind",) if name in fact.data}
            life.begin(on, kind | _of_service(now if life.runs else {}, fact, on))
        case "CaseClassified" | "CaseTransferred":
            life.change(on, _of_service(now, fact, on))
        case "CaseAllocated":
            life.change(on, _allocated(now, fact, on))
        case "CaseClosed":
            life.end(on)


def _of_service(now: Mapping[str, Any], fact: Fact, on: date) -> dict[str, Any]:
    """Service, team, category and flags; a change of service leaves behind a category and a team of before that day."""
    told: dict[str, Any] = {} if fact.type == "CaseClassified" else _of_team(now, fact, on)
    if "service" in fact.data and fact.data["service"] != now.get("service"):
        told |= {"service": fact.data["service"], "in_service_since": on}
        if "team_id" not in fact.data and now.get("in_team_since", on) < on:
            told["team"] = None
        if now.get("classified_on", on) < on:
            told |= {"category": None, "flags": None}
    if "category" in fact.data:
        told |= {"category": fact.data["category"], "classified_on": on, "flags": fact.get("flags")}
    return told


def _of_team(now: Mapping[str, Any], fact: Fact, on: date) -> dict[str, Any]:
    """The team that the fact names, where it is another."""
    team = fact.get("team_id")
    return {} if team is None or team == now.get("team") else {"team": team, "in_team_since": on}


def _allocated(now: Mapping[str, Any], fact: Fact, on: date) -> dict[str, Any]:
    """The first allocation of the period, and who leads in which team; that nobody does for a while moves no clock."""
    worker = fact.data["worker_id"]
    told: dict[str, Any] = {"allocated_on": now.get("allocated_on", on)}
    if fact.get("responsibility", "lead") != "lead":
        return told
    told |= _of_team(now, fact, on)
    if worker != now.get("lead"):
        told |= {"lead": worker, "lead_since": on}
    return told


_LIVES: Final[Mapping[str, tuple[tuple[str, ...], Callable[[_Life, Fact, date], None]]]] = {
    "worker": (_WORKER, _worker_told), "case": (_CASE, _case_told), "team": (_TEAM, _team_told),
}  # fmt: skip


# --- the policies -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version of a policy while it is in force, from `since` to `until` (None: not replaced)."""

    pack: Pack
    since: date
    until: date | None


def versions(
    told: Iterable[Fact], pack_of: Callable[[Mapping[str, Any]], Pack], as_at: date
) -> dict[str, list[Version]]:
    """The versions of each policy adopted by `as_at`, oldest first; a later fact of one date replaces the earlier."""
    begun: dict[str, dict[date, Pack | None]] = {}
    for fact in told:
        if fact.on is not None and fact.on <= as_at and fact.type in ("PolicyAdopted", "PolicyWithdrawn"):
            pack = pack_of(fact.data["policy"]) if fact.type == "PolicyAdopted" else None
            begun.setdefault(fact.data["policy_id"], {})[fact.on] = pack
    return {policy: list(_in_force(days)) for policy, days in begun.items()}


def _in_force(begun: Mapping[date, Pack | None]) -> Iterator[Version]:
    days = sorted(begun)
    for day, following in zip(days, [*days[1:], None], strict=True):
        if (pack := begun[day]) is not None:
            yield Version(pack, day, None if following is None else following - DAY)


# --- whether a rule applies -------------------------------------------------------------------------------------------


class Fit(NamedTuple):
    """Whether a rule applies: yes, no, or not known because of `field` (of an unknown code `value`, or none)."""

    applies: bool | None
    field: str = ""
    value: object = None


YES, NO = Fit(True), Fit(False)
_NOT_SAID_IS_NOT_KNOWN = frozenset({"category", "employment_type", "registered", "holds_cases", "team", "subject_kind"})


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All codes that the adopted packs declare."""

    roles: frozenset[str]
    services: Mapping[str, frozenset[str]]
    stages: frozenset[str]
    more: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, packs: Iterable[Pack]) -> "Vocabulary":
        """The words of several packs together: a code that one of them knows is known."""
        packs = list(packs)
        services: dict[str, frozenset[str]] = {}
        for pack in packs:
            for service, categories in pack.codes.services.items():
                services[service] = services.get(service, frozenset()) | set(categories)
        more: dict[str, frozenset[str]] = {}
        for name, codes in ((name, codes) for pack in packs for name, codes in pack.codes.more.items()):
            more[name] = more.get(name, frozenset()) | set(codes)
        roles = frozenset(role for pack in packs for role in pack.codes.roles)
        return cls(roles, services, frozenset(stage for pack in packs for stage in pack.codes.stages), more)

    def knows_code(self, words: str, value: object) -> bool:
        """Whether a value is in one of the further lists; where no pack has the list, any value is."""
        return words not in self.more or value in self.more[words]

    def knows(self, field: str, value: object, situation: Mapping[str, Any]) -> bool:
        """Whether a value is one of the codes of its field; fields without codes take any."""
        match field:
            case "role":
                return value in self.roles
            case "service":
                return value in self.services
            case "stage":
                return value is None or value in self.stages
            case "category":
                return value in self.services.get(situation.get("service", ""), ())
        return True


def fit(applies: Applies, situation: Mapping[str, Any], words: Vocabulary) -> Fit:
    """Whether what is asked holds; one thing that is surely otherwise outweighs any that is not known."""
    unknown: Fit | None = None
    for name, check in applies.asked:
        value = situation.get(name)
        if value is None and name in _NOT_SAID_IS_NOT_KNOWN:
            unknown = unknown or Fit(None, name)
        elif not check.holds(value):
            if words.knows(name, value, situation):
                return NO
            unknown = unknown or Fit(None, name, value)
    return unknown or YES
