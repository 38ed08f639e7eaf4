"""Runs a script: the entry points in their order, and what stands in for one when there is none."""

import ast
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .door import Door
from .problems import SCRIPT, ScriptProblem
from .qasm import format_of
from .remembered import Printed, Remembered
from .shape import CIRCUIT_NAMES, Entry, Shape, read_shape
from .workflow import run_workflow, settle

LISTED = (
    "def main(params); def run_experiment(device, params); one @workflow; a top-level circuit, qc or tape, or OpenQASM text; "
    "or a JSON object printed as the last thing"
)


@dataclass(frozen=True)
class Outcome:
    """returned: whether there is a value at all (None may be one)."""

    entry_point: str
    returned: bool
    value: Any = None


@dataclass
class Told:
    """What the last word says beside the outcome, also when there is none. workflow_metadata: as docs/door.md has it."""

    workflow_metadata: dict[str, Any] = field(default_factory=dict)


def run(door: Door, framework: ModuleType, start: dict[str, Any], told: Told | None = None) -> Outcome:
    """Raises what the script raises, and ScriptProblem when it has nothing to run. `told` is filled in on the way."""
    told = told or Told()
    if start["format"] != "python":
        run_program(door, {"format": start["format"], "text": start["code"]}, start)
        return Outcome(start["format"], False)
    tree = ast.parse(start["code"], SCRIPT)
    shape = read_shape(tree)
    chosen = choose(shape)
    device = framework.device(door, start)
    printed = Printed(sys.stdout)
    sys.stdout = printed
    try:
        remembered = Remembered()
        if chosen and chosen.kind != "workflow":
            remembered.watch(tree, chosen)
        names = _execute(tree, start, device, remembered, is_main=chosen is None)
        if remembered.called and chosen:
            outcome = _returned(chosen, remembered.value, printed)
        elif chosen:
            outcome = _call(door, chosen, names, device, start, printed, told)
        else:
            outcome = _without_entry(door, framework, names, device, start, printed)
    finally:
        sys.stdout = printed.under
        printed.flush()
    if outcome.returned and (circuits := _circuits_in(outcome.value, framework)):
        device.run_circuits(circuits)
        return Outcome(outcome.entry_point, False)
    return outcome


def choose(shape: Shape) -> Entry | None:
    """The entry point that is called; None: none in the text. Raises ScriptProblem."""
    for kind in ("main", "async_main", "run_experiment"):
        if len(twice := [str(entry.line) for entry in shape.entries if entry.kind == kind]) > 1:
            name = kind.removeprefix("async_")
            raise ScriptProblem("EntryPointError", f"The script declares {name} {len(twice)} times (lines {', '.join(twice)}); keep one.")
    kinds = {entry.kind: entry for entry in shape.entries}
    if (main := kinds.get("main")) and not (shape.guarded and not main.parameters):
        return main
    if kinds.get("async_main") and len(kinds) == 1:
        raise ScriptProblem(
            "EntryPointError", "async def main(client, params) needs execution_mode temporal; def main(params) runs directly."
        )
    if "run_experiment" in kinds:
        return kinds["run_experiment"]
    workflows = [entry for entry in shape.entries if entry.kind == "workflow"]
    if len(workflows) > 1:
        listed = ", ".join(f"{entry.name} (line {entry.line})" for entry in workflows)
        raise ScriptProblem(
            "EntryPointError",
            f"The script has {len(workflows)} workflows: {listed}. Keep one, or write def main(params) that calls the right one.",
        )
    return workflows[0] if workflows else None


def run_program(door: Door, program: dict[str, str], start: dict[str, Any]) -> None:
    """OpenQASM text on the job's backend, with the numbers of params for its input parameters."""
    prepared = door.prepare(program["format"], program["text"])
    params = start["params"]
    missing = [name for name in prepared.parameters if not _is_number(params.get(name))]
    if missing:
        raise ScriptProblem(
            "ParameterError",
            f"The program has the parameters {', '.join(prepared.parameters)}; params gives no number for {', '.join(missing)}.",
        )
    door.run(prepared, [{name: float(params[name]) for name in prepared.parameters}], start["shots"])


def _execute(tree: ast.Module, start: dict[str, Any], device: Any, remembered: Remembered, is_main: bool) -> dict[str, Any]:
    # A script that has an entry point is imported; one without is run, so that its `if __name__ == "__main__"` holds.
    module = ModuleType("__main__" if is_main else "script")
    module.__dict__.update({"__file__": SCRIPT, "device": device, "backend": device, "params": dict(start["params"])})
    module.__dict__[Remembered.NAME] = remembered.wrap
    sys.modules[module.__name__] = module
    sys.argv = [SCRIPT]
    try:
        exec(compile(tree, SCRIPT, "exec"), module.__dict__)  # noqa: S102 - running the user's script is what the box is for
    except SystemExit as end:
        if not is_main or end.code not in (None, 0):
            raise
    return module.__dict__


def _call(door: Door, entry: Entry, names: dict[str, Any], device: Any, start: dict[str, Any], printed: Printed, told: Told) -> Outcome:
    function, params = names[entry.name], dict(start["params"])
    if entry.kind == "main":
        arguments: list[Any] = [params][: len(entry.parameters)]
    elif entry.kind == "run_experiment":
        arguments = [device, params][: len(entry.parameters)]
    else:

        def tell(metadata: dict[str, Any]) -> None:
            told.workflow_metadata = metadata

        return Outcome("workflow", True, run_workflow(function, _taken(entry, function, params), tell, door.tell_workflow))
    if entry.required > len(arguments):
        raise ScriptProblem(
            "EntryPointError", f"{entry.name} (line {entry.line}) asks for {entry.required} arguments; it gets {len(arguments)}: {LISTED}."
        )
    return _returned(entry, settle(function(*arguments)), printed)


def _taken(entry: Entry, workflow: Callable[..., Any], params: dict[str, Any]) -> dict[str, Any]:
    """Those params that the workflow's signature takes. Raises ScriptProblem when it needs one that is not there."""
    signature = inspect.signature(workflow).parameters.values()
    if any(one.kind is one.VAR_KEYWORD for one in signature):
        return params
    named = [one for one in signature if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    missing = [one.name for one in named if one.default is one.empty and one.name not in params]
    if missing:
        raise ScriptProblem(
            "EntryPointError",
            f"The workflow {entry.name} (line {entry.line}) needs {', '.join(missing)}; params gives no such value. Send it with the job.",
        )
    return {one.name: params[one.name] for one in named if one.name in params}


def _returned(entry: Entry, value: Any, printed: Printed) -> Outcome:
    if value is None and (found := printed.last_object()) is not None:
        return Outcome(entry.kind, True, found)
    return Outcome(entry.kind, True, value)


def _without_entry(
    door: Door, framework: ModuleType, names: dict[str, Any], device: Any, start: dict[str, Any], printed: Printed
) -> Outcome:
    found = _top_level(framework, names)
    if found is not None and door.ran == 0:
        if program := _as_program(found):
            run_program(door, program, start)
        else:
            device.run_circuits([found])
        return Outcome("circuit", False)
    if (value := printed.last_object()) is not None:
        return Outcome("stdout", True, value)
    if door.ran:
        return Outcome("top_level", False)
    raise ScriptProblem("EntryPointError", f"Nothing to run was found in the script. It may have one of these, in this order: {LISTED}.")


def _top_level(framework: ModuleType, names: dict[str, Any]) -> Any:
    for name in CIRCUIT_NAMES:
        value = names.get(name)
        if value is not None and (framework.program_of(value) or _as_program(value)):
            return value
    others = {id(value): name for name, value in names.items() if not name.startswith("_") and framework.program_of(value)}
    if len(others) > 1:
        listed = ", ".join(others.values())
        raise ScriptProblem(
            "EntryPointError", f"The script has {len(others)} circuits at its top level ({listed}); name the one to run `circuit`."
        )
    return next((names[name] for name in others.values()), None)


def _as_program(value: Any) -> dict[str, str] | None:
    found = format_of(value) if isinstance(value, str) else None
    return {"format": found, "text": value} if found else None


def _circuits_in(value: Any, framework: ModuleType) -> list[Any]:
    """A circuit, or a list of nothing but circuits, that a script returned instead of running it."""
    given = list(value) if isinstance(value, list | tuple) else [value]
    return given if given and all(framework.program_of(item) is not None for item in given) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
