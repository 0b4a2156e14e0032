"""The signer: a process apart that makes each council's Merkle log and signs it, and refuses what contradicts itself.

It has a database role, a private key and a folder of its own. The folder remembers what was signed; nothing that is
read in the database can make it sign two trees of one log of which one is not the beginning of the other.
"""


class Refused(Exception):
    """Nothing is signed for a council, and why: one plain sentence, without the council's name."""
