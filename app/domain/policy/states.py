"""How a pack writes what must be so on every day (`always`); what it means is in `domain/rules/always`."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from app.domain.policy.patterns import EventRef, Length, Shape

Strand = Literal["personal", "case", "professional", "oversight"]


class Leeway(Shape):
    """How long a gap may last before it is one. `policy_silent`: the length is ours, and the policy names none."""

    limit: Length
    policy_silent: StrictBool = False


class Always(Shape):
    """Something that must be so on every day; each time without it is a gap, and one obligation.

        always: {called: supervisor, supervisor: personal}        # somebody supervises them in this strand
        always: {called: practitioner, supervises: case}          # they supervise somebody in this strand
        always:
          called: valid registration
          event: registered                  # what begins it, and says again that it is so
          until: expires_on                  # the field of it that names its last day
          ended_by: registration_lost        # what ends it, from its own day on
        always:
          called: holder of the supervision file
          event: file_opened_or_moved
          held_by: [to_id, holder_id]        # in whose hands it then is: with them it is lost when they leave

    A later `event` replaces the earlier one with all that it says. Whoever supervises or holds, and has left, does not.

    `silence` says what it means that nothing is told: that it is `not_there`, or that it is `not_known`, which is no
    breach. A rule with a `feed` counts silence once the feed is confirmed up to that day. What is told to have ended is
    known to have ended either way.
    """

    called: Annotated[str, Field(min_length=1, max_length=60)]
    supervisor: Strand | None = None
    supervises: Strand | None = None
    event: EventRef | None = None
    until: str | None = None
    ended_by: EventRef | None = None
    held_by: tuple[str, ...] = ()
    silence: Literal["not_known", "not_there"] = "not_known"
    grace: Leeway | None = None

    @model_validator(mode="after")
    def _one_state(self) -> Self:
        said = [name for name in ("supervisor", "supervises", "event") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(
                f"say what must be so with exactly one of supervisor, supervises, event; found {len(said)}"
            )
        if self.event is None and (self.until or self.ended_by or self.held_by):
            raise ValueError("`until`, `ended_by` and `held_by` belong to an `event`")
        return self
