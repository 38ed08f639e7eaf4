"""What went wrong in a script, told to its author: the user's frames only, with lines; and what to do about a missing package."""

import importlib.metadata
import re
import traceback
from types import TracebackType
from typing import Any

from .door import DoorError
from .values import ValueRefused

SCRIPT = "script.py"
MAX_MESSAGE = 4000
MAX_FRAMES = 20
# What a reader of "not installed" looks for; the rest of the environment is not theirs to use.
_SHOWN = (
    "numpy", "scipy", "sympy", "networkx", "pandas", "matplotlib", "rustworkx", "qiskit", "qiskit-aer", "qiskit-qasm3-import", "openqasm3",
    "cirq-core", "pennylane", "amazon-braket-sdk", "marqov", "qulacs", "mitiq",
)  # fmt: skip


_PLACE = re.compile(r" \((/[^)]*|unknown location)\)$")


class ScriptProblem(Exception):  # noqa: N818 - the house says Problem
    """A refusal of the runner's own, about the script as a whole."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def describe(problem: BaseException, source: str) -> dict[str, Any]:
    """{category, type, message, code?, line?, column?, traceback: [{line, name, text}]}.

    The category is user, unless the door said otherwise.
    """
    found: dict[str, Any] = {"category": "user", "type": type(problem).__name__, "message": _message(problem)}
    frames = _user_frames(problem.__traceback__, source)
    line: int | None = frames[-1]["line"] if frames else None
    column: int | None = None
    if isinstance(problem, ScriptProblem):
        found["type"] = problem.kind
    elif isinstance(problem, DoorError):
        found |= {"category": problem.category, "code": problem.code}
        # Position in the program that was sent; the script's own position is in the traceback.
        line, column = (problem.line, problem.column) if problem.line is not None else (line, None)
    elif isinstance(problem, ValueRefused) and problem.code:
        found["code"] = problem.code
    elif isinstance(problem, SyntaxError) and problem.filename == SCRIPT:
        line, column = problem.lineno, problem.offset
        frames = []
    found |= {key: value for key, value in (("line", line), ("column", column)) if value is not None}
    found["traceback"] = frames
    return found


def _message(problem: BaseException) -> str:
    if isinstance(problem, ModuleNotFoundError) and problem.name and not problem.name.startswith("quapsule."):
        return (
            f"The package {problem.name.partition('.')[0]!r} is not installed here. Installed: {installed()}. "
            "A script may name further ones in its requirements, if they are on the operator's list."
        )
    if isinstance(problem, ImportError):
        return _PLACE.sub("", _text(problem))  # where a package lies says nothing to who cannot look there
    if isinstance(problem, MemoryError):
        return f"The script needed more memory than its box has. {_text(problem)}".strip()
    if isinstance(problem, SyntaxError):
        return str(problem.msg)[:MAX_MESSAGE]
    if isinstance(problem, SystemExit):
        return f"The script ended itself with exit code {problem.code!r:.200}."
    if isinstance(problem, ScriptProblem | ValueRefused | DoorError):
        return _text(problem)
    return _text(problem) or type(problem).__name__


def _text(problem: BaseException) -> str:
    try:
        return str(problem)[:MAX_MESSAGE]
    except Exception:  # noqa: BLE001 - a user's exception class may fail at its own text
        return f"<{type(problem).__name__} without a readable message>"


def installed() -> str:
    """The packages that a script may count on, with versions."""
    found = []
    for name in _SHOWN:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found) or "the standard library only"


def _user_frames(trace: TracebackType | None, source: str) -> list[dict[str, Any]]:
    lines = source.splitlines()
    frames = []
    for frame, line in traceback.walk_tb(trace):
        if frame.f_code.co_filename == SCRIPT:
            text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
            frames.append({"line": line, "name": frame.f_code.co_name, "text": text[:400]})
    if len(frames) > MAX_FRAMES:  # a deep recursion: both ends tell more than the middle
        frames = frames[: MAX_FRAMES // 2] + frames[-MAX_FRAMES // 2 :]
    return frames
