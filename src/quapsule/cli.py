"""`quapsule`: the client's verbs, and those that run a platform on this machine."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import MISSING, asdict, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import typer

import quapsule
from quapsule.client.commands import calibrations, teams, verbs
from quapsule.client.commands.options import AsJson, opened
from quapsule.client.logins import Place
from quapsule.client.refusals import Refused, Unreachable
from quapsule.errors import Problem
from quapsule.settings import Settings, read_settings

app = verbs()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb; the exit code as docs/cli.md lists them."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        done = app(given, prog_name="quapsule", standalone_mode=False)
        return done if isinstance(done, int) else 0
    except (Refused, Problem) as problem:
        return _refuse(problem, as_json)
    except typer.Abort:
        return 130
    except typer.TyperException as error:
        return _misuse(error, as_json)
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "psycopg":
            raise
        # Named by its module: the client's verbs do not import the database's driver.
        return _refuse(Unreachable(f"The database does not answer: {str(error).strip()}", "`quapsule doctor` looks at it."), as_json)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) has what it wanted; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"quapsule {quapsule.__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    _version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)] = False,
) -> None:
    """Quapsule: an open, self-hostable quantum job platform.

    `quapsule up` starts it, `quapsule run FILE --watch` runs a program, `quapsule doctor` looks at this machine.
    """
    settings = read_settings()
    ctx.obj = Place(os.environ, settings.run_dir / "entry.sock", _local_url(settings))


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to bind; QUAPSULE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 picks a free one; QUAPSULE_PORT.")] = None,
    mode: Annotated[Literal["single", "team"] | None, typer.Option(help="QUAPSULE_MODE.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes; QUAPSULE_WORKERS.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start the platform: database, API, worker. Ctrl-C stops all of it."""
    from quapsule import platform

    def tell(running: platform.Running) -> None:
        said = {"url": running.url, "app": running.app, "database": running.database, "home": str(running.home), "pids": running.pids()}
        sys.stdout.write(json.dumps({**said, "layers": running.layers.as_json()}) + "\n")
        sys.stdout.flush()

    settings = read_settings()
    platform.up(
        replace(
            settings,
            host=settings.host if host is None else host,
            port=settings.port if port is None else port,
            mode=settings.mode if mode is None else mode,
            workers=settings.workers if workers is None else workers,
        ),
        tell if as_json else None,
    )


@app.command()
def demo() -> None:
    """Run a Bell state through a whole platform of its own, and show each step with its time."""
    from quapsule import platform

    platform.demo(read_settings())


@app.command()
def migrate(as_json: AsJson = False) -> None:
    """Bring the database (the embedded one, or QUAPSULE_DATABASE_URL) to this version."""
    from quapsule import platform
    from quapsule.client.terminal import Terminal

    terminal, report = Terminal(as_json), platform.migrate(read_settings())

    def draw() -> None:
        for name in report.landed:
            terminal.say(f"landed   {name}")
        rules = "the rules were applied" if report.rules_applied else "the rules were in force already"
        terminal.say(f"The database is at this version; {rules}.")

    terminal.answer(asdict(report), draw)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at this machine: sandbox layers, database, versions. Exit code 1 when something is missing."""
    from quapsule import platform
    from quapsule.client.terminal import Terminal, state

    terminal, found = Terminal(as_json), platform.examine(read_settings())

    def draw() -> None:
        terminal.table(("state", "what", "says"), ((state(item.state), item.name, item.says) for item in found))
        for item in found:
            if item.state != "ok" and item.remedy:
                terminal.say(f"{item.name}: {item.remedy}", "yellow" if item.state == "warn" else "red")

    terminal.answer([{"name": item.name, "state": item.state, "says": item.says, "remedy": item.remedy} for item in found], draw)
    if any(item.state == "fail" for item in found):
        raise typer.Exit(1)


@app.command()
def audit(
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A checkpoint of the seal log, or a proof, that was kept elsewhere: the log must still begin so."
        ),
    ] = None,
    sweep: Annotated[bool, typer.Option("--sweep", help="Remove objects that nothing refers to and that are older than a day.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check everything that was sealed here again (operator of this machine). Exit code 1 when something was changed."""
    from quapsule import platform
    from quapsule.client.terminal import Terminal

    terminal, done = Terminal(as_json), platform.audit(read_settings(), checkpoint, sweep)
    terminal.answer(done.as_json(), lambda: _draw_audit(terminal, done.as_json()))
    if done.findings:
        raise typer.Exit(1)


@app.command("settings")
def show_settings(as_json: AsJson = False) -> None:
    """Every setting: what is in force, where it comes from, what it means. Secrets are not shown."""
    from quapsule.client.terminal import Terminal

    terminal, rows = Terminal(as_json), setting_rows(read_settings())
    columns = ("variable", "value", "from", "means")
    terminal.answer(rows, lambda: terminal.table(columns, ((r["variable"], r["value"], r["from"], r["means"]) for r in rows)))


@app.command()
def logs(
    ctx: typer.Context,
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="A job's id or `last`: what its script printed.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="Last lines of each log of the platform.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What a job's script printed; without a job: the end of the platform's own logs on this machine."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    if job is None:
        found = _tails(read_settings().home / "log", lines)
        terminal.answer(found, lambda: _draw_tails(terminal, found))
        return
    from quapsule.client.commands.options import job_id

    with opened(ctx) as client:
        answer = client.logs(job_id(client, job))
    terminal.answer(answer, lambda: terminal.say(str(answer.get("content") or "").rstrip("\n")))
    if answer.get("truncated"):
        terminal.note("The rest was cut off at the limit.", "yellow")


@teams.app.command()
def suspend(team: Annotated[str, typer.Argument(help="Id or name.")], as_json: AsJson = False) -> None:
    """Make a team read-only (operator of this machine). Pending jobs are cancelled, running ones end."""
    _judge(team, "suspend", as_json)


@teams.app.command()
def resume(team: Annotated[str, typer.Argument(help="Id or name.")], as_json: AsJson = False) -> None:
    """Let a suspended team work again (operator of this machine)."""
    _judge(team, "resume", as_json)


@teams.app.command("code")
def make_code(
    code: Annotated[str, typer.Argument(help="1-64 letters, digits, _ and -.")],
    uses: Annotated[int, typer.Option(min=1, help="How many people may sign up with it.")] = 1,
    days: Annotated[int | None, typer.Option(min=1, help="Days that it holds; for ever when left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a code that opens sign-up where QUAPSULE_SIGN_UP is code (operator of this machine)."""
    from datetime import UTC, datetime, timedelta

    from quapsule import platform
    from quapsule.client.terminal import Terminal

    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    platform.open_sign_up(read_settings(), code, uses, expires_at)
    terminal = Terminal(as_json)
    terminal.answer({"code": code, "uses": uses, "expires_at": expires_at and expires_at.isoformat()}, lambda: terminal.say(code))


@calibrations.app.command("import")
def import_calibration(
    file: Annotated[Path, typer.Argument(help="Device properties of Amazon Braket, BackendProperties, or our own format.")],
    backend: Annotated[str, typer.Option(help="Slug of the device that it is of.")],
    taken_at: Annotated[str | None, typer.Option("--taken-at", help="When it was measured, where the file does not say.")] = None,
    as_json: AsJson = False,
) -> None:
    """Import a device's snapshot (operator of this machine). It is never changed or removed; the same file again is the same snapshot."""
    from datetime import datetime

    from quapsule import platform
    from quapsule.client.commands.options import instant
    from quapsule.client.terminal import Terminal

    when = instant(taken_at)
    try:
        with file.open("rb") as opened_file:
            # A little more than is read: what is larger is refused by name.
            data = opened_file.read((16 << 20) + 1)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from error
    kept = platform.keep_calibration(read_settings(), backend, data, datetime.fromisoformat(when) if when else None)
    terminal = Terminal(as_json)
    said = {name: str(value) if name in ("id", "taken_at", "imported_at") else value for name, value in asdict(kept).items()}
    terminal.answer(said, lambda: terminal.say(f"{kept.id}  {kept.backend}, taken at {kept.taken_at:%Y-%m-%d %H:%M:%S %Z}"))


@app.command(hidden=True)
def docs(folder: Path, check: Annotated[bool, typer.Option("--check")] = False) -> None:
    """Write cli.md, settings.md and errors.md into a folder; --check only says which are stale."""
    from quapsule.client.commands import reference

    pages = {
        "cli.md": reference.cli_page(typer.main.get_command(app)),
        "errors.md": reference.errors_page(),
        "settings.md": reference.settings_page([(row["variable"], row["default"], row["means"]) for row in setting_rows(Settings())]),
    }
    stale = reference.write(folder, pages, check=check)
    for name in stale:
        sys.stderr.write(f"{folder / name} {'is stale: run bin/generate' if check else 'written'}\n")
    if check and stale:
        raise typer.Exit(1)


def setting_rows(settings: Settings) -> list[dict[str, str]]:
    """variable, value (secrets hidden), default, from, means: one per setting, in the order of their table."""
    rows = []
    for item in fields(Settings):
        variable = f"QUAPSULE_{item.name.upper()}"
        # The home's default depends on who asks; the table says how.
        default = "~/.quapsule, as root /var/lib/quapsule" if item.default is MISSING else str(item.default)
        rows.append(
            {
                "variable": variable,
                "value": _discreet(item.name, str(getattr(settings, item.name))),
                "default": default,
                "from": "environment" if variable in os.environ else "default",
                "means": item.metadata["says"],
            }
        )
    return rows


def _discreet(name: str, value: str) -> str:
    if value and ("secret" in name or "password" in name or "token" in name):
        return "(hidden)"
    if "://" not in value or not name.endswith("url"):
        return value
    parts = urlsplit(value)
    if parts.password:
        value = value.replace(f":{parts.password}@", ":(hidden)@", 1)
    return value.split("?", 1)[0] + "?(hidden)" if "password=" in parts.query else value


def _local_url(settings: Settings) -> str:
    try:
        # The server says where it serves: it may have chosen its port.
        return str(json.loads((settings.run_dir / "api.json").read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, LookupError, TypeError):
        pass  # none runs here, or it is not ours to read
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # where to connect, not to bind
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _judge(team: str, verb: Literal["suspend", "resume"], as_json: bool) -> None:
    from quapsule import platform
    from quapsule.client.terminal import Terminal

    act = platform.suspend if verb == "suspend" else platform.resume
    found = act(read_settings(), team)
    done = "suspended" if verb == "suspend" else "live"
    terminal = Terminal(as_json)
    terminal.answer({"team_id": str(found), "state": done}, lambda: terminal.say(f"{team} is {done}."))


def _tails(folder: Path, lines: int) -> dict[str, list[str]]:
    found = {}
    for path in sorted(folder.glob("*.log")):
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 400 * lines))
            text = file.read().decode("utf-8", "replace")
        found[path.name] = text.splitlines()[-lines:]
    if not found:
        raise Refused("not_found", f"There are no logs in {folder}.", "`quapsule up` writes them.", 0)
    return found


def _draw_audit(terminal: Any, done: dict[str, Any]) -> None:
    seen, left = done["looked_at"], done["leftovers"]
    for finding in done["findings"]:
        terminal.say(f"{finding['layer']}: {finding['table']} {finding['row']}", "red")
        terminal.say(f"  {finding['message']}")
    terminal.say(
        f"{seen['capsules']} capsules, {seen['artifacts']} artifacts, {seen['signatures']} signatures, {seen['timestamps']} timestamps,"
        f" {seen['log_entries']} entries of the log; {len(done['guards'])} guards in force."
    )
    if left["found"]:
        terminal.say(f"{left['found']} objects ({left['size_bytes']:,} bytes) that nothing refers to; {left['swept']} of them removed.")
    if done["clean"]:
        terminal.say("Everything is as it was sealed.", "green")
    else:
        terminal.say(f"{len(done['findings'])} findings.", "bold red")
    if done["checkpoint"]:
        terminal.note("The log's last checkpoint; keep it elsewhere, and give it to --checkpoint next time:")
        terminal.note(done["checkpoint"].rstrip("\n"))


def _draw_tails(terminal: Any, found: dict[str, list[str]]) -> None:
    for name, lines in found.items():
        terminal.say(name, "bold")
        for line in lines:
            terminal.say(f"  {line}")


def _refuse(problem: Refused | Problem, as_json: bool) -> int:
    from quapsule.client.terminal import Terminal

    if isinstance(problem, Refused):
        refusal = problem
    else:
        refusal = Refused(problem.code, problem.message, problem.hint, status=0, details=problem.details)
    Terminal(as_json).refuse(refusal)
    # A setting that cannot be read is a mistake in the command's environment.
    return 2 if isinstance(problem, Problem) and problem.code == "validation_error" else refusal.exit_code


def _misuse(error: typer.TyperException, as_json: bool) -> int:
    from quapsule.client.terminal import Terminal

    show = getattr(error, "show", None)
    if as_json or show is None:
        Terminal(as_json).refuse(Refused("usage", error.format_message(), "--help lists what the verb takes.", status=0))
    else:
        show()
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
