"""What devices could do at a given time: `calibrations list | show`; importing one is the operator's (cli.py)."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from quapsule.client.commands.options import AsJson, instant, opened
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.rows import Calibration

app = typer.Typer(help="Calibration snapshots of devices: list, show, import.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="Slug of the device, also of a retired one.")]


@app.command("list")
def list_calibrations(
    ctx: typer.Context,
    slug: Slug,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="next_cursor of the page before.")] = None,
    as_json: AsJson = False,
) -> None:
    """List a device's snapshots, newest first (no sign-in needed)."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        page = client.calibrations(slug, limit=limit, cursor=cursor)

    def draw() -> None:
        if not page.items:
            terminal.say(f"{slug} has no calibration.")
        else:
            columns = ("id", "taken at", "imported at", "qubits", "format", "source")
            terminal.table(
                columns, ((c.id, _when(c.taken_at), _when(c.imported_at), c.qubits, c.format, c.source) for c in page.items), ("qubits",)
            )
        if page.next_cursor:
            terminal.note(f"There are more: --cursor {page.next_cursor}")

    terminal.answer(page.raw, draw)


@app.command("show")
def show_calibration(
    ctx: typer.Context,
    slug: Slug,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Date, instant or span (7d): what a run then would have used.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the last snapshot of a device, or the one of a given time."""
    from datetime import UTC, datetime

    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        page = client.calibrations(slug, as_of=instant(as_of) or datetime.now(UTC).isoformat())
        if not page.items:
            raise Refused("not_found", f"{slug} has no calibration of that time.", f"`quapsule calibrations list {slug}` lists them.", 404)
        found = client.calibration(page.items[0].id)
    terminal.answer(found.raw, lambda: _draw(terminal, found))


def _draw(terminal: Any, found: "Calibration") -> None:
    described = found.description or {}
    natives = described.get("native_gates") or {}
    rows: list[tuple[str, Any]] = [
        ("id", found.id),
        ("device", found.backend),
        ("taken at", _when(found.taken_at)),
        ("imported at", _when(found.imported_at)),
        ("format", found.format),
        ("sha256", found.sha256),
        ("qubits", found.qubits),
        ("edges", len(described.get("edges") or ())),
        ("native gates", ", ".join([*natives.get("one", ()), *natives.get("two", ())])),
        ("one-qubit error", _spread(described.get("one_qubit_error") or ())),
        ("two-qubit error", _spread(list((described.get("two_qubit_error") or {}).values()))),
        ("readout error", _spread([sum(flips) / 2 for flips in described.get("readout_error") or ()])),
        ("T1", _spread([time for time in described.get("t1_us") or () if time is not None], " µs")),
        ("T2", _spread([time for time in described.get("t2_us") or () if time is not None], " µs")),
    ]
    terminal.say(found.source)
    terminal.table(("", ""), [(name, value) for name, value in rows if value not in (None, "")])


def _spread(values: Any, unit: str = "") -> str:
    """Median, and from the least to the most."""
    if not values:
        return ""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.4g}{unit} ({ordered[0]:.4g} to {ordered[-1]:.4g})"


def _when(value: Any) -> str:
    return "" if value is None else value.strftime("%Y-%m-%d %H:%M:%S %Z")
