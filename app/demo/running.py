"""Running the demo: PostgreSQL, the councils and the service, each started by its own call and stopped with it.

The service is a thread of this process, so that whatever ends the process ends it too. What the steps look like on a
terminal is not decided here, and neither are signals.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Thread

from pydantic import SecretStr
from uvicorn import Server

from app import shipped
from app.config import GivenSettings, Settings, SignerSettings
from app.db import Database
from app.demo.councils import COUNCILS
from app.demo.folder import DemoFolder
from app.demo.issuer import AUDIENCE, KEYS
from app.deployment_keys import DeploymentKeys
from app.embedded import Cluster
from app.projections.lag import lags
from app.recording import open_council

HOST = "127.0.0.1"


class NotServing(Exception):
    """The service ended instead of starting."""


def settings(folder: DemoFolder, cluster: Cluster, port: int, issuer_url: str) -> Settings:
    """The service's settings in demo mode: this folder's secrets, this PostgreSQL, its issuer's keys, loopback."""
    return GivenSettings(
        mode="demo",
        database_url=cluster.service_url,
        master_key=folder.master_key,
        erasure_register=folder.erasure_register,
        cooling_off_days=0,
        issuer=folder.issuer.name,
        audience=AUDIENCE,
        jwks_url=f"{issuer_url}{KEYS}",
        host=HOST,
        port=port,
    )


def signer_settings(folder: DemoFolder, cluster: Cluster) -> SignerSettings:
    """The signer's: its own role, its own key and memory in this folder."""
    return SignerSettings(
        signer_database_url=SecretStr(cluster.signer_url), signer_key_file=folder.path / "signer" / "keys",
        signer_folder=folder.path / "signer", log_name="demo.invalid",
    )  # fmt: skip


async def make_councils(owner_url: str, deployment: DeploymentKeys, now: datetime) -> None:
    """The demo's councils, those that are not there yet, with the calendar of working days that ships."""
    database = Database(owner_url, pool_size=2)
    try:
        for council in COUNCILS:
            await open_council(database, deployment, council.id, council.name, now, shipped.calendar())
    finally:
        await database.close()


async def what_waits(url: str) -> int:
    """How many events are to be noted and subjects to be assessed until the lists hold everything."""
    database = Database(url, pool_size=1)
    try:
        return sum(lag.head - lag.noted + lag.waiting for lag in await lags(database))
    finally:
        await database.close()


@contextmanager
def serving(server: Server, listener: socket.socket) -> Iterator[Thread]:
    """A server while the block lasts, answering from its first line on. Raises NotServing."""
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise NotServing
            time.sleep(0.02)
        yield thread
    finally:
        server.should_exit = True
        thread.join()
