"""Medians, percentiles, and a line of print: what every bench shares."""

import os
import statistics
from collections.abc import Sequence
from pathlib import Path


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(name: str, milliseconds: Sequence[float]) -> str:
    p50, p95 = statistics.median(milliseconds), percentile(milliseconds, 0.95)
    return f"{name:<28} n={len(milliseconds):<5} p50 {p50:8.2f} ms   p95 {p95:8.2f} ms   max {max(milliseconds):8.2f} ms"


def verdict(name: str, ratio: float, wanted: float, *, at_least: bool = True) -> str:
    good = ratio >= wanted if at_least else ratio <= wanted
    return f"{name:<28} {ratio:8.2f} x  (wanted {'>=' if at_least else '<='} {wanted:g}: {'held' if good else 'NOT HELD'})"


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    return f"machine: {os.cpu_count()} cores, {model}"
