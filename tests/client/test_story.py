"""The real `quapsule` process from its first start on: what a newcomer does, and what happens when the machine fails them."""

import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from tests.client.house import House

QISKIT = """\
from qiskit import QuantumCircuit

def main(params):
    print("hello from the box")
    raise ValueError("no such angle") if params.get("fail") else None

circuit = QuantumCircuit(3, 3)
circuit.x(0)
circuit.measure([0, 1, 2], [2, 0, 1])
"""
QASM = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    # Short, since socket paths hold 108 bytes; open, since the database's account must pass through.
    with TemporaryDirectory(prefix="qs-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        made = House(Path(name))
        made.up()
        try:
            yield made
        finally:
            assert made.down() == 0


@pytest.fixture
def program(tmp_path: Path) -> Any:
    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def test_the_machines_owner_is_let_in_without_a_password(house: House) -> None:
    assert "me@localhost" in house.cli("whoami").out
    assert (house.folder / "config/quapsule/client.json").stat().st_mode & 0o777 == 0o600


def test_a_qasm_file_gives_its_histogram(house: House, program: Any) -> None:
    said = house.cli("run", program("bell.qasm", QASM), "--shots", "1000", "--watch")
    assert said.code == 0, said.err
    assert "1,000 shots" in said.out and "00  █" in said.out and "11  █" in said.out


def test_counts_are_by_classical_bit_whatever_the_script_does(house: House, program: Any) -> None:
    text = QISKIT.partition("def main")[0] + QISKIT.partition("None\n\n")[2]
    said = house.cli("run", program("x.py", text), "--shots", "100", "--watch", "--json")
    assert said.code == 0, said.err
    assert said.json["result"]["counts"] == {"001": 100}


def test_a_failing_script_shows_its_own_line_and_its_output(house: House, program: Any) -> None:
    said = house.cli("run", program("x.py", QISKIT), "-p", "fail=true", "--watch")
    assert said.code == 1 and "ValueError: no such angle" in said.out and "in main" in said.out
    assert house.cli("logs", "last").out == "hello from the box\n"
    assert house.cli("job", "last").out.count("job.failed") == 1


def test_a_seed_makes_the_counts_the_same(house: House) -> None:
    said = [house.cli("run", "template:bell@openqasm", "--seed", "7", "--watch", "--json").json["result"]["counts"] for _ in range(2)]
    assert said[0] == said[1]


def test_an_endless_script_is_cancelled(house: House, program: Any) -> None:
    job = house.cli("run", program("x.py", "import qiskit\nwhile True:\n    pass\n")).out.strip()
    assert house.cli("cancel", job).code == 0
    said = house.cli("job", job, "--watch", "--json")
    assert said.code == 1 and said.json["status"] == "cancelled"


def test_a_key_works_over_plain_http(house: House) -> None:
    key = house.cli("keys", "create", "curl", "--level", "simulate").out.strip()
    url = house.cli("sign-in", "--json").json["url"]
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=60) as http:
        body = {"circuit": {"format": "qasm3", "payload": QASM}, "backend": "local", "params": {"shots": 100}}
        job = http.post("/api/jobs/submit", json=body).json()["job_id"]
        answer = http.get(f"/api/jobs/{job}/status", params={"wait": 20}).json()
    assert answer["status"] == "completed" and sum(answer["result"]["counts"].values()) == 100


def test_a_suspended_team_reads_and_cannot_run(house: House) -> None:
    assert house.cli("team", "suspend", "Personal").code == 0
    try:
        said = house.cli("run", "template:bell@qiskit", "--json")
        assert said.code == 1 and said.error["code"] == "team_suspended"
        assert house.cli("jobs").code == 0
    finally:
        assert house.cli("team", "resume", "Personal", "--json").json["state"] == "live"


def test_migrating_again_changes_nothing(house: House) -> None:
    said = house.cli("migrate", "--json")
    assert said.code == 0, said.err
    assert said.json["landed"] == [] and said.json["rules_applied"] is False
    assert "is at this version" in house.cli("migrate").out


def test_doctor_finds_this_platform(house: House) -> None:
    said = house.cli("doctor", "--json")
    found = {finding["name"]: finding for finding in said.json}
    assert found["platform"]["says"].startswith("runs at http://127.0.0.1:")
    assert (said.code == 1) == any(finding["state"] == "fail" for finding in said.json)


def test_after_a_power_cut_the_next_start_finds_everything_and_lets_its_owner_in(house: House) -> None:
    before = [job["id"] for job in house.cli("jobs", "--json").json["items"]]
    assert house.down(signal.SIGKILL) != 0
    house.up()
    assert [job["id"] for job in house.cli("jobs", "--json").json["items"]] == before
    assert house.cli("run", "template:bell@qiskit", "--watch").code == 0


def test_without_a_platform_the_hint_names_the_way_to_start_one(tmp_path: Path) -> None:
    said = House(tmp_path).cli("jobs")
    assert said.code == 3 and "quapsule up" in said.err


def test_the_operator_makes_a_code_that_opens_sign_up(house: House) -> None:
    assert house.cli("team", "code", "not a code!").code != 0
    made = house.cli("team", "code", "lab-2026", "--uses", "2", "--days", "7", "--json").json
    assert made["code"] == "lab-2026" and made["expires_at"]
    url = house.cli("sign-in", "--json").json["url"]
    found = httpx.post(f"{url}/api/auth/validate-code", json={"code": "lab-2026"}).json()
    assert found == {"valid": True, "remaining_uses": 2}
    again = house.cli("team", "code", "lab-2026")
    assert again.code == 1 and "already" in again.err
