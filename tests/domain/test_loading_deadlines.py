"""What a pack with deadlines, owners and joint answers must get right, and the line on which it is told otherwise."""

import pytest

from app.domain.policy.loading import check
from tests.domain.test_loading import line_of, the_fault

JOINT = """id: joint
version: "1"
title: Joint
events:
  action: {type: ActionAgreed}
  signed: {type: RecordSigned}
rules:
  - id: J-1
    title: Actions are done by their date
    clause: Section 1
    subject: [worker, case]
    within:
      after: action
      belongs_by: owner_id
      due_on: due_on
      answered_by: {event: {type: ActionCompleted}, same: action}
  - id: J-2
    title: Both sign
    clause: Section 2
    subject: worker
    within:
      after: {type: RecordCompleted}
      answered_by:
        called: signing
        all_of:
          - {event: signed, same: record}
        agree_on: content_hash
"""


def test_a_rule_about_several_subjects_with_joint_answers_is_a_policy() -> None:
    assert check(JOINT) == []


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("due_on: due_on", "due_on: dueon", "unknown date field `dueon`: did you mean `due_on`?"),
        (
            "belongs_by: owner_id",
            "belongs_by: ownr_id",
            "unknown field of a person `ownr_id`: did you mean `owner_id`?",
        ),
        (
            "agree_on: content_hash",
            "agree_on: contenthash",
            "unknown field of RecordSigned `contenthash`: did you mean",
        ),
        ("event: signed, same", "event: singed, same", "unknown event `singed`: did you mean `signed`?"),
        ("{event: {type: ActionCompleted}", "{event: {type: ActionComplete}", "unknown event type `ActionComplete`"),
        ("subject: [worker, case]", "subject: [worker, casse]", "unknown subject `casse`: did you mean `case`?"),
        ("agree_on: content_hash", "agreeon: content_hash", "unknown key `agreeon`: did you mean `agree_on`?"),
    ],
)
def test_what_a_duty_names_that_is_not_there_is_said_on_its_line(old: str, new: str, detail: str) -> None:
    text = JOINT.replace(old, new)
    fault = the_fault(text)
    assert fault.detail.startswith(detail)
    assert fault.line == line_of(text, new)


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("}\n  signed", ", amended_by: {event: amendd, same: action}}\n  signed", "unknown event `amendd`"),
        ("}\n  signed", ", amended_by: {event: action, same: action}}\n  signed", "event `action` is described by way"),
    ],
)
def test_what_amends_an_event_is_another_event_that_there_is(old: str, new: str, detail: str) -> None:
    fault = the_fault(JOINT.replace(old, new))
    assert (fault.detail[: len(detail)], fault.line) == (detail, line_of(JOINT, "action:"))


def test_a_deadline_is_a_date_in_the_event_or_a_length_and_not_both() -> None:
    fault = the_fault(JOINT.replace("due_on: due_on", "due_on: due_on\n      limit: 5 days"))
    assert "either a date in the event (`due_on`) or a length of time after it" in fault.detail
