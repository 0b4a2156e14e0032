"""One thing that is not as it should be: what, why that matters, and what to change."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`grave`: the service must not run so. No part of it repeats a secret."""

    what: str
    why: str
    change: str
    grave: bool = True

    def told(self) -> str:
        """In one line."""
        return f"{self.what}. {self.why} {self.change}"
