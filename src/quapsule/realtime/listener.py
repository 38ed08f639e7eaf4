"""The hub's ear: one connection that hears NOTIFY (a hint) and reads the events table (the truth)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from quapsule.database.queries import load_queries
from quapsule.realtime.event import Event, Position

_log = logging.getLogger(__name__)
_QUERIES = load_queries("quapsule.realtime")

_BATCH = 500
_POLL_SECONDS = 2.0  # what a lost NOTIFY costs at most
_MOMENT_SECONDS = 0.02  # what the news of a beginning may wait
_HELD_SECONDS = (0.002, 0.1)  # between looks while committed events wait for an older transaction
_RECONNECT_SECONDS = (0.1, 5.0)
# A dead link is noticed in seconds, not in the two hours of TCP's defaults.
_LINK = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10000}


class Listener:
    """Calls `heard` with each NOTIFY payload, `told` with each batch of events in order, `back` after each (re)connection."""

    def __init__(
        self,
        url: str,
        *,
        heard: Callable[[str], None],
        told: Callable[[Sequence[Event]], Awaitable[None]],
        back: Callable[[], None],
    ) -> None:
        self._url = make_conninfo(url, application_name="quapsule hub", **_LINK)
        self._heard, self._told, self._back = heard, told, back
        self.position: Position | None = None
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled; reconnects by itself and goes on where it was."""
        pause = _RECONNECT_SECONDS[0]
        while True:
            try:
                async with await AsyncConnection.connect(self._url, autocommit=True, row_factory=dict_row) as connection:
                    await connection.execute("listen quapsule_events")
                    if self.position is None:
                        # Everything of transactions that run now or start later is new; sequence numbers start from 1.
                        self.position = Position(int(await self._value(connection, "head")), 0)
                    self.connected.set()
                    pause = _RECONNECT_SECONDS[0]
                    self._back()
                    await self._follow(connection)
            except psycopg.Error as error:
                _log.warning("the events' connection broke, trying again: %s", str(error).strip())
            finally:
                self.connected.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _RECONNECT_SECONDS[1])

    async def _follow(self, connection: AsyncConnection[dict[str, Any]]) -> None:
        held_pause = _HELD_SECONDS[0]
        while True:
            events, held = await self._read(connection)
            if events:
                self.position = events[-1].position
                held_pause = _HELD_SECONDS[0]
                await self._told(events)
            if len(events) == _BATCH:
                continue
            await self._await_news(connection, held_pause if held else _POLL_SECONDS)
            held_pause = min(held_pause * 2, _HELD_SECONDS[1]) if held else _HELD_SECONDS[0]

    async def _await_news(self, connection: AsyncConnection[dict[str, Any]], seconds: float) -> None:
        """Until a job ends, or a moment after anything else: a short job's beginning and end are then read in one look.

        Payloads that came while we read or told are kept by the connection, so none is lost.
        """
        until, quiet = time.monotonic() + seconds, True
        while (left := until - time.monotonic()) > 0:
            payloads = [notify.payload async for notify in connection.notifies(timeout=left, stop_after=1)]
            for payload in payloads:
                self._heard(payload)
            if any(payload.startswith("ended") for payload in payloads):
                return
            if payloads and quiet:
                until, quiet = min(until, time.monotonic() + _MOMENT_SECONDS), False

    async def _read(self, connection: AsyncConnection[dict[str, Any]]) -> tuple[list[Event], bool]:
        assert self.position is not None  # set before anything is followed
        cursor = await connection.execute(
            _QUERIES["events_after"], {"xid": str(self.position.xid), "seq": self.position.seq, "limit": _BATCH}
        )
        rows = await cursor.fetchall()
        return [read_event(row) for row in rows if row["xid"] is not None], bool(rows and rows[0]["held"])

    async def _value(self, connection: AsyncConnection[dict[str, Any]], query: str) -> Any:
        row = await (await connection.execute(_QUERIES[query])).fetchone()
        return next(iter(row.values())) if row else None


def read_event(row: dict[str, Any]) -> Event:
    return Event(Position(int(row["xid"]), row["seq"]), row["topic"], row["name"], row["team_id"], row["row_id"])
