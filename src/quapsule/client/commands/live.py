"""The team's jobs as they change: `watch`."""

import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quapsule.client.commands.options import AsJson, InTeam, opened, team_id

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table

    from quapsule.client.changes import Changed
    from quapsule.client.rows import Job
    from quapsule.client.terminal import Terminal

_WIDE = 120  # from here on a job's whole id fits beside the rest
_COLUMNS = ("job", "status", "script", "backend", "shots", "age", "took", "cost")
_NARROW_COLUMNS = ("job", "status", "script", "backend", "took")
_REFRESHES = 2.0  # a second: ages move on while nothing happens


def add_to(app: typer.Typer) -> None:
    app.command()(watch)


def watch(
    ctx: typer.Context,
    status: Annotated[str | None, typer.Option(help="pending, queued, running, completed, failed or cancelled.")] = None,
    backend: Annotated[str | None, typer.Option("--backend", "-b", help="Slug of a backend.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only jobs that you submitted.")] = False,
    team: InTeam = None,
    as_json: AsJson = False,
) -> None:
    """Show the team's jobs, newest first, as they change; Ctrl-C ends it. Without a terminal: a line for each change."""
    from quapsule.client.changes import Wanted, changes
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    try:
        with opened(ctx) as client:
            user = client.me()["user"]["id"] if mine else None
            seen = changes(client, Wanted(status, backend, user, team_id(client, team)))
            if as_json or not terminal.out.is_terminal:
                _write_lines(terminal, seen)
            else:
                _draw(terminal, seen)
    except KeyboardInterrupt:
        return  # the way to end it


def _write_lines(terminal: "Terminal", seen: Any) -> None:
    from quapsule.client.escaping import shown

    for number, now in enumerate(seen):
        if number == 0:
            terminal.note(f"{_count(now.jobs)}; a line for each change follows. Ctrl-C ends it.")
        _tell_connection(terminal, now)
        for job in reversed(now.changed):
            if terminal.as_json:
                sys.stdout.write(json.dumps(job.raw, ensure_ascii=True) + "\n")
            else:
                when = (job.updated_at or datetime.now(UTC)).astimezone().isoformat(timespec="seconds")
                sys.stdout.write("  ".join(shown(one) for one in (when, job.id, job.status, job.backend, _what(job))) + "\n")
        sys.stdout.flush()


def _tell_connection(terminal: "Terminal", now: "Changed") -> None:
    if now.since_break:
        terminal.note("Connected again; nothing was missed.")
    elif not now.connected:
        terminal.note("The connection broke; trying again …", "yellow")


def _draw(terminal: "Terminal", seen: Any) -> None:
    from rich.live import Live

    board = _Board()
    with Live(board, console=terminal.out, refresh_per_second=_REFRESHES, vertical_overflow="crop"):
        for now in seen:
            board.now = now


class _Board:
    """Drawn anew on each refresh, in the terminal's size of that moment."""

    def __init__(self) -> None:
        self.now: Changed | None = None
        self._since = time.monotonic()

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.text import Text

        if self.now is None:
            yield Text(f"Connecting … {time.monotonic() - self._since:.0f} s", style="dim")
            return
        rows = max(1, options.size.height - 4)
        yield _table(self.now.jobs[:rows], wide=options.max_width >= _WIDE)
        hidden = len(self.now.jobs) - rows
        says = _count(self.now.jobs) + (f", {hidden} older ones not shown" if hidden > 0 else "")
        if self.now.connected:
            yield Text(f"{says}; Ctrl-C ends", style="dim", no_wrap=True, overflow="ellipsis")
        else:
            yield Text(f"{says}; the connection broke, trying again …", style="yellow", no_wrap=True, overflow="ellipsis")


def _table(jobs: "list[Job]", *, wide: bool) -> "Table":
    from rich.table import Table

    from quapsule.client.terminal import ago, cell, duration, usd

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2 if wide else 1, 0, 0))
    for name in _COLUMNS if wide else _NARROW_COLUMNS:
        right = name in ("shots", "took", "cost")
        # What a person cannot do without is not cut; the names of scripts give way.
        least = {"job": 8, "status": 9, "took": 8}.get(name)
        table.add_column(name, justify="right" if right else "left", no_wrap=True, overflow="ellipsis", min_width=least)
    for job in jobs:
        cost = job.actual_cost_usd if job.actual_cost_usd is not None else job.estimated_cost_usd
        cells = {
            "job": cell(job.id if wide else job.id[:8]),
            "status": cell("completed, FLAGGED" if job.flags else job.status),
            "script": cell(_what(job)),
            "backend": cell(job.backend),
            "shots": cell(job.shots),
            "age": cell(ago(job.created_at)),
            "took": cell(duration(_took(job))),
            "cost": cell(usd(cost)),
        }
        table.add_row(*(cells[column.header] for column in table.columns if isinstance(column.header, str)))
    return table


def _count(jobs: "list[Job]") -> str:
    return "no jobs yet" if not jobs else "1 job" if len(jobs) == 1 else f"{len(jobs):,} jobs"


def _what(job: "Job") -> str:
    """The name of its script, or of its capsule, and its framework."""
    return " · ".join(part for part in (job.script_name or job.capsule_name, job.framework) if part) or "–"


def _took(job: "Job") -> float | None:
    """Of a job that runs: so far."""
    if job.status == "running" and job.started_at is not None:
        return max(0.0, (datetime.now(UTC) - job.started_at).total_seconds())
    return job.seconds
