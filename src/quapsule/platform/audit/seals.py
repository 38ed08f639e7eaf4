"""Whether each sealed capsule is the one that was sealed: its bytes, its files, its row, its signatures, its entry of the log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from quapsule.errors import Problem
from quapsule.objects import CHUNK_BYTES, Objects, sha256_of
from quapsule.platform.audit.finding import Finding
from quapsule.platform.audit.keys import Keys
from quapsule.platform.audit.log import Log
from quapsule.platform.audit.rows import differing, differing_executions
from quapsule.seal.format.canonical import canonical_bytes, capsule_id
from quapsule.seal.format.checksums import read_checksums
from quapsule.seal.format.manifest import read_manifest
from quapsule.seal.trust.envelope import SEAL, check_envelope
from quapsule.seal.trust.proof import check_proof
from quapsule.seal.trust.timestamps import check_timestamp

_CAPSULES, _SEALS, _ARTIFACTS = "public.capsules", "public.capsule_seals", "public.capsule_artifacts"
_EXECUTIONS, _SIGNATURES, _TIMESTAMPS = "public.capsule_task_executions", "public.capsule_signatures", "public.capsule_timestamps"
_LOG, _CHANGES = "private.seal_log", "public.capsule_changes"


@dataclass
class Counted:
    """What was looked at."""

    capsules: int = 0
    artifacts: int = 0
    size_bytes: int = 0
    signatures: int = 0
    timestamps: int = 0


class Seals:
    """roots_pem: certificates of the timestamp authority, where the operator named them."""

    def __init__(self, owner: Connection[Any], objects: Objects, keys: Keys, log: Log, roots_pem: str | None) -> None:
        self._owner, self._objects, self._keys, self._log, self._roots = owner, objects, keys, log, roots_pem
        self.counted = Counted()

    def audit(self) -> Iterator[Finding]:
        yield from self._unsealed()
        yield from self._gone()
        yield from self._untold()
        ids = [row["capsule_id"] for row in self._rows("select capsule_id::text from public.capsule_seals order by log_seq, capsule_id")]
        for capsule in ids:
            self.counted.capsules += 1
            yield from self._audit_one(capsule)

    def _audit_one(self, capsule: str) -> Iterator[Finding]:
        (seal,) = self._rows("select * from public.capsule_seals where capsule_id = %s", capsule)
        manifest: dict[str, Any] = {}
        try:
            manifest = read_manifest(bytes(seal["manifest"]))
            if canonical_bytes(manifest) != bytes(seal["canonical"]):
                yield Finding("manifest", _SEALS, capsule, "The canonical bytes are not those of the manifest.")
        except Problem as problem:
            yield Finding("manifest", _SEALS, capsule, problem.message)
        if capsule_id(bytes(seal["canonical"])) != seal["mqc_id"]:
            yield Finding("id", _SEALS, capsule, f"The canonical bytes are not those of {seal['mqc_id']}.")
        if manifest and manifest.get("checksums_digest") != f"sha256:{sha256(seal['checksums']).hexdigest()}":
            yield Finding("checksums", _SEALS, capsule, "The list of files is not the one that the manifest names.")
        yield from self._files(capsule, bytes(seal["checksums"]))
        yield from self._row(capsule, seal, manifest)
        yield from self._signatures(capsule, seal)
        yield from self._stamps(capsule, seal)
        yield from self._entry(capsule, seal)

    def _files(self, capsule: str, checksums: bytes) -> Iterator[Finding]:
        try:
            listed = read_checksums(checksums)
        except Problem as problem:
            yield Finding("checksums", _SEALS, capsule, problem.message)
            return
        query = (
            "select id::text, name, size_bytes, digest, storage_path, content_text, content_binary from public.capsule_artifacts"
            " where capsule_id = %s order by name"
        )
        with self._owner.cursor("artifacts", row_factory=dict_row) as cursor:
            cursor.itersize = 50
            for row in cursor.execute(query, (capsule,)):
                self.counted.artifacts += 1
                yield from self._file(capsule, row, listed.pop(row["name"], None))
        for name in listed:
            yield Finding("payload", _ARTIFACTS, f"{capsule} {name}", "The file was sealed, and is missing.")

    def _file(self, capsule: str, row: Mapping[str, Any], sealed: str | None) -> Iterator[Finding]:
        where = f"{capsule} {row['name']}"
        if sealed is None:
            yield Finding("payload", _ARTIFACTS, where, "The file was not sealed: it is not listed, or twice there.")
            return
        try:
            found, size = self._content(row)
        except Problem as problem:
            yield Finding("payload", _ARTIFACTS, where, f"The file cannot be read: {problem.message}")
            return
        self.counted.size_bytes += size
        if found != sealed:
            yield Finding("payload", _ARTIFACTS, where, "The file is not the one that was sealed.")
        elif row["digest"] not in (None, sealed, f"sha256:{sealed}") or row["size_bytes"] not in (None, size):
            yield Finding("payload", _ARTIFACTS, where, "The row says another digest or size than the file has.")

    def _content(self, row: Mapping[str, Any]) -> tuple[str, int]:
        """SHA-256 (hex) and size of an artifact's bytes, wherever they lie. Raises Problem."""
        if row["storage_path"] is None:
            content = row["content_binary"] if row["content_binary"] is not None else (row["content_text"] or "").encode()
            return sha256(content).hexdigest(), len(content)
        hasher, size = sha256(), 0
        with self._objects.open(sha256_of(row["storage_path"])) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                hasher.update(chunk)
                size += len(chunk)
        return hasher.hexdigest(), size

    def _row(self, capsule: str, seal: Mapping[str, Any], manifest: Mapping[str, Any]) -> Iterator[Finding]:
        rows = self._rows(
            "select to_jsonb(c) as row, c.sealed_at,"
            "       (select s.mqc_id from public.capsule_seals as s where s.capsule_id = c.parent_capsule_id) as parent_mqc_id"
            "  from public.capsules as c where c.id = %s",
            capsule,
        )
        if not rows:
            yield Finding("state", _CAPSULES, capsule, "The capsule is gone; its seal is there.")
            return
        row = rows[0]["row"]
        if row["lifecycle_state"] not in ("sealed", "archived"):
            yield Finding("state", _CAPSULES, capsule, f"The capsule is {row['lifecycle_state']}, and has a seal.")
        if not manifest:
            return
        if rows[0]["sealed_at"] != seal["sealed_at"] or not _is_when(manifest.get("sealed_at"), seal["sealed_at"]):
            yield Finding("row", _CAPSULES, capsule, "sealed_at is not what was sealed.")
        if seal["origin"] != "here":
            return
        for column in differing(row, rows[0]["parent_mqc_id"], manifest):
            yield Finding("row", _CAPSULES, capsule, f"{column} is not what was sealed.")
        if not _are_digests(row["digests"], seal, manifest):
            yield Finding("row", _CAPSULES, capsule, "digests is not what was sealed.")
        executions = self._rows("select to_jsonb(e) as row from public.capsule_task_executions as e where e.capsule_id = %s", capsule)
        for task in differing_executions([each["row"] for each in executions], manifest):
            yield Finding("row", _EXECUTIONS, f"{capsule} {task}", "The task execution is not what was sealed.")

    def _signatures(self, capsule: str, seal: Mapping[str, Any]) -> Iterator[Finding]:
        rows = self._rows("select * from public.capsule_signatures where capsule_id = %s order by signed_at, id", capsule)
        self.counted.signatures += len(rows)
        for row in rows:
            fault = self._fault_of(row, seal["mqc_id"])
            if fault:
                yield Finding("signature", _SIGNATURES, str(row["id"]), fault)
        if seal["origin"] == "here" and not any(row["meaning"] == SEAL for row in rows):
            yield Finding("signature", _SIGNATURES, capsule, "The platform's signature of the seal is missing.")
        if seal["foreign_proof"] is not None:
            for layer, message in check_proof(seal["foreign_proof"], seal["mqc_id"]).problems:
                yield Finding(layer, _SEALS, capsule, f"The proof that it came with: {message}")

    def _fault_of(self, row: Mapping[str, Any], mqc_id: str) -> str | None:
        public = self._keys.of(row["key_id"])
        if public is None:
            return "The key that signed is not registered."
        try:
            signed = check_envelope(row["envelope"], public, mqc_id)
        except Problem as problem:
            return problem.message
        is_platform = row["key_id"] in self._keys.platform
        said = (signed.key_id, signed.meaning, signed.name, signed.signer_id, datetime.fromisoformat(signed.signed_at))
        signer = None if row["signer_id"] is None else str(row["signer_id"])
        if said != (row["key_id"], row["meaning"], row["signer_name"], signer, row["signed_at"]):
            return "The row says something else than what was signed."
        if row["kind"] != ("platform" if is_platform else "user") or is_platform != (signed.meaning == SEAL or signed.on_behalf_of):
            return "The key does not sign so: a platform's seals or witnesses, a person's signs for its holder."
        if not is_platform and self._keys.people[row["key_id"]][1] != signer:
            return "The key is another person's."
        return None

    def _stamps(self, capsule: str, seal: Mapping[str, Any]) -> Iterator[Finding]:
        for row in self._rows("select * from public.capsule_timestamps where capsule_id = %s order by authority", capsule):
            self.counted.timestamps += 1
            where = f"{capsule} {row['authority']}"
            try:
                stamp = check_timestamp(bytes(row["token"]), seal["mqc_id"], self._roots)
            except Problem as problem:
                yield Finding("timestamp", _TIMESTAMPS, where, problem.message)
                continue
            if not _is_when(stamp.at, row["stamped_at"]):
                yield Finding("timestamp", _TIMESTAMPS, where, "stamped_at is not what the token says.")

    def _entry(self, capsule: str, seal: Mapping[str, Any]) -> Iterator[Finding]:
        if seal["origin"] != "here":
            return
        index = seal["log_seq"]
        if index is None or not 0 <= index < self._log.size or self._log.entries[index] != (capsule, seal["mqc_id"]):
            yield Finding("log", _LOG, str(index), f"The seal of {capsule} is not in the log at its place.")

    def _unsealed(self) -> Iterator[Finding]:
        query = (
            "select c.id::text from public.capsules as c where c.lifecycle_state in ('sealed', 'archived')"
            " and not exists (select 1 from public.capsule_seals as s where s.capsule_id = c.id) order by c.id"
        )
        for row in self._rows(query):
            yield Finding("state", _CAPSULES, row["id"], "The capsule says that it is sealed, and has no seal.")

    def _gone(self) -> Iterator[Finding]:
        """What is logged stays, but with its team after the retention; the trail then says so."""
        sealed = {row["mqc_id"] for row in self._rows("select mqc_id from public.capsule_seals where origin = 'here'")}
        lawful = {row["id"] for row in self._rows(_DELETED)}
        for index, (capsule, mqc_id) in enumerate(self._log.entries):
            if mqc_id not in sealed and capsule not in lawful:
                yield Finding("log", _SEALS, capsule, f"Entry {index} of the log is {mqc_id}, which is gone.")

    def _untold(self) -> Iterator[Finding]:
        """The trail tells of every seal and of every signature."""
        query = (
            "select s.capsule_id::text, 'capsule.sealed' as action from public.capsule_seals as s where s.origin = 'here' and not exists ("
            "  select 1 from public.capsule_changes as t where t.capsule_id = s.capsule_id and t.action = 'capsule.sealed')"
            " union all "
            "select s.capsule_id::text, 'signature.added' from public.capsule_signatures as s group by s.capsule_id"
            " having count(*) > (select count(*) from public.capsule_changes as t"
            "                     where t.capsule_id = s.capsule_id and t.action = 'signature.added')"
            " order by 1, 2"
        )
        for row in self._rows(query):
            yield Finding("trail", _CHANGES, row["capsule_id"], f"The trail does not tell of {row['action']}.")

    def _rows(self, query: Any, *given: Any) -> list[dict[str, Any]]:
        with self._owner.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, given or None).fetchall()


# A deletion that the trail knows, of a capsule whose retention was over by then.
_DELETED = """
select t.capsule_id::text as id from public.capsule_changes as t
 where t.action = 'capsule.deleted' and t.before ->> 'lifecycle_state' in ('sealed', 'archived')
   and (t.before ->> 'sealed_at')::timestamptz + make_interval(years => (t.before ->> 'retention_years')::integer) <= t.at
   and not exists (select 1 from public.teams as m where m.id = t.team_id)
"""


def _are_digests(found: Any, seal: Mapping[str, Any], manifest: Mapping[str, Any]) -> bool:
    """Whether public.capsules.digests is what the seal left there. A seal whose own parts disagree is told of elsewhere."""
    told = dict(found) if isinstance(found, Mapping) else {}
    return told.pop("capsule_id", None) in (seal["mqc_id"], capsule_id(bytes(seal["canonical"]))) and told == {
        "checksums_digest": manifest.get("checksums_digest"),
        "manifest_sha256": sha256(seal["manifest"]).hexdigest(),
    }


def _is_when(text: Any, at: datetime) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text) == at
    except (ValueError, TypeError):
        return False
