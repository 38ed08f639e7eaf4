"""Simulations in the browser: each person's own rows, without the program's text unless they agreed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem

_QUERIES = load_queries("quapsule.simulations")

Simulator = Literal["quapsule-statevector", "quantum-circuit", "qulacs-wasm"]


@dataclass(frozen=True)
class Simulation:
    """One run. `version` and `seed` repeat its counts; NULL in rows that were not written by this platform's app."""

    id: UUID
    team_id: UUID
    simulator: Simulator
    version: str | None
    seed: int | None
    session_id: str
    shots: int
    qubit_count: int
    gate_count: int
    execution_time_ms: float
    source_framework: str | None
    user_agent: str | None
    with_text: bool
    created_at: datetime


@dataclass(frozen=True)
class SimulationDetail(Simulation):
    """With its counts (all or the most frequent outcomes), and its text where that was agreed to."""

    counts: dict[str, int]
    qasm_input: str | None


def record(session: Session, simulation: Mapping[str, Any]) -> UUID:
    """A new row in the caller's name: {team_id?, simulator, version, seed, session_id, qasm_input?, shots, qubit_count, gate_count,
    execution_time_ms, counts, source_framework?, user_agent?}. Raises Problem."""
    recorded: UUID = session.value(_QUERIES["record_simulation"], {"simulation": Jsonb(simulation)})
    return recorded


def list_simulations(session: Session, page: Mapping[str, Any]) -> list[Simulation]:
    """The caller's own, newest first. `page`: limit, before_at, before_id."""
    query: LiteralString = _QUERIES["list_simulations"]
    if page["before_at"] is not None:
        query += " and (e.created_at, e.id) < (%(before_at)s, %(before_id)s)"
    return session.rows(Simulation, query + " order by e.created_at desc, e.id desc limit %(limit)s", page)


def find_simulation(session: Session, simulation_id: UUID) -> SimulationDetail:
    """Raises Problem not_found."""
    found = session.row(SimulationDetail, _QUERIES["find_simulation"], {"id": simulation_id})
    if found is None:
        raise Problem("not_found", "There is no such simulation of yours.", hint="GET /api/simulations lists them.")
    return found
