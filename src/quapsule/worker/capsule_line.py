"""What the capsule thread asks of the database, over its own connection; and a capsule's artifacts as items, read when they are opened."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID

import orjson
from psycopg.rows import class_row

from quapsule.errors import Problem
from quapsule.objects import Objects, sha256_of
from quapsule.seal import ArtifactType, Item
from quapsule.worker.line import QUERIES, Line

_AHEAD_BYTES = 4 << 20


@dataclass(frozen=True)
class Request:
    """What somebody wants of a capsule, as worker.claim_seal_request gives it."""

    id: UUID
    capsule_id: UUID
    kind: str
    requested_by: UUID | None
    requested_name: str | None
    notes: str | None
    meaning: str | None
    requested_at: datetime
    attempts: int


@dataclass(frozen=True)
class File:
    """An artifact's row. sha256: hex, of the bytes; None for what lies in the object store. digest: what the row declares."""

    name: str
    artifact_type: ArtifactType
    content_type: str
    size_bytes: int | None
    sha256: str | None
    digest: str | None
    storage_path: str | None


@dataclass(frozen=True)
class Locked:
    """A capsule that nobody else changes until the transaction ends. now: the database's clock, after the lock was had."""

    name: str
    lifecycle_state: str
    regulatory_framework: str | None
    mqc_id: str | None
    request_open: bool
    now: datetime


@dataclass(frozen=True)
class OpenLog:
    """The seal log before an entry: how many there are, and the complete subtrees that they fall into."""

    tree_size: int
    levels: Sequence[int]
    indexes: Sequence[int]
    hashes: Sequence[bytes]


class CapsuleLine(Line):
    """One thread's. Every method raises psycopg.Error; within `transaction` all is one."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.connection.transaction():
            yield

    def claim(self) -> Request | None:
        return self._row(Request, "claim_seal_request", worker=self._worker)

    def renew_claim(self, request: Request) -> bool:
        return bool(self._value("renew_seal_request", request=request.id, worker=self._worker))

    def finish(self, request: Request, problem: Mapping[str, Any] | None = None, final: bool = True) -> bool:
        """False: the request is no longer this worker's, or was asked anew meanwhile."""
        told = None if problem is None else orjson.dumps(problem).decode()
        return bool(self._value("finish_seal_request", request=request.id, worker=self._worker, problem=told, final=final))

    def close_request(self, request: Request) -> None:
        self._value("close_seal_request", request=request.id)

    def material(self, capsule: UUID) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._value("capsule_material", capsule=capsule)
        return found

    def files(self, capsule: UUID) -> list[File]:
        with self.connection.cursor(row_factory=class_row(File)) as cursor:
            return cursor.execute(QUERIES["capsule_files"], {"capsule": capsule}).fetchall()

    def contents(self, capsule: UUID, names: Sequence[str]) -> dict[str, bytes]:
        rows = self.connection.execute(QUERIES["artifact_contents"], {"capsule": capsule, "names": list(names)}, binary=True)
        return {name: bytes(content) for name, content in rows}

    def fill(self, capsule: UUID, status: str, files: Sequence[Any], executions: Sequence[Any], total_shots: int) -> bool:
        """False: nothing was written, since the capsule is sealed or gone, or its job has moved on."""
        given = {"files": orjson.dumps(files).decode(), "executions": orjson.dumps(executions).decode()}
        return bool(self._value("fill_capsule", capsule=capsule, status=status, total_shots=total_shots, **given))

    def lock(self, request: Request) -> Locked:
        """Raises Problem not_found."""
        found = self._row(Locked, "lock_capsule", capsule=request.capsule_id, request=request.id)
        if found is None:
            raise Problem("not_found", "The capsule is gone.")
        return found

    def unused_objects(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys that no artifact names."""
        return [row[0] for row in self.connection.execute(QUERIES["unused_objects"], {"keys": list(keys)})]

    def open_log(self) -> OpenLog:
        found = self._row(OpenLog, "open_log")
        assert found is not None
        return found

    def say(self, query: str, **given: Any) -> None:
        """A statement of queries.sql that answers nothing."""
        self._value(query, **given)

    def _row[T](self, kind: type[T], query: str, **given: Any) -> T | None:
        with self.connection.cursor(row_factory=class_row(kind)) as cursor:
            return cursor.execute(QUERIES[query], given, prepare=True).fetchone()


class Shelf:
    """A capsule's artifacts as items, in the order of their names. What lies in the database is fetched some megabytes ahead, so that
    reading one after another costs few round trips and little memory."""

    def __init__(self, line: CapsuleLine, objects: Objects, capsule: UUID) -> None:
        """Raises Problem capsule_invalid where a row does not say what its bytes are."""
        self._line, self._objects, self._capsule = line, objects, capsule
        self._files = line.files(capsule)
        self._at = {file.name: index for index, file in enumerate(self._files)}
        self._ahead: dict[str, bytes] = {}
        self.items = [self._item_of(file) for file in self._files]

    def lies_outside(self, item: Item) -> bool:
        """Whether its bytes are in the object store, where they have yet to be looked at."""
        return self._files[self._at[item.name]].storage_path is not None

    def _item_of(self, file: File) -> Item:
        sha256 = file.sha256 or sha256_of(file.storage_path or "")
        if file.digest not in (None, sha256, f"sha256:{sha256}") or file.size_bytes is None:
            raise Problem(
                "capsule_invalid",
                f"{file.name}: its bytes are not those that were announced.",
                hint="Add the artifact again.",
                details={"layer": "payload", "file": file.name},
            )
        return Item(file.name, file.artifact_type, file.content_type, file.size_bytes, sha256, lambda: self._open(file, sha256))

    def _open(self, file: File, sha256: str) -> BinaryIO:
        if file.storage_path is not None:
            return self._objects.open(sha256)
        if file.name not in self._ahead:
            self._ahead = self._line.contents(self._capsule, self._next_names(file))
        return BytesIO(self._ahead[file.name])

    def _next_names(self, file: File) -> list[str]:
        names, total = [file.name], file.size_bytes or 0
        for after in self._files[self._at[file.name] + 1 :]:
            if after.storage_path is None:
                total += after.size_bytes or 0
                if total > _AHEAD_BYTES:
                    break
                names.append(after.name)
        return names
