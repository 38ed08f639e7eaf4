"""What speaks for a result, or against it: flags, certificates, and the programs as asked and as executed."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from quapsule.client.escaping import shown, shown_lines
from quapsule.client.rows import Job, Json
from quapsule.client.terminal import Terminal, duration

_PROGRAM_LINES = 60
_LEAST_WIDTH = 80  # of a terminal that has room for two programs beside each other
_CERTIFICATES = 12
_NOT_COVERED = 3
_SIGNS = {"equivalent": ("✓", "+", "green"), "not_checked": ("?", "?", "yellow"), "mismatch": ("✗", "x", "bold red")}


def flags_of(result: Mapping[str, Any] | None) -> list[str]:
    found = (result or {}).get("flags")
    return [flag for flag in found if isinstance(flag, str)] if isinstance(found, list) else []


def draw_flags(terminal: Terminal, result: Mapping[str, Any]) -> None:
    """Loud, and before the counts: who looks only at the histogram has read this."""
    flags = flags_of(result)
    if not flags:
        return
    told = {one.get("flag"): one.get("message") for one in result.get("warnings") or () if isinstance(one, Mapping)}
    terminal.say()
    terminal.say("WARNING: this result is doubtful.", "bold red")
    for flag in flags:
        terminal.say(f"  {shown(flag)}: {shown(told.get(flag) or 'raised by a check of what ran')}", "red")


def draw_where_from(terminal: Terminal, result: Mapping[str, Any]) -> None:
    """Emulated, with which calibration; which noise; how sure it is that this is what was asked."""
    if result.get("emulated"):
        terminal.say("emulated: run on this installation's own engines, not on the device", "yellow")
    if result.get("calibration_id"):
        day = str(result.get("calibration_taken_at", "?"))[:10]
        terminal.say(f"calibration of {shown(day)}  ({shown(result['calibration_id'])})", "dim")
    if isinstance(noise := result.get("noise"), Mapping):
        terminal.say(f"noise: {', '.join(f'{shown(name)} {shown(value)}' for name, value in noise.items())}", "dim")
    certificate = result.get("certificate")
    if isinstance(certificate, Mapping):
        verdict, methods = str(certificate.get("result")), ", ".join(shown(method) for method in certificate.get("methods") or ())
        _verdict(terminal, verdict, f"as asked: {shown(verdict)}{f' ({methods})' if methods else ''}")


def draw_certificates(terminal: Terminal, certificates: Sequence[Json]) -> None:
    """One line per hop; what a check does not cover below it."""
    for row in certificates[:_CERTIFICATES]:
        whole = row.get("certificate") or {}
        facts = [f"{shown(row.get('method', ''))}", f"{whole.get('qubits', '?')} qubits"]
        if isinstance(whole.get("seconds"), int | float):
            facts.append(duration(float(whole["seconds"])))
        _verdict(terminal, str(row.get("result")), f"{shown(row.get('hop', ''))}: {shown(row.get('result', ''))} · {' · '.join(facts)}")
        for sentence in (whole.get("not_covered") or ())[:_NOT_COVERED]:
            terminal.say(f"    not covered: {shown(sentence)}", "dim")
    if len(certificates) > _CERTIFICATES:
        terminal.say(f"  … {len(certificates) - _CERTIFICATES} more; --json shows all.", "dim")


def draw_two_programs(terminal: Terminal, job: Job) -> None:
    """As asked and as executed, beside each other where there is room; below each other in a narrow terminal or a pipe."""
    result = job.result or {}
    asked = _program(job, "interchange", result.get("program")) or _program(job, "asked", 0)
    executed = _program(job, "executed", result.get("executed"))
    if asked is None or executed is None:
        return
    left, right = _lines(asked), _lines(executed)
    if not terminal.out.is_terminal or terminal.out.width < _LEAST_WIDTH:
        for title, lines in (("as asked", left), ("as executed", right)):
            terminal.say()
            terminal.say(title, "bold")
            for line in lines:
                terminal.say(line)
        return
    terminal.say()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True, header_style="bold")
    for title in ("as asked", "as executed"):
        table.add_column(title, ratio=1, overflow="fold")
    for place in range(max(len(left), len(right))):
        table.add_row(*(Text(side[place] if place < len(side) else "") for side in (left, right)))
    terminal.out.print(table)


def has_something_to_show(job: Job) -> bool:
    """Whether the programs are worth their room unasked: where they differ by more than their words."""
    result = job.result or {}
    error = result.get("error")
    mismatch = isinstance(error, Mapping) and error.get("code") == "conversion_mismatch"
    return bool(result.get("emulated") or flags_of(result) or mismatch)


def _program(job: Job, kind: str, seq: Any) -> Json | None:
    wanted = seq if isinstance(seq, int) else 0
    found = [program for program in job.programs if program.get("kind") == kind]
    return next((program for program in found if program.get("seq") == wanted), found[0] if found else None)


def _lines(program: Json) -> list[str]:
    lines = shown_lines(program.get("content", "")).expandtabs(4).rstrip("\n").splitlines()
    if len(lines) <= _PROGRAM_LINES:
        return lines
    return [*lines[:_PROGRAM_LINES], f"… {len(lines) - _PROGRAM_LINES} more lines; --programs shows all"]


def _verdict(terminal: Terminal, result: str, text: str) -> None:
    sign, plain, style = _SIGNS.get(result, ("?", "?", "yellow"))
    terminal.say(f"{plain if terminal.plain else sign} {text}", style)
