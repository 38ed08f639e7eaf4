"""A device of Amazon Braket as a vendor. Sources: botocore's model of the service (2019-09-01), the SDK's session and result schemas."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from quapsule.providers.braket_session import Connection, speaking
from quapsule.providers.remote import RemoteProvider
from quapsule.providers.vendor import Device, Job, Snapshot, Status, Tasks, VendorResult, VendorState

ARNS = "arn:aws:braket"
TOKEN_TAG = "quapsule-token"  # noqa: S105  # the name of a tag
_STATES: Mapping[str, Status] = {
    "CREATED": "submitted",
    "QUEUED": "queued",
    "RUNNING": "running",
    "COMPLETED": "completed",
    "FAILED": "failed",
    "CANCELLING": "cancelling",
    "CANCELLED": "cancelled",
}
# In which language a vendor's metadata holds the program that ran.
_COMPILED = {"iqmMetadata": "braket", "rigettiMetadata": "quil", "oqcMetadata": "qasm2", "aqtMetadata": "aqt"}
# A task may be listed before the clock that wrote the intent says so.
_CLOCKS_APART = timedelta(hours=1)
_SEARCHED = timedelta(days=8)


class BraketProvider(RemoteProvider):
    """call: to an engine box. backend: the claimed row. connection: this worker's. tasks: where what is submitted is written down.
    job: whose tasks they are."""

    def __init__(
        self,
        call: Callable[[dict[str, Any]], dict[str, Any]],
        backend: Mapping[str, Any],
        connection: Connection,
        tasks: Tasks,
        job: Job,
    ) -> None:
        super().__init__(call, backend, BraketVendor(connection, backend), tasks, job, connection.given.pace)


class BraketVendor:
    """One device. `backend`: its row, with slug, name, device_arn, device_type and pricing."""

    dialect = "braket"

    def __init__(self, connection: Connection, backend: Mapping[str, Any]) -> None:
        self._backend, self._arn = backend, str(backend["device_arn"])
        self._connection = connection
        self._pricing: Mapping[str, Any] = backend.get("pricing") or {}
        self.name = f"Amazon Braket ({backend.get('name') or backend['slug']})"
        self.limit_usd = connection.given.job_limit_usd

    @cached_property
    def _clients(self) -> Any:
        return self._connection.clients(self._arn)

    def describe(self) -> Device:
        said = self._device
        queues = {one.get("queue"): one.get("queueSize") for one in said.get("deviceQueueInfo", ())}
        online = said["deviceStatus"] == "ONLINE"
        return Device(said["deviceName"], said["providerName"], online, self.gates(), queues.get("QUANTUM_TASKS_QUEUE"))

    def gates(self) -> frozenset[str] | None:
        action = self._capabilities.get("action", {}).get("braket.ir.openqasm.program", {})
        named = action.get("supportedOperations")
        return None if named is None else frozenset(str(name).lower() for name in named)

    def price(self, shots: int) -> float:
        amount = _usd(self._pricing, "taskFee") + _usd(self._pricing, "perShot") * shots
        return float(max(amount, _usd(self._pricing, "minimumCost")))

    def validate(self, program: str, shots: int) -> None:
        """The service judges the program; shots were checked against the backend's row."""

    def submit(self, program: str, shots: int, client_token: str, tags: Mapping[str, str]) -> str:
        from braket.ir.openqasm import Program

        given = {
            "clientToken": client_token,
            "deviceArn": self._arn,
            "shots": shots,
            "outputS3Bucket": self._clients.bucket,
            "outputS3KeyPrefix": f"quapsule/{tags.get('quapsule-job', 'tasks')}",
            "action": Program(source=program).json(),
            "tags": dict(tags),
        }
        with speaking():
            return str(self._clients.session.create_quantum_task(**given))

    def find(self, client_token: str) -> str | None:
        """Tags are no filter of the service: the device's tasks of the last days are looked through."""
        since = datetime.now(UTC) - _SEARCHED - _CLOCKS_APART
        filters = [
            {"name": "deviceArn", "operator": "EQUAL", "values": [self._arn]},
            {"name": "createdAt", "operator": "GTE", "values": [since.strftime("%Y-%m-%dT%H:%M:%SZ")]},
        ]
        with speaking():
            for page in self._clients.braket.get_paginator("search_quantum_tasks").paginate(filters=filters):
                for task in page["quantumTasks"]:
                    if task.get("tags", {}).get(TOKEN_TAG) == client_token:
                        return str(task["quantumTaskArn"])
        return None

    def poll(self, task_id: str) -> VendorState:
        said = self._get(task_id)
        queue = said.get("queueInfo") or {}
        return VendorState(_STATES.get(said["status"], "submitted"), said.get("failureReason"), queue.get("position"))

    def cancel(self, task_id: str) -> None:
        with speaking():
            self._clients.session.cancel_quantum_task(task_id)

    def result(self, task_id: str) -> VendorResult:
        from braket.task_result import GateModelTaskResult
        from braket.tasks import GateModelQuantumTaskResult

        said = self._get(task_id)
        text = self._clients.read_object(said["outputS3Bucket"], f"{said['outputS3Directory']}/results.json")
        schema = GateModelTaskResult.parse_raw_schema(text)
        read = GateModelQuantumTaskResult.from_object(schema)
        seconds = _seconds(schema)
        return VendorResult(
            measurements=tuple("".join(map(str, row)) for row in read.measurements.tolist()),
            qubits=tuple(int(qubit) for qubit in read.measured_qubits),
            executed=self._executed(schema),
            cost_usd=self._cost(int(said["shots"]), seconds),
            seconds=seconds,
            detail={} if seconds is None else {"seconds": seconds},
        )

    def as_executed(self, task_id: str) -> tuple[str, str] | None:
        return self.result(task_id).executed

    def calibration(self) -> Snapshot | None:
        """None for a simulator, which has none."""
        if self._backend.get("device_type") != "qpu":
            return None
        return Snapshot(self._capabilities)

    def _executed(self, result: Any) -> tuple[str, str] | None:
        """What the vendor compiled; of a simulator what it was given, for it compiles nothing."""
        metadata = result.additionalMetadata
        for name, format in _COMPILED.items():
            if (told := getattr(metadata, name, None)) is not None:
                return format, str(told.compiledProgram)
        source = getattr(metadata.action, "source", None)
        return ("braket", str(source)) if source and self._backend.get("device_type") == "simulator" else None

    def _cost(self, shots: int, seconds: float | None) -> float:
        """A simulator bills its time, with a least one; what it ran for stands in the result."""
        per_minute = _usd(self._pricing, "perMinute")
        if not per_minute or seconds is None:
            return self.price(shots)
        return max(self.price(shots), float(round(per_minute * Decimal(str(seconds)) / 60, 6)))

    def _get(self, task_id: str) -> dict[str, Any]:
        with speaking():
            said: dict[str, Any] = self._clients.braket.get_quantum_task(quantumTaskArn=task_id, additionalAttributeNames=["QueueInfo"])
            return said

    @cached_property
    def _device(self) -> dict[str, Any]:
        with speaking():
            said: dict[str, Any] = self._clients.braket.get_device(deviceArn=self._arn)
            return said

    @cached_property
    def _capabilities(self) -> dict[str, Any]:
        given = self._device["deviceCapabilities"]
        found: dict[str, Any] = json.loads(given) if isinstance(given, str) else given
        return found


def _usd(pricing: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(str(pricing.get(name) or 0))


def _seconds(result: Any) -> float | None:
    metadata = result.additionalMetadata.simulatorMetadata
    return None if metadata is None else metadata.executionDuration / 1000
