"""What was signed, by whom and with which meaning: an in-toto statement about a capsule's id, in a DSSE envelope."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from quapsule.errors import Problem
from quapsule.seal import MEANINGS
from quapsule.seal.trust.keys import SigningKey, encode_base64, fingerprint, verify_signature

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://quapsule.org/capsule-signature/v1"
# The platform's own signature: the capsule was sealed here.
SEAL = "seal"

_LARGEST = 1 << 16
_LONGEST_TEXT = 1000
_CAPSULE_ID = re.compile(r"mqc:1:([0-9a-f]{64})")
_KEY_ID = re.compile(r"[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


@dataclass(frozen=True)
class Signed:
    """What an envelope says; nothing of it is true until its signature was checked.

    name: the signer's printed name. subject: the file that was signed. signed_at: RFC 3339, UTC, as signed.
    on_behalf_of: the platform's key signed for a person who gave the password again.
    """

    key_id: str
    capsule_id: str
    subject: str
    name: str
    signer_id: str | None
    meaning: str
    signed_at: str
    on_behalf_of: bool
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    statement: Mapping[str, Any] = field(repr=False)


def make_envelope(
    key: SigningKey,
    capsule_id: str,
    name: str,
    signer_name: str,
    signer_id: str | None,
    meaning: str,
    signed_at: datetime | str,
    on_behalf_of: bool = False,
) -> str:
    """A signed envelope as JSON text. name: the capsule's file without its suffix. Raises Problem signature_invalid."""
    signer: dict[str, str] = {"name": signer_name}
    if signer_id is not None:
        signer["id"] = str(signer_id)
    predicate: dict[str, Any] = {"capsule_id": capsule_id, "signer": signer, "meaning": meaning, "signed_at": instant(signed_at)}
    if on_behalf_of:
        predicate["on_behalf_of"] = True
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": f"{name}.capsule", "digest": {"sha256": _digest_of(capsule_id)}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }
    payload = json.dumps(statement, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    signature = key.sign(pae(PAYLOAD_TYPE, payload))
    text = json.dumps(
        {
            "payload": encode_base64(payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": key.key_id, "sig": encode_base64(signature)}],
        }
    )
    read_envelope(text)  # what nobody could read back is not given away
    return text


def read_envelope(envelope: str | Mapping[str, Any]) -> Signed:
    """What an envelope of ours says, its signature unchecked. Raises Problem signature_invalid."""
    outer = read_object(envelope, "The envelope") if isinstance(envelope, str) else _object(envelope, "The envelope")
    if outer.get("payloadType") != PAYLOAD_TYPE:
        raise _unfit(f"The envelope's payloadType is not {PAYLOAD_TYPE}.")
    signatures = outer.get("signatures")
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise _unfit("The envelope does not have exactly one signature.")
    signed = _object(signatures[0], "The envelope's signature")
    key_id = signed.get("keyid")
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise _unfit("The envelope's keyid is not a fingerprint.")
    payload = _bytes_of(outer.get("payload"), "payload")
    signature = _bytes_of(signed.get("sig"), "sig")
    return _read_statement(key_id, payload, signature)


def check_envelope(envelope: str | Mapping[str, Any] | Signed, public_key: bytes, capsule_id: str) -> Signed:
    """What an envelope says, once it is sure that this key signed it, and for this capsule. Raises Problem signature_invalid."""
    signed = envelope if isinstance(envelope, Signed) else read_envelope(envelope)
    if signed.key_id != fingerprint(public_key):
        raise _unfit("The envelope names another key.")
    if not verify_signature(public_key, signed.signature, pae(PAYLOAD_TYPE, signed.payload)):
        raise _unfit(f"The signature of {signed.name!r} does not fit what it signs.")
    if signed.capsule_id != capsule_id:
        raise _unfit(f"The signature of {signed.name!r} is of another capsule, {signed.capsule_id}.")
    return signed


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def instant(at: datetime | str) -> str:
    """An aware instant, or its ISO text, as RFC 3339 in UTC. Raises Problem signature_invalid."""
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError) as error:
        raise _unfit(f"Not an instant with its time zone: {at}.") from error


def read_object(text: str, what: str, largest: int = _LARGEST) -> dict[str, Any]:
    """A JSON object without a key twice and without NaN. what: its name for the message. Raises Problem signature_invalid."""
    return _object(_parsed(text, what, largest), what)


def _read_statement(key_id: str, payload: bytes, signature: bytes) -> Signed:
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unfit("The signed statement is not UTF-8.") from error
    statement = read_object(text, "The signed statement")
    if statement.get("_type") != STATEMENT_TYPE or statement.get("predicateType") != PREDICATE_TYPE:
        raise _unfit("The signed statement is not a capsule's signature.")
    subjects = statement.get("subject")
    if not isinstance(subjects, list) or len(subjects) != 1:
        raise _unfit("The signed statement does not have exactly one subject.")
    subject = _object(subjects[0], "The statement's subject")
    digest = _object(subject.get("digest"), "The subject's digest")
    predicate = _object(statement.get("predicate"), "The statement's predicate")
    signer = _object(predicate.get("signer"), "The statement's signer")

    capsule_id = _text(predicate, "capsule_id")
    if digest.get("sha256") != _digest_of(capsule_id):
        raise _unfit("The signed statement names two capsules.")
    meaning = _text(predicate, "meaning")
    if meaning != SEAL and meaning not in MEANINGS:
        raise _unfit(f"A signature does not mean {meaning!r}.")
    signed_at = _text(predicate, "signed_at")
    if not _INSTANT.fullmatch(signed_at) or not _is_instant(signed_at):
        raise _unfit("The signed statement's signed_at is not an instant in UTC.")
    on_behalf_of = predicate.get("on_behalf_of", False)
    if not isinstance(on_behalf_of, bool):
        raise _unfit("The signed statement's on_behalf_of is neither true nor false.")
    return Signed(
        key_id=key_id,
        capsule_id=capsule_id,
        subject=_text(subject, "name"),
        name=_text(signer, "name"),
        signer_id=_text(signer, "id") if signer.get("id") is not None else None,
        meaning=meaning,
        signed_at=signed_at,
        on_behalf_of=on_behalf_of,
        payload=payload,
        signature=signature,
        statement=statement,
    )


def _digest_of(capsule_id: str) -> str:
    found = _CAPSULE_ID.fullmatch(capsule_id)
    if not found:
        raise _unfit(f"Not a capsule's id: {capsule_id[:80]!r}.")
    return found.group(1)


def _is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _parsed(text: str, what: str, largest: int) -> Any:
    if len(text) > largest:
        raise _unfit(f"{what} is larger than {largest} characters.")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _unfit(f"{what} is not JSON that can be trusted.") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _unfit(f"{what} is not a JSON object.")
    return dict(value)


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT or not _is_utf8(value):
        raise _unfit(f"The signed statement's {key} is not a text of 1 to {_LONGEST_TEXT} characters.")
    return value


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write
        return False
    return True


def _bytes_of(text: Any, key: str) -> bytes:
    """DSSE lets a signer choose between the two alphabets of base64; whoever verifies takes both."""
    if not isinstance(text, str) or len(text) > _LARGEST:
        raise _unfit(f"The envelope's {key} is not base64.")
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/").encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise _unfit(f"The envelope's {key} is not base64.") from error


def _unfit(message: str) -> Problem:
    return Problem("signature_invalid", message)
