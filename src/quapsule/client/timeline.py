"""What happened to a job, in milliseconds since it was accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quapsule.client.escaping import shown
from quapsule.client.rows import Trace


@dataclass(frozen=True)
class Step:
    """`at_ms` since the first event, `took_ms` since the one before."""

    at_ms: float
    took_ms: float
    name: str
    attempt: int
    note: str


def steps(traces: Sequence[Trace]) -> list[Step]:
    ordered = sorted((trace for trace in traces if trace.at is not None), key=_when)
    if not ordered:
        return []
    start = before = _when(ordered[0])
    found = []
    for trace in ordered:
        at = _when(trace)
        took = (at - before).total_seconds() * 1000
        found.append(Step((at - start).total_seconds() * 1000, took, shown(trace.event), trace.attempt, _note(trace.detail)))
        before = at
    return found


def lines(found: Sequence[Step], *, width: int = 80) -> list[str]:
    """Aligned rows: offset, event, step, note."""
    names = max((len(step.name) for step in found), default=0)
    rows = []
    for step in found:
        took = f"+{step.took_ms:.1f}" if step is not found[0] else ""
        attempt = f" (attempt {step.attempt})" if step.attempt > 1 else ""
        row = f"{step.at_ms:>9.1f} ms  {step.name:<{names}}  {took:>9}  {step.note}{attempt}".rstrip()
        rows.append(row if len(row) <= width else row[: max(width - 1, 1)] + "…")
    return rows


def _when(trace: Trace) -> datetime:
    assert trace.at is not None  # those without a time were left out
    return trace.at


def _note(detail: Mapping[str, Any] | None) -> str:
    """Plain values only: what is nested is for --json."""
    found = []
    for key, value in (detail or {}).items():
        if isinstance(value, float):
            value = f"{value:.4g}"
        if isinstance(value, str | int):
            found.append(f"{shown(key)} {shown(value)}")
    return ", ".join(found)
