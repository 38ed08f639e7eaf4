"""Run a program: `run` submits, `estimate` only asks what it would cost."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from quapsule.client.commands import simulation
from quapsule.client.commands.options import AsJson, InTeam, opened, team_id
from quapsule.client.commands.programs import read_parameters, read_program
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.rows import Job
    from quapsule.client.terminal import Terminal

Source = Annotated[
    str, typer.Argument(metavar="FILE", help="A script or OpenQASM file, `-` for stdin, `template:SLUG`, or `script:SLUG-OR-ID`.")
]
OnBackend = Annotated[str, typer.Option("--backend", "-b", help="Slug of the backend; `quapsule backends` lists them.")]
Shots = Annotated[int, typer.Option("--shots", "-n", min=1, max=100_000, help="Repetitions of the circuit.")]
Parameters = Annotated[list[str] | None, typer.Option("--param", "-p", metavar="K=V", help="A parameter of the script; may be repeated.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Makes the counts of a simulator reproducible.")]
Framework = Annotated[
    str | None, typer.Option("--framework", "-f", help="openqasm, qiskit, …; told from the program's text when left out.")
]

Emulate = Annotated[bool, typer.Option("--emulate", help="Run here what the device would: its gates, topology and last calibration. Free.")]
Noise = Annotated[
    str | None,
    typer.Option("--noise", metavar="JSON|PRESET", help="Noise, where the simulator has it: `uniform`, `device`, or params.noise_model."),
]
Mitigation = Annotated[
    str | None,
    typer.Option("--mitigation", metavar="JSON|NAMES", help="`readout`, `zne`, `readout,zne`, or params.mitigation; beside the counts."),
]
Capsule = Annotated[bool, typer.Option("--capsule", help="Keep the run in a capsule: program, environment, calibration, results, cost.")]
CapsuleName = Annotated[str | None, typer.Option("--capsule-name", metavar="NAME", help="Name of that capsule.")]
Seal = Annotated[bool, typer.Option("--seal", help="Seal the capsule as soon as the job has ended.")]
StateVector = Annotated[bool, typer.Option("--statevector", help="Also the final state, from a simulator of this installation.")]


def add_to(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(estimate)


def run(
    ctx: typer.Context,
    source: Source,
    backend: OnBackend = "local",
    shots: Shots = 1000,
    param: Parameters = None,
    seed: Seed = None,
    framework: Framework = None,
    emulate: Emulate = False,
    noise: Noise = None,
    mitigation: Mitigation = None,
    statevector: StateVector = False,
    capsule: Capsule = False,
    capsule_name: CapsuleName = None,
    seal: Seal = False,
    team: InTeam = None,
    watch: Annotated[
        bool | None, typer.Option("--watch/--no-watch", "-w", help="Wait for the result and draw it; with --emulate by itself.")
    ] = None,
    timeout: Annotated[float | None, typer.Option(min=0, help="Seconds to watch before giving up (the job goes on).")] = None,
    bars: Annotated[int, typer.Option(min=1, max=1000, help="Rows of the histogram before the rest is folded.")] = 16,
    sort: Annotated[Literal["count", "key"], typer.Option(help="Order of the histogram.")] = "count",
    as_json: AsJson = False,
) -> None:
    """Submit a program; with --watch wait for its result. Exit code 5 when that is flagged."""
    from quapsule.client.commands import meant
    from quapsule.client.commands.watching import exit_for
    from quapsule.client.commands.watching import watch as watch_job
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    body = submit_body(source, backend, shots, param, seed, framework)
    body["params"] |= simulation.read_options(emulate, noise, mitigation, statevector)
    if capsule or capsule_name is not None or seal:
        body |= _capsule_of(terminal, source, capsule_name, seal)
    with opened(ctx) as client:
        _add_team(body, team_id(client, team))
        try:
            if param and (unread := meant.unread_parameters(client, body)):
                terminal.note(unread, "yellow")
            job_id = client.submit(body)
        except Refused as refusal:
            raise meant.with_near_name(client, body, refusal) from refusal
        kept = {"capsule_id": client.job(job_id).raw.get("capsule_id")} if body.get("create_capsule") else {}
        if not (emulate if watch is None else watch):
            terminal.answer({"job_id": job_id, **kept}, lambda: terminal.say(job_id))
            _name_capsule(terminal, kept)
            terminal.note(f"quapsule job {job_id} --watch    waits for its result")
            return
        job = watch_job(terminal, client, job_id, timeout)
        detail = client.job(job_id) if job.ended and not as_json else None
    terminal.answer({**job.raw, **kept}, lambda: _draw_run(terminal, job, detail, bars, sort))
    _name_capsule(terminal, kept)
    if not job.ended:
        terminal.note(f"Not ended yet: quapsule job {job_id} --watch", "yellow")
        raise typer.Exit(1)
    exit_for(job)


def estimate(
    ctx: typer.Context,
    source: Source,
    backend: OnBackend = "local",
    shots: Shots = 1000,
    param: Parameters = None,
    seed: Seed = None,
    framework: Framework = None,
    emulate: Emulate = False,
    noise: Noise = None,
    mitigation: Mitigation = None,
    statevector: StateVector = False,
    team: InTeam = None,
    as_json: AsJson = False,
) -> None:
    """What a run would cost, how long it would wait, and what speaks against it. Submits nothing."""
    from quapsule.client.commands import meant
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    body = submit_body(source, backend, shots, param, seed, framework)
    body["params"] |= simulation.read_options(emulate, noise, mitigation, statevector)
    with opened(ctx) as client:
        _add_team(body, team_id(client, team))
        try:
            answer = client.estimate(body)
        except Refused as refusal:
            raise meant.with_near_name(client, body, refusal) from refusal
    terminal.answer(answer, lambda: _draw_estimate(terminal, answer))
    if answer.get("can_run") is False:
        raise typer.Exit(1)


def submit_body(source: str, backend: str, shots: int, pairs: list[str] | None, seed: int | None, framework: str | None) -> dict[str, Any]:
    """The body of POST /api/jobs/submit. -p may also set shots or seed; the options of that name win only when -p is silent."""
    parameters = {"shots": shots, **({"seed": seed} if seed is not None else {}), **read_parameters(pairs or [])}
    return {**read_program(source, framework), "backend": backend, "params": parameters}


def _capsule_of(terminal: "Terminal", source: str, name: str | None, seal: bool) -> dict[str, Any]:
    """What the body says of the capsule; of a file also which commit of which repository it is from."""
    from quapsule.client.git import read_git

    asked: dict[str, Any] = {"create_capsule": True, "capsule_name": name, "seal_capsule": seal}
    if (file := Path(source)).is_file():
        git = read_git(file)
        asked |= {"git_sha": git.sha, "git_repo": git.repo if git.sha else None}
        if git.sha and git.dirty:
            terminal.note(f"{source} is not as commit {git.sha[:10]} has it; the capsule holds it as it is now.", "yellow")
    return {key: value for key, value in asked.items() if value is not None}


def _name_capsule(terminal: "Terminal", kept: dict[str, Any]) -> None:
    if kept.get("capsule_id"):
        terminal.note(f"capsule {kept['capsule_id']}")


def _draw_run(terminal: "Terminal", job: "Job", detail: "Job | None", bars: int, sort: Literal["count", "key"]) -> None:
    from quapsule.client.commands import evidence, results

    results.draw_outcome(terminal, job, most=bars, order=sort)
    if detail is None:
        return
    seen = replace(detail, result=job.result or detail.result)
    evidence.draw_certificates(terminal, seen.certificates)
    if evidence.has_something_to_show(seen):
        evidence.draw_two_programs(terminal, seen)


def _add_team(body: dict[str, Any], team: str | None) -> None:
    if team is not None:
        body["team_id"] = team


def _draw_estimate(terminal: Any, answer: Any) -> None:
    from quapsule.client.escaping import shown
    from quapsule.client.terminal import duration, usd

    cost = answer.get("cost") or {}
    terminal.say(f"cost    {usd(cost.get('total_usd')) or 'unknown'}")
    wait = answer.get("wait") or {}
    if wait.get("seconds") is not None:
        terminal.say(f"wait    {duration(float(wait['seconds']))} ({wait.get('queue_depth', 0)} jobs before it)")
    for check in answer.get("checks") or []:
        style = {"ok": "green", "warn": "yellow", "block": "red"}.get(check.get("level"), "")
        terminal.say(f"{shown(check.get('level', '')):<6}  {shown(check.get('message', ''))}  [{shown(check.get('id', ''))}]", style)
