"""/api/simulations: a person's own telemetry, with a program's text only where they sent it."""

from typing import Any
from uuid import uuid4

import pytest
from tests import factories
from tests.factories import BELL

RUN = {
    "simulator": "quapsule-statevector",
    "version": "1",
    "seed": 4_294_967_296,
    "session_id": "tab-1",
    "shots": 100,
    "qubit_count": 2,
    "gate_count": 2,
    "execution_time_ms": 1.5,
    "counts": {"00": 47, "11": 53},
}


def record(client: Any, **changes: Any) -> Any:
    return client.post("/api/simulations", json={**RUN, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"simulator": "abacus"},
        {"version": ""},
        {"version": "x" * 101},
        {"seed": -1},
        {"seed": 1 << 53},
        {"seed": "1"},
        {"session_id": ""},
        {"qasm_input": ""},
        {"qasm_input": "x" * 50_001},
        {"qasm_input": "h q;\x00"},
        {"shots": 0},
        {"shots": 100_001},
        {"qubit_count": 65},
        {"gate_count": -1},
        {"execution_time_ms": -1},
        {"execution_time_ms": 1e12},
        {"counts": None},
        {"counts": {"02": 1}},
        {"counts": {"": 1}},
        {"counts": {"0" * 65: 1}},
        {"counts": {"00": 0}},
        {"counts": {"00": 1.5}},
        {"counts": {"00": 60, "11": 60}},
        {"counts": {format(n, "013b"): 1 for n in range(4097)}, "shots": 5000},
        {"source_framework": "fortran"},
        {"team_id": "alpha"},
    ],
)
def test_a_simulation_of_the_wrong_shape_is_refused(cast, changes):
    answer = record(cast.owner, **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation_error")


def test_nobody_strangers_reading_keys_and_suspended_teams_record_nothing(cast, api):
    assert record(cast.anonymous).status_code == 401
    assert record(cast.stranger, team_id=str(cast.team)).status_code == 404
    assert record(api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, "read"))).json()["error"]["code"] == "permission_denied"
    factories.suspend(api.owner, cast.team)
    assert record(cast.owner).json()["error"]["code"] == "team_suspended"
    assert api.owner.execute("select count(*) from public.simulation_events").fetchone() == (0,)


def test_one_sees_one_s_own_simulations_and_nobody_else_s(cast, api):
    recorded = record(cast.member, team_id=str(cast.team)).json()["id"]
    assert cast.member.get(f"/api/simulations/{recorded}").json()["counts"] == RUN["counts"]
    key = api.as_(factories.make_key(api.owner, cast.team, cast.member_id))
    assert [row["id"] for row in key.get("/api/simulations").json()["items"]] == [recorded]
    for client in (cast.owner, cast.stranger):
        assert client.get("/api/simulations").json() == {"items": [], "next_cursor": None}
        foreign, missing = (client.get(f"/api/simulations/{one}") for one in (recorded, uuid4()))
        assert foreign.status_code == 404 and foreign.content == missing.content
    assert cast.anonymous.get("/api/simulations").status_code == 401


def test_what_ran_is_kept_as_it_was_told_and_the_text_only_when_it_was_sent(cast, api):
    silent = record(cast.owner)
    assert silent.status_code == 201, silent.text
    told = record(cast.owner, qasm_input=BELL, simulator="quantum-circuit", version="0.9.250", source_framework="openqasm")
    second, first = cast.owner.get("/api/simulations").json()["items"]
    assert (first["id"], second["id"]) == (silent.json()["id"], told.json()["id"])
    kept = ("simulator", "version", "seed", "session_id", "shots", "qubit_count", "gate_count", "execution_time_ms")
    assert {name: first[name] for name in kept} == {name: RUN[name] for name in kept}
    assert first["team_id"] == str(cast.team) and first["user_agent"].startswith("python-httpx")
    assert (first["with_text"], second["with_text"], second["simulator"], second["version"]) == (False, True, "quantum-circuit", "0.9.250")
    assert cast.owner.get(f"/api/simulations/{first['id']}").json()["qasm_input"] is None
    assert cast.owner.get(f"/api/simulations/{second['id']}").json()["qasm_input"] == BELL
    assert api.owner.execute("select qasm_input from public.simulation_events where id = %s", (first["id"],)).fetchone() == ("",)


def test_the_list_is_paged_and_a_repeated_write_is_one_row(cast):
    key = {"idempotency-key": str(uuid4())}
    first = cast.owner.post("/api/simulations", json=RUN, headers=key)
    again = cast.owner.post("/api/simulations", json=RUN, headers=key)
    assert again.json() == first.json() and again.headers["idempotent-replayed"] == "true"
    assert cast.owner.post("/api/simulations", json={**RUN, "seed": 2}, headers=key).json()["error"]["code"] == "idempotency_conflict"
    ids = [first.json()["id"], *(record(cast.owner, seed=seed).json()["id"] for seed in range(2))]
    seen, cursor = [], None
    while True:
        page = cast.owner.get("/api/simulations", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ids[::-1]
