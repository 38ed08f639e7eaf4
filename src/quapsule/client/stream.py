"""Server-sent events: one open answer, resumed by Last-Event-ID after a break."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from quapsule.client.connection import Connection
from quapsule.client.refusals import Refused, Unreachable

SILENCE_SECONDS = 45.0  # longer than the server's pause between two heartbeats


@dataclass(frozen=True)
class Event:
    """`name` like job.completed, `id` for Last-Event-ID, `data` the parsed JSON. `reset`: what was missed is gone, read anew.

    `name` empty: only a sign of life, which may bring a newer `id`.
    """

    name: str
    id: str
    data: Any


def parse(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Events and signs of life of a byte stream. Lines end at CR, LF or CRLF alone: JSON may hold U+2028 and the like."""
    name, data, last_id, beat = "", list[str](), "", False
    for line in _lines(chunks):
        if not line:
            if data:
                yield Event(name or "message", last_id, _json("\n".join(data)))
            elif beat:
                yield Event("", last_id, None)
            name, data, beat = "", [], False
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        beat = True
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id" and "\0" not in value:
            last_id = value


@contextmanager
def listen(
    connection: Connection, *, last_id: str | None = None, topics: str | None = None, silence_seconds: float = SILENCE_SECONDS
) -> Iterator[Iterator[Event]]:
    """One open stream: when the block is entered the server has subscribed us. Raises Refused, Unreachable (also on a break)."""
    headers = {"last-event-id": last_id} if last_id else {}
    path = f"/api/events?topics={topics}" if topics else "/api/events"
    with connection.stream(path, headers, silence_seconds=silence_seconds) as response:
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            raise Refused("unexpected_answer", "The server does not push events.", status=response.status_code)
        yield parse(response.iter_bytes())


def events(
    connection: Connection, *, last_id: str | None = None, topics: str | None = None, told: Callable[[bool], None] = lambda _: None
) -> Iterator[Event]:
    """Events for ever: after a break it reconnects and resumes. Raises Refused when the server refuses (a restart is no refusal).

    `told`: is called with True when the server has subscribed us, with False after a break."""
    pause = 0.1
    while True:
        try:
            with listen(connection, last_id=last_id, topics=topics) as found:
                told(True)
                for event in found:
                    pause, last_id = 0.1, event.id or last_id
                    if event.name:
                        yield event
        except Unreachable:
            pass  # a break is what resuming is for
        except Refused as refusal:
            if refusal.status not in (429, 502, 503, 504):
                raise
        told(False)
        time.sleep(pause)
        pause = min(pause * 2, 5.0)


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    rest, after_cr = b"", False
    for chunk in chunks:
        if not chunk:
            continue
        if after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]  # the second half of a CRLF
        after_cr = chunk.endswith(b"\r")
        parts = (rest + chunk).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest = parts.pop()
        for part in parts:
            yield part.decode("utf-8", "replace")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
