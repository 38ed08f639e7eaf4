"""A page of capsules, newest first, narrowed by text and filters; and the graph of what was made from what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Json

from quapsule.capsules.capsule import State, not_found
from quapsule.database.queries import load_queries
from quapsule.database.session import Session

_QUERIES = load_queries("quapsule.capsules")

MOST_NODES = 500


@dataclass(frozen=True)
class CapsuleSummary:
    """A line of the list."""

    id: UUID
    team_id: UUID
    user_id: UUID | None
    name: str
    description: str | None
    state: State
    job_id: UUID | None
    parent_capsule_id: UUID | None
    regulatory_framework: str | None
    tags: Any
    mqc_id: str | None
    sealed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Filters:
    """None: not narrowed. q: words of name and description as a web search has them, or an mqc:1: id. backend: of the capsule's job."""

    q: str | None = None
    state: State | None = None
    tag: str | None = None
    regulatory_framework: str | None = None
    job_id: UUID | None = None
    parent_id: UUID | None = None
    backend: str | None = None
    team_id: UUID | None = None


@dataclass(frozen=True)
class Node:
    id: UUID
    name: str
    state: State
    job_id: UUID | None
    parent_capsule_id: UUID | None
    created_at: datetime
    mqc_id: str | None


@dataclass(frozen=True)
class Edge:
    """`child` was made from `parent`."""

    parent: UUID
    child: UUID


@dataclass(frozen=True)
class Lineage:
    """What a capsule comes from and what came of it, oldest first; truncated: there are more than are shown."""

    nodes: list[Node]
    edges: list[Edge]
    truncated: bool


def list_capsules(session: Session, filters: Filters, page: Mapping[str, Any]) -> list[CapsuleSummary]:
    """`page`: limit, before_at, before_id."""
    given = {name: str(value) for name, value in vars(filters).items() if value is not None}
    return session.rows(CapsuleSummary, _QUERIES["list_capsules"], {"filters": Json(given), **page})


def show_capsules(session: Session, ids: Sequence[UUID]) -> dict[UUID, CapsuleSummary]:
    """Those of these capsules that the caller may see, as the list shows them: the rows of events."""
    return {row.id: row for row in session.rows(CapsuleSummary, _QUERIES["show_capsules"], {"ids": list(ids)})}


def find_lineage(session: Session, capsule_id: UUID, most: int = MOST_NODES) -> Lineage:
    """All ancestors, and descendants generation by generation, until there are `most`. Raises Problem not_found."""
    known = [row["id"] for row in session.dicts(_QUERIES["list_ancestors"], {"capsule_id": capsule_id, "most": most})]
    if not known:
        raise not_found()
    found, youngest = dict.fromkeys(known), [capsule_id]
    while youngest and len(found) < most:
        rows = session.dicts(_QUERIES["list_descendants"], {"parents": youngest, "most": most + 1})
        youngest = [row["id"] for row in rows if row["id"] not in found]
        found |= dict.fromkeys(youngest)
    nodes = session.rows(Node, _QUERIES["list_nodes"], {"ids": list(found)[:most]})
    shown = {node.id for node in nodes}
    edges = [Edge(node.parent_capsule_id, node.id) for node in nodes if node.parent_capsule_id in shown]
    return Lineage(nodes, edges, len(found) >= most)
