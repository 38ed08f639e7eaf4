"""Cirq: the script gets a real cirq.Sampler whose circuits cross the door as OpenQASM 3."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import cirq
import numpy as np
import sympy

from quapsule.runner.door import Door, DoorError
from quapsule.runner.programs import Programs, Sent
from quapsule.runner.shots import draw_shots

from .cirq_circuits import Asked, write_circuit

NAME = "cirq"
# What scripts import beside cirq itself; only imported, never run, in the process that forks.
IMPORTS = ("asyncio", "numpy", "pandas", "quapsule.integrity.witness", "scipy.optimize", "sympy")


class Problem(DoorError, ValueError):  # noqa: N818 - the frameworks share the name
    """A refusal by the platform's backend; caught by `except ValueError`, as Cirq's own refusals are."""

    __str__ = Exception.__str__


def detect(imports: Iterable[tuple[str, int]]) -> bool:
    """Whether a script's imports speak for this framework."""
    return any(name in ("cirq", "cirq_google") for name, _ in imports)


def device(door: Door, start: Mapping[str, Any]) -> "Device":
    return Device(door, start)


def program_of(value: Any) -> dict[str, str] | None:
    """A circuit as OpenQASM 3; None for anything else. Symbols are inputs by number. Raises Problem when it cannot be expressed."""
    if not isinstance(value, cirq.AbstractCircuit):
        return None
    names = cirq.parameter_names(value)
    asked = write_circuit(value, [cirq.ParamResolver(dict.fromkeys(names, 0.0))], Problem)[0]
    inputs = [f"angle_{place}" for place in range(len(asked.written.numbers))] if names else []
    return {"format": "qasm3", "text": asked.written.text(inputs)}


def plain_of(value: Any) -> Any:
    """A result as its counts by key (bits in Cirq's order); sympy numbers as numbers; anything else as it is."""
    if isinstance(value, cirq.Result):
        return {key: dict(sorted(Counter("".join(map(str, row.ravel())) for row in shots).items())) for key, shots in value.records.items()}
    if isinstance(value, sympy.Number):
        return int(value) if value.is_Integer else float(value)
    return value


def warm() -> None:
    """Touches what every circuit touches."""
    a, b = cirq.LineQubit.range(2)
    bell = cirq.Circuit(cirq.H(a), cirq.rx(sympy.Symbol("t")).on(b), cirq.CNOT(a, b), cirq.measure(a, b, key="m"))
    asked = write_circuit(bell, list(cirq.to_resolvers({"t": 0.3})), Problem)[0]
    asked.written.text()
    asked.written.meaning(asked.written.numbers)
    str(_result(asked, {"00": 1, "11": 1}, cirq.ParamResolver({}), None, np.random.default_rng(0)))


class Device(cirq.Sampler):  # type: ignore[misc]
    """The job's backend as a cirq.Sampler. Where a call names no repetitions, the job's shots hold."""

    def __init__(self, door: Door, start: Mapping[str, Any]) -> None:
        self._door = door
        self._shots = int(start["shots"])
        self._params = {name: value for name, value in start["params"].items() if _is_number(value)}
        self._programs = Programs(door, Problem)
        self._random = np.random.default_rng(start.get("seed"))
        self.backend = dict(start["backend"])
        self.name = self.backend["slug"]

    def run(
        self, program: cirq.AbstractCircuit, param_resolver: cirq.ParamResolverOrSimilarType = None, repetitions: int | None = None
    ) -> cirq.Result:
        """Raises Problem."""
        return self.run_sweep(program, cirq.ParamResolver(param_resolver), repetitions)[0]

    def run_sweep(self, program: cirq.AbstractCircuit, params: cirq.Sweepable, repetitions: int | None = None) -> Sequence[cirq.Result]:
        """One result per point of the sweep; all points go out in one call. Raises Problem."""
        return self.run_batch([program], [params], repetitions)[0]

    def run_batch(
        self,
        programs: Sequence[cirq.AbstractCircuit],
        params_list: Sequence[cirq.Sweepable] | None = None,
        repetitions: int | Sequence[int] | None = None,
    ) -> Sequence[Sequence[cirq.Result]]:
        """Results by circuit and point. Circuits that differ in numbers alone go out in one call. Raises Problem."""
        given = self._shots if repetitions is None else repetitions
        sweeps, shots = self._normalize_batch_args(programs, params_list, given)
        wanted: list[tuple[Asked, cirq.ParamResolver, int]] = []
        sizes = []
        for program, sweep, each in zip(programs, sweeps, shots, strict=True):
            if not isinstance(program, cirq.AbstractCircuit):
                raise Problem(f"A sampler runs cirq.Circuit objects, not {type(program).__name__}.", "user", "unsupported")
            if each < 1:
                raise Problem(f"repetitions is {each}; a backend runs a circuit at least once.", "user", "validation_error")
            resolvers = list(cirq.to_resolvers(sweep))
            wanted += [(asked, resolver, int(each)) for asked, resolver in zip(_write(program, resolvers), resolvers, strict=True)]
            sizes.append(len(resolvers))
        results = self._send(wanted)
        return [[results.pop(0) for _ in range(size)] for size in sizes]

    async def run_async(
        self, program: cirq.AbstractCircuit, param_resolver: cirq.ParamResolverOrSimilarType = None, repetitions: int | None = None
    ) -> cirq.Result:
        return self.run(program, param_resolver, repetitions)

    async def run_sweep_async(
        self, program: cirq.AbstractCircuit, params: cirq.Sweepable, repetitions: int | None = None
    ) -> Sequence[cirq.Result]:
        return self.run_sweep(program, params, repetitions)

    async def run_batch_async(
        self,
        programs: Sequence[cirq.AbstractCircuit],
        params_list: Sequence[cirq.Sweepable] | None = None,
        repetitions: int | Sequence[int] | None = None,
    ) -> Sequence[Sequence[cirq.Result]]:
        return self.run_batch(programs, params_list, repetitions)

    def sample(self, program: cirq.AbstractCircuit, *, repetitions: int | None = None, params: cirq.Sweepable = None) -> Any:
        """A pandas DataFrame, as Cirq's own sample."""
        return super().sample(program, repetitions=self._shots if repetitions is None else repetitions, params=params)

    def run_circuits(self, circuits: Sequence[cirq.AbstractCircuit]) -> None:
        """What a script left at its top level or returned; numbers of params resolve its symbols by name."""
        self.run_batch(circuits, [self._params] * len(circuits))

    def progress(self, message: str, fraction: float | None = None) -> None:
        self._door.progress(message, fraction)

    def _send(self, wanted: Sequence[tuple[Asked, cirq.ParamResolver, int]]) -> list[cirq.Result]:
        sent = self._programs.run([asked.written for asked, _, _ in wanted], [shots for _, _, shots in wanted])
        return [_result(asked, one.counts, resolver, one, self._random) for (asked, resolver, _), one in zip(wanted, sent, strict=True)]


def _write(program: cirq.AbstractCircuit, resolvers: Sequence[cirq.ParamResolver]) -> list[Asked]:
    try:
        return write_circuit(program, resolvers, Problem)
    except DoorError:
        raise
    except ValueError as refusal:  # Cirq's own, of keys that do not fit together
        raise Problem(f"The circuit cannot be written as OpenQASM 3: {refusal}", "user", "unsupported") from refusal


def _result(
    asked: Asked, counts: Mapping[str, int], resolver: cirq.ParamResolver, sent: Sent | None, random: np.random.Generator
) -> cirq.Result:
    """A circuit that measures nothing has been measured whole, and its bits come under the name that the platform gave them."""
    keys = asked.keys
    if not keys and sent is not None:
        keys = {name: (1, width) for name, width in sent.prepared.registers}
    shots = draw_shots(counts, random)
    records, start = {}, 0
    for key, (count, width) in keys.items():
        end = start + count * width
        records[key] = shots[:, start:end].reshape(len(shots), count, width)
        start = end
    return cirq.ResultDict(params=resolver, records=records)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
