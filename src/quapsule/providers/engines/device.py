"""A device that this machine stands in for: programs are compiled to its topology and native gates, and run with its noise."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qiskit.circuit import ControlFlowOp, Delay, Measure, Parameter, QuantumCircuit
from qiskit.circuit.library import CXGate, CZGate, ECRGate, RXXGate, RZZGate, UGate, iSwapGate
from qiskit.passmanager import ConditionalController
from qiskit.transpiler import InstructionProperties, PassManager, Target, generate_preset_pass_manager
from qiskit.transpiler.exceptions import TranspilerError
from qiskit.transpiler.passes import VF2Layout
from qiskit.transpiler.preset_passmanagers.common import generate_embed_passmanager

from .device_native import ROUTED, STYLES, Operation, Writer, write_text
from .device_noise import simulated
from .problems import EngineProblem, unsupported

# The same program on the same device gives the same text, whoever compiles it.
SEED = 20_261
# It routes, cancels and merges turns; the levels above resynthesize pairs of qubits, which costs digits of the angles.
LEVEL = 1
# How long a placing without swaps is looked for, counted in steps so that it is the same on every machine.
_PLACING_CALLS = 20_000
_PLACINGS = 500
_MOST_DEVICES = 16

_managers: OrderedDict[str, PassManager] = OrderedDict()


@dataclass(frozen=True)
class Compiled:
    """`text`: OpenQASM 3 in native gates on physical qubits, numbered as the device labels them. `circuit`: the same on the used qubits
    alone, in gates that the simulator has; its qubit i is `physical[i]` of the description, its classical bits are those of the program.
    `initial`: qubit of the program → number of the physical qubit in `text`."""

    circuit: QuantumCircuit
    text: str
    physical: tuple[int, ...]
    initial: Mapping[int, int]
    final: Mapping[int, int]
    operations: Sequence[Operation] = field(repr=False)


def compile_for(circuit: QuantumCircuit, device: Mapping[str, Any], inputs: Sequence[Parameter] = ()) -> Compiled:
    """`device`: a description as docs/calibrations.md has it. `inputs`: the program's, which stay open in the result.

    Barriers and delays of the program stay where they are. Raises EngineProblem too_many_qubits or unsupported."""
    _check(circuit, device)
    style, two = _natives(device)
    try:
        routed = _manager(device, two).run(circuit)
    except TranspilerError as problem:
        raise unsupported(f"The program cannot be compiled for the device: {problem.message}") from problem
    operations = Writer(style, two).write(routed)
    physical = tuple(sorted({qubit for one in operations for qubit in _acting(one)} or {0}))
    names = _numbers(device)
    registers = [(register.name, register.size) for register in routed.cregs]
    text = write_text(operations, registers, [parameter.name for parameter in inputs], names)
    starts, ends = (
        routed.layout.initial_index_layout(filter_ancillas=True),
        routed.layout.final_index_layout(filter_ancillas=True),
    )
    return Compiled(
        circuit=simulated(operations, physical, circuit, device),
        text=text,
        physical=physical,
        initial={asked: int(names[given]) for asked, given in enumerate(starts)},
        final={asked: int(names[given]) for asked, given in enumerate(ends)},
        operations=operations,
    )


def _check(circuit: QuantumCircuit, device: Mapping[str, Any]) -> None:
    """What no compiler can help: more qubits than there are, and steps between measurements that the device cannot take."""
    if circuit.num_qubits > device["qubits"]:
        raise EngineProblem("too_many_qubits", f"The program has {circuit.num_qubits} qubits; the device has {device['qubits']}.")
    closed: set[Any] = set()
    for instruction in circuit.data:
        operation = instruction.operation
        name = operation.name
        if isinstance(operation, ControlFlowOp) or name in ("store", "break_loop", "continue_loop"):
            raise unsupported("The device takes no conditionals and no loops that depend on a measurement: it measures once, at the end.")
        if name == "reset":
            raise unsupported("The device cannot reset a qubit within a program; every qubit begins as 0.")
        if name in ("barrier", "delay"):
            continue
        if not closed.isdisjoint(instruction.qubits):
            raise unsupported("The device cannot go on with a qubit that was measured: it measures once, at the end.")
        if name == "measure":
            closed.update(instruction.qubits)


def _natives(device: Mapping[str, Any]) -> tuple[str, str]:
    natives = device["native_gates"]
    style = next((style for needed, style in STYLES if needed <= set(natives["one"])), None)
    two = next((name for name in natives["two"] if name in ROUTED), None)
    if style is None or two is None or (two == "ms" and style != "gpi"):
        raise unsupported(f"Nothing here compiles to the native gates {', '.join([*natives['one'], *natives['two']])}.")
    return style, two


def _numbers(device: Mapping[str, Any]) -> list[str]:
    """How the text calls the qubits: by the vendor's labels where these are numbers."""
    labels = [str(label) for label in device["labels"]]
    plain = all(label.isdecimal() and str(int(label)) == label for label in labels)
    return labels if plain else [str(qubit) for qubit in range(device["qubits"])]


def _acting(operation: Operation) -> tuple[int, ...]:
    return () if operation.name in ("barrier", "delay") else operation.qubits


def _manager(device: Mapping[str, Any], two: str) -> PassManager:
    """One per device and process: making it costs as much as fifty programs."""
    key = hashlib.sha256(json.dumps([device, two], sort_keys=True).encode()).hexdigest()
    if key not in _managers:
        target = _target(device, two)
        manager = generate_preset_pass_manager(LEVEL, target=target, seed_transpiler=SEED)
        # By itself this level takes the first qubits wherever they fit; vendors take good ones.
        placing = PassManager([VF2Layout(target=target, seed=SEED, call_limit=_PLACING_CALLS, max_trials=_PLACINGS)])
        placing.append(ConditionalController(generate_embed_passmanager(target).to_flow_controller(), condition=_is_placed))
        placing.append(ConditionalController(manager.layout.to_flow_controller(), condition=lambda found: not _is_placed(found)))
        manager.layout = placing
        _managers[key] = manager
        if len(_managers) > _MOST_DEVICES:
            _managers.popitem(last=False)
    _managers.move_to_end(key)
    return _managers[key]


def _is_placed(found: Any) -> bool:
    return found["layout"] is not None


def _target(device: Mapping[str, Any], two: str) -> Target:
    """Any turn of one qubit, the routed two-qubit gate on the edges, both with their errors, so that the better qubits are chosen."""
    count = device["qubits"]
    target = Target(num_qubits=count)
    ones = device["one_qubit_error"]
    turn = UGate(Parameter("theta"), Parameter("phi"), Parameter("lam"))
    target.add_instruction(turn, {(qubit,): InstructionProperties(error=ones[qubit]) for qubit in range(count)})
    readout = device["readout_error"]
    target.add_instruction(Measure(), {(qubit,): InstructionProperties(error=sum(readout[qubit]) / 2) for qubit in range(count)})
    target.add_instruction(Delay(Parameter("length")), {(qubit,): None for qubit in range(count)})
    gate = {
        "cz": CZGate,
        "cx": CXGate,
        "ecr": ECRGate,
        "iswap": iSwapGate,
        "rzz": lambda: RZZGate(Parameter("angle")),
        "rxx": lambda: RXXGate(Parameter("angle")),
    }[ROUTED[two]]()
    edges: dict[tuple[int, int], InstructionProperties] = {}
    for first, second in device["edges"]:
        error = device["two_qubit_error"].get(f"{first}-{second}")
        edges[first, second] = InstructionProperties(error=error)
        if not device["directed"]:
            edges[second, first] = InstructionProperties(error=error)
    target.add_instruction(gate, edges)
    return target
