"""Direct mode: one thread talks to the database for all slots. Outcomes that are ready and slots that are free travel in one round trip, so
that one commit hands in several jobs and takes the next; the fewer jobs there are, the sooner each goes."""

import logging
import queue
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

import psycopg

from quapsule.worker.leases import Leases
from quapsule.worker.line import Claim, Errand, Exchanged, Line
from quapsule.worker.outcome import Failure, Outcome

_log = logging.getLogger(__name__)
POLL_SECONDS = 2.0
_LONGEST_WAIT = 5.0
_GATHER_SECONDS = 0.0004


@dataclass(eq=False)
class _HandIn:
    claim: Claim
    outcome: Outcome
    recorded: Future[bool] = field(default_factory=Future)


class Desk(threading.Thread):
    """`jobs`, `looks` and `plays` (errands of two sorts, which do not wait for each other) are what the slots take from; None tells a slot
    to end."""

    def __init__(self, line: Line, leases: Leases, *, slots: int, looks: int = 0, plays: int = 0, lease_seconds: float) -> None:
        super().__init__(name="desk", daemon=True)
        self._line, self._leases, self._lease_seconds = line, leases, lease_seconds
        self.jobs: queue.SimpleQueue[Claim | None] = queue.SimpleQueue()
        self.looks: queue.SimpleQueue[Errand | None] = queue.SimpleQueue()
        self.plays: queue.SimpleQueue[Errand | None] = queue.SimpleQueue()
        self._slots, self._free, self._free_for_looks, self._free_for_plays = slots, slots, looks, plays
        self._hand_ins: list[_HandIn] = []
        self._changed = threading.Condition()
        self._work_may_wait = True
        self._draining = self._closed = False

    def hand_in(self, claim: Claim, outcome: Outcome) -> Future[bool]:
        """Records how a job ended and frees its slot. False: the lease was lost, nothing was written."""
        waiting = _HandIn(claim, outcome)
        with self._changed:
            self._hand_ins.append(waiting)
            self._changed.notify()
        return waiting.recorded

    def free_slot(self, claim: Claim) -> None:
        """The slot is free again without an outcome: the job was given back, or lost."""
        self._leases.leave(claim)
        with self._changed:
            self._free += 1
            self._changed.notify()

    def free_errand_slot(self, errand: Errand) -> None:
        with self._changed:
            if errand.is_play:
                self._free_for_plays += 1
            else:
                self._free_for_looks += 1
            self._work_may_wait = True
            self._changed.notify()

    def look(self) -> None:
        """A notification said that work waits."""
        with self._changed:
            self._work_may_wait = True
            self._changed.notify()

    def drain(self) -> None:
        """Takes nothing new; what runs may still be handed in."""
        with self._changed:
            self._draining = True
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def run(self) -> None:
        wait = 0.1
        while True:
            with self._changed:
                self._changed.wait_for(self._has_to_go, timeout=POLL_SECONDS)
                if self._closed and not self._hand_ins:
                    break
                self._gather()
                batch, self._hand_ins = self._hand_ins, []
                jobs = 0 if self._draining else self._free + len(batch)
                looks, plays = (0, 0) if self._draining else (self._free_for_looks, self._free_for_plays)
                self._work_may_wait = False
            try:
                self._go(batch, jobs, looks, plays)
                wait = 0.1
            except psycopg.OperationalError as error:
                _log.warning("the database does not answer: %s", str(error).strip())
                self._retry_later(batch)
                time.sleep(wait)
                wait = min(_LONGEST_WAIT, 2 * wait)
            except Exception:  # noqa: BLE001  # the desk outlives it: without the desk, nothing that runs could be handed in
                _log.exception("an exchange with the database failed")
                self._retry_later(batch)
                time.sleep(wait)
                wait = min(_LONGEST_WAIT, 2 * wait)
        self._line.close()

    def _has_to_go(self) -> bool:
        may_take = not self._draining and (self._free > 0 or self._free_for_looks > 0 or self._free_for_plays > 0)
        return bool(self._hand_ins) or self._closed or (self._work_may_wait and may_take)

    def _gather(self) -> None:
        """Jobs that end together share a commit; one that ends alone does not wait for others that only run."""
        until = time.monotonic() + _GATHER_SECONDS
        while 0 < len(self._hand_ins) < self._slots - self._free and (left := until - time.monotonic()) > 0:
            self._changed.wait(left)

    def _go(self, batch: list[_HandIn], jobs: int, looks: int, plays: int) -> None:
        if not batch and not jobs and not looks and not plays:
            return
        asked_at = time.monotonic()
        try:
            got = self._line.exchange([(h.claim, h.outcome) for h in batch], jobs, looks, plays, self._lease_seconds)
        except psycopg.OperationalError:
            raise
        except (psycopg.Error, TypeError, ValueError) as error:
            if not batch:
                raise
            _log.warning("outcomes are handed in one by one, since together they were refused: %s", str(error).strip())
            self._one_by_one(batch)
            self.look()
            return
        self._settle(batch, got)
        self._give_out(got, asked_at)

    def _one_by_one(self, batch: list[_HandIn]) -> None:
        """One outcome that the database cannot store must not take the others with it: it alone is recorded as failed."""
        for hand_in in batch:
            try:
                got = self._line.exchange([(hand_in.claim, hand_in.outcome)], 0, 0, 0, self._lease_seconds)
            except psycopg.OperationalError:
                raise
            except (psycopg.Error, TypeError, ValueError) as error:
                _log.error("the outcome of job %s cannot be stored: %s", hand_in.claim.job_id, str(error).strip())
                hand_in.outcome = _unstorable(hand_in.outcome, error)
                got = self._line.exchange([(hand_in.claim, hand_in.outcome)], 0, 0, 0, self._lease_seconds)
            self._settle([hand_in], got)

    def _settle(self, batch: list[_HandIn], got: Exchanged) -> None:
        for hand_in in batch:
            self._leases.leave(hand_in.claim)
        with self._changed:
            self._free += len(batch)
        for hand_in in batch:
            hand_in.recorded.set_result(bool(got.recorded.get(hand_in.claim.job_id, False)))

    def _give_out(self, got: Exchanged, asked_at: float) -> None:
        with self._changed:
            self._free -= len(got.claims)
            plays = sum(errand.is_play for errand in got.errands)
            self._free_for_plays -= plays
            self._free_for_looks -= len(got.errands) - plays
            if got.claims or got.errands:
                self._work_may_wait = True  # where some waited, more may
        for claim in got.claims:
            self._leases.take(claim, asked_at)
            self.jobs.put(claim)
        for errand in got.errands:
            (self.plays if errand.is_play else self.looks).put(errand)

    def _retry_later(self, batch: list[_HandIn]) -> None:
        """While the lease may still be ours the outcome is kept; after that another worker has the job."""
        kept = [h for h in batch if not h.recorded.done() and self._leases.holds(h.claim)]
        lost = [h for h in batch if not h.recorded.done() and h not in kept]
        for hand_in in lost:
            self._leases.leave(hand_in.claim)
            hand_in.recorded.set_result(False)
        with self._changed:
            self._hand_ins = kept + self._hand_ins
            self._free += len(lost)
            self._work_may_wait = True


def _unstorable(outcome: Outcome, error: BaseException) -> Outcome:
    says = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    failure = Failure("system", "result_not_storable", f"The job ran, but its result could not be stored: {says}")
    return Outcome("failed", moments=outcome.moments, failure=failure, wall_time_seconds=outcome.wall_time_seconds)
