"""Who is asking: a bearer token becomes an `Actor`, or nothing.

actor          who asks, and what that lets them do
claims         what a token's claims say, in each of the two kinds of issuer
signing_keys   the issuer's public keys
registry       what a council says of its clients, people and keys for reports: a table
roster         the same in this process's memory, revocations with it, never more than a moment old
report_keys    the keys of dashboards that know no OAuth
tokens         the checks, in their order
"""

from app.security.actor import COUNCIL_ID, SCOPES, Actor
from app.security.roster import Roster
from app.security.signing_keys import read_keys
from app.security.tokens import TokenVerifier

__all__ = ["COUNCIL_ID", "SCOPES", "Actor", "Roster", "TokenVerifier", "read_keys"]
