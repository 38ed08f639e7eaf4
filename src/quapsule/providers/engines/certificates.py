"""Certificates of what the engines make of a program, in the form that crosses the door."""

from collections.abc import Mapping
from typing import Any

from qiskit.circuit import QuantumCircuit

from quapsule.integrity.certify import Layout, certify_programs, certify_witness
from quapsule.integrity.guard import guard
from quapsule.integrity.sources import Source, of_circuit, of_text

from .device import Compiled
from .problems import EngineProblem
from .program import ALL_ADDED, Program

SCRIPT = "script → interchange"
ENGINE = "interchange → engine"
EXECUTED = "interchange → executed"
SIMULATED = "executed → engine"


def certify_script(format: str, text: str, witness: Mapping[str, Any]) -> dict[str, Any]:
    """The text against what the framework's own circuit object means."""
    return certify_witness(text, format, witness, hop=SCRIPT).as_json()


def certify_source(program: Program, format: str, text: str, given: Source) -> dict[str, Any]:
    """A form in which an engine runs the program, against the text that it came in."""
    return certify_programs(of_text(text, format), given, hop=ENGINE, measured_all=program.measured == ALL_ADDED).as_json()


def certify_bound(asked: QuantumCircuit, given: QuantumCircuit) -> dict[str, Any]:
    """A form that is only made once the inputs are bound."""
    return certify_programs(of_circuit(asked), of_circuit(given), hop=ENGINE).as_json()


def certify_device(program: Program, compiled: Compiled, device: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The program in the device's native gates against what was asked, and the circuit that stands for it in the simulator against those;
    with the flags of a guard."""
    asked, executed = of_text(program.interchange), of_text(compiled.text)
    layout = Layout(compiled.initial, compiled.final)
    certificate = certify_programs(asked, executed, hop=EXECUTED, layout=layout)
    _, flags = guard(asked, executed, layout=layout)
    numbers = _numbers(device)
    near = Layout({numbers[qubit]: place for place, qubit in enumerate(compiled.physical)})
    simulated = certify_programs(executed, of_circuit(compiled.circuit), hop=SIMULATED, layout=near)
    return [certificate.as_json(), simulated.as_json()], list(flags)


def _numbers(device: Mapping[str, Any]) -> list[int]:
    """What the text calls the device's qubits: their labels, where these are numbers."""
    labels = [str(label) for label in device["labels"]]
    plain = all(label.isdecimal() and str(int(label)) == label for label in labels)
    return [int(label) for label in labels] if plain else list(range(len(labels)))


def certify_executed(
    program: Program, binding: Mapping[str, float], executed: Mapping[str, Any], layout: Layout | None = None
) -> tuple[dict[str, Any], list[str]]:
    """What a backend says it ran, against what was asked with its inputs bound. Raises EngineProblem on a malformed `executed`."""
    format, text = executed.get("format"), executed.get("text")
    if not isinstance(format, str) or not isinstance(text, str):
        raise EngineProblem("validation_error", '"executed" must be {"format", "text"}.')
    asked = of_text(program.interchange)
    bound = Source(lambda _: asked.read(binding), (), program.interchange)
    certificate, flags = guard(bound, of_text(text, format), layout=layout)
    return certificate.as_json(), list(flags)
