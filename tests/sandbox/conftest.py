import os
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quapsule.sandbox.launch import ForkServer
from quapsule.sandbox.layers import inspect_layers
from quapsule.sandbox.profile import Profile

from . import boxes


@pytest.fixture(scope="session")
def server() -> Iterator[ForkServer]:
    """A fork server of the OpenQASM runner with small boxes; the canary in this process's environment must never reach one."""
    os.environ["QUAPSULE_CANARY"] = f"canary-{secrets.token_hex(16)}"
    server = ForkServer(
        "escapes",
        ["quapsule.runner.frameworks.openqasm"],
        "quapsule.runner.serve:serve",
        Profile(boxes.SMALL, code=(boxes.RUNNER,)),
        inspect_layers(),
    )
    server.start()
    yield server
    server.close()


@pytest.fixture
def visit(server: ForkServer) -> Iterator[Callable[..., boxes.Visit]]:
    """visit(code, seconds=…): what the script did in its box. Afterwards the host is proved unharmed."""

    def go(code: str, seconds: float = 8.0, **more: Any) -> boxes.Visit:
        return boxes.visit(server, code, seconds, **more)

    yield go
    boxes.assert_host_unharmed(server)
