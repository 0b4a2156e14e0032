"""Every cell of the matrix of access on every route, under both packs: what came against what is written and demanded.

Two judges, neither of which uses the application's own: `reading_the_matrix` reads matrix.yaml naively, so that a wrong
enforcement is noticed; `demanded` says by hand what the policies ask for, so that a wrong matrix is.
"""

import asyncio
import sys
from collections import Counter

import pytest

from app.embedded import Cluster
from tests.councils import Council
from tests.routing import guarded
from tests.security.asking import Asked, Cell, ask_everything, cells, service
from tests.security.demanded import WORDS, demanded
from tests.security.reading_the_matrix import ALL, Plainly
from tests.security.standing import CANARIES, PEOPLE
from tests.serving import Served

PACKS = {"luton": "2021-06-01", "shropshire": "2021-11-01"}


@pytest.fixture(scope="module", params=PACKS)
def asked(request: pytest.FixtureRequest, served: Served, database: Cluster, scale: int) -> Asked:
    """A council of one pack, and everything asked of it."""
    plainly = Plainly.under(request.param)
    with Council.new(served, database.owner_url) as council:
        council.adopt(request.param, PACKS[request.param])
        app = service(council, database)
        found = Asked(request.param, plainly, guarded(app))
        wanted = cells(app, plainly, first=request.param == "luton", thorough=scale > 1)
        asyncio.run(ask_everything(council, app, found, wanted))
    return found


def test_every_answer_is_what_the_matrix_says(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [(cell, expected, answer) for cell, answer in asked.answers.items()
             if (expected := _expected(asked.plainly, cell)) != (answer.outcome, answer.texts)]  # fmt: skip
    with capsys.disabled():
        sys.stdout.write(_table(asked, len(wrong)))
    assert wrong[:10] == [], Counter((cell.role, cell.person, cell.route) for cell, _, _ in wrong)


def test_no_route_and_no_role_was_left_out(asked: Asked) -> None:
    """A route that the matrix does not name, or a path parameter that nobody can fill, is noticed here."""
    roles = {*asked.plainly.matrix["roles"], "no role"} if asked.pack == "luton" else set()
    tried = {(cell.route, cell.role) for cell in asked.answers}
    assert {(route, role) for route in asked.routes for role in roles} - tried == set()
    assert [cell for cell, answer in asked.answers.items() if answer.status in (401, 405) or answer.status >= 500] == []


def _expected(plainly: Plainly, cell: Cell) -> tuple[str, frozenset[str]]:
    """The outcome, and the texts to be read."""
    somebody, operation = cell.somebody, plainly.operation(cell.route) or ""
    written = plainly.matrix["operations"][operation]
    if written["about"] == "event":
        return _of_event(plainly, cell)
    outcome = plainly.outcome(cell.route, cell.role, somebody, cell.purpose)
    shows = written.get("shows", "structural")
    if outcome != "allowed" or shows == "structural":
        return outcome, frozenset()
    covered = plainly.right(cell.role, operation, somebody.to(written["about"], cell.role), shows, cell.purpose)
    held = {text for text, (content, tags) in CANARIES.items()
            if content == shows and (ALL in covered or tags & covered)}  # fmt: skip
    return outcome, frozenset(held & {"canary-session", "canary-record"} if operation == "copies" else held)


def _of_event(plainly: Plainly, cell: Cell) -> tuple[str, frozenset[str]]:
    """One event: whether it is there for them, and whether its text is."""
    if not plainly.purposes(cell.role, "event"):
        return "refused", frozenset()
    content, tags = CANARIES[cell.of or ""]
    ways = cell.somebody.to("worker" if content == "personal_text" else "case", cell.role)

    def covers(content: str) -> bool:
        covered = plainly.right(cell.role, "event", ways, content, cell.purpose)
        return ALL in covered or bool(tags & covered)

    if not covers("structural"):
        return "not there", frozenset()
    return "allowed", frozenset({cell.of or ""} if covers(content) else ())


def test_lists_show_those_in_reach_and_nobody_else(asked: Asked) -> None:
    wrong = []
    for cell, answer in asked.answers.items():
        written = asked.plainly.matrix["operations"][asked.plainly.operation(cell.route) or ""]
        if written["about"] != "reach" or answer.outcome != "allowed" or cell.role == "integration":
            continue
        for kind, tag in (("worker", "worker/W-1"), ("case", "case/C-1")):
            expected = asked.plainly.lists(cell.route, cell.role, cell.somebody, kind)
            whole = cell.route == f"GET /v1/{kind}s"
            if (tag in answer.subjects) > expected or (whole and (tag in answer.subjects) < expected):
                wrong.append((cell, tag, expected))
        if not PEOPLE[cell.person].here and (answer.subjects or answer.counted):
            wrong.append((cell, "counts", False))
    assert wrong == []


def test_what_was_refused_names_nobody(asked: Asked) -> None:
    assert [cell for cell, answer in asked.answers.items() if answer.outcome != "allowed" and answer.names] == []


def test_the_matrix_gives_what_the_policies_demand_and_nothing_else(asked: Asked) -> None:
    tried, given = set(), set()
    for cell, answer in asked.answers.items():
        word = WORDS.get(asked.plainly.operation(cell.route) or "")
        if word is not None:
            tried.add((cell.role, cell.person, word))
            given |= {(cell.role, cell.person, word)} if answer.outcome == "allowed" else set()
    wanted = {(role, person, word) for role, person, word in tried if word in demanded(asked.pack, role, person)}
    assert sorted(given - wanted) == []
    assert sorted(wanted - given) == []


def _table(asked: Asked, wrong: int) -> str:
    of = asked.answers
    kinds = Counter(answer.outcome for answer in of.values())
    rows = {
        "routes": len({cell.route for cell in of}), "roles": len({cell.role for cell in of}),
        "people": len({cell.person for cell in of}), "purposes": len({cell.purpose for cell in of if cell.purpose}),
        "cells tried": len(of), **{f"  {name}": count for name, count in sorted(kinds.items())},
        "  with a text": sum(bool(answer.texts) for answer in of.values()), "mismatches": wrong,
    }  # fmt: skip
    return (
        f"\naccess under {asked.pack}\n" + "\n".join(f"  {name:<16}{count:>7,}" for name, count in rows.items()) + "\n"
    )
