"""Who runs the server's programs: ourselves, but never root."""

import os
import pwd
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class NotStarted(Exception):
    """The private PostgreSQL could not be started; the message says why, and what to do."""


@dataclass(frozen=True)
class Account:
    """The user who runs the server's programs; no ids: whoever we are."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def fitting(cls) -> "Account":
        """Ourselves; for root, whom the server refuses, `postgres` or else `nobody`."""
        if os.geteuid() != 0:
            return cls()
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise NotStarted("PostgreSQL refuses root: add a user `postgres`, or start this as an ordinary user.")

    def process(self) -> dict[str, Any]:
        """What subprocess needs to become this user, with a plain environment in place of ours."""
        plain: dict[str, Any] = {"cwd": "/", "umask": 0o077, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        return plain if self.uid is None else {**plain, "user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, *command: str | Path, typed: str = "") -> None:
        """Run a program of PostgreSQL to its end, or raise NotStarted with its last words."""
        done = subprocess.run(command, input=typed, text=True, capture_output=True, check=False, **self.process())
        # The single-user server reports a statement that failed, and goes on.
        if done.returncode or re.search(r"(ERROR|FATAL|PANIC): ", done.stderr):
            raise NotStarted(f"{Path(command[0]).name} failed: {last_words(done.stderr)}")

    def can(self, test: str, path: Path) -> bool:
        """Whether this user passes `test -x path` or the like, the permissions of all folders above included."""
        return subprocess.run(["test", test, path], check=False, **self.process()).returncode == 0

    def give(self, *paths: Path) -> None:
        """Hand over files and folders, each by itself."""
        if self.uid is not None and self.gid is not None:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def folder(self, path: Path) -> Path:
        """A folder that this user alone may enter."""
        path.mkdir(mode=0o700, exist_ok=True)
        self.give(path)
        return path


def last_words(said: str) -> str:
    """The last three lines, as one."""
    return " / ".join(said.strip().splitlines()[-3:])
