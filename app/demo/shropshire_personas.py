"""Who the personas are in the invented Shropshire, and what is told only for them: texts, a disagreement, stand-ins.

Its guidance knows three posts. Whoever is none of these (the director, a senior manager, HR …) is in no list of staff.
"""

from collections.abc import Mapping
from typing import Final

from app.demo import people
from app.demo.invented import History
from app.demo.people import OUTSIDE

SUPERVISEE, SUPERVISOR = "W-10603", "W-10601"
STOOD_IN_FOR, STANDING_IN = "W-10702", "W-10801"
ON_CASES, PRACTITIONER = "W-10607", "W-10602"
OF_A_MATTER: Final = "W-10302"
"""About whom HR has a matter open."""

PEOPLE: Final[Mapping[str, str]] = {
    "supervisee": SUPERVISEE,
    "supervisor": SUPERVISOR,
    "interim_supervisor": STANDING_IN,
    "line_manager": "W-1001",
    "senior_practitioner": PRACTITIONER,
    "service_manager": "W-1003",
    "service_director": OUTSIDE,
    "senior_manager": "senior-manager-1",
    "hr": "hr-1",
    "auditor": "auditor-1",
    "dpo": "dpo-1",
    "admin": "admin-1",
}
WHO_LEFT: Final = "W-10305"
"""Left in the year, so that there are texts to be erased."""
WITH_WORDS: Final = frozenset({SUPERVISEE, STOOD_IN_FOR, ON_CASES, OF_A_MATTER, WHO_LEFT})


def before_the_sessions(told: History) -> None:
    """Another team's manager stands in for Bridgnorth's; an experienced colleague supervises one worker's cases."""
    told.with_words |= WITH_WORDS
    people.stand_in(told, STOOD_IN_FOR, STANDING_IN, 15)
    day = told.ago(120)
    told.workers[ON_CASES].case_supervisors = {told.workers[ON_CASES].started: SUPERVISOR, day: PRACTITIONER}
    told.tell("SupervisorAssigned", day, worker_id=ON_CASES, supervisor_id=PRACTITIONER, assigned_on=day, strand="case")


def after_the_sessions(told: History) -> None:
    """A disagreement, settled a week later."""
    people.disagree(
        told, SUPERVISEE, SUPERVISOR, 43,
        "We see the number of families differently. Recorded as both of us see it, to be looked at again.",
        "No new family before the end of the month; then we look again.",
    )  # fmt: skip
