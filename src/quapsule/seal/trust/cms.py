"""The little of CMS (RFC 5652) that a timestamp needs: its parts in DER, and whether the certificate it carries signed it."""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.x509 import Certificate, load_der_x509_certificate

_SEQUENCE, _SET, _OBJECT, _OCTETS, _FIRST_CHOICE = 0x30, 0x31, 0x06, 0x04, 0xA0
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
# Attributes that name the signer's certificate by its hash, without which RFC 3161 has no token: the older by SHA-1, the newer by any.
_SIGNING_CERTIFICATE = bytes.fromhex("2a864886f70d010910020c")
_SIGNING_CERTIFICATE_2 = bytes.fromhex("2a864886f70d010910022f")
_RSA_PSS = bytes.fromhex("2a864886f70d01010a")
_HASHES: dict[bytes, HashAlgorithm] = {
    bytes.fromhex("608648016503040201"): SHA256(),
    bytes.fromhex("608648016503040202"): SHA384(),
    bytes.fromhex("608648016503040203"): SHA512(),
}


@dataclass(frozen=True)
class Part:
    """One DER element: bytes [start, end) of `whole`, its content from `inside` on."""

    whole: bytes
    tag: int
    start: int
    inside: int
    end: int

    @property
    def content(self) -> bytes:
        return self.whole[self.inside : self.end]

    @property
    def encoded(self) -> bytes:
        return self.whole[self.start : self.end]

    def parts(self) -> list["Part"]:
        """What it consists of. Raises ValueError."""
        found: list[Part] = []
        at = self.inside
        while at < self.end:
            found.append(_part_at(self.whole, at, self.end))
            at = found[-1].end
        return found


def with_sorted_certificates(response: bytes) -> bytes:
    """A TimeStampResp whose certificates stand in the order that DER asks for. Many authorities write them as they come; no signature
    covers their order. Raises ValueError."""
    field = _certificates_of(_signed_data_of(response))
    if field is None:
        return response
    order = b"".join(sorted(part.encoded for part in field.parts()))
    return response[: field.inside] + order + response[field.end :]


def signer_of(response: bytes) -> Certificate:
    """The certificate that a TimeStampResp carries and was signed with: its signature fits the content. Whose certificate it is, is
    another question. Raises ValueError."""
    signed = _signed_data_of(response)
    field, fields = _certificates_of(signed), signed.parts()
    if field is None:
        raise ValueError("it carries no certificate")
    content = _one(fields[2], _SEQUENCE).parts()[1].parts()[0].content
    signers = _one(fields[-1], _SET).parts()
    if len(signers) != 1:
        raise ValueError("it does not have exactly one signer")
    _, identity, digest, attributes, kind, signature, *_ = signers[0].parts()
    algorithm = _hash_of(digest)
    said = _attributes_in(_one(attributes, _FIRST_CHOICE))
    if _one(said[_MESSAGE_DIGEST].parts()[0], _OCTETS).content != hashlib.new(algorithm.name, content).digest():
        raise ValueError("what was signed is not its content")
    certificate, encoded = _certificate_of(field, identity)
    if not _names(said, encoded):
        raise ValueError("it names another certificate than it carries")
    # The attributes are signed as the SET that they are, not with the tag under which they stand.
    signed_bytes = bytes([_SET]) + attributes.encoded[1:]
    if not _fits(certificate, kind, algorithm, _one(signature, _OCTETS).content, signed_bytes):
        raise ValueError("its signature does not fit")
    return certificate


def _signed_data_of(response: bytes) -> Part:
    """SignedData of a TimeStampResp: SEQUENCE { status, SEQUENCE { type, [0] SignedData } }."""
    whole = _part_at(response, 0, len(response))
    if whole.end != len(response):
        raise ValueError("something follows it")
    _, token = _one(whole, _SEQUENCE).parts()
    _, explicit = _one(token, _SEQUENCE).parts()
    (signed,) = _one(explicit, _FIRST_CHOICE).parts()
    if len(_one(signed, _SEQUENCE).parts()) < 4:
        raise ValueError("it is not signed data")
    return signed


def _certificates_of(signed: Part) -> Part | None:
    found = signed.parts()[3]
    return found if found.tag == _FIRST_CHOICE else None


def _certificate_of(field: Part, identity: Part) -> tuple[Certificate, bytes]:
    issuer, serial = _one(identity, _SEQUENCE).parts()
    for part in field.parts():
        certificate = load_der_x509_certificate(part.encoded)
        named = certificate.issuer.public_bytes() == issuer.encoded
        if named and certificate.serial_number == int.from_bytes(serial.content, "big", signed=True):
            return certificate, part.encoded
    raise ValueError("it does not carry its signer's certificate")


def _hash_of(algorithm: Part) -> HashAlgorithm:
    found = _HASHES.get(_one(_one(algorithm, _SEQUENCE).parts()[0], _OBJECT).content)
    if found is None:
        raise ValueError("it uses a hash that is not taken")
    return found


def _attributes_in(attributes: Part) -> dict[bytes, Part]:
    """Set of values of each attribute, by its kind."""
    pairs = [part.parts() for part in attributes.parts()]
    found = {kind.content: _one(values, _SET) for kind, values in pairs}
    if len(found) != len(pairs) or _MESSAGE_DIGEST not in found:
        raise ValueError("it does not say what was signed")
    return found


def _names(said: dict[bytes, Part], certificate: bytes) -> bool:
    older, newer = said.get(_SIGNING_CERTIFICATE), said.get(_SIGNING_CERTIFICATE_2)
    if newer is not None:
        return any(hashlib.new(each.name, certificate).digest() in newer.content for each in _HASHES.values())
    return older is not None and hashlib.sha1(certificate, usedforsecurity=False).digest() in older.content


def _fits(certificate: Certificate, kind: Part, algorithm: HashAlgorithm, signature: bytes, content: bytes) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            is_pss = kind.parts()[0].content == _RSA_PSS
            pss = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
            key.verify(signature, content, pss if is_pss else padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(algorithm))
        else:
            raise ValueError("its signer's key is neither RSA nor ECDSA")
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _one(part: Part, tag: int) -> Part:
    if part.tag != tag:
        raise ValueError("it is not put together as it should be")
    return part


def _part_at(whole: bytes, at: int, end: int) -> Part:
    """The element that starts at `at`. Only tags of one byte and definite lengths, as DER has them here."""
    if end - at < 2 or whole[at] & 0x1F == 0x1F:
        raise ValueError("it is cut off")
    length, inside = whole[at + 1], at + 2
    if length >= 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or end - inside < count:
            raise ValueError("it is cut off")
        length, inside = int.from_bytes(whole[inside : inside + count], "big"), inside + count
    if inside + length > end:
        raise ValueError("it is cut off")
    return Part(whole, whole[at], at, inside, inside + length)
