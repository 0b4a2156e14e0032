"""The two councils of the demo: invented names for who works there, real policies for what is expected of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app import shipped
from app.demo import luton, shropshire
from app.demo.invented import Event


@dataclass(frozen=True, slots=True)
class DemoCouncil:
    """A council of the demo and the policy pack it adopts."""

    id: str
    name: str
    applies_from: date
    history: Callable[[date], list[Event]]
    """The invented events that end the day before the given one."""

    def pack(self) -> str:
        """The policy pack as YAML, as it ships."""
        return shipped.pack(self.id)


COUNCILS = (
    DemoCouncil("shropshire", "Shropshire Council (invented data)", date(2021, 11, 1), shropshire.history),
    DemoCouncil("luton", "Luton Council (invented data)", date(2021, 6, 1), luton.history),
)
