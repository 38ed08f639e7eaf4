"""Waiting for what a worker was asked without a job row."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from quapsule.api.callers import Visitor
from quapsule.realtime.hub import Hub
from quapsule.scripts import errand

_LOOK_AGAIN_SECONDS = 0.5


async def await_answer(
    visiting: Visitor, hub: Hub, errand_id: UUID, seconds: float, request: Request | None = None
) -> Mapping[str, Any] | None:
    """The answer; None when it did not come in time, or when the client of `request` went away. Without an answer the errand is dropped, so
    that nobody works on it any more."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    found: Mapping[str, Any] | None = None
    try:
        with hub.waiting(errand_id) as woken:
            while (left := until - loop.time()) > 0 and not (request and await request.is_disconnected()):
                woken.clear()
                found = await run_in_threadpool(_answer, visiting, errand_id)
                if found is not None:
                    break
                try:
                    await asyncio.wait_for(woken.wait(), min(left, _LOOK_AGAIN_SECONDS))
                except TimeoutError:
                    continue
        return found
    finally:
        if found is None:
            await run_in_threadpool(_drop, visiting, errand_id)


def _answer(visiting: Visitor, errand_id: UUID) -> Mapping[str, Any] | None:
    with visiting.signed_in() as session:
        return errand.answer(session, errand_id)


def _drop(visiting: Visitor, errand_id: UUID) -> None:
    with visiting.signed_in() as session:
        errand.drop(session, errand_id)
