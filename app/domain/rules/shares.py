"""When shares are equal, and when that is sure although part of the whole is not known. Plain numbers, no facts.

The shares are unequal only when the largest and the smallest lie further apart than both limits allow: a number of
cases, and percentage points of the whole.
"""

from collections.abc import Iterator, Sequence

from app.domain.policy.balances import Tolerance


def difference(shares: Sequence[int]) -> int:
    """Between the largest and the smallest."""
    return max(shares) - min(shares)


def equal(shares: Sequence[int], within: Tolerance) -> bool:
    """Whether they lie within one of the two limits."""
    apart = difference(shares)
    return apart <= within.cases or 100 * apart <= within.points * sum(shares)


def surely_equal(shares: Sequence[int], unknown: int, within: Tolerance) -> bool:
    """Whether they are equal wherever the unknown ones belong: worst is that all belong to the largest share.

    Each further one there widens the difference, and no less its part of the whole, which is never more than all.
    """
    largest = shares.index(max(shares))
    return equal([share + unknown * (at == largest) for at, share in enumerate(shares)], within)


def surely_unequal(shares: Sequence[int], unknown: int, within: Tolerance) -> bool:
    """Whether they are unequal wherever the unknown ones belong: best is that each belongs to the smallest share."""
    return not any(equal(levelled, within) for levelled in _levelled(shares, unknown))


def moves_needed(shares: Sequence[int], within: Tolerance) -> int:
    """How many must move, each from what is then the largest share to the smallest, until they are equal."""
    now, moves = list(shares), 0
    while not equal(now, within) and difference(now) > 1:
        now[now.index(max(now))] -= 1
        now[now.index(min(now))] += 1
        moves += 1
    return moves


def _levelled(shares: Sequence[int], unknown: int) -> Iterator[list[int]]:
    now = list(shares)
    yield list(now)
    for _ in range(unknown):
        now[now.index(min(now))] += 1
        yield list(now)
