"""What belongs to whose file: nobody's case, nobody else's matters, and whatever speaks of a thing that does belong."""

import random

from app.domain.files import case_record, confined, copied, copies, supervision_file
from app.events.facts import Fact
from tests.domain.told import absent, allocated, answered, discussed, session, started, told

DAY = "2025-03-03"
HELD = session(DAY, session_id="S-1")
GROUP = told("SessionHeld", session_id="S-2", worker_ids=["W-1", "W-3"], held_on=DAY, kind="group")


def _record(record: str, **more: str) -> Fact:
    return told("RecordCompleted", record_id=record, kind="any", completed_at="2025-03-04", author_id="W-2", **more)


def _signed(record: str, **more: str) -> Fact:
    return told(
        "RecordSigned", record_id=record, signer_id="W-1", capacity="supervisee", signed_on="2025-03-05", **more
    )


def _agreed(action: str, **more: str) -> Fact:
    return told("ActionAgreed", action_id=action, agreed_on=DAY, **more)


def _done(action: str, **more: str) -> Fact:
    return told("ActionCompleted", action_id=action, completed_on="2025-05-01", **more)


def _file(*facts: Fact) -> list[Fact]:
    return answered(lambda found: supervision_file("W-1", found), facts)


def _case(*facts: Fact) -> list[Fact]:
    return answered(lambda found: case_record("C-1", found), facts)


def test_what_names_nobody_belongs_where_the_thing_is_that_it_speaks_of() -> None:
    prepared = told("PreparationRecorded", session_id="S-1", by="W-2", capacity="supervisor", prepared_on="2025-03-01")
    objective = told("ObjectiveSet", objective_id="O-1", worker_id="W-1", set_on=DAY)
    reviewed = told("ObjectiveReviewed", objective_id="O-1", reviewed_on="2025-04-01")
    mine = [prepared, HELD, objective, _agreed("A-1", session_id="S-1"), _record("R-1", session_id="S-1")]
    mine += [_signed("R-1"), reviewed, _done("A-1")]
    others = [_record("R-9", session_id="S-9"), _signed("R-9"), _done("A-9")]
    assert _file(*random.sample([*mine, *others], len(mine) + len(others))) == mine


def test_a_case_and_all_that_follows_from_it_is_in_no_personal_file() -> None:
    of_case = [
        _agreed("A-2", case_id="C-1", worker_id="W-1", session_id="S-1"),
        discussed(DAY, session_id="S-1", worker_id="W-1"),
        _record("R-2", case_id="C-1", session_id="S-1"),
        _signed("R-2", session_id="S-1"),
        _done("A-2", session_id="S-1"),
    ]
    assert _file(HELD, *of_case) == [HELD]
    assert _case(HELD, *of_case) == of_case


def test_of_a_group_each_file_has_the_session_its_record_and_nothing_of_the_others() -> None:
    together = _record("R-3", session_id="S-2")
    others = [_agreed("A-3", worker_id="W-3", session_id="S-2"), _record("R-4", worker_id="W-3", session_id="S-2")]
    others += [_signed("R-4", session_id="S-2"), _done("A-3", session_id="S-2")]
    assert _file(GROUP, together, *others) == [GROUP, together]


def test_whatever_holds_a_narrative_about_somebody_is_shown_with_their_supervision() -> None:
    unwell = told("AbsenceStarted", worker_id="W-1", started_on=DAY, narrative="Unwell.")
    need = told("NeedChanged", case_id="C-1", changed_on=DAY, narrative="A new baby.")
    assert _file(started("2024-01-01"), *absent("2024-05-01"), unwell, need) == [unwell]
    assert _case(allocated("2024-01-01"), unwell, need) == [need]


def test_siblings_share_a_discussion_and_each_case_keeps_its_own() -> None:
    mine, theirs = discussed(DAY, discussion_id="D-1"), discussed(DAY, case_id="C-2", discussion_id="D-1")
    shared, of_sibling = _agreed("A-5", discussion_id="D-1"), _agreed("A-6", case_id="C-2", discussion_id="D-1")
    told_later = [_done("A-5"), _done("A-6", discussion_id="D-1")]
    assert _case(mine, theirs, shared, of_sibling, *told_later) == [mine, shared, told_later[0]]


def test_what_two_systems_tell_of_one_thing_is_shown_twice() -> None:
    again = session("2025-03-04", session_id="S-1")
    assert _file(HELD, again) == [HELD, again]


def test_a_copy_holds_the_record_and_its_session_as_told_by_that_day_and_only_for_who_got_it() -> None:
    then = [HELD, _agreed("A-1", session_id="S-1"), _record("R-1", session_id="S-1"), _signed("R-1")]
    copy = told("RecordCopied", record_id="R-1", to_worker_id="W-1", copied_on="2025-03-07", by="W-2")
    other = told("RecordCopied", record_id="R-1", to_worker_id="W-5", copied_on="2025-03-07", by="W-1")
    later = [_done("A-1"), told("RecordReopened", record_id="R-1", reopened_on="2025-05-01", by="W-2")]
    everything = (*then, copy, other, *later)
    assert answered(lambda found: copies("W-1", found), everything) == [copy]
    assert answered(lambda found: copied(copy, found), everything) == then
    assert answered(lambda found: copied(other, found), everything) == then[1:], "the session itself names W-1"


def test_a_right_to_one_session_shows_what_names_it_and_no_more() -> None:
    agreed = _agreed("A-1", session_id="S-1")
    file = _file(HELD, agreed, _done("A-1"), GROUP)
    assert confined(file, {"session/S-1"}) == [HELD, agreed]
    assert confined(file, None) == file
    assert confined(file, set()) == []
