"""How a pack declares who may see supervision records, and how long they are kept; what enforces that is elsewhere.

Only what a policy leaves open is an option here: that a supervisor reads and writes the records of those supervised
now, and that nobody else may, holds everywhere.
"""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from app.domain.policy.patterns import Length, Name, RuleId, Shape

Clauses = Annotated[tuple[RuleId, ...], Field(min_length=1)]


class Retained(Shape):
    """How long records are kept at least, counted from a last day; a hold keeps them for as long as it stands.

    retain:
      personal: {clauses: [LU-92, LU-93], from: leaving, at_least: 2 years, held_by: [litigation]}

    The earliest day of disposal is that much after the last day (30 June 2027 for who left on 30 June 2025). What a
    pack does not name, the policy does not say: nothing is disposed of by it.
    """

    clauses: Clauses
    counted_from: Literal["leaving", "closing"] = Field(alias="from")
    at_least: Length
    held_by: tuple[Literal["litigation"], ...] = ()


class Retention(Shape):
    """What is kept how long: personal supervision records, and records of case supervision."""

    personal: Retained | None = None
    case: Retained | None = None


class MaySee(Shape):
    """Which of the options that the matrix of access leaves open the policy chooses.

        may_see:
          clauses: [LU-89, LU-90, LU-91]
          supervisee_folder: full             # the whole of their own; `copies`: only copies that they were given
          held_by: supervisor
          senior_managers: [service_manager, service_director, senior_manager]
          human_resources: with_purpose
          auditors: by_grant

    What is left out the policy does not state, and nobody is given it. `unsupervised: false`: their own folder only in
    the presence of whoever holds it.
    """

    clauses: Clauses
    supervisee_folder: Literal["copies", "full"]
    unsupervised: StrictBool = True
    held_by: Literal["supervisor", "line_manager"]
    line_manager_of_supervisor: Literal["sees", "observes"] | None = None
    senior_managers: tuple[Name, ...] = Field((), description="the roles that are senior managers; none: not stated")
    copies_on_request: tuple[Name, ...] = Field((), description="the roles that may ask for copies, which is logged")
    human_resources: Literal["with_purpose"] | None = None
    auditors: Literal["by_grant"] | None = None
