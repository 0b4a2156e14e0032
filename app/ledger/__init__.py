"""One Merkle log a council: its entries, tree, tiles, signed notes and proofs, in public formats. Pure.

Formats: RFC 9162 section 2.1 (the tree of RFC 6962), C2SP signed-note, tlog-checkpoint, tlog-tiles and tlog-proof.
What is read here may come from anybody: what is not exactly in form is `Malformed`, what does not prove is `Unproven`.
"""


class Malformed(ValueError):
    """Not in the form that its format asks for; the message says where and what, and quotes nothing secret."""


class Unproven(ValueError):
    """In form, and proves nothing: a signature, a path or an origin that does not fit."""
