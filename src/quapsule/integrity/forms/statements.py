"""Classical statements of OpenQASM: declarations, assignments, loops and branches."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from quapsule.integrity.branching import branch, compare_bits
from quapsule.integrity.meaning import Measure, Step

from .expressions import Bits, Expressions, Qubits
from .tokens import HARDWARE, NAME, Words

MOST_STEPS = 300_000
WIDEST_REGISTER = 10_000
_NUMERIC: dict[str, Callable[[Any], Any]] = {"int": int, "uint": int, "float": float, "angle": float, "bool": bool}
_REFUSED = {
    "def", "array", "extern", "defcal", "defcalgrammar", "cal", "opaque", "stretch", "duration", "complex", "return", "durationof", "break",
    "continue", "end", "mutable", "readonly", "nop",
}  # fmt: skip


class Left:
    """A name that has been declared where its value is only known while the program runs."""


class Statements(Expressions, ABC):
    """Reads statements in order and appends to `out`. `registers` and `qubits` grow with the declarations."""

    handlers: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("int", "uint", "float", "angle", "bool"), "_declare_number"),
        **dict.fromkeys(_REFUSED, "_refuse"),
        "const": "_declare_constant", "bit": "_declare_bits", "creg": "_declare_old", "qreg": "_declare_old", "qubit": "_declare_qubits",
        "input": "_declare_input", "output": "_declare_output", "for": "_repeat", "while": "_repeat_while", "if": "_choose",
        "switch": "_switch",
    }  # fmt: skip

    def __init__(self, words: Words, old: bool, values: dict[str, float]) -> None:
        super().__init__(words, old)
        self.values = values
        self.registers: list[tuple[str, int]] = []
        self.qubits = 0
        self.clbits = 0
        self.out: list[Step] = []
        self.unrolled = 0
        self._running: list[int] = []  # depth of scopes at which each branch that is decided while running began

    @abstractmethod
    def statement(self, at: int) -> int:
        """Reads one statement; the index of the word behind it."""

    @abstractmethod
    def forget(self) -> None:
        """A variable has changed that a gate's body may have looked at."""

    @abstractmethod
    def operand(self, at: int) -> tuple[Qubits, int]:
        """Qubits, and the index of the word behind them."""

    def block(self, at: int) -> int:
        """A block in braces, or one statement, in a scope of its own."""
        self.scopes.append({})
        try:
            if self.texts[at] != "{":
                return self.statement(at)
            end, at = self.words.closing[at], at + 1
            while at < end:
                at = self.statement(at)
            return end + 1
        finally:
            self.scopes.pop()

    def past(self, at: int) -> int:
        """Behind a block or statement, without reading it."""
        while self.texts[at] not in (";", "{"):
            if self.texts[at] in ("(", "["):
                at = self.words.closing[at]
            at += 1
            if at >= len(self.texts):
                raise self.fail("the program ends too early", len(self.texts) - 1)
        end = at + 1 if self.texts[at] == ";" else self.words.closing[at] + 1
        return self.past(end + 1) if self.texts[end] == "else" else end

    def declare(self, name: str, value: Any, at: int) -> None:
        if name in self.scopes[-1]:
            raise self.fail(f"{name!r} is declared twice", at)
        self.scopes[-1][name] = value

    def new_bits(self, name: str, size: int, at: int) -> Bits:
        if len(self.scopes) > 1:
            raise self.fail("bits that are declared inside a block", at)
        if not 0 < size <= WIDEST_REGISTER:
            raise self.fail(f"a register of {size}", at)
        bits = Bits(tuple(range(self.clbits, self.clbits + size)))
        self.clbits += size
        self.registers.append((name, size))
        self.declare(name, bits, at)
        return bits

    def new_qubits(self, name: str, size: int | None, at: int) -> None:
        if not 0 < (1 if size is None else size) <= WIDEST_REGISTER:
            raise self.fail(f"a register of {size}", at)
        first = self.qubits
        self.qubits += size or 1
        self.declare(name, Qubits(tuple(range(first, self.qubits)), size is None), at)

    def measure(self, qubits: Qubits, bits: Any, at: int) -> None:
        if not isinstance(bits, Bits):
            raise self.fail("a measurement into something else than bits", at)
        if len(qubits.at) != len(bits.clbits):
            raise self.fail(f"{len(qubits.at)} qubits are measured into {len(bits.clbits)} bits", at)
        self.out.extend(Measure(qubit, clbit) for qubit, clbit in zip(qubits.at, bits.clbits, strict=True))

    def _refuse(self, at: int) -> int:
        raise self.fail(f"{self.texts[at]!r}", at)

    def _declare_old(self, at: int) -> int:
        name = self._name(at + 1)
        size, end = self._size(at + 2)
        if self.texts[at] == "creg":
            self.new_bits(name, size or 1, at)
        else:
            self.new_qubits(name, size, at)
        return self.expect(";", end)

    def _declare_qubits(self, at: int) -> int:
        size, at = self._size(at + 1)
        self.new_qubits(self._name(at), size, at)
        return self.expect(";", at + 1)

    def _declare_bits(self, at: int) -> int:
        size, at = self._size(at + 1)
        bits = self.new_bits(self._name(at), size or 1, at)
        at += 1
        if self.texts[at] == "=":
            if self.texts[at + 1] == "measure":
                qubits, at = self.operand(at + 2)
                self.measure(qubits, bits, at)
            else:
                value, at = self.whole(at + 1)
                if value != 0:  # bits begin as 0, so writing 0 into fresh ones changes nothing
                    raise self.fail("bits that do not begin as 0", at)
        return self.expect(";", at)

    def _declare_output(self, at: int) -> int:
        if self.texts[at + 1] != "bit":
            raise self.fail("an output that is no bit", at)
        return self._declare_bits(at + 1)

    def _declare_constant(self, at: int) -> int:
        return self._declare_number(at + 1)

    def _declare_number(self, at: int) -> int:
        kind = self.texts[at]
        if kind not in _NUMERIC:
            raise self.fail(f"a constant of type {kind!r}", at)
        _, at = self._size(at + 1)
        name, at = self._name(at), at + 1
        value: Any = Left()
        if self.texts[at] == "=":
            number, at = self.number(at + 1)
            value = _NUMERIC[kind](number)
        self.declare(name, value, at)
        return self.expect(";", at)

    def _declare_input(self, at: int) -> int:
        kind = self.texts[at + 1]
        if kind not in _NUMERIC:
            raise self.fail(f"an input of type {kind!r}", at)
        _, at = self._size(at + 2)
        name = self._name(at)
        if name not in self.values:
            raise self.fail(f"the input {name!r} has no value", at)
        self.declare(name, _NUMERIC[kind](self.values[name]), at)
        return self.expect(";", at + 1)

    def assign(self, at: int) -> int:
        """NAME = …; or NAME[…] = measure …; or NAME += …;"""
        name = self.texts[at]
        target, end = self._named(name, at) if not isinstance(self.look_up(name), Left) else (self.look_up(name), at + 1)
        mark = self.texts[end]
        if isinstance(target, Bits):
            if mark != "=" or self.texts[end + 1] != "measure":
                raise self.fail("a bit that is written by something else than a measurement", at)
            qubits, end = self.operand(end + 2)
            self.measure(qubits, target, at)
            return self.expect(";", end)
        if not isinstance(target, (int, float, Left)) or (isinstance(target, Left) and mark != "="):
            raise self.fail(f"{name!r} cannot be assigned to", at)
        depth = next(index for index in range(len(self.scopes) - 1, -1, -1) if name in self.scopes[index])
        if any(depth < began for began in self._running):
            raise self.fail(f"{name!r} is changed in a branch that is decided while the program runs", at)
        right, after = self.number(end + 1)
        self.forget()
        value = right if mark == "=" else self._binary(mark[:-1], target, right, end)
        self.scopes[depth][name] = value if isinstance(target, Left) else type(target)(value)
        return self.expect(";", after)

    def _repeat(self, at: int) -> int:
        start = at + 1
        if self.texts[start] in _NUMERIC:
            _, start = self._size(start + 1)
        name = self._name(start)
        at = self.expect("in", start + 1)
        if self.texts[at] == "{":
            values, at = self.listed(at)
        elif self.texts[at] == "[":
            numbers, end = [], at
            while self.texts[end] in ("[", ":"):
                number, end = self.whole(end + 1)
                numbers.append(number)
            values, at = self.steps(numbers, at), self.expect("]", end)
        else:
            raise self.fail("a loop over something else than a range or a set", at)
        after = self.past(at)
        for value in values:
            self.scopes.append({name: value})
            try:
                self.block(at)
            finally:
                self.scopes.pop()
            self.count(1, at)
        return after

    def _repeat_while(self, at: int) -> int:
        after = self.past(self.words.closing[at + 1] + 1)
        while True:
            test, end = self.test(self.expect("(", at + 1))
            if not isinstance(test, bool):
                raise self.fail("a loop whose end is decided while the program runs", at)
            if not test:
                return after
            self.block(self.expect(")", end))
            self.count(1, at)

    def _choose(self, at: int) -> int:
        test, end = self.test(self.expect("(", at + 1))
        end = self.expect(")", end)
        if isinstance(test, bool):
            after = self.past_one(end)
            if test:
                self.block(end)
            if self.texts[after] != "else":
                return after
            if test:
                return self.past(after + 1)
            return self.block(after + 1)
        then, end = self._aside(end)
        otherwise: list[Step] = []
        if self.texts[end] == "else":
            otherwise, end = self._aside(end + 1)
        self.out.extend(branch(test, then, otherwise))
        return end

    def past_one(self, at: int) -> int:
        """Behind the first branch of an if, before its else."""
        if self.texts[at] == "{":
            return self.words.closing[at] + 1
        while self.texts[at] != ";":
            if self.texts[at] in ("(", "[", "{"):
                at = self.words.closing[at]
            at += 1
        return at + 1

    def _switch(self, at: int) -> int:
        value, end = self.evaluate(self.expect("(", at + 1))
        at = self.expect("{", self.expect(")", end))
        cases: list[tuple[list[int], list[Step]]] = []
        last: list[Step] = []
        while self.texts[at] != "}":
            numbers: list[int] = []
            default = self.texts[at] == "default"
            at += 1
            while not default and self.texts[at] != "{":
                number, at = self.whole(at)
                numbers.append(number)
                at = at + 1 if self.texts[at] == "," else at
            steps, at = self._aside(at)
            if default:
                last = steps
            else:
                cases.append((numbers, steps))
        if not isinstance(value, Bits):
            raise self.fail("a switch on something else than bits", at)
        for numbers, steps in reversed(cases):
            for number in reversed(numbers):
                last = list(branch(compare_bits(value.clbits, "==", number), steps, last))
        self.out.extend(last)
        return at + 1

    def _aside(self, at: int) -> tuple[list[Step], int]:
        """A branch that is decided while the program runs."""
        kept, self.out = self.out, []
        self._running.append(len(self.scopes))
        try:
            end = self.block(at)
            return self.out, end
        finally:
            self.out = kept
            self._running.pop()

    def count(self, steps: int, at: int) -> None:
        self.unrolled += steps
        if self.unrolled > MOST_STEPS:
            raise self.fail(f"the program unrolls to more than {MOST_STEPS:,} steps", at)

    def _name(self, at: int) -> str:
        if self.kinds[at] not in (NAME, HARDWARE):
            raise self.fail(f"a name is expected, not {self.texts[at]!r}", at)
        return self.texts[at]

    def _size(self, at: int) -> tuple[int | None, int]:
        if self.texts[at] != "[":
            return None, at
        size, end = self.whole(at + 1)
        return size, self.expect("]", end)
