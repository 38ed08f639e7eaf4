"""The public log of seals: its signed heads, and proofs that a capsule is in it and that it only grows."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.seal.trust import log
from quapsule.seal.trust.proof import LogPlace

_QUERIES = load_queries("quapsule.capsules")


@dataclass(frozen=True)
class Head:
    """A signed head. note: C2SP tlog-checkpoint; its first line is the log's name."""

    tree_size: int
    root: bytes
    note: str
    at: datetime

    @property
    def origin(self) -> str:
        return self.note.partition("\n")[0]


def find_head(session: Session) -> Head | None:
    """The last one; None while the log is empty."""
    return session.row(Head, _QUERIES["log_checkpoint"])


def find_place(session: Session, mqc_id: str) -> LogPlace | None:
    """Where a capsule is in the log, with its proof under the last head; None when it was not sealed here."""
    index, head = session.value(_QUERIES["log_index"], {"mqc_id": mqc_id}), find_head(session)
    if index is None or head is None or index >= head.tree_size:
        return None
    node = _nodes(session, log.inclusion_places(index, head.tree_size))
    return LogPlace(head.origin, index, head.tree_size, log.inclusion_proof(index, head.tree_size, node), head.note)


def find_growth(session: Session, first: int, second: int) -> list[str]:
    """Hashes (base64) that prove that the log of `second` entries begins with that of `first` ones. Raises Problem."""
    head = find_head(session)
    size = head.tree_size if head else 0
    if not 0 < first <= second <= size:
        raise Problem("validation_error", f"The log has {size} entries: first and second must lie in 1 … {size}, in this order.")
    node = _nodes(session, log.consistency_places(first, second))
    return [b64encode(found).decode() for found in log.consistency_proof(first, second, node)]


def _nodes(session: Session, places: list[log.Place]) -> Any:
    wanted = {"levels": [level for level, _ in places], "indexes": [index for _, index in places]}
    found = {(row["level"], row["index"]): bytes(row["hash"]) for row in session.dicts(_QUERIES["log_nodes"], wanted)}
    return lambda level, index: found[level, index]
