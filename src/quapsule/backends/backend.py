"""Backends with what they take and ask; also unavailable and retired ones, so that these differ from unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem

_QUERIES = load_queries("quapsule.backends")

DeviceType = Literal["simulator", "qpu"]


class PublishedBackend(TypedDict):
    """The public shape: camelCase, as the published client expects. Prices in USD; queueDepth where jobs of it run here."""

    id: UUID
    slug: str
    name: str
    provider: str
    deviceType: DeviceType
    status: Literal["online", "offline", "maintenance", "retired"]
    isAvailable: bool
    pricing: dict[str, Any] | None
    supportedProgramTypes: list[str]
    region: str | None
    qubitCount: int | None
    topology: str | None
    maxShots: int | None
    maxQubits: int | None
    description: str | None
    documentationUrl: str | None
    tags: list[str]
    displayOrder: int
    isRecommended: bool
    queueDepth: NotRequired[int]
    retiredAt: NotRequired[datetime]
    retiredReason: NotRequired[str | None]
    successor: NotRequired[str | None]


@dataclass(frozen=True)
class Backend:
    """`runs_here`: this installation can run it. `is_connected`: a living worker reaches its vendor. `queue_depth`: jobs that wait for it.
    Prices in USD."""

    id: UUID
    slug: str
    name: str
    provider: str
    device_type: DeviceType
    status: Literal["online", "offline", "maintenance"]
    is_available: bool
    pricing: dict[str, Any] | None
    region: str | None
    qubit_count: int | None
    topology: str | None
    max_shots: int | None
    max_qubits: int | None
    description: str | None
    documentation_url: str | None
    tags: list[str]
    display_order: int
    is_recommended: bool
    runs_here: bool
    is_connected: bool
    is_free: bool
    queue_depth: int
    retired_at: datetime | None
    retired_reason: str | None
    successor: str | None
    updated_at: datetime | None

    @property
    def program_types(self) -> list[str]:
        return ["ahs"] if "analog" in self.tags else ["qasm3", "qasm2"]

    @property
    def qubit_limit(self) -> int | None:
        return self.max_qubits if self.max_qubits is not None else self.qubit_count

    @property
    def facts(self) -> dict[str, Any]:
        """What a worker needs to know of it."""
        return {
            "slug": self.slug,
            "name": self.name,
            "provider": self.provider,
            "device_type": self.device_type,
            "qubit_count": self.qubit_count,
            "max_qubits": self.max_qubits,
            "max_shots": self.max_shots,
            "target": "local" if self.runs_here else None,
        }

    def published(self) -> PublishedBackend:
        shape: PublishedBackend = {
            "id": self.id,
            "slug": self.slug,
            "name": self.name,
            "provider": self.provider,
            "deviceType": self.device_type,
            "status": "retired" if self.retired_at else self.status,
            "isAvailable": self.is_available and self.status == "online" and (self.runs_here or self.is_connected),
            "pricing": self.pricing,
            "supportedProgramTypes": self.program_types,
            "region": self.region,
            "qubitCount": self.qubit_count,
            "topology": self.topology,
            "maxShots": self.max_shots,
            "maxQubits": self.max_qubits,
            "description": self.description,
            "documentationUrl": self.documentation_url,
            "tags": self.tags,
            "displayOrder": self.display_order,
            "isRecommended": self.is_recommended,
        }
        if self.runs_here:
            shape["queueDepth"] = self.queue_depth
        if self.retired_at:
            shape["retiredAt"] = self.retired_at
            shape["retiredReason"], shape["successor"] = self.retired_reason, self.successor
        return shape


def list_backends(session: Session) -> list[Backend]:
    """All of them, in their display order."""
    return session.rows(Backend, _QUERIES["list_backends"])


def find_backend(session: Session, slug: str) -> Backend:
    """Raises Problem backend_unknown."""
    for backend in list_backends(session):
        if backend.slug == slug:
            return backend
    raise Problem("backend_unknown", f"No backend is called {slug!r}.", hint="GET /api/backends lists them.")


def show_backends(session: Session, ids: Sequence[UUID]) -> dict[UUID, PublishedBackend]:
    """Those of the backends in their public shape, by id."""
    return {backend.id: backend.published() for backend in list_backends(session) if backend.id in ids}
