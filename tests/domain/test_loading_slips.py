"""What is nearly right in a pack is answered with what is right, and what is not with how it is written."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.policy import markup
from app.domain.policy.loading import as_json, check
from tests.domain.test_loading import PACK, changed, the_fault
from tests.pictures.kinds import PAGES, shown

KINDS = [as_json(shown(page)) for page in PAGES]
ODD = st.sampled_from([None, True, 0, 7, 10**14, "", "x", "28 days", "2025-02-30", [], [[]], ["x"], {}, {"x": 1}])
Place = tuple[str | int, ...]


def places(data: Any, path: Place = ()) -> Iterator[Place]:
    """Every entry of every mapping and list."""
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, part in parts:
        yield (*path, name)
        yield from places(part, (*path, name))


@given(st.data())
def test_whatever_stands_wherever_in_a_rule_of_any_kind_is_answered(data: st.DataObject) -> None:
    pack = deepcopy(data.draw(st.sampled_from(KINDS)))
    for _ in range(data.draw(st.integers(1, 2))):
        *most, last = data.draw(st.sampled_from([*places(pack)]))
        inside = pack
        for part in most:
            inside = inside[part]
        inside[last] = deepcopy(data.draw(ODD))
    text = json.dumps(pack)
    assert markup.read(text).data == pack
    for fault in check(text):
        assert fault.detail


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("limit: 42 days", "limit: 42days", "42 days"),
        ("limit: 42 days", "limit: 42-days", "42 days"),
        ("readings: [RD-1]", "readings: RD-1", "[RD-1]"),
        ("[social_worker, practitioner]", "[Social Worker, practitioner]", "social_worker"),
        ("version: 2024-04\n", "version: 2024\n", '"2024"'),
        ("subject: worker\n    applies", "policy_silent: yes\n    subject: worker\n    applies", "true"),
    ],
)
def test_what_is_nearly_right_is_answered_with_what_is_right(old: str, new: str, meant: str) -> None:
    fault = the_fault(changed(old, new))
    assert fault.suggestion == meant
    assert fault.detail.endswith(f"; did you mean `{meant}`?")


@pytest.mark.parametrize(
    ("old", "new", "how"),
    [
        ("subject: worker/W-1", "subject: W-1", "a kind and an identifier, such as `worker/W-1`"),
        ("id: B-1", "id: B 1", "letters, digits and `. _ : -`, no spaces, such as `LU-37`"),
        ("id: borough", "id: 7-boroughs", "small letters, digits and `_`, beginning with a letter"),
        ("version: 2024-04", "version: April 2024", 'letters, digits and `. _ -`, no spaces, such as `"2026-04"`'),
    ],
)
def test_what_is_not_written_as_it_must_be_is_answered_with_how(old: str, new: str, how: str) -> None:
    assert how in check(changed(old, new))[0].detail


def test_a_day_that_does_not_exist_is_found_in_an_example_too() -> None:
    [fault] = check(re.sub(r"on: 20\d\d-\d\d-\d\d, rule", "on: 2025-02-30, rule", PACK, count=1))
    assert fault.detail == "`on` is not a day: write year, month and day, such as `2025-04-01`"


@pytest.mark.parametrize(
    ("asks", "key"),
    [
        ("every: {event: case_discussed, window: month}", "window"),
        ("every: {event: case_discussed, clock: {event: session}, limit: 8}", "clock"),
        ("at_least: {event: case_discussed, times: 4, window: year}", "at_least"),
    ],
)
def test_what_a_row_cannot_ask_is_a_rule_of_its_own(asks: str, key: str) -> None:
    fault = the_fault(changed("every: {event: case_discussed, limit: 2 months}", asks))
    assert fault.detail == (
        f"a row asks `every` so long (`limit`), or `as_required`: write what asks `{key}` as a rule of its own, "
        "with `applies` in place of `when`"
    )


@pytest.mark.parametrize(
    ("after", "event", "same", "names_none"),
    [
        ("AgreementMade", "SessionHeld", "agreement", "SessionHeld"),
        ("SessionMissed", "AgreementReviewed", "agreement", "SessionMissed"),
        ("ConcernRaised", "ConcernResolved", "concern", None),
        ("SessionHeld", "RecordSigned", "record", None),
    ],
)
def test_what_an_event_never_names_it_cannot_share(after: str, event: str, same: str, names_none: str | None) -> None:
    duty = (
        f"within: {{after: {{type: {after}}}, answered_by: {{event: {{type: {event}}}, same: {same}}}, limit: 9 days}}"
    )
    text = changed("every: {event: session, target: 28 days, limit: 42 days}", duty)
    assert [fault.detail for fault in check(text)] == (
        [f"`{names_none}` never says of which {same} it is: write what else the two share"] if names_none else []
    )


def test_one_wrong_item_does_not_make_its_list_too_short() -> None:
    first = "{for: 4 weeks, every: {event: session, limit: weekly}}"
    steps = f"stages: {{steps: [{first}, {{every: {{event: session, limit: 1 month}}}}]}}"
    fault = the_fault(changed("every: {event: session, target: 28 days, limit: 42 days}", steps))
    assert fault.detail.startswith("`limit` is not a length of time")
