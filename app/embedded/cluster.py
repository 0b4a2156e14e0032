"""The private PostgreSQL as a whole: its home, passwords, data folder and addresses."""

import atexit
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from app.embedded.account import Account, NotStarted
from app.embedded.postmaster import Lock, Postmaster, end_leftovers, name_of
from app.embedded.programs import Programs

DATABASE, OWNER, SERVICE, READER = "supervision", "supervision_owner", "supervision_service", "supervision_reader"
SIGNER = "supervision_signer"

ROLES: Mapping[str, str] = MappingProxyType(
    {
        OWNER: "LOGIN CREATEROLE",
        SERVICE: "LOGIN",
        READER: "LOGIN",
        SIGNER: "LOGIN",
        "supervision_backup": "LOGIN BYPASSRLS",
    }
)
"""Each with a password of its own, and what it may do beyond its privileges on tables, which migrations give."""

PORT = 5432
"""Nothing listens there: it is only a part of the socket's file name."""

LONGEST_SOCKET = 103
"""Bytes, on macOS; Linux takes 107."""

OUTSIDE = Path("/var/lib/supervision-ledger")
"""Where homes go when root's folder cannot be reached by the server's user (a clone below a 0700 home, say)."""

LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "shared_buffers": "256MB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_parameter_max_length_on_error": "0",
    }
)


@dataclass(frozen=True)
class Cluster:
    """A running private PostgreSQL with the database `supervision` and its five roles."""

    folder: Path
    home: Path
    bin_dir: Path
    version: int
    owner_url: str = field(repr=False)
    service_url: str = field(repr=False)
    reader_url: str = field(repr=False)
    signer_url: str = field(repr=False)
    postmaster: Postmaster = field(repr=False)

    @property
    def pid(self) -> int:
        """The postmaster's process id, or its last one; it changes with every restart."""
        return self.postmaster.process.pid if self.postmaster.process else 0

    def stop(self) -> None:
        """Stop in order, keeping the data; a second time does nothing."""
        atexit.unregister(self.stop)
        self.postmaster.stop(signal.SIGINT)
        if not self.postmaster.socket.is_relative_to(self.home):
            shutil.rmtree(self.postmaster.socket, ignore_errors=True)

    def restart(self, *, immediate: bool = False) -> None:
        """Stop (`immediate`: as in a crash, but by PostgreSQL's own hand) and start again at the same addresses."""
        self.postmaster.stop(signal.SIGQUIT if immediate else signal.SIGINT)
        self.postmaster.launch()

    def kill(self) -> None:
        """SIGKILL the postmaster and every backend: a crash. `restart` or `start` recovers."""
        self.postmaster.kill()


def start(
    folder: Path,
    *,
    options: Mapping[str, str] = MappingProxyType({}),
    preload: Path | None = None,
    version: int | None = None,
) -> Cluster:
    """Start the private PostgreSQL of `folder`, made at the first start; blocks until it takes connections.

    `options` are settings as in postgresql.conf; `preload` is a library for LD_PRELOAD (a slow disk, say);
    `version` asks for a major version. Raises NotStarted. Stopped at the latest when this process ends in order.
    """
    try:
        cluster = _prepared(folder.resolve(), options, preload, version)
        cluster.postmaster.launch()
    except PermissionError as error:
        raise NotStarted(f"{error.filename} belongs to another user: choose a folder of your own.") from error
    atexit.register(cluster.stop)
    return cluster


def remove(folder: Path) -> None:
    """Delete a folder and its home, data and all, ending first what a killed process left running there."""
    home = _home_of(folder.resolve())
    if home.exists():
        with Lock(home):
            end_leftovers(home / "data", home / "socket")
            shutil.rmtree(home)
    shutil.rmtree(folder, ignore_errors=True)


def _prepared(folder: Path, options: Mapping[str, str], preload: Path | None, version: int | None) -> Cluster:
    """Everything but the running server; programs and data of another user or version are refused here."""
    account = Account.fitting()
    home = _home(folder, account)
    with Lock(home) as lock:
        programs = Programs.find(version).within_reach(account, home)
        passwords = _passwords(folder / "passwords.json", home)
        data = _data(home, programs, account, passwords)
        if preload is not None:
            preload = shutil.copyfile(preload, home / "preload.so")
            account.give(preload)
        socket = _socket(home, account)
        passwords = _with_new_roles(folder / "passwords.json", passwords, data, socket, programs, account)
    settings = {**SETTINGS, **options, "unix_socket_directories": str(socket), "cluster_name": name_of(data)}
    command = [str(programs.bin_dir / "postgres"), "-D", str(data), *(f"--{key}={settings[key]}" for key in settings)]
    owner, service, reader, signer = (
        f"postgresql+asyncpg://{role}:{passwords[role]}@/{DATABASE}?host={quote(str(socket))}&port={PORT}"
        for role in (OWNER, SERVICE, READER, SIGNER)
    )
    postmaster = Postmaster(command, account, data, socket, folder / "postgres.log", lock, preload)
    return Cluster(folder, home, programs.bin_dir, programs.major, owner, service, reader, signer, postmaster)


def _home_of(folder: Path) -> Path:
    note = folder / "home"
    return Path(note.read_text()) if note.exists() else folder / "server"


def _home(folder: Path, account: Account) -> Path:
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if account.uid is not None and not _home_of(folder).exists() and not account.can("-x", folder):
        OUTSIDE.mkdir(exist_ok=True)
        OUTSIDE.chmod(0o711)  # to be passed through, not listed
        (folder / "home").write_text(str(OUTSIDE / secrets.token_hex(8)))
    return account.folder(_home_of(folder))


def _passwords(path: Path, home: Path) -> dict[str, str]:
    if not path.exists():
        if (home / "data").exists():
            raise NotStarted(f"{path} is missing, and without it the data in {home} cannot be used: remove both.")
        _keep(path, {role: secrets.token_urlsafe(24) for role in ("postgres", *ROLES)})
    return dict(json.loads(path.read_text()))


def _keep(path: Path, passwords: Mapping[str, str]) -> None:
    """Private, and there as a whole or not at all."""
    new = path.with_name("passwords.json.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(dict(passwords), file)
    new.replace(path)


def _with_new_roles(
    path: Path, passwords: dict[str, str], data: Path, socket: Path, programs: Programs, account: Account
) -> dict[str, str]:
    """All passwords; the data of an earlier version get the roles that it did not know."""
    new = {role: secrets.token_urlsafe(24) for role in ROLES if role not in passwords}
    if new:
        end_leftovers(data, socket)
        roles = (f"DROP ROLE IF EXISTS {role}\n{_made(role, new[role])}" for role in new)
        account.run(programs.bin_dir / "postgres", "--single", "-D", data, "postgres", typed="".join(roles))
        _keep(path, passwords | new)
    return passwords | new


def _made(role: str, password: str) -> str:
    return f"CREATE ROLE {role} {ROLES[role]} PASSWORD '{password}'\n"


def _data(home: Path, programs: Programs, account: Account, passwords: Mapping[str, str]) -> Path:
    """The data folder, made if there is none, whole or not at all; refused if another major version made it."""
    data, new = home / "data", home / "data-new"
    if not data.exists():
        shutil.rmtree(new, ignore_errors=True)
        _initialise(new, home / "password", programs.bin_dir, account, passwords)
        new.rename(data)
    made_by = int((data / "PG_VERSION").read_text())
    if made_by != programs.major:
        raise NotStarted(
            f"The data in {data} was made by PostgreSQL {made_by}; this is PostgreSQL {programs.major}, which cannot "
            f"read it. Use PostgreSQL {made_by}, or remove the data to begin again."
        )
    return data


def _initialise(data: Path, note: Path, bin_dir: Path, account: Account, passwords: Mapping[str, str]) -> None:
    note.touch(0o600)
    note.write_text(passwords["postgres"])
    account.give(note)
    superuser = ["--username=postgres", f"--pwfile={note}", "--auth=scram-sha-256"]
    account.run(bin_dir / "initdb", "-D", data, *superuser, "--data-checksums", "--encoding=UTF8", f"--locale={LOCALE}")
    note.unlink()
    # Typed to a server of one user, one statement a line: nobody else can reach it before the passwords are set.
    typed = "".join(_made(role, passwords[role]) for role in ROLES) + f"CREATE DATABASE {DATABASE} OWNER {OWNER}\n"
    account.run(bin_dir / "postgres", "--single", "-D", data, "postgres", typed=typed)


def _socket(home: Path, account: Account) -> Path:
    """The socket's folder: in the home, or in /tmp if that path is too long for a socket."""
    socket = home / "socket"
    if len(os.fsencode(socket / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET:
        socket = Path(tempfile.mkdtemp(prefix="supervision-", dir="/tmp"))  # a random name, 0700
    return account.folder(socket)
