"""A job on the screen: how it ended, its counts as bars, what the script returned, its error with the script's own lines."""

import json
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from quapsule.client import histogram, timeline
from quapsule.client.commands import evidence
from quapsule.client.escaping import shown, shown_lines
from quapsule.client.rows import Job, Trace
from quapsule.client.terminal import Terminal, duration, state, usd

_VALUE_LINES = 40
_VALUE_CHARACTERS = 400
_CIRCUITS = 3
_AMPLITUDES = 16


def draw_outcome(terminal: Terminal, job: Job, *, most: int = 16, order: histogram.Order = "count") -> None:
    """One line on how it ended, then result or error."""
    draw_heading(terminal, job)
    result = job.result or {}
    evidence.draw_flags(terminal, result)
    if _drawable(result):
        draw_counts(terminal, result, most=most, order=order)
        evidence.draw_where_from(terminal, result)
    _draw_other_circuits(terminal, result.get("circuits"), most, order)
    value = _beside_counts(result)
    if value is not None:
        draw_value(terminal, value)
    summary = result.get("summary")
    for label, text in summary.items() if isinstance(summary, Mapping) else ():
        terminal.say(f"{shown(label)}: {shown(text)}")
    _draw_mitigated(terminal, result.get("mitigated"))
    _draw_statevector(terminal, result.get("statevector"))
    if job.status == "failed":
        draw_error(terminal, job)


def draw_heading(terminal: Terminal, job: Job) -> None:
    line = Text.assemble(state(job.status), f" on {shown(job.backend)}")
    if job.status == "completed" and evidence.flags_of(job.result):
        line.append(", FLAGGED", style="bold red")
    if (job.result or {}).get("emulated"):
        line.append(" (emulated)", style="yellow")
    took = job.wall_time_seconds
    if took is not None:
        line.append(f" in {duration(float(took))}")
    elif job.ended and job.created_at and job.updated_at:
        line.append(f", {duration((job.updated_at - job.created_at).total_seconds())} after submit")
    if job.actual_cost_usd is not None and float(job.actual_cost_usd) > 0:
        line.append(f", {usd(float(job.actual_cost_usd))}")
    line.append(f"  {shown(job.id)}", style="dim")
    terminal.out.print(line)


def draw_counts(terminal: Terminal, result: Mapping[str, Any], *, most: int = 16, order: histogram.Order = "count") -> None:
    counts: Mapping[str, int] = result["counts"]
    console = terminal.out
    terminal.say()
    width = min(console.width, 100)
    for label, bar, figures in histogram.lines(histogram.bars(counts, most=most, order=order), width=width, plain=terminal.plain):
        console.print(Text.assemble((label, "bold"), "  ", (bar, "cyan"), "  ", figures), overflow="crop", no_wrap=True)
    terminal.say()
    terminal.say(_about_counts(result, sum(counts.values())), "dim")
    if result.get("counts_source") == "script":
        terminal.say("These counts are what the script returned; they did not come from the backend.", "yellow")


def draw_value(terminal: Terminal, value: Any) -> None:
    if isinstance(value, Mapping):
        lines = [f"{shown(key)}: {_compact(own)}" for key, own in value.items()]
    else:
        lines = (shown_lines(value) if isinstance(value, str) else _compact(value)).splitlines()
    terminal.say("value", "bold")
    for line in lines[:_VALUE_LINES]:
        terminal.say(f"  {line}")
    if len(lines) > _VALUE_LINES:
        terminal.say(f"  … {len(lines) - _VALUE_LINES} more lines; --json shows all.", "dim")


def draw_error(terminal: Terminal, job: Job) -> None:
    """The message, the script's frames, and whose fault it is."""
    error = (job.result or {}).get("error")
    details: Mapping[str, Any] = job.error_details or (error if isinstance(error, dict) else {})
    message = job.error_message or (error if isinstance(error, str) else details.get("message")) or "no message"
    kind = details.get("type") or details.get("code")
    terminal.say(f"{kind}: {message}" if kind and kind not in message else message, "red")
    frames = details.get("traceback")
    if isinstance(frames, list):
        for frame in frames:
            if isinstance(frame, dict):
                terminal.say(f"  line {frame.get('line', '?')}, in {shown(frame.get('name', '?'))}")
                if frame.get("text"):
                    terminal.say(f"    {shown(frame['text']).strip()}", "dim")
    elif details.get("line") and f"line {details['line']}" not in message:
        column = f", column {details['column']}" if details.get("column") else ""
        terminal.say(f"  line {details['line']}{column}")
    hint = details.get("hint")
    if isinstance(hint, str) and hint:
        terminal.say(hint)
    if details.get("category"):
        terminal.say(f"category: {shown(details['category'])}", "dim")


def draw_timeline(terminal: Terminal, traces: list[Trace]) -> None:
    found = timeline.steps(traces)
    if found:
        terminal.say("timeline", "bold")
        for line in timeline.lines(found, width=terminal.out.width):
            terminal.say(line)


def _drawable(result: Any) -> bool:
    """Whether there are counts to draw: a script may have returned anything under that name."""
    counts = result.get("counts") if isinstance(result, Mapping) else None
    return (
        isinstance(counts, Mapping)
        and bool(counts)
        and all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts.values())
    )


def _draw_other_circuits(terminal: Terminal, circuits: Any, most: int, order: histogram.Order) -> None:
    """A few are drawn; the hundreds of a variational loop are for --json."""
    if not isinstance(circuits, list) or not all(_drawable(circuit) for circuit in circuits):
        return
    if len(circuits) <= _CIRCUITS:
        for circuit in circuits[1:]:
            draw_counts(terminal, circuit, most=most, order=order)
    else:
        terminal.say(f"The first of {len(circuits)} circuits; --json shows all.", "dim")


def _compact(value: Any) -> str:
    text = shown(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _VALUE_CHARACTERS else text[:_VALUE_CHARACTERS] + "… (--json shows all)"


def _beside_counts(result: Mapping[str, Any]) -> Any:
    """What the script returned, without the counts that were drawn from it."""
    value = result.get("value")
    if isinstance(value, Mapping) and result.get("counts_source") == "script" and _drawable(result):
        return {key: own for key, own in value.items() if key != "counts"} or None
    return value


def _draw_mitigated(terminal: Terminal, mitigated: Any) -> None:
    """Beside the raw counts, never instead of them."""
    if not isinstance(mitigated, Mapping):
        return
    terminal.say(f"expectation of {shown(mitigated.get('observable') or 'the measured bits')}", "bold")
    for name, title in (("raw", "raw"), ("readout", "readout corrected"), ("zne", "zero noise")):
        own = mitigated.get(name)
        found = own.get("expectation", own) if isinstance(own, Mapping) else None
        if isinstance(found, Mapping) and isinstance(found.get("value"), int | float):
            error = found.get("standard_error")
            about = f" ± {error:.4f}" if isinstance(error, int | float) else ""
            terminal.say(f"  {title:<18} {found['value']:+.4f}{about}")
    if isinstance(problem := mitigated.get("problem"), Mapping):
        terminal.say(f"  {shown(problem.get('message'))}", "yellow")
    for flag in mitigated.get("flags") or ():
        terminal.say(f"  ! {shown(flag)}", "yellow")


def _draw_statevector(terminal: Terminal, state: Any) -> None:
    """The largest amplitudes; --json has all of them."""
    amplitudes = state.get("amplitudes") if isinstance(state, Mapping) else None
    if not isinstance(amplitudes, list) or not all(isinstance(one, list) and len(one) == 2 for one in amplitudes):
        return
    width = max(1, (len(amplitudes) - 1).bit_length())
    largest = sorted(range(len(amplitudes)), key=lambda at: (-(amplitudes[at][0] ** 2 + amplitudes[at][1] ** 2), at))[:_AMPLITUDES]
    terminal.say("state vector (qubit 0 leftmost)", "bold")
    for at in sorted(at for at in largest if any(amplitudes[at])):
        real, imaginary = amplitudes[at]
        terminal.say(f"  {at:0{width}b}  {real:+.6f} {imaginary:+.6f}i")
    if len(amplitudes) > _AMPLITUDES:
        terminal.say(f"  the largest {_AMPLITUDES} of {len(amplitudes):,}; --json shows all.", "dim")


def _times(engine: Mapping[str, Any]) -> str:
    took, predicted = engine.get("seconds"), engine.get("seconds_predicted")
    if not isinstance(took, int | float):
        return ""
    before = f", {duration(float(predicted))} predicted" if isinstance(predicted, int | float) else ""
    return f" in {duration(float(took))}{before}"


def _about_counts(result: Mapping[str, Any], total: int) -> str:
    shots = result["shots"] if isinstance(result.get("shots"), int) and result["shots"] > 0 else total
    parts = [f"{shots:,} shots"]
    engine = result.get("engine")
    if isinstance(engine, Mapping):
        name = " ".join(shown(engine[key]) for key in ("name", "method") if engine.get(key))
        why = f" ({shown(engine['why'])})" if engine.get("why") else ""
        parts.append(f"{name}{why}{_times(engine)}")
    elif engine:
        parts.append(shown(engine))
    if result.get("bit_order") == "clbit_0_first":
        parts.append("classical bit 0 leftmost")
    if result.get("measured") and result["measured"] != "as_written":
        parts.append(f"measured: {shown(result['measured'])}")
    return " · ".join(parts)
