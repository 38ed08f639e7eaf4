"""Conditions of if and while: comparisons of bits and registers, joined by logic."""

from collections.abc import Callable
from typing import Any

from openqasm3 import ast
from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr
from qiskit_qasm3_import import types
from qiskit_qasm3_import.data import Scope, Symbol
from qiskit_qasm3_import.exceptions import ConversionError, raise_from_node
from qiskit_qasm3_import.state import State

from .expressions import Resolver

_COMPARE: dict[str, Callable[[Any, Any], expr.Expr]] = {
    "==": expr.equal,
    "!=": expr.not_equal,
    "<": expr.less,
    "<=": expr.less_equal,
    ">": expr.greater,
    ">=": expr.greater_equal,
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def read_condition(node: ast.Expression, context: State, resolver: Resolver) -> Any:
    """What Qiskit's if_test and while_loop take: (bit, bool), (register, int), or an expression of them."""
    value = _condition(node, context, resolver)
    if isinstance(value, Clbit):
        return value, True
    return value


def _condition(node: ast.Expression, context: State, resolver: Resolver) -> Any:
    if isinstance(node, ast.UnaryExpression) and node.op.name in ("!", "~"):
        inner = _condition(node.expression, context, resolver)
        return (inner, False) if isinstance(inner, Clbit) else expr.logic_not(_lifted(inner))
    if isinstance(node, ast.BinaryExpression):
        name = node.op.name
        if name in ("&&", "||"):
            join = expr.logic_and if name == "&&" else expr.logic_or
            return join(_lifted(_condition(node.lhs, context, resolver)), _lifted(_condition(node.rhs, context, resolver)))
        if name in _COMPARE:
            return _comparison(node, context, resolver)
        raise_from_node(node, f"a condition cannot use the operator '{name}'")
    value, kind = resolver.visit(node)
    if isinstance(kind, types.Bit):
        return value
    if isinstance(kind, types.Bool):
        return expr.lift(bool(value))
    raise ConversionError(f"a condition compares bits, registers and constants; this is a '{kind.pretty()}'", node)


def _comparison(node: ast.BinaryExpression, context: State, resolver: Resolver) -> Any:
    name = node.op.name
    left, left_type = resolver.visit(node.lhs)
    right, right_type = resolver.visit(node.rhs)
    if not isinstance(left_type, (types.Bit, types.BitArray)):
        left, left_type, right, right_type = right, right_type, left, left_type
        name = _TURNED.get(name, name)
    if isinstance(left_type, types.Bit):
        if isinstance(right_type, types.Bit) and name in ("==", "!="):
            return _COMPARE[name](expr.lift(left), expr.lift(right))
        if name not in ("==", "!=") or not _is_constant(right_type) or int(right) not in (0, 1):
            raise_from_node(node, "a bit is compared by == or != with 0, 1, true, false or another bit")
        return left, bool(right) == (name == "==")
    if not isinstance(left_type, types.BitArray):
        raise_from_node(node, "a condition compares bits, registers and constants")
    register = _register(left, context)
    if isinstance(right_type, types.BitArray):
        return _COMPARE[name](expr.lift(register), expr.lift(_register(right, context)))
    if not _is_constant(right_type):
        raise_from_node(node, f"a register is compared with a constant or a register, not '{right_type.pretty()}'")
    if not 0 <= int(right) < 1 << len(register):
        raise_from_node(node, f"{int(right)} does not fit into the {len(register)} bits that it is compared with")
    return (register, int(right)) if name == "==" else _COMPARE[name](expr.lift(register), int(right))


def _is_constant(kind: types.Type) -> bool:
    return isinstance(kind, (types.Int, types.Uint, types.Bool)) and bool(kind.const)


def _register(bits: Any, context: State) -> ClassicalRegister:
    if isinstance(bits, ClassicalRegister):
        return bits
    name = context.unique_name("condition")
    register = ClassicalRegister(name=name, bits=list(bits))
    context.circuit.add_register(register)
    context.symbol_table.insert(Symbol(name, register, types.BitArray(len(register)), Scope.NONE))
    return register


def _lifted(condition: Any) -> expr.Expr:
    if isinstance(condition, Clbit):
        return expr.lift(condition)
    return expr.lift_legacy_condition(condition) if isinstance(condition, tuple) else condition
