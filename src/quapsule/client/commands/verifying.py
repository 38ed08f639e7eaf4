"""Is a downloaded capsule the one that was sealed, and by whom: `verify`. It needs no server, no login and no network."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quapsule.client.commands.options import AsJson

if TYPE_CHECKING:
    from quapsule.client.terminal import Terminal
    from quapsule.seal.check import Report

VERDICTS = {"verified": "verified", "intact": "intact, signer unknown", "broken": "broken"}

_STYLES = {"verified": "green", "intact": "yellow", "broken": "bold red"}
_MOST_SHOWN = 20


def add_to(app: typer.Typer) -> None:
    app.command()(verify)


def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="NAME.capsule.")],
    expected_id: Annotated[str | None, typer.Option("--id", help="The capsule's id, as you know it from elsewhere: mqc:1:HEX.")] = None,
    signer: Annotated[str | None, typer.Option(help="Fingerprint of the key that you trust, from elsewhere: SHA256:HEX.")] = None,
    proof: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, readable=True, help="NAME.proof.json; the one beside the file if left out.")
    ] = None,
    timestamp_roots: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, readable=True, help="Certificates (PEM) of timestamp authorities you trust.")
    ] = None,
    most_bytes: Annotated[int, typer.Option(min=1, help="Refuse a capsule whose files are larger together.")] = 1 << 30,
    as_json: AsJson = False,
) -> None:
    """Check a capsule offline. Exit code 0: signed by the key given; 3: intact, but who signed it is not known; 1: broken."""
    from quapsule.client.terminal import Terminal
    from quapsule.seal import check

    if proof is None and (beside := file.with_name(file.name.removesuffix(".capsule") + ".proof.json")).is_file():
        proof = beside
    given, fault = _read_proof(proof)
    roots = timestamp_roots.read_text(encoding="ascii", errors="replace") if timestamp_roots else None
    report = check.verify(file, given, expected_id, signer, most_bytes, roots)
    if fault:
        report = check.with_finding(report, fault)
    terminal = Terminal(as_json)
    terminal.answer(_as_json(report), lambda: _draw(terminal, report, expected_id, signer, proof))
    raise typer.Exit(report.exit_code)


def _read_proof(path: Path | None) -> tuple[dict[str, Any] | None, Any]:
    """The document, or the finding that it is none."""
    if path is None:
        return None, None
    from quapsule.errors import Problem
    from quapsule.seal.check import Finding
    from quapsule.seal.trust.proof import LARGEST_PROOF, read_proof

    with path.open("rb") as file:
        text = file.read(LARGEST_PROOF + 1)
    try:
        return read_proof(text), None
    except Problem as problem:
        return None, Finding("signature", "proof", problem.message)


def _as_json(report: "Report") -> dict[str, Any]:
    return {
        "status": report.status,
        "verdict": VERDICTS[report.status],
        "exit_code": report.exit_code,
        "capsule_id": report.capsule_id,
        "name": report.manifest.get("name"),
        "files": report.files,
        "size_bytes": report.size_bytes,
        "findings": [asdict(finding) for finding in report.findings],
        "signatures": [asdict(signature) for signature in report.signatures],
        "log": asdict(report.log) if report.log else None,
        "timestamps": [asdict(timestamp) for timestamp in report.timestamps],
    }


def _draw(terminal: "Terminal", report: "Report", expected_id: str | None, signer: str | None, proof: Path | None) -> None:
    terminal.say(VERDICTS[report.status], _STYLES[report.status])
    if report.capsule_id:
        known = "  (the id that you gave)" if expected_id == report.capsule_id else ""
        terminal.say(f"{report.capsule_id}{known}  {report.files} files, {report.size_bytes:,} bytes")
    for finding in report.findings[:_MOST_SHOWN]:
        terminal.say(f"{finding.layer}: {finding.file or 'the archive'}: {finding.message}", "red")
    if len(report.findings) > _MOST_SHOWN:
        terminal.say(f"… and {len(report.findings) - _MOST_SHOWN} more; --json lists all.", "red")
    for signature in report.signatures:
        trusted = signer is not None and signature.key_id in signer.lower()
        who = f"{'signed by' if trusted else 'says the proof: signed by'} {signature.name}"
        witnessed = ", witnessed by the platform" if signature.on_behalf_of else ""
        terminal.say(f"{who} ({signature.meaning}{witnessed}) at {signature.signed_at}, key SHA256:{signature.key_id}")
    if log := report.log:
        terminal.say(f"entry {log.index} of {log.tree_size} in the log {log.origin}, checkpoint by key SHA256:{log.key_id}")
    for timestamp in report.timestamps:
        sure = "by an authority that you trust" if timestamp.trusted else "its authority was not checked"
        terminal.say(f"timestamp {timestamp.at} of {timestamp.authority or timestamp.signer}: {sure}")
    if report.status == "intact":
        how = "--signer with the fingerprint of the key that you trust" if proof else "NAME.proof.json beside the file, and --signer"
        terminal.note(f"Nothing here says who sealed it: what would is {how}.")
