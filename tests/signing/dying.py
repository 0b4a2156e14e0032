"""Signers that are killed: for each line of JSON a forked process takes one turn, and dies at the step that is named.

A step is whatever is to last: making a folder, syncing, renaming, a row inserted, and what is inserted committed.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Database
from app.ledger.notes import SignerKey
from tests.signing.world import NAME, World, turns


def main() -> None:
    for line in sys.stdin:
        told = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # its log
            _die_at(told["step"])
            asyncio.run(_turn(told))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.WTERMSIG(status)}\n")
        sys.stdout.flush()


async def _turn(told: dict[str, Any]) -> None:
    database = Database(told["url"], pool_size=1)
    keys = [SignerKey(NAME, bytes.fromhex(told["seed"]))]
    await turns(told["council"], Path(told["folder"]), database, lambda: keys, World.now).take()
    await database.close()


def _die_at(step: int) -> None:
    left = step

    def one_more() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(call: Any) -> Any:
        def counted(*arguments: Any, **named: Any) -> Any:
            one_more()
            return call(*arguments, **named)

        return counted

    execute = AsyncConnection.execute

    async def executed(self: AsyncConnection, statement: Any, *arguments: Any) -> Any:
        if not isinstance(statement, Insert):
            return await execute(self, statement, *arguments)
        one_more()
        done = await execute(self, statement, *arguments)
        one_more()  # before it is committed
        return done

    for name in ("fsync", "replace", "mkdir"):
        setattr(os, name, dying(getattr(os, name)))
    AsyncConnection.execute = executed  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
