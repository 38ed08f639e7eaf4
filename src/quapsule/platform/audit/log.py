"""Whether the seal log is the one that was written: rebuilt from its entries, against its own nodes and checkpoints, and against a
checkpoint that was kept elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from quapsule.errors import Problem
from quapsule.platform.audit.finding import Finding
from quapsule.seal.trust.checkpoint import Checkpoint, read_checkpoint
from quapsule.seal.trust.log import EMPTY_ROOT, leaf_hash, new_nodes, root_at

_LOG, _NODES, _CHECKPOINTS = "private.seal_log", "private.seal_nodes", "private.checkpoints"


@dataclass
class Log:
    """The log as its entries make it. roots: by size, from 0. entries: by index, (capsule's row, id)."""

    roots: list[bytes] = field(default_factory=lambda: [EMPTY_ROOT])
    entries: list[tuple[str, str]] = field(default_factory=list)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.entries)

    def add(self, capsule: str, entry: bytes) -> None:
        for level, index, found in new_nodes(self.size, leaf_hash(entry), self._node):
            self.nodes[level, index] = found
        self.entries.append((capsule, entry.decode("utf-8", "replace")))
        self.roots.append(root_at(self.size, self._node))

    def _node(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


def audit_log(owner: Connection[Any], keys: Mapping[str, bytes]) -> tuple[Log, list[Finding]]:
    """keys: the platform's public keys, by fingerprint."""
    log = Log()
    findings = [*_entries(owner, log), *_nodes(owner, log), *_checkpoints(owner, log, keys)]
    return log, findings


def compare_with(log: Log, note: str, keys: Mapping[str, bytes]) -> list[Finding]:
    """Whether the log still begins with what a checkpoint said of it when it was kept."""
    try:
        kept = _open(note, keys)
    except Problem as problem:
        return [Finding("log", _CHECKPOINTS, "kept", f"The checkpoint that was given is not of this platform's keys: {problem.message}")]
    if kept.size > log.size:
        message = f"The log has {log.size} entries; when the checkpoint was kept it had {kept.size}. Some were removed."
    elif kept.root != log.roots[kept.size]:
        message = f"The first {kept.size} entries are not those of which the checkpoint was kept: the log was rewritten."
    else:
        return []
    return [Finding("log", _LOG, "", message)]


def _entries(owner: Connection[Any], log: Log) -> Iterator[Finding]:
    rows = owner.execute("select seq, capsule_id::text, entry, leaf from private.seal_log order by seq, capsule_id, entry")
    for seq, capsule, entry, leaf in rows:
        if seq != log.size:
            says = "Entries are missing before it" if seq > log.size else "The index is there twice, or below 0"
            yield Finding("log", _LOG, str(seq), f"{says}: index {log.size} should come here.")
        if bytes(leaf) != leaf_hash(bytes(entry)):
            yield Finding("log", _LOG, str(seq), "The leaf is not the hash of the entry.")
        log.add(capsule, bytes(entry))


def _nodes(owner: Connection[Any], log: Log) -> Iterator[Finding]:
    missing = dict(log.nodes)
    for level, index, stored in owner.execute("select level, index, hash from private.seal_nodes order by level, index"):
        row = f"level {level}, index {index}"
        made = missing.pop((level, index), None)
        if made is None:
            yield Finding("log", _NODES, row, "The entries make no such subtree.")
        elif made != bytes(stored):
            yield Finding("log", _NODES, row, "The hash is not the one that the entries make.")
    for level, index in sorted(missing):
        yield Finding("log", _NODES, f"level {level}, index {index}", "The subtree's hash is missing.")


def _checkpoints(owner: Connection[Any], log: Log, keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Every seal leaves one: so a size without a checkpoint, or a checkpoint beyond the end, says that entries came or went."""
    sizes = set()
    for size, root, note in owner.execute("select tree_size, root, note from private.checkpoints order by tree_size"):
        sizes.add(size)
        try:
            signed = _open(note, keys)
        except Problem as problem:
            yield Finding("log", _CHECKPOINTS, str(size), problem.message)
            continue
        if (signed.size, signed.root) != (size, bytes(root)):
            yield Finding("log", _CHECKPOINTS, str(size), "The row is not what its signed note says.")
        if signed.size > log.size:
            yield Finding("log", _CHECKPOINTS, str(size), f"It is of {signed.size} entries; the log has {log.size}. Some were removed.")
        elif signed.root != log.roots[signed.size]:
            yield Finding("log", _CHECKPOINTS, str(size), f"The first {signed.size} entries are not those that were signed.")
    for size in range(1, log.size + 1):
        if size not in sizes:
            yield Finding("log", _LOG, str(size - 1), f"No checkpoint of {size} entries was signed: this one came another way.")


def _open(note: str, keys: Mapping[str, bytes]) -> Checkpoint:
    problem = Problem("signature_invalid", "The platform has no key.")
    for public in keys.values():
        try:
            return read_checkpoint(note, public)
        except Problem as found:
            problem = found
    raise problem
