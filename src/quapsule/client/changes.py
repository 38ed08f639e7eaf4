"""What happens to the jobs of the caller's teams: pushed by the server, and told with what a list shows of each."""

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from quapsule.client.refusals import Refused
from quapsule.client.rows import Job

if TYPE_CHECKING:
    from quapsule.client.api import Client

_GATHER_SECONDS = 0.2
_AGAIN_SECONDS = 0.5
_MOST = 200  # jobs of one page
_PASSING = (0, 429, 502, 503, 504)  # 0: the server was not reached

# The id of a job that changed; True: subscribed, so that all is to be read anew; False: the stream broke; a refusal that ends it.
Heard = str | bool | Refused


@dataclass(frozen=True)
class Wanted:
    """Which jobs; None: not narrowed. `user_id`: of that person alone."""

    status: str | None = None
    backend: str | None = None
    user_id: str | None = None
    team_id: str | None = None

    def takes(self, job: Job) -> bool:
        """Whether it is one of them now; the team is the server's to tell."""
        named = ((self.status, job.status), (self.backend, job.backend), (self.user_id, job.user_id))
        return all(wanted is None or wanted == found for wanted, found in named)


@dataclass
class Changed:
    """`jobs`: as they are now, newest first; `changed`: those of them whose state is another than it was. `connected`: whether the server
    tells us of changes at present; `since_break`: it did not for a while, and does again."""

    jobs: list[Job]
    changed: list[Job] = field(default_factory=list)
    connected: bool = True
    since_break: bool = False


def changes(client: "Client", wanted: Wanted) -> Iterator[Changed]:
    """First all as they are, then each change, for ever; nothing is missed over a break. Raises Refused."""
    told: queue.SimpleQueue[Heard] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(client, told), daemon=True).start()
    known: dict[str, Job] = {}
    was_connected = first = True
    while True:
        heard = _gather(told)
        for refusal in heard:
            if isinstance(refusal, Refused):
                raise refusal
        connected = next((one for one in reversed(heard) if isinstance(one, bool)), was_connected)
        before = dict(known)
        try:
            _read(client, wanted, known, heard)
        except Refused as refusal:
            if refusal.status not in _PASSING:
                raise
            connected = False
            time.sleep(_AGAIN_SECONDS)
            told.put(True)
        moved = [job for job in known.values() if not first and (job.id not in before or before[job.id].status != job.status)]
        listed = sorted((job for job in known.values() if wanted.takes(job)), key=_age)
        yield Changed(listed, [job for job in moved if wanted.takes(job)], connected, connected and not was_connected)
        was_connected = connected
        first = first and True not in heard


def _listen(client: "Client", told: "queue.SimpleQueue[Heard]") -> None:
    try:
        for event in client.events(topics="jobs", told=told.put):
            told.put(str(event.data.get("id")) if event.name != "reset" and isinstance(event.data, dict) else True)
    except Refused as refusal:
        told.put(refusal)
    except RuntimeError:  # the client was closed: nobody listens any more
        return


def _gather(told: "queue.SimpleQueue[Heard]") -> list[Heard]:
    """What was told since, with what follows within a moment: many jobs at once are read at once."""
    heard = [told.get()]
    until = time.monotonic() + _GATHER_SECONDS
    while (left := until - time.monotonic()) > 0:
        try:
            heard.append(told.get(timeout=left))
        except queue.Empty:
            break
    return heard


def _read(client: "Client", wanted: Wanted, known: dict[str, Job], heard: list[Heard]) -> None:
    """Brings `known` up to date: the newest page, and those of whom was told that are older."""
    ids = {one for one in heard if isinstance(one, str)}
    if not ids and True not in heard:
        return
    page = client.jobs(limit=_MOST, team_id=wanted.team_id)
    if True in heard:
        known.clear()
    found = {job.id: job for job in page.items}
    known.update(found)
    for one in ids - found.keys():
        known.update({job.id: job for job in client.jobs(q=one, limit=1, team_id=wanted.team_id).items})


def _age(job: Job) -> float:
    return -job.created_at.timestamp() if job.created_at else 0.0
