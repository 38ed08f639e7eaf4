"""A `@workflow` in direct mode: its graph runs in the script's own box, the tasks of a level side by side in threads."""

import asyncio
import base64
import importlib
import inspect
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from .door import ATTEMPT, Attempt
from .telling import Telling

MOST_TASKS = 1000  # with these two bounds what is told of a workflow stays below the 1 MiB that is kept of it
_MOST_ERROR = 400
_MOST_AT_ONCE = 16


class TaskTimeout(TimeoutError):  # noqa: N818 - a timeout is one by its name
    """A task ran longer than its own timeout."""


@dataclass
class Story:
    """What became of each task: docs/door.md's workflow_metadata."""

    graph: Mapping[str, Any]
    levels: list[list[str]]
    timeline: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "execution_graph": {**self.graph, "execution_levels": self.levels},
            "task_timeline": [dict(entry) for entry in self.timeline],
            "total_tasks": len(self.graph["nodes"]),
            "total_levels": len(self.levels),
        }


Tell = Callable[[dict[str, Any]], None]


def run_workflow(function: Callable[..., Any], arguments: Mapping[str, Any], tell: Tell, show: Tell = lambda _: None) -> Any:
    """The value that the workflow's return template gives, with each task's result in its place.

    `tell` gets the metadata once the graph is known, and again when the tasks have ended, also when one failed; `show`, which may be
    slow, gets them on the way too. Raises what the failing task raised; the others of its level run to their end, later levels are not
    begun. A function that only looks like a workflow is called, and its value returned.
    """
    keep_functions()
    dispatch = function(**arguments)
    capture = dispatch.capture() if hasattr(dispatch, "capture") and hasattr(dispatch, "graph") else None
    if capture is None:
        return settle(dispatch)
    graph = capture.graph
    if len(graph.nodes) > MOST_TASKS:
        raise ValueError(f"The workflow has {len(graph.nodes)} tasks; at most {MOST_TASKS} can be run.")
    story = Story(_graph_of(graph), _levels(graph))
    tell(story.as_json())
    telling = Telling(show, story.as_json)
    try:
        results = _run_levels(graph, story, telling.changed)
    finally:
        telling.end()
        tell(story.as_json())
    return capture.resolve_output(results)


def keep_functions() -> None:
    """The SDK writes each task's function into the graph as a pickle, for a host that starts its tasks elsewhere. Here the functions
    themselves are run: they share the script's globals (`device` is one, and no pickle holds it) and keep its lines in tracebacks."""
    decorators: Any = sys.modules.get("marqov.workflows.decorators")
    if decorators is not None:
        decorators.cloudpickle = _Keeper


class _Keeper:
    kept: ClassVar[dict[str, Callable[..., Any]]] = {}

    @classmethod
    def dumps(cls, function: Callable[..., Any]) -> bytes:
        """A name in place of the pickle; the SDK writes it down in base64."""
        name = f"function {len(cls.kept)}".encode()
        cls.kept[base64.b64encode(name).decode()] = function
        return name

    @classmethod
    def function(cls, reference: str) -> Callable[..., Any]:
        found = cls.kept.get(reference)
        if found is None:  # a graph that was made before the runner knew of the SDK
            unpickled: Callable[..., Any] = importlib.import_module("cloudpickle").loads(base64.b64decode(reference))
            return unpickled
        return found


def _graph_of(graph: Any) -> dict[str, Any]:
    nodes = {name: {"func_name": node.func_name, "dependencies": list(node.dependencies)} for name, node in graph.nodes.items()}
    return {"nodes": nodes, "output_nodes": list(graph.output_nodes)}


def _levels(graph: Any) -> list[list[str]]:
    """As the SDK groups them; within a level in the order of the calls, which its sets do not keep. Raises ValueError for a cycle."""
    order = {name: place for place, name in enumerate(graph.nodes)}
    return [sorted(level, key=order.__getitem__) for level in graph.get_execution_order()]


def _run_levels(graph: Any, story: Story, changed: Callable[[], None]) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for depth, level in enumerate(story.levels):
        entries = [{"node_id": name, "func_name": graph.nodes[name].func_name, "level": depth} for name in level]
        story.timeline += entries
        failures: list[BaseException | None] = [None] * len(level)

        def run_one(place: int, level: list[str] = level, entries: Any = entries, failures: Any = failures) -> None:
            node = graph.nodes[level[place]]
            entries[place]["started_at"] = _now()
            changed()
            try:
                results[node.id] = _run_task(node, _Keeper.function(node.func_ref), results)
            except BaseException as problem:  # noqa: BLE001 - SystemExit in a task's thread is that task's end, too
                failures[place] = problem
                ended = {"status": "failed", "error": _text(problem)}
            else:
                ended = {"status": "completed"}
            entries[place] |= {**ended, "completed_at": _now()}
            changed()

        if len(level) == 1:
            run_one(0)
        else:
            with ThreadPoolExecutor(min(len(level), _MOST_AT_ONCE), thread_name_prefix="task") as pool:
                list(pool.map(run_one, range(len(level))))
        if first := next((failure for failure in failures if failure is not None), None):
            raise first
    return results


def _run_task(node: Any, function: Callable[..., Any], results: Mapping[str, Any]) -> Any:
    """Tries as often as `retries` allows, each time within `timeout`."""
    arguments = [_filled_in(value, results) for value in node.args]
    named = {name: _filled_in(value, results) for name, value in node.kwargs.items()}
    tries = max(0, int(node.config.retries)) + 1
    for number in range(1, tries + 1):
        try:
            return _try_task(node, lambda: settle(function(*arguments, **named)))
        except Exception:
            if number == tries:
                raise
    raise AssertionError("a task is tried at least once")


def _try_task(node: Any, call: Callable[[], Any]) -> Any:
    """In a thread of its own, so that its time can be bounded: one that goes on beyond it is left alone, and its door is closed."""
    attempt, ended = Attempt(), threading.Event()
    found: dict[str, Any] = {}

    def act() -> None:
        ATTEMPT.set(attempt)
        try:
            found["value"] = call()
        except BaseException as problem:  # noqa: BLE001 - raised again by who waits
            found["problem"] = problem
        finally:
            ended.set()

    threading.Thread(target=copy_context().run, args=(act,), name=node.func_name, daemon=True).start()
    seconds = float(node.config.timeout_seconds)
    if not ended.wait(seconds if seconds > 0 else None):
        attempt.given_up = True
        raise TaskTimeout(f"The task {node.config.name!r} ran longer than its timeout of {seconds:g} seconds.")
    if "problem" in found:
        raise found["problem"]
    return found["value"]


def _filled_in(value: Any, results: Mapping[str, Any]) -> Any:
    """The SDK's placeholders, in lists, tuples and dicts, become the results that they stand for."""
    if isinstance(value, dict):
        if value.get("__proxy__") is True and set(value) == {"__proxy__", "node_id"}:
            return results[value["node_id"]]
        return {key: _filled_in(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled_in(item, results) for item in value]
    if isinstance(value, tuple):
        items = [_filled_in(item, results) for item in value]
        make = getattr(type(value), "_make", tuple)  # a named tuple keeps its names
        return make(items)
    return value


def settle(value: Any) -> Any:
    """The value; what an awaitable comes to, in an event loop of its own."""
    if inspect.isawaitable(value):

        async def wait() -> Any:
            return await value

        return asyncio.run(wait())
    return value


def _text(problem: BaseException) -> str:
    try:
        return f"{type(problem).__name__}: {problem}"[:_MOST_ERROR]
    except Exception:  # noqa: BLE001 - a user's exception class may fail at its own text
        return type(problem).__name__


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat()
