"""From the pack inside `PolicyAdopted` to its shapes, once for each pack and not once for each question."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.domain.policy.shapes import Pack

_MOST_KEPT = 64
_seen: dict[int, tuple[Mapping[str, Any], Pack]] = {}


def pack_of(policy: Mapping[str, Any]) -> Pack:
    """The shapes of a pack that was adopted. Raises pydantic's `ValidationError` for what is no pack."""
    kept = _seen.get(id(policy))
    if kept is not None and kept[0] is policy:
        return kept[1]
    pack = _validated(json.dumps(policy, sort_keys=True))
    if len(_seen) >= _MOST_KEPT:
        _seen.clear()
    _seen[id(policy)] = (policy, pack)
    return pack


@lru_cache(maxsize=_MOST_KEPT)
def _validated(text: str) -> Pack:
    return Pack.model_validate_json(text)
