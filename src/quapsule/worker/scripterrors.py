"""A script's own error, as its box tells it: untrusted, so each field is checked and cut, and the category is always the user's."""

from collections.abc import Mapping
from typing import Any

from quapsule.worker.outcome import Failure, harmless

_MOST_FRAMES = 30
_MOST_TEXT = 4_000
_LOOK = "Correct the script at that line and submit it again; its own frames stand in error_details, its output in the job's log."
_HINTS: Mapping[str, str] = {
    "too_many_qubits": "Use fewer qubits, or a circuit with less entanglement; the operator may raise QUAPSULE_ENGINE_MEMORY_MB.",
    "parse_error": "Correct the program at that place; only gates that it defines or includes can be used.",
    "unsupported": "Write that part in gates, measurements, conditions and loops of a fixed length, or choose a backend that takes it.",
    "too_many_shots": "Use fewer shots; GET /api/backends shows the most that each backend takes.",
    "mitigation_unavailable": "Leave params.mitigation out for this program; docs/mitigation.md says what can be mitigated.",
    "statevector_unavailable": "Leave params.statevector out, or use fewer qubits.",
    "result_too_large": "Return a summary, or fewer values.",
}
_MEMORY = "Use less memory at once; the operator may raise QUAPSULE_JOB_MEMORY_MB."


def read_error(given: Any, refusals: Mapping[str, str]) -> Failure:
    """`refusals`: messages that went into the box with their codes; an error that repeats one keeps its code."""
    error = given if isinstance(given, dict) else {}
    kind, message = _text(error.get("type"), 200) or "Error", _text(error.get("message"), _MOST_TEXT)
    details: dict[str, Any] = {"type": kind}
    for name in ("line", "column"):
        if isinstance(error.get(name), int) and not isinstance(error[name], bool) and 0 < error[name] < 10_000_000:
            details[name] = error[name]
    if frames := _traceback(error.get("traceback")):
        details["traceback"] = frames
    if kind == "MemoryError":
        return Failure("user", "out_of_memory", _joined(kind, message or "the script ran out of memory", details), _MEMORY, details)
    own = "result_too_large" if error.get("code") == "result_too_large" else "script_error"  # the only one that a runner gives by itself
    code = next((code for told, code in refusals.items() if told and told in message), own)
    return Failure("user", code, _joined(kind, message, details), _hint(kind, code), details)


def _joined(kind: str, message: str, details: Mapping[str, Any]) -> str:
    where = f" (line {details['line']})" if "line" in details and f"line {details['line']}" not in message else ""
    plain = kind in ("DoorError", "Problem", "NoResult", "Error")
    return (message if plain and message else f"{kind}: {message}" if message else kind) + where


def _hint(kind: str, code: str) -> str:
    if kind in ("ModuleNotFoundError", "ImportError"):
        return (
            "Scripts import the installed runtimes, and what they ask for in `requirements` where the operator allows it (QUAPSULE_WHEELS)."
        )
    if kind == "ParameterError":
        return "Send its number in params; on the command line `-p NAME=NUMBER`."
    return _HINTS.get(code, _LOOK)


def _traceback(given: Any) -> list[dict[str, Any]]:
    frames = [frame for frame in given if isinstance(frame, dict)] if isinstance(given, list) else []
    return [
        {
            "line": frame.get("line") if isinstance(frame.get("line"), int) else None,
            "name": _text(frame.get("name"), 200),
            "text": _text(frame.get("text"), 400),
        }
        for frame in frames[-_MOST_FRAMES:]
    ]


def _text(given: Any, most: int) -> str:
    return str(harmless(given))[:most] if isinstance(given, str) else ""
