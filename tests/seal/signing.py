"""Keys, ids and a small log that the tests of signatures share."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from quapsule.seal.trust.envelope import make_envelope
from quapsule.seal.trust.keys import SigningKey
from quapsule.seal.trust.log import leaf_hash, new_nodes

AT = "2026-11-23T05:30:00.123456Z"


def key_of(name: str) -> SigningKey:
    """Always the same key for a name."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()))


def id_of(name: str) -> str:
    """A capsule's id."""
    return "mqc:1:" + sha256(name.encode()).hexdigest()


def sealed_by(key: SigningKey, capsule_id: str) -> str:
    return make_envelope(key, capsule_id, "bell", "Quapsule", None, "seal", AT)


class Nodes:
    """A log's complete subtrees, as the database keeps them; counts what is read."""

    def __init__(self, entries: list[bytes]) -> None:
        self.hashes: dict[tuple[int, int], bytes] = {}
        self.read: list[tuple[int, int]] = []
        for size, entry in enumerate(entries):
            for level, index, found in new_nodes(size, leaf_hash(entry), self):
                assert (level, index) not in self.hashes
                self.hashes[level, index] = found

    def __call__(self, level: int, index: int) -> bytes:
        self.read.append((level, index))
        return self.hashes[level, index]
