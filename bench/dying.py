"""A worker that kills itself (-9) at a step of a submission: once for every second job, at the step that the job's name draws.
For bench.submissions.

    python -m bench.dying FOLDER [--mutant]

FOLDER keeps who has died where. With --mutant the client token is left out, as a client does that never heard of it."""

import os
import signal
import sys
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import quapsule.providers.braket as braket
import quapsule.worker.steps as steps
from quapsule.providers.vendor import Intended, Intent, VendorResult, VendorState
from quapsule.worker.main import main
from quapsule.worker.tasks import JobTasks

STEPS = (
    "before the intent",
    "after the intent",
    "after it was accepted",
    "after it was noted",
    "at a look",
    "at the result",
    "after the result",
)
_at_hand = threading.local()


def step_of(job: str) -> str | None:
    """None: this job's worker is left alone (though it may die of another's)."""
    drawn = uuid.UUID(job).int
    return STEPS[drawn % len(STEPS)] if drawn // len(STEPS) % 2 == 0 else None


class Reaper:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pass_by(self, step: str) -> None:
        job = getattr(_at_hand, "job", "")
        if job and step_of(job) == step:
            try:
                (self._folder / job).touch(exist_ok=False)
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGKILL)


def tasks_that_die(reaper: Reaper) -> type[JobTasks]:
    class Tasks(JobTasks):
        def intend(self, intent: Intent) -> Intended:
            _at_hand.job = str(self.claim.job_id)
            reaper.pass_by("before the intent")
            intended = super().intend(intent)
            reaper.pass_by("after the intent")
            return intended

        def note(self, seq: int, status: str, **given: Any) -> None:
            super().note(seq, status, **given)
            if status == "submitted":
                reaper.pass_by("after it was noted")

    return Tasks


def vendor_that_dies(reaper: Reaper, mutant: bool) -> type[braket.BraketVendor]:
    class Vendor(braket.BraketVendor):
        def submit(self, program: str, shots: int, client_token: str, tags: Mapping[str, str]) -> str:
            task_id = super().submit(program, shots, str(uuid.uuid4()) if mutant else client_token, tags)
            reaper.pass_by("after it was accepted")
            return task_id

        def find(self, client_token: str) -> str | None:
            return None if mutant else super().find(client_token)

        def poll(self, task_id: str) -> VendorState:
            state = super().poll(task_id)
            reaper.pass_by("at a look")
            return state

        def result(self, task_id: str) -> VendorResult:
            reaper.pass_by("at the result")
            result = super().result(task_id)
            reaper.pass_by("after the result")
            return result

    return Vendor


if __name__ == "__main__":
    the_reaper = Reaper(Path(sys.argv[1]))
    vars(steps)["JobTasks"] = tasks_that_die(the_reaper)
    vars(braket)["BraketVendor"] = vendor_that_dies(the_reaper, "--mutant" in sys.argv)
    sys.exit(main())
