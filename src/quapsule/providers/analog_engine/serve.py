"""The analog box's end of the door: configure, prepare, run, forget, as an engine's; programs are AHS, counts are letters by atom."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from quapsule.providers.engines.door import Door, Message, answer_all, answer_one, program_in
from quapsule.providers.engines.problems import EngineProblem

from .aquila import AnalogProgram, read_analog
from .simulate import METHOD, NAME, VERSION, evolve, sample

# 2^12 configurations take 10 to 20 s on one core and 300 MiB; each atom more doubles both.
MOST_ATOMS = 12
MOST_SHOTS = 1_000_000
MOST_HANDLES = 1_000
_SECONDS_OF_12 = 12.0


@dataclass
class AnalogEngine:
    """Prepared programs by handle; what a program ends in is computed once and sampled as often as it is run."""

    programs: dict[str, AnalogProgram] = field(default_factory=dict)
    count: int = 0
    _ended: dict[str, tuple[list[str], Any, float]] = field(default_factory=dict)

    def prepare(self, format: str, text: str) -> dict[str, Any]:
        if format != "ahs":
            raise EngineProblem("unsupported", f"An analog device takes AHS programs, no {format}.")
        if len(self.programs) >= MOST_HANDLES:
            raise EngineProblem("unsupported", f"More than {MOST_HANDLES:,} programs were prepared in one job.")
        program = read_analog(text)
        if program.atoms > MOST_ATOMS:
            raise EngineProblem(
                "too_many_qubits",
                f"The program has {program.atoms} atoms; its 2^{program.atoms} configurations are too many to be simulated here, "
                f"where at most {MOST_ATOMS} atoms are.",
            )
        self.count += 1
        handle = f"a{self.count}"
        self.programs[handle] = program
        sites = len(program.filling)
        facts = {"sites": sites, "atoms": program.atoms, "drive_seconds": program.seconds, "seconds_predicted": _predict(program)}
        return {
            "handle": handle,
            "registers": [["atoms", sites]],
            "parameters": [],
            "qubits": sites,
            "measured": "as_written",
            "interchange": text,
            "executed": text,
            "certificates": [],
            "flags": [],
            "facts": facts,
        }

    def run(self, handle: Any, bindings: Any, shots: Any, seed: Any) -> dict[str, Any]:
        program = self.programs.get(handle) if isinstance(handle, str) else None
        if program is None or not isinstance(handle, str):
            raise EngineProblem("unsupported", f"There is no prepared program {handle!r}.")
        if not isinstance(shots, int) or isinstance(shots, bool) or not 1 <= shots <= MOST_SHOTS:
            raise EngineProblem("validation_error", f'"shots" must be 1 to {MOST_SHOTS:,}.')
        if not isinstance(bindings, list) or not bindings or any(binding != {} for binding in bindings):
            raise EngineProblem("unsupported", "An analog program has no inputs to bind.")
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise EngineProblem("validation_error", '"seed" must be a whole number.')
        if handle not in self._ended:
            self._ended[handle] = evolve(program)
        configurations, weights, seconds = self._ended[handle]
        results = [
            {"counts": sample(configurations, weights, program.filling, shots, None if seed is None else (seed + number) % (1 << 63))}
            for number in range(len(bindings))
        ]
        return {
            "results": [{**result, "shots": shots} for result in results],
            "engine": {
                "name": NAME,
                "method": METHOD,
                "version": VERSION,
                "why": f"Braket's simulator of neutral atoms; {len(configurations):,} configurations, without a blockade approximation",
                "seconds": round(seconds, 6),
                "seconds_predicted": _predict(program),
                "memory_bytes_predicted": _memory(program),
                "letters": {"e": "empty site", "g": "ground state", "r": "Rydberg state"},
            },
        }

    def forget(self, handle: Any) -> None:
        for kept in (self.programs, self._ended):
            if isinstance(handle, str):
                kept.pop(handle, None)
            else:
                kept.clear()


def serve(door: Door) -> None:
    """Says hello once the simulator is warm; returns when the other end closes."""
    warm = AnalogEngine()
    warm.run(warm.prepare("ahs", _WARM)["handle"], [{}], 10, 1)
    engine = AnalogEngine()
    answer_all(door, partial(answer, engine))


def answer(engine: AnalogEngine, message: Message) -> Message:
    too_large = EngineProblem("too_many_qubits", "The analog engine ran out of memory.")
    return answer_one(message, partial(_act, engine), "The analog engine", too_large, "engine_failed")


def _act(engine: AnalogEngine, message: dict[str, Any]) -> dict[str, Any]:
    match message.get("verb"):
        case "configure":
            return {"ok": True}
        case "prepare":
            program = program_in(message)
            return engine.prepare(program["format"], program["text"])
        case "run":
            return engine.run(message.get("handle"), message.get("bindings") or [{}], message.get("shots"), message.get("seed"))
        case "forget":
            engine.forget(message.get("handle"))
            return {"ok": True}
        case verb:
            raise EngineProblem("validation_error", f"There is no verb {verb!r}.")


def _predict(program: AnalogProgram) -> float:
    return round(1.0 + _SECONDS_OF_12 * 2.0 ** (program.atoms - MOST_ATOMS) * program.seconds / 4e-6, 3)


def _memory(program: AnalogProgram) -> int:
    """Every point in time keeps its state."""
    return int((16 << program.atoms) * 1000 + (200 << 20))


_WARM = (
    '{"setup": {"ahs_register": {"sites": [["0", "0"], ["0", "5.5e-6"]], "filling": [1, 1]}}, "hamiltonian": {"drivingFields": [{'
    '"amplitude": {"pattern": "uniform", "time_series": {"times": ["0", "1e-7", "2e-7"], "values": ["0", "1e7", "0"]}},'
    '"detuning": {"pattern": "uniform", "time_series": {"times": ["0", "2e-7"], "values": ["0", "0"]}},'
    '"phase": {"pattern": "uniform", "time_series": {"times": ["0", "2e-7"], "values": ["0", "0"]}}}], "localDetuning": []}}'
)
