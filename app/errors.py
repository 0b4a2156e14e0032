"""Everything that can go wrong, as one tree. Each leaf is an RFC 9457 problem with a stable `code`.

    Problem
    ├── Malformed            400 malformed_json, and other requests that cannot be read
    ├── Unauthorised         401 no token, or one that proves nothing
    ├── Forbidden            403 a good token without the right
    ├── NotFound             404
    ├── Conflict             409
    ├── ConditionFailed      412
    ├── TooLarge             413
    ├── UnsupportedMedia     415
    ├── Invalid              422 well formed, but it breaks a rule: `errors` names each field
    └── Unavailable          503 try again after `retry_after` seconds

Messages are plain, specific, say what to do, and never repeat what was sent as free text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input: where (RFC 6901 pointer), a stable code, and what to do about it."""

    pointer: str
    code: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """The shape inside `errors` of a problem."""
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail}


class Problem(Exception):
    """The root: status, stable code, human title and detail, and the faults if there are several."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def as_json(self, request_id: str | None = None) -> dict[str, Any]:
        """The problem+json body (RFC 9457), `request_id` left out when there is none."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if request_id is not None:
            body["request_id"] = request_id
        if self.errors:
            body["errors"] = [fault.as_json() for fault in self.errors]
        return body | self.extra


class Malformed(Problem):
    status = 400
    title = "The request could not be read"


class Unauthorised(Problem):
    status = 401
    title = "A valid token is needed"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    status = 403
    title = "You may not do that"


class NotFound(Problem):
    status = 404
    title = "There is nothing here"


class Conflict(Problem):
    status = 409
    title = "This contradicts what is recorded"


class ConditionFailed(Problem):
    status = 412
    title = "Something changed in between"


class TooLarge(Problem):
    status = 413
    title = "That is too much at once"


class UnsupportedMedia(Problem):
    status = 415
    title = "That kind of content is not taken here"


class Invalid(Problem):
    status = 422
    title = "Some of what was sent is not right"


class TooMany(Problem):
    status = 429
    title = "Too many at a time"

    def __init__(self, code: str, detail: str, *, retry_after: int = 10) -> None:
        super().__init__(code, detail, headers={"Retry-After": str(retry_after)})


class Unavailable(Problem):
    status = 503
    title = "Not available at the moment"

    def __init__(self, code: str, detail: str, *, retry_after: int = 2) -> None:
        super().__init__(code, detail, headers={"Retry-After": str(retry_after)})
