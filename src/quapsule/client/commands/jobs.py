"""Look at jobs: `jobs`, `job`, `cancel`, `retry`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quapsule.client.commands.options import AsJson, InTeam, JobId, instant, job_id, opened, team_id

if TYPE_CHECKING:
    from quapsule.client.rows import Job
    from quapsule.client.terminal import Terminal


def add_to(app: typer.Typer) -> None:
    for verb in (jobs, job, cancel, retry):
        app.command()(verb)


def jobs(
    ctx: typer.Context,
    status: Annotated[str | None, typer.Option(help="pending, queued, running, completed, failed or cancelled.")] = None,
    backend: Annotated[str | None, typer.Option("--backend", "-b", help="Slug of a backend.")] = None,
    framework: Annotated[str | None, typer.Option("--framework", "-f", help="Framework of the script.")] = None,
    script: Annotated[str | None, typer.Option(help="Id of a saved script.")] = None,
    since: Annotated[str | None, typer.Option(help="Not older than: 30m, 2h, 7d, or a date.")] = None,
    until: Annotated[str | None, typer.Option(help="Not newer than: 30m, 2h, 7d, or a date.")] = None,
    query: Annotated[str | None, typer.Option("--query", "-q", help="Text to look for.")] = None,
    team: InTeam = None,
    limit: Annotated[int, typer.Option("--limit", "-l", min=1, max=200, help="Jobs on one page.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="next_cursor of the page before.")] = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    from quapsule.client.terminal import Terminal, ago, duration

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        page = client.jobs(
            limit=limit,
            cursor=cursor,
            status=status,
            backend=backend,
            framework=framework,
            script_id=script,
            since=instant(since),
            until=instant(until),
            q=query,
            team_id=team_id(client, team),
        )

    def draw() -> None:
        if not page.items:
            terminal.say("No jobs." if any((status, backend, framework, script, since, until, query, cursor)) else "No jobs yet.")
            terminal.note("quapsule run template:bell --watch    runs one")
            return
        columns = ("job", "status", "backend", "framework", "took", "created")
        terminal.table(
            columns,
            (
                (j.id, "completed, FLAGGED" if j.flags else j.status, j.backend, j.framework, duration(j.seconds), ago(j.created_at))
                for j in page.items
            ),
            right=("took",),
        )
        if page.next_cursor:
            terminal.note(f"There are more: --cursor {page.next_cursor}")

    terminal.answer(page.raw, draw)


def job(
    ctx: typer.Context,
    job: JobId,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Wait until it has ended.")] = False,
    logs: Annotated[bool, typer.Option("--logs", help="What the script printed.")] = False,
    programs: Annotated[bool, typer.Option("--programs", help="The program as asked, converted and executed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one job: state, result, checks, timeline. Exit code 1 when it failed or was cancelled, 5 when its result is flagged."""
    from quapsule.client.commands import evidence, results
    from quapsule.client.commands.watching import exit_for
    from quapsule.client.commands.watching import watch as watch_job
    from quapsule.client.refusals import Refused
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found_id = job_id(client, job)
        status = watch_job(terminal, client, found_id) if watch else client.status(found_id)
        detail, traces = client.job(found_id), client.traces(found_id)
        log: Mapping[str, Any] | None = None
        if logs:
            try:
                log = client.logs(found_id)
            except Refused as refusal:
                if refusal.status != 404:
                    raise
    shown_job = _joined(status, detail)
    answer = {**detail.raw, "result": status.result, "traces": [trace.raw for trace in traces], **({"logs": log} if logs else {})}

    def draw() -> None:
        results.draw_outcome(terminal, shown_job)
        evidence.draw_certificates(terminal, shown_job.certificates)
        if evidence.has_something_to_show(shown_job) and not programs:
            evidence.draw_two_programs(terminal, shown_job)
        results.draw_timeline(terminal, traces)
        if programs:
            _draw_programs(terminal, detail)
        if logs:
            _draw_log(terminal, log)

    terminal.answer(answer, draw)
    exit_for(status)


def cancel(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """End a job; a running script is stopped within a second."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        answer = client.cancel(job_id(client, job))
    status = str(answer.get("status", ""))
    terminal.answer(answer, lambda: terminal.say("Cancelled." if status == "cancelled" else "Asked to stop; its worker ends it now."))


def retry(
    ctx: typer.Context,
    job: JobId,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Wait for the result and draw it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a job's program again, as a new job that names the old one."""
    from quapsule.client.commands import results
    from quapsule.client.commands.watching import exit_for
    from quapsule.client.commands.watching import watch as watch_job
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        new_id = client.retry(job_id(client, job))
        if not watch:
            terminal.answer({"job_id": new_id}, lambda: terminal.say(new_id))
            return
        ended = watch_job(terminal, client, new_id)
    terminal.answer(ended.raw, lambda: results.draw_outcome(terminal, ended))
    exit_for(ended)


def _joined(status: "Job", detail: "Job") -> "Job":
    """The detail's columns with the result as /status composes it."""
    from dataclasses import replace

    return replace(detail, status=status.status, result=status.result if status.result is not None else detail.result)


def _draw_programs(terminal: "Terminal", job: "Job") -> None:
    for program in job.programs:
        seq = f" {program['seq']}" if program.get("seq") else ""
        terminal.say(f"{program.get('kind', 'program')}{seq} ({program.get('format', '')})", "bold")
        terminal.say(str(program.get("content", "")).rstrip("\n"))
    if not job.programs:
        terminal.say("No program was kept.", "dim")


def _draw_log(terminal: "Terminal", log: Mapping[str, Any] | None) -> None:
    terminal.say("output", "bold")
    if not log or not log.get("content"):
        terminal.say("The script printed nothing.", "dim")
        return
    terminal.say(str(log["content"]).rstrip("\n"))
    if log.get("truncated"):
        terminal.say("… the rest was cut off at the limit.", "yellow")
