"""The server as processes of the operating system: one user at a time; started, stopped, killed, left behind."""

import fcntl
import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.embedded.account import Account, NotStarted, last_words

PATIENCE = 60
"""Seconds that the server may take to stop in order before it is killed."""


class Lock:
    """Held as long as this process means to use a home; the kernel lets go when the process dies, however it dies."""

    def __init__(self, home: Path) -> None:
        self._path = home / "lock"
        self._handle: int | None = None

    def take(self) -> None:
        """Take it, unless we have it. Raises NotStarted if another process has."""
        if self._handle is not None:
            return
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise NotStarted(f"{self._path.parent} is in use by another process: stop that one first.") from error
        self._handle = handle

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> "Lock":
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


@dataclass
class Postmaster:
    """The server's first process, and through it all the others."""

    command: Sequence[str | Path]
    account: Account
    data: Path
    socket: Path
    log: Path
    lock: Lock
    preload: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Return when the server takes connections; raise NotStarted, with the log's last words, if it gives up."""
        self.lock.take()
        end_leftovers(self.data, self.socket)
        how = self.account.process()
        if self.preload is not None:
            how["env"]["LD_PRELOAD"] = str(self.preload)
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            # A session of its own: Ctrl-C in the terminal is for the service, which then stops its database in order.
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **how
            )
        while not _ready(self.data, self.process.pid):
            if self.process.poll() is not None:
                self.lock.release()
                raise NotStarted(f"PostgreSQL did not start. {self.log} ends: {last_words(self.log.read_text())}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals) -> None:
        """SIGINT cuts connections and writes everything down; SIGQUIT leaves the recovery to the next start."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
        self.lock.release()

    def kill(self) -> None:
        """SIGKILL to every process."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)  # or it would put its house in order when its first child dies
            _kill(_processes(self.data))
            self.process.wait()
        self.lock.release()


def name_of(data: Path) -> str:
    """What every process of this data folder carries in its command line, so that it can be told from all others."""
    return f"supervision-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"


def end_leftovers(data: Path, socket: Path) -> None:
    """End what a killed process left running here (we hold the lock: nobody is using it), and remove its marks."""
    mark = data / "postmaster.pid"
    noted = int(next(iter(_lines(mark)), 0))
    left = _processes(data)
    for each in left:
        if each.pid == noted:
            each.send_signal(signal.SIGINT)
    if not _all_gone(left):
        _kill(left)
    if psutil.pid_exists(noted):
        # Numbers of processes come round again: PostgreSQL would take that other program for its own postmaster.
        for stale in (mark, *socket.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)


def _processes(data: Path) -> list[psutil.Process]:
    """The living among the postmaster of this data folder and its backends."""
    name = name_of(data)
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or [""]
        postmaster = line[0].endswith("postgres") and f"--cluster_name={name}" in line
        if postmaster or line[0].startswith(f"postgres: {name}: "):
            found.append(process)
    return found


def _gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _all_gone(processes: Sequence[psutil.Process]) -> bool:
    until = time.monotonic() + PATIENCE
    while not all(map(_gone, processes)):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _kill(processes: Sequence[psutil.Process]) -> None:
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    _all_gone(processes)


def _ready(data: Path, pid: int) -> bool:
    lines = _lines(data / "postmaster.pid")
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _lines(path: Path) -> list[str]:
    with suppress(FileNotFoundError):
        return path.read_text().splitlines()
    return []
