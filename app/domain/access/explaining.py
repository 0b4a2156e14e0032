"""The matrix of access in plain words, as tables: who sees what of whom, under which policy and clause.

Pure: the matrix and what each policy chooses come in, Markdown goes out. Left out: what the words around it say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from app.domain.access.deciding import Asking, chosen
from app.domain.access.matrix import STRUCTURAL, SUPERVISION, Cell, Matrix
from app.domain.policy.custody import MaySee

Row = tuple[str, ...]
Policies = Mapping[str, MaySee]
"""What each policy chooses, by the name that its council goes by."""

OF_STANDING: Final = ("worker", "case", "team", "organisation")
OF_MANY: Final = ("lists", "counts", "reports", "data_quality")
READ_ELSEWHERE: Final = frozenset({*OF_STANDING, *OF_MANY, "event", "file", "copies", "case_record"})


def explained(matrix: Matrix, policies: Policies) -> str:
    """All tables, one below the other."""
    names = tuple(policies)
    tables = (
        ("What each policy chooses", ("choice", *names), _choices(matrix, policies)),
        ("How a worker, a case, a team or the organisation stands", ("role", "may", "of whom", "for", "clauses"),
         _standing(matrix, OF_STANDING)),
        ("Lists and counts: only of those", ("role", "may", "of whom", "for", "clauses"), _standing(matrix, OF_MANY)),
        ("What was written about a case", ("role", "of whom", "for", *names, "clauses"),
         _texts(matrix, "case_text", policies)),
        ("What was written about a worker in their own supervision",
         ("role", "may", "of whom", "for", *names, "clauses"), _texts(matrix, "personal_text", policies)),
        ("Who gives access for a time", ("for", "to a", "who, of whom", "days at most", "to whom", "clauses"),
         _giving(matrix)),
        ("What people record themselves, in their own name", ("events", "who, of whom", "clauses"), _recording(matrix)),
        ("Everything else", ("role", "may"), _everything_else(matrix)),
    )  # fmt: skip
    return "\n".join(_table(title, heads, rows) for title, heads, rows in tables)


def _table(title: str, heads: Row, rows: Iterable[Row]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return f"### {title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _choices(matrix: Matrix, policies: Policies) -> Iterator[Row]:
    for choice in matrix.choices:
        yield _plain(choice), *(_said(getattr(said, choice)) for said in policies.values())


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value)) or "not stated"
    return "not stated" if value is None else _plain(str(value))


def _standing(matrix: Matrix, operations: Iterable[str]) -> Iterator[Row]:
    for role, cell in _cells(matrix):
        may = [name for name in operations if name in cell.may]
        if may and STRUCTURAL in cell.sees:
            yield _plain(role), _means(matrix, may), _of(matrix, cell.of, may), _for(cell), _clauses(cell)


def _texts(matrix: Matrix, content: str, policies: Policies) -> Iterator[Row]:
    for role, cell in _cells(matrix):
        may = [name for name in cell.may if matrix.operations[name].shows == content]
        if content in cell.sees and may:
            given = ("yes" if chosen(cell, role, Asking(frozenset()), [said]) else "no" for said in policies.values())
            what = (_means(matrix, may),) if content != "case_text" else ()
            yield _plain(role), *what, _of(matrix, cell.of, may), _for(cell), *given, _clauses(cell)


def _giving(matrix: Matrix) -> Iterator[Row]:
    for line in matrix.grants:
        whom = "to others, and to themself with a reason" if line.themself else "to others"
        if line.theirs:
            whom = "to the worker whose it is, in somebody's presence"
        purposes, scopes = ", ".join(map(_plain, line.purposes)), ", ".join(map(_plain, line.scopes))
        yield purposes, scopes, _by(matrix, line.by), str(line.days), whom, ", ".join(line.clauses)


def _recording(matrix: Matrix) -> Iterator[Row]:
    for line in matrix.records:
        says = "; ".join(f"{_plain(field)} {' or '.join(map(str, values))}" for field, values in line.says.items())
        events = ", ".join(f"`{name}`" for name in line.types)
        yield f"{events} ({says})" if says else events, _by(matrix, line.by), ", ".join(line.clauses)


def _by(matrix: Matrix, by: Mapping[str, Sequence[str]]) -> str:
    return ". ".join(f"{_plain(role)}: {_of(matrix, of, ())}" for role, of in by.items())


def _everything_else(matrix: Matrix) -> Iterator[Row]:
    for role, written in matrix.roles.items():
        may = dict.fromkeys(name for cell in written.cells for name in cell.may if name not in READ_ELSEWHERE)
        yield _plain(role), _means(matrix, may)


def _cells(matrix: Matrix) -> Iterator[tuple[str, Cell]]:
    return ((role, cell) for role, written in matrix.roles.items() for cell in written.cells)


def _means(matrix: Matrix, operations: Iterable[str]) -> str:
    return "; ".join(matrix.operations[name].means for name in operations)


def _of(matrix: Matrix, of: Iterable[str], may: Iterable[str]) -> str:
    """In words, as they are written for the kinds of subject that these operations are about."""
    kinds: set[str] = {matrix.operations[name].about for name in may}
    meant = [kind for kind in matrix.relations if kind in kinds] or [*matrix.relations]
    words = [next((matrix.relations[kind][name] for kind in meant if name in matrix.relations[kind]), _plain(name))
             for name in of]  # fmt: skip
    return "; ".join(dict.fromkeys(words))


def _for(cell: Cell) -> str:
    return ", ".join("ordinary supervision" if name == SUPERVISION else _plain(name) for name in cell.purposes)


def _clauses(cell: Cell) -> str:
    return ", ".join(cell.clauses)


def _plain(code: str) -> str:
    return {"hr": "HR", "dpo": "DPO"}.get(code, code.replace("_", " "))


def given(matrix: Matrix, asking: Asking, choices: Sequence[MaySee]) -> Iterator[dict[str, object]]:
    """What somebody in these roles has, operation by operation: of whom, with which contents, for which purposes.

    Without what the policies in force do not choose.
    """
    for name, operation in matrix.operations.items():
        for role in sorted(asking.roles):
            for cell in matrix.cells(role, name):
                if chosen(cell, role, asking, choices):
                    yield {
                        "operation": name, "means": operation.means, "scope": operation.scope, "role": role,
                        "of": [{"relation": of, "means": _of(matrix, (of,), (name,))} for of in cell.of],
                        "contents": cell.sees, "purposes": cell.purposes,
                    }  # fmt: skip
