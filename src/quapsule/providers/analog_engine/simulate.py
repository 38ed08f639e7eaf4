"""One analog program through Braket's simulator: all configurations of the atoms, no blockade approximation, then samples."""

import time
from importlib.metadata import version

import numpy as np
from braket.analog_hamiltonian_simulator.rydberg.constants import (
    RYDBERG_INTERACTION_COEF,
    SPACE_UNIT,
    TIME_UNIT,
    capabilities_constants,
)
from braket.analog_hamiltonian_simulator.rydberg.rydberg_simulator_helpers import get_blockade_configurations
from braket.analog_hamiltonian_simulator.rydberg.rydberg_simulator_unit_converter import convert_unit
from braket.analog_hamiltonian_simulator.rydberg.scipy_solver import scipy_integrate_ode_run
from braket.analog_hamiltonian_simulator.rydberg.validators.ir_validator import validate_program
from braket.ir.ahs.program_v1 import Program
from numpy.typing import NDArray

from quapsule.providers.engines.problems import EngineProblem

from .aquila import AnalogProgram

NAME, METHOD = "braket_ahs", "schroedinger"
VERSION = version("amazon-braket-default-simulator")
# The fields are taken as constant between two of these points; Braket's own default.
_POINTS = 1000


def evolve(program: AnalogProgram) -> tuple[list[str], NDArray[np.float64], float]:
    """Configurations of the filled sites in letters g and r, their probabilities, and the seconds that it took.

    Raises EngineProblem unsupported for what the simulator itself refuses."""
    began = time.perf_counter()
    try:
        parsed = Program.parse_raw(program.text)
        validate_program(parsed, capabilities_constants())
    except ValueError as problem:
        raise EngineProblem("unsupported", f"The simulator does not take the program: {str(problem)[:500]}") from problem
    converted = convert_unit(parsed)
    configurations = get_blockade_configurations(converted.setup.ahs_register, 0.0)
    times = np.linspace(0, program.seconds / TIME_UNIT, _POINTS)
    coefficient = float(RYDBERG_INTERACTION_COEF) / float(SPACE_UNIT**6 / TIME_UNIT)
    try:
        states = scipy_integrate_ode_run(converted, configurations, times, coefficient)
    except RuntimeError as problem:
        raise EngineProblem("engine_failed", f"The equation could not be solved: {problem}", category="system") from problem
    weights: NDArray[np.float64] = np.abs(np.asarray(states[-1])).ravel() ** 2
    return configurations, weights / weights.sum(), time.perf_counter() - began


def sample(
    configurations: list[str], weights: NDArray[np.float64], filling: tuple[bool, ...], shots: int, seed: int | None
) -> dict[str, int]:
    """Counts by site in the order of the register: e empty, g in the ground state, r in the Rydberg state."""
    seen = np.random.default_rng(seed).multinomial(shots, weights)
    counts: dict[str, int] = {}
    for index in np.flatnonzero(seen):
        letters = iter(configurations[index])
        counts["".join(next(letters) if filled else "e" for filled in filling)] = int(seen[index])
    return counts
