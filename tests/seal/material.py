"""What the database knows of a capsule, made by hand: the shape of worker.capsule_material(), as a real Bell job leaves it.

Every function gives a fresh dict, which a test may change."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from tests.seal.rows import (
    CALIBRATION,
    CAPSULE,
    DRAWING,
    EXECUTED,
    INTERCHANGE,
    JOB,
    PARENT,
    PARENT_ID,
    PERSON,
    SCRIPT,
    TEAM,
    backend,
    calibration,
    capsule,
    certificate,
    counts_row,
    event,
    job,
    local_backend,
    program,
    result_row,
    task,
)

__all__ = [
    "ALL",
    "CALIBRATION",
    "CAPSULE",
    "DRAWING",
    "ENVIRONMENT",
    "EXECUTED",
    "INTERCHANGE",
    "JOB",
    "PARENT",
    "PARENT_ID",
    "PERSON",
    "SCRIPT",
    "SEAL",
    "TEAM",
    "backend",
    "bell",
    "by_hand",
    "calibration",
    "cancelled",
    "capsule",
    "certificate",
    "counts_row",
    "event",
    "failed",
    "job",
    "local_backend",
    "program",
    "result_row",
    "task",
    "two_circuits",
    "workflow",
]

ENVIRONMENT: dict[str, Any] = {
    "format": "quapsule.environment/1",
    "interpreter": "3.12.8",
    "implementation": "cpython",
    "platform": "Linux-6.1-x86_64-with-glibc2.36",
    "machine": "x86_64",
    "packages": [
        {"name": "numpy", "version": "2.2.1", "digest": "sha256:" + sha256(b"numpy").hexdigest()},
        {"name": "qiskit", "version": "2.3.0", "digest": "sha256:" + sha256(b"qiskit").hexdigest()},
        {"name": "qiskit-aer", "version": "0.18.2", "digest": "sha256:" + sha256(b"aer").hexdigest()},
        {"name": "quapsule", "version": "0.1.0", "digest": "sha256:" + sha256(b"quapsule").hexdigest()},
    ],
    "engines": [{"name": "aer", "version": "0.18.2"}],
}

# What the worker gives to compose_manifest beside the material.
SEAL: dict[str, Any] = {
    "sealed_at": "2026-11-23T05:26:40Z",
    "sealed_by": "Alice Example",
    "notes": "First Bell pair of the new fridge.",
    "signer": {"id": PERSON, "name": "Alice Example", "meaning": "author", "at": "2026-11-23T05:26:38Z"},
}


def bell() -> dict[str, Any]:
    """A Qiskit Bell pair, 1,000 shots, emulated on iqm-garnet under a calibration; its capsule is derived from another."""
    return {
        "capsule": capsule(),
        "parent": {"id": PARENT, "name": "Bell pair, first time", "mqc_id": PARENT_ID},
        "team": {"id": TEAM, "name": "Quantum Lab"},
        "author": {"id": PERSON, "name": "Alice Example"},
        "job": job(),
        "programs": [
            program("asked", 0, "python", SCRIPT),
            program("executed", 0, "qasm3", EXECUTED),
            program("interchange", 0, "qasm3", INTERCHANGE),
        ],
        "certificates": [
            certificate(0, "script → interchange", None, INTERCHANGE, method="identical"),
            certificate(1, "interchange → executed", INTERCHANGE, EXECUTED, detail={"distance": 4.65e-16, "compared_qubits": 2}),
            certificate(2, "executed → engine", EXECUTED, None, detail={"distance": 3.75e-16, "compared_qubits": 2}),
        ],
        "results": [
            counts_row(0, {"00": 506, "01": 15, "10": 13, "11": 466}, **_EMULATED),
            result_row("value", {"value": {"fidelity": 0.972}, "summary": {"Fidelity": "97.2 %"}, "entry_point": "main"}),
        ],
        "tasks": [task(0)],
        "attempts": [
            {"attempt": 1, "worker": "vm-1", "outcome": "completed", "started_at": "2026-11-23T05:25:55.769476+00:00",
             "ended_at": "2026-11-23T05:25:55.845918+00:00"},
        ],
        "events": [
            event("job.pending", "55.767728", 0),
            event("job.running", "55.769476", worker="vm-1"),
            event("box.entered", "55.778284", fence=1),
            event("program.prepared", "55.834612", seq=0, gates=4, depth=4, qubits=2, clbits=2, active_qubits=2, two_qubit_gates=1,
                  measurements=2, mid_circuit=False, clifford=False, device="iqm-garnet", engine="aer", method="density_matrix",
                  emulated=True, calibration_id=CALIBRATION, seconds_predicted=0.008786, memory_bytes_predicted=256),
            event("program.ran", "55.845190", shots=1000, engine="aer", method="density_matrix", circuits=1),
            event("job.completed", "55.845918"),
        ],
        "log": {"content": "Bell pair of 2 qubits\n", "truncated": False},
        "backend": backend(),
        "calibrations": [calibration()],
        "quote": {"estimated_cost_usd": 0.0, "pricing": backend()["pricing"]},
        "artifacts": [],
    }  # fmt: skip


def two_circuits() -> dict[str, Any]:
    """Two circuits on the local simulator, without tasks, calibrations, log and parent; counts of both under the seed."""
    made = bell()
    made["capsule"] |= {"name": "Two circuits", "parent_capsule_id": None, "custom_metadata": {}, "git_sha": None, "git_repo": None}
    made["job"] |= {"backend": "local", "parameters": {"seed": 7, "shots": 500}, "estimated_cost_usd": 0}
    programs = [
        program(kind, seq, "qasm3", text) for seq, text in enumerate([_ONE_QUBIT, INTERCHANGE]) for kind in ("executed", "interchange")
    ]
    made["programs"] = [program("asked", 0, "python", SCRIPT), *programs]
    made["certificates"] = [
        certificate(2 * seq + side, hop, *texts, program=seq, method="identical")
        for seq, text in enumerate([_ONE_QUBIT, INTERCHANGE])
        for side, (hop, texts) in enumerate([("script → interchange", (None, text)), ("interchange → engine", (text, None))])
    ]
    made["results"] = [
        counts_row(0, {"00": 251, "10": 249}, shots=500),
        counts_row(1, {"00": 239, "11": 261}, shots=500),
        result_row("value", {"value": {"energy": 1.5}, "entry_point": "run_experiment"}),
    ]
    made |= {"parent": None, "tasks": [], "calibrations": [], "log": None, "backend": local_backend()}
    made["quote"] = {"estimated_cost_usd": 0.0, "pricing": local_backend()["pricing"]}
    return made


def workflow() -> dict[str, Any]:
    """A @workflow of two tasks in the script's own box: a task graph and a timeline, a value, and nothing on a device."""
    made = two_circuits()
    one, other = "100bcea1ad78449d9db8211800eced0c", "75cbcc1b913f47079e485ce98705892d"
    made["job"]["workflow_metadata"] = {
        "total_tasks": 2,
        "total_levels": 2,
        "execution_graph": {
            "nodes": {one: {"func_name": "prepare", "dependencies": []}, other: {"func_name": "measure", "dependencies": [one]}},
            "execution_levels": [[one], [other]],
            "output_nodes": [other],
        },
        "task_timeline": [
            {"node_id": node, "func_name": name, "level": level, "status": "completed",
             "started_at": f"2026-11-23T05:25:55.80{level}+00:00", "completed_at": f"2026-11-23T05:25:55.80{level + 1}+00:00"}
            for level, (node, name) in enumerate([(one, "prepare"), (other, "measure")])
        ],
    }  # fmt: skip
    made |= {
        "programs": made["programs"][:1],
        "certificates": [],
        "results": [result_row("value", {"value": 2, "entry_point": "workflow"})],
    }
    return made


def failed() -> dict[str, Any]:
    """A script that raised: an error, and no circuit."""
    made = two_circuits()
    code = 'raise ValueError("oops")\n'
    made["job"] |= {
        "status": "failed",
        "inline_code": code,
        "error_message": "ValueError: oops (line 1)",
        "error_details": {
            "code": "script_error",
            "type": "ValueError",
            "line": 1,
            "category": "user",
            "traceback": [{"line": 1, "name": "<module>", "text": code.strip()}],
        },
        "quantum_time_seconds": 0.0,
    }
    made["programs"] = [program("asked", 0, "python", code)]
    made["events"] = [event("job.pending", "55.767728", 0), event("job.running", "55.769476"), event("job.failed", "55.845918")]
    made["attempts"][0]["outcome"] = "failed"
    return made | {"certificates": [], "results": []}


def cancelled() -> dict[str, Any]:
    """A job that was cancelled while it waited: it never started."""
    made = failed()
    made["job"] |= {"status": "cancelled", "started_at": None, "wall_time_seconds": None, "error_message": None, "error_details": None}
    made["capsule"] |= {"started_at": None, "wall_time_seconds": None}
    made["events"] = [event("job.pending", "55.767728", 0), event("job.cancelled", "55.845918", 0, by=PERSON)]
    return made | {"attempts": []}


def by_hand() -> dict[str, Any]:
    """A capsule of files alone: no job, and what it needs is told in its own metadata."""
    made = two_circuits()
    made["capsule"] |= {
        "name": "Notebook of the fridge",
        "job_id": None,
        "started_at": None,
        "completed_at": None,
        "wall_time_seconds": None,
        "total_shots": 0,
        "num_tasks": 0,
        "custom_metadata": {"requirements": {"paradigm": ["gate-based", "classical"], "max_qubit_count": 5}, "tags": ["fridge"]},
    }
    emptied = {name: [] for name in ("programs", "certificates", "results", "tasks", "attempts", "events", "calibrations")}
    files = [
        {"name": "notes.md", "artifact_type": "other", "content_type": "text/markdown", "size_bytes": 6,
         "digest": "sha256:" + sha256(b"notes\n").hexdigest(), "storage_path": None},
    ]  # fmt: skip
    return made | emptied | {"job": None, "log": None, "backend": None, "quote": None, "artifacts": files}


ALL: Sequence[Any] = (bell, two_circuits, workflow, failed, cancelled, by_hand)

_EMULATED: dict[str, Any] = {
    "emulated": True,
    "noise": "device",
    "calibration_id": CALIBRATION,
    "calibration_taken_at": "2026-05-05T16:45:26+00:00",
    "engine": {"name": "aer", "version": "0.18.2", "method": "density_matrix", "noise": "device", "device": "iqm-garnet", "emulated": True,
               "calibration_id": CALIBRATION, "seconds": 0.00943},
    "certificate": {"result": "equivalent", "methods": ["probes"]},
}  # fmt: skip

_ONE_QUBIT = """OPENQASM 3.0;
include "stdgates.inc";
bit[2] meas;
qubit[2] q;
h q[0];
barrier q[0], q[1];
meas[0] = measure q[0];
meas[1] = measure q[1];
"""
