"""From when on records may be disposed of, and who may see them, as the shipped policies declare it."""

from datetime import date

import pytest

from app.domain.policy.loading import check
from app.domain.retention import earliest_disposal
from tests.domain.test_packs import LUTON, SHROPSHIRE


@pytest.mark.parametrize(
    ("left_on", "earliest"), [(date(2025, 6, 30), date(2027, 6, 30)), (date(2024, 2, 29), date(2026, 2, 28))]
)
def test_lutons_records_are_kept_for_two_years_after_leaving(left_on: date, earliest: date) -> None:
    assert LUTON.retain is not None
    assert LUTON.retain.personal is not None
    assert earliest_disposal(LUTON.retain.personal, left_on, held=False) == earliest
    assert earliest_disposal(LUTON.retain.personal, left_on, held=True) is None


def test_shropshire_does_not_say_how_long_records_are_kept() -> None:
    assert SHROPSHIRE.retain is None
    assert earliest_disposal(None, date(2025, 6, 30), held=False) is None


def test_the_two_policies_choose_differently_what_a_supervisee_sees() -> None:
    assert LUTON.may_see is not None
    assert SHROPSHIRE.may_see is not None
    assert (LUTON.may_see.supervisee_folder, SHROPSHIRE.may_see.supervisee_folder) == ("full", "copies")
    assert (LUTON.may_see.unsupervised, SHROPSHIRE.may_see.unsupervised) == (True, False)
    assert (LUTON.may_see.held_by, SHROPSHIRE.may_see.held_by) == ("supervisor", "line_manager")


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("may_see: {clauses: [X-9], supervisee_folder: copies, held_by: supervisor}", "clause `X-9`"),
        ("may_see: {clauses: [X-1], supervisee_folder: copies, held_by: supervisor}", "write `access`"),
        (
            "may_see: {clauses: [X-2], supervisee_folder: full, unsupervised: false, held_by: supervisor}",
            "write `copies`",
        ),
        ("may_see: {clauses: [X-2], supervisee_folder: full, held_by: supervisor, senior_managers: [m]}", "role `m`"),
        ("retain: {personal: {clauses: [X-9], from: leaving, at_least: 2 years}}", "unknown clause `X-9`"),
        ("retain: {personal: {clauses: [X-2], from: leaving, at_least: 5 working days}}", "not in working days"),
    ],
)  # fmt: skip
def test_a_declaration_that_points_at_nothing_is_named(declared: str, said: str) -> None:
    text = f"""id: harbour
version: "1"
title: Harbour
codes: {{roles: [worker]}}
clauses:
  R-1: {{carries: rule, text: a}}
  X-1: {{carries: fact, text: b, told_by: [SessionHeld]}}
  X-2: {{carries: access, text: c}}
{declared}
rules:
  - {{id: R-1, title: t, clause: c, subject: worker, every: {{event: {{type: SessionHeld}}, limit: 28 days}}}}
"""
    [fault] = check(text)
    assert (fault.line, said in fault.detail) == (9, True), fault.detail
