"""Where a row is measured: a PostgreSQL of its own with fsync on, a council, servers. All of it ends with the block."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from app import embedded
from app.db import migrate
from bench.measuring import Meter
from tests.serving import SERVE, Keyring, Served, serving

NOTHING = ("-m", "bench.nothing")


@dataclass
class Place:
    """A migrated database, one council, and one running service."""

    cluster: embedded.Cluster
    folder: Path
    keyring: Keyring
    council: str
    served: Served
    token: str
    stack: AsyncExitStack = field(repr=False)

    async def another(self, program: Sequence[str]) -> Served:
        """One more server beside the service, in a process of its own."""
        started = serving(self.cluster, self.folder, keyring=self.keyring, program=program)
        return await _entered(self.stack, started)

    def meter(self, server: Served | None = None) -> Meter:
        """Books for the service, or for another server; for this process without one."""
        process = (server or self.served).process
        assert process is not None
        return Meter(self.cluster, psutil.Process(process.pid))

    def own_meter(self) -> Meter:
        """Books for a contender that runs inside this process."""
        return Meter(self.cluster, psutil.Process())


@asynccontextmanager
async def place(preload: Path | None = None) -> AsyncIterator[Place]:
    """A place with a service on it. `preload` is a library for PostgreSQL's processes."""
    async with AsyncExitStack() as stack:
        folder = _folder()
        stack.callback(embedded.remove, folder)
        cluster = await asyncio.to_thread(embedded.start, folder, preload=preload)
        stack.callback(cluster.stop)
        await asyncio.to_thread(migrate, cluster.owner_url)
        keyring = Keyring(folder)
        served = await _entered(stack, serving(cluster, folder, keyring=keyring, program=SERVE))
        council = await keyring.found(cluster.owner_url)
        yield Place(cluster, folder, keyring, council, served, keyring.token(council), stack)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"supervision-bench-{os.getpid()}-", dir="/tmp"))
    folder.chmod(0o711)  # for the server's user to pass through
    return folder


async def _entered(stack: AsyncExitStack, started: AbstractContextManager[Served]) -> Served:
    """Enter a context manager whose beginning blocks for a second or two."""
    served = await asyncio.to_thread(started.__enter__)
    stack.push(started.__exit__)
    return served
