"""1,000 jobs while workers, API and PostgreSQL are killed (-9), paused for longer than the lease, and restarted at random.

Every job must end exactly once: none lost, none with two results, and each result recorded by the attempt that held the job. With --mutant
the fence is cut out of the database's finish function first; then the same check must fail, which shows that it can.
"""

import argparse
import contextlib
import http.client
import json
import random
import signal
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import psycopg

from bench.figures import machine
from bench.place import BELL_QISKIT, Place, started
from quapsule.database.logins import read_urls

LEASE_SECONDS = 2.0
# Long enough that a fault meets it half-way, short enough that two workers keep up.
SCRIPT = f"import random\nimport time\n\ntime.sleep(random.uniform(0.05, 0.75))\n{BELL_QISKIT}"
FAULTS = ("kill worker", "pause worker", "pause worker", "kill api", "kill postgres")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=random.randrange(1 << 31))
    arguments.add_argument("--rate", type=float, default=14.0, help="jobs submitted per second")
    arguments.add_argument("--mutant", action="store_true", help="without the fence: the check must fail")
    given = arguments.parse_args()
    print(machine())
    print(f"seed {given.seed}")
    with started(workers=2, slots=4, lease_seconds=LEASE_SECONDS, max_attempts=20) as place:
        if given.mutant:
            _cut_the_fence(place)
        done, faults = threading.Event(), list[str]()
        monkey = threading.Thread(target=_disturb, args=(random.Random(given.seed), done, faults))
        with ThreadPoolExecutor(8) as pool:
            monkey.start()
            began = time.monotonic()
            jobs = list(pool.map(lambda number: _submit_surely(place, began + number / given.rate), range(given.jobs)))
        done.set()
        monkey.join()
        _wait_for_all(place, given.jobs, seconds=300)
        problems = _check(place, jobs)
        print(", ".join(f"{faults.count(kind)} x {kind}" for kind in dict.fromkeys(FAULTS)))
    print(f"{given.jobs} jobs: " + ("each ended exactly once, with one result" if not problems else f"{len(problems)} problems"))
    for problem in problems[:10]:
        print(" ", problem)
    sys.exit(bool(problems) != given.mutant)


def _submit_surely(place: Place, at: float) -> str:
    """Submits with one Idempotency-Key until an answer comes: whatever dies meanwhile, it is one job."""
    time.sleep(max(0.0, at - time.monotonic()))
    body = json.dumps({"inline_code": SCRIPT, "framework": "qiskit", "backend": "local", "params": {"shots": 100}}).encode()
    headers = {"Authorization": f"Bearer {place.token}", "Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = place.connect()
            connection.request("POST", "/api/jobs/submit", body, headers)
            response = connection.getresponse()
            text = response.read()
            if response.status == 200:
                return str(json.loads(text)["job_id"])
            if response.status < 500:
                raise RuntimeError(text.decode())
        time.sleep(0.1)


def _disturb(dice: random.Random, done: threading.Event, faults: list[str]) -> None:
    while not done.wait(dice.uniform(0.5, 2.5)):
        fault = dice.choice(FAULTS)
        victims = _parts()[fault.split()[1]]
        if not victims:
            continue  # it is just being restarted
        victim = dice.choice(victims)
        faults.append(fault)
        with contextlib.suppress(psutil.NoSuchProcess):
            if fault.startswith("kill"):
                victim.send_signal(signal.SIGKILL)
            else:
                victim.send_signal(signal.SIGSTOP)
                done.wait(LEASE_SECONDS * dice.uniform(1.05, 1.9))  # the job may be another worker's by now, and still run there
                victim.send_signal(signal.SIGCONT)


def _parts() -> dict[str, list[psutil.Process]]:
    found: dict[str, list[psutil.Process]] = {"worker": [], "api": [], "postgres": []}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            line = process.cmdline()
            if "quapsule.worker" in line:
                found["worker"].append(process)
            elif "quapsule.api" in line:
                found["api"].append(process)
            elif line and line[0].endswith("/postgres"):
                found["postgres"].append(process)  # the postmaster: its children show other titles
    return found


def _owner(place: Place) -> psycopg.Connection[Any]:
    """The owner's login, through restarts."""
    for _ in range(300):
        try:
            return psycopg.connect(read_urls(place.settings).owner, autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.2)
    raise RuntimeError("PostgreSQL did not come back")


def _wait_for_all(place: Place, jobs: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(psycopg.OperationalError), _owner(place) as owner:
            row = owner.execute("select count(*) from public.job_runs where status in ('completed', 'failed', 'cancelled')").fetchone()
            if row and row[0] >= jobs:
                return
        time.sleep(0.5)


def _check(place: Place, jobs: list[str]) -> list[str]:
    with _owner(place) as owner:
        rows = owner.execute(
            """
            select j.id::text, j.status, j.error_message,
                   (select count(*) from public.job_events e
                     where e.job_id = j.id and e.event in ('job.completed', 'job.failed', 'job.cancelled')),
                   (select count(*) from public.job_results r where r.job_run_id = j.id and r.result_type = 'counts'),
                   (select count(*) from public.job_attempts a where a.job_id = j.id and a.outcome = j.status),
                   (select count(*) from public.job_events e join public.job_attempts a on a.job_id = e.job_id and a.attempt = e.attempt
                     where e.job_id = j.id and (e.detail ->> 'fence')::bigint <> a.fence)
              from public.job_runs j
            """
        ).fetchall()
    problems = [f"{job}: acknowledged, but not there" for job in set(jobs) - {row[0] for row in rows}]
    problems += [f"{row[0]}: there, but never acknowledged" for row in rows if row[0] not in set(jobs)]
    for job, status, message, ends, results, attempts, foreign in rows:
        if status != "completed":
            problems.append(f"{job}: {status} ({message})")
        if (ends, results, attempts) != (1, 1, 1):
            problems.append(f"{job}: {ends} ends, {results} results, {attempts} attempts that ended it")
        if foreign:
            problems.append(f"{job}: recorded by an attempt that no longer held it")
    return problems


def _cut_the_fence(place: Place) -> None:
    with _owner(place) as owner:
        text = owner.execute("select pg_get_functiondef('worker.finish_jobs(jsonb)'::regprocedure)").fetchone()[0]  # type: ignore[index]
        mutant = text.replace("and g.fence = l.fence", "")
        if mutant == text:
            raise SystemExit("the fence was not found in worker.finish_jobs: the mutant is no mutant")
        owner.execute(mutant)


if __name__ == "__main__":
    main()
