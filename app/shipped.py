"""What ships as data: two councils' packs and the national standard, a pack to begin with, England's calendar,
and who may do and see what."""

import json
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from app.domain.access.matrix import Matrix, read_matrix
from app.domain.policy.loading import load_calendar

DOMAIN = files("app.domain")
PACKS = ("shropshire", "luton", "national")


def pack(policy_id: str) -> str:
    """The text of a shipped pack, one of `PACKS`."""
    return (DOMAIN / "packs" / f"{policy_id}.yaml").read_text(encoding="utf-8")


def starter(policy_id: str, title: str, version: str) -> str:
    """A pack that somebody may begin with: it can be adopted, and its examples come out as written."""
    text = (DOMAIN / "policy" / "starter.yaml").read_text(encoding="utf-8")
    return Template(text).substitute(id=policy_id, title=json.dumps(title, ensure_ascii=False), version=version)


def calendar() -> dict[str, Any]:
    """The data of the `CalendarAdopted` event that every new council begins with."""
    return load_calendar((DOMAIN / "calendars" / "england.yaml").read_bytes())


@cache
def matrix() -> Matrix:
    """Who may do and see what, as it ships."""
    return read_matrix((DOMAIN / "access" / "matrix.yaml").read_text(encoding="utf-8"))
