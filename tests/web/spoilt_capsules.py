"""Sealed capsules, whole and spoilt in every way that comes to mind, with what their reader knows from elsewhere."""

import base64
import copy
import gzip
import json
import random
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any

from tests.seal.samples import PLATFORM, TOP, entries_of, gzipped, items_of, manifest_of, packed, proof_of, sample, tarred
from tests.seal.signing import id_of, key_of

from quapsule.seal.format.archive import pack
from quapsule.seal.format.sealing import seal
from quapsule.seal.trust.envelope import PAYLOAD_TYPE, pae
from quapsule.seal.trust.keys import encode_base64

SIGNER = PLATFORM.key_id


@dataclass(frozen=True)
class Case:
    """`proof`: the bytes of its file. `id`, `signer`: what the reader knows."""

    name: str
    archive: bytes
    proof: bytes | None = None
    id: str | None = None
    signer: str | None = None


def all_cases() -> Iterator[Case]:
    yield from whole()
    yield from shaped()
    yield from spoilt_gzip()
    yield from spoilt_tar()
    yield from spoilt_manifest()
    yield from spoilt_list()
    yield from spoilt_proof()


def every_byte() -> Iterator[Case]:
    """Each byte of a small archive and of its proof, changed in turn."""
    archive, proof = packed(sample().files), json.dumps(sample().proof).encode()
    chance = random.Random(5)
    for at in range(len(archive)):
        yield Case(f"archive byte {at}", _flipped(archive, at, chance), proof, None, SIGNER)
    for at in range(len(proof)):
        yield Case(f"proof byte {at}", archive, _flipped(proof, at, chance), None, SIGNER)
    tar = gzip.decompress(archive)
    for at in range(0, len(tar), 3):
        yield Case(f"tar byte {at}", gzipped(_flipped(tar, at, chance)), proof, None, SIGNER)


def whole() -> Iterator[Case]:
    archive, proof, found = packed(sample().files), json.dumps(sample().proof).encode(), sample().capsule_id
    for given in (None, proof):
        for known in (None, found, id_of("another")):
            for signer in (None, SIGNER, key_of("mallory").key_id):
                yield Case("whole", archive, given, known, signer)


def shaped() -> Iterator[Case]:
    odd: dict[str, dict[str, bytes]] = {
        "empty": {},
        "long": {"x" * 90 + "/" + "y" * 90: b"1", "a" * 99: b"2", "a" * 100: b"3", "a" * 101: b"4", "ä" * 60: b"5"},
        "unicode": {"日本/量子.txt": b"", "ä": b"", "é": b"", "😀": b"x", "\uff5e": b"y"},
        "escapes": {"50%": b"", "a%5Cb": b"", "%25": b""},
        "order": {"a/b": b"", "a-b": b"", "a.b": b"", "-": b"", "B": b"x", "a0": b""},
        "large": {"zeros": bytes(3 << 20), "numbers": b"".join(b"%d\n" % number for number in range(100_000))},
    }
    for what, files in odd.items():
        manifest = manifest_of(
            name=what,
            tags=[what, "\x00\x7f\u2028\ufeff\U0010fffe", "e\u0301"],
            numbers=[1e21, 5e-324, -0.1, 1e-5, 0.00012, 1.5e-10, 3.0, -0.0, 1e300, 123456.789, 2.5e15],
            **{"10": 1, "9": 2, "__proto__": {"a": [], "b": {}}, "é😀": None, "\uff5e": True},
        )
        sealed = seal(manifest, items_of(files))
        out = BytesIO()
        pack("a top", sealed.manifest, sealed.checksums, items_of(files), out)
        yield Case(f"shape {what}", out.getvalue(), json.dumps(proof_of(sealed.capsule_id)).encode(), sealed.capsule_id, SIGNER)


def spoilt_gzip() -> Iterator[Case]:
    archive, chance = packed(sample().files), random.Random(1)
    for at in chance.sample(range(len(archive)), 120):
        yield Case(f"gzip bit at {at}", _flipped(archive, at, chance))
    for length in (*range(12), 50, len(archive) // 2, len(archive) - 9, len(archive) - 8, len(archive) - 1):
        yield Case(f"cut off at {length}", archive[:length])
    for name, behind in (("letter", b"x"), ("zero", b"\0"), ("empty stream", gzip.compress(b"")), ("itself", archive)):
        yield Case(f"{name} behind", archive + behind)
    for name, data in (
        ("zip", b"PK\x03\x04" + bytes(30)),
        ("text", b"no capsule"),
        ("name", _named(archive)),
        ("nothing", gzip.compress(b"")),
    ):
        yield Case(f"a file of {name}", data)


def spoilt_tar() -> Iterator[Case]:
    tar, chance = gzip.decompress(packed(sample().files)), random.Random(2)
    used = len(tar.rstrip(b"\0")) + 600
    for at in chance.sample(range(used), 250):
        yield Case(f"tar bit at {at}", gzipped(_flipped(tar, at, chance)))
    yield from (Case(f"tar of {length}", gzipped(tar[:length])) for length in (0, 100, 512, 1024, 2000, used, len(tar) - 512, len(tar) - 1))
    yield Case("longer tar", gzipped(tar + bytes(10240)))
    yield Case("tar with a block", gzipped(tar + bytes(512)))
    entries = entries_of(sample().files)
    for at in range(len(entries)):
        yield Case(f"without entry {at}", tarred([*entries[:at], *entries[at + 1 :]]))
        yield Case(f"entry {at} twice", tarred([*entries[: at + 1], *entries[at:]]))
        yield Case(f"entry {at} last", tarred([*entries[:at], *entries[at + 1 :], entries[at]]))
    for name in (
        "bell/../x",
        "bell/./x",
        "/bell/x",
        "other/x",
        "other",
        "bell/zz/x",
        "bell/zzz",
        "bell//zz",
        "bell/e\u0301",
        "bell/é",
        "bell",
    ):
        yield Case(f"entry called {name!r}", tarred([*entries, (name, b"x")]))
        yield Case(f"folder called {name!r}", tarred([*entries, (name, None)]))
    for kind in b"1234567gLKVSDx\0":
        info = tarfile.TarInfo("bell/zz")
        info.type = bytes([kind])
        info.linkname = "bell/-empty" if kind in b"12" else ""
        yield Case(f"entry of type {kind}", tarred([*entries, info]))
    for changes in ({"mode": 0o755}, {"uid": 1}, {"mtime": 1}, {"uname": "root"}, {"size": 8**11}, {"pax_headers": {"comment": "x"}}):
        info = tarfile.TarInfo("bell/zz")
        for name, value in changes.items():
            setattr(info, name, value)
        if "size" not in changes:
            yield Case(f"entry with {changes}", tarred([*entries, info]))
    yield Case("GNU tar", tarred([*entries, ("bell/zz" + "z" * 120, b"")], form=tarfile.GNU_FORMAT))
    yield Case("two spellings of one name", tarred(sorted([*entries, ("bell/e\u0301", b""), ("bell/é", b"")], key=lambda entry: entry[0])))
    # A Mac packs names decomposed; they are the same names.
    sealed = seal(manifest_of(), items_of({"Zürich": b"1"}))
    decomposed = {"capsule.yaml": sealed.manifest, ".checksums": sealed.checksums, "Zu\u0308rich": b"1"}
    yield Case("decomposed name", packed(decomposed))


def spoilt_manifest() -> Iterator[Case]:
    manifest, chance = sample().sealed.manifest, random.Random(3)
    for at in chance.sample(range(len(manifest)), 250):
        yield _with(f"manifest bit at {at}", {"capsule.yaml": _flipped(manifest, at, chance)})
    text = manifest.decode()
    swaps: dict[str, tuple[str, str]] = {
        "space": ('"version": ', '"version":  '), "tab": ('"version": ', '"version":\t'), "crlf": ("\n", "\r\n"), "cr": ("\n", "\r"),
        "escape": ("Bell", "B\\u0065ll"), "float": ("1000", "1000.0"), "exponent": ("1000", "1e3"), "minus": ("1000", "-0"),
        "large float": ("1000", "1e17"), "larger float": ("1000", "1e21"), "infinite": ("1000", "1e400"), "nan": ("1000", "NaN"),
        "constant": ("1000", "-Infinity"), "large": ("1000", "9007199254740992"), "larger": ("1000", "9" * 30), "octal": ("1000", "01000"),
        "twice": ('"version"', '"version": 1,\n  "version"'), "twice composed": ('"version"', '"é": 1,\n  "e\\u0301": 2,\n  "version"'),
        "decomposed": ("München", "Mu\u0308nchen"), "half": ("Bell", "\\ud800"), "pair": ("Bell", "\\ud83d\\ude00"),
        "raw": ("Bell", "\x7f"),
        "raw line": ("Bell", "\u2028"), "comma": ('"sealed"', '"sealed",'), "single": ('"sealed"', "'sealed'"), "comment": ("{", "{ # x\n"),
        "plain": ('"sealed"', "sealed"), "digest": ("sha256:", "sha256:0"), "no digest": ("checksums_digest", "checksums_digit"),
        "null digest": ('"checksums_digest": "', '"checksums_digest": null, "x": "'), "name": ("Bell", "Ball"), "small": ("1e-07", "1e-7"),
        "long key": ('"version"', f'"{"k" * 1001}": 1, "version"'), "key and colon": ('"version":', '"version"\n:'),
        "bom": ("{", "\ufeff{"),
        "block": ('{\n  "version"', '{\n\n  "version"'), "foreign": ('"quapsule"', '"other"'),
    }  # fmt: skip
    for name, (old, new) in swaps.items():
        for foreign in (False, True):
            base = text.replace('"quapsule"', '"other"') if foreign else text
            yield _with(f"manifest {name}, foreign {foreign}", {"capsule.yaml": base.replace(old, new, -1 if old == "\n" else 1).encode()})
    bodies: dict[str, bytes] = {
        "empty": b"", "nothing in it": b"{}", "list": b"[]", "word": b"x", "zero": b"\0", "not UTF-8": b"\xff", "null": b"null",
        "yaml": b"name: x\nchecksums_digest: y\n", "alias": b"a: &a 1\nb: *a\n", "tag": b"a: !!binary AAAA\n",
        "deep": b"[" * 100 + b"]" * 100,
        "very deep": b"[" * 100_000, "behind": text.encode() + b"x", "bytes behind": text.encode() + b" \n",
    }  # fmt: skip
    for name, body in bodies.items():
        yield _with(f"manifest of {name}", {"capsule.yaml": body})


def spoilt_list() -> Iterator[Case]:
    listed, chance = sample().sealed.checksums, random.Random(4)
    for at in chance.sample(range(len(listed)), 80):
        yield _with(f"list bit at {at}", {".checksums": _flipped(listed, at, chance)})
        yield _pinned(f"pinned list bit at {at}", _flipped(listed, at, chance))
    lines = listed.split(b"\n")
    zero = b"sha256:" + b"0" * 64 + b"  "
    for name, body in {
        "empty": b"", "reversed": b"\n".join([*reversed(lines[:-1]), b""]), "twice": listed + lines[0] + b"\n", "no end": listed[:-1],
        "crlf": listed.replace(b"\n", b"\r\n"), "upper": listed.upper(), "escape": listed + zero + b"%41\n",
        "lower": listed + zero + b"%0a\n",
        "percent": listed + zero + b"100%\n", "decomposed": listed + zero + "e\u0301\n".encode(), "feed": listed + zero + b"a%0Ab\n",
        "long": listed + zero + b"x" * 4097 + b"\n", "blank": listed + b"\n", "not UTF-8": listed + zero + b"\xff\n",
        "bom": b"\xef\xbb\xbf" + listed,
        "separator": listed + zero + "a\u2028b\n".encode(),
    }.items():  # fmt: skip
        yield _with(f"list {name}", {".checksums": body})
        yield _pinned(f"pinned list {name}", body)
    for name in sample().payload:
        yield _with(f"{name} changed", {name: b"another"})
        yield Case(f"{name} missing", packed({path: content for path, content in sample().files.items() if path != name}))
    yield _with("more files", {"zz": b"", "\U00010000": b"", "\uffff": b"", "a/b/c": b""})


def spoilt_proof() -> Iterator[Case]:
    archive, whole_proof = packed(sample().files), sample().proof

    def case(name: str, proof: Any, signer: str | None = SIGNER) -> Case:
        return Case(f"proof: {name}", archive, proof if isinstance(proof, bytes) else json.dumps(proof).encode(), None, signer)

    for name, body in {
        "empty": b"", "cut": b"{", "not UTF-8": b"\xff", "list": b"[]", "twice": b'{"format": 1, "format": 2}', "nan": b'{"a": NaN}',
        "large": b" " * (5 << 20), "deep": b"[" * 5000, "escaped": json.dumps(whole_proof).replace("format", "f\\u006frmat").encode(),
        "float index": json.dumps(whole_proof).replace('"index": 4', '"index": 4.0').encode(),
        "large index": json.dumps(whole_proof).replace('"index": 4', '"index": 9007199254740993').encode(),
        "minus": json.dumps(whole_proof).replace('"index": 4', '"index": -4').encode(),
    }.items():  # fmt: skip
        yield case(name, body)
    for path in _paths(whole_proof):
        for value in (None, 0, 1.5, True, "", "x", [], {}, [{}], "AAAA", "é\ud800"):
            yield case(f"{path} is {value!r}", _changed(whole_proof, path, lambda _, value=value: value), None)
        at = _at(whole_proof, path)
        if isinstance(at, str) and at:
            for place in (0, len(at) // 2, len(at) - 1):
                letter = "A" if at[place] != "A" else "B"
                yield case(f"{path} letter {place}", _changed(whole_proof, path, lambda old, p=place, n=letter: old[:p] + n + old[p + 1 :]))
            yield case(f"{path} blank", _changed(whole_proof, path, lambda old: old + "\n"))
        if isinstance(at, dict):
            yield case(f"{path} more", _changed(whole_proof, path, lambda old: {**old, "more": 1}))
            for key in at:
                yield case(
                    f"{path} without {key}", _changed(whole_proof, path, lambda old, k=key: {n: v for n, v in old.items() if n != k})
                )
        if isinstance(at, list):
            yield case(f"{path} twice", _changed(whole_proof, path, lambda old: old + old))
    yield from (case(f"statement {name}", proof, signer) for name, proof, signer in _statements(whole_proof))
    stamped = {**whole_proof, "timestamps": [{"authority": 1, "token": "AAAA"}, {"authority": "x", "token": "A"}, {"token": "AAAA"}, 1]}
    yield case("timestamps malformed", stamped)
    point = {**whole_proof["keys"][0], "public_key": encode_base64(bytes([1, *bytes(31)]))}
    point["key_id"] = sha256(bytes([1, *bytes(31)])).hexdigest()
    yield case("key of small order", {**whole_proof, "keys": [point, *whole_proof["keys"]]})


def _statements(proof: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Statements that are signed well, and say what they may not, or hardly."""
    said = json.loads(base64.b64decode(proof["envelopes"][0]["payload"]))
    predicate = said["predicate"]
    for name, change in {
        "as it is": {}, "24 hours": {"signed_at": "2026-11-23T24:00:00Z"}, "no day": {"signed_at": "2026-02-30T05:00:00Z"},
        "leap day": {"signed_at": "2024-02-29T05:00:00.1Z"}, "year 0": {"signed_at": "0000-01-01T05:00:00Z"},
        "zone": {"signed_at": "2026-11-23T05:30:00+00:00"},
        "year 1": {"signed_at": "0001-01-01T00:00:00Z"}, "second 60": {"signed_at": "2026-11-23T05:30:60Z"},
        "digits": {"signed_at": "٢٠٢٦-11-23T05:30:00Z"},
        "meaning": {"meaning": "review"}, "unheard of": {"meaning": "love"}, "lent": {"on_behalf_of": True},
        "not lent": {"on_behalf_of": False},
        "lent review": {"meaning": "review", "on_behalf_of": True}, "null": {"on_behalf_of": None}, "number": {"on_behalf_of": 1},
        "id": {"signer": {"name": "A", "id": "x"}}, "no id": {"signer": {"name": "A", "id": None}}, "empty id": {"signer": {"name": "A",
        "id": ""}},
        "long": {"signer": {"name": "😀" * 1000}}, "too long": {"signer": {"name": "😀" * 1001}}, "half": {"signer": {"name": "\ud800"}},
        "other id": {"capsule_id": id_of("x")}, "no id at all": {"capsule_id": "x"}, "odd name": {"signer": {"name": "<b>'\"\n\u202e"}},
    }.items():  # fmt: skip
        yield name, _resigned(proof, {**said, "predicate": {**predicate, **change}}), SIGNER
    other = id_of("another")
    moved = {**said, "subject": [{"name": "x", "digest": {"sha256": other[6:]}}], "predicate": {**predicate, "capsule_id": other}}
    yield "of another capsule", _resigned(proof, moved), SIGNER
    yield "subjects", _resigned(proof, {**said, "subject": said["subject"] * 2}), SIGNER
    yield "user", _changed(_resigned(proof, said), ("keys", 0, "kind"), lambda _: "user"), SIGNER
    as_user = _resigned(proof, {**said, "predicate": {**predicate, "meaning": "author"}})
    yield "user author", {**_changed(as_user, ("keys", 0, "kind"), lambda _: "user"), "log": None}, SIGNER
    signature = base64.b64decode(proof["envelopes"][0]["signatures"][0]["sig"])
    order = 2**252 + 27742317777372353535851937790883648493
    large = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    yield "malleable", _changed(proof, ("envelopes", 0, "signatures", 0, "sig"), lambda _: encode_base64(large)), SIGNER
    yield "url alphabet", _changed(proof, ("envelopes", 0, "payload"), lambda old: old.replace("+", "-").replace("/", "_")), SIGNER


def _resigned(proof: dict[str, Any], statement: dict[str, Any]) -> dict[str, Any]:
    payload = json.dumps(statement).encode()
    envelope = {
        "payload": encode_base64(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": PLATFORM.key_id, "sig": encode_base64(PLATFORM.sign(pae(PAYLOAD_TYPE, payload)))}],
    }
    return {**proof, "envelopes": [envelope]}


def _with(name: str, changes: dict[str, bytes]) -> Case:
    return Case(name, packed({**sample().files, **changes}), json.dumps(sample().proof).encode(), sample().capsule_id, SIGNER)


def _pinned(name: str, listed: bytes) -> Case:
    """The list is another, and the manifest names that one."""
    manifest = json.loads(sample().sealed.manifest) | {"checksums_digest": f"sha256:{sha256(listed).hexdigest()}"}
    written = json.dumps(manifest, indent=2, ensure_ascii=False).replace("\x80", "\\u0080").replace("\u2028", "\\u2028") + "\n"
    return Case(name, packed({**sample().files, "capsule.yaml": written.encode(), ".checksums": listed}))


def _flipped(data: bytes, at: int, chance: random.Random) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _named(archive: bytes) -> bytes:
    out = BytesIO()
    with gzip.GzipFile(f"{TOP}.tar", "wb", 9, out, 0) as stream:
        stream.write(gzip.decompress(archive))
    return out.getvalue()


Path = tuple[str | int, ...]


def _paths(value: Any, above: Path = ()) -> Iterator[Path]:
    parts: list[tuple[str | int, Any]] = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    if above:
        yield above
    for key, part in parts:
        yield from _paths(part, (*above, key))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _changed(proof: dict[str, Any], path: Path, change: Callable[[Any], Any]) -> dict[str, Any]:
    made = copy.deepcopy(proof)
    at = _at(made, path[:-1])
    at[path[-1]] = change(at[path[-1]])
    return made
