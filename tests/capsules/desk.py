"""Capsules made by hand in a real database, and a worker's capsule thread that is led by the test instead of running by itself."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from tests.conftest import Clone
from tests.factories import make_user, team_of

from quapsule.objects import Objects
from quapsule.sandbox.layers import inspect_layers
from quapsule.seal import Item, item_of
from quapsule.seal.format.archive import pack
from quapsule.seal.format.names import safe_top
from quapsule.seal.trust.log import inclusion_proof
from quapsule.seal.trust.proof import LogPlace, PublicKey, make_proof
from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes
from quapsule.worker.capsules import Capsules

SCRIPT = b"def main(params):\n    return 1\n"


class Desk:
    """One team's capsules. `work` does everything that waits."""

    def __init__(self, database: Clone, home: Path, **settings: Any) -> None:
        self.database = database
        self.settings = replace(Settings(home=home, worker_database_url=database.worker_url), **settings)
        self.objects = Objects(self.settings)
        self.user = make_user(database.owner, name="Ada Lovelace")
        self.team = team_of(database.owner, self.user)
        self.worker = self.another_worker("worker-1")

    def another_worker(self, name: str, **settings: Any) -> Capsules:
        changed = replace(self.settings, **settings)
        return Capsules(changed, Boxes(changed, inspect_layers()), name)

    def work(self) -> int:
        """How many requests were done."""
        done = 0
        while self.worker.do_next():
            done += 1
        return done

    def capsule(self, files: Mapping[str, bytes] | None = None, *, state: str = "runnable", **columns: Any) -> UUID:
        given = {"team_id": self.team, "user_id": self.user, "name": "Bell, twice", **columns}
        capsule = self._insert("public.capsules", {key: Jsonb(value) if isinstance(value, dict) else value for key, value in given.items()})
        for name, content in ({"workflow/script.py": SCRIPT} if files is None else files).items():
            self.add(capsule, name, content)
        self.database.owner.execute("update public.capsules set lifecycle_state = %s where id = %s", (state, capsule))
        return capsule

    def add(self, capsule: UUID, name: str, content: bytes, *, outside: bool = False) -> None:
        """As the API does: small ones in the row, others in the object store."""
        where: dict[str, Any] = {"content_binary": content}
        if outside:
            where = {"storage_path": self.objects.put(io.BytesIO(content), len(content)).key}
        row = {"capsule_id": capsule, "name": name, "artifact_type": "data", "content_type": "application/octet-stream"}
        self._insert(
            "public.capsule_artifacts", {**row, "size_bytes": len(content), "digest": f"sha256:{sha256(content).hexdigest()}", **where}
        )

    def ask(self, capsule: UUID, kind: str = "seal", **columns: Any) -> UUID:
        asked = {"capsule_id": capsule, "kind": kind, "requested_by": self.user, "requested_name": "Ada Lovelace"}
        return self._insert("public.seal_requests", {**asked, **columns})

    def sealed(self, files: Mapping[str, bytes] | None = None, **columns: Any) -> UUID:
        capsule = self.capsule(files, **columns)
        request = self.ask(capsule)
        self.work()
        assert self.request(request)["problem"] is None
        return capsule

    def request(self, request: UUID) -> dict[str, Any]:
        return self.rows("select * from public.seal_requests where id = %s", request)[0]

    def problem(self, request: UUID) -> str | None:
        """Its code, once the request is done with."""
        row = self.request(request)
        assert row["done_at"] is not None
        return None if row["problem"] is None else str(row["problem"]["code"])

    def row(self, capsule: UUID) -> dict[str, Any]:
        return self.rows("select * from public.capsules where id = %s", capsule)[0]

    def seal(self, capsule: UUID) -> dict[str, Any]:
        return self.rows("select * from public.capsule_seals where capsule_id = %s", capsule)[0]

    def signatures(self, capsule: UUID) -> list[dict[str, Any]]:
        return self.rows("select * from public.capsule_signatures where capsule_id = %s order by meaning <> 'seal', signed_at", capsule)

    def rows(self, query: Any, *given: Any) -> list[dict[str, Any]]:
        with self.database.owner.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, given or None).fetchall()

    def items(self, capsule: UUID) -> list[Item]:
        """Its artifacts with their bytes as they lie there, whatever their rows declare."""
        query = (
            "select name, artifact_type, content_type, storage_path, coalesce(content_binary, convert_to(content_text, 'UTF8')) as content"
            ' from public.capsule_artifacts where capsule_id = %s order by name collate "C"'
        )
        found = []
        for row in self.rows(query, capsule):
            content = bytes(row["content"] or b"")
            if row["storage_path"]:
                with self.objects.open(row["storage_path"].rpartition("/")[2]) as stream:
                    content = stream.read()
            found.append(item_of(row["name"], row["artifact_type"], row["content_type"], content))
        return found

    def pack(self, capsule: UUID, folder: Path) -> Path:
        """The capsule's file, from what the database holds."""
        seal, top = self.seal(capsule), safe_top(self.row(capsule)["name"])
        file = folder / f"{top}.capsule"
        with file.open("wb") as out:
            pack(top, bytes(seal["manifest"]), bytes(seal["checksums"]), self.items(capsule), out)
        return file

    def proof(self, capsule: UUID) -> dict[str, Any]:
        """As an export gives it: against the newest checkpoint."""
        seal = self.seal(capsule)
        keys = [PublicKey(bytes(row["public_key"]), row["kind"], row["name"]) for row in self.rows("select * from public.signing_keys")]
        nodes = {(row["level"], row["index"]): bytes(row["hash"]) for row in self.rows("select * from private.seal_nodes")}
        head = self.rows("select * from private.checkpoints order by tree_size desc limit 1")[0]
        siblings = inclusion_proof(seal["log_seq"], head["tree_size"], lambda level, index: nodes[level, index])
        place = LogPlace(self.settings.seal_origin, seal["log_seq"], head["tree_size"], siblings, head["note"])
        stamps = self.rows("select * from public.capsule_timestamps where capsule_id = %s", capsule)
        envelopes = [row["envelope"] for row in self.signatures(capsule)]
        return make_proof(seal["mqc_id"], envelopes, keys, place, [(row["authority"], bytes(row["token"])) for row in stamps])

    def _insert(self, table: str, given: Mapping[str, Any]) -> UUID:
        query: Any = f"insert into {table} ({', '.join(given)}) values ({', '.join(f'%({key})s' for key in given)}) returning id"
        row = self.database.owner.execute(query, given).fetchone()
        assert row is not None
        return UUID(str(row[0]))


def judge(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a verifier in a folder, without the installation's settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QUAPSULE_") and name != "PYTHONPATH"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def ask_published(file: Path, mqc_id: str) -> subprocess.CompletedProcess[str]:
    """What the published package says of the file."""
    return judge([str(Path(sys.executable).with_name("marqov-capsule")), "verify", str(file), "--id", mqc_id], file.parent)
