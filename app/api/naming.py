"""Names beside identifiers, at the very end of an answer: for callers who may see them."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.api import shown
from app.api.deps import Parts
from app.directory import names_of
from app.events.councils import Access


async def names_in(service: Parts, access: Access, items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the workers and teams that these items speak of are called, by `worker/W-1` and `team/T-1`."""
    named = shown.people_and_teams(items)
    found: dict[str, str] = {}
    for kind, ids in named.items():
        names = await names_of(service.database, access, kind, ids)
        found |= {f"{kind}/{identity}": name for identity, name in names.items()}
    return dict(sorted(found.items()))
