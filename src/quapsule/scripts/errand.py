"""Errands: work that is asked of the workers without a job row. Its owner alone may read the answer, once; after a minute it is gone."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg.types.json import Json

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem

_QUERIES = load_queries("quapsule.scripts")


def ask(session: Session, kind: str, given: Mapping[str, Any]) -> UUID | None:
    """None: no worker is running. Raises Problem rate_limited, permission_denied."""
    if not session.value(_QUERIES["workers_alive"]):
        return None
    return UUID(str(session.value(_QUERIES["ask"], {"kind": kind, "input": Json(given)})))


def ask_to_play(session: Session, kind: str, given: Mapping[str, Any], qubits: int | None) -> UUID:
    """For the playground, which runs on free simulators of this installation. `qubits`: as the text declares them, where it does.

    Raises Problem: whatever a submit to that backend would meet, backend_unavailable for one that is not free or not here, rate_limited,
    permission_denied, team_suspended; not_ready when no worker is running."""
    asked = session.value(_QUERIES["ask_to_play"], {"kind": kind, "input": Json(given), "qubits": qubits})
    if not session.value(_QUERIES["workers_alive"]):
        raise Problem("not_ready", "No worker is running, so nothing can be run.", hint="Start one: `quapsule up` runs one.")
    return UUID(str(asked))


def answer(session: Session, errand_id: UUID) -> Mapping[str, Any] | None:
    """What the worker said; None: no answer yet. It can be had once."""
    found: Mapping[str, Any] | None = session.value(_QUERIES["answer"], {"errand_id": errand_id})
    return found


def drop(session: Session, errand_id: UUID) -> None:
    """Waits for it no longer: a worker that is at it stops."""
    session.run(_QUERIES["drop_errand"], {"errand_id": errand_id})
