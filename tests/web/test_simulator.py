"""The simulators in the page: the built workers, in Chromium, under the policy of their own files."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.story.house import House
from tests.web.conftest import Visit
from tests.web.quantum_programs import BRANCHING, CROSSWISE, PLAIN, all_programs, brickwork, distribution
from tests.web.workers import OURS, PEER, ask

SEED, SHOTS = 2**52 + 12345, 2000
CORPUS = all_programs()

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(house: House) -> Run:
    """`run(page, OURS, programs)`: what that worker told of each."""

    def run(page: Page, worker: str, programs: list[str], seed: int = SEED) -> list[dict[str, Any]]:
        return ask(page, house.settings.web_dir, worker, programs, shots=SHOTS, seed=seed)

    return run


def differs(found: dict[str, float], wanted: dict[str, float]) -> float:
    return max(abs(found.get(key, 0.0) - wanted.get(key, 0.0)) for key in found.keys() | wanted.keys())


def test_what_a_worker_cannot_run_is_refused_with_the_next_step(visit: Visit, run: Run) -> None:
    with visit(signed_in=False) as mallory:
        page = mallory.open("/run")
        too_large, wrong, unknown = run(page, OURS, ["OPENQASM 3.0; qubit[21] q;", "OPENQASM 3.0;\nqubit q;\nU(1, 2 q;", "print(1)"])
        assert (too_large["facts"]["code"], too_large["facts"]["hint"]) == ("too_many_qubits", "Run it on the server.")
        assert (wrong["facts"]["code"], wrong["facts"]["line"]) == ("program_invalid", 3)
        assert unknown["facts"]["code"] == "program_invalid"
        for told in run(page, PEER, list(BRANCHING.values())):
            assert told["facts"]["code"] == "program_unsupported", told
        (too_large,) = run(page, PEER, ["OPENQASM 3.0; qubit[17] q;"])
        assert too_large["facts"]["code"] == "too_many_qubits"


def test_both_simulators_mean_what_the_server_means(visit: Visit, run: Run) -> None:
    wanted = {name: distribution(text) for name, text in CORPUS.items()}
    plain = [name for name in CORPUS if name not in BRANCHING]
    with visit(signed_in=False) as guest:
        page = guest.open("/run")
        told = dict(zip(CORPUS, run(page, OURS, list(CORPUS.values())), strict=True))
        peers = dict(zip(plain, run(page, PEER, [CORPUS[name] for name in plain]), strict=True))
    for name, one in [*told.items(), *peers.items()]:
        assert one["kind"] == "done", (name, one)
        assert differs(one["simulated"]["probabilities"], wanted[name]) < 1e-9, name
        assert sum(one["simulated"]["counts"].values()) == SHOTS
        assert one["simulated"]["counts"].keys() <= wanted[name].keys(), name
    assert {name for name, one in told.items() if one["simulated"]["measured"] == "all, added"} == {"nothing measured"}
    # Both draw by the same generator from the same probabilities.
    assert {name: one["simulated"]["counts"] for name, one in peers.items()} == {name: told[name]["simulated"]["counts"] for name in plain}


def test_the_same_seed_gives_the_same_counts_to_another_person(visit: Visit, run: Run) -> None:
    programs = [*BRANCHING.values(), *PLAIN.values()]
    found = []
    for way in ({"signed_in": False}, {"color_scheme": "dark", "locale": "ar-EG", "timezone_id": "Asia/Tokyo"}):
        with visit(**way) as person:
            found.append([one["simulated"]["counts"] for one in run(person.open("/run"), OURS, programs)])
            others = [one["simulated"]["counts"] for one in run(person.page, OURS, programs, seed=SEED + 1)]
    assert found[0] == found[1]
    assert found[0] != others


def test_a_job_s_state_vector_gives_the_page_s_probabilities(visit: Visit, run: Run) -> None:
    names = ["crosswise, entangled", "u, u2, u3", "a phase under a control"]
    with visit() as alice:
        # Without its measurements a program is measured whole, qubit 0 leftmost: as a state vector's index is read.
        told = run(alice.open("/run"), OURS, [PLAIN[name].removesuffix(CROSSWISE) for name in names])
        assert alice.http is not None
        for name, one in zip(names, told, strict=True):
            body = {"inline_code": PLAIN[name], "framework": "openqasm", "backend": "local", "params": {"shots": 10, "statevector": True}}
            job = alice.http.post("/api/jobs/submit", json=body).raise_for_status().json()["job_id"]
            assert alice.http.get(f"/api/jobs/{job}/status", params={"wait": 20}).raise_for_status().json()["status"] == "completed"
            state = alice.http.get(f"/api/jobs/{job}").raise_for_status().json()["result"]["statevector"]["amplitudes"]
            given = {format(place, "04b"): re * re + im * im for place, (re, im) in enumerate(state)}
            assert differs(one["simulated"]["probabilities"], given) < 1e-9, name


@pytest.mark.slow
def test_sixteen_and_twenty_qubits_come_out_right(visit: Visit, run: Run) -> None:
    program = brickwork(16, 2)
    with visit(signed_in=False) as guest:
        page = guest.open("/run")
        ours, largest = run(page, OURS, [program, brickwork(20, 2)])
        (peer,) = run(page, PEER, [program])
    wanted = distribution(program)
    found = ours["simulated"]["probabilities"]
    assert ours["simulated"]["truncated"] and len(found) == 4096
    assert max(abs(chance - wanted[key]) for key, chance in found.items()) < 1e-9
    assert min(found.values()) >= sorted(wanted.values())[-4096] - 1e-12
    assert peer["simulated"]["counts"] == ours["simulated"]["counts"]
    assert sum(largest["simulated"]["counts"].values()) == SHOTS
