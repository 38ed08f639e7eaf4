"""What an engine answers instead of a result."""

from dataclasses import dataclass
from typing import Any, Literal

Category = Literal["user", "transient", "system"]


@dataclass(eq=False)
class EngineProblem(Exception):  # noqa: N818
    """A refusal that crosses the door. `line` and `column` count from 1, as editors do."""

    code: str
    message: str
    category: Category = "user"
    line: int | None = None
    column: int | None = None

    def __post_init__(self) -> None:
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """The JSON under "error": category, code, message, and line and column when known."""
        body: dict[str, Any] = {"category": self.category, "code": self.code, "message": self.message}
        if self.line is not None:
            body["line"] = self.line
        if self.column is not None:
            body["column"] = self.column
        return body


def parse_error(message: str, line: int | None = None, column: int | None = None) -> EngineProblem:
    where = "" if line is None else f"line {line}: " if column is None else f"line {line}, column {column}: "
    return EngineProblem("parse_error", where + message, line=line, column=column)


def unsupported(message: str, line: int | None = None, column: int | None = None) -> EngineProblem:
    where = "" if line is None else f"line {line}: " if column is None else f"line {line}, column {column}: "
    return EngineProblem("unsupported", where + message, line=line, column=column)
