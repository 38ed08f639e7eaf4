"""The generated pages of docs/: the CLI's verbs as its own help knows them, and the tables of errors and settings."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from quapsule.errors import CODES

_MADE = "<!-- Made by `bin/generate`; do not edit. -->\n"
_EXIT_CODES = (
    (0, "Done. A watched job completed."),
    (1, "Refused, or the job failed, was cancelled, or had not ended when `--timeout` was over. `verify`: the capsule is broken."),
    (2, "The command line, or a setting, is wrong; nothing was sent."),
    (3, "No server answers, or it is not ready. `verify`, which asks none: intact, signer unknown."),
    (4, "Not signed in, or the session or key has ended."),
    (5, "The job completed, but its result is flagged: what ran is not surely what was asked for."),
    (130, "Stopped by Ctrl-C; a watched job goes on."),
)


def cli_page(command: Any) -> str:
    """`command`: the root click group."""
    intro = (
        "Every verb takes `--help`. With `--json` stdout holds JSON and nothing else, and an error is one JSON line on stderr in the\n"
        'shape of the HTTP API: `{"error": {code, message, status, hint?}}` (status 0: it never came to a server).\n\n'
        "The login comes from `QUAPSULE_URL` with `QUAPSULE_TOKEN` or `QUAPSULE_API_KEY`; else from `client.json` in\n"
        "`$XDG_CONFIG_HOME/quapsule` (default `~/.config/quapsule`), which `quapsule sign-in` writes; else, on the machine that runs\n"
        "the server, from its Unix socket.\n"
    )
    codes = _table(("exit code", "means"), [(str(code), says) for code, says in _EXIT_CODES])
    verbs = "\n".join(_verb(path, verb) for path, verb in _walk(("quapsule",), command))
    return f"{_MADE}# The command line\n\n{intro}\n{codes}\n{verbs}"


def errors_page() -> str:
    intro = (
        'Every refusal is `{"error": {"code", "message", "status", "hint"?, "details"?}}`. The code is for programs and does not\n'
        "change; the message is for people and may.\n"
    )
    ordered = sorted(CODES.items(), key=lambda item: (item[1][0], item[0]))
    rows = [(f"`{code}`", str(status), says) for code, (status, says) in ordered]
    return f"{_MADE}# Errors\n\n{intro}\n{_table(('code', 'status', 'means'), rows)}"


def settings_page(rows: Sequence[tuple[str, str, str]]) -> str:
    """`rows`: (variable, default, meaning)."""
    intro = "Read once, from the environment, by `quapsule up` and what it starts. `quapsule settings` shows what is in force.\n"
    cells = [(f"`{name}`", f"`{default}`" if default else "(empty)", says) for name, default, says in rows]
    table = _table(("variable", "default", "means"), cells)
    return f"{_MADE}# Settings\n\n{intro}\n{table}"


def write(folder: Path, pages: dict[str, str], *, check: bool) -> list[str]:
    """Names of the pages that differed (and were written, unless `check`)."""
    stale = []
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return stale


def _walk(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every visible verb in the order in which help lists it."""
    for name, verb in getattr(command, "commands", {}).items():
        if not verb.hidden:
            yield (*path, name), verb
            yield from _walk((*path, name), verb)


def _verb(path: tuple[str, ...], verb: Any) -> str:
    """What `--help` shows of it, as the same calls give it."""
    context = typer.Context(verb, info_name=" ".join(path))
    usage = " ".join([context.info_name or "", *verb.collect_usage_pieces(context)])
    rows = [record for item in verb.params if item.name != "help" and (record := item.get_help_record(context))]
    parts = [f"## {' '.join(path)}\n", f"{' '.join((verb.help or '').split())}\n", f"    {usage}\n"]
    if rows:
        parts.append(_table(("", ""), [(f"`{name}`", says) for name, says in rows]))
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"
