"""The reference of the HTTP API as HTML, made from its OpenAPI document and nothing else: the two cannot differ."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.api.documents import EXAMPLES
from app.api.markup import explained, heading, link, listed, paragraphs, sample, text

Node = Mapping[str, Any]

_REQUIRED = ' <span class="quiet">required</span>'

_SCOPE = re.compile(r"\s*Scope: ([a-z]+:[a-z]+)([^.]*)\.")
_METHODS = ("get", "put", "post", "patch", "delete")
_LIMITS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("maxItems", "at most {} times"),
    ("pattern", "matching `{}`"),
    ("default", "{} if left out"),
)


def reference(document: Node) -> Iterator[str]:
    """Every operation and every shape of an OpenAPI document, as pieces of HTML."""
    yield paragraphs(document["info"].get("description", ""))
    yield f"<p>Version {text(document['info']['version'])}. Every request but the health checks needs a token: "
    yield "<code>Authorization: Bearer …</code>. The council is the token's; no address names one.</p>"
    rooms: dict[str, list[tuple[str, str, Node]]] = {}
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations:
                found = operations[method]
                rooms.setdefault(next(iter(found.get("tags", ())), "other"), []).append((method, path, found))
    yield _contents(rooms)
    for room, found_here in rooms.items():
        yield heading(2, room.capitalize(), f"tag-{room}")
        for method, path, operation in found_here:
            yield from _operation(method, path, operation)
    yield heading(2, "Shapes", "shapes")
    for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()):
        yield heading(3, name, f"shape-{name}")
        yield from _shape(schema)


def _contents(rooms: Mapping[str, list[tuple[str, str, Node]]]) -> str:
    found = [
        f"{link('#' + _anchor(method, path), f'{method.upper()} {path}')}: {text(operation.get('summary', ''))}"
        for operations in rooms.values()
        for method, path, operation in operations
    ]
    return f'<nav aria-label="Operations">{listed([*found, link("#shapes", "Shapes")])}</nav>'


def _anchor(method: str, path: str) -> str:
    return f"{method}-{re.sub(r'[^a-z0-9]+', '-', path.lower()).strip('-')}"


def _operation(method: str, path: str, operation: Node) -> Iterator[str]:
    yield heading(3, f"{operation.get('summary', '')}: {method.upper()} {path}", _anchor(method, path))
    said = operation.get("description", "")
    yield paragraphs(_SCOPE.sub("", said))
    scope = _SCOPE.search(said)
    yield f"<p>Scope: {f'<code>{scope[1]}</code>{text(scope[2])}' if scope else 'none; this address is open'}.</p>"
    parameters = operation.get("parameters", ())
    if parameters:
        yield "<h4>Parameters</h4>"
        yield explained(map(_parameter, parameters))
    yield "<h4>Request</h4>"
    yield sample(_request_line(method, path, scope is not None))
    if "requestBody" in operation:
        yield from _contents_of(operation["requestBody"]["content"])
    yield from _answers(operation["responses"])


def _parameter(found: Node) -> tuple[str, str]:
    said = str(found.get("description") or "").rstrip(".")
    where = f"In the {found['in']}{', required' if found.get('required') else ''}: {kind(found.get('schema', {}))}."
    return (
        f"<code>{text(found['name'])}</code>",
        f'{text(said)}{". " if said else ""}<span class="quiet">{where}</span>',
    )


def kind(schema: Node) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return link(f"#shape-{name}", name)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(kind(one) for one in schema[several] if one.get("type") != "null")
    if "enum" in schema or "const" in schema:
        return "one of: " + ", ".join(text(f"`{value}`") for value in schema.get("enum", [schema.get("const")]))
    return _plain_kind(schema)


def _plain_kind(schema: Node) -> str:
    name = schema.get("type", "anything")
    said = " or ".join(name) if isinstance(name, list) else str(name)
    of = f" of {kind(schema['items'])}" if schema.get("items") else ""
    form = [schema["format"]] if "format" in schema else []
    limits = [words.format(_value(schema[key])) for key, words in _LIMITS if schema.get(key) is not None]
    return text(said) + of + "".join(f", {text(limit)}" for limit in form + limits)


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _request_line(method: str, path: str, with_token: bool) -> str:
    return f"{method.upper()} {path} HTTP/1.1" + ("\nAuthorization: Bearer …" if with_token else "")


def _contents_of(content: Node) -> Iterator[str]:
    for media_type, found in content.items():
        yield f"<p><code>{text(media_type)}</code>: {kind(found.get('schema', {}))}</p>"
        if "example" in found:
            yield sample(found["example"])
        for name in found.get("examples", {}):
            referred = found["examples"][name]["$ref"].rpartition("/")[2]
            yield sample(EXAMPLES[referred]["value"])


def _answers(responses: Node) -> Iterator[str]:
    refused = {status: found for status, found in responses.items() if int(status) >= 400}
    yield "<h4>Answers</h4>"
    for status, found in sorted(responses.items()):
        if status not in refused:
            yield f"<p><strong>{text(status)}</strong> {text(found.get('description', ''))}</p>"
            yield from _contents_of(found.get("content", {}))
    if refused:
        yield "<h4>Problems</h4>"
        yield listed(
            f"{link(f'/problems#status-{status}', status)} {text(found.get('description', ''))}"
            for status, found in sorted(refused.items())
        )


def _shape(schema: Node) -> Iterator[str]:
    required = schema.get("required", ())
    yield f"<p>{kind(schema)}</p>" if "properties" not in schema else ""
    yield explained(
        (
            f"<code>{text(name)}</code>{_REQUIRED if name in required else ''}",
            f"{text(found['description'])}: {kind(found)}" if "description" in found else kind(found),
        )
        for name, found in schema.get("properties", {}).items()
    )
