"""The roster: what is taken back ends at once, what is registered narrows, and an old list lets nobody in."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import unavailable
from app.errors import Unauthorised, Unavailable
from app.security import Actor, Roster
from app.security.actor import narrowed
from app.security.claims import Claimed
from app.security.roster import STALE, Change, Reading

T = TypeVar("T")
ANYBODY = Claimed(Actor("luton", "lcs", frozenset(), ("urn:luton:*",), ("*",), subject="oid-1", delegated=True))


class Registry:
    """What a database would say, and whether it can be reached."""

    def __init__(self, *changes: Change) -> None:
        self.changes = list(changes)
        self.asked: list[int] = []
        self.away = False

    async def read(self, since: int) -> Reading:
        self.asked.append(since)
        await asyncio.sleep(0)
        if self.away:
            raise unavailable()
        said, self.changes = self.changes, []
        return since + 1, said


def run(work: Awaitable[T]) -> T:
    async def main() -> T:
        return await work

    return asyncio.run(main())


@pytest.mark.parametrize(("kind", "name"), [("client", "lcs"), ("person", "oid-1")])
def test_whoever_is_taken_back_is_refused_until_that_is_lifted(kind: str, name: str) -> None:
    registry = Registry()
    roster = Roster(registry.read)

    async def story() -> None:
        assert await roster.admit(ANYBODY) == ANYBODY.actor
        registry.changes = [Change("shropshire", kind, name, None, True), Change("luton", kind, "other", None, True)]
        await roster.look()
        assert await roster.admit(ANYBODY) == ANYBODY.actor
        registry.changes = [Change("luton", kind, name, None, True)]
        await roster.look()
        with pytest.raises(Unauthorised) as refused:
            await roster.admit(ANYBODY)
        assert refused.value.code == "revoked"
        registry.changes = [Change("luton", kind, name, None, False)]
        await roster.look()
        assert await roster.admit(ANYBODY) == ANYBODY.actor
        assert registry.asked == [0, 1, 2, 3]

    run(story())


def test_a_list_that_could_not_be_read_for_five_seconds_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    roster = Roster(registry.read)

    async def story() -> None:
        clock = asyncio.get_running_loop().time
        await roster.admit(ANYBODY)
        registry.away = True
        with pytest.raises(Unavailable):
            await roster.look()
        assert await roster.admit(ANYBODY) == ANYBODY.actor
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock() + STALE + 1)
        answers = await asyncio.gather(*(roster.admit(ANYBODY) for _ in range(20)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {Unavailable}
        assert len(registry.asked) == 4, "two looks are enough for all who wait"
        registry.away = False
        assert await roster.admit(ANYBODY) == ANYBODY.actor

    run(story())


def test_a_registered_client_writes_no_more_than_its_token_and_its_council_both_say() -> None:
    said = '{"label": "LCS", "sources": ["urn:luton:lcs", "urn:else:*"], "event_types": ["Case*", "SessionHeld"]}'
    roster = Roster(Registry(Change("luton", "client", "lcs", said, False)).read)
    actor = run(roster.admit(ANYBODY))
    assert (actor.sources, actor.types) == (("urn:luton:lcs",), ("Case*", "SessionHeld"))


def test_the_registry_says_who_a_person_is_where_their_token_does_not() -> None:
    roster = Roster(Registry(Change("luton", "person", "oid-1", '{"worker_id": "W-7"}', False)).read)
    assert run(roster.admit(ANYBODY)).person == "W-7"
    own = Actor("luton", "lcs", frozenset(), subject="oid-1", delegated=True, person="W-1")
    assert run(roster.admit(Claimed(own))).person == "W-1"
    alone = Actor("luton", "oid-1", frozenset(), subject="oid-1")
    assert run(roster.admit(Claimed(alone))).person is None


patterns = st.lists(st.builds(lambda text, end: text + end, st.text("ab", max_size=3), st.sampled_from(["", "*"])))


@given(patterns, patterns, st.text("ab", max_size=4))
def test_what_two_lists_of_patterns_both_allow_is_allowed_and_nothing_else(
    one: list[str], other: list[str], value: str
) -> None:
    def allows(listed: tuple[str, ...] | list[str]) -> bool:
        return any(value.startswith(each[:-1]) if each.endswith("*") else value == each for each in listed)

    assert allows(narrowed(one, other)) == (allows(one) and allows(other))
