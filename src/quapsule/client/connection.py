"""One kept-alive HTTP connection: timeouts, retries of what may be repeated, and errors as Refused or Unreachable."""

import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from os import SEEK_END
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from quapsule.client.refusals import Refused, Unreachable

_SAFE = frozenset({"GET", "HEAD"})
_PASSING = frozenset({429, 502, 503, 504})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CODES = {401: "unauthorized", 403: "permission_denied", 404: "not_found", 429: "rate_limited"}


class Connection:
    """`patience_seconds`: how long a call that may be repeated is tried again. `renew` gives a new token after a 401, once."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_seconds: float = 30.0,
        patience_seconds: float = 1.0,
        renew: Callable[[], str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        host = _host(url)
        self.url = url.rstrip("/")
        self.token = token
        self.patience_seconds = patience_seconds
        self._renew = renew
        self._http = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(timeout_seconds, connect=5.0),
            headers={"user-agent": "quapsule-client", "accept": "application/json"},
            transport=transport,
            # A proxy of the environment has no way to this machine's own loopback.
            trust_env=host not in _LOOPBACK,
            # Reading the roots takes 20 ms, for nothing where nothing is encrypted: then none are trusted.
            verify=self.url.casefold().startswith("https:") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        key: UUID | None = None,
        timeout_seconds: float | None = None,
    ) -> Any:
        """The answer's JSON (None when it has no body). With `key` (Idempotency-Key) a write may be repeated. Raises Refused."""
        repeatable = method in _SAFE or key is not None
        headers = {"idempotency-key": str(key)} if key else {}
        arguments: dict[str, Any] = {"params": _given(query), "headers": headers}
        if body is not None:
            arguments["json"] = body
        if timeout_seconds is not None:
            arguments["timeout"] = httpx.Timeout(timeout_seconds, connect=5.0)
        until, pause, renewed = time.monotonic() + self.patience_seconds, 0.05, False
        while True:
            problem: Refused
            wait = pause * random.uniform(0.5, 1.5)  # noqa: S311  # spreads clients out; no secret
            try:
                response = self._http.request(method, path, **arguments, auth=self._sign)
                if response.is_success:
                    return _content(response)
                problem = refusal_of(response)
                if response.status_code == 401 and self._renew and not renewed:
                    self.token, renewed = self._renew(), True
                    continue
                passing = response.status_code in _PASSING
                wait = max(wait, _retry_after(response))
            except httpx.TransportError as error:
                # A refused connection was never a request: any method may try again.
                problem, passing = _unreachable(self.url, error), True
                repeatable = repeatable or isinstance(error, httpx.ConnectError)
            if not (passing and repeatable) or time.monotonic() + wait > until:
                raise problem
            time.sleep(wait)
            pause = min(pause * 2, 1.0)

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str], *, silence_seconds: float) -> Iterator[httpx.Response]:
        """An open event stream; `silence_seconds` without a byte ends it with Unreachable."""
        timeout = httpx.Timeout(silence_seconds, connect=5.0)
        sent = {"accept": "text/event-stream", "cache-control": "no-store", **headers}
        try:
            with self._http.stream("GET", path, headers=sent, timeout=timeout, auth=self._sign) as response:
                if not response.is_success:
                    response.read()
                    raise refusal_of(response)
                yield response
        except httpx.TransportError as error:
            raise _unreachable(self.url, error) from error

    def upload(self, method: str, path: str, file: BinaryIO, *, query: Mapping[str, Any] | None = None, timeout_seconds: float) -> Any:
        """Sends what is left of a file that can seek, in pieces; the answer's JSON. Never repeated, but for a session that had ended."""
        start = file.tell()
        size = file.seek(0, SEEK_END) - start
        headers = {"content-type": "application/octet-stream", "content-length": str(size)}
        timeout = httpx.Timeout(timeout_seconds, connect=5.0)
        renewed = False
        while True:
            file.seek(start)
            try:
                response = self._http.request(
                    method, path, params=_given(query), headers=headers, content=_pieces(file), timeout=timeout, auth=self._sign
                )
            except httpx.TransportError as error:
                raise _unreachable(self.url, error) from error
            if response.is_success:
                return _content(response)
            if response.status_code != 401 or not self._renew or renewed:
                raise refusal_of(response)
            self.token, renewed = self._renew(), True

    def download(self, path: str, out: BinaryIO, *, query: Mapping[str, Any] | None = None, timeout_seconds: float) -> httpx.Headers:
        """Writes the answer's bytes as they come; its headers. Raises Refused, and Unreachable when it breaks off."""
        timeout = httpx.Timeout(timeout_seconds, connect=5.0)
        renewed = False
        while True:
            try:
                with self._http.stream("GET", path, params=_given(query), timeout=timeout, auth=self._sign) as response:
                    if response.is_success:
                        for chunk in response.iter_bytes():
                            out.write(chunk)
                        return response.headers
                    response.read()
            except httpx.TransportError as error:
                raise _unreachable(self.url, error) from error
            if response.status_code != 401 or not self._renew or renewed:
                raise refusal_of(response)
            self.token, renewed = self._renew(), True

    def _sign(self, request: httpx.Request) -> httpx.Request:
        if self.token:
            request.headers["authorization"] = f"Bearer {self.token}"
        return request


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(1 << 18):
        yield piece


def _host(url: str) -> str:
    """Raises Refused when the text is no address of a server."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and (parts.port or 0) < 65536 and " " not in parts.netloc:
            return parts.hostname
    except ValueError:
        pass  # a port that is none, brackets that do not match
    raise Refused("validation_error", f"Not an address of a server: {url!r}.", "It looks like http://127.0.0.1:8400.", status=0)


def refusal_of(response: httpx.Response) -> Refused:
    """The server's own words; where something else answered (a proxy), its status."""
    try:
        error = response.json()["error"]
        return Refused(error["code"], error["message"], error.get("hint"), response.status_code, error.get("details"))
    except (ValueError, KeyError, TypeError):
        status = response.status_code
        hint = "Is this the address of a Quapsule server?" if status < 500 else None
        return Refused(_CODES.get(status, "unexpected_answer"), f"The server answered {status} {response.reason_phrase}.", hint, status)


def _content(response: httpx.Response) -> Any:
    if response.status_code == 204 or not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        hint = "Is this the address of a Quapsule server?"
        raise Refused("unexpected_answer", "The server answered something that is not JSON.", hint, response.status_code) from error


def _unreachable(url: str, error: httpx.TransportError) -> Unreachable:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Unreachable(f"No server answers at {url}.", "Start one with `quapsule up`, or name yours in QUAPSULE_URL.")
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{url} did not answer in time.", "Try again; `quapsule doctor` looks at a server on this machine.")
    return Unreachable(f"The connection to {url} broke: {error}".rstrip(": ") + ".", "Try again.")


def _retry_after(response: httpx.Response) -> float:
    try:
        return float(response.headers.get("retry-after", "0"))
    except ValueError:
        return 0.0


def _given(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (query or {}).items() if value is not None}
