"""Holds and erasures: what may be asked, approved, withdrawn and carried out, by whom, and what is destroyed then.

What is so is read from the facts (`app.domain.holding`) at a position of the ledger, and what is decided is recorded
only if nothing about it was recorded after that position: whoever comes a moment earlier wins. Left out: which roles
may do what (the matrix), and how it is shown (`app.api`).
"""

from app.erasing.course import Erasing
from app.erasing.deciding import Decider, Deciding

__all__ = ["Decider", "Deciding", "Erasing"]
