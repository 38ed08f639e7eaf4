"""The mitigation box's end of the door: plan, look, calibrate_all and mitigate, one answer to each. It keeps nothing between two frames."""

from typing import Any

from quapsule.providers.engines.door import Door, Message, answer_all, answer_one

from .mitigate import mitigate
from .plan import calibrate_all, look_at, make_plan
from .problems import MitigationProblem


def serve(door: Door) -> None:
    """Returns when the other end closes."""
    answer_all(door, answer)


def answer(message: Message) -> Message:
    too_large = MitigationProblem("The program is too large to be mitigated here.")
    return answer_one(message, _act, "The mitigation", too_large, "mitigation_failed")


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
