"""Real boxes: an engine's, and one per script framework."""

from collections.abc import Iterator

import pytest

from quapsule.sandbox.launch import ForkServer
from quapsule.sandbox.layers import Layers, inspect_layers
from quapsule.sandbox.profile import Limits, Profile
from quapsule.worker.boxes import ENGINE_CODE, SCRIPT_CODE

from .boxes import Boxes
from .braket_server.house import BraketHouse, braket_house


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
    scripts = ScriptServers(Profile(limits, code=SCRIPT_CODE), layers)
    try:
        engines.start()
        yield Boxes(engines, scripts)
    finally:
        for server in (engines, *scripts.values()):
            server.close()


class ScriptServers(dict[str, ForkServer]):
    """One per framework (openqasm, qiskit, cirq, pennylane, marqov), started by the first test that asks for it: imports take seconds."""

    def __init__(self, profile: Profile, layers: Layers) -> None:
        super().__init__()
        self._profile, self._layers = profile, layers

    def __missing__(self, name: str) -> ForkServer:
        server = ForkServer(
            name, [f"quapsule.runner.frameworks.{name}"], "quapsule.runner.serve:serve", self._profile, self._layers, spares=0
        )
        server.start()
        self[name] = server
        return server


@pytest.fixture(scope="session")
def braket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BraketHouse]:
    """A server of Amazon Braket's protocol and an S3 server, for all tests of a process."""
    with braket_house(tmp_path_factory.mktemp("braket")) as house:
        yield house
