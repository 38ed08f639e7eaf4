"""A workflow's graph and timeline, as its box tells it: untrusted, so that only what has the documented shape is kept."""

from typing import Any

import orjson

from quapsule.worker.outcome import Failure, harmless

MAX_BYTES = 1 << 20
_MOST_TASKS = 10_000
_MOST_TEXT = 2_000


def read_metadata(given: Any) -> dict[str, Any] | None:
    """{execution_graph, task_timeline, total_tasks, total_levels} as docs/door.md has it. None where it is not that, or more than 1 MiB."""
    if not isinstance(given, dict):
        return None
    try:
        found = _read(given)
    except (_Misshapen, Failure):
        return None
    return found if len(orjson.dumps(found)) <= MAX_BYTES else None


class _Misshapen(Exception):  # noqa: N818  # a verdict, not an error
    """Not the documented shape."""


def _read(given: dict[str, Any]) -> dict[str, Any]:
    graph = _object(given.get("execution_graph"))
    nodes = {
        _text(name): {"func_name": _text(_object(node).get("func_name")), "dependencies": _texts(_object(node).get("dependencies"))}
        for name, node in _object(graph.get("nodes")).items()
    }
    levels = [_texts(level) for level in _list(graph.get("execution_levels"))]
    return {
        "execution_graph": {"nodes": nodes, "execution_levels": levels, "output_nodes": _texts(graph.get("output_nodes"))},
        "task_timeline": [_moment(_object(one)) for one in _list(given.get("task_timeline"))],
        "total_tasks": len(nodes),
        "total_levels": len(levels),
    }


def _moment(given: dict[str, Any]) -> dict[str, Any]:
    level = given.get("level")
    if not isinstance(level, int) or isinstance(level, bool) or level < 0:
        raise _Misshapen
    moment: dict[str, Any] = {"node_id": _text(given.get("node_id")), "func_name": _text(given.get("func_name")), "level": level}
    for name in ("started_at", "completed_at", "status", "error"):
        if given.get(name) is not None:
            moment[name] = _text(given[name])
    return moment


def _object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or len(given) > _MOST_TASKS:
        raise _Misshapen
    return given


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list) or len(given) > _MOST_TASKS:
        raise _Misshapen
    return given


def _texts(given: Any) -> list[str]:
    return [_text(one) for one in _list(given)]


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise _Misshapen
    return str(harmless(given[:_MOST_TEXT]))
