import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tests.seal.signing import key_of

from quapsule.errors import Problem
from quapsule.seal.trust.checkpoint import Checkpoint, key_hash, open_note, read_checkpoint, sign_note, write_checkpoint
from quapsule.seal.trust.keys import SigningKey, encode_base64

ORIGIN, ROOT = "quapsule.example/seal-log", sha256(b"root").digest()
KEY = key_of("platform")
NOTE = write_checkpoint(KEY, ORIGIN, 7, ROOT)


def refused(note: str, key: SigningKey = KEY) -> bool:
    try:
        read_checkpoint(note, key.public_bytes)
    except Problem as problem:
        return problem.code == "signature_invalid"
    return False


def test_no_letter_of_a_checkpoint_can_be_changed() -> None:
    for at, letter in enumerate(NOTE):
        for other in {chr(ord(letter) ^ 1), "\n", " ", "A"} - {letter}:
            assert refused(NOTE[:at] + other + NOTE[at + 1 :]), at
        assert refused(NOTE[:at]) and refused(NOTE[:at] + NOTE[at + 1 :])


def test_a_checkpoint_of_another_key_or_under_another_name_is_refused() -> None:
    assert refused(NOTE, key_of("other"))
    assert refused(sign_note(KEY, "another.example/log", f"{ORIGIN}\n7\n{encode_base64(ROOT)}\n"))


def test_a_signed_text_that_is_no_checkpoint_is_refused() -> None:
    root = encode_base64(ROOT)
    for text in (
        f"{ORIGIN}\n",
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n07\n{root}\n",
        f"{ORIGIN}\n-7\n{root}\n",
        f"{ORIGIN}\n٧\n{root}\n",
        f"{ORIGIN}\n{10**19}\n{root}\n",
        f"{ORIGIN}\n7\n{root[:-4]}\n",
        f"{ORIGIN}\n7\nnot base64\n",
        f"{ORIGIN}\n7\n{root}\n\nafter an empty line\n",
    ):
        assert refused(sign_note(KEY, ORIGIN, text))


def test_a_name_or_text_that_notes_cannot_have_is_not_signed() -> None:
    for origin in ("", "with space", "with\u2003space", "with+plus", "with\nnewline", "with\ttab", "\ud800"):
        with pytest.raises(Problem):
            write_checkpoint(KEY, origin, 7, ROOT)
    for size, root in ((-1, ROOT), (7, ROOT[:-1])):
        with pytest.raises(Problem):
            write_checkpoint(KEY, ORIGIN, size, root)
    for text in ("no newline", "a bell \a\n"):
        with pytest.raises(Problem):
            sign_note(KEY, ORIGIN, text)


@given(st.text(max_size=300) | st.text(max_size=80).map(lambda text: f"{ORIGIN}\n7\n{text}\n\n— {ORIGIN} {text}\n"))
def test_any_other_text_is_refused_and_nothing_worse(text: str) -> None:
    assert refused(text)


def test_a_key_of_ours_that_signed_wrongly_spoils_the_note() -> None:
    body, line = NOTE.split("\n\n")
    wrong = sign_note(KEY, ORIGIN, f"{ORIGIN}\n8\n{encode_base64(ROOT)}\n").split("\n\n")[1]
    assert refused(f"{body}\n\n{wrong}")
    assert refused(f"{body}\n\n{line}{wrong}")
    assert refused(f"{body}\n\n{line}" + line * 101)


def test_signatures_of_others_are_passed_over() -> None:
    body, line = NOTE.split("\n\n")
    others = [sign_note(key_of(name), ORIGIN, body + "\n").split("\n\n")[1] for name in ("witness", "older")]
    others.append(f"— {ORIGIN} {encode_base64(key_hash(ORIGIN, key_of('x').public_bytes) + b'of another kind')}\n")
    assert read_checkpoint(f"{body}\n\n" + "".join(others) + line, KEY.public_bytes) == Checkpoint(ORIGIN, 7, ROOT)


def test_lines_after_the_root_are_signed_and_otherwise_passed_over() -> None:
    note = sign_note(KEY, ORIGIN, f"{ORIGIN}\n7\n{encode_base64(ROOT)}\nextension\n")
    assert read_checkpoint(note, KEY.public_bytes) == Checkpoint(ORIGIN, 7, ROOT)
    assert refused(note.replace("extension", "Extension"))


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32), st.from_regex(r"[a-zäé0-9./_-]{1,40}", fullmatch=True))
def test_what_is_written_is_read(size: int, root: bytes, origin: str) -> None:
    note = write_checkpoint(KEY, origin, size, root)
    assert read_checkpoint(note, KEY.public_bytes) == Checkpoint(origin, size, root)


def test_notes_are_those_of_the_reference_implementation() -> None:
    # golang.org/x/mod/sumdb/note: its signer, its verifier and the note that they make.
    seed = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")
    public = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(seed[1:]))
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    note = text + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    assert key.public_bytes == public[1:] and key_hash("PeterNeumann", key.public_bytes).hex() == "c74f20a3"
    assert sign_note(key, "PeterNeumann", text) == note
    assert open_note(note, "PeterNeumann", key.public_bytes) == text
