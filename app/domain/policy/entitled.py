"""How a policy says who may do something; whether somebody was such a person is found out in `rules/entitled`."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from app.domain.policy.patterns import Condition, Name, Shape

Relation = Literal["supervisor", "line_manager", "worker"]


class Who(Shape):
    """One kind of person: what they are to whoever is supervised, their own role, whether they are registered.

    All that is said must hold, on the day of the event. `supervisor` is whoever supervises then: the one that the
    session or discussion names, of the case or of the worker, permanent or standing in. `worker` is the one supervised.
    """

    relation: Relation | None = None
    role: Condition | None = None
    registered: StrictBool | None = None


class By(Who):
    """Who may do it: one kind of person, or one of several.

        by: {person: author_id, relation: supervisor}
        by: {person: supervisor_id, any_of: [{role: [team_manager, senior_practitioner]}, {relation: line_manager}],
             code: supervisor_role_not_permitted}

    `person` names the field that says who did it. What was typed for somebody else is theirs: where the event also says
    `on_behalf_of_id`, that person counts and not the author. `code` stands beside `breached` where it was another.
    """

    person: Name
    any_of: tuple[Who, ...] = ()
    code: Name = "wrong_author"
    called: Annotated[str, Field(min_length=1, max_length=120)] | None = None

    @property
    def kinds(self) -> tuple[Who, ...]:
        """The kinds of person of whom it must be one."""
        return self.any_of or (self,)

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        own = (self.relation, self.role, self.registered) != (None, None, None)
        if own == bool(self.any_of):
            raise ValueError("say who may do it with `relation`, `role` or `registered`, or several in `any_of`")
        if any((kind.relation, kind.role, kind.registered) == (None, None, None) for kind in self.any_of):
            raise ValueError("each kind of person under `any_of` says `relation`, `role` or `registered`")
        return self
