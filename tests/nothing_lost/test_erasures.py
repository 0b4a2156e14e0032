"""What was erased is gone: from the tables, their files, exports and older backups; and what is left still verifies.

A backup is here the rows that one would hold, kept by the test. What is looked for in files is the very bytes of what
was deleted; the same look finds those of what stays, and found these before the tables were rewritten.
"""

import asyncio
import hashlib
import json
import random
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import directory
from app.db import Database
from app.deployment_keys import DeploymentKeys, add_epoch
from app.domain.subject import Subject
from app.embedded import Cluster
from app.erasing import Decider, holds
from app.erasing.course import Asked
from app.erasing.finishing import StillNeeded, destroy_older, put_under_newest, rewrite, state, unfinished
from app.erasing.restoring import lacking, make_up, reapply
from app.erasure_register import ErasureRegister
from app.errors import Problem, Unavailable
from app.events import erasing, quarantine, reading
from app.events.councils import add_council
from app.events.quarantine import Refused
from tests.commands import Run
from tests.nothing_lost.erasing import COOLED, NOW, TODAY, Place
from tests.nothing_lost.weakened import Weakened

ERASED = 200


@pytest.fixture(scope="module")
async def urls(weakened: Weakened) -> tuple[str, str]:
    return await weakened.database("erasures")


@pytest.fixture
async def place(urls: tuple[str, str], database: Cluster, tmp_path: Path) -> AsyncIterator[Place]:
    owner, pools, council = Database(urls[0], pool_size=2), Database(urls[1]), f"c-{secrets.token_hex(4)}"
    await add_council(owner, council, "A council of the tests", NOW)
    file = tmp_path / "keys.json"
    add_epoch(file)
    made = Place(database, urls[0], council, pools, owner, file, ErasureRegister(tmp_path / "erasures.ndjson"))
    yield made
    for table in ("event_text", "directory", "quarantine", "subject_key"):  # the next test's keys are other ones
        await made.fetch(f"DELETE FROM {table}")
    await owner.close()
    await pools.close()


def canary(number: int) -> str:
    """A text that stands nowhere else; every fifth is too long for a page."""
    return f"canary-{number:03}-{hashlib.sha256(str(number).encode()).hexdigest()}" * (60 if number % 5 == 0 else 1)


async def _filled(place: Place) -> None:
    """Two hundred who will go and five who stay: texts, some names, some refused items."""
    workers = {f"W-{number}": canary(number) for number in range(ERASED)} | {f"K-{n}": f"kept-{n}" for n in range(5)}
    events = [event for worker, text in workers.items() for event in place.told(worker, text)]
    for at in range(0, len(events), 300):
        await place.record(*events[at : at + 300])
    access = await place.access()
    refused = [
        Refused(b'{"worker_id": "W-%d", "x": "canary"}' % n, Unavailable("x", "no")) for n in range(0, ERASED, 10)
    ]
    kept = [Refused(b'{"worker_id": "K-1"}', Unavailable("x", "no"))]
    await quarantine.keep(place.pools, access, "t", NOW, [*refused, *kept])
    for number in range(0, ERASED, 10):
        entry = directory.Entry(f"canary-name-{number}")
        await directory.enter(place.pools, access, "worker", f"W-{number}", entry, by="t", now=NOW)


async def _each(work: Any) -> None:
    """For all who go, eight at a time."""
    waiting = asyncio.Semaphore(8)

    async def one(worker: str) -> None:
        async with waiting:
            await work(worker)

    await asyncio.gather(*(one(f"W-{number}") for number in range(ERASED)))


def _sealed(rows: dict[str, list[Any]], starting: str) -> list[bytes]:
    """What is sealed of those whose ids start so: texts and keys."""
    texts = [bytes(row["ciphertext"]) for row in rows["event_text"] if row["subject"].startswith(starting)]
    return texts + [bytes(row["wrapped"]) for row in rows["subject_key"] if row["subject"].startswith(starting)]


async def test_two_hundred_erasures_leave_nothing_here_and_later_nothing_in_a_backup(place: Place) -> None:
    """Seen to catch: a plain VACUUM in place of rewriting; a key that is kept; a quarantine that is not searched."""
    await _filled(place)
    yesterday = await place.backup()
    assert len(_sealed(yesterday, "worker/W-")) == 2 * ERASED
    erase = place.erasing()
    await place.all_agreed(*(f"W-{number}" for number in range(ERASED)))
    await _each(lambda worker: place.carry_out(worker, erase))

    # gone here, and restricted: an older backup opens with the keys of its time
    left = await place.backup()
    assert {row["subject"] for row in left["event_text"]} == {f"worker/K-{n}" for n in range(5)}
    assert (len(left["directory"]), len(left["quarantine"])) == (0, 1)
    assert len([row for row in left["subject_key"] if row["subject"].startswith("quarantine/")]) == 1
    assert await place.texts("K-1", "W-1") == ["kept-1"]
    assert await place.found_in_files(_sealed(yesterday, "worker/W-")) > 0, "rows deleted are not yet bytes gone"
    assert len(unfinished(place.register)) == ERASED
    before = place.opened(yesterday, DeploymentKeys.from_file(place.keys_file))
    assert len([text for text in before if text.startswith("canary")]) == ERASED
    assert state(place.council, "erased-E-W-1", place.register) == "restricted"

    # finished: another epoch, tables rewritten, the older keys destroyed
    add_epoch(place.keys_file)
    place.deployment.look_again()
    lying = {1: 1, 2: 3}
    with pytest.raises(StillNeeded):
        destroy_older(place.keys_file, place.deployment, place.register, lying, ERASED, TODAY)
    lying = await put_under_newest(place.owner, place.deployment, lambda *_: None)
    await rewrite(place.owner_url)
    assert destroy_older(place.keys_file, place.deployment, place.register, lying, ERASED, TODAY) == [1]
    assert state(place.council, "erased-E-W-1", place.register) == "erased"
    assert await place.found_in_files(_sealed(yesterday, "worker/W-")) == 0
    assert await place.found_in_files(_sealed(await place.backup(), "worker/K-")) == 10
    assert place.opened(yesterday, DeploymentKeys.from_file(place.keys_file)) == []
    assert await place.texts("K-1", "W-1") == ["kept-1"]
    await _nothing_of_it_is_left(place)


async def _nothing_of_it_is_left(place: Place) -> None:
    """No canary in any row of any table or in what is given out, and every digest as it was."""
    for (table,) in await place.fetch(
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ):
        for (row,) in await place.fetch(f"SELECT t::text FROM {table} AS t"):
            assert "canary" not in row, table
            assert b"canary".hex() not in row, table
    page = await reading.page(place.pools, place.council, after=0, limit=5000, selection=reading.Selection())
    assert not any("canary" in json.dumps(reading.shown(event), default=str) for event in page.events)
    wrong = await place.fetch("SELECT position FROM event WHERE digest <> sha256(body) AND tenant = $1", place.council)
    assert wrong == []
    assert place.register.file is not None
    assert "canary" not in place.register.file.read_text()


async def test_a_restored_backup_does_not_show_what_was_erased_and_it_is_erased_again(place: Place) -> None:
    """Seen to catch: a service that opens whatever the database holds."""
    await place.record(*place.told("W-1", "canary-1"), *place.told("W-2", "kept"))
    yesterday = await place.backup()
    await place.agreed("W-1")
    await place.carry_out("W-1")
    assert await lacking(place.pools, place.register) == []
    await place.restore(yesterday)
    with pytest.raises(Unavailable, match="was erased"):
        await place.texts("W-1")
    [missing] = await lacking(place.pools, place.register)
    assert (missing.council, missing.names, missing.event) == (place.council, ("worker/W-1",), "erased-E-W-1")
    with pytest.raises(Unavailable, match="was erased"):
        await place.texts("W-2")  # of the council nothing is opened until then
    assert await reapply(place.owner, place.deployment, place.register, lambda: NOW) == 1
    assert await lacking(place.pools, place.register) == []
    assert await place.texts("W-1", "W-2") == ["kept"]
    assert await reapply(place.owner, place.deployment, place.register, lambda: NOW) == 0


async def test_what_a_crash_kept_from_the_register_is_made_up_from_the_ledger(place: Place) -> None:
    await place.record(*place.told("W-1", "canary-1"), *place.told("W-2", "canary-2"))
    await place.agreed("W-1")
    await place.carry_out("W-1")
    assert place.register.file is not None
    whole = place.register.file.read_bytes()
    place.register.file.write_bytes(whole[:-20])  # cut short in the middle of its line
    assert place.register.erasures == []
    await place.agreed("W-2")
    await place.carry_out("W-2")
    assert {each.event for each in place.register.erasures} == {"erased-E-W-2"}
    await make_up(place.pools, place.register)
    own = {each.event for each in place.register.erasures if each.council == place.council}
    assert own == {"erased-E-W-1", "erased-E-W-2"}


async def test_texts_that_came_before_their_original_and_under_former_names_go_too(place: Place) -> None:
    """Seen to catch: corrections that were recorded first being left under a key of the council's."""
    first = place.event("EventCorrected", corrects={"source": "urn:t", "id": "session-W-1"},
                        data={"narrative": "canary put right"})  # fmt: skip
    await place.record(first)
    await place.record(*place.told("W-1", "canary-1"), *place.told("W-0", "canary-0"), *place.told("W-2", "kept"))
    await place.record(
        place.event("SubjectMerged", kind="worker", from_id="W-0", into_id="W-1", merged_on="2026-01-05")
    )
    moved = place.event("SessionHeld", "moved", worker_id="W-2", session_id="S-7", held_on="2016-03-07",
                        kind="individual", narrative="canary of W-1, filed under W-2")  # fmt: skip
    await place.record(moved)
    await place.record(
        place.event("EventCorrected", corrects={"source": "urn:t", "id": "moved"}, data={"worker_id": "W-1"})
    )
    await place.agreed("W-1")
    going = await place.erasing().doomed(place.council, ["worker/W-1", "worker/W-0"])
    assert (going.texts, len(going.further), len(going.key_numbers)) == (4, 1, 3)
    await place.carry_out("W-1")
    [gone] = await erasing.told(place.pools, place.council)
    assert gone.data["filed_elsewhere"] == 1
    left = await place.backup()
    assert {row["subject"] for row in left["event_text"]} == {"worker/W-2"}
    assert len(left["event_text"]) == 1
    assert await place.texts("W-2") == ["kept"]


async def test_who_was_merged_into_the_subject_since_the_approval_is_not_erased_with_it(place: Place) -> None:
    await place.record(*place.told("W-1", "canary-1"), *place.told("W-0", "kept"))
    await place.agreed("W-1")
    await place.record(
        place.event("SubjectMerged", kind="worker", from_id="W-0", into_id="W-1", merged_on="2026-01-05")
    )
    with pytest.raises(Problem) as refused:
        await place.carry_out("W-1")
    assert [block["code"] for block in refused.value.extra["blocks"]] == ["other_names"]
    assert len((await place.backup())["event_text"]) == 2


async def test_no_correction_gets_a_text_out_of_the_hold_of_whom_it_was_written_about(place: Place) -> None:
    """A session of somebody who is held, corrected to have been of somebody who left, does not go with the latter."""
    await place.record(*place.told("W-1", "canary"), *place.told("W-2", "held"))
    session = {"source": "urn:t", "id": "session-W-2"}
    await place.record(place.event("EventCorrected", corrects=session, data={"worker_id": "W-1"}))
    await place.agreed("W-1")
    who, held = Decider(place.council, "app", "D-2", TODAY, NOW), Subject("worker", "W-2")
    await holds.place(place.erasing().deciding, who, held, "H-1", "tribunal", None)
    with pytest.raises(Problem) as refused:
        await place.carry_out("W-1")
    assert [(block["code"], block["id"]) for block in refused.value.extra["blocks"]] == [("held", "H-1")]
    assert len((await place.backup())["event_text"]) == 2
    await holds.lift(place.erasing().deciding, who, held, "H-1", None)
    await place.carry_out("W-1")
    assert (await place.backup())["event_text"] == []


async def test_the_database_itself_refuses_what_was_not_agreed_or_is_held(place: Place) -> None:
    """The service's own role calls the function as it would, past all that the service judges."""
    await place.record(*place.told("W-1", "kept"))
    erase, who = place.erasing(), Decider(place.council, "app", "D-1", COOLED, NOW)
    await erase.ask(who, Subject("worker", "W-1"), Asked("E-W-1", "x", "y"))

    async def attempt() -> None:
        gone = await erase.doomed(place.council, ["worker/W-1"])
        data = gone.said() | {
            "worker_id": "W-1",
            "request_id": "E-W-1",
            "erased_on": TODAY.isoformat(),
            "authority": "x",
        }
        raw = place.event("PersonalDataErased", "erased-E-W-1", **data) | {"time": NOW.isoformat()}
        event, _ = await erase.deciding.recorder.prepared_own(place.council, "app", raw)
        await erasing.destroy(place.pools, place.council, event, None, gone)

    with pytest.raises(erasing.Different):
        await attempt()
    await erase.approve(Decider(place.council, "app", "D-2", COOLED, NOW), Subject("worker", "W-1"), "E-W-1")
    hold = {"worker_id": "W-1", "hold_id": "H-1", "placed_on": TODAY.isoformat(), "by": "D-1", "reason": "tribunal"}
    await erase.deciding.record(who, "LitigationHoldPlaced", "hold-H-1", hold)
    with pytest.raises(erasing.Different):
        await attempt()
    await erase.deciding.record(who, "LitigationHoldLifted", "lifted-H-1", {
        "worker_id": "W-1", "hold_id": "H-1", "lifted_on": TODAY.isoformat(), "by": "D-1"})  # fmt: skip
    assert await place.texts("W-1") == ["kept"]
    await attempt()
    assert (await place.backup())["event_text"] == []


async def test_the_operator_makes_it_final_with_two_commands(place: Place, run: Run) -> None:
    await place.record(*place.told("W-1", "canary-1"), *place.told("W-2", "kept"))
    await place.agreed("W-1")
    await place.carry_out("W-1")
    given = {"OWNER_DATABASE_URL": place.owner_url, "KEYS_FILE": str(place.keys_file)}
    lacking_one = await asyncio.to_thread(run, "erasures", "finish", **given)
    assert (lacking_one.returncode, "SUPERVISION_ERASURE_REGISTER" in lacking_one.stderr) == (1, True)
    given["ERASURE_REGISTER"] = str(place.register.file)
    first = await asyncio.to_thread(run, "erasures", "finish", **given)
    assert (first.returncode, "epoch 2" in first.stdout, len(unfinished(place.register))) == (0, True, 1)
    second = await asyncio.to_thread(run, "erasures", "finish", "--destroy-old", **given)
    assert (second.returncode, "Final now: 1 erasure." in second.stdout) == (0, True), second.stdout
    assert "of epoch 1 are destroyed" in second.stdout
    assert unfinished(place.register) == []
    assert DeploymentKeys.from_file(place.keys_file).epochs == [2]
    place.deployment.look_again()
    assert await place.texts("W-2") == ["kept"]
    again = await asyncio.to_thread(run, "erasures", "reapply", **given)
    assert (again.returncode, again.stdout) == (0, "None was missing.\n")


async def test_without_a_register_nothing_is_erased(place: Place) -> None:
    await place.record(*place.told("W-1", "kept"))
    await place.agreed("W-1")
    forgetful = replace(place.erasing(), register=ErasureRegister(None))
    with pytest.raises(Unavailable, match="SUPERVISION_ERASURE_REGISTER"):
        await place.carry_out("W-1", forgetful)
    assert await place.texts("W-1") == ["kept"]


async def test_a_case_that_was_closed_is_erased_as_a_worker_is(place: Place) -> None:
    await place.record(
        place.event("CaseOpened", case_id="C-1", opened_on="2016-01-04", service="x"),
        place.event("CaseDiscussed", "session-C-1", case_id="C-1", discussed_on="2016-03-04", depth="full",
                    setting="individual", narrative="canary of a family"),
        place.event("CaseClosed", case_id="C-1", closed_on="2016-06-01"),
        *place.told("W-1", "kept"),
    )  # fmt: skip
    erase, case = place.erasing(), Subject("case", "C-1")
    one, two, later = (
        Decider(place.council, "app", who, day, NOW) for who, day in (("D-1", COOLED), ("D-2", COOLED), ("D-2", TODAY))
    )
    await erase.ask(one, case, Asked("E-C-1", "x", "records_board"))
    await erase.approve(two, case, "E-C-1")
    await erase.carry_out(later, case, "E-C-1")
    assert {row["subject"] for row in (await place.backup())["event_text"]} == {"worker/W-1"}
    standing = await erase.standing(place.council, case, "E-C-1", TODAY)
    assert (standing.erasure.state, standing.erasure.erased_on) == ("carried_out", TODAY)


async def test_a_text_that_comes_in_the_same_moment_is_erased_and_named_or_stays_with_a_key_of_its_own(
    place: Place,
) -> None:
    """No text goes that no event names, and none stays that cannot be opened."""
    workers, rolling = [f"W-{number}" for number in range(20)], random.Random(3)
    await place.record(*[event for worker in workers for event in place.told(worker, "canary")])
    await place.all_agreed(*workers)

    async def late(worker: str) -> None:
        await asyncio.sleep(rolling.uniform(0, 0.15))
        told = {"worker_id": worker, "session_id": f"L-{worker}", "held_on": "2016-05-04", "kind": "individual"}
        await place.record(place.event("SessionHeld", f"session-{worker}-late", narrative="late", **told))

    erase = place.erasing()
    for at in range(0, len(workers), 4):
        both = [work for worker in workers[at : at + 4] for work in (place.carry_out(worker, erase), late(worker))]
        await asyncio.gather(*both)
    page = await reading.page(place.pools, place.council, after=0, limit=500, selection=reading.Selection())
    holding = {event.position for event in page.events if reading.digests(event)}
    named = [at for event in page.events if event.type == "PersonalDataErased" for at in event.data["positions"]]
    left = {row["position"] for row in (await place.backup())["event_text"]}
    assert len(named) == len(set(named))
    assert holding == left | set(named)
    assert left.isdisjoint(named)
    assert await place.texts(*workers) == ["late"] * len(left)


async def test_of_many_who_carry_it_out_at_once_one_does(place: Place) -> None:
    await place.record(*place.told("W-1", "canary"))
    await place.agreed("W-1")
    await asyncio.gather(*(place.carry_out("W-1") for _ in range(6)))
    gone = await place.fetch(
        "SELECT position FROM event WHERE type = 'PersonalDataErased' AND tenant = $1", place.council
    )
    [entry] = [each for each in place.register.erasures if each.council == place.council]
    assert (len(gone), len(entry.keys)) == (1, 1)
