"""Numbers, bits and tests in OpenQASM, evaluated while they are read."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quapsule.integrity.branching import Logic, Negation, Test, compare_bits, negated
from quapsule.integrity.meaning import Condition, Unreadable

from .tokens import NAME, NUMBER, STRING, WHOLE, Words

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9, "dt": None}
_CONSTANTS = {
    "pi": math.pi, "π": math.pi, "tau": math.tau, "τ": math.tau, "euler": math.e, "ℇ": math.e, "true": True, "false": False,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "arcsin": math.asin, "arccos": math.acos, "arctan": math.atan, "exp": math.exp,
    "log": math.log, "ln": math.log, "sqrt": math.sqrt, "floor": math.floor, "ceiling": math.ceil, "mod": math.fmod, "pow": math.pow,
    "asin": math.asin, "acos": math.acos, "atan": math.atan,
}  # fmt: skip
_CASTS: dict[str, Callable[[Any], Any]] = {"int": int, "uint": int, "float": float, "angle": float, "bool": bool}
_COMPARE = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_STRENGTH = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7, ">=": 7, "<<": 8, ">>": 8,
    "+": 9, "-": 9, "*": 10, "/": 10, "%": 10, "**": 12,
}  # fmt: skip
_UNARY = 11


@dataclass(frozen=True, slots=True)
class Bits:
    """Classical bits by their number, the least significant first."""

    clbits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Qubits:
    """`single`: one qubit that is not an array of one."""

    at: tuple[int, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time; `seconds` None for a device's own unit, which `text` then holds."""

    seconds: float | None
    text: str


class Expressions:
    """`old`: OpenQASM 2, where ^ is a power and every number is real."""

    def __init__(self, words: Words, old: bool) -> None:
        self.words, self.kinds, self.texts, self.old = words, words.kinds, words.texts, old
        self.scopes: list[dict[str, Any]] = [{}]

    def fail(self, what: str, at: int) -> Unreadable:
        return Unreadable(what, self.words.line(at))

    def look_up(self, name: str) -> Any:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def number(self, at: int) -> tuple[float, int]:
        value, end = self.evaluate(at)
        if not isinstance(value, (int, float)):
            raise self.fail("a number is expected here", at)
        return value, end

    def whole(self, at: int) -> tuple[int, int]:
        value, end = self.evaluate(at)
        if not isinstance(value, int):
            raise self.fail("a whole number that is known beforehand is expected here", at)
        return int(value), end

    def test(self, at: int) -> tuple[Test, int]:
        value, end = self.evaluate(at)
        return self._as_test(value, at), end

    def evaluate(self, at: int, least: int = 0) -> tuple[Any, int]:
        """The value of the expression that begins at the word `at`, and the index of the word behind it."""
        value, at = self._operand(at)
        texts = self.texts
        while True:
            name = texts[at]
            strength = 12 if name == "^" and self.old else _STRENGTH.get(name, -1)
            if strength < 0 or strength < least:
                return value, at
            right, end = self.evaluate(at + 1, strength if strength == 12 else strength + 1)
            value, at = self._binary(name, value, right, at), end

    def _operand(self, at: int) -> tuple[Any, int]:
        kind, text = self.kinds[at], self.texts[at]
        if kind == NUMBER:
            return self._with_unit(float(text.replace("_", "")), at)
        if kind == WHOLE:
            return self._with_unit(int(text.replace("_", ""), 0 if text[1:2].isalpha() else 10), at)
        if kind == NAME:
            return self._named(text, at)
        if text == "(":
            value, end = self.evaluate(at + 1)
            return value, self.expect(")", end)
        if text in ("-", "+"):
            value, end = self.evaluate(at + 1, _UNARY)
            if not isinstance(value, (int, float)):
                raise self.fail(f"{text!r} takes a number", at)
            return (-value if text == "-" else value), end
        if text in ("!", "~"):
            value, end = self.evaluate(at + 1, _UNARY)
            if text == "~" and not (isinstance(value, Bits) and len(value.clbits) == 1):
                raise self.fail("'~' is read on a single bit", at)
            return negated(self._as_test(value, at)), end
        if kind == STRING and set(text[1:-1]) <= set("01_") and len(text) > 2:
            return int(text[1:-1].replace("_", ""), 2), at + 1
        raise self.fail(f"unexpected {text!r}" if text else "the program ends too early", at)

    def _with_unit(self, value: float, at: int) -> tuple[Any, int]:
        unit = self.texts[at + 1]
        if self.kinds[at + 1] != NAME or unit not in UNITS:
            return value, at + 1
        scale = UNITS[unit]
        return Span(None if scale is None else value * scale, f"{float(value):g}{unit}"), at + 2

    def _named(self, name: str, at: int) -> tuple[Any, int]:
        value = self.look_up(name)
        if value is None:
            if name in _CONSTANTS:
                return _CONSTANTS[name], at + 1
            after = at + 1
            if name in _CASTS and self.texts[after] == "[":
                after = self.words.closing[after] + 1
            if self.texts[after] == "(" and (name in _FUNCTIONS or name in _CASTS):
                return self._call(name, at, after)
            raise self.fail(f"{name!r} is not known", at)
        if isinstance(value, Bits) and self.texts[at + 1] == "[":
            positions, end = self.positions(at + 1, len(value.clbits))
            return Bits(tuple(value.clbits[index] for index in positions)), end
        return value, at + 1

    def _call(self, name: str, at: int, opening: int) -> tuple[Any, int]:
        values, at_value = [], opening + 1
        while self.texts[at_value] != ")":
            value, at_value = self.evaluate(at_value)
            values.append(value)
            if self.texts[at_value] == ",":
                at_value += 1
        if name in _CASTS and len(values) == 1 and isinstance(values[0], Bits) and name in ("int", "uint", "bool"):
            return (self._as_test(values[0], at) if name == "bool" else values[0]), at_value + 1
        if not all(isinstance(value, (int, float)) for value in values):
            raise self.fail(f"{name!r} takes numbers", at)
        try:
            return (_CASTS.get(name) or _FUNCTIONS[name])(*values), at_value + 1
        except (ArithmeticError, ValueError, TypeError) as problem:
            raise self.fail(f"{name}: {problem}", at) from problem

    def positions(self, at: int, size: int) -> tuple[list[int], int]:
        """[i], [a:b], [a:step:b] (both ends inside) or [{i, j}] → places; negative ones count from the end."""
        if self.texts[at + 1] == "{":
            places, end = self.listed(at + 1)
            end = self.expect("]", end)
        else:
            first, end = (0, at + 1) if self.texts[at + 1] == ":" else self.whole(at + 1)
            if self.texts[end] != ":":
                places, end = [first], self.expect("]", end)
            else:
                numbers = [first if first >= 0 else first + size]
                while self.texts[end] == ":":
                    if self.texts[end + 1] == "]":
                        number, end = size - 1, end + 1
                    else:
                        number, end = self.whole(end + 1)
                    numbers.append(number if number >= 0 or self.texts[end] == ":" else number + size)
                end = self.expect("]", end)
                places = self.steps(numbers, at)
        if any(not -size <= place < size for place in places):
            raise self.fail(f"there are {size} of these, numbered from 0", at)
        return [place % size for place in places], end

    def steps(self, numbers: list[int], at: int) -> list[int]:
        """Of [start, stop] or [start, step, stop], both ends inside."""
        if len(numbers) not in (2, 3) or (len(numbers) == 3 and numbers[1] == 0):
            raise self.fail("a range has a start, an end, and a step that is not 0", at)
        start, step, stop = numbers if len(numbers) == 3 else (numbers[0], 1, numbers[1])
        if abs(stop - start) // abs(step) > 300_000:
            raise self.fail("the range is too long", at)
        return list(range(start, stop + (1 if step > 0 else -1), step))

    def listed(self, at: int) -> tuple[list[int], int]:
        """{i, j, …}"""
        values, at = [], at + 1
        while self.texts[at] != "}":
            value, at = self.whole(at)
            values.append(value)
            at = at + 1 if self.texts[at] == "," else at
        return values, at + 1

    def expect(self, text: str, at: int) -> int:
        if self.texts[at] != text:
            found = repr(self.texts[at]) if self.texts[at] else "the end of the program"
            raise self.fail(f"{text!r} is expected, not {found}", at)
        return at + 1

    def _as_test(self, value: Any, at: int) -> Test:
        if isinstance(value, Bits):
            if len(value.clbits) == 1:
                return Condition(value.clbits, 1)
            return negated(Condition(value.clbits, 0))
        if isinstance(value, (int, float)):
            return bool(value)
        if isinstance(value, (Condition, Logic, Negation)):
            return value
        raise self.fail("a condition is expected here", at)

    def _binary(self, name: str, left: Any, right: Any, at: int) -> Any:
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            try:
                return self._arithmetic(name, left, right)
            except (ArithmeticError, ValueError, TypeError, KeyError) as problem:
                raise self.fail(f"{name}: {problem}", at) from problem
        if name in ("&&", "||"):
            first, second = self._as_test(left, at), self._as_test(right, at)
            if isinstance(first, bool):
                return second if first == (name == "&&") else first
            return Logic("and" if name == "&&" else "or", first, second)
        if name in _COMPARE:
            if isinstance(right, Bits) and not isinstance(left, Bits):
                left, right, name = right, left, _TURNED[name]
            if isinstance(left, Bits) and isinstance(right, (int, float)) and int(right) == right:
                return compare_bits(left.clbits, name, int(right))
            if isinstance(right, bool) and name in ("==", "!="):
                test = self._as_test(left, at)
                return test if right == (name == "==") else negated(test)
        raise self.fail(f"{name!r} is not read between these", at)

    def _arithmetic(self, name: str, left: Any, right: Any) -> Any:
        if name in _COMPARE:
            return _COMPARE[name](left, right)
        if name in ("&&", "||"):
            return bool(left and right) if name == "&&" else bool(left or right)
        whole = isinstance(left, int) and isinstance(right, int) and not self.old
        if name == "**" or (name == "^" and self.old):
            if abs(right) > 1024 or abs(left) > 2**64:
                raise ValueError("the power is too large")
            value = left**right
            if isinstance(value, complex):
                raise ValueError("the power is not a real number")
            return value
        if name == "/":
            # Whole numbers divide toward zero, as in C: 1/2 is 0, and 1.0/2 is a half.
            return _divide(left, right) if whole else left / right
        if name == "%":
            return left - right * _divide(left, right) if whole else math.fmod(left, right)
        if whole and name in _WHOLE:
            if name == "<<" and right > 64:
                raise ValueError("the shift is too far")
            return _WHOLE[name](left, right)
        return _REAL[name](left, right)


_REAL: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_WHOLE: dict[str, Callable[[Any, Any], Any]] = {
    **_REAL, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_, "|": operator.or_, "^": operator.xor,
}  # fmt: skip


def _divide(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient
