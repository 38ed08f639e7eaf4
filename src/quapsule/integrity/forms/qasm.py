"""OpenQASM 2, OpenQASM 3 and Amazon Braket's OpenQASM, read by hand: a second opinion that shares no parser and no matrix with the engines.

A text is split into words once; each reading walks over the words with other values of the inputs. Loops are unrolled.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from quapsule.integrity.meaning import Barrier, Delay, Gate, Meaning, Reset, Unreadable

from . import gates
from .expressions import Qubits, Span
from .operations import Operation, inverted, moved, to_power, under_control
from .statements import Statements
from .tokens import END, HARDWARE, NAME, PRAGMA, STRING, WHOLE, Words

FORMATS = ("qasm3", "qasm2", "braket")
_MODIFIERS = ("inv", "pow", "ctrl", "negctrl")
_DEEPEST = 60  # gate definitions that call each other


class Program:
    """`parameters`: names of the declared inputs, in order; empty also where the text cannot be split into words."""

    def __init__(self, text: str, format: str) -> None:
        self._text, self._format = text, format

    @cached_property
    def _words(self) -> Words | Unreadable:
        try:
            return Words(self._text)
        except Unreadable as problem:
            return problem

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        words = self._words
        if isinstance(words, Unreadable):
            return ()
        return tuple(
            words.texts[words.texts.index(";", index) - 1]
            for index, text in enumerate(words.texts)
            if text == "input" and words.kinds[index] == NAME and ";" in words.texts[index:]
        )

    def read(self, values: Mapping[str, float]) -> Meaning:
        """Raises Unreadable with the line."""
        if self._format not in FORMATS:
            raise Unreadable(f"programs in {self._format!r} are not read")
        words = self._words
        if isinstance(words, Unreadable):
            raise Unreadable(words.what, words.line)
        try:
            return Reading(words, self._format, dict(values)).read()
        except RecursionError as problem:
            raise Unreadable("the program is nested too deeply") from problem
        except LookupError as problem:
            raise Unreadable("the program ends too early") from problem
        except (ArithmeticError, TypeError, ValueError) as problem:
            raise Unreadable(f"the program cannot be read: {problem}") from problem


def read_program(text: str, format: str = "qasm3") -> Program:
    return Program(text, format)


class Reading(Statements):
    """One walk over the words."""

    def __init__(self, words: Words, format: str, values: dict[str, float]) -> None:
        super().__init__(words, format == "qasm2", values)
        self.format = format
        self.table: dict[str, Any] = {"braket": dict(gates.BRAKET), "qasm2": {"U": gates.OPENQASM2["U"], "CX": gates.OPENQASM2["CX"]}}.get(
            format, {"U": ((3,), gates.u)}
        )
        self._numbered = False  # by hardware numbers
        self._expanded: dict[tuple[str, tuple[float, ...]], list[Operation]] = {}
        self._depth = 0

    def read(self) -> Meaning:
        at = 0
        while self.kinds[at] != END:
            at = self.statement(at)
        return Meaning(self.qubits, tuple(self.registers), tuple(self.out))

    def statement(self, at: int) -> int:
        text, kind = self.texts[at], self.kinds[at]
        if kind == NAME:
            handler = self.handlers.get(text)
            if handler is not None:
                return int(getattr(self, handler)(at))
            handler = _QUANTUM.get(text)
            if handler is not None:
                return int(getattr(self, handler)(at))
            if self.texts[at + 1] in ("=", "[", "+=", "-=", "*=", "/=") and not isinstance(self.look_up(text), Definition | None):
                return self.assign(at)
            return self._call_gate(at)
        if kind == PRAGMA:
            return self._pragma(at)
        if text == ";":
            return at + 1
        if text == "{":
            return self.block(at)
        raise self.fail(f"unexpected {text!r}", at)

    def forget(self) -> None:
        self._expanded.clear()

    def operand(self, at: int) -> tuple[Qubits, int]:
        text = self.texts[at]
        if self.kinds[at] == HARDWARE:
            if self.qubits and not self._numbered:
                raise self.fail("both declared and hardware qubits", at)
            number = int(text[1:])
            if number >= 10_000:
                raise self.fail(f"hardware qubit {number}", at)
            self._numbered, self.qubits = True, max(self.qubits, number + 1)
            return Qubits((number,), True), at + 1
        value = self.look_up(text)
        if not isinstance(value, Qubits):
            raise self.fail(f"{text!r} is no qubit", at)
        at += 1
        if self.texts[at] == "[":
            if self.kinds[at + 1] == WHOLE and self.texts[at + 2] == "]" and self.texts[at + 1].isdigit():
                place, end = int(self.texts[at + 1]), at + 3
                if place >= len(value.at):
                    raise self.fail(f"{text} has {len(value.at)} qubits, numbered from 0", at)
                value, at = Qubits((value.at[place],), True), end
            else:
                only = self.texts[at + 1] != "{" and ":" not in self.texts[at : self.words.closing[at]]
                places, at = self.positions(at, len(value.at))
                value = Qubits(tuple(value.at[place] for place in places), only)
        if self.texts[at] == "++":
            more, at = self.operand(at + 1)
            value = Qubits(value.at + more.at, False)
        return value, at

    def operands(self, at: int) -> tuple[list[Qubits], int]:
        """Up to the semicolon, which is passed too."""
        found: list[Qubits] = []
        while self.texts[at] != ";":
            one, at = self.operand(at)
            found.append(one)
            if self.texts[at] == ",":
                at += 1
            elif self.texts[at] != ";":
                self.expect(";", at)
        return found, at + 1

    def _version(self, at: int) -> int:
        version = self.texts[at + 1]
        allowed = ("2.0", "2") if self.old else ("3.0", "3", "3.1")
        if version not in allowed:
            raise self.fail(f"OpenQASM {version} in a program given as {self.format}", at)
        if version == "3.1" and self.format == "qasm3":
            self.table["U"] = ((3,), gates.u_of_31)
        return self.expect(";", at + 2)

    def _include(self, at: int) -> int:
        name = self.texts[at + 1][1:-1] if self.kinds[at + 1] == STRING else ""
        expected, table = {"qasm3": ("stdgates.inc", gates.OPENQASM3), "qasm2": ("qelib1.inc", gates.OPENQASM2)}.get(self.format, ("", {}))
        if not name or name != expected:
            raise self.fail(f"the file {name!r} is included", at)
        self.table = {**table, **self.table}
        return self.expect(";", at + 2)

    def _pragma(self, at: int) -> int:
        words = self.texts[at].split(None, 3)
        if words[1:2] != ["braket"] or words[2:3] not in (["verbatim"], ["result"]):
            raise self.fail(self.texts[at].strip(), at)
        return at + 1

    def _define_gate(self, at: int) -> int:
        name, end = self._name(at + 1), at + 2
        parameters: list[str] = []
        if self.texts[end] == "(":
            parameters = [self.texts[one] for one in range(end + 1, self.words.closing[end]) if self.texts[one] != ","]
            end = self.words.closing[end] + 1
        qubits = []
        while self.texts[end] != "{":
            if self.texts[end] != ",":
                qubits.append(self._name(end))
            end += 1
        self.declare(name, Definition(tuple(parameters), tuple(qubits), end), at)
        return self.words.closing[end] + 1

    def _call_gate(self, at: int) -> int:
        modifiers: list[tuple[str, float]] = []
        start = at
        while self.texts[at] in _MODIFIERS:
            name, amount = self.texts[at], 1.0
            at += 1
            if self.texts[at] == "(":
                amount, at = self.number(at + 1)
                at = self.expect(")", at)
            modifiers.append((name, amount))
            at = self.expect("@", at)
        name = self.texts[at]
        if self.kinds[at] != NAME:
            raise self.fail(f"a gate is expected, not {name!r}", at)
        at += 1
        values: list[float] = []
        if self.texts[at] == "(":
            at += 1
            while self.texts[at] != ")":
                value, at = self.number(at)
                values.append(value)
                at = at + 1 if self.texts[at] == "," else at
            at += 1
        if self.texts[at] == "[":
            raise self.fail("a gate with a duration", at)
        operands, end = self.operands(at)
        operations, width = self._operations(name, tuple(values), modifiers, start)
        for qubits in self._broadcast(operands, width, name, start):
            self.count(len(operations), start)
            self.out.extend(moved(operations, qubits))
        return end

    def _operations(self, name: str, values: tuple[float, ...], modifiers: list[tuple[str, float]], at: int) -> tuple[list[Operation], int]:
        """What a gate does on qubits 0, 1, … and on how many."""
        defined = self.scopes[0].get(name)
        operations: list[Operation]
        if name == "gphase" and len(values) == 1:
            operations, width = [Gate(name, (), gates.phase_of(values[0]))], 0
        elif isinstance(defined, Definition):
            operations, width = self._expand(name, defined, values, at), len(defined.qubits)
        elif name in self.table:
            counts, maker = self.table[name]
            if len(values) not in counts:
                raise self.fail(f"{name!r} takes {counts[0]} numbers, not {len(values)}", at)
            matrix = gates.matrix_of(maker, values)
            width = matrix.shape[0].bit_length() - 1
            operations = [Gate(name, tuple(range(width)), matrix)]
        else:
            raise self.fail(f"the gate {name!r} is not known", at)
        try:
            for modifier, amount in reversed(modifiers):
                if modifier == "inv":
                    operations = inverted(operations)
                elif modifier == "pow":
                    operations = to_power(operations, amount, width)
                else:
                    if amount != int(amount) or not 1 <= amount <= 64:
                        raise Unreadable(f"a gate with {amount:g} controls")
                    operations = under_control(operations, int(amount), int(modifier == "ctrl"))
                    width += int(amount)
        except Unreadable as problem:
            raise self.fail(problem.what, at) from problem
        return operations, width

    def _expand(self, name: str, defined: "Definition", values: tuple[float, ...], at: int) -> list[Operation]:
        """The body of a defined gate on its own qubits."""
        if len(values) != len(defined.parameters):
            raise self.fail(f"{name!r} takes {len(defined.parameters)} numbers, not {len(values)}", at)
        known = self._expanded.get((name, values))
        if known is not None:
            return known
        if self._depth >= _DEEPEST:
            raise self.fail("gate definitions are nested too deeply", at)
        formal = {qubit: Qubits((index,), True) for index, qubit in enumerate(defined.qubits)}
        outer, out, running = self.scopes, self.out, self._running
        constants = {key: value for key, value in outer[0].items() if isinstance(value, (int, float, Definition))}
        self.scopes = [constants, {**dict(zip(defined.parameters, values, strict=True)), **formal}]
        self.out, self._running, self._depth = [], [], self._depth + 1
        try:
            self.block(defined.body)
            body = self.out
        finally:
            self.scopes, self.out, self._running, self._depth = outer, out, running, self._depth - 1
        operations: list[Operation] = [one for one in body if isinstance(one, Gate)]
        # OpenQASM 2 lets a gate hold barriers; the reference importer leaves them out, and so does everything behind it.
        if any(not isinstance(one, (Gate, Barrier)) for one in body):
            raise self.fail(f"the gate {name!r} does what no gate can", at)
        self._expanded[name, values] = operations
        return operations

    def _broadcast(self, operands: list[Qubits], width: int, name: str, at: int) -> list[tuple[int, ...]]:
        if len(operands) != width:
            if width == 0:
                return [()]
            raise self.fail(f"{name!r} acts on {width} qubits, not {len(operands)}", at)
        sizes = {len(one.at) for one in operands if not one.single}
        if len(sizes) > 1:
            raise self.fail(f"{name!r} is applied to registers of {' and '.join(map(str, sorted(sizes)))} qubits", at)
        out = [tuple(one.at[0 if one.single else index] for one in operands) for index in range(sizes.pop() if sizes else 1)]
        for one in out:
            if len(set(one)) != width:
                raise self.fail(f"{name!r} is applied to one qubit twice", at)
        return out

    def _measure(self, at: int) -> int:
        """measure q -> c;"""
        qubits, end = self.operand(at + 1)
        if self.texts[end] != "->":
            raise self.fail("a measurement that is not kept in a bit", at)
        value, end = self._named(self.texts[end + 1], end + 1)
        self.measure(qubits, value, at)
        return self.expect(";", end)

    def _reset(self, at: int) -> int:
        qubits, end = self.operand(at + 1)
        self.out.extend(Reset(qubit) for qubit in qubits.at)
        return self.expect(";", end)

    def _barrier(self, at: int) -> int:
        found, end = self.operands(at + 1)
        qubits = tuple(dict.fromkeys(qubit for one in found for qubit in one.at)) if found else tuple(range(self.qubits))
        self.out.append(Barrier(qubits))
        return end

    def _delay(self, at: int) -> int:
        length, end = self.evaluate(self.expect("[", at + 1))
        if not isinstance(length, Span):
            raise self.fail("a delay without a unit of time", at)
        found, end = self.operands(self.expect("]", end))
        qubits = tuple(qubit for one in found for qubit in one.at) if found else tuple(range(self.qubits))
        self.out.extend(Delay((qubit,), length.seconds, length.text) for qubit in qubits)
        return end

    def _box(self, at: int) -> int:
        if self.texts[at + 1] != "{":
            raise self.fail("a box of a fixed duration", at)
        return self.block(at + 1)

    def _alias(self, at: int) -> int:
        name = self._name(at + 1)
        value, end = self.operand(self.expect("=", at + 2))
        self.declare(name, value, at)
        return self.expect(";", end)


class Definition:
    """A gate: names of its numbers and qubits, and the word where its body begins."""

    __slots__ = ("body", "parameters", "qubits")

    def __init__(self, parameters: tuple[str, ...], qubits: tuple[str, ...], body: int) -> None:
        self.parameters, self.qubits, self.body = parameters, qubits, body


_QUANTUM = {
    "OPENQASM": "_version", "include": "_include", "gate": "_define_gate", "measure": "_measure", "reset": "_reset", "barrier": "_barrier",
    "delay": "_delay", "box": "_box", "let": "_alias",
}  # fmt: skip
