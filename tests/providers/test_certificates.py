"""What the engine makes of a program is certified once, and a wrong rewriting is caught: each mutant is one that was really possible."""

from collections.abc import Callable
from math import pi
from typing import Any

import numpy as np
import pytest
from qiskit.circuit import QuantumCircuit
from qiskit.circuit.library import HGate, SdgGate, SGate

from quapsule.integrity.forms.qiskit import read_circuit
from quapsule.integrity.witness import make_witness
from quapsule.providers import Program
from quapsule.providers.engines import asked, certificates, clifford, lightning, prepared, qulacs
from quapsule.providers.engines.choose import Choice
from quapsule.providers.engines.prepared import Prepared
from quapsule.providers.local import LocalProvider
from quapsule.providers.noise import read_noise

from .box import HEAD, EngineInProcess
from .devices import device

FORMS = {
    "aer": Choice("aer", "statevector", "", 0.0, 0),
    "stabilizer": Choice("aer", "stabilizer", "", 0.0, 0),
    "tensors": Choice("aer", "matrix_product_state", "", 0.0, 0),
    "density": Choice("aer", "density_matrix", "", 0.0, 0),
    "lightning": Choice("lightning.qubit", "statevector", "", 0.0, 0),
    "qulacs": Choice("qulacs", "statevector", "", 0.0, 0),
}
# Every gate that an engine has a word for, and some that it has not; no two qubits alike.
GATES = (
    "input float a;\nqubit[4] q; bit[2] d; bit[4] c;\nry(0.3) q[0]; rx(a) q[1]; rz(2 * a) q[2]; h q[3]; s q[0]; sdg q[1]; t q[2];\n"
    "tdg q[3]; sx q[0]; inv @ sx q[1]; x q[2]; y q[3]; z q[0]; p(0.4) q[1]; U(0.1, 0.2, 0.3) q[2]; u2(0.5, 0.6) q[3];\n"
    "cx q[0], q[1]; cy q[1], q[2]; cz q[2], q[3]; ch q[3], q[0]; cp(a) q[0], q[2]; crx(0.7) q[1], q[3]; cry(0.8) q[2], q[0];\n"
    "crz(0.9) q[3], q[1]; swap q[0], q[3];\n"
    "cu(0.1, 0.2, 0.3, 0.4) q[1], q[0]; ccx q[0], q[1], q[2]; cswap q[3], q[1], q[0]; ctrl(2) @ z q[1], q[2], q[3]; barrier q;\n"
    "ctrl @ sx q[2], q[1]; ctrl(3) @ x q[0], q[1], q[2], q[3]; ctrl(2) @ p(a) q[3], q[0], q[1]; id q[2]; delay[40ns] q[1];\n"
    "c[1] = measure q[0]; c[3] = measure q[1]; c[0] = measure q[2]; d[1] = measure q[3];"
)
CLIFFORD = "qubit[3] q; bit[3] c;\nry(pi / 2) q[0]; rx(-pi / 2) q[1]; rz(pi / 2) q[1]; cx q[0], q[1]; "
CLIFFORD += "U(pi / 2, 0, pi / 2) q[2]; cp(pi) q[1], q[2]; c = measure q;"


def certified(text: str, form: str, **prepare: Any) -> dict[str, Any]:
    """The certificate of one form of a program, made in a fresh engine."""
    engine = EngineInProcess()
    said = engine({"verb": "prepare", "program": {"format": "qasm3", "text": HEAD + text}, **prepare})
    assert "error" not in said, said
    one: Prepared = engine.engine._prepared[said["handle"]]
    one.certificates.clear()
    one.forms.clear()
    one._certified.clear()
    one.form(FORMS[form])
    assert [certificate["hop"] for certificate in one.certificates] == ["interchange → engine"]
    return one.certificates[0]


def _wrong_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clifford, "_ABOUT_Y", ((), (HGate,), *clifford._ABOUT_Y[2:]))


def _wrong_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clifford, "_ABOUT_Z", ((), (SdgGate,), clifford._ABOUT_Z[2], (SGate,)))


def _wrong_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    table = lightning._GATES | {"cx": ("SWAP", False, 0)}
    monkeypatch.setattr(lightning, "_GATES", table)


def _not_inverted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightning, "_GATES", lightning._GATES | {"tdg": ("T", False, 0)})


def _matrix_in_other_order(monkeypatch: pytest.MonkeyPatch) -> None:
    from quapsule.providers.engines import plan

    monkeypatch.setattr(plan, "turned", lambda matrix: matrix)


def _qulacs_turns_back(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = qulacs._GATES["rx"]
    monkeypatch.setitem(qulacs._GATES, "rx", lambda place, angle: turn(place, -angle))


def _measured_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    make = prepared.make_plan

    def swapped(circuit: QuantumCircuit) -> Any:
        plan = make(circuit)
        bits = sorted(plan.measures)
        plan.measures[bits[0]], plan.measures[bits[1]] = plan.measures[bits[1]], plan.measures[bits[0]]  # type: ignore[index]
        return plan

    monkeypatch.setattr(prepared, "make_plan", swapped)


def _drops_one(module: Any, name: str) -> Callable[[pytest.MonkeyPatch], None]:
    def mutate(monkeypatch: pytest.MonkeyPatch) -> None:
        real = getattr(module, name)

        def without(circuit: QuantumCircuit, *rest: Any, **named: Any) -> QuantumCircuit:
            out: QuantumCircuit = real(circuit, *rest, **named).copy()
            last = max(index for index, one in enumerate(out.data) if one.operation.name == "cx")
            del out.data[last]
            return out

        monkeypatch.setattr(module, name, without)

    return mutate


@pytest.mark.parametrize(
    ("mutate", "text", "form", "noise"),
    [
        (_wrong_sign, CLIFFORD, "stabilizer", None),
        (_wrong_turn, CLIFFORD, "stabilizer", None),
        (_wrong_way_round, GATES, "lightning", None),
        (_not_inverted, GATES, "lightning", None),
        (_matrix_in_other_order, GATES, "lightning", None),
        (_matrix_in_other_order, GATES, "qulacs", None),
        (_qulacs_turns_back, GATES, "qulacs", None),
        (_measured_elsewhere, GATES, "lightning", None),
        (_drops_one(prepared, "expand"), GATES, "tensors", None),
        (_drops_one(prepared, "expand"), GATES, "density", None),
        (_drops_one(asked, "write_noisy"), GATES, "density", {"readout": 0.1}),
        (_drops_one(asked, "expand"), GATES, "aer", None),
    ],
)
def test_a_wrong_rewriting_does_not_get_a_certificate(
    monkeypatch: pytest.MonkeyPatch, mutate: Callable[[pytest.MonkeyPatch], None], text: str, form: str, noise: dict[str, Any] | None
) -> None:
    given = {} if noise is None else {"noise": read_noise(noise).as_json()}
    assert certified(text, form, **given)["result"] == "equivalent"
    mutate(monkeypatch)
    assert certified(text, form, **given)["result"] == "mismatch"


def test_a_witness_of_another_circuit_does_not_match_the_text() -> None:
    asked_circuit = QuantumCircuit(2, 2)
    asked_circuit.ry(0.3, 0)
    asked_circuit.cx(0, 1)
    asked_circuit.measure([0, 1], [0, 1])
    witness = make_witness(lambda values: read_circuit(asked_circuit, values, {}))
    text = HEAD + "qubit[2] q; bit[2] c;\nry(ANGLE) q[0]; cx q[0], q[1]; c = measure q;"
    local = LocalProvider(EngineInProcess(), {"slug": "local"})
    for angle, result in (("0.3 + 1e-6", "mismatch"), ("0.3", "equivalent")):
        said = local.prepare(Program("qasm3", text.replace("ANGLE", angle), witness)).certificates
        assert [(one["hop"], one["result"]) for one in said] == [
            ("script → interchange", result),
            ("interchange → engine", "equivalent"),
        ]


@pytest.mark.parametrize("form", ["aer", "tensors", "density", "lightning", "qulacs"])
def test_every_gate_has_a_certificate_in_every_form(form: str) -> None:
    certificate = certified(GATES, form)
    assert certificate["result"] == "equivalent" and certificate["not_covered"] == [], certificate


@pytest.mark.parametrize("seed", range(12))
def test_random_circuits_run_alike_in_every_form(seed: int) -> None:
    """Not by certificate: by the probabilities of each vector engine and the counts of Aer."""
    chance = np.random.default_rng(seed)
    names = ["h", "t", "sx", "rx", "ry", "p", "cx", "cz", "crx", "rzz", "swap", "ccx", "cp", "sdg", "cy"]
    lines = ["qubit[4] q; bit[4] c;"]
    for _ in range(25):
        name = names[chance.integers(len(names))]
        width = 3 if name == "ccx" else 2 if name[0] == "c" or name in ("swap", "rzz") else 1
        places = ", ".join(f"q[{place}]" for place in chance.permutation(4)[:width])
        angle = f"({chance.uniform(-7, 7)})" if name in ("rx", "ry", "p", "crx", "rzz", "cp") else ""
        lines.append(f"{name}{angle} {places};" if name != "rzz" else f"cx {places}; rz{angle} {places.split(', ')[1]}; cx {places};")
    text = "\n".join(lines) + "\nc = measure q;"
    engine = EngineInProcess()
    one = engine.engine._prepared[engine.prepare(HEAD + text)["handle"]]
    fast, light = (one.form(FORMS[name])._state.probabilities({}) for name in ("lightning", "qulacs"))  # type: ignore[attr-defined]
    assert np.abs(fast - light).max() < 1e-12
    counts = engine.counts(HEAD + text)
    aer = one.form(FORMS["aer"]).run(prepared.Task([{}], 20_000, 5, 1 << 30, parallel=False))[0]
    for said in (counts, aer):
        expected = {format(index, "04b"): chances for index, chances in enumerate(fast)}
        assert sum(abs(said.get(key, 0) / 20_000 - share) for key, share in expected.items()) / 2 < 0.03


def test_a_loop_of_runs_makes_no_conversion_and_no_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, int] = {}

    def count(module: Any, name: str) -> None:
        real = getattr(module, name)

        def counted(*given: Any, **named: Any) -> Any:
            made[name] = made.get(name, 0) + 1
            return real(*given, **named)

        monkeypatch.setattr(module, name, counted)

    for module, name in (
        (asked, "read_program"), (asked, "expand"), (asked, "read_facts"), (prepared, "expand"), (prepared, "make_plan"),
        (prepared, "write_clifford"), (certificates, "certify_programs"), (certificates, "certify_witness"), (certificates, "of_text"),
    ):  # fmt: skip
        count(module, name)
    engine = EngineInProcess()
    handle = engine.prepare(HEAD + GATES)["handle"]
    once = dict(made)
    assert once["certify_programs"] == 1 and once["make_plan"] == 1
    for step in range(200):
        ran = engine.run(handle, [{"a": 0.01 * step}, {"a": -0.01 * step}], shots=100)
        assert ran["certificates"] == [] and len(ran["results"]) == 2
    assert made == once
    engine.prepare(HEAD + GATES)
    assert made == once  # the same text again costs nothing either


def test_a_form_that_a_run_needs_first_is_certified_in_that_run() -> None:
    engine = EngineInProcess()
    text = HEAD + "qubit[22] q; bit[22] c;\nh q[0];\nfor int i in [0:20] { cx q[i], q[i + 1]; }\nrz(pi / 2) q[0]; h q[0]; c = measure q;"
    said = engine.prepare(text)
    assert said["facts"]["method"] == "stabilizer" and len(said["certificates"]) == 1
    many = engine.run(said["handle"], shots=100_000)
    assert many["engine"]["method"] == "statevector" and [one["result"] for one in many["certificates"]] == ["equivalent"]
    assert engine.run(said["handle"], shots=100_000)["certificates"] == []
    assert len(engine.prepare(text)["certificates"]) == 2


def test_a_form_that_waits_for_its_inputs_is_certified_when_they_are_bound() -> None:
    engine = EngineInProcess()
    text = HEAD + "input float a;\nqubit[40] q;\nh q;\nfor int i in [0:19] { for int j in [20:39] { cp(a) q[i], q[j]; } }\nh q;"
    said = engine.prepare(text)
    assert said["facts"]["method"] is None and len(said["certificates"]) == 1
    ran = engine.run(said["handle"], [{"a": pi}], shots=10)
    assert ran["engine"]["method"] == "stabilizer" and [one["result"] for one in ran["certificates"]] == ["equivalent"]


def test_what_a_vendor_says_it_ran_is_guarded() -> None:
    engine = EngineInProcess()
    text = HEAD + "input float a;\nqubit[2] q; bit[2] c;\nry(a) q[0]; cx q[0], q[1]; c = measure q;"
    handle = engine.prepare(text)["handle"]

    def flags(executed: str) -> list[str]:
        ran = {"format": "qasm3", "text": HEAD + executed}
        said = engine({"verb": "certify", "handle": handle, "bindings": [{"a": 0.4}], "executed": ran})
        assert len(said["certificates"]) == 1, said
        return said["flags"]  # type: ignore[no-any-return]

    assert flags("qubit[2] q; bit[2] c;\nry(0.4) q[0]; cx q[0], q[1]; c = measure q;") == []
    assert flags("qubit[2] q; bit[2] c;\nry(0.5) q[0]; cx q[0], q[1]; c = measure q;") == ["executed_not_equivalent"]
    assert "executed_empty" in flags("qubit[2] q; bit[2] c;\nc = measure q;")
    assert engine({"verb": "certify", "handle": handle, "bindings": [{"a": 0.4}], "executed": 7})["error"]["code"] == "validation_error"


def test_an_emulated_devices_circuit_is_checked_on_both_hops(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + "input float a;\nqubit[3] q; bit[3] c;\nry(a) q[0]; cx q[0], q[2]; cx q[2], q[1]; rx(0.3) q[1]; c = measure q;"
    line = device(5, [[place, place + 1] for place in range(4)], ["prx"], "cz", labels=[str(place + 1) for place in range(5)])

    def hops() -> list[tuple[str, str]]:
        engine = EngineInProcess()
        said = engine({"verb": "prepare", "program": {"format": "qasm3", "text": text}, "device": line})
        assert "$" in said["executed"] and said["flags"] == []
        return [(one["hop"], one["result"]) for one in said["certificates"]]

    assert hops() == [("interchange → executed", "equivalent"), ("executed → engine", "equivalent")]
    real = asked.compile_for

    def without_a_gate(*given: Any) -> Any:
        compiled = real(*given)
        del compiled.circuit.data[next(place for place, one in enumerate(compiled.circuit.data) if one.operation.name == "cz")]
        return compiled

    monkeypatch.setattr(asked, "compile_for", without_a_gate)
    assert hops() == [("interchange → executed", "equivalent"), ("executed → engine", "mismatch")]
