"""Where a job can run: `backends`."""

from typing import TYPE_CHECKING, Annotated

import typer

from quapsule.client.commands.options import AsJson, opened
from quapsule.client.refusals import Refused

if TYPE_CHECKING:
    from quapsule.client.rows import Backend


def add_to(app: typer.Typer) -> None:
    app.command()(backends)


def backends(
    ctx: typer.Context,
    slug: Annotated[str | None, typer.Argument(help="Show one backend in full.")] = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="Also those that take no jobs or are retired.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the backends that take jobs (no sign-in needed)."""
    from quapsule.client.terminal import Terminal

    terminal = Terminal(as_json)
    with opened(ctx) as client:
        found = client.backends()
    if slug is not None:
        one = next((backend for backend in found if backend.slug == slug), None)
        if one is None:
            raise Refused("backend_unknown", f"No backend has the slug {slug!r}.", "`quapsule backends --all` lists them.", 422)
        terminal.answer(one.raw, lambda: _draw_one(one))
        return
    listed = [backend for backend in found if everything or (backend.is_available and not backend.retired_at)]
    terminal.answer({"backends": [backend.raw for backend in listed]}, lambda: _draw(listed, len(found)))


def _draw(listed: list["Backend"], total: int) -> None:
    from quapsule.client.terminal import Terminal

    terminal = Terminal()
    terminal.table(
        ("slug", "name", "kind", "state", "qubits", "max shots", "price"),
        ((b.slug, b.name, b.device_type, _state(b), b.qubit_count, b.max_shots, _price(b)) for b in listed),
        right=("qubits", "max shots"),
    )
    if len(listed) < total:
        terminal.note(f"{total - len(listed)} more take no jobs here at present: --all")


def _draw_one(backend: "Backend") -> None:
    from quapsule.client.terminal import Terminal

    terminal = Terminal()
    terminal.say(f"{backend.name} ({backend.slug})", "bold")
    if backend.description:
        terminal.say(backend.description)
    rows = [
        ("kind", backend.device_type),
        ("provider", backend.provider),
        ("state", _state(backend)),
        ("qubits", backend.qubit_count),
        ("max shots", backend.max_shots),
        ("price", _price(backend)),
        ("waiting", backend.queue_depth),
        ("docs", backend.documentation_url),
    ]
    terminal.table(("", ""), [(name, value) for name, value in rows if value not in (None, "")])


def _state(backend: "Backend") -> str:
    if backend.retired_at:
        return "retired"
    return backend.status if backend.is_available or backend.status != "online" else "offline"


def _price(backend: "Backend") -> str:
    pricing = backend.pricing or {}
    units = (("taskFee", "task"), ("perShot", "shot"), ("perMinute", "min"))
    return " + ".join(f"{pricing[key]} USD/{unit}" for key, unit in units if pricing.get(key)) or "free"
