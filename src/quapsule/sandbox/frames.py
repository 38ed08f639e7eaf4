"""Door v1, the worker's end: 4-byte big-endian length, then one JSON object of at most 8 MiB (docs/door.md).

What arrives was written by code that nobody vouches for, so parsing is strict: UTF-8, no NaN or infinity, no duplicate keys, bounded depth.
"""

import json
import socket
import struct
import time
from typing import Any

import orjson

MAX_FRAME = 8 << 20
MAX_DEPTH = 64
_HEADER = struct.Struct(">I")


class FrameError(ValueError):
    """The other end broke the door's rules; code is one of too_large, bad_json, too_deep, duplicate_key, not_an_object, cut_off."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def encode(message: dict[str, Any]) -> bytes:
    """One frame. Raises FrameError too_large or bad_json (a value that JSON lacks)."""
    try:
        body = orjson.dumps(message)
    except (TypeError, ValueError) as problem:
        raise FrameError("bad_json", f"The message is not JSON: {problem}") from problem
    if len(body) > MAX_FRAME:
        raise FrameError("too_large", f"A frame holds at most {MAX_FRAME} bytes, this one has {len(body)}.")
    return _HEADER.pack(len(body)) + body


def decode(body: bytes | bytearray) -> dict[str, Any]:
    """The object in a frame's body. Raises FrameError."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        code = "too_deep" if str(problem).startswith("depth limit") else "bad_json"
        raise FrameError(code, f"The frame is not strict JSON: {problem}") from problem
    if not isinstance(message, dict):
        raise FrameError("not_an_object", "A frame holds one JSON object.")
    _refuse_depth(message)
    # orjson keeps the last of two equal keys; a second reader might keep the first, so neither is believed.
    json.loads(body, object_pairs_hook=_refuse_duplicates)
    return message


class Door:
    """The worker's end of a box's only exit. Not for use by two threads at once."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._socket.setblocking(False)
        self._partial = bytearray()
        self._length: int | None = None

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: dict[str, Any], timeout: float = 10.0) -> None:
        """Raises FrameError, TimeoutError when the box does not read within timeout seconds, BrokenPipeError when it is gone."""
        left = memoryview(encode(message))
        deadline = time.monotonic() + timeout
        while left:
            # A timeout of 0 would mean non-blocking; the deadline is checked before each try.
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            sent = self._socket.send(left)
            left = left[sent:]
            if left and time.monotonic() >= deadline:
                raise TimeoutError("The box does not read its door.")

    def receive(self, timeout: float | None = None) -> dict[str, Any] | None:
        """The next message; None when the box has closed its end. Raises FrameError, or TimeoutError after timeout seconds.

        A frame that has come in part stays here, so that a caller may poll with short timeouts.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        if self._length is None:
            if not self._fill(_HEADER.size, deadline):
                return None
            (length,) = _HEADER.unpack(self._partial)
            if length > MAX_FRAME:
                raise FrameError("too_large", f"A frame holds at most {MAX_FRAME} bytes, this one claims {length}.")
            self._length = length
            self._partial = bytearray()
        if not self._fill(self._length, deadline):
            raise FrameError("cut_off", "The door closed within a frame.")
        body, self._partial, self._length = self._partial, bytearray(), None
        return decode(body)

    def close(self) -> None:
        self._socket.close()

    def _fill(self, size: int, deadline: float | None) -> bool:
        """Reads until size bytes are here; False at the end of the stream."""
        while len(self._partial) < size:
            self._socket.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.0001))
            try:
                chunk = self._socket.recv(min(size - len(self._partial), 1 << 18))
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                if self._partial:
                    raise FrameError("cut_off", "The door closed within a frame.")
                return False
            self._partial += chunk
        return True


def _refuse_depth(message: dict[str, Any]) -> None:
    level: list[Any] = [message]
    for _ in range(MAX_DEPTH):
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item) if isinstance(inner, dict | list)]
        if not level:
            return
    raise FrameError("too_deep", f"A frame nests at most {MAX_DEPTH} levels.")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FrameError("duplicate_key", "A JSON object names a key twice.")
    return found
