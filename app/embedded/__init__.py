"""A private PostgreSQL for a laptop, the demo and the tests. Never for production.

It uses only the *programs* that a wheel ships, or else the system's, and starts them by its own rules:

- no TCP at all: a unix socket in a folder that one user alone may enter, and passwords (scram) all the same;
- random passwords, kept in `passwords.json` (0600) of the folder that the caller names;
- root never runs the server: `postgres` does, or `nobody`. What that user must reach (data, socket, programs) is one
  private *home*: `server` in the caller's folder, or, where the user cannot get there, below /var/lib, noted in `home`;
- one process at a time: a second start of the same folder is refused, what a killed process left running is ended;
- as durable as production: fsync and checksums on. PostgreSQL's own log (`postgres.log`) repeats nobody's data.

Linux and macOS. It migrates nothing and knows no table: that is done through `owner_url`.
"""

from app.embedded.account import NotStarted
from app.embedded.cluster import Cluster, remove, start

__all__ = ["Cluster", "NotStarted", "remove", "start"]
