"""What is remembered of a script while it runs: what its entry point returned, and what it printed last."""

import ast
import functools
import inspect
import json
from collections.abc import Callable
from typing import Any

from .shape import Entry

_KEPT_TEXT = 1 << 20


class Remembered:
    """What the entry point returned when the script itself called it: it is then not called a second time."""

    NAME = "__quapsule_entry__"

    def __init__(self) -> None:
        self.called = False
        self.value: Any = None

    def watch(self, tree: ast.Module, entry: Entry) -> None:
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno == entry.line:
                node.decorator_list.insert(0, ast.copy_location(ast.Name(self.NAME, ast.Load()), node))

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*arguments: Any, **named: Any) -> Any:
                return self._keep(await function(*arguments, **named))

            return awaited

        @functools.wraps(function)
        def called(*arguments: Any, **named: Any) -> Any:
            return self._keep(function(*arguments, **named))

        return called

    def _keep(self, value: Any) -> Any:
        self.called, self.value = True, value
        return value


class Printed:
    """stdout that remembers the end of what was printed."""

    def __init__(self, under: Any) -> None:
        self.under = under
        self._parts: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        written: int = self.under.write(text)
        self._parts.append(text)
        self._size += len(text)
        if self._size > 2 * _KEPT_TEXT:
            kept = "".join(self._parts)[-_KEPT_TEXT:]
            self._parts, self._size = [kept], len(kept)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self.under, name)

    def last_object(self) -> dict[str, Any] | None:
        """The last JSON object that begins a line."""
        text = "".join(self._parts)[-_KEPT_TEXT:]
        end, decoder = len(text), json.JSONDecoder()
        for _ in range(200):
            start = text.rfind("{", 0, end)
            if start < 0:
                return None
            end = start
            if start and text[start - 1] != "\n":
                continue
            try:
                found, _ = decoder.raw_decode(text, start)
            except (ValueError, RecursionError):
                continue
            return found if isinstance(found, dict) else None
        return None
