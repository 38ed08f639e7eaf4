"""The fork servers of this worker: one per script framework that is installed, one for engines. Started in parallel; one that died is
started again by the next that needs a box."""

import logging
import os
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import quapsule
from quapsule.sandbox.launch import Box, ForkServer, SandboxFailed
from quapsule.sandbox.layers import Layers
from quapsule.sandbox.profile import ENVIRONMENT, Limits, Profile
from quapsule.settings import Settings
from quapsule.worker.outcome import Failure

_log = logging.getLogger(__name__)
_HOME = Path(quapsule.__file__).parent
_ENGINE = "engine"
# What of our own code lies in each kind of box.
SCRIPT_CODE = (_HOME / "runner", _HOME / "integrity")
ENGINE_CODE = (_HOME / "providers" / "engines", _HOME / "integrity")
# What must be installed for a framework's scripts; the runner of each is runner/frameworks/<name>.py.
FRAMEWORKS = {"openqasm": "", "qiskit": "qiskit"}
_YEARS = 1 << 30  # an engine serves many jobs: each job's own deadline bounds it


class Boxes:
    def __init__(self, settings: Settings, layers: Layers) -> None:
        self._settings, self._layers = settings, layers
        self._servers: dict[str, ForkServer] = {}
        self._locks = {name: threading.Lock() for name in (*FRAMEWORKS, _ENGINE)}
        self._closed = False

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Those whose packages are installed."""
        return tuple(name for name, package in FRAMEWORKS.items() if not package or find_spec(package))

    def start(self) -> None:
        """Raises SandboxFailed when the engine's server does not start: without it no job can run."""
        failures: dict[str, Exception] = {}

        def start_one(name: str) -> None:
            try:
                self._server(name)
            except Exception as problem:  # noqa: BLE001  # handed to who waits for all starters
                failures[name] = problem
                _log.error("boxes of %s cannot be had: %s", name, problem)

        starters = [threading.Thread(target=start_one, args=(name,)) for name in (_ENGINE, *self.frameworks)]
        for starter in starters:
            starter.start()
        for starter in starters:
            starter.join()
        if _ENGINE in failures:
            raise failures[_ENGINE]

    def close(self) -> None:
        self._closed = True
        for server in list(self._servers.values()):
            server.close()

    def take_script(self, framework: str, limits: Limits | None = None) -> Box:
        """A box for a script, cut to `limits`. Raises Failure: user, when its runtime is not installed; transient, when there is no box."""
        if framework not in self.frameworks:
            known = ", ".join(self.frameworks) or "none"
            raise Failure(
                "user",
                "framework_unavailable",
                f"Scripts of {framework} cannot run here: its runtime is not installed.",
                f"Installed runtimes: {known}. The operator adds one with `pip install quapsule[{framework}]`.",
            )
        return self._take(framework, limits)

    def take_engine(self) -> Box:
        return self._take(_ENGINE)

    def _take(self, name: str, limits: Limits | None = None) -> Box:
        try:
            return self._server(name).take(limits)
        except SandboxFailed as problem:
            raise Failure("transient", "no_box", f"No box could be had for the job: {problem}", "See `quapsule doctor`.") from problem

    def _server(self, name: str) -> ForkServer:
        with self._locks[name]:
            server = self._servers.get(name)
            if server is not None and server.alive:
                return server
            if self._closed:
                raise SandboxFailed("the worker stops")
            if server is not None:
                _log.warning("the fork server of %s ended; it is started again", name)
                server.close()
            server = self._make(name)
            server.start()
            self._servers[name] = server
            return server

    def _make(self, name: str) -> ForkServer:
        settings = self._settings
        if name == _ENGINE:
            limits = Limits(memory_bytes=settings.engine_memory_mb << 20, cpu_seconds=_YEARS)
            # A script has one core; an engine may have them all, and takes more than one only for circuits that are worth it.
            cores = os.cpu_count() or 1
            environment = {**ENVIRONMENT, "OMP_NUM_THREADS": str(cores)}
            profile = Profile(replace(limits, cpus=float(cores)), code=ENGINE_CODE, environment=environment)
            return ForkServer(
                name, ["quapsule.providers.engines.serve"], "quapsule.providers.engines.serve:serve", profile, self._layers, spares=0
            )
        profile = Profile(script_limits(settings), code=SCRIPT_CODE)
        spares = max(1, min(settings.slots, 4))
        return ForkServer(name, [f"quapsule.runner.frameworks.{name}"], "quapsule.runner.serve:serve", profile, self._layers, spares=spares)


def script_limits(settings: Settings) -> Limits:
    return Limits(
        memory_bytes=settings.job_memory_mb << 20,
        processes=settings.job_processes,
        cpu_seconds=max(1, round(settings.job_seconds)),
        disk_bytes=settings.job_disk_mb << 20,
    )
