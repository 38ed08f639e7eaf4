"""Real boxes: an engine's, and one per script framework."""

from collections.abc import Iterator

import pytest

from quapsule.sandbox.launch import ForkServer
from quapsule.sandbox.layers import inspect_layers
from quapsule.sandbox.profile import Limits, Profile
from quapsule.worker.boxes import ENGINE_CODE, SCRIPT_CODE

from .boxes import Boxes


@pytest.fixture(scope="session")
def boxes() -> Iterator[Boxes]:
    layers = inspect_layers()
    limits = Limits(memory_bytes=1 << 30, cpu_seconds=120)
    engines = ForkServer(
        "engine",
        ["quapsule.providers.engines.serve"],
        "quapsule.providers.engines.serve:serve",
        Profile(limits, code=ENGINE_CODE),
        layers,
        spares=0,
    )
    profile = Profile(limits, code=SCRIPT_CODE)
    scripts = {
        name: ForkServer(name, [f"quapsule.runner.frameworks.{name}"], "quapsule.runner.serve:serve", profile, layers, spares=0)
        for name in ("openqasm", "qiskit")
    }
    servers = [engines, *scripts.values()]
    try:
        for server in servers:
            server.start()
        yield Boxes(engines, scripts)
    finally:
        for server in servers:
            server.close()
