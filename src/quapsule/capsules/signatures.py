"""Who signed a capsule, and with which keys. Signing asks for the password again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.seal import Meaning
from quapsule.seal.trust.envelope import check_envelope, read_envelope
from quapsule.seal.trust.keys import is_public_key

_QUERIES = load_queries("quapsule.capsules")

KeyKind = Literal["platform", "user"]


@dataclass(frozen=True)
class Signature:
    """Name, time and meaning as 21 CFR 11.50 wants them shown. kind: of the key; platform with a signer: witnessed for that person."""

    id: UUID
    key_id: str
    kind: KeyKind
    signer_id: UUID | None
    signer_name: str
    meaning: Literal["seal", "author", "review", "approval", "responsibility"]
    signed_at: datetime


@dataclass(frozen=True)
class KeyRow:
    """A registered public key. key_id: its fingerprint; public_key: 32 bytes."""

    key_id: str
    public_key: bytes
    kind: KeyKind
    owner_id: UUID | None
    name: str
    created_at: datetime
    revoked_at: datetime | None


def list_signatures(session: Session, capsule_id: UUID) -> list[Signature]:
    return session.rows(Signature, _QUERIES["list_signatures"], {"capsule_id": capsule_id})


def note_reauthentication(session: Session, user_id: UUID) -> None:
    """The caller gave the password again, which was checked: what follows in this transaction may sign, once.

    The API's login alone may note it. As the note is used up before the transaction ends, no other request ever sees it.
    """
    session.run(_QUERIES["become_login"])
    session.run(_QUERIES["note_reauthentication"], {"user_id": user_id})
    session.run(_QUERIES["become_caller"])


def request_signature(session: Session, capsule_id: UUID, meaning: Meaning) -> UUID:
    """Asks the worker to witness the caller's signature; the request's id. Raises Problem."""
    made: UUID = session.value(_QUERIES["request_signature"], {"capsule_id": capsule_id, "meaning": meaning})
    return made


def add_signature(session: Session, capsule_id: UUID, mqc_id: str, meaning: Meaning, envelope: Mapping[str, Any], text: str) -> Signature:
    """A signature by the caller's own registered key. text: the envelope as it is kept. Raises Problem."""
    signed = read_envelope(envelope)
    key = session.row(KeyRow, _QUERIES["find_my_key"], {"key_id": signed.key_id})
    if key is None or key.revoked_at is not None:
        raise Problem(
            "signature_invalid", "The key is not one of yours, or was revoked.", "Register its public key first: POST /api/signing-keys."
        )
    check_envelope(signed, bytes(key.public_key), mqc_id)
    if signed.meaning != meaning or signed.on_behalf_of:
        raise Problem("signature_invalid", f"The statement that was signed does not mean {meaning}.")
    if signed.name != key.name or signed.signer_id != str(key.owner_id):
        raise Problem(
            "signature_invalid",
            "The statement names another signer.",
            f"signer is {{name: {key.name!r}, id: {str(key.owner_id)!r}}}, as the key was registered.",
        )
    made = session.value(
        _QUERIES["add_signature"],
        {
            "capsule_id": capsule_id,
            "key_id": signed.key_id,
            "meaning": meaning,
            "signed_at": datetime.fromisoformat(signed.signed_at),
            "envelope": text,
        },
    )
    return next(found for found in list_signatures(session, capsule_id) if found.id == made)


def list_my_keys(session: Session) -> list[KeyRow]:
    return session.rows(KeyRow, _QUERIES["list_my_keys"])


def list_platform_keys(session: Session) -> list[KeyRow]:
    """Also those that it had before; anybody may ask."""
    return session.rows(KeyRow, _QUERIES["list_platform_keys"])


def register_key(session: Session, public_key: bytes) -> KeyRow:
    """Makes an Ed25519 public key (32 bytes) the caller's. Raises Problem."""
    if not is_public_key(public_key):
        raise Problem("signature_invalid", "This is no Ed25519 public key that signs safely.", "Send its 32 bytes in base64.")
    key_id = session.value(_QUERIES["register_key"], {"public_key": public_key})
    found = session.row(KeyRow, _QUERIES["find_my_key"], {"key_id": key_id})
    assert found is not None  # just made
    return found


def revoke_key(session: Session, key_id: str) -> None:
    """Raises Problem."""
    session.run(_QUERIES["revoke_key"], {"key_id": key_id})
