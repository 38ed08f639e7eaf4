"""Why something cannot be mitigated."""

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class MitigationProblem(Exception):  # noqa: N818
    """The user's to solve, by another program or other options."""

    message: str
    code: str = "mitigation_unavailable"

    def __post_init__(self) -> None:
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        return {"category": "user", "code": self.code, "message": self.message}
