"""Looks at a script without running it: does it compile, are its imports there, where would it begin."""

import ast
import importlib.util
from types import ModuleType
from typing import Any

from . import problems
from .door import Door
from .entry import LISTED, choose
from .problems import SCRIPT, ScriptProblem
from .shape import read_shape


def analyse(door: Door, framework: ModuleType, start: dict[str, Any]) -> dict[str, Any]:
    """{"checks": [{id, level: ok|warn|block, message, line?, column?}], "entry_points", "imports", "program"?}.

    A program in OpenQASM is prepared, not run.
    """
    if start["format"] != "python":
        return _program(door, start)
    try:
        tree = ast.parse(start["code"], SCRIPT)
        compile(tree, SCRIPT, "exec")
    except (SyntaxError, ValueError) as problem:
        told = problems.describe(problem, start["code"])
        check: dict[str, Any] = {"id": "syntax", "level": "block", "message": told["message"]}
        check |= {key: told[key] for key in ("line", "column") if key in told}
        return {"checks": [check], "entry_points": [], "imports": []}
    shape = read_shape(tree)
    checks: list[dict[str, Any]] = [{"id": "syntax", "level": "ok", "message": "The script compiles."}]
    imports = [{"name": name, "line": line, "installed": _is_there(name)} for name, line in shape.imports]
    checks += [
        {
            "id": f"import:{item['name']}",
            "level": "warn",  # it may stand in a branch that is never taken
            "message": f"The package {item['name']!r} is not installed here. Installed: {problems.installed()}.",
            "line": item["line"],
        }
        for item in imports
        if not item["installed"]
    ]
    try:
        chosen = choose(shape)
    except ScriptProblem as problem:
        checks.append({"id": "entry_point", "level": "block", "message": str(problem)})
    else:
        checks.append(_entry_check(chosen.name if chosen else None, bool(shape.assigned)))
    entries = [{"kind": entry.kind, "name": entry.name, "line": entry.line} for entry in shape.entries]
    entries += [{"kind": "circuit", "name": name, "line": line} for name, line in shape.assigned]
    return {
        "checks": checks,
        "entry_points": entries,
        "imports": imports,
        "framework": framework.NAME if framework.detect(shape.imports) else None,
    }


def _program(door: Door, start: dict[str, Any]) -> dict[str, Any]:
    try:
        prepared = door.prepare(start["format"], start["code"])
    except door.error as problem:  # type: ignore[misc]
        if problem.category != "user":
            raise
        check = {"id": "syntax", "level": "block", "message": str(problem), "line": problem.line, "column": problem.column}
        return {"checks": [{key: value for key, value in check.items() if value is not None}], "entry_points": [], "imports": []}
    missing = [name for name in prepared.parameters if name not in start["params"]]
    checks = [{"id": "syntax", "level": "ok", "message": "The program parses."}]
    if missing:
        checks.append({"id": "parameters", "level": "block", "message": f"params gives no number for {', '.join(missing)}."})
    program = {
        "qubits": prepared.qubits,
        "parameters": list(prepared.parameters),
        "registers": [list(r) for r in prepared.registers],
        "measured": prepared.measured,
    }
    return {"checks": checks, "entry_points": [{"kind": start["format"], "name": "program", "line": 1}], "imports": [], "program": program}


def _entry_check(name: str | None, has_circuit: bool) -> dict[str, Any]:
    if name or has_circuit:
        return {"id": "entry_point", "level": "ok", "message": f"It begins at {name or 'its top-level circuit'}."}
    return {"id": "entry_point", "level": "warn", "message": f"No entry point is visible in the text. It may have one of these: {LISTED}."}


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
