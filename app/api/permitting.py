"""May the caller? Asked once for every route, before anything else is read: by the matrix, and by today's facts.

An application acts for the council as a whole, by its scopes and its role. A person acts by their roles and by how they
stand to the subject today; what is no business of theirs answers exactly as if it were not there. An address that the
matrix does not name is refused to everybody. Left out: which events a person may record.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.assessing import Assessor, Merged, never_named
from app.domain.access.deciding import Asking, Refusal, Related, Right, decide, roles_with
from app.domain.access.granted import granted
from app.domain.access.matrix import APPLICATION, STRUCTURAL, Matrix
from app.domain.access.reach import EVERYBODY, Reach, reach
from app.domain.access.relations import OF_COUNCIL, posts, related
from app.domain.compliance import policies_in_force
from app.domain.holding import restricted
from app.domain.policy.custody import MaySee
from app.domain.subject import Subject
from app.errors import Fault, Forbidden, Invalid
from app.events.facts import Facts
from app.events.fields import ID_PATTERN
from app.security import Actor

MOST_KEPT: Final = 10_000
"""Of what applications may: one for each address, set of scopes and set of roles that was ever asked with."""
NAMED: Final = {"worker": "worker_id", "case": "case_id", "team": "team_id"}
"""What names the subject in an address."""
ALSO_APPLICATIONS: Final = frozenset({"council_admin"})
"""Roles of people in which a client may act by itself too: a pipeline that adopts policies."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a subject today, what posts they hold, and what the policies in force choose."""

    related: frozenset[Related]
    posts: frozenset[str] = frozenset()
    choices: tuple[MaySee, ...] = ()
    restricted: bool = False
    """Whether the subject's texts are to be erased."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What the caller of a request may: which operation it is, under which right, of whom."""

    operation: str
    asking: Asking
    right: Right | None = None
    """None of a list, and of what turns out only later to be about somebody."""
    reach: Reach = EVERYBODY
    """Of whom a list may speak."""


class Gate:
    """The matrix, and where to ask how people stand to others."""

    def __init__(self, matrix: Matrix, assessor: Assessor) -> None:
        self.matrix = matrix
        self._assessor = assessor
        self._for_people = frozenset(name for name, role in matrix.roles.items() if role.people)
        self._applications: dict[tuple[str, frozenset[str], frozenset[str]], Permission] = {}

    async def permit(
        self, actor: Actor, route: str, path: Mapping[str, str], purpose: str | None, today: Callable[[], date]
    ) -> Permission:
        """What the caller may here, at this address (`GET /v1/cases/{case_id}`).

        Raises `Forbidden`, `Invalid` for an unknown purpose, and `NotFound` where the subject is no business of theirs.
        """
        name = self.matrix.operation_of.get(route)
        if name is not None and self.matrix.operations[name].anybody:
            return Permission(name, Asking(self.roles(actor)))
        if not actor.delegated:
            return self._of_application(actor, route)
        found = self._in_role(actor, route, purpose)
        about = self.matrix.operations[found.operation].about
        if about == "event":
            return found
        if about == "reach":
            return replace(found, reach=await self._reach(actor, found, today()))
        if about in NAMED and not re.fullmatch(ID_PATTERN, path[NAMED[about]]):
            raise never_named(about)
        subject = Subject(about, path[NAMED[about]]) if about in NAMED else Subject("organisation", actor.council)
        return replace(found, right=await self._right(actor, found, subject, today()))

    async def reach_of_named(self, actor: Actor, permission: Permission, today: date) -> Reach:
        """Of whom they may ask by name: whom they may list. To count everybody is not to look at each in turn."""
        if permission.reach != EVERYBODY or not actor.delegated:
            return permission.reach
        return await self._reach(actor, replace(permission, operation="lists"), today)

    def roles(self, actor: Actor) -> frozenset[str]:
        """The roles of the matrix in which the caller acts."""
        if actor.delegated:
            return actor.roles & self._for_people
        return frozenset({APPLICATION}) | (actor.roles & ALSO_APPLICATIONS)

    def in_role(self, actor: Actor, operation: str) -> bool:
        """Whether any role of the caller's has the operation, of whomever."""
        return bool(roles_with(self.matrix, self.roles(actor), operation))

    async def right_to(
        self, actor: Actor, permission: Permission, subject: Subject, content: str, today: date
    ) -> Right | Refusal:
        """Whether the caller may see this content of a subject in this operation, once it is known what it is about."""
        standing = await self._standing(actor, permission.asking, subject, today)
        return self._decided(permission.operation, permission.asking, standing, content)

    def _of_application(self, actor: Actor, route: str) -> Permission:
        """What an application is given holds for the whole council: by address, scopes and roles it is decided once."""
        key = (route, actor.scopes, actor.roles)
        known = self._applications.get(key)
        if known is None:
            found = self._in_role(actor, route, None)
            shows = self.matrix.operations[found.operation].shows
            decided = self._decided(found.operation, found.asking, Standing(frozenset({OF_COUNCIL})), shows)
            if isinstance(decided, Refusal):
                raise refused(decided)
            if len(self._applications) >= MOST_KEPT:
                self._applications.clear()
            known = self._applications[key] = replace(found, right=decided)
        return known

    def _in_role(self, actor: Actor, route: str, purpose: str | None) -> Permission:
        """What needs no fact: the address, the scope, whether any role of theirs has such an operation."""
        name = self.matrix.operation_of.get(route)
        if name is None:
            raise Forbidden("not_in_matrix", "Nobody may do this: the matrix of access does not name this address.")
        operation = self.matrix.operations[name]
        asking = Asking(self.roles(actor), purpose=self._known_purpose(purpose))
        if not roles_with(self.matrix, asking.roles, name):
            said = "None of the roles in this token may" if actor.delegated else "An application by itself may not"
            raise Forbidden("not_in_role", f"{said} {operation.means}.")
        if operation.scope is not None and not actor.may(operation.scope):
            raise Forbidden(
                "scope_missing", f"This needs the scope {operation.scope}, which this token does not carry."
            )
        return Permission(name, asking)

    def _known_purpose(self, purpose: str | None) -> str | None:
        if purpose is not None and purpose not in self.matrix.purposes:
            one_of = ", ".join(self.matrix.purposes)
            fault = Fault("/query/purpose", "unknown_purpose", f"must be one of: {one_of}")
            raise Invalid("invalid_request", "There is no such purpose.", errors=[fault])
        return purpose

    async def _right(self, actor: Actor, found: Permission, subject: Subject, today: date) -> Right:
        """The right to the operation, or why not: told only to whoever may know that the subject is there."""
        standing = await self._standing(actor, found.asking, subject, today)
        decided = self._decided(found.operation, found.asking, standing, self.matrix.operations[found.operation].shows)
        if isinstance(decided, Right):
            return decided
        if subject.kind == "organisation" or self._may_know(found.asking, subject, standing):
            raise refused(decided)
        raise never_named(subject.kind)

    def _may_know(self, asking: Asking, subject: Subject, standing: Standing) -> bool:
        plainly = replace(asking, purpose=None)
        return isinstance(self._decided(subject.kind, plainly, standing, STRUCTURAL), Right)

    def _decided(self, operation: str, asking: Asking, standing: Standing, content: str) -> Right | Refusal:
        with_posts = replace(asking, posts=standing.posts)
        return decide(
            self.matrix, with_posts, operation, standing.related, standing.choices, content,
            restricted=standing.restricted,
        )  # fmt: skip

    async def _standing(self, actor: Actor, asking: Asking, subject: Subject, today: date) -> Standing:
        """Raises `NotFound` for what no event has named."""
        if not actor.delegated:
            return Standing(frozenset({OF_COUNCIL}))

        def question(of: Subject, facts: Facts) -> Standing:
            return standing_to(of, actor.person, asking.roles, facts, today)

        try:
            found = await self._assessor.ask(actor.council, subject.tag, lambda facts: question(subject, facts))
        except Merged as merged:
            kind, _, identity = merged.into.partition("/")
            now = Subject(kind, identity)
            found = await self._assessor.ask(actor.council, now.tag, lambda facts: question(now, facts))
        return found.value

    async def listed(self, actor: Actor, today: date) -> Reach:
        """Of whom a list may speak to the caller: for an answer about one that says something of others too."""
        if not actor.delegated:
            return EVERYBODY
        return await self._reach(actor, Permission("lists", Asking(self.roles(actor))), today)

    async def _reach(self, actor: Actor, found: Permission, today: date) -> Reach:
        """All whom the caller's roles let them list. Raises `Forbidden` where that is nobody at all."""
        organisation = Subject("organisation", actor.council)
        standing = await self._standing(actor, found.asking, organisation, today)
        if isinstance(self._decided(found.operation, found.asking, standing, STRUCTURAL), Right):
            return EVERYBODY
        cells = [cell for role in found.asking.roles for cell in self.matrix.cells(role, found.operation)]
        names = frozenset(name for cell in cells for name in cell.of) - {"council", "engaged", "granted"}
        asked = await self._assessor.ask(
            actor.council, organisation.tag, lambda facts: reach(actor.person, names, facts, today)
        )
        return asked.value


def standing_to(subject: Subject, person: str | None, roles: frozenset[str], facts: Facts, day: date) -> Standing:
    """How a person in these roles stands to a subject on the day; None: of whom nobody has said which worker they are.

    Raises `FactsNeeded`.
    """
    stands, holds = related(person, subject, facts, day), frozenset[str]()
    if person is not None and stands:
        stands |= granted(person, subject, facts, day, data_protection="dpo" in roles)
        holds = posts(person, facts, day)
    return Standing(
        stands,
        holds,
        tuple(pack.may_see for pack in policies_in_force(facts, day) if pack.may_see is not None),
        subject.kind in ("worker", "case") and restricted(subject, facts, day),
    )


def refused(refusal: Refusal) -> Forbidden:
    """The refusal as an answer; what it lacks, where something can be done about it."""
    match refusal.code:
        case "purpose_needed":
            return Forbidden("purpose_needed", refusal.why, extra={"purposes": list(refusal.purposes)})
        case "not_chosen":
            return Forbidden("not_chosen", refusal.why)
        case "restricted":
            return Forbidden("restricted", refusal.why)
        case "not_in_role":
            return Forbidden("not_in_role", refusal.why)
    return Forbidden("not_related", refusal.why)
