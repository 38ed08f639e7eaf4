import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.seal.signing import AT, Nodes, id_of, key_of, sealed_by

from quapsule.errors import Problem
from quapsule.seal.trust.checkpoint import write_checkpoint
from quapsule.seal.trust.envelope import make_envelope
from quapsule.seal.trust.keys import encode_base64
from quapsule.seal.trust.log import inclusion_proof, root_at
from quapsule.seal.trust.proof import LARGEST_PROOF, LogPlace, ProofReport, PublicKey, check_proof, make_proof, read_proof

ORIGIN = "quapsule.example/seal-log"
PLATFORM, ALICE, MALLORY = key_of("platform"), key_of("alice"), key_of("mallory")
CAPSULE, OTHER = id_of("bell"), id_of("ghz")
LOGGED = [id_of(str(number)) for number in range(4)] + [CAPSULE] + [id_of(str(number)) for number in range(5, 11)]
NODES = Nodes([each.encode() for each in LOGGED])
KEYS = [PublicKey(PLATFORM.public_bytes, "platform", "Quapsule"), PublicKey(ALICE.public_bytes, "user", "Alice")]


def place_of(capsule_id: str, size: int = 11) -> LogPlace:
    index = LOGGED.index(capsule_id)
    note = write_checkpoint(PLATFORM, ORIGIN, size, root_at(size, NODES))
    return LogPlace(ORIGIN, index, size, inclusion_proof(index, size, NODES), note)


APPROVAL = make_envelope(ALICE, CAPSULE, "bell", "Alice", "6f1c", "approval", AT)
PROOF = make_proof(CAPSULE, [sealed_by(PLATFORM, CAPSULE), APPROVAL], KEYS, place_of(CAPSULE))


def changed(**parts: Any) -> dict[str, Any]:
    return {**deepcopy(PROOF), **parts}


def with_log(**parts: Any) -> dict[str, Any]:
    return changed(log={**deepcopy(PROOF["log"]), **parts})


def layers(proof: Any, capsule_id: str = CAPSULE) -> set[str]:
    return {layer for layer, _ in check_proof(proof, capsule_id).problems}


def test_a_proof_of_another_capsule_or_of_another_format_proves_nothing() -> None:
    without = {key: value for key, value in PROOF.items() if key != "log"}
    for proof in (
        PROOF,
        {},
        [],
        None,
        "text",
        without,
        changed(extra=None),
        changed(format="quapsule.capsule-proof/v2"),
        changed(capsule_id=OTHER),
    ):
        report = check_proof(proof, OTHER if proof is PROOF else CAPSULE)  # type: ignore[arg-type]
        assert [layer for layer, _ in report.problems] == ["signature"] and report.signatures == () and report.log is None
    relabelled = changed(capsule_id=OTHER)
    assert layers(relabelled, OTHER) == {"signature", "log"} and check_proof(relabelled, OTHER).signatures == ()


def test_a_signature_that_does_not_fit_is_found_and_the_others_stand() -> None:
    broken = json.loads(APPROVAL)
    broken["signatures"][0]["sig"] = encode_base64(bytes(64))
    report = check_proof(changed(envelopes=[PROOF["envelopes"][0], broken, None, 7]), CAPSULE)
    assert [layer for layer, _ in report.problems] == ["signature"] * 3 and "'Alice'" in report.problems[0][1]
    assert [signature.meaning for signature in report.signatures] == ["seal"]


def test_a_signature_of_a_key_that_is_not_there_or_bears_anothers_fingerprint_is_found() -> None:
    assert layers(changed(keys=PROOF["keys"][:1])) == {"signature"}
    forged = deepcopy(PROOF["keys"])
    forged[0]["public_key"] = encode_base64(MALLORY.public_bytes)
    for keys in (
        forged,
        PROOF["keys"] * 2,
        None,
        {},
        [None],
        [{}],
        [{**PROOF["keys"][0], "kind": "god"}],
        [{**PROOF["keys"][0], "name": 1}],
    ):
        assert "signature" in layers(changed(keys=keys)) and not check_proof(changed(keys=keys), CAPSULE).is_signed_by(PLATFORM.key_id)


def test_nobody_signs_as_what_their_key_is_not() -> None:
    for key, meaning, lent in (
        (ALICE, "seal", False),
        (ALICE, "approval", True),
        (PLATFORM, "approval", False),
        (PLATFORM, "seal", True),
    ):
        envelope = make_envelope(key, CAPSULE, "bell", "Alice", None, meaning, AT, on_behalf_of=lent)
        report = check_proof(make_proof(CAPSULE, [envelope], KEYS), CAPSULE)
        assert report.signatures == () and [layer for layer, _ in report.problems] == ["signature"]


def test_a_place_that_the_checkpoint_does_not_hold_is_found() -> None:
    other = place_of(LOGGED[2])
    larger = write_checkpoint(PLATFORM, ORIGIN, 12, root_at(11, NODES))
    by_alice = write_checkpoint(ALICE, ORIGIN, 11, root_at(11, NODES))
    elsewhere = write_checkpoint(PLATFORM, "other.example/log", 11, root_at(11, NODES))
    for proof in (
        with_log(index=3),
        with_log(index=11),
        with_log(index=-1),
        with_log(index=True),
        with_log(index="4"),
        with_log(tree_size=12),
        with_log(checkpoint=larger),
        with_log(checkpoint=by_alice),
        with_log(checkpoint=elsewhere),
        with_log(checkpoint=PROOF["log"]["checkpoint"].replace("\n11\n", "\n12\n")),
        with_log(checkpoint=None),
        with_log(origin="other.example/log"),
        with_log(entry=encode_base64(OTHER.encode())),
        with_log(inclusion=[encode_base64(each) for each in other.inclusion]),
        with_log(inclusion=PROOF["log"]["inclusion"][::-1]),
        with_log(inclusion=PROOF["log"]["inclusion"][1:]),
        with_log(inclusion=["*"]),
        with_log(inclusion=[None]),
        with_log(inclusion=None),
        with_log(inclusion=PROOF["log"]["inclusion"] * 100),
        changed(log=[]),
        changed(log={}),
        changed(log=7),
    ):
        report = check_proof(proof, CAPSULE)
        assert [layer for layer, _ in report.problems] == ["log"] and report.log is None and len(report.signatures) == 2


def test_a_timestamp_that_is_none_is_found() -> None:
    for stamp in (
        None,
        {},
        {"authority": "x", "token": "*"},
        {"authority": "x", "token": encode_base64(b"no DER")},
        {"authority": 1, "token": ""},
    ):
        report = check_proof(changed(timestamps=[stamp]), CAPSULE)
        assert [layer for layer, _ in report.problems] == ["timestamp"] and report.timestamps == ()
    assert layers(changed(timestamps=None)) == {"timestamp"}


def test_a_proof_file_that_could_be_read_in_two_ways_is_refused() -> None:
    text = json.dumps(PROOF)
    for content in (
        text[:-1],
        text.replace('"keys":', '"keys": [], "keys":'),
        text.replace('"index": 4', '"index": NaN'),
        "[]",
        b"\xff",
        "[" * 100_000,
        " " * (LARGEST_PROOF + 1),
    ):
        with pytest.raises(Problem) as refused:
            read_proof(content)
        assert refused.value.code == "signature_invalid"


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in paths(each, (*path, key)))]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([path for path in paths(PROOF) if path]), json_values)
def test_anything_in_place_of_a_part_gives_problems_and_nothing_worse(path: tuple[Any, ...], value: Any) -> None:
    proof = deepcopy(PROOF)
    target = proof
    for step in path[:-1]:
        target = target[step]
    before, target[path[-1]] = target[path[-1]], value
    report = check_proof(proof, CAPSULE)
    assert isinstance(report, ProofReport)
    assert json.dumps([report.problems, [vars(signature) for signature in report.signatures]])
    free = path[-1] in ("name", "log") and path[:2] != ("log", "name")  # a key's name is nobody's word; a proof may have no log
    if value != before and not free and value != []:
        assert report.problems or path[0] in ("envelopes",)


@given(json_values | st.dictionaries(st.sampled_from(list(PROOF)), json_values))
def test_whatever_comes_as_a_proof_gives_problems_and_nothing_worse(proof: Any) -> None:
    assert check_proof(proof, CAPSULE).problems


def test_no_letter_of_a_proofs_text_can_be_changed_unnoticed() -> None:
    text = json.dumps(PROOF)
    whole = check_proof(read_proof(text), CAPSULE)
    for at in range(len(text)):
        flipped = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        try:
            report = check_proof(read_proof(flipped), CAPSULE)
        except Problem:
            continue
        # Base64 of an envelope has spare bits, and a key's printed name is nobody's word: what is proven is the same then.
        assert report.problems or (report.signatures, report.log) == (whole.signatures, whole.log), (at, text[at - 20 : at + 20])


def test_a_proof_proves_the_signatures_and_the_place_in_the_log() -> None:
    report = check_proof(read_proof(json.dumps(PROOF)), CAPSULE)
    assert report.problems == ()
    assert [(each.key_id, each.kind, each.name, each.meaning, each.signed_at, each.on_behalf_of) for each in report.signatures] == [
        (PLATFORM.key_id, "platform", "Quapsule", "seal", AT, False),
        (ALICE.key_id, "user", "Alice", "approval", AT, False),
    ]
    assert report.log is not None and (report.log.origin, report.log_index, report.log.tree_size) == (ORIGIN, 4, 11)
    assert report.log.key_id == PLATFORM.key_id
    assert report.is_signed_by(ALICE.key_id) and not report.is_signed_by(MALLORY.key_id)


def test_a_proof_may_be_without_a_log_without_signatures_and_by_a_platform_for_a_person() -> None:
    assert check_proof(make_proof(CAPSULE, [], []), CAPSULE) == ProofReport()
    lent = make_envelope(PLATFORM, CAPSULE, "bell", "Alice", "6f1c", "responsibility", AT, on_behalf_of=True)
    (signature,) = check_proof(make_proof(CAPSULE, [lent], [*KEYS, *KEYS]), CAPSULE).signatures
    assert signature.on_behalf_of and signature.kind == "platform" and signature.name == "Alice"
