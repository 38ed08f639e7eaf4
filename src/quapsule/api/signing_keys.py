"""/api/signing-keys: the Ed25519 public keys that a person signs capsules with. The private ones never come here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request

from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting
from quapsule.api.capsule_bodies import NewSigningKey
from quapsule.api.idempotency import once
from quapsule.api.openapi import refusals
from quapsule.api.reauthentication import confirm
from quapsule.capsules import signatures
from quapsule.capsules.signatures import KeyKind, KeyRow
from quapsule.seal.trust.keys import encode_base64

router = APIRouter(prefix="/api/signing-keys", tags=["signing keys"])


@dataclass(frozen=True)
class SigningKey:
    """key_id: its fingerprint, SHA-256 of the key in hex; public_key: 32 bytes in base64."""

    key_id: str
    public_key: str
    kind: KeyKind
    owner_id: UUID | None
    name: str
    created_at: datetime
    revoked_at: datetime | None


@router.get("", response_model=Listing[SigningKey])
def list_signing_keys(visiting: Visiting) -> Json:
    """The caller's own keys, newest first."""
    with visiting.signed_in() as session:
        return Json({"items": [shown(key) for key in signatures.list_my_keys(session)], "next_cursor": None})


@router.post(
    "",
    status_code=201,
    response_model=SigningKey,
    responses=refusals("idempotency_conflict", "password_wrong", "signature_invalid", "already_exists", "rate_limited", "conflict"),
)
def register_signing_key(visiting: Visiting, request: Request, body: NewSigningKey) -> Json:
    """Makes a key the caller's, who gives the password again. A key is one person's, for good."""
    key = body.key()
    person = confirm(visiting, request, body.password)
    with visiting.signed_in() as session:

        def act() -> SigningKey:
            signatures.note_reauthentication(session, person)
            return shown(signatures.register_key(session, key))

        return once(session, request, body.model_dump(exclude={"password"}), act, status=201)


@router.delete("/{key_id}", status_code=204, responses=refusals("idempotency_conflict", "not_found"))
def revoke_signing_key(visiting: Visiting, request: Request, key_id: str) -> Json:
    """Nothing new is signed with it from now on; what it signed stands. Again is no error."""
    with visiting.signed_in() as session:
        return once(session, request, None, lambda: signatures.revoke_key(session, key_id), status=204)


def shown(key: KeyRow) -> SigningKey:
    return SigningKey(**{**vars(key), "public_key": encode_base64(bytes(key.public_key))})
