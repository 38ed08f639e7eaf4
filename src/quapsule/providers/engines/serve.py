"""The engine box's end of the door: configure, prepare, run, forget, one answer to each."""

from typing import Any, Protocol

from .choose import Limits
from .engine import MOST_BINDINGS, MOST_SHOTS, OWN_BYTES, Engine
from .problems import EngineProblem

DEFAULT_MEMORY_BYTES = 1 << 30

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


class Door(Protocol):
    def send(self, message: dict[str, Any], /) -> None: ...

    def receive(self) -> dict[str, Any] | None: ...


def serve(door: Door) -> None:
    """Says hello once the parser and the simulator are warm; returns when the other end closes."""
    warm = Engine(Limits(DEFAULT_MEMORY_BYTES))
    for _ in range(2):
        warm.run(warm.prepare("qasm3", _BELL)["handle"], [{"a": 0.5}], 100, 1)
    engine = Engine(Limits(DEFAULT_MEMORY_BYTES - OWN_BYTES))
    door.send({"verb": "hello"})
    while True:
        try:
            message = door.receive()
        except EOFError:
            return
        if message is None:
            return
        door.send(answer(engine, message))


def answer(engine: Engine, message: dict[str, Any]) -> dict[str, Any]:
    """The answer to one message: {"id", …} or {"id", "error"}; never an exception."""
    number = message.get("id")
    try:
        return {"id": number, **_act(engine, message)}
    except EngineProblem as problem:
        return {"id": number, "error": problem.body()}
    except MemoryError:
        return {"id": number, "error": EngineProblem("too_many_qubits", "The engine ran out of memory.").body()}
    except Exception as problem:  # noqa: BLE001
        said = f"The engine failed: {type(problem).__name__}: {problem}"
        return {"id": number, "error": EngineProblem("engine_failed", said, category="system").body()}


def _act(engine: Engine, message: dict[str, Any]) -> dict[str, Any]:
    match message.get("verb"):
        case "configure":
            engine.configure(_whole(message, "memory_bytes"), _whole(message, "max_qubits"))
            return {"ok": True}
        case "prepare":
            program = message.get("program")
            if not isinstance(program, dict) or not isinstance(program.get("text"), str) or not isinstance(program.get("format"), str):
                raise _malformed('"program" must be {"format", "text"}')
            return engine.prepare(program["format"], program["text"])
        case "run":
            return _run(engine, message)
        case "forget":
            handle = message.get("handle")
            engine.forget(handle if isinstance(handle, str) else None)
            return {"ok": True}
        case verb:
            raise _malformed(f"there is no verb {verb!r}")


def _run(engine: Engine, message: dict[str, Any]) -> dict[str, Any]:
    handle, bindings = message.get("handle"), message.get("bindings") or [{}]
    shots, seed = _whole(message, "shots"), _whole(message, "seed")
    if not isinstance(handle, str):
        raise _malformed('"handle" must be text')
    if shots is None or not 1 <= shots <= MOST_SHOTS:
        raise _malformed(f'"shots" must be 1 to {MOST_SHOTS:,}')
    if not isinstance(bindings, list) or len(bindings) > MOST_BINDINGS:
        raise _malformed(f'"bindings" must be a list of at most {MOST_BINDINGS:,}')
    for binding in bindings:
        if not isinstance(binding, dict) or not all(_is_number(value) for value in binding.values()):
            raise _malformed('each of "bindings" must map input names to numbers')
    # The simulator takes seeds of 63 bits.
    return engine.run(handle, bindings, shots, None if seed is None else seed & (1 << 62) - 1)


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
