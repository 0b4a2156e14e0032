"""One demo, as somebody starts it from a shell."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app import embedded
from app.demo.folder import DemoFolder

SUPERVISION = [sys.executable, "-c", "from app.cli import main; main()"]
ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """`supervision demo` in a folder, running or not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = DemoFolder(path)
        self.process: subprocess.Popen[str] | None = None
        self.said = ""
        self.begun: list[psutil.Process] = []

    def run(self, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        command = [*SUPERVISION, *arguments, "--dir", str(self.path)]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)

    def begin(self, *arguments: str) -> None:
        """Start it, and do not wait."""
        command = [*SUPERVISION, "demo", "--port", "0", "--dir", str(self.path), *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )

    def start(self, *arguments: str) -> None:
        """Start it and wait until it has said what to try."""
        self.begin(*arguments)
        assert self.process is not None
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                self.begun = psutil.Process(self.process.pid).children(recursive=True)
                return
        pytest.fail(f"the demo ended: {self.said}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it by a signal to the process alone; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode

    def headers(self, council: str, persona: str) -> dict[str, str]:
        """What curl would send for a persona."""
        tokens = json.loads(self.folder.tokens_file.read_text())
        return {"Authorization": f"Bearer {tokens[council][persona]}"}

    def ask(self, method: str, path: str, who: tuple[str, str], **request: Any) -> httpx.Response:
        """One request as a persona of a council."""
        return httpx.request(method, f"{self.folder.url}{path}", headers=self.headers(*who), **request)

    def processes(self) -> list[str]:
        """Whatever runs that it started, or that speaks of this folder or of the private home of its PostgreSQL."""
        note = self.path / "postgres" / "home"
        places = [str(self.path), note.read_text() if note.exists() else str(self.path)]
        commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
        started = [str(each) for each in self.begun if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
        return [command for command in commands if any(place in command for place in places)] + started

    def remove(self) -> None:
        """End what runs, and leave nothing."""
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGKILL)
        embedded.remove(self.path / "postgres")


@contextmanager
def a_demo() -> Iterator[Demo]:
    """A demo of its own, not started."""
    with tempfile.TemporaryDirectory(prefix="supervision-demo-") as place:
        demo = Demo(Path(place) / "demo")
        try:
            yield demo
        finally:
            demo.remove()
