"""Files in and out: bodies too large for memory are written to a file of the home first, and sent from one."""

import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from quapsule.errors import Problem
from quapsule.objects import Objects
from quapsule.settings import Settings

_UPLOADS = re.compile(r"PUT /api/capsules/[^/]+/artifacts/.+|POST /api/capsules/import")
_PIECE = 1 << 18

# For `openapi_extra` of a route whose body is a file as it is.
RAW_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
# For `responses` of a route whose answer is a file.
RAW_ANSWER: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


def is_upload(method: str, path: str) -> bool:
    """Whether the route takes a file as its body, within a limit of its own."""
    return _UPLOADS.fullmatch(f"{method} {path}") is not None


def objects_of(request: Request) -> Objects:
    found: Objects = request.app.state.objects
    return found


def spool(settings: Settings) -> BinaryIO:
    """A file without a name, gone when it is closed: by whoever asked for it."""
    folder = settings.home / "spool"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return cast(BinaryIO, tempfile.TemporaryFile(dir=folder))


@asynccontextmanager
async def received(request: Request, most_bytes: int) -> AsyncIterator[BinaryIO]:
    """The request's body as a file, at its start. Raises Problem artifact_too_large as soon as that is known."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most_bytes:
        raise _too_large(most_bytes)
    with await run_in_threadpool(spool, request.app.state.settings) as file:
        try:
            await _write(request, file, most_bytes)
        except ClientDisconnect as gone:
            raise Problem("validation_error", "The file was cut off on its way.") from gone
        await run_in_threadpool(file.seek, 0)
        yield file


def send_file(file: BinaryIO, size: int | None, name: str, content_type: str) -> StreamingResponse:
    """As a download that no browser shows as a page of ours, whatever it holds. The file is closed when it was sent."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
    }
    if size is not None:
        headers["content-length"] = str(size)
    return StreamingResponse(_pieces(file), media_type=content_type, headers=headers)


async def _write(request: Request, file: BinaryIO, most_bytes: int) -> None:
    pieces, held, size = list[bytes](), 0, 0
    async for piece in request.stream():
        size += len(piece)
        if size > most_bytes:
            raise _too_large(most_bytes)
        pieces.append(piece)
        held += len(piece)
        if held >= _PIECE:
            await run_in_threadpool(file.write, b"".join(pieces))
            pieces, held = [], 0
    await run_in_threadpool(file.write, b"".join(pieces))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _too_large(most_bytes: int) -> Problem:
    return Problem("artifact_too_large", f"The file is larger than {most_bytes} bytes.", details={"limit_bytes": most_bytes})
