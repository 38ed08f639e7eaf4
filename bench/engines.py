"""The router beside every engine that it may choose, and beside the marqov SDK's own local simulator, circuit by circuit.

Each measurement has a process of its own that is ended when it takes far longer than the router did: such an engine is not the best one.
"""

import json
import os
import select
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from bench.engine_corpus import Item, corpus
from bench.figures import machine, verdict
from quapsule.providers.engines.asked import Asked
from quapsule.providers.engines.choose import Choice, Limits
from quapsule.providers.engines.costs import estimate_costs
from quapsule.providers.engines.engine import Engine
from quapsule.providers.engines.prepared import Task

SHOTS = 1000
MEMORY_BYTES = 4 << 30
SDK_SECONDS = 60.0
_REPEATS = 7
_ENOUGH_SECONDS = 1.5

SDK = """import asyncio, json, sys, time
from marqov.circuits import Circuit
from marqov.executors import LocalExecutor

gates, shots = json.load(sys.stdin)
circuit = Circuit()
for name, qubits, angle in gates:
    getattr(circuit, name)(*([] if angle is None else [angle]), *qubits)
executor, times = LocalExecutor(), []
while len(times) < 7 and sum(times) < (5 if len(times) == 1 else 1.5):
    began = time.perf_counter()
    asyncio.run(executor.execute(circuit, shots=shots))
    times.append(time.perf_counter() - began)
    print(json.dumps(times), flush=True)
"""


def main() -> None:
    print(machine())
    print(f"{'circuit':<28} {'router':>9} {'predicted':>9}  {'by':<24} {'best':>9}  {'by':<24} {'ratio':>6} {'SDK':>10}")
    routed, best, sdk, comparable = 0.0, 0.0, 0.0, 0.0
    left_out: list[str] = []
    for item in corpus():
        took, alone, predicted, by = _measure(lambda item=item: _run_routed(item), 300.0) or (0.0, 0.0, 0.0, "nothing")  # type: ignore[misc]
        engines = {**_measure_engines(item, took, by), by: alone}
        quickest = min(engines, key=lambda name: engines[name])
        routed, best = routed + took, best + engines[quickest]
        peer, why = _run_sdk(item)
        if peer is None:
            left_out.append(f"{item.name}: {why}")
        else:
            sdk, comparable = sdk + peer, comparable + took
        told = "-" if peer is None else f"{peer * 1e3:.2f}"
        print(
            f"{item.name:<28} {took * 1e3:9.2f} {predicted * 1e3:9.2f}  {by:<24} {engines[quickest] * 1e3:9.2f}  {quickest:<24} "
            f"{took / engines[quickest]:6.2f} {told:>10}  ms",
            flush=True,
        )
    print(verdict("router / best, sums", routed / best, 1.15, at_least=False))
    print(verdict("SDK / router, sums", sdk / comparable, 5))
    print("without a figure of the SDK: " + "; ".join(left_out))


def _measure_engines(item: Item, took: float, but: str) -> dict[str, float]:
    prepared = Engine(Limits(MEMORY_BYTES))._read(_asked(item))  # reads and counts; no engine runs in this process
    found: dict[str, float] = {}
    for cost in estimate_costs(prepared.facts, SHOTS, None if prepared.noise is None else prepared.noise.known):
        if cost.memory_bytes > MEMORY_BYTES or f"{cost.engine} {cost.method}" == but:
            continue
        choice = Choice(cost.engine, cost.method, "", cost.seconds, cost.memory_bytes)
        said = _measure(lambda choice=choice: _run_one(item, choice), max(3.0, 15 * took))  # type: ignore[misc]
        if said is not None:
            found[f"{cost.engine} {cost.method}"] = said[0]
    return found


def _asked(item: Item) -> Asked:
    return Asked("qasm3", item.text, noise=item.noise)


def _run_routed(item: Item) -> tuple[float, float, float, str]:
    """The router, and in turn with it the engine that it chose, alone: only so does a busy machine weigh on both alike."""
    engine = Engine(Limits(MEMORY_BYTES))
    handle = engine.prepare(_asked(item))["handle"]
    said = engine.run(handle, [{}], SHOTS, 1)["engine"]
    prepared = engine._find(handle)
    choice = Choice(said["name"], said["method"], "", said["seconds_predicted"], 0)
    form, task = prepared.form(choice), _task(choice)
    routed, alone = _medians(lambda: engine.run(handle, [{}], SHOTS, 1), lambda: form.run(task))
    return routed, alone, said["seconds_predicted"], f"{said['name']} {said['method']}"


def _run_one(item: Item, choice: Choice) -> tuple[float, float, float, str]:
    form, task = Engine(Limits(MEMORY_BYTES))._read(_asked(item)).form(choice), _task(choice)
    form.run(task)
    (took,) = _medians(lambda: form.run(task))
    return took, took, choice.seconds, choice.form


def _task(choice: Choice) -> Task:
    return Task([{}], SHOTS, 1, MEMORY_BYTES, choice.seconds > 0.02)


def _medians(*runs: Callable[[], object]) -> list[float]:
    """Each in turn, after a first run that paid what is paid once."""
    times: list[list[float]] = [[] for _ in runs]
    while len(times[0]) < _REPEATS and sum(times[0]) < _ENOUGH_SECONDS:
        for run, own in zip(runs, times, strict=True):
            began = time.perf_counter()
            run()
            own.append(time.perf_counter() - began)
    return [statistics.median(own) for own in times]


def _measure(run: Callable[[], tuple[float, float, float, str]], patience: float) -> tuple[float, float, float, str] | None:
    """In a forked process, so that it can be ended; None when it failed or took longer than `patience` seconds."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(run()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], patience)
    said = os.read(reading, 4096) if ready else b""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    if not said:
        return None
    first, second, third, name = json.loads(said)
    return first, second, third, name


def _run_sdk(item: Item) -> tuple[float | None, str]:
    """The median of the simulator's runs, import and building not counted; or why there is none."""
    if item.noise is not None:
        return None, "it has no noise"
    program = json.dumps([item.gates, SHOTS])
    try:
        done = subprocess.run([sys.executable, "-c", SDK], input=program, capture_output=True, text=True, timeout=SDK_SECONDS, check=False)
        said, ended = done.stdout, (done.stderr.strip().splitlines() or ["no answer"])[-1][:80]
    except subprocess.TimeoutExpired as problem:
        said, ended = (problem.stdout or b"").decode(), f"not done in {SDK_SECONDS:g} s"
    times = json.loads(said.splitlines()[-1]) if said.strip() else []
    return (statistics.median(times), "") if times else (None, ended)


if __name__ == "__main__":
    main()
