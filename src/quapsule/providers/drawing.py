"""The drawing of a program, made where its text is read: in the engine's box."""

from collections.abc import Callable, Mapping
from typing import Any

from quapsule.providers import Program

__all__ = ["draw"]


def draw(call: Callable[[dict[str, Any]], Mapping[str, Any]], program: Program) -> str | None:
    """Plain text, lines of at most about 120 columns. call: sends one frame to an engine and gives back its answer.

    None: the program is too large to look at (60 qubits, 2,000 gates), or is not one that the engine reads. It never refuses: nothing
    depends on a drawing. What `call` raises when the box itself is gone comes through."""
    said = call({"id": 0, "verb": "draw", "program": {"format": program.format, "text": program.text}})
    drawing = said.get("drawing")
    return drawing if isinstance(drawing, str) else None
