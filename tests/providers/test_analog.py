"""Aquila, emulated, in a real box: what its geometry and drives do not allow is refused by place; the physics is that of a Rydberg atom."""

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from quapsule.providers import Program, ProviderProblem
from quapsule.providers.analog import AnalogProvider
from quapsule.sandbox.launch import Box, ForkServer
from quapsule.sandbox.layers import inspect_layers
from quapsule.sandbox.profile import Limits, Profile
from quapsule.worker.boxes import KINDS

from .boxes import ask

AQUILA = {"slug": "quera-aquila", "name": "Aquila", "qubit_count": 256, "max_qubits": 256, "max_shots": 1000, "tags": ["qpu", "analog"]}


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    module = "quapsule.providers.analog_engine.serve"
    profile = Profile(Limits(memory_bytes=1 << 30, cpu_seconds=300), code=KINDS["analog"].code)
    server = ForkServer("analog", [module], f"{module}:serve", profile, inspect_layers(), spares=0)
    try:
        server.start()
        with server.take() as taken:
            yield taken
    finally:
        server.close()


@pytest.fixture
def aquila(box: Box) -> AnalogProvider:
    return AnalogProvider(lambda frame: ask(box, frame), AQUILA)


def program(sites: list[list[float]], filling: list[int] | None = None, rabi: float = 1.5e7, area: float = math.pi) -> dict[str, Any]:
    """A pulse of constant Rabi frequency between two ramps of 100 ns, on resonance; `area` in radians."""
    flat = area / rabi - 1e-7
    times = [0.0, 1e-7, 1e-7 + flat, 2e-7 + flat]

    def series(values: list[float], at: list[float]) -> dict[str, Any]:
        return {"pattern": "uniform", "time_series": {"times": [str(time) for time in at], "values": [str(value) for value in values]}}

    field = {
        "amplitude": series([0.0, rabi, rabi, 0.0], times),
        "detuning": series([0.0, 0.0], [0.0, times[-1]]),
        "phase": series([0.0, 0.0], [0.0, times[-1]]),
    }
    return {
        "braketSchemaHeader": {"name": "braket.ir.ahs.program", "version": "1"},
        "setup": {"ahs_register": {"sites": [[str(x), str(y)] for x, y in sites], "filling": filling or [1] * len(sites)}},
        "hamiltonian": {"drivingFields": [field], "localDetuning": []},
    }


ALONE = [[0.0, 0.0]]
FAR = 4e-5


def changed(path: str, value: Any) -> dict[str, Any]:
    content = copy.deepcopy(program([[0.0, 0.0], [0.0, 6e-6]], area=6.0))
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    at: Any = content
    for part in way:
        at = at[part]
    at[last] = value
    return content


DRIVE = "hamiltonian.drivingFields.0"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("setup.ahs_register.sites.1", ["0", "3e-6"], "3 µm from site 0; Aquila needs 4 µm"),
        ("setup.ahs_register.sites.1", ["8e-6", "1e-6"], "rows of Aquila are 4 µm apart"),
        ("setup.ahs_register.sites.1", ["8e-5", "0"], "80 µm wide"),
        ("setup.ahs_register.sites.1", ["0", "8e-5"], "80 µm high"),
        ("setup.ahs_register.sites.1", ["0", "NaN"], "sites.1.: must be a number"),
        ("setup.ahs_register.filling", [1], "as many entries"),
        ("setup.ahs_register.filling", [0, 0], "leaves every site empty"),
        ("setup.ahs_register.filling", [1, 2], "must be 0 or 1"),
        (f"{DRIVE}.amplitude.time_series.values.1", "1.6e7", "takes 0 to 1.58e.07"),
        (f"{DRIVE}.amplitude.time_series.values.1", "-1", "takes 0 to 1.58e.07"),
        (f"{DRIVE}.amplitude.time_series.values.0", "1", "must begin and end at 0"),
        (f"{DRIVE}.amplitude.time_series.times.1", "5.5e-8", "changes by"),
        (f"{DRIVE}.amplitude.time_series.times.1", "1e-8", "at least 50 ns"),
        (f"{DRIVE}.amplitude.time_series.times.3", "5e-6", "at most 4 µs"),
        (f"{DRIVE}.amplitude.pattern", ["1", "0"], "must have the pattern uniform"),
        (f"{DRIVE}.detuning.time_series.values.1", "2e8", "takes -1.25e.08 to 1.25e.08"),
        (f"{DRIVE}.phase.time_series.values.1", "100", "takes -99 to 99"),
        (f"{DRIVE}.phase.time_series.times.1", "3e-6", "must end at the same time"),
        ("hamiltonian.localDetuning", [{}], "drive all atoms alike"),
        ("hamiltonian.drivingFields", [], "exactly one driving field"),
        ("braketSchemaHeader.version", "2", "version 1"),
    ],
)
def test_what_aquila_does_not_allow_is_refused_with_its_place(aquila: AnalogProvider, path: str, value: Any, says: str) -> None:
    with pytest.raises(ProviderProblem, match=says) as refused:
        aquila.prepare(Program("ahs", json.dumps(changed(path, value))))
    assert refused.value.category == "user"


def test_too_many_atoms_and_sites_are_refused(aquila: AnalogProvider) -> None:
    grid = [[5e-6 * (index % 15), 5e-6 * (index // 15)] for index in range(225)]
    with pytest.raises(ProviderProblem, match="has 13 atoms") as refused:
        aquila.prepare(Program("ahs", json.dumps(program(grid[:13]))))
    assert refused.value.code == "too_many_qubits"
    with pytest.raises(ProviderProblem, match="257 sites; Aquila has 256"):
        aquila.prepare(Program("ahs", json.dumps(program([*grid, *grid[:32]]))))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"setup": {}}', "[" * 100_000])
def test_what_is_no_analog_program_is_refused(aquila: AnalogProvider, text: str) -> None:
    with pytest.raises(ProviderProblem) as refused:
        aquila.prepare(Program("ahs", text))
    assert refused.value.category == "user"


def test_circuits_bindings_and_too_many_shots_are_refused(aquila: AnalogProvider) -> None:
    with pytest.raises(ProviderProblem, match="takes analog"):
        aquila.prepare(Program("qasm3", "OPENQASM 3.0; qubit q;"))
    prepared = aquila.prepare(Program("ahs", json.dumps(program(ALONE))))
    with pytest.raises(ProviderProblem, match="no inputs"):
        aquila.run(prepared.handle, [{"a": 1.0}], 10, 1)
    with pytest.raises(ProviderProblem, match="1,001 shots are more than the 1,000"):
        aquila.run(prepared.handle, [{}], 1001, 1)


def test_a_pi_pulse_excites_one_atom_and_letters_tell_empty_sites(aquila: AnalogProvider) -> None:
    prepared = aquila.prepare(Program("ahs", json.dumps(program([[0.0, 0.0], [FAR, 0.0], [0.0, FAR]], [1, 0, 1]))))
    assert (prepared.registers, prepared.qubits, prepared.parameters) == ((("atoms", 3),), 3, ())
    ran = aquila.run(prepared.handle, [{}], 1000, 5)
    assert ran.results[0]["counts"].get("rer", 0) > 990
    assert (ran.engine["emulated"], ran.engine["device"], ran.cost_usd) == (True, "quera-aquila", 0)
    assert ran.tasks[0]["emulated"] is True and ran.tasks[0]["calibration_id"] is None


def test_half_a_pulse_gives_both_states_and_a_seed_repeats_them(aquila: AnalogProvider) -> None:
    prepared = aquila.prepare(Program("ahs", json.dumps(program(ALONE, area=math.pi / 2, rabi=1e7))))
    first, again, other = (aquila.run(prepared.handle, [{}], 1000, seed).results[0]["counts"] for seed in (1, 1, 2))
    assert first == again != other
    assert abs(first["r"] - 500) < 5 * math.sqrt(250)


def test_close_atoms_block_each_other(aquila: AnalogProvider) -> None:
    """Two atoms within the blockade radius share one excitation, and turn faster by the root of two."""
    prepared = aquila.prepare(Program("ahs", json.dumps(program([[0.0, 0.0], [0.0, 5e-6]], rabi=5e6, area=math.pi / math.sqrt(2)))))
    counts = aquila.run(prepared.handle, [{}], 1000, 3).results[0]["counts"]
    assert counts.get("rr", 0) < 10
    assert counts["rg"] + counts["gr"] > 970 and abs(counts["rg"] - counts["gr"]) < 5 * math.sqrt(1000)
