"""Numbers in OpenQASM 3: the importer's resolver with powers, remainders and the language's functions of constants and inputs."""

import math
import operator
from collections.abc import Callable
from typing import Any

from openqasm3 import ast
from qiskit.circuit import ParameterExpression
from qiskit_qasm3_import import types
from qiskit_qasm3_import.exceptions import ConversionError, raise_from_node
from qiskit_qasm3_import.expression import ValueResolver

WIDEST_DEVICE = 10_000
_NUMBERS = (types.Int, types.Uint, types.Float, types.Angle)
_WHOLE = (types.Int, types.Uint)
_FUNCTIONS: dict[str, tuple[Callable[[float], float], str | None]] = {
    "sin": (math.sin, "sin"),
    "cos": (math.cos, "cos"),
    "tan": (math.tan, "tan"),
    "arcsin": (math.asin, "arcsin"),
    "arccos": (math.acos, "arccos"),
    "arctan": (math.atan, "arctan"),
    "exp": (math.exp, "exp"),
    "log": (math.log, "log"),
    "sqrt": (math.sqrt, None),
    "floor": (math.floor, None),
    "ceiling": (math.ceil, None),
}


class Resolver(ValueResolver):  # type: ignore[misc]
    def visit_Identifier(self, node: ast.Identifier) -> tuple[Any, types.Type]:  # noqa: N802
        """A hardware qubit's number makes all the qubits below it, so it has to be a sane one."""
        if node.name.startswith("$") and node.name[1:].isdigit() and int(node.name[1:]) >= WIDEST_DEVICE:
            raise_from_node(node, f"hardware qubits are numbered below {WIDEST_DEVICE:,}")
        return super().visit_Identifier(node)  # type: ignore[no-any-return]

    def visit_FunctionCall(self, node: ast.FunctionCall) -> tuple[Any, types.Type]:  # noqa: N802
        name = node.name.name
        if name not in _FUNCTIONS or len(node.arguments) != 1:
            raise_from_node(node, f"the function '{name}' of {len(node.arguments)} arguments is not supported")
        value, kind = self.visit(node.arguments[0])
        if not isinstance(kind, _NUMBERS):
            raise_from_node(node, f"'{name}' takes a number, not '{kind.pretty()}'")
        of_number, of_parameter = _FUNCTIONS[name]
        if not isinstance(value, ParameterExpression):
            try:
                result = of_number(value)
            except (ValueError, OverflowError) as problem:
                raise_from_node(node, f"{name}({value}): {problem}")
            integer = name in ("floor", "ceiling")
            return result, types.Int(const=True) if integer else types.Float(const=kind.const)
        if of_parameter is None:
            raise ConversionError(f"'{name}' of an input is not supported", node)
        return getattr(value, of_parameter)(), types.Float(const=False)

    def visit_BinaryExpression(self, node: ast.BinaryExpression) -> tuple[Any, types.Type]:  # noqa: N802
        """A gate's parameter is an angle: `theta / 2 + 1` and `2.5 * theta` mean what they say, without OpenQASM's casts."""
        name = node.op.name
        if name not in _ARITHMETIC:
            raise_from_node(node, f"the operator '{name}' is not supported here")
        left, left_type = self.visit(node.lhs)
        right, right_type = self.visit(node.rhs)
        if not isinstance(left_type, _NUMBERS) or not isinstance(right_type, _NUMBERS):
            raise_from_node(node, f"'{name}' takes numbers, not '{left_type.pretty()}' and '{right_type.pretty()}'")
        const = bool(left_type.const and right_type.const)
        whole = isinstance(left_type, _WHOLE) and isinstance(right_type, _WHOLE)
        if not const and (name in ("**", "%") or (whole and name == "/")):
            raise_from_node(node, f"'{name}' is supported for constants only")
        if name == "**" and (abs(right) > 1024 or abs(left) > 2**64):
            raise_from_node(node, "the power is too large")
        try:
            value = (_WHOLE_ARITHMETIC if whole else _ARITHMETIC)[name](left, right)
        except (ArithmeticError, ValueError) as problem:
            raise_from_node(node, str(problem))
        if isinstance(value, complex):
            raise_from_node(node, "the power is not a real number")
        if isinstance(left_type, types.Angle) or isinstance(right_type, types.Angle):
            return value, types.Angle(const, None)
        return value, types.Int(const, None) if whole and not isinstance(value, float) else types.Float(const, None)


def _divide(left: int, right: int) -> int:
    """Toward zero, as in C: OpenQASM's 1/2 is 0, and 1.0/2 is a half."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "%": math.fmod,
}
_WHOLE_ARITHMETIC = _ARITHMETIC | {"/": _divide, "%": lambda left, right: left - right * _divide(left, right)}
