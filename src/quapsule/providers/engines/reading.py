"""The importer's visitor, corrected where it would run something other than what was written, and widened where programs need it."""

from collections.abc import Callable, Iterable
from typing import Any

from openqasm3 import ast
from qiskit.circuit import Gate, Parameter, QuantumCircuit, Qubit
from qiskit.circuit.library import U2Gate, U3Gate, UGate
from qiskit_qasm3_import import types
from qiskit_qasm3_import.converter import ConvertVisitor
from qiskit_qasm3_import.data import Scope, Symbol
from qiskit_qasm3_import.exceptions import ConversionError, raise_from_node
from qiskit_qasm3_import.state import GateScope, LocalScope, State

from .conditions import read_condition
from .expand import WIDEST_MATRIX, is_parametric
from .expressions import Resolver
from .problems import EngineProblem, parse_error, unsupported

MOST_STATEMENTS = 300_000
MOST_REPEATS = 1000
MOST_CONTROLS = 64
WIDEST_REGISTER = 10_000


class Reader(ConvertVisitor):  # type: ignore[misc]
    """After `convert`: `registers` of classical bits, `qubits`, and the `inputs`, each as declared and in that order."""

    def __init__(self, text: str, phase_of_u: bool) -> None:
        super().__init__()
        self._lines = text.split("\n")
        self._sizes: dict[str, int] = {}
        self.registers: list[tuple[str, int]] = []
        self.qubits: list[tuple[str, int | None]] = []
        self.inputs: list[Parameter] = []
        self._phase_of_u = phase_of_u
        self._statements = 0

    def visit(self, node: ast.QASMNode, context: Any = None) -> Any:
        if not isinstance(node, (ast.Statement, ast.Pragma)):
            return super().visit(node, context)
        self._statements += 1
        if self._statements > MOST_STATEMENTS:
            raise unsupported(f"the program unrolls to more than {MOST_STATEMENTS:,} statements", *self._place(node))
        try:
            done = super().visit(node, context)
            if len(context.circuit.data) > MOST_STATEMENTS:
                raise unsupported(f"the program unrolls to more than {MOST_STATEMENTS:,} operations", *self._place(node))
            return done
        except (EngineProblem, RecursionError):
            raise
        except ConversionError as problem:
            raise self._placed(problem, node) from problem
        except Exception as problem:
            raise parse_error(str(getattr(problem, "message", problem)), *self._place(node)) from problem

    def visit_Include(self, node: ast.Include, context: State) -> State:  # noqa: N802
        if node.filename != "stdgates.inc":
            raise unsupported(f"only stdgates.inc can be included, not {node.filename!r}", *self._place(node))
        return super().visit_Include(node, context)

    def visit_QubitDeclaration(self, node: ast.QubitDeclaration, context: State) -> State:  # noqa: N802
        self._check_size(node.size, node, context)
        before = context.circuit.num_qubits
        super().visit_QubitDeclaration(node, context)
        self.qubits.append((node.qubit.name, None if node.size is None else context.circuit.num_qubits - before))
        return context

    def visit_ClassicalDeclaration(self, node: ast.ClassicalDeclaration, context: State) -> State:  # noqa: N802
        if isinstance(node.type, ast.BitType):
            self._check_size(node.type.size, node, context)
        before = context.circuit.num_clbits
        start = node.init_expression
        if start is not None and not isinstance(start, ast.QuantumMeasurement):
            # Bits begin as 0, so writing 0 into fresh ones changes nothing; any other start is refused below.
            value, _ = self._resolve_generic(start, context, strict=True)
            if context.scope is Scope.GLOBAL and isinstance(node.type, ast.BitType) and value in (0, False):
                node = ast.ClassicalDeclaration(type=node.type, identifier=node.identifier, init_expression=None)
        super().visit_ClassicalDeclaration(node, context)
        self.registers.append((node.identifier.name, context.circuit.num_clbits - before))
        return context

    def visit_ConstantDeclaration(self, node: ast.ConstantDeclaration, context: State) -> State:  # noqa: N802
        value, kind = self._resolve_generic(node.init_expression, context, strict=False)
        if not getattr(kind, "const", False):
            raise_from_node(node, "a constant must have a constant value")
        if isinstance(node.type, (ast.IntType, ast.UintType)):
            if not isinstance(kind, (types.Int, types.Uint)):
                raise_from_node(node, f"'{node.identifier.name}' is an integer, its value is not")
        elif isinstance(node.type, (ast.FloatType, ast.AngleType)):
            value, kind = float(value), types.Float(const=True)
        else:
            raise_from_node(node, "only integer, float and angle constants are supported")
        context.symbol_table.insert(Symbol(node.identifier.name, value, kind, context.scope, node))
        return context

    def visit_IODeclaration(self, node: ast.IODeclaration, context: State) -> State:  # noqa: N802
        super().visit_IODeclaration(node, context)
        self.inputs.append(context.symbol_table.get(node.identifier.name, node).data)
        return context

    def visit_QuantumGateDefinition(self, node: ast.QuantumGateDefinition, context: State) -> State:  # noqa: N802
        """The importer binds a gate's parameters in alphabetical order; they belong in the order written. Fresh names keep them apart
        from inputs that are called the same."""
        with GateScope(context) as inner:
            parameters = [Parameter(f"{node.name.name}.{name.name}") for name in node.arguments]
            for name, parameter in zip(node.arguments, parameters, strict=True):
                inner.symbol_table.insert(Symbol(name.name, parameter, types.Angle(), Scope.GATE, node))
                inner.all_parameters.add(parameter)
            for qubit in node.qubits:
                inner.circuit.add_bits([bit := Qubit()])
                inner.symbol_table.insert(Symbol(qubit.name, bit, types.Qubit(), Scope.GATE, node))
            for statement in node.body:
                self.visit(statement, inner)
        size = 1 + sum(self._sizes.get(instruction.operation.name, 1) for instruction in inner.circuit.data)
        if size > MOST_STATEMENTS:
            raise unsupported(f"the gate '{node.name.name}' unfolds to more than {MOST_STATEMENTS:,} operations", *self._place(node))
        self._sizes[node.name.name] = size
        builder = _builder(node.name.name, inner.circuit, parameters)
        return self._define_gate(node.name.name, builder, len(parameters), len(node.qubits), node, context)

    def visit_QuantumGate(self, node: ast.QuantumGate, context: State) -> State:  # noqa: N802
        """A phase that U, u2 and u3 carry is seen only once a control turns it into a relative one."""
        self._statements += self._sizes.get(node.name.name, 1) // 10
        symbol = context.symbol_table.get(node.name.name, node)
        phase = self._phase_of(symbol.data) if symbol is not None and isinstance(symbol.type, types.Gate) else None
        if phase is None or (context.scope is not Scope.GATE and not node.modifiers):
            return super().visit_QuantumGate(node, context)
        with_phase = Symbol(
            node.name.name, lambda *values: _with_phase(symbol.data, phase, values), symbol.type, Scope.GLOBAL, symbol.definer
        )
        table = context.symbol_table._global_symbol_table.symbols
        table[node.name.name] = with_phase
        try:
            return super().visit_QuantumGate(node, context)
        finally:
            table[node.name.name] = symbol

    def visit_ForInLoop(self, node: ast.ForInLoop, context: State) -> State:  # noqa: N802
        """The range is constant, so the loop is unrolled: its variable may then index qubits. A break needs the real loop."""
        if not isinstance(node.type, (ast.IntType, ast.UintType)) or _leaves(node.block):
            return super().visit_ForInLoop(node, context)
        values, kind = self._resolve_generic(node.set_declaration, context, strict=True)
        if isinstance(kind, types.Range):
            if values.start is None or values.stop is None:
                raise_from_node(node.set_declaration, "for-loop ranges must have a start and end")
            values = range(values.start, values.stop, values.step or 1)
        elif not isinstance(kind, types.Sequence):
            raise_from_node(node.set_declaration, "only ranges and discrete integer sets are supported")
        steps = abs(values.stop - values.start) // abs(values.step) if isinstance(values, range) else len(values)
        self._statements += steps
        if self._statements + steps * len(node.block) > MOST_STATEMENTS:
            raise unsupported(f"the loop unrolls to more than {MOST_STATEMENTS:,} statements", *self._place(node))
        for value in values:
            with LocalScope(context) as inner:
                inner.symbol_table.insert(Symbol(node.identifier.name, value, types.Int(const=True), Scope.LOCAL, node))
                for statement in node.block:
                    self.visit(statement, inner)
        return context

    def visit_Box(self, node: ast.Box, context: State) -> State:  # noqa: N802
        if node.duration is not None:
            raise_from_node(node, "a box of fixed duration is not supported")
        with LocalScope(context) as inner:
            for statement in node.body:
                self.visit(statement, inner)
        return context

    def _apply_gate_modifier(self, modifier: ast.QuantumGateModifier, gate: Gate, context: State) -> Gate:
        """A whole power is that many gates, exactly; any other goes by the matrix, which must stay small."""
        if modifier.modifier is ast.GateModifierName.inv:
            return gate.inverse()
        if modifier.modifier is not ast.GateModifierName.pow:
            controls = 1 if modifier.argument is None else self._resolve_constant_int(modifier.argument, context)
            if not 1 <= controls <= MOST_CONTROLS:
                raise_from_node(modifier, f"a gate takes 1 to {MOST_CONTROLS} controls, not {controls}")
            state = (1 << controls) - 1 if modifier.modifier is ast.GateModifierName.ctrl else 0
            return gate.control(controls, ctrl_state=state, annotated=False)
        power = self._resolve_constant_float(modifier.argument, context)
        if power == int(power) and abs(power) <= MOST_REPEATS:
            definition = QuantumCircuit(gate.num_qubits)
            for _ in range(abs(int(power))):
                definition.append(gate if power > 0 else gate.inverse(), definition.qubits)
            return definition.to_gate()
        if gate.num_qubits > WIDEST_MATRIX:
            raise_from_node(modifier, f"a fractional power of a gate on more than {WIDEST_MATRIX} qubits is not supported")
        if is_parametric(gate):
            raise_from_node(modifier, "a fractional power of a gate whose parameter is an input is not supported")
        return gate.power(power)

    def _check_size(self, size: ast.Expression | None, node: ast.QASMNode, context: State) -> None:
        """Before the register is made: its size alone could take all memory."""
        if size is not None and (width := self._resolve_constant_int(size, context)) > WIDEST_REGISTER:
            line, column = self._place(node)
            message = f"line {line}: a register of {width:,}; the engines take at most {WIDEST_REGISTER:,}"
            raise EngineProblem("too_many_qubits", message, line=line, column=column)

    def _resolve_generic(self, node: ast.Expression, context: State, strict: bool) -> tuple[Any, types.Type]:
        return Resolver(context, strict).resolve(node)  # type: ignore[no-any-return]

    def _resolve_condition(self, node: ast.Expression, context: State) -> Any:
        return read_condition(node, context, Resolver(context, strict=True))

    def _place(self, node: ast.QASMNode) -> tuple[int | None, int | None]:
        return (None, None) if node.span is None else self._column(node.span.start_line, node.span.start_column)

    def _placed(self, problem: ConversionError, node: ast.QASMNode) -> EngineProblem:
        place, _, message = problem.message.partition(": ")
        line, comma, column = place.partition(",")
        if comma and line.isdigit() and column.isdigit():
            return parse_error(message, *self._column(int(line), int(column)))
        return parse_error(problem.message, *self._place(node))

    def _column(self, line: int, column: int) -> tuple[int, int]:
        """Counted from 1. The parser gives names their place in the whole text where it should give that in the line."""
        before = sum(len(one) + 1 for one in self._lines[: line - 1])
        return line, 1 + (column - before if column > len(self._lines[line - 1]) and column >= before else column)

    def _phase_of(self, builder: object) -> Callable[..., Any] | None:
        if builder is U2Gate:
            return lambda phi, lam: -(phi + lam) / 2
        if builder is U3Gate:
            return lambda _theta, phi, lam: -(phi + lam) / 2
        if builder is UGate and self._phase_of_u:
            return lambda theta, _phi, _lam: theta / 2
        return None


def _builder(name: str, definition: QuantumCircuit, parameters: list[Parameter]) -> Callable[..., Gate]:
    used = definition.parameters

    def call(*values: Any) -> Gate:
        if len(values) != len(parameters):
            raise ConversionError(f"the gate '{name}' takes {len(parameters)} parameters, not {len(values)}")
        gate = Gate(name, definition.num_qubits, list(values))
        bound = {parameter: value for parameter, value in zip(parameters, values, strict=True) if parameter in used}
        # Definitions are shared, for nobody changes them: copies of copies would take exponential time.
        gate._definition = definition.assign_parameters(bound) if bound else definition
        return gate

    return call


def _with_phase(gate: Callable[..., Gate], phase: Callable[..., Any], values: tuple[Any, ...]) -> Gate:
    inner = gate(*values)
    definition = QuantumCircuit(inner.num_qubits, global_phase=phase(*values))
    definition.append(inner, definition.qubits)
    return definition.to_gate()


def _leaves(block: Iterable[ast.QASMNode]) -> bool:
    """Is there a break or continue that belongs to this loop?"""
    for statement in block:
        if isinstance(statement, (ast.BreakStatement, ast.ContinueStatement)):
            return True
        if isinstance(statement, ast.BranchingStatement) and (_leaves(statement.if_block) or _leaves(statement.else_block)):
            return True
        if isinstance(statement, ast.Box) and _leaves(statement.body):
            return True
    return False
