"""RFC 3161: an authority's word for when a capsule's id was there. What is stamped is SHA-256 over the id's UTF-8."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from quapsule.errors import Problem
from quapsule.seal.trust.cms import signer_of, with_sorted_certificates

REQUEST_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"

_LARGEST = 1 << 16
_SHA256 = "2.16.840.1.101.3.4.2.1"


@dataclass(frozen=True)
class Token:
    """An authority's answer. der: TimeStampResp as it came. at: the time it states."""

    der: bytes = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Stamp:
    """at: the time stated, RFC 3339, UTC. signer: whose certificate it carries. trusted: one that leads to a root that was given."""

    at: str
    signer: str
    trusted: bool


def request_timestamp(capsule_id: str, post: Callable[[bytes], bytes], roots_pem: str | None = None) -> Token:
    """Asks an authority: post takes a query (REQUEST_TYPE) to it and gives the body of its reply. Raises Problem signature_invalid when
    that is a refusal, about something else, an older answer or, given roots, somebody else's; what post raises passes through."""
    query = (
        TimestampRequestBuilder()
        .data(capsule_id.encode())
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    der = post(query.as_bytes())
    stamp = check_timestamp(der, capsule_id, roots_pem)
    if _read(der).nonce != query.nonce:
        raise _unfit("The timestamp is an answer to another question.")
    return Token(der, datetime.fromisoformat(stamp.at))


def check_timestamp(der: bytes, capsule_id: str, roots_pem: str | None = None) -> Stamp:
    """What a token says of this capsule, once its signature fits. Without roots anybody may have signed it: trusted is False then.
    Raises Problem signature_invalid."""
    read = _read(der)
    if read.algorithm != _SHA256 or read.imprint != sha256(capsule_id.encode()).digest():
        raise _unfit("The timestamp is of something else than this capsule's id.")
    if roots_pem is not None:
        _check_chain(read.response, capsule_id, roots_pem)
    at = read.at.replace(tzinfo=read.at.tzinfo or UTC).astimezone(UTC)
    return Stamp(at.isoformat().replace("+00:00", "Z"), read.signer, roots_pem is not None)


@dataclass(frozen=True)
class _Read:
    """A token whose own signature fits."""

    response: TimeStampResponse
    signer: str
    algorithm: str
    imprint: bytes
    at: datetime
    nonce: int | None


def _read(der: bytes) -> _Read:
    if len(der) > _LARGEST:
        raise _unfit(f"The timestamp is larger than {_LARGEST} bytes.")
    try:
        response = decode_timestamp_response(_sorted(der))
        status, said = response.status, ", ".join(map(str, response.status_string))
        if status == PKIStatus.GRANTED:
            signer, info = signer_of(response.as_bytes()), response.tst_info
            imprint = info.message_imprint
            name, kind = signer.subject.rfc4514_string(), imprint.hash_algorithm.dotted_string
            return _Read(response, name, kind, imprint.message, info.gen_time, info.nonce)
    except Exception as error:  # whatever a parser trips over: this is no token
        raise _unfit(f"The timestamp is not a right one: {error}.") from error
    raise _unfit(f"The authority gave no timestamp: {said or f'status {status}'}.")


def _sorted(der: bytes) -> bytes:
    """A refusal has no token, so that there is nothing to sort."""
    try:
        return with_sorted_certificates(der)
    except ValueError:
        return der


def _check_chain(response: TimeStampResponse, capsule_id: str, roots_pem: str) -> None:
    try:
        roots = load_pem_x509_certificates(roots_pem.encode())
    except ValueError as error:
        raise _unfit("The authority's certificates are not certificates in PEM.") from error
    try:
        VerifierBuilder(roots=roots).build().verify_message(response, capsule_id.encode())
    except VerificationError as error:
        raise _unfit("The timestamp is not of an authority that was given.") from error
    except Exception as error:  # the same: what cannot be checked is not right
        raise _unfit("The timestamp's signature cannot be checked.") from error


def _unfit(message: str) -> Problem:
    return Problem("signature_invalid", message)
