"""Files of a capsule: small ones lie in the database, large ones in the object store under their SHA-256."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID

from psycopg.types.json import Json

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.objects import Objects, Stored, sha256_of
from quapsule.seal import ArtifactType, Item

_QUERIES = load_queries("quapsule.capsules")

_BATCH, _BATCH_BYTES = 256, 8 << 20


@dataclass(frozen=True)
class Artifact:
    """A file. name: its path in the capsule. digest: sha256:HEX of its bytes."""

    id: UUID
    name: str
    artifact_type: ArtifactType
    content_type: str
    size_bytes: int
    digest: str | None
    created_at: datetime


@dataclass(frozen=True)
class NewArtifact:
    """A file to be added. most_bytes: of all of the capsule's files together. replace: the one of this name, if there is one."""

    name: str
    artifact_type: ArtifactType
    content_type: str
    most_bytes: int
    replace: bool = False


# By name: a small file's bytes, or where in the object store a large one lies.
Contents = Mapping[str, bytes | str]


def list_artifacts(session: Session, capsule_id: UUID) -> list[Artifact]:
    """By name; none of a capsule that the caller may not see."""
    return session.rows(Artifact, _QUERIES["list_artifacts"], {"capsule_id": capsule_id})


def find_artifact(session: Session, capsule_id: UUID, name: str) -> Artifact:
    """Raises Problem not_found."""
    found = session.row(Artifact, _QUERIES["find_artifact"], {"capsule_id": capsule_id, "name": name})
    if found is None:
        raise Problem("not_found", "No such artifact, or not one that you may see.")
    return found


def may_change(session: Session, capsule_id: UUID) -> None:
    """Raises the Problem that adding a file would meet, before the file is read."""
    session.run(_QUERIES["may_change"], {"capsule_id": capsule_id})


def add_content(session: Session, capsule_id: UUID, new: NewArtifact, content: bytes) -> UUID:
    """A small file. Raises Problem."""
    text = text_of(content)
    found = {"size_bytes": len(content), "digest": f"sha256:{sha256(content).hexdigest()}"}
    return _add(session, capsule_id, new, found, text, None if text is not None else content)


def add_stored(session: Session, capsule_id: UUID, new: NewArtifact, stored: Stored) -> UUID:
    """A file that lies in the object store. Raises Problem."""
    found = {"size_bytes": stored.size_bytes, "digest": f"sha256:{stored.sha256}", "storage_path": stored.key}
    return _add(session, capsule_id, new, found, None, None)


def remove(session: Session, capsule_id: UUID, name: str) -> None:
    """Raises Problem."""
    session.run(_QUERIES["remove_artifact"], {"capsule_id": capsule_id, "name": name})


def read_contents(session: Session, capsule_id: UUID, names: Sequence[str]) -> Contents:
    """Of those of the names that the capsule has."""
    wanted = {"capsule_id": capsule_id, "names": list(names)}
    found: dict[str, bytes | str] = {
        row["name"]: row["storage_path"] for row in session.dicts(_QUERIES["list_places"], wanted) if row["storage_path"]
    }
    found |= {row["name"]: bytes(row["content"]) for row in session.dicts(_QUERIES["list_contents"], wanted)}
    return found


def text_of(content: bytes) -> str | None:
    """Text is kept as text, so that it can be read in the database; what PostgreSQL cannot hold as text is kept as bytes."""
    try:
        return None if b"\0" in content else content.decode("utf-8")
    except UnicodeDecodeError:
        return None


class Files:
    """A capsule's files as items whose bytes are fetched when they are opened, small ones many at a time.

    read: read_contents of this capsule in a transaction of its own, so that none stays open while a file is packed or sent.
    """

    def __init__(self, artifacts: Sequence[Artifact], read: Callable[[Sequence[str]], Contents], objects: Objects) -> None:
        self._artifacts = sorted(artifacts, key=lambda artifact: artifact.name)
        self._place = {artifact.name: place for place, artifact in enumerate(self._artifacts)}
        self._read, self._objects = read, objects
        self._ahead: dict[str, bytes | str] = {}

    def items(self) -> list[Item]:
        return [self._item(artifact) for artifact in self._artifacts]

    def has(self, name: str) -> bool:
        return name in self._place

    def open(self, name: str) -> BinaryIO:
        """Raises Problem not_found."""
        if name not in self._ahead:
            self._ahead = dict(self._read(self._next(name)))
        found = self._ahead.pop(name, None)
        if found is None:
            raise Problem("not_found", f"The capsule has no artifact {name}.")
        return BytesIO(found) if isinstance(found, bytes) else self._objects.open(sha256_of(found))

    def read(self, name: str, most_bytes: int) -> bytes | None:
        """A whole file; None when there is none. Raises Problem artifact_too_large."""
        place = self._place.get(name)
        if place is None:
            return None
        if self._artifacts[place].size_bytes > most_bytes:
            raise Problem("artifact_too_large", f"{name} is larger than {most_bytes} bytes.")
        with self.open(name) as stream:
            return stream.read()

    def _item(self, artifact: Artifact) -> Item:
        digest = (artifact.digest or "").removeprefix("sha256:")
        opened = lambda: self.open(artifact.name)  # noqa: E731 - Item wants a callable without arguments
        return Item(artifact.name, artifact.artifact_type, artifact.content_type, artifact.size_bytes, digest, opened)

    def _next(self, name: str) -> list[str]:
        names, left = [name], _BATCH_BYTES
        for artifact in self._artifacts[self._place.get(name, len(self._artifacts)) + 1 :][: _BATCH - 1]:
            left -= artifact.size_bytes
            if left < 0:
                break
            names.append(artifact.name)
        return names


def _add(session: Session, capsule_id: UUID, new: NewArtifact, found: Mapping[str, Any], text: str | None, binary: bytes | None) -> UUID:
    artifact = Json({**vars(new), **found})
    added: UUID = session.value(_QUERIES["add_artifact"], {"capsule_id": capsule_id, "artifact": artifact, "text": text, "binary": binary})
    return added
