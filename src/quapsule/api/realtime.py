"""/api/events: what happens, pushed as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from quapsule.api.callers import Visiting
from quapsule.api.openapi import refusals
from quapsule.backends.backend import PublishedBackend, show_backends
from quapsule.capsules.listing import CapsuleSummary, show_capsules
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.jobs.job import JobStatus, find_statuses
from quapsule.realtime.event import TOPICS
from quapsule.realtime.hub import Hub
from quapsule.realtime.subscription import Show, Subscription
from quapsule.scripts.script import Script, show_scripts

router = APIRouter(prefix="/api", tags=["events"])

_SHOWS: dict[str, Show] = {"jobs": find_statuses, "capsules": show_capsules, "scripts": show_scripts, "backends": show_backends}

_LAST_EVENT_ID = {"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"}}
_STREAM = "A stream without end. Each event: `id`, `event` (such as job.completed) and `data`, JSON of the form Event."


class Event(BaseModel):
    """The `data` of one event: the row as it is now, in the shape that reading it gives; null: it is gone. `reset` has none: read anew."""

    topic: Literal["jobs", "capsules", "scripts", "backends"]
    name: str = Field(description="Such as job.completed.")
    id: UUID
    row: JobStatus | CapsuleSummary | Script | PublishedBackend | None


class _EventStream(Response):
    """Ends when the client goes, or when its stream is closed: a client that reads too slowly, a session that ended."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, stream: Subscription, chunks: AsyncIterator[bytes]) -> None:
        super().__init__(headers={"x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._hub, self._stream, self._chunks = hub, stream, chunks

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        async def closed() -> None:
            await self._stream.closed.wait()
            await asyncio.sleep(1)  # for a client that still reads, to end in good order

        tasks = [asyncio.create_task(job) for job in (self._send_all(send), gone(), closed())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._hub.leave(self._stream)

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@router.get(
    "/events",
    status_code=200,
    response_class=_EventStream,
    responses={200: {"model": Event, "description": _STREAM}, **refusals("not_found", "rate_limited")},
    openapi_extra={"parameters": [_LAST_EVENT_ID]},
)
async def stream_events(
    visiting: Visiting,
    request: Request,
    topics: Annotated[str | None, Query(max_length=100, description="Comma-separated: jobs, capsules, scripts, backends.")] = None,
    team_id: UUID | None = None,
) -> Response:
    """Events of the caller's teams. `Last-Event-ID` resumes; `reset` says that what was missed is gone (older than 24 h)."""
    hub: Hub = request.app.state.hub
    wanted = frozenset(topics.split(",")) if topics else TOPICS
    if not wanted <= TOPICS:
        raise Problem("validation_error", f"topics are {', '.join(sorted(TOPICS))}.")
    if visiting.token is None:
        visiting.caller()  # refuses

    def enter() -> AbstractContextManager[Session]:
        return visiting.as_token(visiting.token or "")

    last_id = request.headers.get("last-event-id")
    stream, chunks = await hub.subscribe(enter, _SHOWS, topics=wanted, team_id=team_id, last_id=last_id)
    return _EventStream(hub, stream, chunks)
