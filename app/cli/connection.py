"""A running service, asked over HTTP: with a token, patiently, and with its problems told in its own words."""

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx

from app.cli.words import stop
from app.config import ClientSettings
from app.errors import Fault, Problem

TRIES = 8
LONGEST_WAIT = 30
KINDS = ("worker", "case")
LOCAL = "http://127.0.0.1:8000"


class Refused(Problem):
    """The service said no. `answered` is its HTTP status."""

    def __init__(self, answered: int, code: str, detail: str, errors: list[Fault]) -> None:
        super().__init__(code, detail, errors=errors)
        self.answered = answered


class Connection:
    """One service and the right to ask it. Everything asked through it is safe to repeat, and is repeated."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(
            base_url=self.url, headers=headers, timeout=60, trust_env=False, follow_redirects=True
        )
        self._reached = False

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """The JSON answer to GET; parameters of None are left out. Raises Refused."""
        return self._json("GET", path, params={name: value for name, value in params.items() if value is not None})

    def about(self, subject: str, view: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What is said of a subject ("case/C-2001", "C-2001"): an identifier alone may be a worker's or a case's.

        Raises Refused, and stops where nobody knows the subject.
        """
        kind, _, identity = subject.rpartition("/")
        if kind not in ("", *KINDS):
            raise stop(f"{subject} names neither a worker nor a case.", "Write worker/W-1004 or case/C-2001.")
        for possible in (kind,) if kind else KINDS:
            try:
                return self.get(f"/v1/{possible}s/{identity}/{view}", **asked)
            except Refused as refused:
                if refused.answered != 404:
                    raise
        raise stop(f"Nothing was ever recorded about {subject} here.")

    def post(self, path: str, body: object = None, **request: Any) -> dict[str, Any]:
        """The JSON answer to POST. Raises Refused."""
        return self._json("POST", path, **({"json": body} if body is not None else {}), **request)

    def put(self, path: str, body: object) -> dict[str, Any]:
        """The JSON answer to PUT. Raises Refused."""
        return self._json("PUT", path, json=body)

    def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = self._patiently(self._client.build_request(method, path, **request))
        answer.read()
        found = _json_object(answer)
        if found is None:
            raise Refused(answer.status_code, "unexpected_answer", f"{self.url} is not a supervision ledger.", [])
        return found

    def raw(self, path: str, **params: Any) -> bytes:
        """The JSON answer to GET as it came. Raises Refused."""
        answer = self._patiently(self._client.build_request("GET", path, params=params))
        return answer.read()

    def lines(self, path: str, **params: Any) -> Generator[bytes, None, None]:
        """The whole lines of an NDJSON answer, without their ends. Raises Refused, or httpx.TransportError when cut."""
        request = self._client.build_request("GET", path, params=params, headers={"Accept": "application/x-ndjson"})
        answer = self._patiently(request)
        rest = b""
        try:
            for chunk in answer.iter_bytes():
                *whole, rest = (rest + chunk).split(b"\n")
                yield from whole
        finally:
            answer.close()

    def _patiently(self, request: httpx.Request) -> httpx.Response:
        """The answer, not read yet. Waits as the service says when it is overloaded, and while a connection is lost."""
        for left in reversed(range(TRIES)):
            try:
                answer = self._client.send(request, stream=True)
            except httpx.TransportError as error:
                if not left or not self._reached:
                    raise Problem("not_reached", f"Nothing answers at {self.url}. Is the service running?") from error
                time.sleep(min(0.5 * 2 ** (TRIES - left), LONGEST_WAIT))
                continue
            self._reached = True
            if answer.status_code not in (429, 503) or not left:
                return _checked(answer, self.url)
            answer.close()
            time.sleep(_wait(answer))
        raise AssertionError("the last try returns or raises")


def _wait(answer: httpx.Response) -> float:
    said = answer.headers.get("Retry-After", "")
    return min(float(said), LONGEST_WAIT) if said.isdecimal() else 2


def _json_object(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        found = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _checked(answer: httpx.Response, url: str) -> httpx.Response:
    if answer.is_success:
        return answer
    answer.read()
    problem = _json_object(answer)
    if problem is None or "code" not in problem:
        detail = f"{url} answered {answer.status_code} and is perhaps not a supervision ledger."
        raise Refused(answer.status_code, "unexpected_answer", detail, [])
    raise refusal(answer.status_code, problem)


def refusal(answered: int, problem: dict[str, Any]) -> Refused:
    """A problem+json body as an exception."""
    faults = [Fault(fault["pointer"], fault["code"], fault["detail"]) for fault in problem.get("errors", [])]
    return Refused(answered, problem["code"], problem.get("detail", problem["code"]), faults)


def connect(url: str | None, token: str | None, council: str | None, persona: str, folder: Path) -> Connection:
    """The service that the options, else the environment, else the demo in `folder` name."""
    settings = ClientSettings()
    url = url or settings.url
    if token is None and settings.token is not None:
        token = settings.token.get_secret_value()
    if token is not None:
        return Connection(url or LOCAL, token)
    noted = folder / "url"
    return Connection(
        url or (noted.read_text().strip() if noted.exists() else LOCAL), demo_token(folder, council, persona)
    )


def demo_token(folder: Path, council: str | None, persona: str) -> str:
    """A new token of the demo's own issuer in `folder`, good for an hour: signed with its key, as its endpoint does."""
    from app.demo.councils import COUNCILS
    from app.demo.folder import DemoFolder
    from app.demo.personas import PERSONAS

    kept, councils = DemoFolder(folder), [known.id for known in COUNCILS]
    if not kept.secrets_file.exists():
        raise stop(
            f"There is no token to ask with, and no demo in {folder}.",
            "Set SUPERVISION_URL and SUPERVISION_TOKEN, or start `supervision demo` and use the same --dir.",
        )
    if council not in councils:
        raise stop(f"Say which council: {' or '.join(f'--council {name}' for name in councils)}.")
    if persona not in PERSONAS:
        raise stop(f"There is no persona {persona}: say --persona {', '.join(PERSONAS)}.")
    return kept.issuer.token(council, persona, int(time.time()))
