"""Rows of the database as worker.capsule_material() gives them, for tests that compose a material of their own."""

import json
from hashlib import sha256
from typing import Any

CAPSULE = "5f0c1a52-0f3b-4a53-9d0e-2a6c8f0f7a11"
JOB = "b7860786-8a68-4b20-b597-c16959c9c8a1"
TEAM = "a42faf7f-d6f6-461b-b816-7daad183461b"
PERSON = "444805df-7ca2-429e-b0f9-3b0988e941c8"
CALIBRATION = "06696123-1de4-40f3-9ce1-909a68e31802"
PARENT = "0d9bb8a7-6a53-4c6b-8a36-6d1f3f6f2b90"
PARENT_ID = "mqc:1:" + sha256(b"the parent").hexdigest()

SCRIPT = """from qiskit import QuantumCircuit


def main(params):
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure_all()
    return bell
"""
INTERCHANGE = """OPENQASM 3.0;
include "stdgates.inc";
bit[2] meas;
qubit[2] q;
h q[0];
cx q[0], q[1];
barrier q[0], q[1];
meas[0] = measure q[0];
meas[1] = measure q[1];
"""
EXECUTED = """OPENQASM 3.0;
include "stdgates.inc";
gate prx(theta, phi) a { rz(-phi) a; rx(theta) a; rz(phi) a; }
bit[2] meas;
prx(1.5707963267948966, -1.5707963267948966) $1;
prx(1.5707963267948966, -1.5707963267948966) $2;
cz $2, $1;
prx(1.5707963267948966, 1.5707963267948966) $1;
meas[0] = measure $2;
meas[1] = measure $1;
"""
DRAWING = """     ┌───┐      ░ ┌─┐
q_0: ┤ H ├──■───░─┤M├───
     └───┘┌─┴─┐ ░ └╥┘┌─┐
q_1: ─────┤ X ├─░──╫─┤M├
          └───┘ ░  ║ └╥┘
meas: 2/═══════════╩══╩═
                   0  1
"""


# As seal/environment.describe_environment() gives it, of a machine that never was.
def capsule(**changes: Any) -> dict[str, Any]:
    return {
        "id": CAPSULE,
        "team_id": TEAM,
        "user_id": PERSON,
        "name": "Bell pair",
        "description": "Two qubits, one pair.",
        "version": "1.0.0",
        "lifecycle_state": "runnable",
        "job_id": JOB,
        "run_id": "9a2f3c0e-8c59-4c35-a3f0-0f2a1f0b6d55",
        "git_sha": "a949fe1c0ffee0123456789abcdef0123456789a",
        "git_repo": "https://example.org/lab/bell.git",
        "parent_capsule_id": PARENT,
        "custom_metadata": {"seal_when_done": True, "tags": ["bell", "garnet"], "fridge": "blue"},
        "started_at": "2026-11-23T05:25:55.769476+00:00",
        "completed_at": "2026-11-23T05:25:55.845918+00:00",
        "wall_time_seconds": 0.068436,
        "num_tasks": 1,
        "total_shots": 1000,
        "max_budget_usd": 5,
        "estimated_cost_usd": 0,
        "actual_cost_usd": 0.0,
        "cost_breakdown": [],
        "digests": None,
        "regulatory_framework": None,
        "retention_years": 10,
        "doi": None,
        "sealed_at": None,
        "sealed_by": None,
        "created_at": "2026-11-23T05:25:55.758457+00:00",
        "updated_at": "2026-11-23T05:25:55.900000+00:00",
        **changes,
    }


def job(**changes: Any) -> dict[str, Any]:
    return {
        "id": JOB,
        "team_id": TEAM,
        "user_id": PERSON,
        "script_id": None,
        "script_name": None,
        "requirements": None,
        "retried_from": None,
        "status": "completed",
        "backend": "iqm-garnet",
        "framework": "qiskit",
        "parameters": {"seed": 7, "shots": 1000, "emulate": True},
        "execution_mode": "direct",
        "inline_code": SCRIPT,
        "workflow_id": None,
        "workflow_metadata": None,
        "temporal_run_id": None,
        "temporal_status": None,
        "braket_task_arns": None,
        "create_capsule": True,
        "capsule_name": "Bell pair",
        "created_at": "2026-11-23T05:25:55.758457+00:00",
        "started_at": "2026-11-23T05:25:55.769476+00:00",
        "completed_at": "2026-11-23T05:25:55.845918+00:00",
        "updated_at": "2026-11-23T05:25:55.845327+00:00",
        "wall_time_seconds": 0.068436,
        "quantum_time_seconds": 0.00943,
        "estimated_cost_usd": 0,
        "actual_cost_usd": 0.0,
        "error_message": None,
        "error_details": None,
        **changes,
    }


def program(kind: str, seq: int, form: str, content: str) -> dict[str, Any]:
    return {"kind": kind, "seq": seq, "format": form, "content": content, "sha256": sha256(content.encode()).hexdigest()}


def certificate(
    seq: int, hop: str, asked: str | None, given: str | None, program: int = 0, method: str = "probes", detail: Any = None
) -> dict[str, Any]:
    found = {
        "hop": hop,
        "program": program,
        "method": method,
        "result": "equivalent",
        "qubits": 2,
        "tolerance": 1e-09,
        "not_covered": [],
        "detail": detail or {},
        "seconds": 0.0011,
        "asked_sha256": asked and sha256(asked.encode()).hexdigest(),
        "given_sha256": given and sha256(given.encode()).hexdigest(),
    }
    return {"seq": seq, "hop": hop, "method": method, "result": "equivalent", "certificate": found}


def counts_row(index: int, counts: dict[str, int], shots: int = 1000, **beside: Any) -> dict[str, Any]:
    data = {
        "circuit_index": index,
        "counts": counts,
        "counts_source": "backend",
        "bit_order": "clbit_0_first",
        "shots": shots,
        "measured": "as_written",
        "engine": {"name": "lightning.qubit", "version": "0.45.0", "method": "statevector", "seconds": 0.000356},
        "program": index,
        "executed": index,
        "flags": [],
        "certificate": {"result": "equivalent", "methods": ["identical"]},
        **beside,
    }
    return result_row("counts", data, shots)


def result_row(result_type: str, data: dict[str, Any], shots: int | None = None) -> dict[str, Any]:
    return {"result_type": result_type, "result_data": data, "shots": shots, "created_at": "2026-11-23T05:25:55.845327+00:00"}


def task(seq: int, **changes: Any) -> dict[str, Any]:
    return {
        "job_id": JOB,
        "seq": seq,
        "backend": "iqm-garnet",
        "shots": 1000,
        "status": "completed",
        "attempt": 1,
        "ordinal": 0,
        "cost_usd": 0.0,
        "emulated": True,
        "calibration_id": CALIBRATION,
        "program_sha256": sha256(EXECUTED.encode()).hexdigest(),
        "provider_task_id": None,
        "client_token": None,
        "detail": {"bindings": 1},
        "looked_at": None,
        "created_at": "2026-11-23T05:25:55.849754+00:00",
        "submitted_at": None,
        "ended_at": "2026-11-23T05:25:55.845918+00:00",
        **changes,
    }


def event(name: str, second: str, attempt: int = 1, **detail: Any) -> dict[str, Any]:
    return {"event": name, "attempt": attempt, "at": f"2026-11-23T05:25:{second}+00:00", "detail": detail}


def backend() -> dict[str, Any]:
    return {
        "id": "7ba8665e-784b-4c76-9e1e-5e18909158eb",
        "slug": "iqm-garnet",
        "name": "Garnet",
        "provider": "IQM",
        "device_type": "qpu",
        "description": "Superconducting transmons.",
        "qubit_count": 20,
        "max_qubits": 20,
        "max_shots": 20000,
        "topology": "square lattice",
        "region": "eu-north-1",
        "device_arn": "arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet",
        "provider_target_id": None,
        "tags": ["qpu", "superconducting"],
        "pricing": {
            "unit": "task and shot",
            "taskFee": 0.3,
            "perShot": 0.00145,
            "minimumCost": 0.30145,
            "currency": "USD",
            "date": "2026-11-22",
            "checked": True,
            "source": "https://aws.amazon.com/braket/pricing/",
        },
        "status": "online",
        "is_available": True,
        "is_recommended": False,
        "display_order": 90,
        "documentation_url": None,
        "created_at": "2026-11-23T05:25:53.268952+00:00",
        "updated_at": "2026-11-23T05:25:53.268952+00:00",
    }


def local_backend() -> dict[str, Any]:
    return backend() | {
        "id": "0f3c123c-81c3-40bc-8b26-03a87df31698",
        "slug": "local",
        "name": "Local simulator",
        "provider": "Quapsule",
        "device_type": "simulator",
        "description": "Statevector, stabilizer and matrix product state engines on this machine.",
        "qubit_count": 100,
        "max_qubits": 100,
        "max_shots": 100000,
        "topology": "all-to-all",
        "region": None,
        "device_arn": "local:simulator",
        "provider_target_id": "local",
        "tags": ["simulator", "free", "statevector", "stabilizer", "mps"],
        "pricing": {"unit": "free", "taskFee": 0, "perShot": 0, "minimumCost": 0, "currency": "USD", "date": "2026-11-01",
                    "source": "this installation"},
    }  # fmt: skip


def calibration() -> dict[str, Any]:
    """The first four qubits of a real snapshot of that device."""
    description = {
        "qubits": 4,
        "labels": ["1", "2", "3", "4"],
        "edges": [[0, 1], [0, 3], [2, 3]],
        "directed": False,
        "native_gates": {"one": ["prx"], "two": ["cz"]},
        "one_qubit_ns": 32.0,
        "two_qubit_ns": 60.0,
        "readout_ns": None,
        "t1_us": [36.5483, 28.9782, 41.2, 33.1],
        "t2_us": [8.35332, 6.69352, 9.1, 7.7],
        "readout_error": [[0.0107, 0.0132], [0.0084, 0.0141], [0.012, 0.015], [0.009, 0.011]],
        "one_qubit_error": [0.000690972, 0.000684965, 0.0007, 0.0008],
        "two_qubit_error": {"0-1": 0.0040306, "0-3": 0.004342, "2-3": 0.019885},
    }
    content = {
        "format": "quapsule.calibration",
        "version": 1,
        "backend": "iqm-garnet",
        "taken_at": "2026-05-05T16:45:26+00:00",
        "source": "Snapshot: figures of the device properties of 2026-05-05",
        "description": description,
    }
    return {
        "id": CALIBRATION,
        "backend": "iqm-garnet",
        "sha256": sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
        "taken_at": "2026-05-05T16:45:26+00:00",
        "format": "quapsule.calibration/1",
        "source": content["source"],
        "content": content,
        "description": description,
    }
