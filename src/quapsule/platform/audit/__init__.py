"""`quapsule audit`: everything that was sealed here is checked again, past whatever the database lets anybody do.

The guards of the database stop everybody but a superuser, who can switch them off. What was changed then no longer fits the hashes, the
signatures, the log or its checkpoints; and a history that was rewritten as a whole does not fit a checkpoint that was kept elsewhere.
"""

from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from quapsule.database.embedded import serving
from quapsule.database.logins import owner_url
from quapsule.errors import Problem
from quapsule.objects import Objects
from quapsule.platform.audit.finding import Finding
from quapsule.platform.audit.guards import Guard, audit_columns, audit_guards, read_expected
from quapsule.platform.audit.keys import audit_keys
from quapsule.platform.audit.leftovers import Leftovers, look_for_leftovers
from quapsule.platform.audit.log import audit_log, compare_with
from quapsule.platform.audit.seals import Counted, Seals
from quapsule.seal.trust.proof import LARGEST_PROOF, read_proof
from quapsule.settings import Settings

__all__ = ["Audit", "Finding", "audit"]


@dataclass(frozen=True)
class Audit:
    """findings: none means that everything is as it was sealed. guards: in force. checkpoint: the log's last one, to be kept elsewhere."""

    findings: list[Finding]
    guards: list[Guard]
    counted: Counted
    log_size: int
    checkpoint: str | None
    leftovers: Leftovers

    def as_json(self) -> dict[str, Any]:
        return {
            "clean": not self.findings,
            "findings": [finding.as_json() for finding in self.findings],
            "guards": [f"{guard.table}.{guard.name}" for guard in self.guards],
            "looked_at": {**asdict(self.counted), "log_entries": self.log_size},
            "checkpoint": self.checkpoint,
            "leftovers": asdict(self.leftovers),
        }


def audit(settings: Settings, checkpoint: Path | None = None, sweep: bool = False) -> Audit:
    """By the owner's login. checkpoint: a file with a checkpoint of the log that was kept. sweep: removes objects that nothing refers to
    and that are older than a day; nothing else is changed. Raises Problem not_ready, validation_error; psycopg.Error."""
    note = None if checkpoint is None else _read_note(checkpoint)
    server = nullcontext() if settings.database_url else serving(settings)
    with server, psycopg.connect(owner_url(settings), autocommit=True, connect_timeout=10) as owner:
        # Rows that policies hide would pass for rows that are not there; so whoever is not past them is refused. Names are written in full.
        owner.execute("set row_security = off; set search_path = ''; set timezone = 'UTC'")
        objects = Objects(settings)
        try:
            return _audit(owner, settings, objects, note, sweep)
        except psycopg.errors.InsufficientPrivilege as error:
            message = f"The database's login may not read all rows: {str(error).strip()}"
            raise Problem(
                "not_ready", message, hint="Audit with a login that is past row-level security (a superuser, or BYPASSRLS)."
            ) from error


def _audit(owner: Connection[Any], settings: Settings, objects: Objects, note: str | None, sweep: bool) -> Audit:
    expected = read_expected()
    guards, findings = audit_guards(owner, expected)
    if missing := audit_columns(owner, expected):
        return Audit([*missing, *findings], guards, Counted(), 0, None, Leftovers(0, 0, 0))
    # One moment for all: what is being sealed meanwhile is either wholly there or not at all.
    with owner.transaction():
        owner.execute("set transaction isolation level repeatable read, read only")
        keys, found = audit_keys(owner, _key_path(settings))
        findings += found
        log, found = audit_log(owner, keys.platform)
        findings += found
        if note is not None:
            findings += compare_with(log, note, keys.platform)
        seals = Seals(owner, objects, keys, log, _roots(settings))
        findings += seals.audit()
        last = owner.execute("select note from private.checkpoints order by tree_size desc limit 1").fetchone()
    leftovers = Leftovers(0, 0, 0)
    try:
        leftovers = look_for_leftovers(owner, objects, sweep)
    except Problem as problem:
        findings.append(Finding("objects", "object store", "", problem.message))
    return Audit(findings, guards, seals.counted, log.size, last and str(last[0]), leftovers)


def _read_note(path: Path) -> str:
    """A checkpoint as it is, or inside of the JSON in which it was given away: the API's answer, an audit's, a capsule's proof."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_PROOF).decode("utf-8")
        if not text.startswith("{"):
            return text
        found = read_proof(text)
        note = found.get("checkpoint") or (found.get("log") or {}).get("checkpoint")
    except (OSError, UnicodeDecodeError, AttributeError, Problem) as error:
        raise Problem("validation_error", f"{path} is not a checkpoint that can be read.") from error
    if not isinstance(note, str):
        raise Problem("validation_error", f"{path} holds no checkpoint.")
    return note


def _key_path(settings: Settings) -> Path:
    from quapsule.worker.sealing import key_path  # loads what a seal needs

    return key_path(settings)


def _roots(settings: Settings) -> str | None:
    if not settings.tsa_certificates:
        return None
    try:
        return Path(settings.tsa_certificates).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("not_ready", f"{settings.tsa_certificates} cannot be read as certificates in PEM.") from error
