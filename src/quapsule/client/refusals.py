"""What a call can end with, other than an answer. Light on imports: every verb of the CLI needs it."""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):  # noqa: N818  # an answer, not an accident
    """The server said no: `code` is one of docs/errors.md, `status` the HTTP status, `hint` the next step if there is one."""

    def __init__(
        self,
        code: str,
        message: str,
        hint: str | None = None,
        status: int = 400,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.status, self.details = code, message, hint, status, details

    @property
    def exit_code(self) -> int:
        """The CLI's exit code: 4 not signed in, 3 the server is there but not ready, else 1."""
        if self.status == 401:
            return 4
        return 3 if self.status in (502, 503, 504) else 1

    def body(self) -> dict[str, Any]:
        """The same shape in which the server says it."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.hint:
            error["hint"] = self.hint
        if self.details:
            error["details"] = dict(self.details)
        return {"error": error}


class Unreachable(Refused):
    """No server answered at all; `status` is 0."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__("not_reachable", message, hint, status=0)

    @property
    def exit_code(self) -> int:
        return 3
