"""The end of the door that every kind of engine box has: one answer to each message, until the other end closes."""

from collections.abc import Callable
from typing import Any, Protocol

from .problems import EngineProblem

Message = dict[str, Any]


class Door(Protocol):
    def send(self, message: Message, /) -> None: ...

    def receive(self) -> Message | None: ...


def answer_all(door: Door, answer: Callable[[Message], Message]) -> None:
    """Says hello; returns when the other end closes."""
    door.send({"verb": "hello"})
    while True:
        try:
            message = door.receive()
        except EOFError:
            return
        if message is None:
            return
        door.send(answer(message))


def answer_one(message: Message, act: Callable[[Message], Message], who: str, too_large: EngineProblem, failed: str) -> Message:
    """{"id", …} or {"id", "error"}; never an exception. `too_large`: told when memory ran out; `failed`: the code of what nobody foresaw,
    whose message begins with `who`."""
    number = message.get("id")
    try:
        return {"id": number, **act(message)}
    except EngineProblem as problem:
        return {"id": number, "error": problem.body()}
    except MemoryError:
        return {"id": number, "error": too_large.body()}
    except Exception as problem:  # noqa: BLE001
        said = f"{who} failed: {type(problem).__name__}: {problem}"
        return {"id": number, "error": EngineProblem(failed, said, category="system").body()}


def program_in(message: Message) -> Message:
    """{"format", "text", …}, both texts. Raises EngineProblem validation_error."""
    program = message.get("program")
    if not isinstance(program, dict) or not isinstance(program.get("text"), str) or not isinstance(program.get("format"), str):
        raise EngineProblem("validation_error", '"program" must be {"format", "text"}.')
    return program
