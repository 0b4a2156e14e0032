"""The controls: databases and servers from which one protection was taken away, so that a check must find the harm.

A database is weakened after its migrations, in place; every statement that takes something away insists that it was
there. A server is weakened by running this module as a program, `python -m tests.nothing_lost.weakened NAME`: the
service as it is, but for one part that is swapped. Nothing of this is ever imported by the service.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

import asyncpg
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import recording
from app.config import Settings
from app.db import migrate
from app.embedded import Cluster
from app.events.queue import AppendQueue, Waiting
from app.events.stored import APPENDED, Append, Verdict
from app.main import create_app


class Weakened:
    """Makes databases of their own on a cluster, migrated, and then weakened."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._made: list[str] = []

    async def database(self, name: str, *statements: str, append: Sequence[tuple[str, str]] = ()) -> tuple[str, str]:
        """The owner's and the service's address of a new database. `append`: what to replace in the append function."""
        await self._as_superuser(f'CREATE DATABASE "{name}" OWNER supervision_owner')
        self._made.append(name)
        owner_url, service_url = (
            url.replace("/supervision?", f"/{name}?") for url in (self._cluster.owner_url, self._cluster.service_url)
        )
        await asyncio.to_thread(migrate, owner_url)
        connection = await asyncpg.connect(owner_url.replace("+asyncpg", ""))
        try:
            for statement in statements:
                await connection.execute(statement)
            source: str = await connection.fetchval("SELECT pg_get_functiondef('append_events'::regproc)")
            for protection, instead in append:
                assert protection in source, f"the append no longer says {protection!r}: this control weakens nothing"
                source = source.replace(protection, instead)
            await connection.execute(source)
        finally:
            await connection.close()
        return owner_url, service_url

    async def remove(self) -> None:
        """Drop what was made."""
        for name in self._made:
            await self._as_superuser(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _as_superuser(self, statement: str) -> None:
        password = json.loads((self._cluster.folder / "passwords.json").read_text())["postgres"]
        socket = self._cluster.postmaster.socket
        connection = await asyncpg.connect(host=str(socket), user="postgres", password=password, database="postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def program(name: str) -> tuple[str, ...]:
    """What Python is given to run a weakened server."""
    return ("-m", "tests.nothing_lost.weakened", name)


class AnswersEarly(AppendQueue):
    """Says "recorded" before it is durable, and writes behind, a little later, as a cache would."""

    behind: ClassVar[set[asyncio.Task[None]]] = set()

    async def submit(self, request: Append, *, bulk: bool = False) -> list[Verdict]:
        """Verdicts out of thin air."""
        task = asyncio.create_task(self._later(request, bulk))
        self.behind.add(task)
        task.add_done_callback(self.behind.discard)
        return [Verdict(APPENDED, 1) for _ in request.events]

    async def _later(self, request: Append, bulk: bool) -> None:
        await asyncio.sleep(0.05)
        await super().submit(request, bulk=bulk)


class LedByItsFirstClient(AppendQueue):
    """No task of its own: the request that finds nobody at work commits for all, and is cancelled with its client."""

    leading = False

    async def submit(self, request: Append, *, bulk: bool = False) -> list[Verdict]:
        """The group runs inside one client's request."""
        future: asyncio.Future[list[Verdict]] = asyncio.get_running_loop().create_future()
        self._lanes[bulk].append((request, future))
        self._events_waiting += len(request.events)
        if not self.leading:
            self.leading = True
            try:
                await self._drain()
            finally:
                self.leading = False
        return await future


class NoSecondTry(AppendQueue):
    """A group that fails has failed, for everyone in it."""

    async def _settle(self, group: Sequence[Waiting]) -> None:
        try:
            answers = await self._append([request for request, _ in group])
        except Exception as error:
            for _, future in group:
                future.set_exception(error)
            return
        for (_, future), answer in zip(group, answers, strict=True):
            future.set_result(answer)


class CancelsOnDisconnect:
    """What some servers and middlewares do: when the client hangs up, its request is cancelled where it stands."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body first, then watch the connection while the application works."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages: list[Message] = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())

        async def replay() -> Message:
            return messages.pop(0) if messages else await asyncio.Future()

        work = asyncio.ensure_future(self._app(scope, replay, send))
        gone = asyncio.ensure_future(receive())
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        gone.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)


QUEUES: dict[str, type[AppendQueue]] = {
    "answers-early": AnswersEarly,
    "as-it-is": AppendQueue,  # but for the look whether it is safe to run, which these programs leave out
    "cancelling": AppendQueue,
    "led-by-its-first-client": LedByItsFirstClient,
    "no-second-try": NoSecondTry,
}
CANCELLING = ("cancelling", "led-by-its-first-client")


def main(name: str) -> None:
    """Serve, weakened."""
    vars(recording)["AppendQueue"] = QUEUES[name]
    settings = Settings()
    app: Any = create_app(settings)
    if name in CANCELLING:
        app = CancelsOnDisconnect(app)
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False, log_config=None)


if __name__ == "__main__":
    main(sys.argv[1])
