"""Claim → finish of no-op jobs with 1, 2 and 4 workers, beside procrastinate on the same PostgreSQL in the same run.

Ours goes through the worker's real desk: a lease and a fence for each job, one result row and one terminal event each. Procrastinate's
workers run an empty task, at the best of several concurrencies. The two take turns, so that both meet the same noise.
"""

import argparse
import asyncio
import logging
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg
from psycopg import sql

from bench.figures import machine, verdict
from bench.place import started
from quapsule.database.logins import read_urls
from quapsule.worker.direct import Desk
from quapsule.worker.leases import Leases
from quapsule.worker.line import Line
from quapsule.worker.outcome import Outcome, Result

WANTED = 2.5
CONCURRENCIES = (1, 8, 32)
logging.getLogger("procrastinate").setLevel(logging.ERROR)  # it minds that a bench is a main module
DONE = Outcome("completed", results=(Result("counts", {"counts": {"00": 1}, "shots": 1}, 1),))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=5000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--slots", type=int, default=32)
    given = arguments.parse_args()
    print(machine())
    with started(workers=0) as place:
        urls = read_urls(place.settings)
        peer = _peer_database(urls.owner)
        best = _best_concurrency(peer, given.jobs // 2)
        print(f"procrastinate runs with concurrency {best}, its best of {CONCURRENCIES}; ours with {given.slots} slots")
        for workers in (1, 2, 4):
            ours, theirs = list[float](), list[float]()
            for _ in range(given.rounds):
                _fill_ours(urls.owner, given.jobs)
                ours.append(_race(workers, given.jobs, _work_ours, urls.worker, given.slots))
                _check_ours(urls.owner, given.jobs)
                asyncio.run(_fill_theirs(peer, given.jobs))
                theirs.append(_race(workers, given.jobs, _work_theirs, peer, best))
            mine, other = statistics.median(ours), statistics.median(theirs)
            print(f"{workers} workers: ours {mine:7.0f} jobs/s   procrastinate {other:7.0f} jobs/s")
            print(verdict(f"  ratio, {workers} workers", mine / other, WANTED))


def _race(workers: int, jobs: int, work: Callable[..., None], *given: Any) -> float:
    """Jobs per second from the moment that every process is ready to the end of the last."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers + 1)
    processes = [context.Process(target=work, args=(barrier, number, *given)) for number in range(workers)]
    for process in processes:
        process.start()
    barrier.wait()
    began = time.perf_counter()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return jobs / (time.perf_counter() - began)


def _fill_ours(url: str, jobs: int) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("delete from public.job_runs")
        owner.execute("truncate private.events")
        owner.execute("set local session_replication_role = replica")
        owner.execute("insert into public.teams (name) select 'bench' where not exists (select 1 from public.teams where name = 'bench')")
        owner.execute(
            "insert into public.job_runs (team_id, inline_code, framework, status, backend, parameters)"
            " select t.id, 'x', 'openqasm', 'pending', 'local', '{}' from generate_series(1, %s), public.teams t where t.name = 'bench'",
            (jobs,),
        )
        owner.execute(
            "insert into public.job_programs (job_id, kind, seq, format, content, sha256)"
            " select id, 'asked', 0, 'qasm3', 'x', encode(sha256('x'), 'hex') from public.job_runs"
        )
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("vacuum analyze")


def _check_ours(url: str, jobs: int) -> None:
    counted = sql.SQL(
        "select (select count(*) from public.job_results), (select count(*) from public.job_events where event = 'job.completed')"
    )
    with psycopg.connect(url) as owner:
        assert owner.execute(counted).fetchone() == (jobs, jobs)


def _work_ours(barrier: Barrier, number: int, url: str, slots: int) -> None:
    lease_seconds = 30.0
    leases = Leases(Line(url, f"bench-{number}"), lease_seconds)
    line = Line(url, f"bench-{number}")
    desk = Desk(line, leases, slots=slots, lease_seconds=lease_seconds)
    busy = threading.Event()

    def run_slot() -> None:
        while (claim := desk.jobs.get()) is not None:
            busy.set()
            assert desk.hand_in(claim, DONE).result()

    threads = [threading.Thread(target=run_slot) for _ in range(slots)]
    for thread in threads:
        thread.start()
    with psycopg.connect(url, autocommit=True) as watch:
        assert not line.connection.closed  # both peers connect before the race
        barrier.wait()
        leases.start()
        desk.start()
        while busy.wait(0.05) or watch.execute("select pending + running from worker.queue_depth()").fetchone() != (0,):
            busy.clear()
            time.sleep(0.02)
    desk.drain()
    desk.close()
    for _ in threads:
        desk.jobs.put(None)
    for thread in threads:
        thread.join()
    leases.close()


def _peer_database(url: str) -> str:
    """A database of its own on the same server, with procrastinate's schema."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("create database procrastinate_bench")
    peer = psycopg.conninfo.make_conninfo(url, dbname="procrastinate_bench")
    asyncio.run(_apply_schema(peer))
    return peer


def _app(url: str) -> Any:
    import procrastinate

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, max_size=40))
    app.task(name="nothing")(_nothing)
    return app


async def _nothing() -> None:
    """The empty task."""


async def _apply_schema(url: str) -> None:
    app = _app(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


async def _fill_theirs(url: str, jobs: int) -> None:
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("truncate procrastinate_jobs, procrastinate_events cascade")
    app = _app(url)
    async with app.open_async():
        await app.tasks["nothing"].batch_defer_async(*({} for _ in range(jobs)))
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("vacuum analyze procrastinate_jobs")


def _work_theirs(barrier: Barrier, _number: int, url: str, concurrency: int) -> None:
    async def work() -> None:
        app = _app(url)
        async with app.open_async():
            barrier.wait()
            await app.run_worker_async(
                wait=False, concurrency=concurrency, listen_notify=False, install_signal_handlers=False, update_heartbeat_interval=60
            )

    asyncio.run(work())


def _best_concurrency(url: str, jobs: int) -> int:
    rates = {}
    for concurrency in CONCURRENCIES:
        asyncio.run(_fill_theirs(url, jobs))
        rates[concurrency] = _race(1, jobs, _work_theirs, url, concurrency)
    return max(rates, key=lambda concurrency: rates[concurrency])


if __name__ == "__main__":
    main()
