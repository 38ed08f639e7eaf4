"""What a script is, read from its text alone: imports and entry points. Nothing is executed."""

import ast
from dataclasses import dataclass

CIRCUIT_NAMES = ("circuit", "qc", "tape")


@dataclass(frozen=True)
class Entry:
    """kind: main, async_main, run_experiment or workflow; parameters: positional names."""

    kind: str
    name: str
    line: int
    parameters: tuple[str, ...]
    required: int


@dataclass(frozen=True)
class Shape:
    entries: tuple[Entry, ...]
    imports: tuple[tuple[str, int], ...]  # top package, line
    assigned: tuple[tuple[str, int], ...]  # top-level names that may hold a circuit
    guarded: bool  # has `if __name__ == "__main__"`


def read_shape(tree: ast.Module) -> Shape:
    entries = [entry for node in tree.body if (entry := _entry(node))]
    order = ("main", "async_main", "run_experiment", "workflow")
    imports: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imports.setdefault(alias.name.partition(".")[0], node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            imports.setdefault(node.module.partition(".")[0], node.lineno)
    assigned = [
        (target.id, node.lineno)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in CIRCUIT_NAMES
    ]
    return Shape(
        entries=tuple(sorted(entries, key=lambda entry: order.index(entry.kind))),
        imports=tuple(imports.items()),
        assigned=tuple(assigned),
        guarded=any(_is_guard(node) for node in tree.body),
    )


def _entry(node: ast.stmt) -> Entry | None:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    names = tuple(argument.arg for argument in (*node.args.posonlyargs, *node.args.args))
    required = len(names) - len(node.args.defaults)
    if any(_is_workflow(decorator) for decorator in node.decorator_list):
        return Entry("workflow", node.name, node.lineno, names, required)
    if node.name == "main":
        temporal = isinstance(node, ast.AsyncFunctionDef) and required == 2
        return Entry("async_main" if temporal else "main", "main", node.lineno, names, required)
    if node.name == "run_experiment":
        return Entry("run_experiment", node.name, node.lineno, names, required)
    return None


def _is_workflow(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (isinstance(called, ast.Name) and called.id == "workflow") or (isinstance(called, ast.Attribute) and called.attr == "workflow")


def _is_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and any(isinstance(inner, ast.Name) and inner.id == "__name__" for inner in ast.walk(node.test))
