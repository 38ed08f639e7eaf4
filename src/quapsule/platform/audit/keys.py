"""Whether the registered keys are keys under their own fingerprints, and the platform's own among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from quapsule.errors import Problem
from quapsule.platform.audit.finding import Finding
from quapsule.seal.trust.keys import fingerprint, is_public_key, load_key, shown

_KEYS = "public.signing_keys"


@dataclass(frozen=True)
class Keys:
    """Public keys by fingerprint."""

    platform: dict[str, bytes]
    people: dict[str, tuple[bytes, str]]
    """With the id of whose key it is."""

    def of(self, key_id: str) -> bytes | None:
        return self.platform.get(key_id) or self.people.get(key_id, (None, ""))[0]


def audit_keys(owner: Connection[Any], own: Path) -> tuple[Keys, list[Finding]]:
    """own: the file of the platform's private key; where it lies on another machine, nothing is said of it."""
    keys, findings = Keys({}, {}), []
    for key_id, public_key, kind, holder in owner.execute("select key_id, public_key, kind, owner_id::text from public.signing_keys"):
        public = bytes(public_key)
        if fingerprint(public) != key_id or not is_public_key(public):
            findings.append(Finding("keys", _KEYS, key_id, "The key is not the one of this fingerprint."))
        elif kind == "platform":
            keys.platform[key_id] = public
        else:
            keys.people[key_id] = (public, holder or "")
    return keys, [*findings, *_own(own, keys)]


def _own(path: Path, keys: Keys) -> Iterator[Finding]:
    try:
        key = load_key(path)
    except (FileNotFoundError, Problem):
        return
    if key.key_id not in keys.platform and keys.platform:
        message = f"The platform's own key, {shown(key.key_id)}, is not among the platform's keys."
        yield Finding("keys", _KEYS, key.key_id, message)
