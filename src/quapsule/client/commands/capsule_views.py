"""Capsules on the screen: one of them, a list, a verdict, a family tree, a series, a trail."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from quapsule.client.capsules import Capsule
from quapsule.client.escaping import shown
from quapsule.client.rows import Json
from quapsule.client.terminal import Terminal, ago, state, usd

_FILES = 40
_STYLES = {"sealed": "green", "archived": "blue", "runnable": "cyan", "draft": "yellow"}
_VERDICTS = {
    "VERIFIED": "green",
    "DIFFERENT": "bold red",
    "INCONCLUSIVE": "yellow",
    "verified": "green",
    "intact": "yellow",
    "broken": "bold red",
}


def draw_list(terminal: Terminal, found: Sequence[Capsule]) -> None:
    terminal.table(
        ("capsule", "state", "name", "tags", "id in every verifier", "created"),
        ((c.id, _state(c.state), c.name, ", ".join(map(str, c.tags)), _short(c.mqc_id), ago(c.created_at)) for c in found),
    )


def draw_capsule(terminal: Terminal, capsule: Capsule) -> None:
    """Identity, what it rests on, files, who signed."""
    line = _state(capsule.state)
    terminal.out.print(Text.assemble((shown(capsule.name), "bold"), "  ", line, f"  {shown(capsule.id)}"))
    if capsule.description:
        terminal.say(capsule.description)
    rows: list[tuple[str, Any]] = [
        ("id", capsule.mqc_id),
        ("sealed at", _utc(capsule.sealed_at)),
        ("sealed by the key", capsule.signer),
        ("place in the seal log", capsule.log_index),
        ("came as a file" if capsule.origin == "import" else "", "sealed elsewhere" if capsule.origin == "import" else None),
        ("job", capsule.job_id),
        ("made from", capsule.parent_capsule_id),
        ("tags", ", ".join(map(str, capsule.tags))),
        ("shots", capsule.total_shots or None),
        ("cost", usd(capsule.actual_cost_usd)),
        ("regulatory framework", capsule.regulatory_framework),
        ("kept for", f"{capsule.retention_years} years" if capsule.retention_years else None),
        ("DOI", capsule.doi),
    ]
    terminal.table(("", ""), [(name, value) for name, value in rows if value not in (None, "")])
    if capsule.artifacts:
        terminal.say()
        terminal.table(
            ("file", "type", "size", "SHA-256"),
            (
                (
                    one.get("name"),
                    one.get("artifact_type"),
                    size(one.get("size_bytes")),
                    _short(str(one.get("digest") or "").removeprefix("sha256:")),
                )
                for one in capsule.artifacts[:_FILES]
            ),
            right=("size",),
        )
        if len(capsule.artifacts) > _FILES:
            terminal.say(f"… {len(capsule.artifacts) - _FILES} more; --json shows all.", "dim")
    if capsule.signatures:
        terminal.say()
        terminal.table(
            ("signed by", "meaning", "at", "with the key"),
            (
                (one.get("signer_name"), one.get("meaning"), moment(one.get("signed_at")), f"SHA256:{one.get('key_id')}")
                for one in capsule.signatures
            ),
        )
    for request in capsule.requests:
        if problem := request.get("problem"):
            terminal.say(f"{request.get('kind')} was given up: {problem.get('message')}", "red")
            if problem.get("hint"):
                terminal.say(f"  {problem['hint']}")
            return  # an older one has been overtaken by this one
        if not request.get("done_at"):
            terminal.say(f"{request.get('kind')}: asked for, not done yet", "yellow")


def draw_comparison(terminal: Terminal, found: Json) -> None:
    """The verdict in words, and below it all that it rests on."""
    verdict = str(found.get("verdict"))
    terminal.out.print(Text.assemble((shown(verdict), _VERDICTS.get(verdict, "bold")), "  ", shown(found.get("statement", ""))))
    power = found.get("power") or {}
    rows: list[tuple[str, Any]] = [
        ("total variation distance", f"{found['tvd']:.5f}, at most {found['bound']:.5f} (wanted for VERIFIED: {found['epsilon']:g})"),
        ("G-test", f"G = {found['g']:.2f}, p = {found['p_value']:.3g}, adjusted {found['adjusted_p']:.3g} ({_method(found)})"),
        ("false alarms", f"at most {found['false_alarm_rate']:g} of pairs that are the same"),
        ("power", _power(power)),
        ("shots", f"{found['shots_first']:,} and {found['shots_second']:,}"),
        ("circuits", len(found.get("circuits") or ())),
        ("seed", found["seed"]),
    ]
    terminal.table(("", ""), [(name, value) for name, value in rows if value not in (None, "")])
    circuits = found.get("circuits") or ()
    if len(circuits) > 1:
        terminal.say()
        terminal.table(
            ("circuit", "verdict", "TVD", "at most", "G", "p adjusted"),
            (
                (c["index"], _verdict(c["verdict"]), f"{c['tvd']:.5f}", f"{c['bound']:.5f}", f"{c['g']:.2f}", f"{c['adjusted_p']:.3g}")
                for c in circuits[:_FILES]
            ),
        )


def draw_verification(terminal: Terminal, found: Json) -> None:
    status = str(found.get("status"))
    terminal.out.print(Text.assemble((shown(status), _VERDICTS.get(status, "bold")), "  ", shown(found.get("capsule_id") or "")))
    for one in found.get("findings") or ():
        terminal.say(f"  {one.get('layer')}: {one.get('file') or 'the archive'}: {one.get('message')}", "red")
    for one in found.get("signatures") or ():
        terminal.say(f"  signed by {one.get('name')} ({one.get('meaning')}, {moment(one.get('signed_at'))})  SHA256:{one.get('key_id')}")


def draw_lineage(terminal: Terminal, found: Json, here: str) -> None:
    """The family as a tree, oldest first; the one that was asked about is marked."""
    nodes = {node["id"]: node for node in found.get("nodes") or ()}
    children: dict[str | None, list[str]] = {}
    for node_id, node in nodes.items():
        parent = node.get("parent_capsule_id")
        children.setdefault(parent if parent in nodes else None, []).append(node_id)
    # Depth first, without recursion: a series may be long.
    waiting = [(node_id, "", "") for node_id in reversed(children.get(None, []))]
    while waiting:
        node_id, lead, branch = waiting.pop()
        node = nodes[node_id]
        style = "bold" if node_id == here else ""
        line = Text.assemble((lead + branch, "dim"), (shown(node.get("name", "")), style), "  ", _state(str(node.get("state"))))
        line.append(f"  {shown(node_id)}", style="dim")
        if node_id == here:
            line.append("  ← this one" if not terminal.plain else "  <- this one", style="bold")
        terminal.out.print(line)
        below = children.get(node_id, [])
        own = lead + {"": "", _last(terminal): "   "}.get(branch, "|  " if terminal.plain else "│  ")
        for place, child in reversed(list(enumerate(below))):
            waiting.append((child, own, _last(terminal) if place == len(below) - 1 else _more(terminal)))
    if found.get("truncated"):
        terminal.say("… and more than are shown.", "dim")


def draw_drift(terminal: Terminal, found: Json) -> None:
    moved = bool(found.get("moved"))
    terminal.out.print(
        Text.assemble(("MOVED" if moved else "STEADY", "bold red" if moved else "green"), "  ", shown(found.get("statement", "")))
    )
    terminal.table(
        ("run", "at", "shots", "from the first", "between", "p adjusted", "from the one before", "p adjusted "),
        (
            (
                step["id"],
                step["at"],
                f"{step['shots']:,}",
                *_distance(step.get("to_first"), True),
                *_distance(step.get("to_previous"), False),
            )
            for step in found.get("runs") or ()
        ),
        right=("shots",),
    )


def draw_changes(terminal: Terminal, changes: Sequence[Json]) -> None:
    terminal.table(
        ("at", "who", "what", "before", "after"),
        (
            (moment(one.get("at")), one.get("actor_name"), one.get("action"), brief(one.get("before")), brief(one.get("after")))
            for one in changes
        ),
    )


def brief(value: Any, most: int = 120) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def moment(text: Any) -> str:
    """An instant of the wire, in UTC to the second; what is none as it is."""
    try:
        return _utc(datetime.fromisoformat(str(text)))
    except ValueError:
        return str(text)


def size(count: Any) -> str:
    if count is None:
        return ""
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:,.0f} B" if unit == "B" else f"{amount:,.1f} {unit}"


def _state(name: str) -> Text:
    return Text(shown(name), style=_STYLES[name]) if name in _STYLES else state(name)


def _verdict(name: str) -> Text:
    return Text(shown(name), style=_VERDICTS.get(name, ""))


def _short(text: str | None) -> str:
    """Enough to tell two apart; --json has all of it."""
    return "" if not text else text if len(text) <= 24 else f"{text[:18]}…"


def _utc(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _method(found: Json) -> str:
    resamples = int(found.get("resamples") or 0)
    return f"{found.get('method')}, {resamples:,} random tables" if resamples else str(found.get("method"))


def _power(power: Mapping[str, Any]) -> str:
    if not power:
        return ""
    text = f"a {power['mix']:.0%} uniform mixture is found with {power['detects_mix']:.0%}"
    smallest = power.get("smallest_tvd")
    if smallest is None:
        return f"{text}; no mixture is found with {power['with_probability']:.0%}"
    return f"{text}; a distance of {smallest:g} (towards {power['towards']}) with {power['with_probability']:.0%}"


def _distance(distance: Mapping[str, Any] | None, with_bounds: bool) -> tuple[Any, ...]:
    if not distance:
        return ("", "", "") if with_bounds else ("", "")
    p_value = Text(f"{distance['adjusted_p']:.3g}", style="bold red" if distance["different"] else "")
    tvd = f"{distance['tvd']:.4f}"
    return (tvd, f"{distance['lower']:.4f} to {distance['upper']:.4f}", p_value) if with_bounds else (tvd, p_value)


def _last(terminal: Terminal) -> str:
    return "`- " if terminal.plain else "└─ "


def _more(terminal: Terminal) -> str:
    return "|- " if terminal.plain else "├─ "
