"""What is read in pieces reads as the whole does: corrections, retractions, merges and linked numbers among it."""

from collections.abc import Collection, Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.events.effective import AMENDMENTS, facts_by_tag, merges
from app.events.growing import Reading
from app.events.stored import Stored
from tests.events.test_effective import ref, stored

CASES, WORKERS = ("C-1", "C-2", "LCS:7"), ("W-1", "W-2")
TAGS = (
    "council/merges", *(f"case/{case}" for case in CASES), *(f"worker/{worker}" for worker in WORKERS),
    "session/S-1", "session/S-2", "record/R-1",
)  # fmt: skip


def _told(kind: str, number: int, pick: Sequence[int]) -> Stored:
    """One event of a kind; `pick` says about whom."""
    case, worker, session = CASES[pick[0] % 3], WORKERS[pick[1] % 2], f"S-{pick[2] % 2 + 1}"
    name, earlier = f"e-{number}", ref(f"e-{pick[3] % max(number, 1)}")
    day = f"2025-03-{10 + pick[0]:02}"
    match kind:
        case "opened":
            return stored("CaseOpened", name, case_id="C-1", opened_on=day, service="mash", systems={"LCS": "7"})
        case "merged":
            return stored("SubjectMerged", name, kind="worker", from_id="W-1", into_id="W-2", merged_on=day)
        case "corrected":
            return stored("EventCorrected", name, corrects=earlier, data={"case_id": case, "session_id": session})
        case "retracted":
            return stored("EventRetracted", name, retracts=earlier)
        case "noted":
            told = {
                "note_id": "R-1",
                "case_id": case,
                "author_id": worker,
                "recorded_on": day,
                "note_type": "supervision",
            }
            return stored("CaseNoteRecorded", name, **told)
    told = {"case_id": case, "worker_id": worker, "session_id": session, "discussed_on": day}
    return stored("CaseDiscussed", name, depth="full", setting="individual", **told)


kinds = st.sampled_from(["discussed"] * 4 + ["corrected", "retracted", "noted", "opened", "merged"])
histories = st.lists(
    st.tuples(kinds, st.lists(st.integers(0, 9), min_size=4, max_size=4)), min_size=1, max_size=12
).map(lambda drawn: [_told(kind, number, pick) for number, (kind, pick) in enumerate(drawn)])
orders = st.permutations(TAGS).flatmap(
    lambda tags: st.sets(st.integers(1, len(tags) - 1)).map(
        lambda cuts: [tags[a:b] for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), len(tags)], strict=True)]
    )
)


def _found(events: Sequence[Stored], tags: Collection[str], *, with_amended: bool = True) -> list[Stored]:
    """What is found under the tags: with what amends it, and what it amends."""
    found = {(event.source, event.id) for event in events if event.tags & set(tags)}
    for _ in events:
        targets = {event.target for event in events if event.type in AMENDMENTS and (event.source, event.id) in found}
        found |= {target for target in targets if target is not None and with_amended}
        found |= {(event.source, event.id) for event in events if event.target in found}
    return [event.under(event.tags & set(tags)) for event in events if (event.source, event.id) in found]


@given(histories, orders, st.booleans())
def test_what_is_read_piece_by_piece_reads_as_the_whole(
    events: list[Stored], pieces: list[list[str]], with_amended: bool
) -> None:
    reading, found, asked = Reading(), dict[int, Stored](), set[str]()
    for piece in pieces:
        some = _found(events, piece, with_amended=with_amended)
        asked |= set(piece)
        for event in some:
            earlier = found.get(event.position)
            found[event.position] = event if earlier is None else event.under(event.tags | earlier.tags)
        whole = list(found.values())
        assert reading.linked(some) == merges(whole)
        if not reading.grow(some, piece):
            reading = Reading()
            assert reading.grow(whole, asked)
        assert reading.aliases == merges(whole)
        assert reading.by_tag == facts_by_tag(whole, merges(whole), asked)


def test_what_was_read_stays_the_same_objects_until_something_amends_it() -> None:
    discussed = _told("discussed", 0, [0, 0, 0, 0])
    reading = Reading()
    assert reading.grow(_found([discussed], ["case/C-1"]), ["case/C-1"])
    (fact,) = reading.by_tag["case/C-1"]
    assert reading.grow(_found([discussed], ["worker/W-1"]), ["worker/W-1"])
    assert reading.by_tag["worker/W-1"][0] is fact
    corrected = _told("corrected", 1, [1, 0, 1, 0])
    assert not reading.grow(_found([discussed, corrected], ["session/S-2"]), ["session/S-2"])


def test_a_correction_that_was_found_first_amends_what_is_found_later() -> None:
    discussed, corrected = _told("discussed", 0, [0, 0, 0, 0]), _told("corrected", 1, [1, 0, 1, 0])
    both, reading = [discussed, corrected], Reading()
    assert reading.grow(_found(both, ["session/S-2"], with_amended=False), ["session/S-2"])
    if not reading.grow(_found(both, ["session/S-1"]), ["session/S-1"]):  # it reads as one of the other session now
        reading = Reading()
        assert reading.grow(both, ["session/S-1", "session/S-2"])
    assert [fact.data["case_id"] for fact in reading.by_tag["session/S-2"]] == ["C-2"]
    assert reading.by_tag["session/S-1"] == []
