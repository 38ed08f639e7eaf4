"""What a script prints: read as it comes, so that the script never waits for us; kept up to a limit."""

import os


class Output:
    def __init__(self, fd: int, keep_bytes: int) -> None:
        self.fd = fd
        self._keep_bytes = keep_bytes
        self._parts: list[bytes] = []
        self._kept = 0
        self.truncated = False
        self.ended = False

    @property
    def kept(self) -> bytes:
        return b"".join(self._parts)

    def drain(self, most_bytes: int = 4 << 20) -> None:
        """Takes what is there, without waiting; at most `most_bytes`, so that an endless printer does not hold the worker."""
        taken = 0
        while taken < most_bytes:
            try:
                chunk = os.read(self.fd, 1 << 16)
            except BlockingIOError:
                return
            except OSError:
                chunk = b""
            if not chunk:
                self.ended = True
                return
            taken += len(chunk)
            room = self._keep_bytes - self._kept
            self.truncated = self.truncated or len(chunk) > room
            if room > 0:
                self._parts.append(chunk[:room])
                self._kept += min(room, len(chunk))
