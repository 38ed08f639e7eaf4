"""What speaks for a result or against it, on the command line; the worker's part is played through the worker's own functions."""

from typing import Any

import pytest
from tests.api.conftest import Api
from tests.client.conftest import Cli
from tests.client.test_verbs import BELL, finish_next
from tests.client.test_verbs import bell as bell
from tests.jobs.working import COUNTS

COMPILED = "OPENQASM 3.0;\nbit[2] c;\nprx(1.5, -1.5) $1;\ncz $2, $1;\n"
PROGRAMS = [
    {"kind": "interchange", "seq": 0, "format": "qasm3", "content": BELL},
    {"kind": "executed", "seq": 0, "format": "qasm3", "content": COMPILED},
]
CHECKED = {"qubits": 2, "seconds": 0.004, "not_covered": ["A delay's length."], "program": 0}
CERTIFICATES = [{"seq": 0, "hop": "script → interchange", "method": "unitary", "result": "equivalent", "certificate": CHECKED}]


def counted(**more: Any) -> list[dict[str, Any]]:
    return [{"result_type": "counts", "result_data": COUNTS | more, "shots": 100}]


def test_a_flagged_result_is_loud_and_has_an_exit_code_of_its_own(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    flags = ["executed_empty"]
    worker = finish_next(api.database, results=counted(flags=flags), flags=flags, programs=PROGRAMS, certificates=CERTIFICATES)
    said = cli("run", bell, "--watch")
    worker.join(10)
    assert said.code == 5
    assert "completed, FLAGGED" in cli("jobs").out
    assert "FLAGGED" in said.out and "WARNING: this result is doubtful." in said.out
    assert "executed_empty: The program that the backend says it ran holds no gates" in said.out
    assert said.out.index("WARNING") < said.out.index("52.0 %")
    assert "prx(1.5, -1.5) $1;" in said.out  # what ran is shown unasked
    shown = cli("job", "last")
    assert shown.code == 5 and "WARNING" in shown.out
    as_json = cli("job", "last", "--json")
    assert as_json.code == 5 and as_json.json["result"]["warnings"][0]["flag"] == "executed_empty"


def test_flags_and_messages_of_others_are_escaped(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    worker = finish_next(api.database, results=counted(flags=["\x1b]0;pwned\x07"]), programs=[])
    said = cli("run", bell, "--watch")
    worker.join(10)
    assert said.code == 5 and "\x1b" not in said.out and "pwned" in said.out


def test_a_mismatch_shows_both_programs_and_the_hop(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    wrong = [{**CERTIFICATES[0], "result": "mismatch"}]
    failed = {
        "error_message": "What would have run is not what was asked for.",
        "error_details": {"category": "system", "code": "conversion_mismatch"},
    }
    worker = finish_next(api.database, "failed", programs=PROGRAMS, certificates=wrong, **failed)
    said = cli("run", bell, "--watch")
    worker.join(10)
    assert said.code == 1
    assert "✗ script → interchange: mismatch · unitary · 2 qubits · 4 ms" in said.out
    assert "as asked" in said.out and "cx q[0], q[1];" in said.out and "cz $2, $1;" in said.out


def test_an_emulated_run_is_waited_for_and_shows_where_it_is_from(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    about = {"emulated": True, "calibration_id": "0b959270", "calibration_taken_at": "2026-05-05T00:00:00Z"}
    certificate = {"result": "equivalent", "methods": ["unitary", "probes"]}
    engine = {"name": "aer", "method": "density_matrix", "seconds": 0.0036, "seconds_predicted": 0.0089}
    results = counted(**about, certificate=certificate, engine=engine)
    worker = finish_next(api.database, results=results, programs=PROGRAMS, certificates=CERTIFICATES)
    said = cli("run", bell, "--backend", "iqm-garnet", "--emulate")
    worker.join(10)
    assert said.code == 0, said.err
    for text in (
        "iqm-garnet (emulated)",
        "calibration of 2026-05-05",
        "aer density_matrix in 3.6 ms, 8.9 ms predicted",
        "as asked: equivalent (unitary, probes)",
        "✓ script → interchange: equivalent",
        "not covered: A delay's length.",
    ):
        assert text in said.out
    # In a pipe below each other.
    assert said.out.index("as asked\n") < said.out.index("cx q[0], q[1];") < said.out.index("as executed\n") < said.out.index("cz $2, $1;")
    parameters = api.database.value("select parameters from public.job_runs")
    assert parameters["emulate"] is True


def test_a_wide_terminal_has_the_two_programs_beside_each_other(
    alice: Any, api: Api, cli: Cli, bell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = finish_next(api.database, results=counted(emulated=True), programs=PROGRAMS)
    monkeypatch.setenv("FORCE_COLOR", "1")
    said = cli("run", bell, "--backend", "iqm-garnet", "--emulate")
    worker.join(10)
    assert any("as asked" in line and "as executed" in line for line in said.out.splitlines())
    assert any("qubit[2] q;" in line and "prx(1.5, -1.5) $1;" in line for line in said.out.splitlines())


def test_a_plain_run_is_not_cluttered_with_programs(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    worker = finish_next(api.database, results=counted(flags=[]), programs=PROGRAMS, certificates=CERTIFICATES)
    said = cli("run", bell, "--watch")
    worker.join(10)
    assert said.code == 0 and "as executed" not in said.out and "✓ script → interchange" in said.out


def test_mitigated_values_and_the_state_are_drawn_beside_the_counts(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    found = {"raw": {"value": 0.9, "standard_error": 0.01}, "zne": {"expectation": {"value": 0.98}}}
    mitigated = {"observable": "ZZ", **found, "circuit_index": 0}
    state = {"amplitudes": [[0.6, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.8]], "circuit_index": 0}
    beside = [{"result_type": "mitigated", "result_data": mitigated}, {"result_type": "statevector", "result_data": state}]
    worker = finish_next(api.database, results=[*counted(), *beside])
    said = cli("run", bell, "--watch")
    worker.join(10)
    assert "52.0 %" in said.out and "+0.9000 ± 0.0100" in said.out and "+0.9800" in said.out
    assert "11  +0.000000 +0.800000i" in said.out


@pytest.mark.parametrize(
    ("option", "text"), [("--noise", "gentle"), ("--noise", "[1]"), ("--mitigation", "readout,magic"), ("--mitigation", "{")]
)
def test_noise_and_mitigation_are_names_or_objects(cli: Cli, bell: str, option: str, text: str) -> None:
    said = cli("run", bell, option, text)
    assert said.code == 2 and text in said.err


def test_the_options_become_the_parameters_of_the_same_meaning(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    assert cli("run", bell, "-b", "marqov-sim", "--noise", "uniform", "--mitigation", "readout,zne").code == 0
    assert cli("run", bell, "--statevector").code == 0
    assert cli("run", bell, "-b", "iqm-garnet", "--emulate", "--no-watch").code == 0
    rows = api.owner.execute("select parameters - 'shots' from public.job_runs order by created_at").fetchall()
    uniform = {"preset": "uniform", "one_qubit": 0.001, "two_qubit": 0.01, "readout": 0.02}
    assert [row[0] for row in rows] == [
        {"noise_model": uniform, "mitigation": {"readout": True, "zne": {}}},
        {"statevector": True},
        {"emulate": True},
    ]
