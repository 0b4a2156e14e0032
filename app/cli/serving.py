"""`serve` and `migrate`: the service on this machine. `openapi`: what it says it does."""

import errno
import socket
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.words import say, stop

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from uvicorn import Server


DOCUMENT = Path(__file__).resolve().parents[2] / "openapi.yaml"


def http_server(app: "Starlette") -> "Server":
    """The server, not started yet, to be run with its listening socket.

    Its own access log is off: query strings hold identifiers.
    """
    import uvicorn

    from app.garbage import collect_rarely

    collect_rarely()
    return uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            # an open feed would otherwise hold the stop up for ever
            timeout_graceful_shutdown=5,
        )
    )


def listen(host: str, port: int, instead: str) -> socket.socket:
    """An address of this machine, held from now on (0: any free port); else the reason, and what to do `instead`."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        why = "is taken by another program" if taken else f"of {host} cannot be had: {error.strerror}"
        raise stop(f"Port {port} {why}.", instead) from None
    return listener


def serve() -> None:
    """Serve over HTTP with the settings of the environment, until told to stop. A worker runs beside it."""
    from app.cli.checking import refuse_unsafe
    from app.cli.keys import refuse_other_keys
    from app.cli.settings import read
    from app.cli.working import worker_beside
    from app.config import Settings

    settings = read(Settings)
    refuse_unsafe(settings)
    refuse_other_keys(settings)
    listener = listen(
        settings.host, settings.port, "Set SUPERVISION_HOST and SUPERVISION_PORT to an address that is free."
    )
    from app.main import create_app

    server = http_server(create_app(settings))
    beside = worker_beside(settings) if settings.worker else nullcontext()
    with suppress(KeyboardInterrupt), beside:
        server.run(sockets=[listener])


def migrate() -> None:
    """Bring the database to this version's schema. Safe to repeat."""
    from app.cli.settings import read
    from app.config import OwnerSettings
    from app.db import EarlierForm, lost_connection
    from app.db import migrate as upgrade

    try:
        upgrade(read(OwnerSettings).owner_database_url.get_secret_value())
    except EarlierForm as error:
        raise stop(str(error)) from None
    except Exception as error:
        if not lost_connection(error):
            raise
        raise stop(
            "The database cannot be reached.", "Look at SUPERVISION_OWNER_DATABASE_URL, and whether it runs."
        ) from None
    say("The database has this version's schema.")


def openapi(
    write: Annotated[bool, typer.Option("--write", help="Write openapi.yaml.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail if openapi.yaml is not what the code says.")] = False,
) -> None:
    """Say in OpenAPI what the service does."""
    text = _document()
    if write:
        DOCUMENT.write_text(text, encoding="utf-8")
    elif not check:
        say(text)
    elif not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != text:
        raise stop(f"{DOCUMENT.name} is not what the code says.", "Run: make openapi")


def _document() -> str:
    import secrets
    from base64 import b64encode

    import yaml

    from app.config import GivenSettings
    from app.main import create_app

    settings = GivenSettings(
        database_url="postgresql+asyncpg:///described-not-used",
        master_key=b64encode(secrets.token_bytes(32)).decode(),
        issuer="described-not-used",
        jwks_file=Path("described-not-used"),
    )
    described: dict[str, Any] = create_app(settings).openapi()
    return yaml.safe_dump(described, sort_keys=False, allow_unicode=True, width=120)
