"""Real boxes: an engine's, and one per script framework."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import quapsule
from quapsule.sandbox.launch import ForkServer
from quapsule.sandbox.layers import inspect_layers
from quapsule.sandbox.profile import Limits, Profile

from .boxes import Boxes

_HOME = Path(quapsule.__file__).parent


@pytest.fixture(scope="session")
def boxes() -> Iterator[Boxes]:
    layers = inspect_layers()
    limits = Limits(memory_bytes=1 << 30, cpu_seconds=120)
    engines = ForkServer(
        "engine", ["engines.serve"], "engines.serve:serve", Profile(limits, code=(_HOME / "providers" / "engines",)), layers, spares=0
    )
    profile = Profile(limits, code=(_HOME / "runner",))
    scripts = {
        name: ForkServer(name, [f"runner.frameworks.{name}"], "runner.serve:serve", profile, layers, spares=0)
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
