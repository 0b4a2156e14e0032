"""Whom a session, a record, an action … is about."""

import pytest

from app.domain.access.about import about, spoken_of
from app.domain.subject import Subject
from tests.domain.told import answered, told

FACTS = (
    told("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-03-01", kind="individual"),
    told("SessionHeld", session_id="S-2", worker_ids=["W-1", "W-2"], held_on="2025-03-01", kind="group"),
    told("CaseDiscussed", session_id="S-1", case_id="C-1", discussion_id="D-1", discussed_on="2025-03-01",
         depth="full", setting="individual"),
    told("CaseDiscussed", session_id="S-3", case_id="C-3", discussed_on="2025-03-01", depth="full",
         setting="individual"),
    told("RecordCompleted", record_id="R-1", session_id="S-1", kind="k", completed_at="2025-03-02", author_id="M"),
    told("RecordCompleted", record_id="R-2", discussion_id="D-1", kind="k", completed_at="2025-03-02", author_id="M"),
    told("RecordCompleted", record_id="R-3", session_id="S-9", kind="k", completed_at="2025-03-02", author_id="M"),
    told("RecordCompleted", record_id="R-4", session_id="S-1", kind="k", completed_at="2025-03-02", author_id="M",
         case_id="C-4"),
    told("RecordSigned", record_id="R-5", session_id="S-2", signer_id="M", capacity="supervisor",
         signed_on="2025-03-02"),
    told("ActionAgreed", action_id="A-1", record_id="R-1", agreed_on="2025-03-02", owner_id="W-7"),
    told("CaseNoteRecorded", note_id="N-1", case_id="C-1", recorded_on="2025-03-02", author_id="M", system="lcs",
         note_type="supervision"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "identity", "expected"),
    [
        ("session", "S-1", {"worker/W-1"}),
        ("session", "S-2", {"worker/W-1", "worker/W-2"}),
        ("session", "S-3", {"case/C-3"}),
        ("session", "S-9", set()),
        ("session", "S-0", set()),
        ("discussion", "D-1", {"case/C-1"}),
        ("record", "R-1", {"worker/W-1"}),
        ("record", "R-2", {"case/C-1"}),
        ("record", "R-3", set()),
        ("record", "R-4", {"case/C-4"}),
        ("record", "R-5", {"worker/W-1", "worker/W-2"}),
        ("action", "A-1", {"worker/W-1"}),
        ("record", "N-1", {"case/C-1"}),
    ],
)
def test_a_thing_is_about_whom_it_names_or_whom_what_it_belongs_to_names(
    kind: str, identity: str, expected: set[str]
) -> None:
    found = answered(lambda facts: about(kind, identity, facts), FACTS)
    assert {each.tag for each in found} == expected


def test_a_session_speaks_of_the_cases_discussed_in_it_without_being_theirs() -> None:
    found = answered(lambda facts: spoken_of("session", "S-1", facts), FACTS)
    assert found == {Subject("worker", "W-1"), Subject("case", "C-1"), Subject("case", "C-4")}
