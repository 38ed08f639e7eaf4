"""A slot runs one job after another."""

import logging
import threading
import time

import psycopg

from quapsule.worker.direct import Desk
from quapsule.worker.engines import Engines
from quapsule.worker.leases import Leases
from quapsule.worker.line import Claim, Line
from quapsule.worker.outcome import Failure
from quapsule.worker.steps import Ended, Steps

_log = logging.getLogger(__name__)


class Slot(threading.Thread):
    """`ready` is set once its engine is warm, or was tried."""

    def __init__(self, number: int, desk: Desk, leases: Leases, steps: Steps, engines: Engines, line: Line) -> None:
        super().__init__(name=f"slot-{number}", daemon=True)
        self._desk, self._leases, self._steps, self._engines, self._line = desk, leases, steps, engines, line
        self.ready = threading.Event()

    def run(self) -> None:
        self._warm_up()
        self.ready.set()
        while (claim := self._desk.jobs.get()) is not None:
            self._work(claim)
            self._warm_up()
        self._engines.close()

    def _work(self, claim: Claim) -> None:
        ended = self._steps.run(claim)
        recorded = self._desk.hand_in(claim, ended.outcome) if ended.outcome else None
        self._tidy(ended)  # while the outcome is on its way
        if recorded is not None:
            if not recorded.result():
                _log.warning("the lease of job %s was lost before its outcome was recorded; it was discarded", claim.job_id)
            return
        if ended.give_back is not None:
            self._give_back(claim, ended.give_back)
        self._desk.free_slot(claim)

    def _tidy(self, ended: Ended) -> None:
        try:
            ended.clean_up()
            self._engines.forget()
        except Exception:  # noqa: BLE001  # the job's end is recorded; a slot that died of its tidying would be missed
            _log.exception("a box could not be tidied away")

    def _give_back(self, claim: Claim, reason: str) -> None:
        while self._leases.holds(claim):
            try:
                self._line.requeue(claim, reason)
                return
            except psycopg.OperationalError as error:
                _log.warning("job %s could not be given back yet: %s", claim.job_id, str(error).strip())
                time.sleep(0.5)

    def _warm_up(self) -> None:
        try:
            self._engines.make_ready()
        except (Failure, OSError) as problem:
            _log.error("no engine is ready: %s", problem)
