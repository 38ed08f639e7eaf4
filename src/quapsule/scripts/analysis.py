"""What looking at a text finds before it runs: asked of a worker (an errand), since reading a stranger's code belongs in a box."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict, cast
from uuid import UUID

from psycopg.types.json import Json

from quapsule.database.queries import load_queries
from quapsule.database.session import Session

_QUERIES = load_queries("quapsule.scripts")

_CHECK_KEYS = ("id", "level", "message", "line", "column")


class FoundCheck(TypedDict):
    """`level`: ok, warn (to be accepted at submit) or block; `line` and `column` in the text."""

    id: str
    level: Literal["ok", "warn", "block"]
    message: str
    line: NotRequired[int]
    column: NotRequired[int]


class EntryPoint(TypedDict):
    """Where a run may begin."""

    kind: str
    name: str
    line: int


class FoundProgram(TypedDict):
    """`registers`: [name, width] in declaration order; `parameters`: inputs that params must give."""

    qubits: int
    parameters: list[str]
    registers: list[list[Any]]
    measured: str


@dataclass(frozen=True)
class Found:
    """`program`: what a prepared program is made of, if it was one."""

    checks: list[FoundCheck]
    entry_points: list[EntryPoint]
    program: FoundProgram | None
    examined: bool


def unexamined(why: str) -> Found:
    """Nobody looked: said as a warning, never as an ok."""
    return Found([{"id": "program", "level": "warn", "message": why}], [], None, examined=False)


def read_output(output: Mapping[str, Any]) -> Found:
    """From a worker's {"analysis": {checks, entry_points, program?}} or {"error": {category, message, …}}."""
    error = output.get("error")
    if error is not None:
        own_fault = error.get("category") == "user"
        check = {**error, "id": "program", "level": "block" if own_fault else "warn", "message": str(error.get("message"))}
        return Found([_check(check)], [], None, examined=own_fault)
    analysis = output.get("analysis") or {}
    checks = [_check(check) for check in analysis.get("checks") or ()]
    return Found(checks, analysis.get("entry_points") or [], analysis.get("program"), examined=True)


def choose_team(session: Session, team_id: UUID | None, script_team_id: UUID | None) -> UUID:
    """The team that keeps the analysis: the one given, the script's, or the caller's only one. Raises Problem."""
    return UUID(str(session.value(_QUERIES["choose_team"], {"team_id": team_id, "script_team_id": script_team_id})))


def record(
    session: Session, *, team_id: UUID, backend: str, shots: int, content: str, checks: Sequence[FoundCheck], cost: Mapping[str, Any]
) -> UUID:
    """Keeps what was found, for the submit that refers to it. Raises Problem."""
    analysis = {
        "team_id": str(team_id),
        "backend": backend,
        "shots": shots,
        "content_sha256": sha256(content),
        "checks": list(checks),
        "cost": dict(cost),
    }
    return UUID(str(session.value(_QUERIES["record_analysis"], {"analysis": Json(analysis)})))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _check(check: Mapping[str, Any]) -> FoundCheck:
    return cast(FoundCheck, {key: check[key] for key in _CHECK_KEYS if check.get(key) is not None})
