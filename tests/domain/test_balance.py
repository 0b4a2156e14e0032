"""A team's open cases are split equally between posts, within a tolerance; the unknown is no breach and no proof."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.obligations import Finding
from app.domain.policy.balances import Tolerance
from app.domain.rules.shares import difference, equal, moves_needed, surely_equal, surely_unequal
from app.events.facts import Fact
from tests.domain.told import adopted, closed, day, finding, opened, policy, rows, status, told

ONE_CASE_OR_TEN_POINTS = {"cases": 1, "points": 10}
DISCUSSED = {"type": "CaseDiscussed", "where": {"setting": "individual"}}
NOW = "2025-06-30"


def splitting(**more: Any) -> Fact:
    balance = {
        "between": ["manager", "deputy"],
        "counted_through": {"senior": "oversight"},
        "tolerance": ONE_CASE_OR_TEN_POINTS,
        "delivered": {"event": DISCUSSED, "within": "3 months"},
    }
    return adopted(policy({"id": "R-1", "subject": "team", "balance": balance | more}))


def employed(worker: str, role: str, team: str | None = "T-1", on: str = "2025-01-01") -> Fact:
    more = {} if team is None else {"team_id": team}
    return told("WorkerStarted", worker_id=worker, started_on=on, role=role, service="quay", **more)


def case(number: int, on: str = "2025-01-02", **more: Any) -> Fact:
    return opened(on, case_id=f"C-{number}", **{"team_id": "T-1"} | more)


def assigned(number: int, supervisor: str, on: str = "2025-01-02", **more: Any) -> Fact:
    return told("CaseSupervisorAssigned", case_id=f"C-{number}", supervisor_id=supervisor, assigned_on=on, **more)


def allocated(number: int, worker: str = "W-1", on: str = "2025-01-02", **more: Any) -> Fact:
    return told("CaseAllocated", case_id=f"C-{number}", worker_id=worker, allocated_on=on, **more)


def supervised(worker: str, supervisor: str, on: str = "2025-01-02", **more: Any) -> Fact:
    return told("SupervisorAssigned", worker_id=worker, supervisor_id=supervisor, assigned_on=on, **more)


def supervising(supervisor: str, numbers: range) -> list[Fact]:
    """These cases, opened in the team and supervised by somebody from the day they came."""
    return [fact for number in numbers for fact in (case(number), assigned(number, supervisor))]


STAFF = [
    told("TeamOpened", team_id="T-1", opened_on="2025-01-01", service="quay"),
    employed("M-1", "manager"),
    employed("D-1", "deputy"),
    employed("S-1", "senior"),
    employed("W-1", "worker"),
]
TEAM = [splitting(), *STAFF]


def split(*facts: Fact, on: str = NOW) -> Finding:
    return finding(on, *TEAM, *facts)


def counted(found: Finding) -> tuple[int, int, int, int]:
    """With the manager, with the deputy, with others, not known."""
    assert found.split is not None
    manager, deputy = found.split.shares
    return manager.cases, deputy.cases, found.split.others, len(found.split.not_known)


@pytest.mark.parametrize(
    ("manager", "deputy", "said"),
    [
        (12, 11, ("met", "balanced")),
        (15, 8, ("breached", "unbalanced")),
        (1, 0, ("met", "balanced")),       # one case apart
        (2, 0, ("breached", "unbalanced")),
        (11, 9, ("met", "balanced")),      # two apart, ten points
        (10, 8, ("breached", "unbalanced")),
        (0, 0, ("not_assessable", "no_cases")),
    ],
)  # fmt: skip
def test_it_is_unequal_only_when_both_limits_are_passed(manager: int, deputy: int, said: tuple[str, str]) -> None:
    found = split(*supervising("M-1", range(manager)), *supervising("D-1", range(100, 100 + deputy)))
    assert (str(found.status), found.code) == said
    assert counted(found) == (manager, deputy, 0, 0)


def test_it_says_both_numbers_and_what_would_put_it_right() -> None:
    found = split(*supervising("M-1", range(15)), *supervising("D-1", range(20, 28)))
    assert found.why == (
        "23 open cases on 30 June 2025: 15 with the manager (65%) and 8 with the deputy (35%). The difference is 7 "
        "cases, 30 percentage points. That is not split equally: a difference of up to 1 case or 10 percentage points "
        "is allowed. Sessions held on its cases in the last 3 months, for information: 0 by the manager and 0 by the "
        "deputy."
    )
    assert found.put_right == "3 cases to move from the manager to the deputy."
    assert found.split is not None
    assert (found.split.difference_in_cases, found.split.difference_in_points) == (7, 30.4)
    assert [(share.role, share.workers, share.percent) for share in found.split.shares] == [
        ("manager", ("M-1",), 65.2),
        ("deputy", ("D-1",), 34.8),
    ]
    assert len(found.evidence) == 23


def test_a_case_is_its_supervisors_from_the_day_of_the_assignment() -> None:
    facts = [*supervising("M-1", range(4)), assigned(0, "D-1", "2025-03-01"), assigned(1, "D-1", "2025-03-02")]
    assert [counted(split(*facts, on=on)) for on in ("2025-02-28", "2025-03-01", "2025-03-02")] == [
        (4, 0, 0, 0),
        (3, 1, 0, 0),
        (2, 2, 0, 0),
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([allocated(1, case_supervisor_id="D-1")], "deputy"),
        ([allocated(1, case_supervisor_id="D-1"), assigned(1, "M-1")], "manager"),
        ([allocated(1, case_supervisor_id="D-1", responsibility="secondary")], None),
        ([allocated(1), supervised("W-1", "D-1", strand="case")], "deputy"),
        ([allocated(1), supervised("W-1", "D-1", strand="case"), supervised("W-1", "M-1")], "deputy"),
        ([allocated(1), supervised("W-1", "M-1")], "manager"),
        ([allocated(1), supervised("W-1", "M-1", strand="professional")], None),
        ([supervised("W-1", "M-1")], None),
        ([allocated(1, case_supervisor_id="D-1"), told("CaseUnallocated", case_id="C-1", worker_id="W-1",
                                                       ended_on="2025-06-29")], None),
        ([allocated(1, case_supervisor_id="D-1"), told("CaseUnallocated", case_id="C-1", worker_id="W-1",
                                                       ended_on=NOW)], "deputy"),
        ([allocated(1, case_supervisor_id="D-1"), told("CaseUnallocated", case_id="C-1", worker_id="W-2",
                                                       ended_on="2025-03-01")], "deputy"),
        ([assigned(1, "M-1"), assigned(1, "D-1", "2025-06-01", basis="interim", until=NOW)], "deputy"),
        ([assigned(1, "M-1"), assigned(1, "D-1", "2025-06-01", basis="interim", until="2025-06-29")], "manager"),
        ([assigned(1, "M-1", until="2025-06-29"), allocated(1, case_supervisor_id="D-1")], "deputy"),
        ([assigned(1, "S-1"), supervised("S-1", "D-1", strand="oversight")], "deputy"),
        ([assigned(1, "S-1"), supervised("S-1", "M-1")], None),
        ([assigned(1, "X-1"), employed("X-1", "manager", "T-2")], "others"),
        ([assigned(1, "X-1"), employed("X-1", "worker", None)], "others"),
        ([assigned(1, "X-1"), employed("X-1", "manager", None)], None),
        ([assigned(1, "X-1"), employed("X-1", "captain")], None),
        ([assigned(1, "X-1")], None),
        ([assigned(1, "X-1"), employed("X-1", "deputy"), told("WorkerLeft", worker_id="X-1", left_on="2025-06-29")],
         None),
    ],
)  # fmt: skip
def test_who_supervises_a_case(facts: list[Fact], expected: str | None) -> None:
    manager, deputy, others, not_known = counted(split(case(1), *facts))
    names = {"manager": manager, "deputy": deputy, "others": others, None: not_known}
    assert names == {name: int(name == expected) for name in names}


def test_a_case_counts_where_it_is_on_the_day() -> None:
    elsewhere = told("CaseTransferred", case_id="C-1", transferred_on="2025-03-01", team_id="T-2")
    back = told("CaseTransferred", case_id="C-1", transferred_on="2025-04-01", team_id="T-1")
    facts = [case(1), assigned(1, "M-1"), elsewhere, back]
    days = ("2025-02-28", "2025-03-01", "2025-03-31", "2025-04-01")
    assert [counted(split(*facts, on=on))[0] for on in days] == [1, 0, 0, 1]
    shut = told("CaseClosed", case_id="C-1", closed_on="2025-05-01")
    assert [counted(split(*facts, shut, on=on))[0] for on in ("2025-05-01", "2025-05-02")] == [1, 0]


def test_a_case_comes_into_the_team_with_its_allocation() -> None:
    facts = [opened("2025-01-02"), allocated(1, team_id="T-1", case_supervisor_id="M-1")]
    assert counted(split(*facts)) == (1, 0, 0, 0)
    assert split(opened("2025-01-02"), allocated(1, team_id="T-1", responsibility="secondary")).code == "no_cases"


def test_a_case_of_which_it_is_not_known_where_it_is_is_not_known() -> None:
    moved = told("CaseTransferred", case_id="C-1", transferred_on="2025-03-01", service="pier")
    assert counted(split(case(1), assigned(1, "M-1"), moved)) == (0, 0, 0, 1)
    never_opened = told("CaseTransferred", case_id="C-1", transferred_on="2025-03-01", team_id="T-1")
    assert counted(split(never_opened, assigned(1, "M-1"))) == (0, 0, 0, 1)
    assert counted(split(never_opened, closed("2025-04-01"))) == (0, 0, 0, 0)


def test_while_a_post_is_vacant_nothing_is_judged() -> None:
    left = told("WorkerLeft", worker_id="D-1", left_on="2025-06-29")
    found = split(*supervising("M-1", range(9)), left)
    assert (str(found.status), found.code) == ("not_assessable", "vacant")
    assert found.why.startswith("Nobody is known to be in this team as deputy on 30 June 2025")
    assert str(split(*supervising("M-1", range(9)), left, on="2025-06-29").status) == "breached"


@pytest.mark.parametrize(
    ("manager", "deputy", "unknown", "said"),
    [
        (12, 11, 1, "met"),
        (12, 11, 2, "not_assessable"),
        (50, 50, 5, "met"),
        (15, 8, 3, "breached"),
        (15, 8, 7, "not_assessable"),
        (0, 0, 1, "not_assessable"),
        (1, 0, 1, "not_assessable"),
    ],
)  # fmt: skip
def test_what_is_not_known_counts_only_where_it_could_change_the_answer(
    manager: int, deputy: int, unknown: int, said: str
) -> None:
    facts = [*supervising("M-1", range(manager)), *supervising("D-1", range(100, 100 + deputy))]
    found = split(*facts, *(case(number) for number in range(200, 200 + unknown)))
    assert str(found.status) == said
    assert counted(found)[3] == unknown


def test_it_says_which_cases_are_not_known() -> None:
    found = split(*supervising("M-1", range(2)), *(case(number) for number in range(10, 17)))
    assert found.why == (
        "9 open cases on 30 June 2025: 2 with the manager (100%), 0 with the deputy (0%) and 7 of which that is not "
        "known. Not known is who supervises C-10, C-11, C-12, C-13, C-14 and 2 more. The difference is 2 cases, 100 "
        "percentage points. Whether that is split equally is not known: a difference of up to 1 case or 10 percentage "
        "points is allowed. Sessions held on its cases in the last 3 months, for information: 0 by the manager and 0 "
        "by the deputy."
    )
    assert found.split is not None
    assert found.split.not_known == tuple(f"C-{number}" for number in range(10, 17))


def test_the_sessions_of_the_last_months_are_told_beside_it() -> None:
    def discussed(number: int, on: str, who: str, **more: Any) -> Fact:
        usual = {"depth": "light", "setting": "individual", "supervisor_id": who}
        return told("CaseDiscussed", case_id=f"C-{number}", discussed_on=on, **usual | more)

    facts = [
        *supervising("M-1", range(2)),
        discussed(0, "2025-04-01", "M-1", session_id="S-1"),
        discussed(1, "2025-04-01", "M-1", session_id="S-1"),  # the same session
        discussed(0, "2025-06-30", "D-1"),
        discussed(1, "2025-06-30", "D-1"),
        discussed(0, "2025-03-30", "M-1"),  # three months ago and a day
        discussed(0, "2025-05-01", "M-1", setting="group"),
        discussed(0, "2025-05-01", "S-1"),
        discussed(0, "2025-07-01", "M-1"),
        told("CaseTransferred", case_id="C-1", transferred_on="2025-06-30", team_id="T-2"),
    ]
    found = split(*facts)
    assert found.split is not None
    assert [share.delivered for share in found.split.shares] == [1, 1]
    assert found.why.endswith("in the last 3 months, for information: 1 by the manager and 1 by the deputy.")


def test_the_timeline_knows_when_cover_ends() -> None:
    facts = [*supervising("M-1", range(4)), *(assigned(n, "D-1", "2025-03-01", basis="interim", until="2025-03-09")
                                              for n in range(2))]  # fmt: skip
    told_rows = [(row.from_on, str(row.status), row.code) for row in rows(*TEAM, *facts)]
    assert told_rows == [
        (day("2025-01-01"), "not_assessable", "no_cases"),
        (day("2025-01-02"), "breached", "unbalanced"),
        (day("2025-03-01"), "met", "balanced"),
        (day("2025-03-10"), "breached", "unbalanced"),
    ]


def test_a_team_that_nobody_opened_cannot_be_judged() -> None:
    facts = [splitting(), *STAFF[1:], *supervising("M-1", range(4))]
    found = finding(NOW, *facts, told("TeamChanged", team_id="T-1", changed_on="2025-01-01", service="quay"))
    assert (str(found.status), found.code) == ("not_assessable", "not_opened")
    assert found.why == ("Nothing recorded up to 30 June 2025 says when this team was opened, and in which service.")


def test_after_a_team_is_closed_nothing_is_asked_of_it() -> None:
    shut = told("TeamClosed", team_id="T-1", closed_on="2025-05-31")
    assert [status(on, *TEAM, shut) for on in ("2025-05-31", "2025-06-01")] == ["not_assessable", "not_applicable"]
    assert split(shut).why == "The team was closed on 31 May 2025; nothing is owed after that."


@given(st.lists(st.integers(0, 9), min_size=2, max_size=3), st.integers(0, 5), st.integers(0, 3), st.integers(0, 40))
def test_what_is_sure_is_so_wherever_the_unknown_ones_belong(
    shares: list[int], unknown: int, cases: int, points: int
) -> None:
    within = Tolerance(cases=cases, points=points)
    placings = [more for more in product(range(unknown + 1), repeat=len(shares)) if sum(more) <= unknown]
    ways = [equal([share + n for share, n in zip(shares, more, strict=True)], within) for more in placings]
    assert surely_equal(shares, unknown, within) == all(ways)
    assert surely_unequal(shares, unknown, within) == (not any(ways))


@given(st.lists(st.integers(0, 40), min_size=2, max_size=4))
def test_so_many_moves_as_are_named_make_it_equal(shares: list[int]) -> None:
    within = Tolerance(**ONE_CASE_OR_TEN_POINTS)
    now = list(shares)
    for _ in range(moves_needed(shares, within)):
        assert not equal(now, within)
        now[now.index(max(now))] -= 1
        now[now.index(min(now))] += 1
    assert equal(now, within)
    assert difference(now) >= 0
