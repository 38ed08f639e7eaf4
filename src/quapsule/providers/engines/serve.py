"""The engine box's end of the door: configure, prepare, run, translate, certify, draw, forget, one answer to each."""

from functools import partial
from typing import Any

from .asked import Asked
from .choose import Limits
from .door import Door, Message, answer_all, answer_one, program_in
from .drawing import draw
from .engine import MOST_BINDINGS, MOST_SHOTS, OWN_BYTES, Engine
from .problems import EngineProblem

DEFAULT_MEMORY_BYTES = 1 << 30

_SOME_NOISE = {"preset": "uniform", "one_qubit": 0.01, "two_qubit": 0.01, "readout": [0.01, 0.01]}
_BELL = """OPENQASM 3.0;
include "stdgates.inc";
input float a;
gate pair(t) left, right { ry(t) left; ctrl @ x left, right; }
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
rz(a * 2 - pi / 2) q[1];
pair(a) q[1], q[0];
c[0] = measure q[0];
c[1] = measure q[1];
"""


def serve(door: Door) -> None:
    """Says hello once the parser and the simulators are warm; returns when the other end closes."""
    warm = Engine(Limits(DEFAULT_MEMORY_BYTES))
    for noise in (None, None, _SOME_NOISE):
        warm.run(warm.prepare(Asked("qasm3", _BELL, noise=noise))["handle"], [{"a": 0.5}], 100, 1)
    engine = Engine(Limits(DEFAULT_MEMORY_BYTES - OWN_BYTES))
    answer_all(door, partial(answer, engine))


def answer(engine: Engine, message: Message) -> Message:
    too_large = EngineProblem("too_many_qubits", "The engine ran out of memory.")
    return answer_one(message, partial(_act, engine), "The engine", too_large, "engine_failed")


def _act(engine: Engine, message: dict[str, Any]) -> dict[str, Any]:
    match message.get("verb"):
        case "configure":
            engine.configure(_whole(message, "memory_bytes"), _whole(message, "max_qubits"))
            return {"ok": True}
        case "prepare":
            return engine.prepare(_asked(program_in(message), message), message.get("simulate") is not False)
        case "run":
            return _run(engine, message)
        case "translate":
            return engine.translate(_handle(message), _one_binding(message), message)
        case "certify":
            executed = message.get("executed")
            if not isinstance(executed, dict):
                raise _malformed('"executed" must be {"format", "text"}')
            return engine.certify(_handle(message), _one_binding(message), executed)
        case "draw":
            program = program_in(message)
            return {"drawing": draw(program["format"], program["text"])}
        case "forget":
            handle = message.get("handle")
            engine.forget(handle if isinstance(handle, str) else None)
            return {"ok": True}
        case verb:
            raise _malformed(f"there is no verb {verb!r}")


def _asked(program: dict[str, Any], message: dict[str, Any]) -> Asked:
    witness, noise, device, methods = program.get("witness"), message.get("noise"), message.get("device"), message.get("methods")
    for name, value in (("witness", witness), ("noise", noise), ("device", device)):
        if value is not None and not isinstance(value, dict):
            raise _malformed(f'"{name}" must be an object')
    if methods is not None and not (isinstance(methods, list | tuple) and all(isinstance(one, str) for one in methods)):
        raise _malformed('"methods" must be a list of names')
    return Asked(program["format"], program["text"], witness, noise, device, None if methods is None else tuple(methods))


def _run(engine: Engine, message: dict[str, Any]) -> dict[str, Any]:
    handle, bindings = _handle(message), _bindings(message)
    shots, seed = _whole(message, "shots"), _whole(message, "seed")
    if shots is None or not 1 <= shots <= MOST_SHOTS:
        raise _malformed(f'"shots" must be 1 to {MOST_SHOTS:,}')
    # The simulator takes seeds of 63 bits.
    return engine.run(handle, bindings, shots, None if seed is None else seed & (1 << 62) - 1, message.get("statevector") is True)


def _handle(message: dict[str, Any]) -> str:
    handle = message.get("handle")
    if not isinstance(handle, str):
        raise _malformed('"handle" must be text')
    return handle


def _one_binding(message: dict[str, Any]) -> dict[str, float]:
    """As one mapping, or as a list of one."""
    given = message.get("bindings")
    bindings = _bindings(message | {"bindings": [given] if isinstance(given, dict) else given})
    if len(bindings) != 1:
        raise _malformed('"bindings" must be one')
    return bindings[0]


def _bindings(message: dict[str, Any]) -> list[dict[str, float]]:
    bindings = message.get("bindings") or [{}]
    if not isinstance(bindings, list) or len(bindings) > MOST_BINDINGS:
        raise _malformed(f'"bindings" must be a list of at most {MOST_BINDINGS:,}')
    for binding in bindings:
        if not isinstance(binding, dict) or not all(_is_number(value) for value in binding.values()):
            raise _malformed('each of "bindings" must map input names to numbers')
    return bindings


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(message: dict[str, Any], name: str) -> int | None:
    value = message.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise _malformed(f'"{name}" must be a whole number')
    return value


def _malformed(message: str) -> EngineProblem:
    return EngineProblem("validation_error", message[0].upper() + message[1:] + ".")
