"""Rows of simulations: past the API too, the database keeps what must hold."""

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests import factories
from tests.conftest import Clone

from quapsule.simulations import simulation

RUN = {
    "simulator": "quapsule-statevector",
    "version": "1",
    "seed": (1 << 53) - 1,
    "session_id": "tab",
    "shots": 3,
    "qubit_count": 2,
    "gate_count": 2,
    "execution_time_ms": 1.5,
    "counts": {"00": 1, "11": 2},
}


@pytest.mark.parametrize("changes", [{"simulator": "abacus"}, {"seed": -1}, {"seed": 1 << 53}, {"version": ""}])
def test_a_row_that_says_what_cannot_be_is_refused_whole(database: Clone, changes: dict[str, Any]) -> None:
    claims = Jsonb({"sub": str(factories.make_user(database.owner)), "role": "authenticated"})
    with pytest.raises(psycopg.errors.CheckViolation), database.owner.transaction():
        database.owner.execute("select set_config('request.jwt.claims', %s::jsonb::text, true)", (claims,))
        database.owner.execute("select public.record_simulation(%s)", (Jsonb({**RUN, **changes}),))
    assert database.owner.execute("select count(*) from public.simulation_events").fetchone() == (0,)


def test_what_is_recorded_is_read_again_and_goes_with_its_event(database: Clone) -> None:
    user = factories.make_user(database.owner)
    with database.as_user(user) as session:
        recorded = simulation.record(session, RUN)
        found = simulation.find_simulation(session, recorded)
    assert (found.version, found.seed, found.counts) == ("1", (1 << 53) - 1, {"00": 1, "11": 2})
    assert (found.with_text, found.qasm_input, found.team_id) == (False, None, factories.team_of(database.owner, user))
    database.owner.execute("delete from public.simulation_events where id = %s", (recorded,))
    assert database.owner.execute("select count(*) from public.simulation_runs").fetchone() == (0,)
