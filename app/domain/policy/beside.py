"""What a pack says beside its rules: vocabulary, documents, how phrases are read, every clause, and examples."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.policy.patterns import Month, Name, RuleId, Shape, Status, Text
from app.domain.policy.windowed import Day
from app.events.fields import CODE_PATTERN

Word = Annotated[str, Field(pattern=CODE_PATTERN)]
"""A word as systems send it, capital letters and all."""


class Reading(Shape):
    """How an ambiguous phrase was read, and how it might have been.

    RD-1: {phrase: 4 weekly, taken: 28 days from the last discussion, alternatives: [one calendar month]}
    """

    phrase: Text
    taken: Text
    alternatives: tuple[Text, ...] = ()
    why: Text | None = None


class Codes(Shape):
    """The pack's vocabulary. A code that no adopted pack names makes the findings that depend on it not assessable.

    codes:
      roles: [social_worker, team_manager]
      services: {mash: [complex, routine], assessment: []}     # service: its categories; none: all cases alike
      more: {session_kinds: [individual, peer], functions: [management, support]}
    """

    roles: tuple[Name, ...] = ()
    services: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    flags: tuple[Name, ...] = ()
    stages: tuple[Name, ...] = ()
    more: dict[Name, tuple[Word, ...]] = Field(default_factory=dict)


class Document(Shape):
    """A document that the rules quote."""

    title: Text
    established: Month | None = None
    review_due: Month | None = None
    owner: Text | None = None


class Expected(Shape):
    """What a rule's finding must say on a day."""

    on: Day
    rule: RuleId
    status: Status
    code: Name | None = None
    due_on: Day | None = None


class Example(Shape):
    """A sentence that a manager can check, with the events and the statuses that must follow.

    - title: A case last discussed on 3 March is late on 1 April
      subject: case/C-1
      events:
        - {type: CaseOpened, data: {case_id: C-1, opened_on: 2025-01-02, service: family_safeguarding}}
      expect:
        - {on: 2025-03-31, rule: LU-37, status: due}
    """

    title: Text
    subject: Annotated[str, Field(pattern=r"^(worker|case|team|organisation)/[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")]
    events: tuple["ExampleEvent", ...]
    expect: tuple[Expected, ...]


class ExampleEvent(Shape):
    """One event of an example, as it would be sent."""

    type: str
    data: dict[str, Any]


class Clause(Shape):
    """A clause of the policy in short, and what the pack makes of it.

    SH-06: {carries: fact, text: Supervision has four functions, told_by: [SessionHeld.functions]}
    SH-12: {carries: not_yet, text: The supervisee keeps case records up to date within five working days}

    `rule`: a rule or row answers it. `fact`: recorded or attested, shown and not judged. `access`: who may see or keep
    what. `context`: nothing to judge. `not_yet`: it asks something that no rule of this pack judges yet.
    `told_by` names the events, or fields of them, that tell a fact.
    """

    carries: Literal["rule", "fact", "access", "context", "not_yet"]
    text: Text
    told_by: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{0,63}(\.[a-z_]{1,63})?$")], ...] = ()
