"""`check`: whether it is safe to run here. `serve`, `work` and the demo ask the same first, and refuse if it is not."""

import time
from datetime import datetime
from typing import TYPE_CHECKING, Final

from app.cli.words import aside, how_many, say, stop

if TYPE_CHECKING:
    from app.config import WorkerSettings
    from app.selfcheck import Finding

PATIENCE: Final = 60.0
"""Seconds that a service, before it starts, waits for PostgreSQL to answer."""


def check() -> None:
    """Say what is unsafe in these settings and in this database, and what to change. Exit code 1 if it must not run."""
    from app.cli.erasures import overdue
    from app.cli.settings import read
    from app.config import Settings
    from app.events.facts import LONDON

    settings = read(Settings)
    found = _found(settings, patience=0)
    for finding in found:
        say(f"{'UNSAFE ' if finding.grave else 'warning'}  {finding.told()}")
    late = overdue(settings, datetime.now(LONDON).date())
    if late:
        say(f"warning  {how_many(late, 'erasure')} of more than 35 days ago can still be read in older backups. "
            "Run `supervision erasures finish`, and destroy the older keys.")  # fmt: skip
    if any(finding.grave for finding in found):
        raise stop("The service does not start like this.")
    say(f"Nothing that keeps the service from running in {settings.mode} mode was found.")


def refuse_unsafe(settings: "WorkerSettings") -> None:
    """Return if it is safe to run so; else every finding is told, and that is the end."""
    found = _found(settings, PATIENCE)
    for finding in found:
        aside(finding.told())
    if grave := sum(finding.grave for finding in found):
        raise stop(f"This does not start: {how_many(grave, 'thing')} above must be changed first.")


def _found(settings: "WorkerSettings", patience: float) -> "list[Finding]":
    import asyncio

    import asyncpg

    from app.db import lost_connection
    from app.selfcheck import check as looked_at

    until = time.monotonic() + patience
    while True:
        try:
            return asyncio.run(looked_at(settings, _demo_councils(settings)))
        except asyncpg.InvalidAuthorizationSpecificationError:
            raise stop(
                "PostgreSQL refuses the service's role or its password.", "Look at SUPERVISION_DATABASE_URL."
            ) from None
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if lost_connection(error) and time.monotonic() < until:
                time.sleep(0.2)
                continue
            why = "cannot be reached" if lost_connection(error) else f"cannot be looked at: {error}"
            raise stop(
                f"The database {why}, so it is not known whether it is safe to run.",
                "Look at SUPERVISION_DATABASE_URL, and whether PostgreSQL runs.",
            ) from None


def _demo_councils(settings: "WorkerSettings") -> list[str]:
    """The demo's own councils, in demo mode; production has no use for anything of the demo."""
    from app.config import Settings

    if not isinstance(settings, Settings) or settings.mode != "demo":
        return []
    from app.demo.councils import COUNCILS

    return [council.id for council in COUNCILS]
