"""The hub: hears what was committed, wakes who waits for a row, and pushes to each stream what its caller may see."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

import psycopg

from quapsule.database.queries import load_queries
from quapsule.database.session import Database
from quapsule.errors import Problem
from quapsule.realtime.event import ENDS, TOPICS, Event, Position
from quapsule.realtime.listener import Listener, read_event
from quapsule.realtime.subscription import Enter, Look, Show, Subscription, look

_log = logging.getLogger(__name__)
_QUERIES = load_queries("quapsule.realtime")

MAX_STREAMS = 20  # of one person or key
_CHECK_SECONDS = 20.0
_FORGET_SECONDS = 3600.0
_PAGE = 200
_RESET = b"event: reset\ndata: {}\n\n"


class Hub:
    """Lives in one event loop; everything but `look` happens in its thread."""

    def __init__(self, database_url: str, database: Database) -> None:
        self._database = database
        self._url = database_url
        self._listener: Listener | None = None
        self._waiters: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._streams: dict[tuple[UUID, UUID | None], list[Subscription]] = defaultdict(list)
        self._shows: dict[str, Show] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.stopping = False  # who waits answers with what there is

    async def start(self) -> None:
        """Starts listening; when the database is not there yet it goes on trying."""
        self._listener = Listener(self._url, heard=self._hear, told=self._tell, back=self._wake_all)
        self._tasks = [asyncio.create_task(job) for job in (self._listener.run(), self._check_callers(), self._forget())]
        try:
            await asyncio.wait_for(self._listener.connected.wait(), 5)
        except TimeoutError:
            _log.warning("the events' connection is not up yet")

    async def stop(self) -> None:
        """Ends streams and waits; may be called twice."""
        self.stopping = True
        for stream in self._all_streams():
            stream.close()
        self._wake_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    @property
    def connected(self) -> bool:
        return self._listener is not None and self._listener.connected.is_set()

    @contextmanager
    def waiting(self, row_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set each time the job ends or the errand is answered (or might have); register first, look second."""
        woken = asyncio.Event()
        self._waiters[row_id].add(woken)
        try:
            yield woken
        finally:
            self._waiters[row_id].discard(woken)
            if not self._waiters[row_id]:
                del self._waiters[row_id]

    async def wait_for(self, row_id: UUID, seconds: float) -> bool:
        """True when the row's end was heard within the time."""
        with self.waiting(row_id) as woken:
            try:
                await asyncio.wait_for(woken.wait(), seconds)
            except TimeoutError:
                return False
            return True

    async def subscribe(
        self,
        enter: Enter,
        shows: Mapping[str, Show],
        *,
        topics: frozenset[str] = TOPICS,
        team_id: UUID | None = None,
        last_id: str | None = None,
    ) -> tuple[Subscription, AsyncIterator[bytes]]:
        """A stream, registered before this returns, and its bytes. Raises Problem (not_ready, rate_limited, not_found)."""
        if self._listener is None or self._listener.position is None or self.stopping:
            raise Problem("not_ready", "Events cannot be pushed at present.", hint="Poll GET /api/jobs/{id}/status?wait=20 meanwhile.")
        identity, teams = await asyncio.to_thread(_introduce, enter)
        if team_id is not None and team_id not in teams:
            raise Problem("not_found", "No such team, or not one that you may see.")
        if len(self._streams.get(identity, ())) >= MAX_STREAMS:
            raise Problem("rate_limited", f"At most {MAX_STREAMS} streams at a time.", retry_after_seconds=5)
        self._shows.update(shows)
        stream = Subscription(identity, enter, topics, team_id, teams, since=self._listener.position)
        self._streams[identity].append(stream)
        return stream, self._serve(stream, last_id)

    def leave(self, stream: Subscription) -> None:
        stream.close()
        streams = self._streams.get(stream.identity, [])
        if stream in streams:
            streams.remove(stream)
        if not streams:
            self._streams.pop(stream.identity, None)

    async def _serve(self, stream: Subscription, last_id: str | None) -> AsyncIterator[bytes]:
        """What was missed, then what happens; the place is told first, so that a resume is possible before the first event."""
        try:
            if last_id is not None:
                async for chunk in self._missed(stream, last_id):
                    yield chunk
            yield b"retry: 1000\nid: %s\n\n" % str(stream.since).encode()
            async for chunk in stream.chunks():
                yield chunk
        finally:
            self.leave(stream)

    async def _missed(self, stream: Subscription, last_id: str) -> AsyncIterator[bytes]:
        """Events after the client's place up to the stream's beginning; what follows waits in the stream's buffer."""
        place, end = Position.read(last_id), stream.since
        if place is None or place > end or not await asyncio.to_thread(_can_resume, stream.enter, place):
            yield _RESET
            return
        stream_wants = Subscription(stream.identity, stream.enter, stream.topics, stream.team_id, stream.teams, since=place)
        while place < end:
            events = await asyncio.to_thread(_page, stream.enter, place)
            if not events:
                return
            wanted = [event for event in events if event.position <= end and stream_wants.wants(event)]
            found = await asyncio.to_thread(look, stream.enter, wanted, self._shows) if wanted else Look(stream.teams)
            if found.teams is None:
                stream.close()
                return
            for event in wanted:
                if chunk := found.chunk(event):
                    yield chunk
            place = events[-1].position

    def _hear(self, payload: str) -> None:
        """Ended <job>, errand <id>: these wake at once, since the order of events does not matter to who waits for one row."""
        _, _, row_id = payload.partition(" ")
        if row_id:
            try:
                self._wake(UUID(row_id))
            except ValueError:
                _log.warning("a notification that is none of ours: %.80r", payload)

    def _wake(self, row_id: UUID) -> None:
        for woken in self._waiters.get(row_id, ()):
            woken.set()

    def _wake_all(self) -> None:
        for waiters in self._waiters.values():
            for woken in waiters:
                woken.set()

    async def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.name in ENDS:
                self._wake(event.row_id)
            if event.topic == "memberships":
                for stream in self._all_streams():
                    stream.stale = stream.stale or stream.identity[0] == event.row_id
        told = []
        for streams in list(self._streams.values()):
            stale = any(stream.stale for stream in streams)
            wanted = [event for event in events if event.topic in self._shows and (stale or any(stream.wants(event) for stream in streams))]
            if wanted or stale:
                told.append(self._tell_one(list(streams), wanted, None if stale else streams[0].teams))
            for stream in streams:
                # What comes after is told by later batches; the resume id of an idle stream stays true.
                stream.stale = False
        await asyncio.gather(*told)

    async def _tell_one(self, streams: list[Subscription], events: Sequence[Event], teams: frozenset[UUID] | None) -> None:
        """One look for all streams of one caller; the first whose token still holds is who looks."""
        for index, first in enumerate(streams):
            try:
                found = await asyncio.to_thread(look, first.enter, events, self._shows, teams)
            except (Problem, psycopg.Error) as error:
                # They resume by Last-Event-ID; going on would lose these events for them.
                _log.warning("events could not be read for a stream, closing it: %s", error)
                for stream in streams[index:]:
                    stream.close()
                return
            if found.teams is None:
                first.close()
                continue
            chunks = [(event, found.chunk(event)) for event in events]
            for stream in streams[index:]:
                stream.teams = found.teams
                for event, chunk in chunks:
                    if chunk and stream.wants(event):
                        stream.offer(chunk)
            return

    async def _check_callers(self) -> None:
        """A session that ended, a key that was revoked: its streams end, also when nothing happens."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            for stream in self._all_streams():
                try:
                    found = await asyncio.to_thread(look, stream.enter, (), {})
                except (Problem, psycopg.Error) as error:
                    _log.warning("a stream's caller could not be checked: %s", error)
                    continue
                if found.teams is None:
                    stream.close()
                else:
                    stream.teams = found.teams

    async def _forget(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._forget_now)
            except (Problem, psycopg.Error) as error:
                _log.warning("old events could not be deleted: %s", error)
            await asyncio.sleep(_FORGET_SECONDS)

    def _forget_now(self) -> None:
        with self._database.as_login() as session:
            session.value(_QUERIES["forget_events"])

    def _all_streams(self) -> list[Subscription]:
        return [stream for streams in self._streams.values() for stream in streams]


def _introduce(enter: Enter) -> tuple[tuple[UUID, UUID | None], frozenset[UUID]]:
    with enter() as session:
        if session.caller is None:
            raise Problem("unauthorized")
        return (session.caller.user_id, session.caller.key_id), frozenset(session.value(_QUERIES["my_teams"]) or ())


def _can_resume(enter: Enter, place: Position) -> bool:
    with enter() as session:
        return session.caller is not None and bool(session.value(_QUERIES["can_resume"], {"xid": str(place.xid), "seq": place.seq}))


def _page(enter: Enter, place: Position) -> list[Event]:
    with enter() as session:
        if session.caller is None:
            return []
        rows = session.dicts(_QUERIES["my_events_after"], {"xid": str(place.xid), "seq": place.seq, "limit": _PAGE})
    return [read_event(row) for row in rows]
