"""Ed25519 keys: the platform's and those of people, as files; public ones as 32 bytes, named by their fingerprint."""

import base64
import binascii
import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from quapsule.errors import Problem

_PUBLIC_BYTES = 32
_LARGEST_FILE = 1 << 16
_FINGERPRINT = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)

# Points of small order: a signature by one of them holds for many texts, so that it says nothing. The sign bit does not matter.
_SMALL_ORDER = frozenset(
    bytes.fromhex(point)
    for point in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


class SigningKey:
    """A private key at hand. public_bytes: 32 bytes; key_id: their fingerprint."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_bytes = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = fingerprint(self.public_bytes)

    def __repr__(self) -> str:
        return f"SigningKey({shown(self.key_id)})"

    def sign(self, message: bytes) -> bytes:
        """64 bytes (RFC 8032, pure Ed25519)."""
        return self._private.sign(message)

    def private_pem(self) -> bytes:
        """PKCS #8, unencrypted: for the key's own file only."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def public_pem(self) -> str:
        """What may be given away."""
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def new_key() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate())


def load_or_make(path: Path) -> SigningKey:
    """The key of a file, which is made, for its owner alone, when there is none. Raises Problem not_ready."""
    try:
        return load_key(path)
    except FileNotFoundError:
        pass
    try:
        return make_key(path)
    except FileExistsError:  # a twin was faster
        return load_key(path)


def load_key(path: Path) -> SigningKey:
    """Raises FileNotFoundError; Problem not_ready when the file is no Ed25519 key in PEM, or one that others can read or replace."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_LARGEST_FILE)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Problem("not_ready", f"The key {path} cannot be read: {error.strerror}.") from error
    if os.name == "posix" and mode & 0o027:
        raise Problem("not_ready", f"The key {path} is open to others.", hint=f"chmod 600 {path}; if others came to it, make a new one.")
    try:
        private = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Problem("not_ready", f"{path} is not an unencrypted private key in PEM.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise Problem("not_ready", f"The key {path} is not an Ed25519 key.")
    return SigningKey(private)


def make_key(path: Path) -> SigningKey:
    """A new key in a new file, 0600, on disk before anything is signed with it. Raises FileExistsError, Problem not_ready."""
    key = new_key()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp: 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(key.private_pem())
                file.flush()
                os.fsync(file.fileno())
            os.link(half, path)  # not over one that stands
        finally:
            Path(half).unlink()
        _sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise Problem("not_ready", f"The key {path} cannot be made: {error.strerror}.") from error
    return key


def fingerprint(public: bytes) -> str:
    """SHA-256, in hex, of the 32 bytes of a public key: what a signer is known by."""
    return sha256(public).hexdigest()


def shown(key_id: str) -> str:
    """A fingerprint as people see it."""
    return f"SHA256:{key_id}"


def read_fingerprint(text: str) -> str:
    """A fingerprint as people give it, with or without SHA256:, as a key id. Raises Problem validation_error."""
    found = _FINGERPRINT.fullmatch(text.strip())
    if not found:
        raise Problem("validation_error", "Not a fingerprint.", hint="It looks like SHA256: and 64 hex digits.")
    return found.group(1).lower()


def read_public_key(text: str) -> bytes:
    """The 32 bytes of a public key, given as PEM or as base64. Raises Problem validation_error."""
    try:
        if "-----BEGIN" in text:
            key = load_pem_public_key(text.encode("ascii", "strict"))
            if not isinstance(key, Ed25519PublicKey):
                raise ValueError("not Ed25519")
            public = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        else:
            public = decode_base64(text.strip())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Problem("validation_error", "Not an Ed25519 public key, in PEM or as base64 of its 32 bytes.") from error
    if not is_public_key(public):
        raise Problem("validation_error", "Not an Ed25519 public key, in PEM or as base64 of its 32 bytes.")
    return public


def is_public_key(public: bytes) -> bool:
    """32 bytes that stand for a key which can be signed with."""
    if len(public) != _PUBLIC_BYTES or public[:-1] + bytes([public[-1] & 0x7F]) in _SMALL_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public)
    except ValueError:
        return False
    return True


def verify_signature(public: bytes, signature: bytes, message: bytes) -> bool:
    """Never raises: what is no key or no signature has signed nothing."""
    if not is_public_key(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def encode_base64(content: bytes) -> str:
    """Standard alphabet, padded (RFC 4648, section 4)."""
    return base64.b64encode(content).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Only the one spelling that encode_base64 would give. Raises ValueError."""
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if encode_base64(content) != text:
        raise ValueError("not the usual base64")
    return content


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
