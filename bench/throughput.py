"""8 submitters, 1,000 OpenQASM Bell jobs end to end: jobs/s, CPU share, peak memory of the tree; beside cold `python bell.py` runs."""

import argparse
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from bench.figures import machine
from bench.latency import run_cold
from bench.place import Place, started


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=1000)
    given = arguments.parse_args()
    print(machine())
    with started() as place:
        _run(place, 50, 4)
        rate, cpu, memory = _run(place, given.jobs, 8)
    cold = _cold(16)
    used = f"CPU {cpu:.0%} of {psutil.cpu_count()} cores   peak memory of the tree {memory:.0f} MiB"
    print(f"8 submitters                 {rate:8.1f} jobs/s   {used}")
    print(f"cold `python bell.py`        {cold:8.1f} runs/s   as many at a time as there are cores")
    print(f"ratio                        {rate / cold:8.1f} x")


def _cold(runs: int) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(psutil.cpu_count() or 1) as pool:
        list(pool.map(lambda _: run_cold(), range(runs)))
    return runs / (time.perf_counter() - began)


def _run(place: Place, jobs: int, submitters: int) -> tuple[float, float, float]:
    """Jobs per second, share of all cores, peak MiB (proportional set size)."""
    done, peak = threading.Event(), [0.0]
    sampler = threading.Thread(target=_sample, args=(place.running.pids(), peak, done))
    before, began = _cpu_seconds(place.running.pids()), time.perf_counter()
    sampler.start()
    with ThreadPoolExecutor(submitters) as pool:
        ids = list(pool.map(lambda _: place.submit("openqasm"), range(jobs)))
        states = list(pool.map(lambda job: _ended(place, job), ids))
    seconds = time.perf_counter() - began
    done.set()
    sampler.join()
    assert states.count("completed") == jobs, states
    return jobs / seconds, (_cpu_seconds(place.running.pids()) - before) / seconds / (psutil.cpu_count() or 1), peak[0]


def _ended(place: Place, job: str) -> str:
    while True:
        status = str(place.ask("GET", f"/api/jobs/{job}/status?wait=20")["status"])
        if status in ("completed", "failed", "cancelled"):
            return status


def _tree(pids: dict[str, int]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for pid in pids.values():
        try:
            root = psutil.Process(pid)
            for process in [root, *root.children(recursive=True)]:
                found[process.pid] = process
        except psutil.NoSuchProcess:
            continue
    return list(found.values())


def tree_memory(pids: dict[str, int]) -> float:
    """Proportional set size of the whole tree in MiB: shared pages are counted once."""
    total = 0
    for process in _tree(pids):
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / (1 << 20)


def _cpu_seconds(pids: dict[str, int]) -> float:
    """CPU of the tree, ended children included."""
    total = 0.0
    for process in _tree(pids):
        try:
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
        except psutil.NoSuchProcess:
            continue
    return total


def _sample(pids: dict[str, int], peak: list[float], done: threading.Event) -> None:
    while not done.wait(1.0):
        peak[0] = max(peak[0], tree_memory(pids))


if __name__ == "__main__":
    main()
