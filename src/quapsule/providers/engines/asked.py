"""What `prepare` is asked: a program, and under which noise, on which device or in whose place it runs."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .certificates import certify_device, certify_script
from .clifford import name_cliffords
from .costs import Noisy
from .device import compile_for
from .device_noise import noise_of
from .expand import STATEVECTOR, TENSORS, expand
from .facts import read_bond, read_facts
from .noise import Noise, make_noise, write_noisy
from .prepared import Prepared
from .program import read_program

_MOST_WITNESSES = 256
# Below this a state vector is so quick that looking for a better engine costs more than it saves.
_TENSOR_QUBITS = 12


@dataclass(frozen=True)
class Asked:
    """`noise` as quapsule.providers.noise normalises it; `device` a description; `methods` those that the backend stands for."""

    format: str
    text: str
    witness: Mapping[str, Any] | None = None
    noise: Mapping[str, Any] | None = None
    device: Mapping[str, Any] | None = None
    methods: tuple[str, ...] | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Of all that decides how the program runs; the witness decides nothing."""
        return self.format, self.text, *(json.dumps(part, sort_keys=True) for part in (self.noise, self.device, self.methods))


class Witnesses:
    """Certificates of witnesses that were seen before, so that the same circuit costs its check once in a process."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, dict[str, Any]] = OrderedDict()

    def certify(self, asked: Asked) -> dict[str, Any]:
        parts = json.dumps([asked.format, asked.text, asked.witness], sort_keys=True)
        key = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).digest()
        if key not in self._known:
            self._known[key] = certify_script(asked.format, asked.text, asked.witness or {})
            if len(self._known) > _MOST_WITNESSES:
                self._known.popitem(last=False)
        return self._known[key]


def make_prepared(asked: Asked) -> Prepared:
    """Raises EngineProblem when the program cannot be read, or not be compiled for the device."""
    program = read_program(asked.format, asked.text)
    if asked.device is not None:
        return _compiled(asked, asked.device)
    noise = None if asked.noise is None else make_noise(asked.noise)
    circuit = expand(program.circuit, STATEVECTOR) if noise is None else write_noisy(program.circuit)
    facts = read_facts(circuit)
    if noise is not None and noise.known.stabilizer and facts.clifford and not facts.written_clifford:
        circuit = name_cliffords(circuit)
        facts = read_facts(circuit)
    must = asked.methods is not None and "matrix_product_state" in asked.methods
    if facts.active_qubits > _TENSOR_QUBITS or must:
        read_bond(expand(circuit, TENSORS) if facts.widest_gate > 2 else circuit, facts)
    return Prepared(program, asked.format, asked.text, circuit, facts, noise, asked.methods)


def _compiled(asked: Asked, device: Mapping[str, Any]) -> Prepared:
    """What runs is the device's own circuit, on the qubits that it uses, with the device's noise."""
    program = read_program(asked.format, asked.text)
    compiled = compile_for(program.circuit, device, program.parameters)
    noise = Noise(noise_of(device, compiled.physical), Noisy(stabilizer=False), "device", by_name=False)
    facts = read_facts(compiled.circuit)
    if facts.active_qubits > _TENSOR_QUBITS:
        read_bond(compiled.circuit, facts)
    certificates, flags = certify_device(program, compiled, device)
    return Prepared(
        program, asked.format, asked.text, compiled.circuit, facts, noise, asked.methods, compiled.text, tuple(flags), certificates
    )
