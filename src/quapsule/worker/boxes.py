"""The fork servers of this worker: one per script framework that is installed, one per kind of engine. The common ones are started before
the worker is ready, the others behind it or at first need; one that died is started again by the next that needs a box."""

import logging
import os
import threading
import time
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import quapsule
from quapsule.errors import Problem
from quapsule.sandbox.launch import Box, ForkServer, SandboxFailed
from quapsule.sandbox.layers import Layers
from quapsule.sandbox.profile import ENVIRONMENT, Limits, Profile
from quapsule.settings import Settings
from quapsule.worker.outcome import Failure

_log = logging.getLogger(__name__)
_HOME = Path(quapsule.__file__).parent
# What of our own code lies in each kind of box.
SCRIPT_CODE = (_HOME / "runner", _HOME / "integrity")
ENGINE_CODE = (_HOME / "providers" / "engines", _HOME / "integrity")
# What must be installed for a framework's scripts; the runner of each is runner/frameworks/<name>.py.
FRAMEWORKS = {"openqasm": "", "qiskit": "qiskit", "cirq": "cirq", "pennylane": "pennylane", "marqov": "marqov"}
_AT_ONCE = ("openqasm", "qiskit")  # the others' imports take longer, and fewer jobs wait for them
_BACKGROUND = 10
_SETS_OF_PACKAGES = 2
_YEARS = 1 << 30  # an engine serves many jobs: each job's own deadline bounds it


@dataclass(frozen=True)
class _Kind:
    """A kind of engine box: its package below providers/, and whether it may use every core."""

    package: str
    code: tuple[Path, ...]
    all_cores: bool = False


# "analog" and "mitigation" are started by the first job that needs one.
KINDS = {
    "engine": _Kind("engines", ENGINE_CODE, all_cores=True),
    "analog": _Kind("analog_engine", (_HOME / "providers" / "analog_engine", *ENGINE_CODE)),
    "mitigation": _Kind("mitigation_engine", (_HOME / "providers" / "mitigation_engine", *ENGINE_CODE)),
}


class Boxes:
    def __init__(self, settings: Settings, layers: Layers) -> None:
        """Raises Problem validation_error when the settings name a framework that nobody knows."""
        self._wanted = {name.strip() for name in settings.warm_frameworks.split(",")} - {""}
        if unknown := self._wanted - {"all", *FRAMEWORKS}:
            says = f"QUAPSULE_WARM_FRAMEWORKS names {', '.join(sorted(unknown))}; known are all, {', '.join(FRAMEWORKS)}."
            raise Problem("validation_error", says)
        self._settings, self._layers = settings, layers
        self._servers: dict[str, ForkServer] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._with_packages: OrderedDict[str, None] = OrderedDict()  # keys of servers that have packages of their own, the last used last
        self._making = threading.Lock()
        self._closed = threading.Event()

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Those whose packages are installed."""
        return tuple(name for name, package in FRAMEWORKS.items() if not package or find_spec(package))

    @property
    def warm_frameworks(self) -> tuple[str, ...]:
        """Those of them that the settings want ready before their first job."""
        return tuple(name for name in self.frameworks if "all" in self._wanted or name in self._wanted)

    def start(self) -> None:
        """The engine's server and the common frameworks'. Raises SandboxFailed when the engine's does not start: no job can run then."""
        failures: dict[str, Exception] = {}

        def start_one(name: str) -> None:
            if problem := self._try(name):
                failures[name] = problem

        at_once = ("engine", *(name for name in self.warm_frameworks if name in _AT_ONCE))
        starters = [threading.Thread(target=start_one, args=(name,)) for name in at_once]
        for starter in starters:
            starter.start()
        for starter in starters:
            starter.join()
        if "engine" in failures:
            raise failures["engine"]

    def start_others(self) -> None:
        """The other warm frameworks, one after another and behind whatever else wants the processor; returns at once."""
        threading.Thread(target=self._start_others, name="other-boxes", daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        for server in list(self._servers.values()):
            server.close()

    def take_script(self, framework: str, limits: Limits | None = None, packages: Path | None = None) -> Box:
        """A box for a script, cut to `limits`, with a folder of `packages` before the installed ones. Raises Failure: user, when its
        runtime is not installed; transient, when there is no box."""
        if framework not in self.frameworks:
            known = ", ".join(self.frameworks) or "none"
            raise Failure(
                "user",
                "framework_unavailable",
                f"Scripts of {framework} cannot run here: its runtime is not installed.",
                f"Installed runtimes: {known}. The operator adds one with `pip install quapsule[{framework}]`.",
            )
        return self._take(framework, limits, packages)

    def take_engine(self, kind: str = "engine") -> Box:
        """A box of one of KINDS. Raises Failure transient, when there is none."""
        return self._take(kind)

    def _take(self, name: str, limits: Limits | None = None, packages: Path | None = None) -> Box:
        try:
            return self._server(name, packages=packages).take(limits)
        except SandboxFailed as problem:
            raise Failure("transient", "no_box", f"No box could be had for the job: {problem}", "See `quapsule doctor`.") from problem

    def _start_others(self) -> None:
        for name in self.warm_frameworks:
            if name not in self._servers and not self._closed.is_set():
                self._try(name, in_background=True)

    def _try(self, name: str, in_background: bool = False) -> Exception | None:
        try:
            self._server(name, in_background)
        except Exception as problem:  # noqa: BLE001  # told to who waits, or to the operator: the next job of it tries again
            if not self._closed.is_set():
                _log.error("boxes of %s cannot be had: %s", name, problem)
            return problem
        return None

    def _server(self, name: str, in_background: bool = False, packages: Path | None = None) -> ForkServer:
        key = name if packages is None else f"{name} with {packages.name}"
        with self._making:
            lock = self._locks[key]
            if packages is not None:
                self._with_packages[key] = None
                self._with_packages.move_to_end(key)
                self._end_idle()
        with lock:
            server = self._servers.get(key)
            if server is not None and server.alive:
                return server
            if self._closed.is_set():
                raise SandboxFailed("the worker stops")
            if server is not None:
                _log.warning("the fork server of %s ended; it is started again", key)
                server.close()
            server = self._make(name, packages)
            if in_background and os.geteuid() == 0:  # only root's boxes may take their turn back
                threading.Thread(target=_give_way, args=(server,), daemon=True).start()
            server.start()
            self._servers[key] = server
            if self._closed.is_set():  # while it was being started
                server.close()
                raise SandboxFailed("the worker stops")
            return server

    def _end_idle(self) -> None:
        """Few sets of packages are kept warm; the one that was used longest ago goes, unless a script of it still runs."""
        for key in list(self._with_packages)[:-_SETS_OF_PACKAGES]:
            server = self._servers.get(key)
            if server is not None and not server.busy:
                del self._with_packages[key], self._servers[key]
                server.close()

    def _make(self, name: str, packages: Path | None = None) -> ForkServer:
        settings = self._settings
        if name in KINDS:
            kind = KINDS[name]
            # A script has one core; an engine may have them all, and takes more than one only for circuits that are worth it.
            cores = (os.cpu_count() or 1) if kind.all_cores else 1
            limits = Limits(memory_bytes=settings.engine_memory_mb << 20, cpu_seconds=_YEARS, cpus=float(cores))
            profile = Profile(limits, code=kind.code, environment={**ENVIRONMENT, "OMP_NUM_THREADS": str(cores)})
            module = f"quapsule.providers.{kind.package}.serve"
            return ForkServer(name, [module], f"{module}:serve", profile, self._layers, spares=0)
        profile = Profile(script_limits(settings), code=SCRIPT_CODE, packages=() if packages is None else (str(packages),))
        spares = max(1, min(settings.slots, 4)) if packages is None else 0
        return ForkServer(name, [f"quapsule.runner.frameworks.{name}"], "quapsule.runner.serve:serve", profile, self._layers, spares=spares)


def script_limits(settings: Settings) -> Limits:
    return Limits(
        memory_bytes=settings.job_memory_mb << 20,
        processes=settings.job_processes,
        cpu_seconds=max(1, round(settings.job_seconds)),
        disk_bytes=settings.job_disk_mb << 20,
    )


def _give_way(server: ForkServer) -> None:
    """Its imports get what jobs leave of the processor; its boxes run at their full turn, as any."""
    until = time.monotonic() + 5.0
    while not server.pid and time.monotonic() < until:
        time.sleep(0.001)
    if server.pid:
        try:
            os.setpriority(os.PRIO_PGRP, server.pid, _BACKGROUND)
        except ProcessLookupError:
            return  # it ended already; who started it is told why
