"""Wait for a job in front of a person: its state and the time, in milliseconds, while it runs."""

import time
from typing import TYPE_CHECKING

import typer

from quapsule.client.rows import Job
from quapsule.client.terminal import Terminal, state

if TYPE_CHECKING:
    from rich.text import Text

    from quapsule.client.api import Client


def watch(terminal: Terminal, client: "Client", job_id: str, seconds: float | None = None) -> Job:
    """The ended job (or as it is after `seconds`). Ctrl-C leaves the job running and says so."""
    clock = _Clock(job_id)
    try:
        if terminal.as_json or not terminal.err.is_terminal:
            return client.wait(job_id, seconds)
        from rich.live import Live

        with Live(clock, console=terminal.err, transient=True, refresh_per_second=12):
            return client.wait(job_id, seconds, clock.see)
    except KeyboardInterrupt:
        terminal.note(f"\nStopped watching; the job goes on.\n  quapsule job {job_id} --watch    looks at it again")
        terminal.note(f"  quapsule cancel {job_id}          ends it")
        raise typer.Exit(130) from None


FLAGGED = 5


def exit_for(job: Job) -> None:
    """A job that failed or was cancelled is exit code 1, as its own program's would be; a flagged result has a code of its own."""
    if job.ended and job.status != "completed":
        raise typer.Exit(1)
    if job.ended and (job.result or {}).get("flags"):
        raise typer.Exit(FLAGGED)


class _Clock:
    """Drawn anew on each refresh of the live line."""

    def __init__(self, job_id: str) -> None:
        from rich.spinner import Spinner

        self._job_id, self._started, self._status = job_id, time.monotonic(), "pending"
        self._spinner = Spinner("dots")

    def see(self, job: Job) -> None:
        self._status = job.status

    def __rich__(self) -> "Text":
        from rich.text import Text

        now = time.monotonic()
        frame = self._spinner.render(now)
        line = frame.copy() if isinstance(frame, Text) else Text()
        line.append(" ").append_text(state(self._status))
        return line.append(f"  {(now - self._started) * 1000:,.0f} ms  ", style="default").append(self._job_id, style="dim")
