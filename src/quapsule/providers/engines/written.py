"""A prepared program as OpenQASM 3 or 2, with a certificate that it means what was asked."""

from collections.abc import Mapping
from typing import Any

from qiskit import qasm2
from qiskit.circuit import QuantumCircuit

from quapsule.integrity.certify import certify_programs
from quapsule.integrity.sources import of_text

from .binding import bind, check_binding
from .prepared import Prepared
from .problems import EngineProblem, unsupported
from .program import ALL_ADDED, AS_WRITTEN

LANGUAGES = ("qasm3", "qasm2")


def write_program(prepared: Prepared, binding: Mapping[str, float], to: str) -> dict[str, Any]:
    """{"text", "certificates"}. OpenQASM 3 keeps its inputs; OpenQASM 2 has none, and is written at the numbers of `binding`.

    Raises EngineProblem: unsupported, for what OpenQASM 2 has no word for; conversion_mismatch, never expected, for a text that means
    something else than the program."""
    program, asked = prepared.program, of_text(prepared.text, prepared.format)
    if to == "qasm3":
        text = program.interchange
    else:
        check_binding(program.parameters, binding)
        asked = asked.bound(binding)
        as_it_is = prepared.format == to and program.measured == AS_WRITTEN
        text = prepared.text if as_it_is else _as_qasm2(bind(program.circuit, program.parameters, binding))
    hop = f"interchange → {'OpenQASM 2' if to == 'qasm2' else 'OpenQASM 3'}"
    certificate = certify_programs(asked, of_text(text, to), hop=hop, measured_all=program.measured == ALL_ADDED)
    if certificate.result == "mismatch":
        raise EngineProblem(
            "conversion_mismatch", f"What was written does not mean what was asked: {certificate.detail}", category="system"
        )
    return {"text": text, "certificates": [certificate.as_json()]}


def _as_qasm2(circuit: QuantumCircuit) -> str:
    try:
        text = str(qasm2.dumps(circuit))
    except qasm2.QASM2ExportError as problem:
        raise unsupported(f"OpenQASM 2 has no words for this program: {problem.message}") from problem
    return text if text.endswith("\n") else text + "\n"
