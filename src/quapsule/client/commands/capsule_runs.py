"""A capsule among others: run it again, compare two, its family, its drift, and the trail of its changes."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quapsule.client.commands.capsule_ids import CapsuleId, capsule_id
from quapsule.client.commands.options import AsJson, opened
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.rows import Json

_MOST_COUNTS_BYTES = 64 << 20


def add_to(app: typer.Typer) -> None:
    app.command("rerun")(rerun)
    app.command("compare")(compare)
    app.command("lineage")(lineage)
    app.command("drift")(drift)
    app.command("changes")(changes)


def rerun(
    ctx: typer.Context,
    capsule: CapsuleId,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Wait for the result and draw it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run again what a capsule holds: same script, parameters and seed, from the capsule alone; what differs around it is named."""
    from quapsule.client.commands import results
    from quapsule.client.commands.watching import exit_for
    from quapsule.client.commands.watching import watch as watch_job
    from quapsule.client.escaping import shown
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found_id = capsule_id(client, capsule)
        answer = client.capsules.rerun(found_id)
        new_id = str(answer["job_id"])
        for one in answer.get("differences") or ():
            terminal.note(f"  {shown(one.get('name'))}: {shown(one.get('was'))} then, {shown(one.get('now'))} now", "yellow")
        if not watch:
            terminal.answer(answer, lambda: terminal.say(new_id))
            return
        ended = watch_job(terminal, client, new_id)
    terminal.answer({**answer, "job": ended.raw}, lambda: results.draw_outcome(terminal, ended))
    if answer.get("capsule_id"):
        terminal.note(f"quapsule capsule compare {found_id} {answer['capsule_id']}    says whether the two say the same")
    exit_for(ended)


def compare(
    ctx: typer.Context,
    capsule: Annotated[str, typer.Argument(metavar="CAPSULE", help="A capsule as elsewhere, or a .capsule file.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another one; two files are compared here, without a server.")],
    epsilon: Annotated[float, typer.Option(min=0, max=1, help="The distance within which they count as the same.")] = 0.02,
    alpha: Annotated[float, typer.Option(min=1e-6, max=0.5, help="How often equal ones may be called different.")] = 0.01,
    as_json: AsJson = False,
) -> None:
    """Do two runs say the same? A verdict with its false-alarm rate and its power. Exit code 1 when they differ."""
    from quapsule.client.commands import capsule_views
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    files = [Path(text) for text in (capsule, other) if text.endswith(".capsule")]
    if missing := next((file for file in files if not file.is_file()), None):
        raise typer.BadParameter(f"There is no file {missing}.")
    found: Json
    if len(files) == 2:
        found = compare_files(files[0], files[1], epsilon, alpha)
    elif files:
        raise Refused("validation_error", "A file is compared with a file.", f"`quapsule capsule import {files[0]}` takes it in first.", 0)
    else:
        with opened(ctx) as client:
            body = {"other_id": capsule_id(client, other), "epsilon": epsilon, "alpha": alpha}
            found = client.capsules.compare(capsule_id(client, capsule), body)
    terminal.answer(found, lambda: capsule_views.draw_comparison(terminal, found))
    if found.get("verdict") == "DIFFERENT":
        raise typer.Exit(1)


def compare_files(first: Path, second: Path, epsilon: float, alpha: float) -> "Json":
    """Offline. Raises Problem capsule_invalid for a file that is broken, not_comparable for one without counts."""
    from quapsule.seal.statistics.compare import compare as compare_counts

    found = compare_counts(_counts_in(first), _counts_in(second), epsilon=epsilon, alpha=alpha)
    return asdict(found)


def lineage(ctx: typer.Context, capsule: CapsuleId, as_json: AsJson = False) -> None:
    """What a capsule was made from, and what was made from it, as a tree."""
    from quapsule.client.commands import capsule_views
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found_id = capsule_id(client, capsule)
        found = client.capsules.lineage(found_id)
    terminal.answer(found, lambda: capsule_views.draw_lineage(terminal, found, found_id))


def drift(
    ctx: typer.Context,
    capsule: CapsuleId,
    alpha: Annotated[float, typer.Option(min=1e-6, max=0.5, help="How often a series that has not moved may be said to have.")] = 0.01,
    as_json: AsJson = False,
) -> None:
    """Have a capsule's re-runs moved? Distances with bounds, and where they changed. Exit code 1 when they have."""
    from quapsule.client.commands import capsule_views
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.capsules.drift(capsule_id(client, capsule), alpha)
    terminal.answer(found, lambda: capsule_views.draw_drift(terminal, found))
    if found.get("moved"):
        raise typer.Exit(1)


def changes(
    ctx: typer.Context,
    capsule: CapsuleId,
    as_csv: Annotated[bool, typer.Option("--csv", help="For an inspector's spreadsheet: every change, with old and new value.")] = False,
    as_json: AsJson = False,
) -> None:
    """The audit trail: who changed what of a capsule, and when, oldest first."""
    from quapsule.client.commands import capsule_views
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found_id = capsule_id(client, capsule)
        if as_csv and not as_json:
            client.capsules.changes_csv(found_id, sys.stdout.buffer)
            return
        found = client.capsules.changes(found_id)
    terminal.answer({"items": found}, lambda: capsule_views.draw_changes(terminal, found))


def _counts_in(file: Path) -> list[dict[str, int]]:
    from quapsule.errors import Problem
    from quapsule.seal.check import verify
    from quapsule.seal.content.contents import COUNTS_FILE
    from quapsule.seal.format.archive import open_archive
    from quapsule.seal.statistics.counts import counts_of_file

    report = verify(file)
    if report.status == "broken":
        first = report.findings[0]
        details = {"layer": first.layer, "file": first.file}
        raise Problem("capsule_invalid", f"{file}: {first.layer}: {first.message}", "`quapsule verify` says all that is wrong.", details)
    with file.open("rb") as content:
        try:
            data = open_archive(content).read(COUNTS_FILE, _MOST_COUNTS_BYTES)
        except Problem as problem:
            raise Problem("not_comparable", f"{file} has no {COUNTS_FILE}.", "A run that measured nothing has no counts.") from problem
    return counts_of_file(data, str(file))
