"""The two councils of the demo: invented people, families and names; real policies for what is expected of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app import shipped
from app.demo import luton, luton_stories, shropshire, shropshire_stories
from app.demo.invented import Event
from app.demo.names import names_of_teams, names_of_workers
from app.demo.people import Team
from app.demo.stories import Story


@dataclass(frozen=True, slots=True)
class DemoCouncil:
    """A council of the demo, the policy pack it adopts, and the stories that its year tells."""

    id: str
    name: str
    applies_from: date
    history: Callable[[date], list[Event]]
    """The invented events that end the day before the given one."""
    teams: tuple[Team, ...]
    stories: tuple[Story, ...]

    def pack(self) -> str:
        """The policy pack as YAML, as it ships."""
        return shipped.pack(self.id)

    def directory(self, events: list[Event]) -> dict[str, dict[str, str]]:
        """The names to display: `workers` and `teams`, each id → name."""
        workers = {event["data"]["worker_id"] for event in events if event["type"] == "WorkerStarted"}
        return {"workers": names_of_workers(workers), "teams": names_of_teams(self.teams)}


COUNCILS = (
    DemoCouncil(
        "shropshire", "Shropshire Council (invented data)", date(2021, 11, 1), shropshire.history, shropshire.TEAMS,
        shropshire_stories.STORIES,
    ),
    DemoCouncil(
        "luton", "Luton Council (invented data)", date(2021, 6, 1), luton.history, luton.TEAMS, luton_stories.STORIES
    ),
)  # fmt: skip
