"""Rotation: every data subject's key taken out of the wrapping of an older epoch and put into the current one's.

The keys themselves stay, so that nothing that they seal is touched, and the service reads and records meanwhile. A few
hundred at a time are one transaction: it may be stopped and started again at any time. Done with the owner's rights,
which the service has not.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Database
from app.deployment_keys import DeploymentKeys
from app.events.keys import Wrapped, subject_key, with_key
from app.events.vault import CouncilKey

AT_ONCE: Final = 500

_REWRAP = text("""
    UPDATE subject_key SET epoch = :epoch, wrapped = anew.wrapped
    FROM unnest(CAST(:subjects AS text[]), CAST(:wrapped AS bytea[])) AS anew(subject, wrapped)
    WHERE subject_key.tenant = :tenant AND subject_key.subject = anew.subject
""")


async def held(database: Database, council: str) -> dict[int, int]:
    """How many keys of the council lie wrapped under each epoch."""
    query = select(subject_key.c.epoch, func.count().label("held")).group_by(subject_key.c.epoch)
    async with database.read(council) as connection:
        return {row.epoch: row.held for row in await connection.execute(query)}


async def rewrap(database: Database, council: str, deployment: DeploymentKeys, moved: Callable[[int], None]) -> None:
    """Put every key of the council under the current epoch; `moved` is told of so many at a time.

    `database` is the owner's. Raises `EpochMissing`, and `Unreadable` where a key is of another deployment's.
    """
    count = AT_ONCE
    while count:
        async with database.write(council) as connection:
            count = await _some(connection, council, deployment)
        moved(count)


async def _some(connection: AsyncConnection, council: str, deployment: DeploymentKeys) -> int:
    current = deployment.current
    older = (
        select(*with_key)
        .where(subject_key.c.tenant == council, subject_key.c.epoch < current)
        .order_by(subject_key.c.epoch)
        .limit(AT_ONCE)
        # not to be changed by another meanwhile, but still to be named by what is recorded; who also rewraps goes round
        .with_for_update(key_share=True, skip_locked=True)
    )
    found = [Wrapped(*row) for row in await connection.execute(older)]
    needed = {current, *(each.epoch for each in found)}
    epochs = {epoch: CouncilKey.derived(deployment.of(epoch), council, epoch) for epoch in needed}
    keys = [epochs[each.epoch].unwrap(each.subject, each.number, each.wrapped) for each in found]
    if keys:
        wrapped = [epochs[current].wrap(key) for key in keys]
        given = {"tenant": council, "epoch": current, "subjects": [key.subject for key in keys], "wrapped": wrapped}
        await connection.execute(_REWRAP, given)
    return len(keys)
