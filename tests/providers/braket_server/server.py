"""A local server that speaks Amazon Braket's REST protocol to Amazon's own SDK, with results on an S3 server, and with faults.

    python -m tests.providers.braket_server.server --port P --book FILE --s3 URL

Besides the protocol: POST /_faults {"kind", "times", "seconds"} and POST /_pace {"queue" | "run": seconds}."""

import argparse
import json
import re
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
from botocore.config import Config

from . import devices
from .book import ENDS, Book
from .properties import garnet

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/\s]+/(\d{8})/([a-z0-9-]+)/braket/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}"
)
_TOKEN = re.compile(r"^[\x21-\x7e]{1,64}$")
KEYS = ("AKIDTESTTESTTEST", "secret-of-the-tests")


class Problem(Exception):  # noqa: N818
    def __init__(self, status: int, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


class Service:
    """The devices' side: one thread takes queued tasks, runs them and writes their results."""

    def __init__(self, book: Book, s3_url: str) -> None:
        self.book = book
        config = Config(s3={"addressing_style": "path"})
        keys = {"aws_access_key_id": KEYS[0], "aws_secret_access_key": KEYS[1]}
        self._s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=s3_url, config=config, **keys)
        threading.Thread(target=self._serve_devices, daemon=True).start()

    def create(self, body: dict[str, Any], region: str) -> tuple[int, dict[str, Any]]:
        token = body.get("clientToken", "")
        text = json.dumps(body, sort_keys=True)
        if (seconds := self.book.take("throttle")) is not None:
            self.book.post(token, text, "throttled")
            raise Problem(429, "ThrottlingException", "Rate exceeded", retry_after=seconds)
        if not isinstance(token, str) or not _TOKEN.match(token):
            raise Problem(400, "ValidationException", "clientToken must have 1 to 64 characters")
        device = devices.find_device(body["deviceArn"])
        if device is None:
            raise Problem(400, "ValidationException", "no such device")
        if self.book.take("offline") is not None:
            raise Problem(424, "DeviceOfflineException", "The device is offline")
        try:
            devices.read_program(json.loads(body["action"])["source"])
        except devices.Refused as refused:
            raise Problem(400, "ValidationException", f"[line 1] {refused}") from refused
        arn, new = self.book.create(token, body, region)
        if arn is None:
            self.book.post(token, text, "refused: another body")
            raise Problem(400, "ValidationException", "The client token was used with other parameters")
        self.book.post(token, text, "new" if new else "known")
        if self.book.take("accepted_then_500") is not None:
            raise Problem(500, "InternalServiceException", "An internal error occurred")
        if (seconds := self.book.take("accepted_then_silent")) is not None:
            time.sleep(seconds)
        return 201, {"quantumTaskArn": arn}

    def get(self, arn: str) -> dict[str, Any]:
        task = self.book.task(arn)
        if task is None:
            raise Problem(404, "ResourceNotFoundException", "no such task")
        if self.book.take("poll_500") is not None:
            raise Problem(500, "InternalServiceException", "An internal error occurred")
        return _shown(task)

    def cancel(self, arn: str) -> dict[str, Any]:
        if self.book.task(arn) is None:
            raise Problem(404, "ResourceNotFoundException", "no such task")
        if not self.book.move(arn, "CANCELLED"):
            raise Problem(409, "ConflictException", "the task has ended")
        return {"quantumTaskArn": arn, "cancellationStatus": "CANCELLING"}

    def search(self, asked: dict[str, Any]) -> dict[str, Any]:
        tasks = self.book.ask("select * from tasks order by created_at desc")
        for one in asked.get("filters", []):
            tasks = [task for task in tasks if _passes(task, one)]
        start, most = int(asked.get("nextToken") or 0), int(asked.get("maxResults") or 100)
        left = {"nextToken": str(start + most)} if start + most < len(tasks) else {}
        return {"quantumTasks": [_shown(task) for task in tasks[start : start + most]], **left}

    def device(self, arn: str) -> dict[str, Any]:
        device = devices.find_device(arn)
        if device is None:
            raise Problem(404, "ResourceNotFoundException", "no such device")
        waiting = self.book.ask("select count(*) as n from tasks where status = 'QUEUED'")[0]["n"]
        action = {"braket.ir.openqasm.program": {"actionType": "braket.ir.openqasm.program", "supportedOperations": device["gates"]}}
        capabilities = {"braketSchemaHeader": {"name": "braket.device_schema", "version": "1"}, "action": action}
        if device["provider"] == "IQM":
            capabilities = garnet(device["gates"])
        return {
            "deviceArn": arn,
            "deviceName": device["name"],
            "providerName": device["provider"],
            "deviceType": device["type"],
            "deviceStatus": "ONLINE",
            "deviceCapabilities": json.dumps(capabilities),
            "deviceQueueInfo": [{"queue": "QUANTUM_TASKS_QUEUE", "queueSize": str(waiting), "queuePriority": "Normal"}],
        }

    def _serve_devices(self) -> None:
        while True:
            for task in self.book.ask("select * from tasks where status in ('QUEUED', 'RUNNING') order by created_at"):
                now = time.time()
                if task["status"] == "QUEUED" and now - task["created_at"] >= self.book.pace("queue", 0.05):
                    self.book.move(task["arn"], "RUNNING", unless=(*ENDS, "RUNNING"))
                elif task["status"] == "RUNNING" and now - task["running_at"] >= self.book.pace("run", 0.0):
                    self._run(task)
            self._write_late_results()
            time.sleep(0.01)

    def _run(self, task: Any) -> None:
        if self.book.take("failed") is not None:
            self.book.move(task["arn"], "FAILED", reason="The device lost its qubits")
            return
        if self.book.take("cancelled") is not None:
            self.book.move(task["arn"], "CANCELLED", reason="Cancelled by the operator of the device")
            return
        faults = [kind for kind in devices.FAULTS if self.book.take(kind) is not None]
        self.book.ask("update tasks set faults = ? where arn = ?", json.dumps(faults), task["arn"])
        late = self.book.take("result_late")
        if self.book.take("result_never") is not None:
            pass
        elif late is not None:
            self.book.ask("update tasks set result_at = ? where arn = ?", time.time() + late, task["arn"])
        else:
            self._write_result(task["arn"])
        self.book.move(task["arn"], "COMPLETED")

    def _write_late_results(self) -> None:
        for task in self.book.ask("select arn from tasks where result_at is not null and result_at <= ?", time.time()):
            self.book.ask("update tasks set result_at = null where arn = ?", task["arn"])
            self._write_result(task["arn"])

    def _write_result(self, arn: str) -> None:
        task = self.book.task(arn)
        assert task is not None
        body = json.loads(task["body"])
        device = devices.find_device(body["deviceArn"])
        assert device is not None
        moments = (_instant(task["created_at"]), _instant(time.time()))
        result = devices.run(device, arn, body["deviceArn"], body, json.loads(task["faults"]), *moments)
        self._s3.put_object(Bucket=body["outputS3Bucket"], Key=f"{_folder(arn, body)}/results.json", Body=result)


class Handler(BaseHTTPRequestHandler):
    service: Service
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        path = unquote(urlsplit(self.path).path)
        try:
            status, said = self._route(self.command, path, body)
            self._send(status, said)
        except Problem as problem:
            headers = {"x-amzn-ErrorType": problem.code}
            if problem.retry_after is not None:
                headers["Retry-After"] = str(problem.retry_after)
            self._send(problem.status, {"message": problem.message}, headers)

    def _route(self, verb: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path == "/_faults":
            self.service.book.plant(body["kind"], body.get("times", 1), body.get("seconds", 0.0))
            return 200, {}
        if path == "/_pace":
            for name, seconds in body.items():
                self.service.book.set_pace(name, seconds)
            return 200, {}
        region = self._signed()
        if (verb, path) == ("POST", "/quantum-task"):
            return self.service.create(body, region)
        if (verb, path) == ("POST", "/quantum-tasks"):
            return 200, self.service.search(body)
        if verb == "PUT" and path.startswith("/quantum-task/") and path.endswith("/cancel"):
            return 200, self.service.cancel(path.removeprefix("/quantum-task/").removesuffix("/cancel"))
        if verb == "GET" and path.startswith("/quantum-task/"):
            return 200, self.service.get(path.removeprefix("/quantum-task/"))
        if verb == "GET" and path.startswith("/device/"):
            return 200, self.service.device(path.removeprefix("/device/"))
        raise Problem(404, "UnknownOperationException", f"{verb} {path}")

    def _signed(self) -> str:
        """The region of a well-formed signature, version 4."""
        signed = _AUTHORIZATION.fullmatch(self.headers.get("Authorization", ""))
        day = self.headers.get("X-Amz-Date", "")
        if signed is None or not re.fullmatch(r"\d{8}T\d{6}Z", day) or not day.startswith(signed[1]):
            raise Problem(403, "MissingAuthenticationTokenException", "The request is not signed")
        if not {"host", "x-amz-date"} <= set(signed[3].split(";")):
            raise Problem(403, "InvalidSignatureException", "host and x-amz-date must be signed")
        return signed[2]

    def _send(self, status: int, said: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(said).encode()
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # whoever asked did not wait


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients of these tests are killed: a broken connection is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _shown(task: Any) -> dict[str, Any]:
    body = json.loads(task["body"])
    said = {
        "quantumTaskArn": task["arn"],
        "status": task["status"],
        "deviceArn": body["deviceArn"],
        "deviceParameters": "{}",
        "shots": body["shots"],
        "outputS3Bucket": body["outputS3Bucket"],
        "outputS3Directory": _folder(task["arn"], body),
        "createdAt": _instant(task["created_at"]),
        "tags": body.get("tags", {}),
    }
    if task["status"] == "QUEUED":
        said["queueInfo"] = {"queue": "QUANTUM_TASKS_QUEUE", "position": "1", "queuePriority": "Normal"}
    if task["ended_at"]:
        said["endedAt"] = _instant(task["ended_at"])
    if task["reason"]:
        said["failureReason"] = task["reason"]
    return said


def _passes(task: Any, asked: dict[str, Any]) -> bool:
    values = asked["values"]
    match asked["name"], asked["operator"]:
        case "deviceArn", "EQUAL":
            return json.loads(task["body"])["deviceArn"] in values
        case "status", "EQUAL":
            return task["status"] in values
        case "createdAt", "GTE":
            return _instant(task["created_at"]) >= values[0]
    raise Problem(400, "ValidationException", f"the filter {asked['name']} {asked['operator']} is not served")


def _folder(arn: str, body: dict[str, Any]) -> str:
    return f"{body['outputS3KeyPrefix']}/{arn.rpartition('/')[2]}"


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--book", type=Path, required=True)
    arguments.add_argument("--s3", required=True)
    given = arguments.parse_args()
    Handler.service = Service(Book(given.book), given.s3)
    server = Server(("127.0.0.1", given.port), Handler)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
