"""Whatever is done to a capsule or its proof is found, and the finding names layer and file; both verifiers of ours
agree, as `judged` in samples.py has it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from tests.seal.samples import PLATFORM, entries_of, items_of, judged, manifest_of, packed, proof_of, refused, sample, tarred
from tests.seal.signing import key_of, sealed_by

from quapsule.seal.check import Report, verify
from quapsule.seal.format.archive import open_archive
from quapsule.seal.format.sealing import seal

OWN = ("capsule.yaml", ".checksums")


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]


def fully_judged(archive: bytes, proof: Mapping[str, Any] | None = None) -> Report:
    """With all that a careful reader knows from elsewhere."""
    report, _ = judged(archive, proof or sample().proof, sample().capsule_id, PLATFORM.key_id)
    return report


def test_the_untouched_capsule_is_verified() -> None:
    assert fully_judged(packed(sample().files)).status == "verified"


def each_bit(data: bytes) -> Iterator[bytes]:
    """Very many: the tests that run always flip one bit of each byte, those that take their time all of them."""
    for place in range(len(data)):
        for bit in range(8):
            yield data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def is_found_in(name: str, spoilt: bytes) -> bool:
    report, code = judged(packed({**sample().files, name: spoilt}), sample().proof, sample().capsule_id, PLATFORM.key_id)
    assert report.status == "broken" and code == 1, spoilt
    return any(found.file == name and (name in OWN or found.layer == "payload") for found in report.findings)


FILES = [name for name, content in sample().files.items() if content]


@pytest.mark.parametrize("name", FILES)
def test_each_flipped_byte_of_each_file_is_found_in_its_file(name: str) -> None:
    content = sample().files[name]
    assert all(is_found_in(name, flipped(content, place)) for place in range(len(content)))


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_each_flipped_bit_of_each_file_is_found_in_its_file(name: str) -> None:
    assert all(is_found_in(name, spoilt) for spoilt in each_bit(sample().files[name]))


@pytest.mark.slow
def test_both_verifiers_agree_on_each_flipped_bit_of_the_proof() -> None:
    archive = packed(sample().files)
    for spoilt in each_bit(json.dumps(sample().proof).encode()):
        try:
            proof = json.loads(spoilt)
        except ValueError:
            continue
        fully_judged(archive, proof)


def test_each_flipped_byte_of_the_archive_is_found_or_unpacks_to_the_same() -> None:
    archive, outcomes = packed(sample().files), Counter[str]()
    for spoilt in each_bit(archive):
        report = fully_judged(spoilt)
        outcomes[report.status] += 1
        if report.status == "verified":
            members = open_archive(BytesIO(spoilt)).members()
            assert {member.name: member.read() for member in members if not member.is_folder} == sample().files
        else:
            assert report.findings[0].layer == "archive"
    assert set(outcomes) == {"broken", "verified"}
    assert outcomes["broken"] + outcomes["verified"] == 8 * len(archive)
    # What may change is what a gzip stream says of itself: time, level, system, and the bits that fill its last byte.
    assert outcomes["verified"] < 64


def changes() -> dict[str, tuple[str, str, Callable[[dict[str, bytes]], dict[str, bytes]]]]:
    """what was done: (layer, file, how)"""

    def without(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
        return lambda files: {key: content for key, content in files.items() if key != name}

    def renamed(files: dict[str, bytes]) -> dict[str, bytes]:
        return {("results/Counts.json" if name == "results/counts.json" else name): content for name, content in files.items()}

    def swapped(files: dict[str, bytes]) -> dict[str, bytes]:
        first, second = "results/counts.json", "workflow/script.py"
        return {**files, first: files[second], second: files[first]}

    def relisted(files: dict[str, bytes]) -> dict[str, bytes]:
        """An insider who also makes a list that fits."""
        return {
            **files,
            "-empty": b"x",
            ".checksums": files[".checksums"].replace(sha256(b"").hexdigest().encode(), sha256(b"x").hexdigest().encode()),
        }

    return {
        "a file is added": ("payload", "data/extra", lambda files: {**files, "data/extra": b""}),
        "a decoy of the list is added": ("payload", "data/.checksums", lambda files: {**files, "data/.checksums": files[".checksums"]}),
        "a file is added beside the manifest": ("payload", "capsule.yml", lambda files: {**files, "capsule.yml": b"{}"}),
        "a file is removed": ("payload", "-empty", without("-empty")),
        "a file is renamed": ("payload", "results/counts.json", renamed),
        "two files are swapped": ("payload", "workflow/script.py", swapped),
        "a file is emptied": ("payload", "workflow/script.py", lambda files: {**files, "workflow/script.py": b""}),
        "the list fits the change": ("checksums", ".checksums", relisted),
        "the list is empty": ("checksums", ".checksums", lambda files: {**files, ".checksums": b""}),
        "the manifest is empty": ("manifest", "capsule.yaml", lambda files: {**files, "capsule.yaml": b""}),
        "the manifest is of no sealed capsule": ("manifest", "capsule.yaml", lambda files: {**files, "capsule.yaml": b'{"name": "x"}'}),
        "the manifest is a list": ("manifest", "capsule.yaml", lambda files: {**files, "capsule.yaml": b"[]"}),
    }


@pytest.mark.parametrize("what", changes())
def test_a_changed_set_of_files_is_found(what: str) -> None:
    layer, file, how = changes()[what]
    report = fully_judged(packed(how(sample().files)))
    assert report.status == "broken" and (layer, file) in {(found.layer, found.file) for found in report.findings}, report.findings


@pytest.mark.parametrize("missing", OWN)
def test_a_capsule_without_its_own_two_files_is_broken(missing: str) -> None:
    report = fully_judged(tarred(entries_of({name: content for name, content in sample().files.items() if name != missing})))
    assert report.status == "broken" and missing in {found.file for found in report.findings}


@pytest.mark.parametrize(
    "change",
    [
        ('"name"', '"name": "twice",\n  "name"'),
        ('"theta": 0.25', '"theta": NaN'),
        ('"theta": 0.25', '"theta": Infinity'),
        ('"theta": 0.25', '"theta": 1e400'),
        ('"shots": 1000', '"shots": 10000000000000000000'),
        ('"shots": 1000', '"shots": 9007199254740992'),
        ('"shots": 1000', '"shots": 1e19'),
        ('"shots": 1000', '"shots": 1001'),
        ('"Alice"', '"\\ud800"'),
        ('"Alice"', '"\x7f"'),
        ('"Alice"', '"\u2028"'),
        ('"Alice"', '"\x00"'),
        ('"parameters": {', '"parameters":\t{"a": 1,'),
        ('"parameters": {', '"e\u0301": 1, "\u00e9": 2, "parameters": {'),
        ('"parameters": {', '"deep": ' + "[" * 64 + "]" * 64 + ', "parameters": {'),
        ('"parameters": {', '"deep": ' + "[" * 100000 + "]" * 100000 + ', "parameters": {'),
        ('"parameters": {', '"a": &x [1], "b": *x, "parameters": {'),
        ('"parameters": {', '"a": !!binary aGk=, "parameters": {'),
        ('"parameters": {', '1: 2, "parameters": {'),
        ("{", "---\n{"),
        ("{", "\ufeff{"),
        ("}\n", "}\n---\n{}\n"),
    ],
)
def test_a_spoilt_manifest_is_found(change: tuple[str, str]) -> None:
    text = sample().sealed.manifest.decode()
    assert change[0] in text
    spoilt = text.replace(*change, 1) if change[0] != "}\n" else text[:-2] + change[1]
    if json_means_the_same(spoilt):
        return
    report = fully_judged(packed({**sample().files, "capsule.yaml": spoilt.encode("utf-8", "surrogatepass")}))
    assert report.status == "broken" and "capsule.yaml" in {found.file for found in report.findings}, report.findings


def json_means_the_same(text: str) -> bool:
    """A mark before the document, which YAML allows, changes nothing of what it says."""
    return text.startswith(("---\n", "\ufeff"))


# the proof


def test_each_flipped_byte_of_the_proof_is_found_or_changes_nothing_that_is_proven() -> None:
    text, archive, outcomes = json.dumps(sample().proof).encode(), packed(sample().files), Counter[str]()
    expected = fully_judged(archive)
    for place in range(len(text)):
        try:
            proof = json.loads(flipped(text, place))
        except ValueError:
            outcomes["no JSON"] += 1
            continue
        report = fully_judged(archive, proof)
        outcomes[report.status] += 1
        if report.status == "verified":
            assert (report.signatures, report.log) == (expected.signatures, expected.log), place
    assert sum(outcomes.values()) == len(text) and outcomes["broken"] > 1000
    # The names of keys and what nobody knows are not signed; a spelling of base64 may change in its last letter.
    assert outcomes["verified"] < 32, outcomes


def spoilt_proofs() -> dict[str, tuple[str, Mapping[str, Any]]]:
    proof, other, mallory = sample().proof, proof_of(seal(manifest_of(name="another"), items_of({})).capsule_id), key_of("mallory")
    own_key = {**proof["keys"][0], "kind": "platform"}

    def log(**parts: Any) -> dict[str, Any]:
        return {**deepcopy(proof), "log": {**deepcopy(proof["log"]), **parts}}

    return {
        "of another capsule": ("signature", other),
        "of another capsule, with this one's id": ("signature", {**other, "capsule_id": proof["capsule_id"]}),
        "another format": ("signature", {**proof, "format": "quapsule.capsule-proof/v2"}),
        "empty": ("signature", {}),
        "without keys": ("signature", {**proof, "keys": []}),
        "the key of a person": ("signature", {**proof, "keys": [{**own_key, "kind": "user"}]}),
        "a key under another's name": ("signature", {**proof, "keys": [{**own_key, "key_id": mallory.key_id}]}),
        "a key twice": ("signature", {**proof, "keys": [own_key, own_key]}),
        "no envelope": ("signature", {**proof, "envelopes": []}),
        "by somebody else": ("signature", {**proof, "envelopes": [json.loads(sealed_by(mallory, proof["capsule_id"]))]}),
        "two signatures in one envelope": (
            "signature",
            {**proof, "envelopes": [{**proof["envelopes"][0], "signatures": proof["envelopes"][0]["signatures"] * 2}]},
        ),
        "another payload type": ("signature", {**proof, "envelopes": [{**proof["envelopes"][0], "payloadType": "text/plain"}]}),
        "another index": ("log", log(index=3)),
        "an index beyond the tree": ("log", log(index=7)),
        "an index that is no number": ("log", log(index="4")),
        "an index that is true": ("log", log(index=True)),
        "another size": ("log", log(tree_size=8)),
        "another entry": ("log", log(entry=other["log"]["entry"])),
        "a shorter way": ("log", log(inclusion=proof["log"]["inclusion"][:-1])),
        "a longer way": ("log", log(inclusion=[*proof["log"]["inclusion"], proof["log"]["inclusion"][0]])),
        "the way in another order": ("log", log(inclusion=proof["log"]["inclusion"][::-1])),
        "another log's checkpoint": ("log", log(checkpoint=other["log"]["checkpoint"])),
        "a checkpoint of another name": ("log", log(origin="elsewhere")),
        "a checkpoint without a signature": ("log", log(checkpoint=proof["log"]["checkpoint"].split("— ")[0])),
        "no checkpoint": ("log", log(checkpoint=None)),
        "a log that is none": ("log", {**proof, "log": []}),
    }


@pytest.mark.parametrize("what", spoilt_proofs())
def test_a_spoilt_proof_is_found(what: str) -> None:
    layer, proof = spoilt_proofs()[what]
    report = fully_judged(packed(sample().files), proof or {"format": ""})
    assert report.status == "broken" and layer in {found.layer for found in report.findings}, report.findings
    assert {found.file for found in report.findings} == {"proof"}


@pytest.mark.parametrize("proof", [{}, {"keys": []}, {"envelopes": None, "keys": None, "log": 1, "timestamps": {}}])
def test_a_proof_of_any_shape_raises_nothing(proof: dict[str, Any]) -> None:
    head = {"format": "quapsule.capsule-proof/v1", "capsule_id": sample().capsule_id}
    for given in (proof, {**head, **proof}):
        report, code = judged(packed(sample().files), given, None, None)
        assert report.exit_code == code, (given, report)


@pytest.mark.parametrize("manifest", [b"{}", b"{}\n"])
def test_a_manifest_that_says_nothing_is_broken_whatever_the_files_are(manifest: bytes) -> None:
    report = refused(packed({**sample().files, "capsule.yaml": manifest}))
    assert [(found.layer, found.file) for found in report.findings] == [("manifest", "capsule.yaml")]


@pytest.mark.parametrize("before", [b" ", b"\n", b"# ours\n", "\ufeff".encode()])
def test_our_own_manifest_has_one_spelling_from_its_first_byte_on(before: bytes) -> None:
    files = {**sample().files, "capsule.yaml": before + sample().files["capsule.yaml"]}
    assert verify(BytesIO(packed(files)), signer=PLATFORM.key_id, proof=sample().proof).status == "broken"
