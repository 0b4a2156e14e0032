"""The shapes of a policy pack: what one may write, and nothing about what it means for a subject.

A pack is plain data (YAML, or the JSON inside `PolicyAdopted`) and becomes a frozen `Pack` by `Pack.model_validate`.
Each rule says which clauses it answers, whom it applies to, and one *kind* of duty:

    every    by a rhythm: rolling (`limit`) or in windows (`window`)               -> `Rolling`, `InWindows`
    within   after one event, another that is linked to it, by a deadline          -> `Within`
    exists   something must exist, and be made anew when something changes         -> `Exists`
    always   something must be so on every day                                     -> `Always`
    never    what must not be so at once                                           -> `Never`
    cover    somebody stands in while the supervisor is away for long              -> `Cover`
    at_least so many events or minutes in a time; `at_most`: no more               -> `AtLeast`, `AtMost`
    latest   what the latest such event must hold                                  -> `Latest`
    table    rows looked up by service and category, each with its own id          -> `Table`
    as_required   (in rows) no interval; owed only after a trigger                 -> `AsRequired`
    balance  a team's cases, shared equally between posts                          -> `Balance`
    stages   one of these after another, as time passes or an event ends a stage   -> `Stages`
    any_of   one of several strands, each a kind of its own; `all_of`: all of them -> `Strands`

Unknown keys are errors (a typo must not be lost). Names that point elsewhere in the pack (events, readings,
documents, codes) are plain strings here; that they exist is checked by loading. What is smaller than a rule stands in
`duties` (the kinds) and `patterns` (events and conditions), what stands beside the rules in `beside`; all of it may be
imported from here. A tagged union adds its
tag to an error's `loc` (`every`, `rolling`, `limit`): the tag is no key of the document.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, StrictBool, Tag, model_validator

from app.domain.policy.arrangements import Excusals, Furthest
from app.domain.policy.balances import Balance
from app.domain.policy.beside import Clause, Codes, Document, Example, ExampleEvent, Expected, Reading
from app.domain.policy.carrying import Carried
from app.domain.policy.custody import MaySee, Retention
from app.domain.policy.duties import (
    Absence,
    AllOf,
    AsRequired,
    Block,
    Cover,
    Every,
    Exists,
    Grace,
    InWindows,
    OwnDate,
    Rolling,
    Within,
)
from app.domain.policy.measured import AtLeast, AtMost, Latest, Most
from app.domain.policy.measures import Measure
from app.domain.policy.needs import NOTHING, About, inside, read_by
from app.domain.policy.patterns import (
    Check,
    Condition,
    Event,
    EventRef,
    Force,
    Length,
    Link,
    Linked,
    Month,
    Name,
    RuleId,
    Scalar,
    Shape,
    Status,
    Text,
)
from app.domain.policy.staged import Stages, Step
from app.domain.policy.states import Always
from app.domain.policy.stranded import SeveralStrands, Strands
from app.domain.policy.whom import Applies, Never
from app.domain.policy.windowed import Term

__all__ = [
    "Absence", "AllOf", "Always", "Applies", "AsRequired", "AtLeast", "AtMost", "Balance", "Block", "Carried",
    "Check", "Clause", "Codes", "Condition", "Cover", "Document", "Duty", "Event", "EventRef", "Every", "Example",
    "ExampleEvent", "Exists", "Expected", "Force", "Furthest", "Grace", "InWindows", "Latest", "Length", "Link",
    "Linked", "Month", "Name", "Never", "OwnDate", "Pack", "Reading", "Rolling", "Row", "Rule", "RuleId", "Scalar",
    "Shape", "Stages", "Status", "Step", "Table", "Text", "Within",
]  # fmt: skip


class Duty(Shape):
    """What a rule and a row of a table have in common: where it stands, how strongly, and what it asks.

    `clause` is the place in the document, `answers` the other clauses that this one finding answers, `quote` the words.
    `policy_silent` marks a limit that is ours and not the policy's: it never says worse than `tolerated`. `feed` names
    the feed without which silence proves nothing (this service is not the record of visits, say): past the limit the
    finding is `not_assessable` (`feed_not_confirmed`) except within what a `FeedConfirmed` of that feed covers.
    `owed_by` says who must act, where it is not the subject. `variations` says how far an approved arrangement may
    change its terms for one person, case or team, `excusals` whether it may be excused for some days, `approvers` who
    may approve that; `pro_rata` lets its numbers and intervals follow how much of full time somebody works.
    """

    id: RuleId
    title: Text
    clause: Text
    force: Force = Force.MUST
    answers: tuple[RuleId, ...] = ()
    quote: Text | None = None
    document: Name | None = Field(None, description="one of the header's `documents`; by default the first")
    readings: tuple[str, ...] = Field((), description="keys of the header's `readings`")
    policy_silent: StrictBool = False
    feed: Name | None = None
    owed_by: Literal["subject", "supervisor", "both", "line_manager"] | None = None
    absence: Absence = Absence()
    variations: dict[Name, Furthest] = Field({}, description="how far an arrangement may go, by term")
    excusals: Excusals | None = None
    approvers: tuple[Name, ...] = Field((), description="the roles who may approve what is arranged; none: anybody")
    pro_rata: StrictBool = False
    codes: dict[Status, Name] = Field(
        {}, description="the code said beside a status, where the kind has none of its own"
    )

    KINDS: ClassVar[tuple[str, ...]] = ()
    """The keys of which exactly one is written: the kind of duty."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        said = [kind for kind in self.KINDS if getattr(self, kind) is not None]
        if self.KINDS and len(said) != 1:
            found = f"found {' and '.join(said)}" if said else "found none"
            raise ValueError(f"{self.id} needs exactly one of {', '.join(self.KINDS)}; {found}")
        return self

    @cached_property
    def block(self) -> Block:
        """What is written under that key. Raises TypeError for a table and for stages, of which the parts say it."""
        found = next((block for kind in self.KINDS if (block := getattr(self, kind)) is not None), None)
        if not isinstance(found, Block):
            raise TypeError(f"{self.id} is a table or has stages: each of its parts says what is asked")
        return found


class Row(Duty):
    """One row of a table: in force for the cases it names.

    - {id: LU-37, title: …, clause: …, when: {service: family_safeguarding}, every: {event: supervised, limit: 28 days}}
    """

    when: Applies
    every: Rolling | None = None
    as_required: AsRequired | None = None

    KINDS = ("every", "as_required")

    @model_validator(mode="before")
    @classmethod
    def _asks_so_often(cls, said: Any) -> Any:
        every = said.get("every") if isinstance(said, Mapping) else None
        other = [kind for kind in Rule.KINDS if kind not in cls.KINDS and isinstance(said, Mapping) and kind in said]
        other += [key for key in ("window", "clock") if isinstance(every, Mapping) and key in every]
        if other:
            raise ValueError(
                f"a row asks `every` so long (`limit`), or `as_required`: write what asks `{other[0]}` as a rule of "
                "its own, with `applies` in place of `when`"
            )
        return said

    @cached_property
    def series(self) -> str:
        """The name under which the row shares a clock with others; its own id where it shares none."""
        return self.id if self.every is None else self.every.clock(self.id)


class Table(Shape):
    """Duties looked up by what the case is. Of the rows in force that share a series the first holds.

        table:
          rows: [ … ]
          provisional: {event: supervised, limit: 28 days}
          otherwise: not_specified

    A case of which the category that decides is not known is `not_assessable` (`unclassified`), with the date that
    `provisional` gives; one that no row names is what `otherwise` says. Both are findings of the table's own rule.
    """

    rows: tuple[Row, ...]
    provisional: Rolling | None = None
    otherwise: Literal["not_specified", "as_required", "not_applicable"] = "not_specified"


SubjectKind = Literal["worker", "case", "team", "organisation"]
Subjects = Annotated[
    Annotated[SubjectKind, Tag("one")]
    | Annotated[tuple[SubjectKind, ...], Field(min_length=1, max_length=4), Tag("several")],
    Discriminator(lambda value: "several" if isinstance(value, list | tuple) else "one"),
]


class Rule(Duty):
    """One rule: whom it is about, and exactly one kind of duty.

    - id: SH-23
      answers: [SH-41, SH-44]
      title: Supervision is not missed for more than one month running
      clause: Frequency
      quote: Supervision should not be missed for more than one consecutive month.
      force: should
      subject: worker
      applies: {service: targeted_early_help, subject_kind: staff}
      every: {event: personal_session, window: month, empty_allowed: 1}
      absence: {effect: excuse}
      readings: [RD-2, RD-3]

    A rule may be about several kinds of subject (`subject: [worker, case]`): it is answered on each.
    """

    subject: Subjects
    applies: Applies = Applies()
    every: Every | None = None
    within: Within | None = None
    exists: Exists | None = None
    always: Always | None = None
    never: Never | None = None
    cover: Cover | None = None
    at_least: AtLeast | None = None
    at_most: Most | None = None
    latest: Latest | None = None
    carried: Carried | None = None
    table: Table | None = None
    balance: Balance | None = None
    stages: Stages | None = None
    any_of: SeveralStrands | None = None
    all_of: SeveralStrands | None = None
    KINDS = (
        *("every", "within", "exists", "always", "never", "cover", "at_least", "at_most", "latest", "table"),
        *("balance", "carried", "stages", "any_of", "all_of"),
    )

    @cached_property
    def block(self) -> Block:
        """What is written under that key; several strands as one. Raises TypeError for a table."""
        if self.any_of or self.all_of:
            return Strands("any" if self.any_of else "all", self.any_of or self.all_of or ())
        return super().block

    @cached_property
    def subjects(self) -> tuple[SubjectKind, ...]:
        """The kinds of subject that the rule is about."""
        return self.subject if isinstance(self.subject, tuple) else (self.subject,)

    @property
    def duties(self) -> "tuple[Rule | Row, ...]":
        """The rule itself, and each row of its table."""
        return (self, *(self.table.rows if self.table is not None else ()))


class Pack(Shape):
    """One policy: where it comes from, its vocabulary, how its phrases are read, and its rules.

    id: luton
    version: 2021-06
    title: Luton Supervision Framework
    calendar: england
    documents: {framework: {title: Supervision Framework, established: 2021-06}}
    codes: {roles: [social_worker], services: {assessment: []}}
    readings: {RD-1: {phrase: 4 weekly, taken: 28 days from the last discussion}}
    events: {supervised: {type: CaseDiscussed, where: {setting: individual}}}
    rules: [ … ]
    """

    id: Name
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
    title: Text
    owner: Text | None = None
    established: Month | None = None
    review_due: Month | None = None
    parent_policy: Text | None = None
    calendar: Name = "england"
    documents: dict[Name, Document] = Field(default_factory=dict)
    codes: Codes = Codes()
    readings: dict[str, Reading] = Field(default_factory=dict)
    events: dict[Name, Event] = Field(default_factory=dict)
    terms: dict[Name, Annotated[tuple[Term, ...], Field(min_length=1, max_length=200)]] = Field(default_factory=dict)
    rules: tuple[Rule, ...]
    retain: Retention | None = Field(None, description="how long records are kept; none: the policy does not say")
    may_see: MaySee | None = Field(None, description="who may see records, as far as the policy chooses")
    measures: tuple[Measure, ...] = Field((), description="what is counted and told, and not judged")
    clauses: dict[RuleId, Clause] = Field(default_factory=dict, description="every clause; none: not indexed")
    examples: tuple[Example, ...] = ()

    def about(self, kind: str) -> About:
        """What the rules about this kind of subject read."""
        return self._about.get(kind, NOTHING)

    def types_about(self, kind: str) -> frozenset[str]:
        """The event types that the rules about this kind of subject can rest on."""
        return self.about(kind).types

    @cached_property
    def _about(self) -> Mapping[str, About]:
        kinds = {kind for rule in self.rules for kind in rule.subjects}
        return {
            kind: read_by(kind, [rule for rule in self.rules if kind in rule.subjects], self.events) for kind in kinds
        }

    def duties_about(self, kind: str) -> Sequence[tuple[Rule, Row | None]]:
        """The rules about this kind of subject, the rows of a table (each with its rule) before the rule itself."""
        return self._duties.get(kind, ())

    @cached_property
    def _duties(self) -> Mapping[str, Sequence[tuple[Rule, Row | None]]]:
        found: dict[str, list[tuple[Rule, Row | None]]] = {}
        for rule in self.rules:
            rows = (*(rule.table.rows if rule.table is not None else ()), None)
            for kind in rule.subjects:
                found.setdefault(kind, []).extend((rule, row) for row in rows)
        return found

    @cached_property
    def types_by_duty(self) -> Mapping[str, frozenset[str]]:
        """The event types that each rule and row can rest on, beside those that say who somebody is."""
        found: dict[str, frozenset[str]] = {}
        for rule in self.rules:
            read = frozenset[str]().union(*(read_by(kind, [rule], self.events).types for kind in rule.subjects))
            read |= {"SessionScheduled"} if "SessionHeld" in read else frozenset()
            duties = (rule, *(rule.table.rows if rule.table is not None else ()))
            fed: frozenset[str] = frozenset({"FeedConfirmed"} if any(duty.feed for duty in duties) else ())
            found |= dict.fromkeys((duty.id for duty in duties), read | fed)
        return found

    @cached_property
    def approvers_of(self) -> Mapping[str, frozenset[str]]:
        """The rules and rows that name who may approve what is arranged, each with these roles."""
        duties = (duty for rule in self.rules for duty in rule.duties)
        return {duty.id: frozenset(duty.approvers) for duty in duties if duty.approvers}

    @cached_property
    def staged(self) -> tuple[Rule, ...]:
        """The rules that have stages."""
        return tuple(rule for rule in self.rules if rule.stages is not None)

    @cached_property
    def dating_fields(self) -> frozenset[str]:
        """The fields by which events are dated that are not their business dates."""
        named = {shape.dated_by for shape in inside(self) if isinstance(shape, Event) and shape.dated_by}
        return frozenset(named | {shape.date for shape in inside(self) if isinstance(shape, OwnDate)})

    @model_validator(mode="after")
    def _has_rules(self) -> Self:
        if not self.rules and self.retain is None:
            raise ValueError("a pack needs at least one rule, or says how long records are kept (`retain`)")
        return self
