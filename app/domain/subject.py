"""Who or what is judged."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what is judged: kind is `worker`, `case`, `team` or `organisation`."""

    kind: str
    id: str

    @property
    def tag(self) -> str:
        """The tag under which its facts are found; what an organisation does stands under one of its own."""
        return "council/programmes" if self.kind == "organisation" else f"{self.kind}/{self.id}"
