"""Idle memory of the whole tree, and start time: cold (new home, cluster made) and warm (same home again)."""

import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.figures import machine
from bench.throughput import tree_memory
from quapsule.platform import running
from quapsule.settings import read_settings


def main() -> None:
    print(machine())
    home = Path(tempfile.mkdtemp(prefix="qb-", dir="/tmp"))
    home.chmod(0o755)
    settings = replace(read_settings(), home=home, port=0)
    try:
        for kind in ("cold", "warm", "warm"):
            began = time.perf_counter()
            with running(settings) as tree:
                ready = time.perf_counter() - began
                time.sleep(5)
                print(f"{kind} start to ready {ready:6.2f} s   idle memory of the tree {tree_memory(tree.pids()):7.1f} MiB (PSS)")
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
