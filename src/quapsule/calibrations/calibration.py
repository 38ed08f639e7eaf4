"""Snapshots of devices: read by everybody, also of retired devices; added by the operator; never changed and never removed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from quapsule.database.content import content_sha256
from quapsule.database.problems import translated
from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.providers.calibration import MOST_BYTES, Snapshot, Unfit, read_snapshot

__all__ = ["MOST_BYTES", "CalibrationDetail", "CalibrationSummary", "find", "find_at", "find_last", "import_calibration", "list_page"]

_QUERIES = load_queries("quapsule.calibrations")
# A snapshot's own clock may be a little ahead.
_AHEAD = timedelta(hours=1)


@dataclass(frozen=True)
class CalibrationSummary:
    """A line of the history. `sha256`: of the content's canonical JSON; `taken_at`: when the device was measured; `format`: name/version;
    `source`: where the figures are from, which says so when they are nominal; `qubits`: how many it describes."""

    id: UUID
    backend: str
    sha256: str
    taken_at: datetime
    imported_at: datetime
    format: str
    source: str
    qubits: int

    @property
    def created_at(self) -> datetime:
        """What pages are ordered by."""
        return self.taken_at


@dataclass(frozen=True)
class CalibrationDetail(CalibrationSummary):
    """`content`: the snapshot as it was given; `description`: the device as it is emulated (docs/calibrations.md)."""

    content: dict[str, Any]
    description: dict[str, Any]

    def summary(self) -> CalibrationSummary:
        return CalibrationSummary(**{item.name: getattr(self, item.name) for item in fields(CalibrationSummary)})


def list_page(session: Session, backend: str, page: Mapping[str, Any]) -> list[CalibrationSummary]:
    """Newest first; `page`: limit, before_at, before_id."""
    query: LiteralString = _QUERIES["list_calibrations"]
    if page["before_at"] is not None:
        query += " and (c.taken_at, c.id) < (%(before_at)s, %(before_id)s)"
    query += " order by c.taken_at desc, c.id desc limit %(limit)s"
    return session.rows(CalibrationSummary, query, {"backend": backend, **page})


def find(session: Session, calibration: UUID) -> CalibrationDetail:
    """Raises Problem not_found."""
    found = session.row(CalibrationDetail, _QUERIES["find_calibration"], {"id": calibration})
    if found is None:
        raise Problem("not_found", "There is no such calibration.", hint="GET /api/backends/{slug}/calibrations lists a device's.")
    return found


def find_at(session: Session, backend: str, at: datetime) -> CalibrationDetail | None:
    """The last one that had been taken at that instant, as a run of that time would have used it."""
    return session.row(CalibrationDetail, _QUERIES["find_calibration_at"], {"backend": backend, "at": at})


def find_last(session: Session, backend: str) -> CalibrationSummary | None:
    """The one that an emulation started now would run under."""
    return session.row(CalibrationSummary, _QUERIES["find_last"], {"backend": backend})


def import_calibration(owner: Session, slug: str, data: bytes, taken_at: datetime | None = None) -> CalibrationSummary:
    """Reads a file in one of the vendors' formats (docs/calibrations.md) and keeps it; the same content again is the same row. `taken_at`
    where the file does not say it.

    Raises Problem backend_unknown, conflict, calibration_unfit."""
    device = next(iter(owner.dicts(_QUERIES["find_device"], {"slug": slug})), None)
    if device is None:
        raise Problem("backend_unknown", f"No backend is called {slug!r}.", hint="`quapsule backends --all` lists them.")
    if device["device_type"] != "qpu":
        raise Problem("calibration_unfit", f"{device['name']} is a simulator and has no calibration.")
    try:
        snapshot = read_snapshot(data, device)
    except Unfit as problem:
        raise Problem("calibration_unfit", f"The file cannot be taken: {problem}.", hint="Nothing was imported.") from problem
    parameters = {
        "backend": slug,
        "sha256": content_sha256(snapshot.content),
        "taken_at": _taken(snapshot, taken_at),
        "format": snapshot.format,
        "source": snapshot.source,
        "content": Jsonb(snapshot.content),
        "description": Jsonb(snapshot.description),
    }
    with translated():
        kept = owner.row(CalibrationSummary, _QUERIES["import_calibration"], parameters)
    assert kept is not None
    return kept


def _taken(snapshot: Snapshot, given: datetime | None) -> datetime:
    """Given and said must agree: a snapshot under a false time would explain the wrong runs."""
    said = snapshot.taken_at
    if said is None and given is None:
        raise Problem("calibration_unfit", "The file does not say when it was taken.", hint="Give --taken-at.")
    if said is not None and given is not None and said != given:
        raise Problem("calibration_unfit", f"The file says that it was taken at {said.isoformat()}.", hint="Leave --taken-at out.")
    taken = said or given
    assert taken is not None
    if taken > datetime.now(UTC) + _AHEAD:
        raise Problem("calibration_unfit", f"The snapshot is of the future: {taken.isoformat()}.")
    return taken
