"""What a check of one hop found: by which method, with which result, and what it does not cover."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Method = Literal["identical", "unitary", "probes", "branches", "structure", "qcec", "none"]
Verdict = Literal["equivalent", "mismatch", "not_checked"]
VERDICTS: tuple[Verdict, ...] = ("mismatch", "not_checked", "equivalent")  # the worst first


def worst_of(results: Collection[object]) -> Verdict:
    """Of several checks; nothing was checked where there are none."""
    return next((verdict for verdict in VERDICTS if verdict in results), "not_checked")


@dataclass(frozen=True)
class Certificate:
    """`hop`: from → to, such as "script → interchange", "interchange → engine", "interchange → executed", "interchange → braket".

    `asked_sha256`, `given_sha256`: of the two texts compared (None where one side is a circuit object). `tolerance`: of matrix and
    amplitude differences. `not_covered`: sentences; empty when everything was compared. `detail`: numbers of the method, and for a
    mismatch where it was seen. `seconds` that the check took."""

    hop: str
    method: Method
    result: Verdict
    qubits: int
    asked_sha256: str | None = None
    given_sha256: str | None = None
    tolerance: float = 1e-9
    not_covered: tuple[str, ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "not_covered": list(self.not_covered)}
