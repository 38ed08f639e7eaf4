"""The mitigation box's end of the door: plan, look, calibrate_all and mitigate, one answer to each. It keeps nothing between two frames."""

from typing import Any, Protocol

from .mitigate import mitigate
from .plan import calibrate_all, look_at, make_plan
from .problems import MitigationProblem


class Door(Protocol):
    def send(self, message: dict[str, Any], /) -> None: ...

    def receive(self) -> dict[str, Any] | None: ...


def serve(door: Door) -> None:
    """Returns when the other end closes."""
    door.send({"verb": "hello"})
    while True:
        try:
            message = door.receive()
        except EOFError:
            return
        if message is None:
            return
        door.send(answer(message))


def answer(message: dict[str, Any]) -> dict[str, Any]:
    """The answer to one message: {"id", …} or {"id", "error"}; never an exception."""
    number = message.get("id")
    try:
        return {"id": number, **_act(message)}
    except MitigationProblem as problem:
        return {"id": number, "error": problem.body()}
    except MemoryError:
        return {"id": number, "error": MitigationProblem("The program is too large to be mitigated here.").body()}
    except Exception as problem:  # noqa: BLE001
        said = f"The mitigation failed: {type(problem).__name__}: {problem}"
        return {"id": number, "error": {"category": "system", "code": "mitigation_failed", "message": said}}


def _act(message: dict[str, Any]) -> dict[str, Any]:
    match message.get("verb"):
        case "plan":
            planned: dict[str, Any] = make_plan(
                message["text"],
                _registers(message),
                message["readout"],
                message["scales"],
                message["observable"],
            )
            return planned
        case "look":
            return {"programs": [look_at(one["text"], _registers(one)) for one in message["programs"]]}
        case "calibrate_all":
            return {"calibration": calibrate_all(message["qubits"])}
        case "mitigate":
            names = ("observable", "counts", "places", "calibration", "calibrated", "zne")
            return {"mitigated": mitigate(*(message[name] for name in names))}
        case verb:
            raise MitigationProblem(f"There is no verb {verb!r}.", "validation_error")


def _registers(message: dict[str, Any]) -> list[tuple[str, int]]:
    return [(name, width) for name, width in message["registers"]]
