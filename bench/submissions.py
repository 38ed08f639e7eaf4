"""150 jobs at a server of Amazon Braket's protocol while workers are killed (-9) at each step of a submission, and the server answers
500 to what it accepted and 429 to what it did not.

Every job must be one task at the vendor, and end once, with its own result. With --mutant the client token is left out; then the same check
must fail, which shows that it can.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from bench.dying import STEPS, step_of
from bench.figures import machine
from bench.place import Place, started
from quapsule.database.logins import read_urls

BACKEND = "iqm-garnet"
LEASE_SECONDS = 3.0
WIDTH = 8  # each job writes its own number in so many qubits: a result tells whose it is
_HOUSE = "tests.providers.braket_server.house"  # by name: tests are not part of the benches' types


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=150)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--mutant", action="store_true", help="without the client token: the check must fail")
    given = arguments.parse_args()
    print(machine())
    problems = run(given.jobs, given.workers, given.mutant)
    print(
        f"{given.jobs} jobs: " + ("each was one task and ended once, with its own result" if not problems else f"{len(problems)} problems")
    )
    for problem in problems[:10]:
        print(" ", problem)
    sys.exit(bool(problems) != given.mutant)


def run(jobs: int, workers: int = 2, mutant: bool = False) -> list[str]:
    """What was wrong, as sentences; empty when nothing was."""
    if jobs >= 1 << WIDTH:
        raise SystemExit(f"at most {(1 << WIDTH) - 1} jobs")
    began = time.monotonic()
    house_of = importlib.import_module(_HOUSE).braket_house
    with house_of(Path(tempfile.mkdtemp(prefix="qb-braket-"))) as house, tempfile.TemporaryDirectory(prefix="qb-deaths-") as deaths:
        Path(deaths).chmod(0o777)
        limits = {"lease_seconds": LEASE_SECONDS, "max_attempts": 60, "braket_job_limit_usd": 1.0, "braket_poll_seconds": 0.1}
        with started(workers=0, slots=3, warm_frameworks="openqasm", **limits, **house.settings) as place:
            herd = Herd(place, Path(deaths), workers, mutant)
            herd.start()
            try:
                herd.await_first()
                house.plant("accepted_then_500", times=max(2, jobs // 15))
                house.plant("throttle", times=jobs // 15, seconds=0.2)
                with ThreadPoolExecutor(4) as pool:
                    names = list(pool.map(lambda number: _submit(place, number), range(1, jobs + 1)))
                _wait_for_all(place, jobs, seconds=900)
            finally:
                herd.stop()
            problems = _check(place, house, dict(zip(names, range(1, jobs + 1), strict=True)))
        died = Counter(step_of(job.name) for job in Path(deaths).iterdir())
    print(f"{sum(died.values())} x kill -9 in {time.monotonic() - began:.0f} s: " + ", ".join(f"{died[step]} {step}" for step in STEPS))
    problems += [f"no worker died {step}" for step in STEPS if not died[step] and jobs >= 10 * len(STEPS)]
    return problems


class Herd(threading.Thread):
    """Workers that kill themselves, and are started again."""

    def __init__(self, place: Place, deaths: Path, workers: int, mutant: bool) -> None:
        super().__init__(daemon=True)
        settings = place.settings
        self._command = [sys.executable, "-m", "bench.dying", str(deaths), *(["--mutant"] if mutant else [])]
        named = ("home", "lease_seconds", "max_attempts", "slots", "warm_frameworks", "job_seconds")
        braket = [name for name in vars(settings) if name.startswith("braket_")]
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(["src", "."]),
            "QUAPSULE_WORKER_DATABASE_URL": read_urls(settings).worker,
            **{f"QUAPSULE_{name.upper()}": str(getattr(settings, name)) for name in (*named, *braket)},
        }
        self._owner_url = read_urls(settings).owner
        self._log = (settings.home / "log" / "dying.log").open("wb")
        self._processes: list[subprocess.Popen[bytes]] = [self._spawn() for _ in range(workers)]
        self._stopping = threading.Event()

    def await_first(self) -> None:
        with psycopg.connect(self._owner_url, autocommit=True) as owner:
            for _ in range(600):
                row = owner.execute("select count(*) from private.workers where 'braket' = any (providers)").fetchone()
                if row and row[0]:
                    return
                time.sleep(0.1)
        raise RuntimeError("no worker came up: " + Path(self._log.name).read_text()[-2000:])

    def run(self) -> None:
        while not self._stopping.wait(0.1):
            self._processes = [one if one.poll() is None else self._spawn() for one in self._processes]

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()
        self._log.close()

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env=self._environment, stdout=self._log, stderr=self._log, start_new_session=True)


def _submit(place: Place, number: int) -> str:
    flips = "".join(f"x q[{bit}];\n" for bit in range(WIDTH) if number >> (WIDTH - 1 - bit) & 1)
    text = f'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[{WIDTH}] q;\nbit[{WIDTH}] c;\n{flips}c = measure q;\n'
    body = {"circuit": {"format": "qasm3", "payload": text}, "framework": "openqasm", "backend": BACKEND, "params": {"shots": 10}}
    return str(place.ask("POST", "/api/jobs/submit", body)["job_id"])


def _wait_for_all(place: Place, jobs: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    with psycopg.connect(read_urls(place.settings).owner, autocommit=True) as owner:
        while time.monotonic() < until:
            row = owner.execute("select count(*) from public.job_runs where status in ('completed', 'failed', 'cancelled')").fetchone()
            if row and row[0] >= jobs:
                return
            time.sleep(0.5)


def _check(place: Place, house: Any, numbers: dict[str, int]) -> list[str]:
    problems = []
    vendor: dict[str, list[str]] = defaultdict(list)
    for arn, body in house.ask("select arn, body from tasks"):
        vendor[json.loads(body)["tags"]["quapsule-job"]].append(arn)
    for job, number in numbers.items():
        if len(vendor[job]) != 1:
            problems.append(f"{job}: {len(vendor[job])} tasks at the vendor (its worker died {step_of(job)})")
        with psycopg.connect(read_urls(place.settings).owner, autocommit=True) as owner:
            problems += [f"{job}: {problem}" for problem in _check_job(owner, job, number, vendor[job])]
    problems += [f"{job}: at the vendor, but no job of ours" for job in vendor.keys() - numbers.keys()]
    return problems


def _check_job(owner: psycopg.Connection[Any], job: str, number: int, arns: list[str]) -> list[str]:
    status, message, cost = owner.execute(
        "select status, error_message, actual_cost_usd::float from public.job_runs where id = %s", (job,)
    ).fetchone() or ("lost", None, None)
    if status != "completed":
        return [f"{status} ({message})"]
    ends = owner.execute(
        "select count(*) from public.job_events where job_id = %s and event in ('job.completed', 'job.failed', 'job.cancelled')", (job,)
    ).fetchone()
    results = owner.execute(
        "select result_data -> 'counts' from public.job_results where job_run_id = %s and result_type = 'counts'", (job,)
    ).fetchall()
    tasks = owner.execute(
        "select provider_task_id, status, cost_usd::float from public.job_tasks where job_id = %s and not emulated", (job,)
    ).fetchall()
    problems = []
    if ends != (1,):
        problems.append(f"{ends} ends")
    if results != [({format(number, f"0{WIDTH}b"): 10},)]:
        problems.append(f"number {number} came back as {results}")
    if [task[0] for task in tasks] != arns or [task[1] for task in tasks] != ["completed"]:
        problems.append(f"its tasks {tasks} are not those of the vendor")
    elif abs((cost or 0) - sum(task[2] for task in tasks)) > 1e-6:
        problems.append(f"it cost {cost}, its tasks {tasks}")
    return problems


if __name__ == "__main__":
    main()
