"""Workers killed at each step of a submission, on a whole platform; and that the check would see a second submission."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("braket")]


@pytest.mark.parametrize("options", [[], ["--mutant"]], ids=["token", "mutant"])
def test_no_task_is_submitted_twice_and_no_job_lost_unless_the_token_is_left_out(options: list[str]) -> None:
    command = [sys.executable, "-m", "bench.submissions", "--jobs", "20", *options]
    ended = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=1200)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-3000:]
