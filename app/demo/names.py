"""Invented names for the invented people and teams: for display only, never part of an event.

The ledger knows identifiers; who stands behind one is in a directory beside it.
"""

from collections.abc import Iterable

from app.demo.people import Team

GIVEN = (
    "Aisha", "Ben", "Carys", "Daniel", "Efua", "Fiona", "George", "Hannah", "Imran", "Joanne", "Kwame", "Lucy",
    "Martin", "Nadia", "Owen", "Priya", "Rachel", "Samuel", "Tanya", "Usman", "Victoria", "Will", "Yasmin", "Zoe",
)  # fmt: skip
FAMILY = (
    "Adeyemi", "Barker", "Choudhury", "Davies", "Evans", "Farrell", "Griffiths", "Hussain", "Ingram", "Jones",
    "Kaur", "Lloyd", "Morgan", "Nowak", "Okafor", "Preece", "Rahman", "Shah", "Turner", "Underhill", "Vaughan",
    "Williams", "Young",
)  # fmt: skip


def names_of_workers(workers: Iterable[str]) -> dict[str, str]:
    """A name for each worker, no two alike: the lists are of lengths without a common factor."""
    return {
        worker: f"{GIVEN[number % len(GIVEN)]} {FAMILY[number % len(FAMILY)]}"
        for number, worker in enumerate(sorted(workers))
    }


def names_of_teams(teams: Iterable[Team]) -> dict[str, str]:
    """The name of each team."""
    return {team.id: team.name for team in teams}
