"""Evidence over HTTP: checkpoints, proofs, tiles and keys, from a signer that runs beside the service."""

import asyncio
import secrets
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from app.db import Database
from app.embedded import Cluster
from app.ledger.leaves import Entry, Opening, leaf_hash
from app.ledger.notes import Checkpoint, SignerKey, VerifierKey
from app.ledger.proofs import Proof
from app.ledger.tiles import Tile, split
from app.ledger.tree import is_consistent, is_included, root_of
from tests.councils import Council
from tests.signing.world import NAME, World, turns


class Signing:
    """One council's signer, which takes a turn when it is told to."""

    def __init__(self, council: Council, database: Database, folder: Path) -> None:
        self.key = SignerKey(NAME, secrets.token_bytes(32))
        self.origin = f"{NAME}/log/{council.id}"
        self._turns = turns(council.id, folder, database, lambda: [self.key], lambda: datetime.now(UTC))

    async def turn(self) -> None:
        await self._turns.take()

    @property
    def keys(self) -> list[VerifierKey]:
        return [self.key.named(self.origin).verifier]


@pytest.fixture
async def signing(council: Council, database: Cluster, tmp_path: Path) -> AsyncIterator[Signing]:
    connected = Database(database.signer_url, pool_size=1)
    made = Signing(council, connected, tmp_path)
    yield made
    await made.turn()  # what is never signed would keep other tests' service from being ready
    await connected.close()


def case(council: Council, number: int) -> dict:
    return council.event("CaseOpened", case_id=f"C-{number}", opened_on="2025-01-02", service="assessment")


async def test_whoever_has_an_event_a_proof_and_the_key_needs_nobody_else(council: Council, signing: Signing) -> None:
    council.post([case(council, number) for number in range(8)]).raise_for_status()
    assert council.get("/v1/ledger/checkpoint").json()["code"] == "no_such_checkpoint"
    assert council.get("/v1/ledger/proofs/3").json()["code"] == "not_signed_yet"
    await signing.turn()
    note = council.get("/v1/ledger/checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    said = Checkpoint.verified(note.content, signing.origin, signing.keys)
    assert said.size == 10  # the opening, the calendar, eight cases
    event = council.get("/v1/events/4").json()
    file = council.client.get(event["proof"], headers={"Accept": "text/plain"})
    assert file.headers["content-disposition"] == 'attachment; filename="4.tlog-proof"'
    proof = Proof.read(file.content)
    assert proof.verify(proof.extra or b"", signing.origin, signing.keys) == said
    entry = Entry.read(proof.extra or b"")
    assert entry.position == 4
    told = council.get("/v1/ledger/proofs/4").json()
    assert b64decode(told["entry"]) == entry.encoded()
    path = [b64decode(node) for node in told["path"]]
    assert is_included(leaf_hash(entry.encoded()), 4, told["size"], path, said.root)
    assert council.get("/v1/ledger/proofs/11").json()["code"] == "no_such_event"


async def test_the_log_only_grew_and_its_tiles_hold_the_tree(council: Council, signing: Signing) -> None:
    await signing.turn()
    earlier = Checkpoint.unverified(council.get("/v1/ledger/checkpoint").content)
    council.post([case(council, number) for number in range(300)]).raise_for_status()
    await signing.turn()
    told = council.get("/v1/ledger/consistency", **{"from": earlier.size}).json()
    newest = Checkpoint.verified(told["checkpoint"].encode(), signing.origin, signing.keys)
    path = [b64decode(node) for node in told["path"]]
    assert is_consistent(earlier.size, earlier.root, newest.size, newest.root, path)
    assert council.get("/v1/ledger/checkpoint", size=earlier.size).content.startswith(earlier.text.encode())
    assert council.get("/v1/ledger/checkpoint", size=7).status_code == 404
    leaves = [*tile(council, "0/000"), *tile(council, f"0/001.p/{newest.size - 256}")]
    assert root_of(leaves) == newest.root
    assert tile(council, "1/000.p/1") == [root_of(leaves[:256])]
    for wrong in ("0/002", "0/001", f"0/001.p/{newest.size - 255}", "0/1", "2/000", "x"):
        assert council.get(f"/v1/ledger/tile/{wrong}").json()["code"] == "no_such_tile"
    (log,) = council.get("/v1/ledger/keys").json()["logs"]
    assert (log["origin"], log["earlier"]) == (signing.origin, None)
    assert [key["key"] for key in log["keys"]] == [key.text for key in signing.keys]
    opening = b64decode(log["entry"])
    assert (Opening.read(opening), leaf_hash(opening)) == (Opening(signing.origin), leaves[0])
    assert council.get("/v1/ledger/consistency", **{"from": 9, "to": 8}).json()["code"] == "invalid_request"
    assert council.get("/v1/ledger/consistency", **{"from": 9, "to": 999}).status_code == 404


def tile(council: Council, path: str) -> list[bytes]:
    answer = council.get(f"/v1/ledger/tile/{path}")
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == 32 * Tile.read(path).width
    return split(answer.content)


async def test_who_prefers_to_wait_gets_the_checkpoint_with_the_answer(council: Council, signing: Signing) -> None:
    await signing.turn()
    sent = asyncio.to_thread(council.client.post, "/v1/events", json=case(council, 1), headers={"Prefer": "wait=9"})
    waiting = asyncio.create_task(sent)
    while not waiting.done():
        await asyncio.sleep(0.05)
        await signing.turn()
    answer = waiting.result()
    assert answer.headers["preference-applied"] == "wait=9"
    said = Checkpoint.verified(answer.json()["checkpoint"].encode(), signing.origin, signing.keys)
    assert said.size == answer.json()["position"] + 1
    none = council.client.post("/v1/events", json=case(council, 2), headers={"Prefer": "wait=1"})
    assert none.status_code == 201
    assert none.json()["checkpoint"] is None
    assert [each["code"] for each in none.json()["warnings"]] == ["not_signed_yet"]
    assert "checkpoint" not in council.post(case(council, 3)).json()


async def test_an_edited_ledger_gives_no_proof_and_is_not_ready(
    council: Council, signing: Signing, database: Cluster, tmp_path: Path
) -> None:
    council.post([case(council, number) for number in range(8)]).raise_for_status()
    await signing.turn()
    async with World(database, tmp_path).begun() as world:
        (row,) = await world.do("SELECT digest FROM event WHERE tenant = $1 AND position = 5", council.id)
        change = "UPDATE event SET digest = $2 WHERE tenant = $1 AND position = 5"
        await world.tamper("event", change, council.id, sha256(b"x").digest())
        refused = [
            council.get("/v1/ledger/proofs/5"),
            council.get("/v1/ledger/proofs/6"),
            council.get("/v1/ledger/consistency", **{"from": 3}),
        ]
        await signing.turn()
        ready = council.get("/health/ready")
        await world.tamper("event", change, council.id, row["digest"])
        body = "UPDATE event SET body = body || ' ' WHERE tenant = $1 AND position = 7"
        await world.tamper("event", body, council.id)  # which the signer cannot see: it reads digests
        refused.append(council.get("/v1/ledger/proofs/7"))
        assert council.get("/v1/ledger/proofs/6").status_code == 200
    await signing.turn()
    assert {answer.json()["code"] for answer in refused} == {"ledger_unproven"}
    assert ready.status_code == 503
    assert "the ledger reads differently now, at position 5, from when it was signed" in ready.json()["evidence"]
    assert council.id not in ready.text
    assert council.get("/health/ready").status_code == 200
    metrics = council.get("/metrics").text
    assert "supervision_checkpoint_seconds_behind" in metrics
