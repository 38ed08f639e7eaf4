"""`python -m tests.capsules.weighed URL HOME`: does one request after another as a worker would, and says for each how much memory this
process has needed at most since it began, in KiB."""

import resource
import sys
from pathlib import Path

from quapsule.sandbox.layers import inspect_layers
from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes
from quapsule.worker.capsules import Capsules


def main(url: str, home: str) -> None:
    settings = Settings(home=Path(home), worker_database_url=url)
    worker = Capsules(settings, Boxes(settings, inspect_layers()), "weighed")
    while worker.do_next():
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
