"""The API's capsule calls as Python: `client.capsules.…`. Every one may raise Refused (Unreachable is one)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import uuid4

from quapsule.client.connection import Connection
from quapsule.client.refusals import Refused
from quapsule.client.rows import Json, Page, read, read_page

# For what reads or writes every file of a capsule.
_LONG_SECONDS = 1_800.0


@dataclass(frozen=True)
class Capsule:
    """A capsule as list or detail shows it; what the route does not show stays None or empty."""

    id: str
    name: str = ""
    state: str = ""
    description: str | None = None
    mqc_id: str | None = None
    origin: str | None = None
    job_id: str | None = None
    parent_capsule_id: str | None = None
    regulatory_framework: str | None = None
    retention_years: int | None = None
    doi: str | None = None
    tags: Sequence[str] = ()
    log_index: int | None = None
    total_shots: int | None = None
    estimated_cost_usd: float | None = None
    actual_cost_usd: float | None = None
    sealed_at: datetime | None = None
    created_at: datetime | None = None
    artifacts: Sequence[Json] = ()
    signatures: Sequence[Json] = ()
    requests: Sequence[Json] = ()
    children: Sequence[str] = ()
    raw: Json = field(default_factory=dict, repr=False)

    @property
    def is_sealed(self) -> bool:
        return self.state in ("sealed", "archived")

    @property
    def signer(self) -> str | None:
        """Fingerprint of the key that sealed it."""
        seals = [one for one in self.signatures if one.get("meaning") == "seal"]
        return f"SHA256:{seals[0]['key_id']}" if seals else None


class Capsules:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, *, limit: int | None = None, cursor: str | None = None, **filters: Any) -> Page[Capsule]:
        """Newest first. Filters: q, state, tag, regulatory_framework, job_id, parent_id, backend, team_id."""
        return read_page(Capsule, self._send("GET", "", query={"limit": limit, "cursor": cursor, **filters}))

    def show(self, capsule_id: str) -> Capsule:
        """With its files, signatures and what the worker was asked to do."""
        return read(Capsule, self._send("GET", f"/{_part(capsule_id)}"))

    def create(self, body: Json) -> Capsule:
        """A draft: {name, description?, job_id?, team_id?, custom_metadata?, retention_years?, regulatory_framework?}.

        With job_id the worker fills it; `wait_for` its request of kind fill waits."""
        return read(Capsule, self._send("POST", "", body=body, key=uuid4()))

    def change(self, capsule_id: str, changes: Json) -> Capsule:
        return read(Capsule, self._send("PATCH", f"/{_part(capsule_id)}", body=changes, key=uuid4()))

    def delete(self, capsule_id: str) -> Any:
        """Of drafts only."""
        return self._send("DELETE", f"/{_part(capsule_id)}")

    def add(self, capsule_id: str, name: str, file: BinaryIO, *, artifact_type: str, content_type: str | None = None) -> Json:
        """Streams what is left of the file; it takes the place of the one of this name. content_type: told by its name when None."""
        path = f"/api/capsules/{_part(capsule_id)}/artifacts/{quote(name)}"
        query = {"artifact_type": artifact_type, "content_type": content_type}
        return dict(self._connection.upload("PUT", path, file, query=query, timeout_seconds=_LONG_SECONDS))

    def remove(self, capsule_id: str, name: str) -> Any:
        return self._send("DELETE", f"/{_part(capsule_id)}/artifacts/{quote(name)}")

    def make_runnable(self, capsule_id: str) -> Capsule:
        return read(Capsule, self._send("POST", f"/{_part(capsule_id)}/runnable", key=uuid4()))

    def archive(self, capsule_id: str) -> Capsule:
        return read(Capsule, self._send("POST", f"/{_part(capsule_id)}/archive", key=uuid4()))

    def record_doi(self, capsule_id: str, doi: str) -> Capsule:
        """Of a sealed capsule, once; owners and admins."""
        return read(Capsule, self._send("POST", f"/{_part(capsule_id)}/doi", body={"doi": doi}, key=uuid4()))

    def seal(self, capsule_id: str, body: Json) -> Json:
        """Asks for the seal: {notes?, meaning?, password?}. {request_id, …}: the worker makes it; `wait_for` waits."""
        return dict(self._send("POST", f"/{_part(capsule_id)}/seal", body=body, key=uuid4()))

    def sign(self, capsule_id: str, body: Json) -> Json:
        """{meaning, password}: witnessed by the platform's key, as `wait_for` tells. With an envelope: by a key of one's own, at once."""
        return dict(self._send("POST", f"/{_part(capsule_id)}/signatures", body=body, key=uuid4()))

    def wait_for(self, capsule_id: str, request_id: str, seconds: float) -> Capsule:
        """The capsule when the worker has done what was asked. Raises Refused with the worker's own words when it gave up."""
        until, pause = time.monotonic() + seconds, 0.02
        while True:
            found = self.show(capsule_id)
            request = next((one for one in found.requests if one.get("id") == request_id), {})
            if request.get("done_at"):
                if problem := request.get("problem"):
                    raise Refused(
                        str(problem.get("code", "internal_error")),
                        str(problem.get("message", "The worker gave up.")),
                        problem.get("hint"),
                        problem.get("status", 422),
                        problem.get("details"),
                    )
                return found
            if time.monotonic() > until:
                raise Refused("timed_out", "The worker has not done it yet; it goes on.", "`quapsule capsule show` looks again.", 503)
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)

    def export(self, capsule_id: str, out: BinaryIO, form: str = "capsule") -> str | None:
        """Writes the file as it comes; the name that the server gives it. form: capsule, proof, bundle, rocrate, report, datacite."""
        path = f"/api/capsules/{_part(capsule_id)}/export"
        headers = self._connection.download(path, out, query={"format": form}, timeout_seconds=_LONG_SECONDS)
        return _name_in(headers.get("content-disposition", ""))

    def import_file(self, file: BinaryIO, *, team_id: str | None = None) -> Capsule:
        answer = self._connection.upload(
            "POST",
            "/api/capsules/import",
            file,
            query={"team_id": team_id},
            timeout_seconds=_LONG_SECONDS,
        )
        return read(Capsule, answer)

    def verify(self, capsule_id: str, signer: str | None = None) -> Json:
        """What the server finds in the very file that it exports: {status, findings, signatures, …}."""
        return dict(self._send("POST", f"/{_part(capsule_id)}/verify", body={"signer": signer}, timeout_seconds=_LONG_SECONDS))

    def rerun(self, capsule_id: str) -> Json:
        """{job_id, capsule_id, differences}: the new job, whose capsule names this one as its parent."""
        return dict(self._send("POST", f"/{_part(capsule_id)}/rerun", key=uuid4()))

    def compare(self, capsule_id: str, body: Json) -> Json:
        """{other_id, epsilon?, alpha?}."""
        return dict(self._send("POST", f"/{_part(capsule_id)}/compare", body=body, timeout_seconds=300.0))

    def lineage(self, capsule_id: str) -> Json:
        return dict(self._send("GET", f"/{_part(capsule_id)}/lineage"))

    def drift(self, capsule_id: str, alpha: float | None = None) -> Json:
        return dict(self._send("GET", f"/{_part(capsule_id)}/drift", query={"alpha": alpha}, timeout_seconds=300.0))

    def changes(self, capsule_id: str) -> list[Json]:
        """The whole audit trail, oldest first."""
        found: list[Json] = []
        cursor: str | None = None
        while True:
            answer = self._send("GET", f"/{_part(capsule_id)}/changes", query={"cursor": cursor, "limit": 1000})
            found += answer["items"]
            cursor = answer.get("next_cursor")
            if cursor is None:
                return found

    def changes_csv(self, capsule_id: str, out: BinaryIO) -> None:
        """The same as a table, as it comes."""
        path = f"/api/capsules/{_part(capsule_id)}/changes"
        self._connection.download(path, out, query={"format": "csv"}, timeout_seconds=_LONG_SECONDS)

    def _send(self, method: str, path: str, **arguments: Any) -> Any:
        return self._connection.send(method, f"/api/capsules{path}", **arguments)


def _part(text: str) -> str:
    return quote(text, safe="")


def _name_in(disposition: str) -> str | None:
    """The file name of a Content-Disposition, without any folder."""
    from email.message import Message

    message = Message()
    message["content-disposition"] = disposition
    name = message.get_filename()
    return name.replace("\\", "/").rpartition("/")[2] if name else None
