"""Capsules that the platform's own worker sealed, for tests of what holds afterwards."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection
from tests.conftest import Clone

from quapsule.objects import Objects
from quapsule.settings import Settings
from quapsule.worker.capsule_line import CapsuleLine
from quapsule.worker.sealing import Sealing

FILES = {"workflow/script.py": b"print('hello')\n", "data/notes.txt": b"Measured twice.\n"}
FILLED = FILES | {"workflow/job.json": b"{}"}  # of a job that has left everything
_TYPES = {"workflow": "workflow", "data": "data", "results": "results"}


@dataclass
class Sealer:
    """The worker's part that seals and signs, with a key of its own in `home`."""

    database: Clone
    home: Path

    @cached_property
    def settings(self) -> Settings:
        return Settings(home=self.home, database_url=self.database.owner_url, worker_database_url=self.database.worker_url)

    def seal(self, capsule: UUID, **asked: Any) -> UUID:
        """Asks for the seal and seals. asked: columns of the request (requested_by, requested_name, meaning, notes). Raises Problem."""
        return self._do(capsule, "seal", asked)

    def sign(self, capsule: UUID, **asked: Any) -> UUID:
        """A person's signature, witnessed by the platform's key. Raises Problem."""
        return self._do(capsule, "sign", asked)

    def _do(self, capsule: UUID, kind: str, asked: Mapping[str, Any]) -> UUID:
        self.database.owner.execute(
            "insert into public.seal_requests (capsule_id, kind, requested_by, requested_name, meaning, notes)"
            " values (%s, %s, %s, %s, %s, %s)",
            (capsule, kind, *(asked.get(name) for name in ("requested_by", "requested_name", "meaning", "notes"))),
        )
        self.do_next()
        return capsule

    def do_next(self) -> None:
        """The oldest request that waits, if it is to seal or to sign. Raises Problem."""
        with closing(CapsuleLine(self.database.worker_url, "worker of tests")) as line:
            request = line.claim()
            assert request is not None
            sealing = Sealing(self.settings, line, Objects(self.settings))
            {"seal": sealing.seal, "sign": sealing.sign}[request.kind](request)


@contextmanager
def sealing(database: Clone) -> Iterator[Sealer]:
    with tempfile.TemporaryDirectory(prefix="quapsule-seal-") as home:
        yield Sealer(database, Path(home))


def make_capsule(
    owner: Connection[Any], team: UUID, user: UUID | None, files: Mapping[str, bytes] = FILES, *, name: str = "Kept", **columns: Any
) -> UUID:
    """A draft with files. columns: more of its row."""
    given = {"team_id": team, "user_id": user, "name": name, **columns}
    row = owner.execute(
        f"insert into public.capsules ({', '.join(given)}) values ({', '.join(['%s'] * len(given))}) returning id",  # type: ignore[arg-type]
        list(given.values()),
    ).fetchone()
    assert row is not None
    for path, content in files.items():
        add_file(owner, row[0], path, content)
    return UUID(str(row[0]))


def add_file(connection: Connection[Any], capsule: UUID, path: str, content: bytes) -> None:
    connection.execute(
        "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_type, size_bytes, digest, content_binary)"
        " values (%s, %s, %s, 'text/plain', %s, %s, %s)",
        (capsule, path, _TYPES.get(path.split("/")[0], "other"), len(content), f"sha256:{sha256(content).hexdigest()}", content),
    )


def seal_bare(owner: Connection[Any], capsule: UUID, state: str = "sealed", *, at: datetime | None = None) -> None:
    """The least that the database takes for a seal, as an import leaves it: bytes and their hash, neither log entry nor signature."""
    canonical = f'{{"capsule":"{capsule}"}}'.encode()
    mqc_id = f"mqc:1:{sha256(canonical).hexdigest()}"
    sealed_at = at or datetime.now(UTC)
    with owner.transaction():
        owner.execute(
            "insert into public.capsule_seals (capsule_id, mqc_id, origin, manifest, canonical, checksums, sealed_at)"
            " values (%s, %s, 'import', %s, %s, '', %s)",
            (capsule, mqc_id, canonical, canonical, sealed_at),
        )
        owner.execute("update public.capsules set lifecycle_state = 'sealed', sealed_at = %s where id = %s", (sealed_at, capsule))
        if state == "archived":
            owner.execute("update public.capsules set lifecycle_state = 'archived' where id = %s", (capsule,))
