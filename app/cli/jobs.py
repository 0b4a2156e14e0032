"""A job of the service, waited for: what is asked about everybody takes longer than a request may."""

import time
from typing import TYPE_CHECKING, Any

from app.cli.words import stop

if TYPE_CHECKING:
    from app.cli.connection import Connection

BETWEEN_LOOKS = 0.5
"""Seconds."""


def finished(connection: "Connection", job: dict[str, Any], what: str) -> dict[str, Any]:
    """The job once it is done, with a bar meanwhile; ends the command where it failed or was canceled."""
    from app.cli.progress import reporting

    with reporting(what) as progress:
        while job["state"] in ("waiting", "running"):
            progress(job["progress"]["done"], job["progress"]["of"] or 0)
            time.sleep(BETWEEN_LOOKS)
            job = connection.get(f"/v1/jobs/{job['id']}")
    if job["state"] != "done":
        became = "was canceled" if job["state"] == "canceled" else "failed"
        raise stop(f"The job {became}.", "Start it again, or ask whoever runs the service.")
    return job
