"""After a restore: what the register says was erased and an older database brought back, and erasing it again."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import text

from app.db import Database
from app.deployment_keys import DeploymentKeys
from app.erasing.course import unregistered
from app.erasure_register import Erasure, ErasureRegister
from app.errors import Conflict
from app.events import erasing
from app.events.councils import Access, Councils, list_councils
from app.events.facts import LONDON
from app.events.stored import APPENDED
from app.recording import Recorder, own_event

AUTHORITY = "erasure_register"
CLIENT = "supervision-ledger"
_THERE = text("SELECT number FROM subject_key WHERE number = ANY (CAST(:numbers AS bigint[]))")


async def lacking(database: Database, register: ErasureRegister) -> list[Erasure]:
    """The erasures of the register of which the database still has a key: it is older than they are.

    The register remembers which councils they are of. Raises `RegisterRefused`.
    """
    by_council: dict[str, list[Erasure]] = {}
    for each in register.erasures:
        by_council.setdefault(each.council, []).append(each)
    found: list[Erasure] = []
    for council, erased in by_council.items():
        numbers = [key for each in erased for key in each.keys]
        async with database.read(council) as connection:
            there = {*(await connection.execute(_THERE, {"numbers": numbers})).scalars()}
        found += [each for each in erased if not there.isdisjoint(each.keys)]
    register.lacking = frozenset(each.council for each in found)
    return found


async def make_up(database: Database, register: ErasureRegister) -> None:
    """Put into the register what a crash kept from it, of every council: once, when a process begins.

    Raises `RegisterRefused` and OSError.
    """
    if register.file is not None and not register.made_up:
        for council in await list_councils(database):
            if missing := await unregistered(database, register, council.id):
                register.add(missing)
        register.made_up = True


async def reapply(
    database: Database, deployment: DeploymentKeys, register: ErasureRegister, now: Callable[[], datetime]
) -> int:
    """Erase again what an older backup brought back; how many. `database` is the owner's. Safe to repeat.

    Nobody is asked: it was agreed before. A hold that was placed since the erasure holds what came since alone.
    """
    wanted = await lacking(database, register)
    councils = Councils(database, deployment, now)  # without the register: what it names is to be opened and searched
    recorder = Recorder(database, councils, now)
    for each in wanted:
        await _again(database, await councils.access(each.council), recorder, each, now())
    added = [again for council in sorted(register.lacking) for again in await unregistered(database, register, council)]
    register.add(added)
    await lacking(database, register)
    return len(wanted)


async def _again(database: Database, access: Access, recorder: Recorder, of: Erasure, now: datetime) -> None:
    gone = await erasing.doomed(database, access, of.names)
    kind = of.names[0].partition("/")[0]
    names = [name.partition("/")[2] for name in of.names]
    data = gone.said() | {
        f"{kind}_id": names[0], "erased_on": now.astimezone(LONDON).date().isoformat(), "authority": AUTHORITY,
        "names": names, "epoch": access.keys.epoch,
    }  # fmt: skip
    data |= {} if of.request is None else {"request_id": of.request}
    raw = own_event(of.council, "PersonalDataErased", f"reapplied-{of.event}", now, data)
    event, _ = await recorder.prepared_own(of.council, CLIENT, raw)
    verdict = await erasing.destroy(database, of.council, event, None, gone, agreed=False)
    if verdict.code != APPENDED:
        raise Conflict(
            "erasure_exists", f"{of.event} of {of.council} was reapplied before, and its key is there again."
        )
