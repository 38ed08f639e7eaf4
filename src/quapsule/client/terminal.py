"""The terminal's two ends: answers on stdout, everything else on stderr. With --json both speak JSON alone."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from quapsule.client.escaping import shown, shown_lines
from quapsule.client.refusals import Refused

_STYLES = {
    "completed": "green",
    "completed, FLAGGED": "bold red",
    "failed": "red",
    "cancelled": "yellow",
    "running": "cyan",
    "queued": "blue",
    "pending": "blue",
    "online": "green",
    "offline": "red",
    "maintenance": "yellow",
    "retired": "dim",
    "ok": "green",
    "warn": "yellow",
    "fail": "red",
}


@dataclass(frozen=True)
class Terminal:
    """`as_json`: for a program, not for a person."""

    as_json: bool = False

    @property
    def out(self) -> Console:
        return _console(sys.stdout)

    @property
    def err(self) -> Console:
        return _console(sys.stderr)

    @property
    def plain(self) -> bool:
        """The terminal has no block characters."""
        return not (getattr(sys.stdout, "encoding", None) or "ascii").lower().startswith("utf")

    def answer(self, data: Any, draw: Callable[[], None]) -> None:
        """The verb's answer: `data` as JSON, or what `draw` prints for people."""
        if self.as_json:
            # ASCII alone: whatever a job put into a string arrives as an escape.
            sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=True, default=_plain) + "\n")
        else:
            draw()

    def say(self, text: str = "", style: str = "") -> None:
        """A line of the answer."""
        self.out.print(Text(shown_lines(text), style=style))

    def note(self, text: str, style: str = "dim") -> None:
        """Something beside the answer; a program does not hear it."""
        if not self.as_json:
            self.err.print(Text(shown_lines(text), style=style))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[str] = ()) -> None:
        """Aligned columns; a cell that is the name of a state takes its colour."""
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for index, column in enumerate(columns):
            # The first column is what people copy: it is never cut.
            table.add_column(column, justify="right" if column in right else "left", no_wrap=index == 0, overflow="fold")
        for row in rows:
            table.add_row(*(cell(item) for item in row))
        self.out.print(table)

    def refuse(self, refusal: Refused) -> None:
        """On stderr: JSON in the server's shape, or message and next step."""
        if self.as_json:
            sys.stderr.write(json.dumps(refusal.body(), ensure_ascii=True) + "\n")
            return
        line = Text("Error: ", style="bold red")
        line.append(shown_lines(refusal.message), style="default not bold")
        if refusal.status:
            line.append(f"  ({shown(refusal.code)})", style="dim not bold")
        self.err.print(line)
        if refusal.hint:
            self.err.print(Text(shown_lines(refusal.hint), style="default"))


def cell(value: Any) -> Text:
    if value is None or value == "":
        return Text("–", style="dim")
    if isinstance(value, Text):
        return value
    text = shown(value)
    return Text(text, style=_STYLES.get(text, ""))


def state(status: str) -> Text:
    return Text(shown(status), style=_STYLES.get(status, ""))


def ago(instant: datetime | None, now: datetime | None = None) -> str:
    """`12 s ago`; a day and older as the local date and time."""
    if instant is None:
        return ""
    seconds = ((now or datetime.now(UTC)) - instant).total_seconds()
    if 0 <= seconds < 60:
        return f"{seconds:.0f} s ago"
    if 0 <= seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if 0 <= seconds < 86400:
        return f"{seconds // 3600:.0f} h ago"
    return instant.astimezone().strftime("%Y-%m-%d %H:%M")


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if 0 < seconds < 0.0095:
        return f"{seconds * 1000:.2g} ms"
    return f"{seconds * 1000:,.0f} ms" if seconds < 10 else f"{seconds:,.1f} s"


def usd(amount: float | None) -> str:
    if amount is None:
        return ""
    return "free" if float(amount) == 0 else f"{float(amount):,.6f}".rstrip("0").rstrip(".") + " USD"


def _console(file: Any) -> Console:
    # Rich reads NO_COLOR and the width itself; a pipe gets no colour and lines that are not cut at 80.
    width = None if file.isatty() or "COLUMNS" in os.environ else 160
    return Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=False, width=width)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
