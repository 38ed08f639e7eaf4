import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from tests.seal.signing import key_of

from quapsule.errors import Problem
from quapsule.seal.trust.keys import (
    SigningKey,
    decode_base64,
    encode_base64,
    fingerprint,
    is_public_key,
    load_key,
    load_or_make,
    make_key,
    read_fingerprint,
    read_public_key,
    shown,
    verify_signature,
)


def test_a_key_that_others_can_read_or_replace_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seal.pem"
    load_or_make(path)
    for mode in (0o604, 0o620, 0o601, 0o666):
        path.chmod(mode)
        with pytest.raises(Problem, match="open to others") as refused:
            load_or_make(path)
        assert refused.value.code == "not_ready" and "chmod 600" in (refused.value.hint or "")


def test_a_file_that_is_no_ed25519_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "seal.pem"
    key = Ed25519PrivateKey.generate()
    for content in (
        b"",
        b"not a key",
        Ed448PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
        key_of("a").public_pem().encode(),
    ):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(Problem) as refused:
            load_or_make(path)
        assert refused.value.code == "not_ready" and str(path) in refused.value.message
        assert path.read_bytes() == content


def test_a_key_is_not_made_over_one_that_stands(tmp_path: Path) -> None:
    path = tmp_path / "my.pem"
    first = make_key(path)
    with pytest.raises(FileExistsError):
        make_key(path)
    assert load_key(path).key_id == first.key_id and [file.name for file in tmp_path.iterdir()] == ["my.pem"]


def test_a_key_that_is_not_there_is_not_made_by_loading(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_key(tmp_path / "none.pem")


def test_a_folder_that_cannot_hold_a_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem) as refused:
        load_or_make(tmp_path / "file" / "seal.pem")
    assert refused.value.code == "not_ready"


def test_points_of_small_order_are_no_keys() -> None:
    # The identity: with it, R = identity and S = 0 "sign" every text.
    identity = b"\x01" + bytes(31)
    assert not verify_signature(identity, identity + bytes(32), b"any text")
    for public in (bytes(32), identity, bytes(31) + b"\x80", b"\xec" + b"\xff" * 30 + b"\x7f", b"short", bytes(33)):
        assert not is_public_key(public)
        with pytest.raises(Problem, match="Not an Ed25519 public key"):
            read_public_key(encode_base64(public))


def test_a_public_key_of_another_kind_or_spelling_is_refused() -> None:
    public = key_of("a").public_bytes
    other = Ed448PrivateKey.generate().public_key()
    from cryptography.hazmat.primitives.serialization import PublicFormat

    for text in (
        "",
        "é",
        "-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n",
        other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        encode_base64(public)[:-1],
        encode_base64(public)[:-2] + "x=",
    ):
        with pytest.raises(Problem):
            read_public_key(text)
    for text in ("", "abc", "SHA256:" + "0" * 63, "md5:" + "0" * 64):
        with pytest.raises(Problem, match="Not a fingerprint"):
            read_fingerprint(text)


def test_a_changed_text_signature_or_key_does_not_verify() -> None:
    key, other = key_of("a"), key_of("b")
    signature = key.sign(b"text")
    assert verify_signature(key.public_bytes, signature, b"text")
    assert not verify_signature(key.public_bytes, signature, b"texT")
    assert not verify_signature(other.public_bytes, signature, b"text")
    assert not verify_signature(key.public_bytes, signature[:-1], b"text")
    assert not any(
        verify_signature(key.public_bytes, signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :], b"text") for at in range(64)
    )


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path, before = tmp_path / "keys" / "seal.pem", os.umask(0)
    try:
        with ThreadPoolExecutor(8) as pool:
            keys = list(pool.map(load_or_make, [path] * 8))
    finally:
        os.umask(before)
    assert len({key.key_id for key in keys}) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["seal.pem"]


def test_the_private_key_is_in_no_repr() -> None:
    key = key_of("a")
    assert repr(key) == f"SigningKey(SHA256:{key.key_id})"


def test_signatures_are_those_of_rfc_8032() -> None:
    key = SigningKey(
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    )
    assert key.public_bytes.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert key.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_a_public_key_and_its_fingerprint_are_read_as_they_are_shown() -> None:
    key = key_of("a")
    assert read_public_key(key.public_pem()) == read_public_key(encode_base64(key.public_bytes) + "\n") == key.public_bytes
    assert read_fingerprint(shown(key.key_id)) == read_fingerprint(key.key_id.upper()) == key.key_id == fingerprint(key.public_bytes)


def test_base64_has_one_spelling() -> None:
    assert decode_base64("AQI=") == b"\x01\x02"
    for text in ("AQJ=", "AQI", "AQI=\n", "A Q I=", "-_-_", "é"):
        with pytest.raises(ValueError, match="base64"):
            decode_base64(text)
