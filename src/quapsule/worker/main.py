"""A worker process: fork servers, slots, heartbeat, ear, desk and sweeper; SIGTERM lets what runs end, then stops."""

import logging
import os
import secrets
import signal
import socket
import threading
import time
from dataclasses import replace

import psycopg

from quapsule.database.logins import read_urls
from quapsule.errors import Problem
from quapsule.sandbox.launch import SandboxFailed
from quapsule.sandbox.layers import inspect_layers
from quapsule.settings import Settings, read_settings
from quapsule.worker.analysing import Analyse
from quapsule.worker.boxes import Boxes
from quapsule.worker.capsules import Capsules
from quapsule.worker.direct import Desk
from quapsule.worker.ear import Ear
from quapsule.worker.engines import Engines
from quapsule.worker.errands import Deed, Errands
from quapsule.worker.leases import Leases
from quapsule.worker.line import Line
from quapsule.worker.notes import Notes
from quapsule.worker.playing import Convert, Run
from quapsule.worker.provide import BRAKET_ARNS, Connections, read_connections
from quapsule.worker.slots import Slot
from quapsule.worker.steps import Steps
from quapsule.worker.tasks import Orphans
from quapsule.worker.wanted import Wanted

_log = logging.getLogger(__name__)
_SIGN_OF_LIFE_SECONDS = 5.0
_GRACE_SECONDS = 10.0


def main() -> int:
    """Runs until SIGTERM or SIGINT. Exit code 1 when it could not start. Its errors go to stderr."""
    os.umask(0o022)  # what boxes see of the folders that are made for them must not hang on who started us
    settings = read_settings()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s worker %(levelname)s %(name)s: %(message)s")
    try:
        worker = Worker(settings)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        worker.start()
    except (Problem, SandboxFailed) as problem:
        _log.error("%s", problem)
        return 1
    _say_ready()
    stopping.wait()
    worker.stop()
    return 0


class Worker:
    """One process's worth of work on the database of the settings. start() returns once jobs are being taken."""

    def __init__(self, settings: Settings, boxes: Boxes | None = None) -> None:
        """`boxes`: of somebody else, who starts and closes them."""
        if not settings.worker_database_url:
            settings = replace(settings, worker_database_url=read_urls(settings).worker)
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self.layers = inspect_layers()
        _refuse_without_boxes(settings, self.layers.usable, [layer.name for layer in self.layers.missing_for_team_mode])
        url = settings.worker_database_url
        self._settings = settings
        self._boxes = boxes or Boxes(settings, self.layers)
        self._own_boxes = boxes is None
        self._line = Line(url, self.name)  # for what is rare: requeue, sweep, sign of life, errands
        self._leases = Leases(Line(url, self.name), settings.lease_seconds)
        at_once = {"slots": settings.slots, "looks": 1, "plays": settings.playground_slots}
        self._desk = Desk(Line(url, self.name), self._leases, **at_once, lease_seconds=settings.lease_seconds)
        self._ear = Ear(url, self._desk.look, self._leases.check_now)
        self._connections = read_connections(settings)
        self._orphans = _orphans(self._connections, Line(url, self.name))
        self._slots: list[Slot] = []
        self._stopped = threading.Event()
        self._house = threading.Thread(target=self._keep_house_for_ever, name="house", daemon=True)
        self._wanted = Wanted(Line(url, self.name))
        self._notes = Notes(Line(url, self.name))
        self._errands = self._make_errands()
        self._capsules = Capsules(settings, self._boxes, self.name)

    def start(self) -> None:
        """Raises SandboxFailed when no box can be had. A database that does not answer yet is waited for."""
        if self._own_boxes:
            self._boxes.start()
        for number in range(self._settings.slots):
            engines = self._make_engines()
            steps = Steps(self._settings, self._boxes, self._leases.watch, engines, self._line, self._connections, self._notes)
            self._slots.append(Slot(number, self._desk, self._leases, steps, engines, self._line))
        for slot in self._slots:
            slot.start()
        for slot in self._slots:
            slot.ready.wait(60.0)
        for thread in (self._leases, self._ear, self._wanted, self._notes, *self._errands, self._capsules, self._desk):
            thread.start()
        self._keep_house()
        self._house.start()
        if self._orphans:
            self._orphans.start()
        if self._own_boxes:
            self._boxes.start_others()

    def _make_errands(self) -> list[Errands]:
        settings, boxes, desk, line = self._settings, self._boxes, self._desk, self._line
        played: dict[str, Deed] = {
            "run": Run(settings, boxes, self._wanted, line),
            "convert": Convert(settings, boxes, self._wanted),
        }
        looks = [Errands(desk.looks, {"analyse": Analyse(settings, boxes)}, self._make_engines(), desk, line)]
        return looks + [Errands(desk.plays, played, self._make_engines(), desk, line) for _ in range(settings.playground_slots)]

    def _make_engines(self) -> Engines:
        return Engines(self._boxes, self._settings.engine_memory_mb << 20)

    def _keep_house_for_ever(self) -> None:
        while not self._stopped.wait(min(_SIGN_OF_LIFE_SECONDS, self._settings.lease_seconds / 3)):
            self._keep_house()

    def _keep_house(self) -> None:
        """A sign of life, and an end to what the dead left behind."""
        try:
            self._line.note_worker(self._settings.slots, self.layers.as_json(), self._connections.providers)
            requeued, failed, _ = self._line.sweep(self._settings.max_attempts)
        except psycopg.Error as error:
            _log.warning("no sign of life could be given: %s", str(error).strip())
            return
        if requeued or failed:
            _log.warning("of dead workers' jobs %d were given back to the queue, %d failed for good", requeued, failed)
            self._desk.look()

    def stop(self) -> None:
        """Takes nothing new; what runs has a moment to end, and is given back to the queue after it."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._desk.drain()
        self._capsules.close()
        deadline = time.monotonic() + _GRACE_SECONDS
        while self._leases.count and time.monotonic() < deadline:
            time.sleep(0.02)
        self._leases.stop_all()
        self._wanted.close()
        for _ in self._slots:
            self._desk.jobs.put(None)
        self._desk.looks.put(None)
        for _ in range(self._settings.playground_slots):
            self._desk.plays.put(None)
        for slot in self._slots:
            slot.join(10.0)
        for errands in self._errands:
            errands.join(5.0)  # who asked is told that their run was stopped
        self._desk.close()
        self._desk.join(5.0)
        self._ear.close()
        self._notes.close()
        self._capsules.end_at_hand(_GRACE_SECONDS)
        self._leases.close()
        self._house.join(5.0)
        try:
            self._line.forget_worker()
        except psycopg.Error as error:
            _log.warning("the database was gone before the worker: %s", str(error).strip())
        self._line.close()
        if self._orphans:
            self._orphans.close()
        if self._own_boxes:
            self._boxes.close()


def _orphans(connections: Connections, line: Line) -> Orphans | None:
    """Who ends at a vendor what no job asks for any more; nobody, where no vendor is reached."""
    if (braket := connections.braket) is None:
        return None
    from quapsule.providers.braket import BraketVendor

    return Orphans(line, lambda backend: BraketVendor(braket, backend), BRAKET_ARNS)


def _refuse_without_boxes(settings: Settings, usable: bool, missing: list[str]) -> None:
    if not usable:
        raise Problem("not_ready", "This machine offers no boxes for scripts.", hint="`quapsule doctor` says which layers are missing.")
    if settings.mode == "team" and missing:
        raise Problem("not_ready", f"Team mode needs layers that are off here: {', '.join(missing)}.", hint="See `quapsule doctor`.")


def _say_ready() -> None:
    """The platform that started this process waits for a word on the descriptor that it named."""
    descriptor = os.environ.pop("QUAPSULE_READY_FD", "")
    if descriptor:
        os.write(int(descriptor), b"ready\n")
        os.close(int(descriptor))
