"""Real boxes for whole scripts: an engine's, and one for each framework that a test asks for."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.providers.boxes import Boxes, Told
from tests.providers.conftest import ScriptServers

from quapsule.sandbox.launch import ForkServer
from quapsule.sandbox.layers import inspect_layers
from quapsule.sandbox.profile import Limits, Profile
from quapsule.worker.boxes import ENGINE_CODE, SCRIPT_CODE

LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=120)


@pytest.fixture(scope="session")
def run_in_box() -> Iterator[Callable[..., Told]]:
    """run(framework, code, **params): a Python script in a box of its own, its programs in an engine's."""
    layers = inspect_layers()
    engine = "quapsule.providers.engines.serve"
    engines = ForkServer("engine", [engine], f"{engine}:serve", Profile(LIMITS, code=ENGINE_CODE), layers, spares=0)
    scripts = ScriptServers(Profile(LIMITS, code=SCRIPT_CODE), layers)

    def run(framework: str, code: str, **params: Any) -> Told:
        return Boxes(engines, scripts).run(framework, "python", code, {"shots": 1000, **params})

    try:
        engines.start()
        yield run
    finally:
        for server in (engines, *scripts.values()):
            server.close()
