"""What the CLI reads of the server's answers. Unknown keys are ignored here and kept in `raw`, so a newer server is no problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

ENDED = frozenset({"completed", "failed", "cancelled"})
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """A job as status, list or detail shows it; what the route does not show stays None."""

    id: str
    status: str
    backend: str = ""
    framework: str | None = None
    user_id: str | None = None
    script_id: str | None = None
    script_name: str | None = None
    capsule_name: str | None = None
    shots: int | None = None
    parameters: Json | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    updated_at: datetime | None = None
    wall_time_seconds: float | None = None
    estimated_cost_usd: float | None = None
    actual_cost_usd: float | None = None
    error_message: str | None = None
    error_details: Json | None = None
    result: Json | None = None
    programs: Sequence[Json] = ()
    certificates: Sequence[Json] = ()
    tasks: Sequence[Json] = ()
    flags: Sequence[str] = ()
    retried_from: str | None = None
    raw: Json = field(default_factory=dict, repr=False)

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def seconds(self) -> float | None:
        """How long it ran, once that is known."""
        if self.wall_time_seconds is not None:
            return float(self.wall_time_seconds)
        return (self.completed_at - self.started_at).total_seconds() if self.started_at and self.completed_at else None

    @property
    def counts(self) -> Mapping[str, int]:
        return (self.result or {}).get("counts") or {}


@dataclass(frozen=True)
class Trace:
    """One event of a job's life."""

    event: str
    at: datetime | None = None
    attempt: int = 0
    detail: Json | None = None
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Calibration:
    """A snapshot of a device; `content` and `description` only when it was asked for alone."""

    id: str
    backend: str = ""
    sha256: str = ""
    taken_at: datetime | None = None
    imported_at: datetime | None = None
    format: str = ""
    source: str = ""
    qubits: int | None = None
    description: Json | None = None
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Backend:
    slug: str
    name: str = ""
    provider: str = ""
    device_type: str = ""
    status: str = ""
    is_available: bool = False
    qubit_count: int | None = None
    max_shots: int | None = None
    pricing: Json | None = None
    description: str | None = None
    documentation_url: str | None = None
    queue_depth: int | None = None
    retired_at: datetime | None = None
    is_recommended: bool = False
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Script:
    id: str
    slug: str = ""
    name: str = ""
    description: str | None = None
    category: str = ""
    qubits: int | None = None
    framework: str | None = None
    script_type: str | None = None
    script_content: str | None = None
    default_parameters: Json | None = None
    is_public: bool | None = None
    team_id: str | None = None
    version: int | None = None
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Key:
    """An API key; `secret` is present in the answer that made it, and never again."""

    id: str
    name: str = ""
    hint: str = ""
    level: str = ""
    team_id: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    secret: str | None = field(default=None, repr=False)
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Team:
    id: str
    name: str = ""
    role: str = ""
    suspended_at: datetime | None = None
    created_at: datetime | None = None
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Member:
    user_id: str
    email: str | None = None
    name: str | None = None
    role: str = ""
    created_at: datetime | None = None
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Invitation:
    """`token` and `link` are present in the answer that made it, and never again."""

    id: str
    email: str = ""
    role: str = ""
    status: str = ""
    expires_at: datetime | None = None
    token: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Login:
    """What sign-in, sign-up and the local entry answer."""

    token: str = field(repr=False)
    expires_at: datetime | None = None
    user: Json = field(default_factory=dict)
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Page[T]:
    """`next_cursor` None: this is the last one."""

    items: list[T]
    next_cursor: str | None
    raw: Json = field(default_factory=dict, repr=False)


def read[T](kind: type[T], data: Json) -> T:
    """A row of `kind` from JSON: snake_case or camelCase keys, instants as aware datetimes. Raises KeyError on a missing id."""
    values: dict[str, Any] = {}
    for item in fields(kind):  # type: ignore[arg-type]  # every kind here is a dataclass
        found = data.get(item.name, data.get(_camel(item.name)))
        if item.name == "raw":
            values["raw"] = data
        elif found is not None:
            values[item.name] = _instant(found) if item.name == "at" or item.name.endswith("_at") else found
    try:
        return kind(**values)
    except TypeError as error:
        raise KeyError(f"{kind.__name__}: {error}") from error


def read_page[T](kind: type[T], data: Json) -> Page[T]:
    return Page([read(kind, item) for item in data["items"]], data.get("next_cursor"), data)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
