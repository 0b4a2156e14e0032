"""How recorded events read: corrections, retractions, merges, things told twice; and never the order of arrival."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.effective import Known, facts_by_tag, merge_patch, merges
from app.events.facts import Facts
from app.events.stored import Stored
from app.events.tags import tags_of
from app.events.types import business_date

START = datetime(2025, 6, 1, tzinfo=UTC)
_numbers = itertools.count(1)


def stored(type_name: str, id: str, *, time: datetime | None = None, recorded: datetime = START, **data) -> Stored:  # noqa: A002
    target = data.get("corrects") or data.get("retracts")
    return Stored(
        position=next(_numbers), source="s", id=id, type=type_name, time=time, sourcerecordedtime=None,
        recorded=recorded, recordedby="me", on=business_date(type_name, data, time),
        target=(target["source"], target["id"]) if target else None,
        body=orjson.dumps({"data": data}), tags=frozenset(tags_of(type_name, data)),
    )  # fmt: skip


def ref(identity: str) -> dict[str, str]:
    return {"source": "s", "id": identity}


def discussed(identity: str, on: str = "2025-03-03", case: str = "C-1", **data) -> Stored:
    told = {"case_id": case, "discussed_on": on, "depth": "full", "setting": "individual"} | data
    return stored("CaseDiscussed", identity, **told)


def facts(events: Sequence[Stored], tag: str = "case/C-1"):
    return Facts(facts_by_tag(events, merges(events), [tag])).as_at(date(2030, 1, 1))(tag)


def test_a_retracted_event_is_no_fact() -> None:
    events = [discussed("a"), discussed("b", "2025-04-01"), stored("EventRetracted", "r", retracts=ref("a"))]
    assert [fact.id for fact in facts(events)] == ["b"]


def test_corrections_apply_in_the_order_of_time_whatever_the_order_of_arrival() -> None:
    early = stored("EventCorrected", "x", time=START, corrects=ref("a"), data={"depth": "light", "worker_id": "W-1"})
    late = stored("EventCorrected", "y", time=START + timedelta(hours=1), corrects=ref("a"), data={"depth": "full"})
    untimed = stored("EventCorrected", "z", corrects=ref("a"), data={"depth": "light", "discussed_on": "2025-03-10"})
    for arrival in itertools.permutations([discussed("a"), early, late, untimed]):
        (fact,) = facts(arrival)
        assert (fact.data["depth"], fact.data["worker_id"], fact.on.isoformat()) == ("full", "W-1", "2025-03-10")


def test_retracting_a_correction_restores_what_was_there() -> None:
    events = [
        discussed("a"),
        stored("EventCorrected", "x", corrects=ref("a"), data={"case_id": "C-2"}),
        stored("EventRetracted", "r", retracts=ref("x")),
    ]
    assert [fact.id for fact in facts(events)] == ["a"]
    assert facts(events[:2]) == []
    assert [fact.id for fact in facts(events[:2], "case/C-2")] == ["a"]


def test_a_correction_that_would_make_the_event_invalid_changes_nothing() -> None:
    (fact,) = facts([discussed("a"), stored("EventCorrected", "x", corrects=ref("a"), data={"depth": "deep"})])
    assert fact.data["depth"] == "full"


def test_a_merged_subject_reads_as_the_one_it_became_and_a_retracted_merge_is_undone() -> None:
    merged = stored("SubjectMerged", "m", kind="case", from_id="C-0", into_id="C-1", merged_on="2025-05-01")
    again = stored("SubjectMerged", "n", kind="worker", from_id="W-1", into_id="W-2", merged_on="2025-05-01")
    events = [discussed("a", case="C-0", worker_id="W-1", supervisor_id="W-1"), merged, again]
    fact = next(fact for fact in facts(events) if fact.type == "CaseDiscussed")
    assert (fact.data["case_id"], fact.data["worker_id"], fact.data["supervisor_id"]) == ("C-1", "W-2", "W-2")
    undone = [*events, stored("EventRetracted", "r", retracts=ref("m"))]
    assert [fact.id for fact in facts(undone, "case/C-0")] == ["a"]


def test_chains_of_merges_are_followed() -> None:
    chain = [
        stored("SubjectMerged", f"m{n}", kind="worker", from_id=f"W-{n}", into_id=f"W-{n + 1}", merged_on="2025-05-01")
        for n in range(5)
    ]
    assert merges(chain) == {f"worker/W-{n}": "worker/W-5" for n in range(5)}


@pytest.mark.parametrize(
    "twice",
    [
        [discussed("a", discussion_id="D-1"), discussed("b", "2025-03-05", discussion_id="D-1")],
        [discussed("a", session_id="S-1"), discussed("b", session_id="S-1", depth="light")],
        [discussed("a", discussion_id="D-1", session_id="S-1"), discussed("b", session_id="S-1")],
        [
            stored(
                "SessionHeld", "a", session_id="S-1", worker_id="W-1", held_on="2025-03-03", kind="group", case_id="C-1"
            ),
            stored(
                "SessionHeld", "b", session_id="S-1", worker_id="W-1", held_on="2025-03-04", kind="group", case_id="C-1"
            ),
        ],
    ],
)
def test_a_thing_told_twice_counts_once_and_the_last_holds(twice: list[Stored]) -> None:
    for arrival in itertools.permutations(twice):
        assert [fact.id for fact in facts(arrival)] == ["b"]


def test_a_thing_told_again_later_counts_as_first_told_until_that_day() -> None:
    twice = [discussed("a", discussion_id="D-1"), discussed("b", "2025-03-09", discussion_id="D-1")]
    told = Facts(facts_by_tag(twice, {}, ["case/C-1"]))
    assert [f.id for f in told.as_at(date(2025, 3, 8))("case/C-1") if f.on <= date(2025, 3, 8)] == ["a"]
    assert [fact.id for fact in told.as_at(date(2025, 3, 9))("case/C-1")] == ["b"]


def test_two_discussions_of_a_day_without_ids_are_two() -> None:
    assert len(facts([discussed("a"), discussed("b", setting="ad_hoc")])) == 2


def test_siblings_of_one_discussion_are_not_one_thing() -> None:
    both = [discussed("a", discussion_id="D-1"), discussed("b", discussion_id="D-1", case="C-2")]
    assert [len(facts(both, tag)) for tag in ("case/C-1", "case/C-2", "discussion/D-1")] == [1, 1, 2]


def test_a_record_completed_again_after_reopening_is_a_version_of_its_own() -> None:
    record = {
        "record_id": "R-1",
        "kind": "case_supervision",
        "author_id": "W-9",
        "case_id": "C-1",
        "discussed_on": "2025-03-03",
    }
    first = stored("RecordCompleted", "a", completed_at="2025-03-04", **record)
    again = stored("RecordCompleted", "b", completed_at="2025-03-05", **record)
    reopened = stored("RecordReopened", "o", record_id="R-1", reopened_on="2025-03-06", by="W-9", case_id="C-1")
    second = stored("RecordCompleted", "c", completed_at="2025-03-07", **record)
    assert [fact.id for fact in facts([second, reopened, again, first])] == ["b", "o", "c"]


def test_a_case_note_may_be_the_record_itself() -> None:
    note = {"note_id": "N-1", "case_id": "C-1", "recorded_on": "2025-03-05", "author_id": "W-9", "system": "ehm"}
    record = {"record_id": "N-1", "kind": "management_supervision_note", "author_id": "W-9", "case_id": "C-1"}
    events = [
        stored("CaseNoteRecorded", "n", note_type="management_supervision", event_on="2025-03-03", **note),
        stored("RecordCompleted", "r", completed_at="2025-03-05", discussed_on="2025-03-03", **record),
    ]
    kinds = [(fact.type, fact.on.isoformat()) for fact in facts(events)]
    assert kinds.count(("RecordCompleted", "2025-03-05")) == 1
    oversight = stored("CaseNoteRecorded", "o", note_type="management_oversight", **note | {"note_id": "N-2"})
    assert [fact.type for fact in facts([oversight])].count("ManagementOversightRecorded") == 1


def test_what_was_known_then_leaves_out_what_came_later() -> None:
    later = START + timedelta(days=1)
    known = Known(moment=START)
    assert known.admits(discussed("a"))
    assert not known.admits(stored("CaseClosed", "c", recorded=later, case_id="C-1", closed_on="2025-03-03"))
    assert not Known(position=0).admits(discussed("a"))


def test_merge_patches_follow_rfc_7396() -> None:
    """The examples of RFC 7396, appendix A, that fields of ours can have."""
    examples = [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ]
    for target, patch, result in examples:
        assert merge_patch(target, patch) == result


ids = st.sampled_from(["a", "b", "c", "d"])


@st.composite
def histories(draw) -> list[Stored]:
    days = st.sampled_from(["2025-03-01", "2025-03-02", "2025-03-03"])
    told = [
        discussed(name, draw(days), **draw(st.sampled_from([{}, {"session_id": "S-1"}, {"discussion_id": "D-1"}])))
        for name in draw(st.lists(ids, unique=True))
    ]
    patches = st.sampled_from(
        [{"depth": "light"}, {"discussed_on": "2025-03-02"}, {"case_id": "C-2"}, {"depth": "deep"}]
    )
    fixed = [
        stored("EventCorrected", f"x{n}", corrects=ref(draw(ids)), data=draw(patches))
        for n in range(draw(st.integers(0, 3)))
    ]
    gone = [
        stored("EventRetracted", f"r{n}", retracts=ref(draw(st.sampled_from(["a", "b", "x0", "x1"]))))
        for n in range(draw(st.integers(0, 2)))
    ]
    return told + fixed + gone


@given(histories(), st.randoms())
def test_any_order_of_arrival_reads_the_same(history: list[Stored], random) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    for tag in ("case/C-1", "case/C-2"):
        assert facts(shuffled, tag) == facts(history, tag)
