"""A signed head of the seal log: C2SP tlog-checkpoint, a signed note of the log's name, its size and its root."""

import re
from dataclasses import dataclass
from hashlib import sha256

from quapsule.errors import Problem
from quapsule.seal.trust.keys import SigningKey, decode_base64, encode_base64, verify_signature
from quapsule.seal.trust.log import HASH_BYTES

_ED25519 = b"\x01"
_LARGEST = 1 << 16
_MOST_SIGNATURES = 100
_SIGNATURE = re.compile(r"— (\S+) (\S+)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Checkpoint:
    """origin: the log's name. size: leaves. root: 32 bytes."""

    origin: str
    size: int
    root: bytes


def write_checkpoint(key: SigningKey, origin: str, size: int, root: bytes) -> str:
    """The signed note, whose signer bears the log's name. Raises Problem signature_invalid."""
    text = f"{origin}\n{size}\n{encode_base64(root)}\n"
    _read_body(text)
    return sign_note(key, origin, text)


def read_checkpoint(note: str, public_key: bytes) -> Checkpoint:
    """The checkpoint, once this key's signature under the log's name was found right. Raises Problem signature_invalid."""
    text, _ = _parts(note)
    found = _read_body(text)
    open_note(note, found.origin, public_key)
    return found


def sign_note(key: SigningKey, name: str, text: str) -> str:
    """A C2SP signed note. text ends with a newline. Raises Problem signature_invalid."""
    _check_name(name)
    if not text.endswith("\n") or _has_controls(text):
        raise _unfit("A note's text ends with a newline and has no other control character.")
    signature = key_hash(name, key.public_bytes) + key.sign(text.encode())
    return f"{text}\n— {name} {encode_base64(signature)}\n"


def open_note(note: str, name: str, public_key: bytes) -> str:
    """The text of a note that this key signed under this name; other signatures are passed over. Raises Problem signature_invalid."""
    text, signatures = _parts(note)
    of_key = key_hash(name, public_key)
    found = [content[4:] for signer, content in signatures if signer == name and content[:4] == of_key]
    if not found:
        raise _unfit("The note is not signed by this key.")
    if len(found) > 1 or not verify_signature(public_key, found[0], text.encode()):
        raise _unfit("The note's signature does not fit its text.")
    return text


def key_hash(name: str, public_key: bytes) -> bytes:
    """The 4 bytes by which a note's signature names its key; a hint, too short to trust."""
    return sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text with its newline, and (name, key hash and signature) of each signature line."""
    if len(note) > _LARGEST or _has_controls(note):
        raise _unfit("The note is too large, or has control characters.")
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise _unfit("The note has no signatures.")
    signatures: list[tuple[str, bytes]] = []
    for line in lines[:-1].split("\n"):
        found = _SIGNATURE.fullmatch(line)
        if not found or len(signatures) == _MOST_SIGNATURES:
            raise _unfit("The note has a line that is no signature.")
        try:
            content = decode_base64(found.group(2))
        except ValueError as error:
            raise _unfit("The note has a signature that is not base64.") from error
        if len(content) < 5:
            raise _unfit("The note has a signature that is too short.")
        _check_name(found.group(1))
        signatures.append((found.group(1), content))
    return text + "\n", signatures


def _read_body(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise _unfit("The checkpoint does not have the lines of one.")
    origin, size, root = lines[:3]
    _check_name(origin)
    if not _SIZE.fullmatch(size):
        raise _unfit("The checkpoint's size is not a number.")
    try:
        found = decode_base64(root)
    except ValueError as error:
        raise _unfit("The checkpoint's root is not base64.") from error
    if len(found) != HASH_BYTES:
        raise _unfit(f"The checkpoint's root is not {HASH_BYTES} bytes.")
    return Checkpoint(origin, int(size), found)


def _check_name(name: str) -> None:
    if not name or "+" in name or any(letter.isspace() for letter in name) or _has_controls(name):
        raise _unfit("A log's name has no spaces, no plus sign and no control characters.")


def _has_controls(text: str) -> bool:
    """Control characters other than newline; halves of surrogate pairs, which are no UTF-8, as well."""
    return any((letter < " " and letter != "\n") or "\ud800" <= letter <= "\udfff" for letter in text)


def _unfit(message: str) -> Problem:
    return Problem("signature_invalid", message)
