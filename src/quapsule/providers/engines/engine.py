"""Prepared programs and their runs: what the door's verbs mean here."""

import sys
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from . import aer
from .asked import Asked, Witnesses, make_prepared
from .binding import bind, check_binding
from .certificates import certify_bound, certify_executed
from .choose import NOMINAL_SHOTS, Choice, Limits, choose
from .clifford import write_clifford
from .counts import key_counts, measure_answer
from .facts import Facts, read_facts
from .prepared import Prepared, Task
from .problems import EngineProblem, unsupported
from .statevector import find_statevectors
from .translate import translate
from .written import LANGUAGES, write_program

MOST_HANDLES = 2000
MOST_REMEMBERED = 32
MOST_SHOTS = 1_000_000
MOST_BINDINGS = 10_000
MOST_ANSWER_BYTES = 7 << 20
# What the interpreter, the libraries and the answer need beside the simulation itself.
OWN_BYTES = 256 << 20
_WORTH_ALL_CORES = 0.02


class Engine:
    """Holds prepared programs by handle. Every method raises EngineProblem and nothing else that a program can cause."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._prepared: dict[str, Prepared] = {}
        self._remembered: OrderedDict[tuple[str, ...], Prepared] = OrderedDict()
        self._witnesses = Witnesses()
        self._count = 0

    def configure(self, memory_bytes: int | None, max_qubits: int | None) -> None:
        memory = self._limits.memory_bytes if memory_bytes is None else max(16, memory_bytes - OWN_BYTES)
        self._limits = Limits(memory, max_qubits)

    def prepare(self, asked: Asked, simulate: bool = True) -> dict[str, Any]:
        """`simulate` false: it is only read here, and runs elsewhere; it may then be wider than anything that this machine holds."""
        if len(self._prepared) >= MOST_HANDLES:
            raise unsupported(f"More than {MOST_HANDLES:,} programs were prepared in one job; bind parameters instead of preparing anew.")
        prepared = self._read(asked)
        choice = self._choose(prepared, NOMINAL_SHOTS, 1) if simulate else None
        # What runs is made, and certified, before anybody is told that the program was taken.
        if simulate:
            prepared.certify_circuit() if choice is None else prepared.form(choice)
        witnessed = [] if asked.witness is None else [self._witnesses.certify(asked)]
        self._count += 1
        handle = f"p{self._count}"
        self._prepared[handle] = prepared
        program, facts = prepared.program, prepared.facts
        return {
            "handle": handle,
            "registers": [list(register) for register in program.registers],
            "parameters": [parameter.name for parameter in program.parameters],
            "qubits": program.circuit.num_qubits,
            "measured": program.measured,
            "interchange": program.interchange,
            "executed": prepared.executed,
            "certificates": witnessed + (prepared.certificates if simulate else []),
            "flags": list(prepared.flags),
            "facts": _shown(facts, choice) if simulate else _shown(facts, None) | {"why": "it is only read here; it runs elsewhere"},
        }

    def run(
        self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None, statevector: bool = False
    ) -> dict[str, Any]:
        prepared = self._find(handle)
        known = len(prepared.certificates)
        for binding in bindings:
            check_binding(prepared.program.parameters, binding)
        states = find_statevectors(prepared, bindings, self._limits.memory_bytes) if statevector else None
        choice = self._choose(prepared, shots, len(bindings))
        began = time.perf_counter()
        if choice is None:
            counts, choice, certificates = self._run_open(prepared, bindings, shots, seed)
            name, version = aer.NAME, aer.VERSION
            seconds = time.perf_counter() - began
        else:
            form = prepared.form(choice)
            name, version, certificates = form.name, form.version, []
            began = time.perf_counter()
            counts = form.run(Task(bindings, shots, seed, self._limits.memory_bytes, choice.seconds > _WORTH_ALL_CORES))
            seconds = time.perf_counter() - began
        if measure_answer(counts) > MOST_ANSWER_BYTES:
            raise EngineProblem(
                "result_too_large", f"The counts take more than {MOST_ANSWER_BYTES >> 20} MiB; ask for fewer shots or bindings."
            )
        engine = {
            "name": name,
            "method": choice.method,
            "version": version,
            "why": choice.why,
            "seconds": round(seconds, 6),
            "seconds_predicted": round(choice.seconds, 6),
            "memory_bytes_predicted": choice.memory_bytes,
        }
        if prepared.noise is not None:
            engine["noise"] = prepared.noise.shown
        return {
            "results": [{"counts": one, "shots": shots} for one in counts],
            "engine": engine,
            "certificates": prepared.certificates[known:] + certificates,
            "flags": list(prepared.flags),
        } | ({} if states is None else {"statevectors": states})

    def translate(self, handle: str, binding: Mapping[str, float], message: Mapping[str, Any]) -> dict[str, Any]:
        """The program in another's words, with its inputs bound."""
        if (to := message.get("to")) in LANGUAGES:
            return write_program(self._find(handle), binding, str(to))
        program = self._find(handle).program
        check_binding(program.parameters, binding)
        return translate(program, bind(program.circuit, program.parameters, binding), binding, message)

    def certify(self, handle: str, binding: Mapping[str, float], executed: Mapping[str, Any]) -> dict[str, Any]:
        """What a backend says it ran, against what was asked."""
        program = self._find(handle).program
        check_binding(program.parameters, binding)
        certificate, flags = certify_executed(program, binding, executed)
        return {"certificates": [certificate], "flags": flags}

    def forget(self, handle: str | None) -> None:
        if handle is None:
            self._prepared.clear()
        else:
            self._prepared.pop(handle, None)

    def _find(self, handle: str) -> Prepared:
        prepared = self._prepared.get(handle)
        if prepared is None:
            raise unsupported(f"There is no prepared program {handle!r}.")
        return prepared

    def _choose(self, prepared: Prepared, shots: int, bindings: int) -> Choice | None:
        """None: it depends on the inputs. Raises EngineProblem when nothing holds the circuit, whatever they are."""
        facts, noise = prepared.facts, None if prepared.noise is None else prepared.noise.known
        try:
            return choose(facts, shots, self._limits, noise, prepared.methods, bindings)
        except EngineProblem:
            stabilizer = noise is None and (prepared.methods is None or "stabilizer" in prepared.methods)
            if stabilizer and facts.open and (self._limits.max_qubits is None or facts.qubits <= self._limits.max_qubits):
                return None
            raise

    def _run_open(
        self, prepared: Prepared, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None
    ) -> tuple[list[dict[str, int]], Choice, list[dict[str, Any]]]:
        """Each binding on its own: too wide for anything but the stabilizer, and Clifford only if its numbers make it so."""
        found: list[dict[str, int]] = []
        certificates: list[dict[str, Any]] = []
        program, seconds = prepared.program, 0.0
        for number, binding in enumerate(bindings):
            circuit = bind(prepared.circuit, program.parameters, binding)
            choice = choose(read_facts(circuit), shots, self._limits, methods=("statevector", "stabilizer"))
            seconds += choice.seconds
            form = write_clifford(circuit) if choice.method == "stabilizer" else circuit
            if form is not circuit:
                certificates.append(certify_bound(circuit, form))
            own = None if seed is None else seed + number
            raw = aer.run_circuits([form], choice.method, shots, own, self._limits.memory_bytes, parallel=True)
            found += [key_counts(counts, program.first_clbit, program.width) for counts in raw]
        return found, Choice(aer.NAME, choice.method, choice.why, seconds, choice.memory_bytes), certificates

    def _read(self, asked: Asked) -> Prepared:
        if asked.key in self._remembered:
            self._remembered.move_to_end(asked.key)
            return self._remembered[asked.key]
        prepared = make_prepared(asked)
        if len(prepared.circuit.data) < 10_000:
            self._remembered[asked.key] = prepared
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return prepared


def _shown(facts: Facts, choice: Choice | None) -> dict[str, Any]:
    return {
        "qubits": facts.qubits,
        "active_qubits": facts.active_qubits,
        "clbits": facts.clbits,
        "gates": facts.gates,
        "two_qubit_gates": facts.two_qubit_gates,
        "depth": facts.depth,
        "measurements": facts.measurements,
        "clifford": facts.clifford,
        "mid_circuit": facts.mid_circuit,
        "bond_dimension": None if facts.bond_bits is None else 1 << min(facts.bond_bits, 53),
        "engine": choice and choice.engine,
        "method": choice and choice.method,
        "why": choice.why
        if choice
        else "the engine is chosen when the inputs are bound: their numbers decide whether the circuit is Clifford",
        "seconds_predicted": choice and round(choice.seconds, 6),
        "memory_bytes_predicted": choice and min(choice.memory_bytes, sys.maxsize),
    }
