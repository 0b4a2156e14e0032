"""Evidence out: signed checkpoints, proofs, tiles and keys of the council's Merkle log; nothing personal.

What is given here need not be trusted: it is there for others to check, with `supervision verify` or any program that
knows the formats (C2SP tlog-checkpoint, tlog-proof, tlog-tiles; RFC 9162).
"""

from base64 import b64encode
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from app import published
from app.api.answers import PRIVATE, json_response
from app.api.deps import Permitted, Service, only_known_parameters, stated_purpose
from app.api.documents import problems
from app.errors import Fault, Invalid, NotFound
from app.ledger import Malformed
from app.ledger.leaves import Opening, leaf_hash
from app.ledger.tiles import WIDTH, Tile
from app.published import Signed

router = APIRouter(
    dependencies=[Depends(only_known_parameters), Depends(stated_purpose)], prefix="/v1/ledger", tags=["evidence"]
)

TEXT = "text/plain; charset=utf-8"
_SHAPES = {"type": "object"}
_JSON: dict[int | str, dict[str, Any]] = {
    200: {"description": "As it stands now", "content": {"application/json": {"schema": _SHAPES}}}
}
_NOTE: dict[int | str, dict[str, Any]] = {
    200: {"description": "A signed note", "content": {"text/plain": {"schema": {"type": "string"}}}}
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The proof",
        "content": {"application/json": {"schema": _SHAPES}, "text/plain": {"schema": {"type": "string"}}},
    }
}
_TILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Up to 256 hashes of 32 bytes",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

Size = Annotated[int | None, Query(ge=1, lt=2**62, description="Entries of the tree, the opening among them")]


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


@router.get("/checkpoint", summary="The newest signed checkpoint",
            responses=_NOTE | problems(401, 403, 404, 422, 503), response_class=Response)  # fmt: skip
async def read_checkpoint(actor: Permitted, service: Service, size: Size = None) -> Response:
    """The newest note that the signer signed of the council's log, or the one with so many entries, as text.

    With n entries it covers the ledger up to position n - 1. Keep it where nobody can change it: later it shows
    whether the ledger still begins as it did. Scope: events:read.
    """
    async with service.database.read(actor.council) as connection:
        found = await published.newest(connection) if size is None else await published.of_size(connection, size)
    if found is None:
        raise NotFound("no_such_checkpoint", "Nothing was signed for this council yet: no signer has run.")
    return Response(found.note, media_type=TEXT, headers={"Cache-Control": PRIVATE})


@router.get("/proofs/{position}", summary="The proof that an event is in the log",
            responses=_FILE | problems(401, 403, 404, 422, 503), response_class=Response)  # fmt: skip
async def read_proof(
    actor: Permitted, service: Service, position: Annotated[int, Path(ge=1, lt=2**62)],
    accept: Annotated[str | None, Header(max_length=500)] = None,
) -> Response:  # fmt: skip
    """That the event at this position is in the log under the newest checkpoint: its entry and the path to the root.

    With `Accept: text/plain` as a file (C2SP tlog-proof) that carries the entry. Scope: events:read.
    """
    async with service.database.read(actor.council) as connection:
        found = await published.included(connection, position)
    if accept is not None and "text/plain" in accept:
        named = {"Content-Disposition": f'attachment; filename="{position}.tlog-proof"', "Cache-Control": PRIVATE}
        return Response(found.file, media_type=TEXT, headers=named)
    entry = found.entry.encoded()
    body = {
        "position": position,
        "entry": _base64(entry),
        "leaf_hash": _base64(leaf_hash(entry)),
        "path": [_base64(node) for node in found.path],
        **_signed(found.signed),
    }
    return json_response(body, headers={"Cache-Control": PRIVATE})


def _signed(signed: Signed) -> dict[str, Any]:
    said = signed.said
    return {
        "origin": said.origin, "size": said.size, "root": _base64(said.root), "checkpoint": signed.note.decode()
    }  # fmt: skip


@router.get("/consistency", summary="The proof that the log only grew",
            responses=_JSON | problems(401, 403, 404, 422, 503), response_class=Response)  # fmt: skip
async def read_consistency(
    actor: Permitted, service: Service, first: Annotated[int, Query(alias="from", ge=1, lt=2**62)],
    last: Annotated[int | None, Query(alias="to", ge=1, lt=2**62, description="The newest if absent")] = None,
) -> Response:  # fmt: skip
    """That the tree with `to` entries begins with the tree that had `from` entries: sizes, not positions.

    Whoever kept a checkpoint with `from` entries checks its root against `from_root`. Scope: events:read.
    """
    async with service.database.read(actor.council) as connection:
        if last is None:
            newest = await published.newest(connection)
            last = newest.said.size if newest else first
        if first > last:
            fault = Fault("/query/from", "too_large", "must not be more than `to`, nor than what is signed")
            raise Invalid("invalid_request", "The later tree is smaller than the earlier one.", errors=[fault])
        grown = await published.grown(connection, first, last)
    body = {
        "from": first,
        "to": last,
        "from_root": _base64(grown.roots[0]),
        "to_root": _base64(grown.roots[1]),
        "path": [_base64(node) for node in grown.path],
        **_signed(grown.signed),
    }
    return json_response(body, headers={"Cache-Control": PRIVATE})


@router.get("/tile/{tile:path}", summary="A tile of the tree",
            responses=_TILE | problems(401, 403, 404, 422, 503), response_class=Response)  # fmt: skip
async def read_tile(actor: Permitted, service: Service, tile: Annotated[str, Path(max_length=64)]) -> Response:
    """Hashes of the newest log's tree as C2SP tlog-tiles has them: level/index, as in 0/x001/234 or 0/067.p/17.

    Leaf hashes are level 0. A full tile never changes. Scope: events:read.
    """
    try:
        wanted = Tile.read(tile)
    except Malformed as fault:
        raise NotFound("no_such_tile", f"There is no such tile: {fault}.") from None
    async with service.database.read(actor.council) as connection:
        found = await published.tile_of(connection, wanted)
    kept = "private, max-age=604800, immutable" if wanted.width == WIDTH else PRIVATE
    return Response(found, media_type="application/octet-stream", headers={"Cache-Control": kept})


@router.get("/keys", summary="The council's logs, and the keys that sign them",
            responses=_JSON | problems(401, 403, 422, 503), response_class=Response)  # fmt: skip
async def read_keys(actor: Permitted, service: Service) -> Response:
    """Each log with its opening and the keys under which it was signed; a later log follows a restore.

    A key that is to be believed must have come another way before: from whoever runs the signer. Scope: events:read.
    """
    async with service.database.read(actor.council) as connection:
        logs, keys = await published.openings(connection), await published.keys(connection)
    body = {
        "logs": [
            {
                "log": log,
                "origin": opening.origin,
                "opened": opened,
                "entry": _base64(opening.encoded()),
                "earlier": _earlier(opening),
                "keys": [{"key": key, "since": since} for of, key, since in keys if of == log],
            }
            for log, opening, opened in logs
        ]
    }
    return json_response(body, headers={"Cache-Control": PRIVATE})


def _earlier(opening: Opening) -> dict[str, Any] | None:
    """The last checkpoint of the log that this one follows."""
    if not opening.earlier_origin:
        return None
    return {
        "origin": opening.earlier_origin, "size": opening.earlier_size, "root": _base64(opening.earlier_root)
    }  # fmt: skip
