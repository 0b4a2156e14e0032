"""What ships with the product as data: the two councils' packs and England's working-day calendar."""

from importlib.resources import files
from typing import Any

from app.domain.policy.loading import load_calendar

DOMAIN = files("app.domain")


def pack(policy_id: str) -> str:
    """The text of a shipped pack: `shropshire` or `luton`."""
    return (DOMAIN / "packs" / f"{policy_id}.yaml").read_text(encoding="utf-8")


def calendar() -> dict[str, Any]:
    """The data of the `CalendarAdopted` event that every new council begins with."""
    return load_calendar((DOMAIN / "calendars" / "england.yaml").read_bytes())
