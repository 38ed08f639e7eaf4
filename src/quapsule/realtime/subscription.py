"""One open stream: what is to be sent to it, and how much of that a slow client may leave unread."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.realtime.event import GONE, Event, Position

MAX_BUFFERED_BYTES = 1 << 20
KEEP_ALIVE_SECONDS = 15.0

_KEEP_ALIVE = b": keep-alive\n\n"
_QUERIES = load_queries("quapsule.realtime")

# Opens a transaction as the subscriber; its caller is None once the session or key has ended.
Enter = Callable[[], AbstractContextManager[Session]]
# The rows of a topic that the caller of the session may see, by id.
Show = Callable[[Session, Sequence[UUID]], Mapping[UUID, Any]]


@dataclass(eq=False)
class Subscription:
    """Filled by the hub in the event loop's thread, emptied by `chunks`."""

    identity: tuple[UUID, UUID | None]  # person, API key
    enter: Enter
    topics: frozenset[str]
    team_id: UUID | None
    teams: frozenset[UUID]
    since: Position
    stale: bool = False
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _filled: asyncio.Event = field(default_factory=asyncio.Event)
    _chunks: deque[bytes] = field(default_factory=deque)
    _size: int = 0

    def wants(self, event: Event) -> bool:
        if event.topic not in self.topics or event.position <= self.since:
            return False
        if event.team_id is None:
            return True
        return event.team_id in self.teams and self.team_id in (None, event.team_id)

    def offer(self, chunk: bytes) -> None:
        """Closes the stream instead when its client reads too slowly; it can resume."""
        if self.closed.is_set():
            return
        self._chunks.append(chunk)
        self._size += len(chunk)
        self._filled.set()
        if self._size > MAX_BUFFERED_BYTES:
            self.close()

    def close(self) -> None:
        self._chunks.clear()
        self._size = 0
        self.closed.set()
        self._filled.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Until it is closed."""
        while not self.closed.is_set():
            while self._chunks:
                chunk = self._chunks.popleft()
                self._size -= len(chunk)
                yield chunk
            self._filled.clear()
            if self.closed.is_set():
                return
            try:
                await asyncio.wait_for(self._filled.wait(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield _KEEP_ALIVE


@dataclass(frozen=True)
class Look:
    """What one caller sees of a batch of events: `teams` None when they may not come in any more."""

    teams: frozenset[UUID] | None
    rows: Mapping[str, Mapping[UUID, Any]] = field(default_factory=dict)

    def chunk(self, event: Event) -> bytes | None:
        """The event as the caller may see it, for the wire; None when they may not. Of what is gone members are told the id, no row."""
        if event.name in GONE:
            return write_event(event, None) if self.teams is not None and event.team_id in self.teams else None
        row = self.rows.get(event.topic, {}).get(event.row_id)
        return None if row is None else write_event(event, row)


def look(enter: Enter, events: Sequence[Event], shows: Mapping[str, Show], teams: frozenset[UUID] | None = None) -> Look:
    """Selects the rows of the events anew as the caller: row-level security decides what they are told. Blocks.

    teams: the caller's, where nothing has changed them; they only spare a look at rows that the policies would hide anyway."""
    with enter() as session:
        if session.caller is None:
            return Look(None)
        if teams is None:
            teams = frozenset(session.value(_QUERIES["my_teams"]) or ())
        ids: dict[str, list[UUID]] = {}
        for event in events:
            if event.topic in shows and event.name not in GONE and (event.team_id is None or event.team_id in teams):
                ids.setdefault(event.topic, []).append(event.row_id)
        return Look(teams, {topic: shows[topic](session, list(dict.fromkeys(found))) for topic, found in ids.items()})


def write_event(event: Event, row: Any) -> bytes:
    """id, name and JSON {topic, name, id, row}, as server-sent events are written. JSON has no bare line break."""
    data = orjson.dumps({"topic": event.topic, "name": event.name, "id": event.row_id, "row": row}, option=orjson.OPT_NON_STR_KEYS)
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (str(event.position).encode(), event.name.encode(), data)
