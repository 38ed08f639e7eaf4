"""What wraps every request, outside of the framework: the body limit, the security headers, and the count for the metrics."""

import time
from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quapsule.api.problems import answer
from quapsule.errors import Problem

Observe = Callable[[str, str, int, float], None]

_HEADERS = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class SecurityHeaders:
    """On every answer, also on those that the framework makes itself (404, 405, 500)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api"):
                    headers["cache-control"] = "no-store"
                if scope["scheme"] == "https":
                    headers.setdefault("strict-transport-security", "max-age=31536000; includeSubDomains")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """413 for a body over the limit: at once by its announced length, else as soon as the stream passes it.

    is_upload: by method and path, the routes that take files and keep a limit of their own while they write them to disk.
    """

    def __init__(self, app: ASGIApp, limit: int, is_upload: Callable[[str, str], bool]) -> None:
        self._app, self._limit, self._is_upload = app, limit, is_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_upload(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > self._limit:
            await answer(self._too_large())(scope, receive, send)
            return
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > self._limit:
                    # The one exception that the framework lets pass while it reads a body.
                    raise HTTPException(413, self._too_large().message)
            return message

        await self._app(scope, receive_within_limit, send)

    def _too_large(self) -> Problem:
        return Problem("body_too_large", f"The body is larger than {self._limit} bytes.")


class Observed:
    """Tells method, route template, status and seconds of every request; the template, since paths hold ids."""

    def __init__(self, app: ASGIApp, observe: Observe) -> None:
        self._app, self._observe = app, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            self._observe(scope["method"], _route(scope), status, time.perf_counter() - started)


def _route(scope: MutableMapping[str, Any]) -> str:
    return str(getattr(scope.get("route"), "path", "unmatched"))
