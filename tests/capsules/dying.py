"""A worker's process that dies in the middle. `python -m tests.capsules.dying URL HOME`: for each number on stdin, a copy of this process
does one request and is killed before its so-many-th statement; "died" or "lived" is answered."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg

from quapsule.sandbox.layers import inspect_layers
from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes
from quapsule.worker.capsules import Capsules


def main(url: str, home: str) -> None:
    settings = Settings(home=Path(home), worker_database_url=url)
    layers = inspect_layers()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _die_before(int(line))
            Capsules(settings, Boxes(settings, layers), "dying").do_next()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("lived" if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0 else "died", flush=True)


def _die_before(statement: int) -> None:
    execute, left = psycopg.Cursor.execute, statement

    def counted(self: Any, *given: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(self, *given, **options)

    psycopg.Cursor.execute = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    main(*sys.argv[1:])
