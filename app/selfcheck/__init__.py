"""Is it safe to run here? What the settings, the files and PostgreSQL say about it, looked at before anything listens.

`observing` looks; `judging` and `quoting` decide from what was seen, purely. A finding is `grave` when the service must
not run so.
Left out: what cannot be seen from here, such as disks without encryption, open networks, superusers and backups.
"""

import asyncio
from collections.abc import Collection

from app.config import Settings, WorkerSettings
from app.db import newest_revision
from app.selfcheck.finding import Finding
from app.selfcheck.judging import of_councils, of_database, of_reader, of_settings
from app.selfcheck.observing import files_of, is_local, looked_at

__all__ = ["Finding", "check"]


async def check(settings: WorkerSettings, demo_councils: Collection[str] = ()) -> list[Finding]:
    """What is unsafe, the gravest first; of a worker's settings, the database alone.

    `demo_councils` are those that a database may hold in demo mode. Raises what the driver raises if PostgreSQL cannot
    be asked.
    """
    url = settings.database_url.get_secret_value()
    seen = await looked_at(url)
    found = [*of_database(seen, newest_revision(), local=is_local(url))]
    if isinstance(settings, Settings):
        found += of_settings(settings, await asyncio.to_thread(files_of, settings))
        if settings.mode == "demo":
            found += of_councils(seen, demo_councils)
        if settings.reader_database_url is not None:
            address = settings.reader_database_url.get_secret_value()
            found += of_reader(await looked_at(address), local=is_local(address))
    return sorted(found, key=lambda finding: not finding.grave)
