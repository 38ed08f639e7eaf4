"""What QuEra's Aquila takes: an AHS program (braket.ir.ahs) is held against its geometry and driving ranges before anything is simulated.

The figures are those of the device properties that Amazon Braket publishes for Aquila (paradigm, version 1). SI units: m, s, rad/s.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from quapsule.providers.engines.problems import EngineProblem

WIDTH, HEIGHT = 7.5e-5, 7.6e-5
SPACING, ROW_SPACING = 4e-6, 4e-6
MOST_SITES = 256
RABI = (0.0, 1.58e7)
RABI_SLEW = 2.5e14
DETUNING = (-1.25e8, 1.25e8)
DETUNING_SLEW = 2.5e15
PHASE = (-99.0, 99.0)
SHORTEST_STEP, LONGEST = 5e-8, 4e-6
# Programs are written in decimal figures; this much of a limit is rounding.
_SLACK = 1e-9
_HEADER = ("braket.ir.ahs.program", "1")


@dataclass(frozen=True)
class AnalogProgram:
    """`text`: the program's JSON as it was given; `filling[i]`: whether site i holds an atom; `seconds`: how long it drives."""

    text: str
    filling: tuple[bool, ...]
    seconds: float

    @property
    def atoms(self) -> int:
        return sum(self.filling)


def read_analog(text: str) -> AnalogProgram:
    """Raises EngineProblem parse_error, unsupported or too_many_qubits, which name the place."""
    try:
        program = json.loads(text)
    except ValueError as problem:
        raise EngineProblem("parse_error", f"The analog program is no JSON: {problem}") from problem
    except RecursionError as problem:
        raise EngineProblem("parse_error", "The analog program is nested too deeply.") from problem
    if not isinstance(program, dict):
        raise EngineProblem("parse_error", "The analog program must be a JSON object.")
    header = program.get("braketSchemaHeader", {"name": _HEADER[0], "version": _HEADER[1]})
    if not isinstance(header, dict) or (header.get("name"), str(header.get("version"))) != _HEADER:
        raise EngineProblem("parse_error", f"braketSchemaHeader must be {_HEADER[0]} version {_HEADER[1]}.")
    filling = _read_register(_inside(program, "setup", "ahs_register"))
    hamiltonian = _inside(program, "hamiltonian")
    if hamiltonian.get("localDetuning") or hamiltonian.get("shiftingFields"):
        raise EngineProblem("unsupported", "hamiltonian.localDetuning: only fields that drive all atoms alike are taken here.")
    fields = hamiltonian.get("drivingFields")
    if not isinstance(fields, list) or len(fields) != 1 or not isinstance(fields[0], dict):
        raise EngineProblem("unsupported", "hamiltonian.drivingFields: Aquila has exactly one driving field.")
    return AnalogProgram(text, filling, _check_drive(fields[0]))


def _read_register(register: Mapping[str, Any]) -> tuple[bool, ...]:
    sites, filling = register.get("sites"), register.get("filling")
    if not isinstance(sites, list) or not isinstance(filling, list) or not sites or len(sites) != len(filling):
        _refuse("setup.ahs_register", "must have sites and as many entries in filling")
    if len(sites) > MOST_SITES:
        raise EngineProblem("too_many_qubits", f"setup.ahs_register has {len(sites)} sites; Aquila has {MOST_SITES}.")
    if any(entry not in (0, 1) for entry in filling):
        _refuse("setup.ahs_register.filling", "must be 0 or 1 for each site")
    if not any(filling):
        _refuse("setup.ahs_register.filling", "leaves every site empty")
    places = [_site(site, index) for index, site in enumerate(sites)]
    _check_extent([x for x, _ in places], WIDTH, "wide")
    _check_extent([y for _, y in places], HEIGHT, "high")
    for second, (x, y) in enumerate(places):
        for first, (other_x, other_y) in enumerate(places[:second]):
            distance = math.hypot(x - other_x, y - other_y)
            if distance < SPACING - _SLACK:
                _refuse(
                    f"setup.ahs_register.sites[{second}]",
                    f"is {distance * 1e6:.3g} µm from site {first}; Aquila needs {SPACING * 1e6:g} µm",
                )
            if _SLACK < abs(y - other_y) < ROW_SPACING - _SLACK:
                _refuse(
                    f"setup.ahs_register.sites[{second}]",
                    f"lies {abs(y - other_y) * 1e6:.3g} µm above or below site {first}; rows of Aquila are {ROW_SPACING * 1e6:g} µm apart",
                )
    return tuple(bool(entry) for entry in filling)


def _site(site: Any, index: int) -> tuple[float, float]:
    if not isinstance(site, list) or len(site) != 2:
        _refuse(f"setup.ahs_register.sites[{index}]", "must be [x, y]")
    x, y = (_number(value, f"setup.ahs_register.sites[{index}]") for value in site)
    return x, y


def _check_extent(values: list[float], most: float, how: str) -> None:
    extent = max(values) - min(values)
    if extent > most + _SLACK:
        _refuse("setup.ahs_register.sites", f"are {extent * 1e6:.4g} µm {how}; Aquila's field is {most * 1e6:g} µm {how}")


def _check_drive(field: Mapping[str, Any]) -> float:
    """Seconds that it lasts."""
    ends = {}
    for name, (least, most), slew in (
        ("amplitude", RABI, RABI_SLEW),
        ("detuning", DETUNING, DETUNING_SLEW),
        ("phase", PHASE, None),
    ):
        place = f"hamiltonian.drivingFields[0].{name}"
        part = field.get(name)
        if not isinstance(part, dict) or part.get("pattern") != "uniform":
            _refuse(place, "must have the pattern uniform")
        times, values = _series(part.get("time_series"), f"{place}.time_series")
        for index, value in enumerate(values):
            if not least * (1 + _SLACK) <= value <= most * (1 + _SLACK):
                _refuse(f"{place}.time_series.values[{index}]", f"is {value:g}; Aquila takes {least:g} to {most:g}")
        for index in range(1, len(times)) if slew is not None else ():
            rate = abs(values[index] - values[index - 1]) / (times[index] - times[index - 1])
            if slew is not None and rate > slew * (1 + 1e-6):
                _refuse(f"{place}.time_series.values[{index}]", f"changes by {rate:.3g} per second; Aquila allows {slew:g}")
        if name == "amplitude" and (values[0] or values[-1]):
            _refuse(f"{place}.time_series", "must begin and end at 0")
        ends[name] = times[-1]
    if len(set(ends.values())) > 1:
        _refuse("hamiltonian.drivingFields[0]", "amplitude, detuning and phase must end at the same time")
    return ends["amplitude"]


def _series(given: Any, place: str) -> tuple[list[float], list[float]]:
    times, values = (given.get("times"), given.get("values")) if isinstance(given, dict) else (None, None)
    if not isinstance(times, list) or not isinstance(values, list) or len(times) != len(values) or len(times) < 2:
        _refuse(place, "must have two or more times and as many values")
    if len(times) > 10_000:
        _refuse(place, "has more than 10,000 times")
    at = [_number(time, f"{place}.times[{index}]") for index, time in enumerate(times)]
    if at[0] != 0:
        _refuse(f"{place}.times[0]", "must be 0")
    for index in range(1, len(at)):
        if at[index] - at[index - 1] < SHORTEST_STEP * (1 - 1e-6):
            _refuse(f"{place}.times[{index}]", f"comes too soon: Aquila's steps take at least {SHORTEST_STEP * 1e9:g} ns")
    if at[-1] > LONGEST * (1 + 1e-6):
        _refuse(f"{place}.times[{len(at) - 1}]", f"is {at[-1] * 1e6:.4g} µs; Aquila drives at most {LONGEST * 1e6:g} µs")
    return at, [_number(value, f"{place}.values[{index}]") for index, value in enumerate(values)]


def _inside(program: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found: Any = program
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        _refuse(".".join(names), "must be an object")
    return found


def _number(value: Any, place: str) -> float:
    """Braket writes its decimals as texts."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        _refuse(place, "must be a number")
    return number


def _refuse(place: str, message: str) -> NoReturn:
    raise EngineProblem("unsupported", f"{place}: {message}.")
