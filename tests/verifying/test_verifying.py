"""What the verifier says of bundles that no honest service gives, and of those that hold a part. Files alone."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.ledger.notes import VerifierKey
from app.verifying.bundle import NotABundle
from app.verifying.findings import Outcome, Report
from app.verifying.keeping import kept
from app.verifying.verifying import Asked, verify
from tests.verifying.writing import BEGAN, Log, Told, event_body, write

LUTON = Log.of(600)


def said(
    tmp_path: Path,
    lines: list[dict[str, Any]],
    key: VerifierKey | None,
    earlier: Sequence[Any] = (),
    processes: int = 1,
) -> Report:
    file, keys = write(tmp_path / "bundle", lines), [key] if key is not None else []
    names = []
    for number, each in enumerate(earlier):
        path = tmp_path / f"earlier-{number}"
        names.append(path)
        path.write_text(each) if isinstance(each, str) else write(path, each)
    return verify(Asked(file, keys, [kept(path, keys) for path in names], processes))


def told(report: Report) -> list[tuple[int, str]]:
    return [(fault.position, fault.code) for fault in report.faults]


@pytest.fixture
def key() -> VerifierKey:
    return LUTON.key.verifier


def test_a_whole_bundle_of_a_key_that_is_known_holds_without_reserve(tmp_path: Path, key: VerifierKey) -> None:
    report = said(tmp_path, LUTON.lines(), key)
    assert (report.faults, report.open, report.outcome, report.events) == ([], [], Outcome.HOLDS, 600)


def test_by_its_own_key_it_only_agrees_with_itself_and_that_is_said(tmp_path: Path) -> None:
    report = said(tmp_path, LUTON.lines(), None)
    assert (report.faults, report.outcome) == ([], Outcome.IN_PART)
    assert "agrees with itself" in report.open[0]


@pytest.mark.parametrize(("first", "last"), [(1, 1), (1, 255), (2, 600), (256, 511), (300, 300), (599, 600), (77, 513)])
def test_any_range_is_verified_against_the_checkpoint(tmp_path: Path, key: VerifierKey, first: int, last: int) -> None:
    report = said(tmp_path, LUTON.lines(first, last), key)
    assert (report.faults, report.events) == ([], last - first + 1)


@pytest.mark.parametrize("first", [1, 40, 256])
@pytest.mark.parametrize("position", [256, 300, 511, 512, 560, 599])
def test_a_changed_body_is_found_where_it_is(tmp_path: Path, key: VerifierKey, first: int, position: int) -> None:
    """To the event where there are published hashes; elsewhere the signed notes on the way say between which."""
    lines = LUTON.lines(first, signed=[520, 550, 570])
    line = next(line for line in lines if line.get("position") == position)
    line["body"] = line["body"].replace("C-1", "C-2")
    report = said(tmp_path, lines, key)
    (fault,) = report.faults
    expected = (position, position)
    if position >= 512:
        expected = {560: (550, 569)}.get(position, (first if position < 520 else 570, 519 if position < 520 else 600))
        expected = (max(expected[0], first), expected[1])
    assert fault.code == "leaf"
    assert (fault.position, fault.until) == expected


def test_what_the_service_cannot_file_as_it_was_told_is_found_by_its_own_word(tmp_path: Path, key: VerifierKey) -> None:
    lines = LUTON.lines()
    lines[9] |= {"filed": {"business_date": "2020-01-01"}}
    (fault,) = said(tmp_path, lines, key).faults
    assert (fault.position, fault.code) == (8, "filed")
    assert "business_date" in fault.said


def _without(lines: list[dict[str, Any]], *positions: int) -> list[dict[str, Any]]:
    return [line for line in lines if line.get("position") not in positions]


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda lines: _without(lines, 9, 10), [(9, "missing")]),
        (lambda lines: _without(lines, 600), [(590, "missing")]),
        (lambda lines: lines[:-1], [(600, "cut")]),
        (lambda lines: [*lines[:-1], lines[-2] | {"position": 601}, lines[-1]], [(601, "beyond"), (601, "twice")]),
        (lambda lines: [*lines[:5], lines[4], *lines[5:]], [(3, "order")]),
        (lambda lines: [*lines[:5], {"position": "x"}, *lines[5:]], [(4, "unreadable")]),
        (lambda lines: [*lines[:5], {"else": 1}, *lines[5:]], [(4, "unreadable")]),
    ],
)
def test_lines_that_are_missing_twice_or_unreadable_are_told_by_position(
    tmp_path: Path, key: VerifierKey, spoil: Any, expected: list[tuple[int, str]]
) -> None:
    assert told(said(tmp_path, spoil(LUTON.lines(signed=[590])), key)) == expected


def test_times_that_go_back_and_ids_that_come_twice_are_found_also_where_they_were_signed(tmp_path: Path) -> None:
    log = Log.of(300)
    log.events[270].recorded = BEGAN
    log.events[280].body = log.events[3].body
    report = said(tmp_path, log.lines(), log.key.verifier)
    assert told(report) == [(271, "time"), (281, "twice")]


# --- a hostile log server ---------------------------------------------------------------------------------------------


def test_a_bundle_of_another_key_of_the_same_name_is_refused(tmp_path: Path, key: VerifierKey) -> None:
    other = Log.of(20)
    report = said(tmp_path, other.lines(), key)
    assert told(report) == [(0, "signature")]
    assert report.outcome is Outcome.FAULTY


def test_another_councils_bundle_is_refused_also_where_one_key_signs_for_both(tmp_path: Path, key: VerifierKey) -> None:
    other = Log.of(20, "ledger.test/log/shropshire", LUTON.key)
    assert told(said(tmp_path, other.lines(), key)) == [(0, "signature")]


def test_a_bundle_that_calls_itself_another_councils_is_a_fault(tmp_path: Path, key: VerifierKey) -> None:
    lines = LUTON.lines()
    lines[0]["council"] = "shropshire"
    assert told(said(tmp_path, lines, key)) == [(0, "opening")]


def test_a_checkpoint_of_another_size_or_log_than_the_bundle_says_is_refused(tmp_path: Path, key: VerifierKey) -> None:
    for note in (LUTON.note(400), Log.of(600, key=LUTON.key).note().replace("luton", "leeds")):
        lines = LUTON.lines()
        lines[0]["checkpoint"] = note
        assert (0, "signature") in told(said(tmp_path, lines, key))


def test_an_old_root_does_not_pass_for_the_new_one(tmp_path: Path, key: VerifierKey) -> None:
    """The events of now under the signed state of before: what came since is missing to whoever kept a later note."""
    old = Log(LUTON.origin, LUTON.key, LUTON.events[:500])
    report = said(tmp_path, old.lines(), key, [LUTON.note()])
    assert told(report) == [(501, "truncated")]
    assert report.faults[0].until == 600


def test_two_histories_that_were_both_signed_are_told_apart_by_an_earlier_note(
    tmp_path: Path, key: VerifierKey
) -> None:
    """A split view: the signer's key itself was used to sign a history that was written anew from position 222 on."""
    other = Log(LUTON.origin, LUTON.key, [*LUTON.events])
    other.events[221] = Told(event_body("another"), LUTON.events[221].recorded)
    report = said(tmp_path, other.lines(), key, [LUTON.note(300), LUTON.note(200)])
    (fault,) = report.faults
    assert (fault.code, fault.position, fault.until) == ("history", 200, 299)
    exact = said(tmp_path, other.lines(), key, [LUTON.lines()])
    assert told(exact) == [(222, "history")]


def test_a_changed_event_keeps_its_position_and_is_no_history_written_anew_beside_an_earlier_note(
    tmp_path: Path, key: VerifierKey
) -> None:
    lines = LUTON.lines()
    line = next(line for line in lines if line.get("position") == 10)
    line["body"] = line["body"].replace("C-1", "C-2")
    report = said(tmp_path, lines, key, [LUTON.note(590), LUTON.lines()])
    assert {(fault.position, fault.until) for fault in report.faults} == {(10, 10)}
    assert not any("anew" in fault.said for fault in report.faults)


def test_an_earlier_note_that_agrees_is_told_as_held(tmp_path: Path, key: VerifierKey) -> None:
    report = said(tmp_path, LUTON.lines(), key, [LUTON.note(1), LUTON.note(256), LUTON.note(), LUTON.lines(1, 99)])
    assert (report.faults, report.open) == ([], [])
    assert sum("unchanged" in sentence for sentence in report.held) == 4


def test_an_earlier_note_of_another_log_or_key_is_refused(tmp_path: Path, key: VerifierKey) -> None:
    with pytest.raises(NotABundle):
        said(tmp_path, LUTON.lines(), key, [Log.of(5, "ledger.test/log/leeds").note()])
    leeds = Log.of(5, "ledger.test/log/leeds")
    assert told(said(tmp_path, LUTON.lines(), None, [leeds.note()])) == [(0, "origin")]


def test_a_range_says_which_earlier_note_it_cannot_judge(tmp_path: Path, key: VerifierKey) -> None:
    report = said(tmp_path, LUTON.lines(300, 400), key, [LUTON.note(200), LUTON.note(350)])
    assert (report.faults, report.outcome) == ([], Outcome.IN_PART)
    assert len(report.open) == 1


def test_of_a_range_no_more_is_said_to_be_unchanged_than_is_in_it(tmp_path: Path, key: VerifierKey) -> None:
    report = said(tmp_path, LUTON.lines(300, 400), key, [LUTON.note(), LUTON.note(351), LUTON.note(300)])
    assert sorted(report.held[-3:]) == [
        "Positions 300 to 350 are in this bundle as earlier-1 covers them, unchanged.",
        "Positions 300 to 400 are in this bundle as earlier-0 covers them, unchanged.",
        "earlier-2 is of this log; it covers positions before those of this bundle.",
    ]


def test_a_file_that_ends_within_a_line_after_the_events_is_told_where_it_ends(
    tmp_path: Path, key: VerifierKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the answers are a stretch of their own, that holds no event."""
    monkeypatch.setattr("app.verifying.bundle.SLICE", 1000)
    log = Log(LUTON.origin, LUTON.key, LUTON.events[:20])
    log.answers = [{"answer": {"padding": "x" * 900}, "asked": "/"}] * 3
    file = write(tmp_path / "bundle", log.lines())
    file.write_bytes(file.read_bytes()[:-300])
    faults = verify(Asked(file, [key], answers=False)).faults
    assert (21, "unreadable") in [(fault.position, fault.code) for fault in faults]


# --- restores ---------------------------------------------------------------------------------------------------------


def test_a_restore_that_kept_everything_is_told_and_what_an_old_note_covers_is_found(
    tmp_path: Path, key: VerifierKey
) -> None:
    again = LUTON.restored(600, [Told(event_body("after"), BEGAN + 10**9)])
    report = said(tmp_path, again.lines(), key, [LUTON.note(), LUTON.note(333)])
    assert (report.faults, report.outcome) == ([], Outcome.IN_PART)
    assert any("RESTORE" in sentence for sentence in report.open)
    assert sum("kept unchanged" in sentence for sentence in report.held) == 2


def test_a_restore_that_lost_events_says_so_and_is_no_fault(tmp_path: Path, key: VerifierKey) -> None:
    again = LUTON.restored(580, [Told(event_body(f"after-{n}"), BEGAN + 10**9 + n) for n in range(40)])
    report = said(tmp_path, again.lines(), key, [LUTON.note(), LUTON.note(333)])
    assert report.faults == []
    assert sum("lost some" in sentence for sentence in report.open) == 1


def test_a_break_that_no_opening_acknowledges_is_a_fault(tmp_path: Path, key: VerifierKey) -> None:
    """A log begun again from an older state, behind an opening that names that state: what came after is gone."""
    short = Log(LUTON.origin, LUTON.key, LUTON.events[:100]).restored(100)
    assert (0, "restore") in told(said(tmp_path, short.lines(), key, [LUTON.note()]))
    first = Log("ledger.test/log/luton/2", LUTON.key, LUTON.events)
    assert (0, "origin") in told(said(tmp_path, first.lines(), key, [LUTON.note()]))


def test_an_opening_that_is_not_the_trees_first_entry_is_a_fault(tmp_path: Path, key: VerifierKey) -> None:
    again = LUTON.restored(600)
    lines = again.lines()
    lines[0]["openings"][-1]["earlier_size"] = 17
    assert (0, "opening") in told(said(tmp_path, lines, key))


# --- texts ------------------------------------------------------------------------------------------------------------


def _of(log: Log, *events: tuple[str, dict[str, Any]]) -> Log:
    for name, data in events:
        number = len(log.events) + 1
        body = event_body(f"{name}-{number}", name, **data)
        log.events.append(Told(body, BEGAN + 10**6 + number))
    return log


NOTE = ("CaseNoteRecorded", {"case_id": "C-1", "note_id": "N-1", "narrative": {"sha256": "ab" * 32}})
ASKED = ("ErasureRequested", {"case_id": "C-1", "request_id": "R", "by": "W-1", "requested_on": "2026-03-01"})
APPROVED = ("ErasureApproved", {"case_id": "C-1", "request_id": "R", "by": "W-2", "approved_on": "2026-03-02"})
ERASED = ("PersonalDataErased", {"case_id": "C-1", "request_id": "R", "erased_on": "2026-03-20", "authority": "dpo"})
CLOSED = ("ErasureClosed", {"case_id": "C-1", "request_id": "R", "closed_on": "2026-03-03"})
MERGED = ("SubjectMerged", {"kind": "case", "from_id": "C-1", "into_id": "C-9", "merged_on": "2026-03-03"})


def _but(event: tuple[str, dict[str, Any]], **changes: Any) -> tuple[str, dict[str, Any]]:
    return event[0], event[1] | changes


@pytest.mark.parametrize(
    ("decided", "why"),
    [
        ([ASKED, APPROVED, ERASED], None),
        ([MERGED, _but(ASKED, case_id="C-9"), _but(APPROVED, case_id="C-9"), _but(ERASED, case_id="C-9")], None),
        ([], "no erasure"),
        ([ASKED, APPROVED], "no erasure"),
        ([ERASED], "not asked for"),
        ([ASKED, ERASED], "not approved"),
        ([ASKED, ERASED, APPROVED], "not approved"),
        ([ASKED, _but(APPROVED, by="W-1"), ERASED], "same person"),
        ([ASKED, _but(APPROVED, case_id="C-2"), ERASED], "somebody else"),
        ([ASKED, APPROVED, _but(ERASED, case_id="C-2")], "no erasure"),
        ([ASKED, APPROVED, _but(ERASED, request_id="S")], "not asked for"),
        ([APPROVED, ASKED, ERASED], "before it was asked for"),
        ([ASKED, APPROVED, _but(ERASED, positions=[2, 4])], None),
        ([ASKED, APPROVED, _but(ERASED, positions=[2, 5])], "no erasure"),
        ([ASKED, APPROVED, CLOSED, ERASED], "after its request was closed"),
        ([ASKED, APPROVED, _but(ERASED, positions=7)], "no erasure"),
    ],
)
def test_a_text_is_gone_only_by_an_erasure_that_one_asked_for_and_another_approved(
    tmp_path: Path, decided: list[tuple[str, dict[str, Any]]], why: str | None
) -> None:
    log = _of(Log.of(3), NOTE, *decided)
    report = said(tmp_path, log.lines(), log.key.verifier)
    assert [fault.position for fault in report.faults] == ([] if why is None else [4])
    assert (why is None and report.erased == 1) or str(why) in report.faults[0].said


@pytest.mark.parametrize(("first", "last"), [(4, 4), (1, 6), (4, 6), (2, 7)])
def test_a_range_leaves_open_how_a_text_was_erased_and_raises_no_alarm(tmp_path: Path, first: int, last: int) -> None:
    """What asked for it, approved it or carried it out may stand outside; a whole bundle without them is a fault."""
    log = _of(Log.of(3), NOTE, ASKED, APPROVED, ERASED)
    report = said(tmp_path, log.lines(first, last), log.key.verifier)
    assert (report.faults, report.erased) == ([], 1)
    assert last == 7 or "not held any more: 1, the first at position 4" in report.open[0]


def test_what_was_erased_again_after_a_restore_that_lost_the_request_is_told_and_is_no_fault(tmp_path: Path) -> None:
    """A backup from before the request; without a restore in the chain of logs nobody may say so."""
    again = _but(ERASED, authority="erasure_register")
    log = _of(Log.of(3), NOTE, again)
    assert told(said(tmp_path, log.lines(), log.key.verifier)) == [(4, "text_gone")]
    log = _of(_of(Log.of(3), NOTE).restored(4), again)
    report = said(tmp_path, log.lines(), log.key.verifier)
    assert (report.faults, report.outcome) == ([], Outcome.IN_PART)
    assert "which lost the request" in report.open[-1]
    log = _of(_of(Log.of(3), NOTE).restored(4), ASKED, again)
    assert told(said(tmp_path, log.lines(), log.key.verifier)) == [(4, "text_gone")]


def test_an_erasure_before_the_text_explains_nothing(tmp_path: Path) -> None:
    log = _of(Log.of(3), ASKED, APPROVED, ERASED, NOTE)
    assert told(said(tmp_path, log.lines(), log.key.verifier)) == [(7, "text_gone")]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"narrative": "ab" * 32}, []),
        ({"narrative": "ac" * 32}, [(4, "text")]),
        ({"narrative": {"sealed": "AAAA"}}, [(4, "text")]),
        ({"narrative": "ab" * 32, "name": "ab" * 32}, [(4, "text")]),
    ],
)
def test_a_text_is_held_as_it_was_recorded(tmp_path: Path, texts: dict[str, Any], expected: list[Any]) -> None:
    log = _of(Log.of(3), NOTE)
    log.events[3].texts = texts
    assert told(said(tmp_path, log.lines(), log.key.verifier)) == expected


# --- what comes from anybody ------------------------------------------------------------------------------------------


def test_whatever_is_in_a_line_the_verifier_answers_with_a_fault_and_never_breaks(tmp_path: Path) -> None:
    """Each value of each line in turn replaced by something else."""
    log = _of(Log.of(2), NOTE, ASKED, APPROVED, ERASED)
    log.answers = [{"answer": {"engine": 3}, "asked": "/v1/cases/C-1/compliance?as_at=2026-03-01&known_position=6"}]
    lines = log.lines()
    for number, line in enumerate(lines):
        for name in line:
            for value in (None, True, -1, 2**70, "", "x", [], {}, [1], "\ud800", 0.5):
                spoiled = [*lines[:number], line | {name: value}, *lines[number + 1 :]]
                text = "".join(json.dumps(each) + "\n" for each in spoiled)
                (tmp_path / "spoiled").write_text(text)
                try:
                    report = verify(Asked(tmp_path / "spoiled", [log.key.verifier]))
                except NotABundle:
                    continue
                kind = next(iter(line))
                harmless = kind == "end" or name in ("texts", "hashes", "checkpoints", "keys", "filed")
                assert report.faults or harmless or value == line[name], (line, name, value)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("EventCorrected", {"data": {"narrative": {"sha256": "ab" * 32}}}),
        ("EventCorrected", {"corrects": {"source": [1], "id": {}}, "data": {"narrative": {"sha256": "ab" * 32}}}),
        ("Nonsense", {"narrative": {"sha256": "ab" * 32}}),
        ("SessionHeld", {"worker_ids": [{}], "narrative": {"sha256": "ab" * 32}}),
        ("SubjectMerged", {"kind": "worker"}),
    ],
)
def test_a_body_of_which_nothing_can_be_made_does_not_stop_the_verifier(
    tmp_path: Path, name: str, data: dict[str, Any]
) -> None:
    """Whoever edits one body would else hide all others: each of these ended the verification before its first word."""
    opened = ("CaseOpened", {"case_id": "C-1", "opened_on": "2026-03-01", "systems": {"LCS": "8"}})
    log = _of(Log.of(3), opened, NOTE, (name, data))
    assert (5, "text_gone") in told(said(tmp_path, log.lines(), log.key.verifier))


def test_what_is_no_bundle_is_said_to_be_none(tmp_path: Path) -> None:
    for content in (b"", b"{}\n", b'{"bundle":"supervision-ledger/2"}\n', b'{"bundle":1', b"\xff\xfe\n", b"[]\n" * 9):
        (tmp_path / "bundle").write_bytes(content)
        with pytest.raises(NotABundle):
            verify(Asked(tmp_path / "bundle"))
