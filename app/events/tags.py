"""By which tags an event is found: one for every thing it speaks of, derived from its fields and from nothing else.

* the one supervised or spoken of (`worker_id`, `worker_ids`): `worker/…`; every other person: `by/…`, so that a
  manager's own facts are not buried under those of the team;
* every other `x_id`: `x/…`; a case note is also a `record/…`, because it may be the record itself;
* what a `kind` beside the identifier says (merges, linked identifiers, the scope of a grant): that kind;
* a few kinds of event that concern everybody: `council/…`.

A tag is for finding, never for permission. Pure; takes data as sent, as stored, and as it reads after corrections.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from app.events.types import EVENT_TYPES

PEOPLE: Final = frozenset(
    (
        *("auditor_id", "author_id", "case_supervisor_id", "covers_id", "grantee_id", "holder_id", "manager_id"),
        *("observer_id", "on_behalf_of_id", "owner_id", "reviewer_id", "signer_id", "supervisor_id", "to_worker_id"),
        *("attendees", "by"),
    )
)
"""Fields that name a person other than the one spoken of, beside all that end in `_by`."""

_BY_KIND: Final = frozenset({"from_id", "into_id", "subject_id", "to_id"})
"""Fields whose meaning depends on the type and its `kind`: `_own_kinds` knows it."""

_COUNCIL: Final = {
    "PolicyAdopted": "council/policies",
    "PolicyReviewed": "council/policies",
    "PolicyWithdrawn": "council/policies",
    "CalendarAdopted": "council/calendars",
    "SubjectMerged": "council/merges",
    "FeedConfirmed": "council/feeds",
    "PersonalDataErased": "council/erasures",
    "AuditSampleDrawn": "council/programmes",
    "FileAudited": "council/programmes",
}


def kind_of(field: str) -> str | None:
    """What a field's identifiers are tagged as: worker, by, case …; None for a field that gives no tag."""
    if field in ("worker_id", "worker_ids"):
        return "worker"
    if field in PEOPLE or field.endswith("_by"):
        return "by"
    if field == "revisits":
        return field
    return field.removesuffix("_id") if field.endswith("_id") and field not in _BY_KIND else None


_KINDS: Final = {name: kind for model in EVENT_TYPES.values() for name in model.model_fields if (kind := kind_of(name))}


def tags_of(type_name: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags of one event, sorted, each once. A correction has those of its patch besides its own."""
    tags = _tags(data, _KINDS)
    if type_name in _PARTICULAR:
        tags += _particular_tags(type_name, data)
    return tuple(sorted(set(tags)))


def rewritten(type_name: str, data: dict[str, Any], aliases: Mapping[str, str]) -> dict[str, Any]:
    """The data with merged identifiers replaced: `aliases` maps worker/W-1 to worker/W-9, chains already followed."""
    if type_name == "SubjectMerged":
        return data
    kinds = _KINDS | _own_kinds(type_name, data)
    now = {name: _rewritten(value, kinds[name], aliases) for name, value in data.items() if name in kinds}
    if type_name == "AccessGranted" and "id" in data["scope"]:
        scope = data["scope"]
        now["scope"] = {**scope, "id": _rewritten(scope["id"], scope["kind"], aliases)}
    return {**data, **now}


def subject_of(type_name: str, data: Mapping[str, Any]) -> str | None:
    """What the event is chiefly about: its case, else its one worker, else the thing that the type is named after."""
    if "case_id" in data:
        return f"case/{data['case_id']}"
    workers = workers_of(data)
    if len(workers) == 1:
        return f"worker/{workers[0]}"
    own = _tags(data, _own_kinds(type_name, data))
    named = [f"{_KINDS[name]}/{data[name]}" for name in _leading(type_name) if name in data]
    return next(iter(own[::-1] + named), None)


def workers_of(data: Mapping[str, Any]) -> list[str]:
    """Those supervised or spoken of, each once."""
    one = [data["worker_id"]] if "worker_id" in data else []
    return list(dict.fromkeys([*one, *data.get("worker_ids", ())]))


@cache
def _leading(type_name: str) -> tuple[str, ...]:
    """The type's own identifiers before those that any event may carry."""
    model = EVENT_TYPES[type_name]
    ids = [name for name in dict.fromkeys([*model.__annotations__, *model.model_fields]) if name.endswith("_id")]
    return tuple(name for name in ids if _KINDS.get(name, "by") != "by")


def _tags(data: Mapping[str, Any], kinds: Mapping[str, str]) -> list[str]:
    """The tags of the fields that have one of these kinds, in the order of the fields."""
    tags = []
    for name, value in data.items():
        kind = kinds.get(name)
        if kind is None or value is None:
            continue
        if type(value) is str:
            tags.append(f"{kind}/{value}")
        else:
            tags += [f"{kind}/{item}" for item in value]
    return tags


def _own_kinds(type_name: str, data: Mapping[str, Any]) -> dict[str, str]:
    """What the identifiers in this type's own `…_id` fields are, where the field's name alone does not tell."""
    match type_name:
        case "FileTransferred":
            return {"from_id": "by", "to_id": "by"}
        case "SubjectMerged":
            return {"from_id": data["kind"], "into_id": data["kind"]}
        case "IdentifierLinked" | "IdentifierUnlinked":
            return {"subject_id": data["kind"]}
    return {}


def _particular_tags(type_name: str, data: Mapping[str, Any]) -> Iterator[str]:
    if type_name in _COUNCIL:
        yield _COUNCIL[type_name]
    yield from _tags(data, _own_kinds(type_name, data))
    match type_name:
        case "EventCorrected":
            yield from tags_of("", data["data"])
        case "CaseOpened":
            yield from (f"case/{system}:{number}" for system, number in data.get("systems", {}).items())
        case "CaseNoteRecorded":
            yield f"record/{data['note_id']}"
        case "IdentifierLinked" | "IdentifierUnlinked":
            yield f"{data['kind']}/{data['system']}:{data['identifier']}"
        case "AccessGranted" if "id" in data["scope"]:
            yield f"{data['scope']['kind']}/{data['scope']['id']}"


_PARTICULAR: Final = frozenset(_COUNCIL) | {
    "AccessGranted",
    "CaseNoteRecorded",
    "CaseOpened",
    "EventCorrected",
    "FileTransferred",
    "IdentifierLinked",
    "IdentifierUnlinked",
}


def _rewritten(value: Any, kind: str, aliases: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return list(dict.fromkeys(_rewritten(item, kind, aliases) for item in value))
    subject = {"by": "worker", "parent_team": "team"}.get(kind, kind)
    return aliases.get(f"{subject}/{value}", f"{subject}/{value}").partition("/")[2]
