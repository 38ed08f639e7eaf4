"""Verifies a sealed capsule with this file, Python (3.11 or later) and its package `cryptography` alone: no network, no server, no account.

Where no proof is named, NAME.proof.json beside NAME.capsule is taken if there is one. Exit codes: 0 verified, and signed by the key given;
3 intact, signer unknown; 1 broken, with layer and reason; 2 misuse. A proof's timestamps need more than this file, and are not checked.
"""

import argparse, decimal, gzip, json, pathlib, re, sys, tarfile, unicodedata  # noqa: E401, I001 - a short file, to be read by people
from base64 import urlsafe_b64decode as unbase
from hashlib import file_digest, sha256
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MOST_BYTES, MOST_OWN_BYTES, MOST_NAMES_BYTES, PIECE = 1 << 30, 16 << 20, 64 << 20, 1 << 16  # a name costs 512 bytes more
OWN, ESCAPES = ("capsule.yaml", ".checksums"), str.maketrans({"%": "%25", "\\": "%5C", "\n": "%0A", "\r": "%0D"})
TYPES = ["application/vnd.in-toto+json", "https://in-toto.io/Statement/v1", "https://quapsule.org/capsule-signature/v1"]


def need(holds, why):
    if not holds:
        raise ValueError(why)


class Inflated(gzip.GzipFile):
    def read(self, size=-1):
        self.last = super().read(size)
        self.left -= len(self.last)
        need(self.left >= 0, "more comes out of it than its entries say")
        return self.last


def read_archive(file):
    """({path: SHA-256 in hex} of the payload, {name: bytes} of the two files that describe it). Nothing is unpacked to disk."""
    stream, digests, own, seen, size, names = Inflated(fileobj=file), {}, {}, set(), 0, 0
    stream.left = PIECE  # what may still come before an entry says that there is more: so no bomb inflates
    tar = tarfile.open(fileobj=stream, mode="r|", bufsize=512, encoding="utf-8", errors="strict")  # noqa: SIM115 - opens no file
    for entry in iter(tar.next, None):
        tar.members.clear()  # it would keep them all
        path, is_file = unicodedata.normalize("NFC", entry.name), entry.type == tarfile.REGTYPE
        top, _, name = path.partition("/")
        size, names, stream.left = size + entry.size, names + 512 + len(path.encode()), entry.size + PIECE
        plain = (name and entry.size >= 0) if is_file else (entry.type == tarfile.DIRTYPE and entry.size == 0)
        need(plain and not entry.pax_headers.keys() - {"path"}, f"{path!r} is not a plain file or folder")
        safe = not {"", ".", ".."} & {*path.split("/")} and "\0" not in path and path not in seen and (top in seen or not seen)
        need(safe, f"{path!r} leads out of the one top folder, or stands twice")
        need(size <= MOST_BYTES and names <= MOST_NAMES_BYTES and (name not in OWN or entry.size <= MOST_OWN_BYTES), "it is too large")
        seen |= {top, path}
        if is_file and name in OWN:
            own[name] = tar.extractfile(entry).read()
        elif is_file:
            digests[name] = file_digest(tar.extractfile(entry), "sha256").hexdigest()
    need(stream.last == bytes(512) and not any(stream.read(PIECE + 1)), "something is behind the last entry, or is damaged there")
    return digests, own


def unique(pairs):
    need(len(dict(pairs)) == len(pairs), "a key stands twice")
    return dict(pairs)


def canonical(value):
    """RFC 8785, every text in NFC."""
    if isinstance(value, dict):
        parts = unique([(unicodedata.normalize("NFC", key), canonical(part)) for key, part in value.items()])
        return "{" + ",".join(f"{canonical(key)}:{parts[key]}" for key in sorted(parts, key=lambda key: key.encode("utf-16-be"))) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):  # as ECMAScript writes it
        need(value - value == 0, "a number that is none")
        text = repr(value or 0.0).removesuffix(".0")
        in_full = "e" in text and -7 < int(text.partition("e")[2]) < 21
        return format(decimal.Decimal(text), "f") if in_full else re.sub("(e[+-])0", r"\1", text)
    need(not isinstance(value, int) or abs(value) < 2**53, "an integer that not every reader keeps")
    return json.dumps(unicodedata.normalize("NFC", value) if isinstance(value, str) else value, ensure_ascii=False)


def check_log(log, keys, capsule_id):
    """Inclusion as in RFC 6962 under a checkpoint as in C2SP tlog-checkpoint, signed by a platform key of the proof."""
    at, size, way, node = log["index"], log["tree_size"], log["inclusion"], sha256(b"\0" + capsule_id.encode()).digest()
    inner = (at ^ (size - 1)).bit_length()  # from this level up the node is the last of its level, and every sibling to its left
    need(type(at) is int and 0 <= at < size and len(way) == inner + bin(at >> inner).count("1"), "there is no such place in a log")
    for level, sibling in enumerate(map(unbase, way)):
        node = sha256(b"\1" + (sibling + node if level >= inner or at >> level & 1 else node + sibling)).digest()
    text, _, lines = log["checkpoint"].rpartition("\n\n")
    origin, head, root = text.split("\n")[:3]
    need([origin, head, unbase(root)] == [log["origin"], str(size), node], "the checkpoint does not hold this capsule at this place")
    signatures = {unbase(line)[:4]: unbase(line)[4:] for line in re.findall(f"— {re.escape(origin)} (\\S+)\n", lines)}
    for key_id, (key, owner) in keys.items():
        if owner == "platform" and (hint := sha256(f"{origin}\n\1".encode() + key.public_bytes_raw()).digest()[:4]) in signatures:
            key.verify(signatures[hint], f"{text}\n".encode())
            return f"entry {at} of {size} in the log {origin}, key SHA256:{key_id}"
    raise ValueError("the checkpoint is not signed by a platform key of the proof")


def verify(capsule, proof=None, expected_id=None, signer=None):
    """(exit code, lines to show). capsule: a file open for bytes; proof: bytes of its JSON; signer: 64 hex digits."""
    layer, said, signers = "archive", [], []
    try:
        digests, own = read_archive(capsule)
        layer = "manifest"
        manifest = json.loads(own["capsule.yaml"].decode(), object_pairs_hook=unique)
        again = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"  # as the seal writes it
        again = re.sub("[\x7f-\x9f\u2028\u2029\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", again)
        need(again.encode() == own["capsule.yaml"] or "quapsule" not in (manifest.get("extensions") or ()), "not as the seal spells it")
        layer, said = "id", ["mqc:1:" + sha256(canonical(manifest).encode()).hexdigest()]
        need(expected_id in (None, said[0]), f"the capsule is {said[0]}")
        layer, pinned = "checksums", "sha256:" + sha256(own[".checksums"]).hexdigest()
        need(manifest["checksums_digest"] == pinned, ".checksums is not the list that the manifest names")
        layer, found = "payload", {f"sha256:{digest}  {name.translate(ESCAPES)}" for name, digest in digests.items()}
        wrong = sorted({line.partition("  ")[2] for line in {*found, ""} ^ {*own[".checksums"].decode().split("\n")}})
        need(not wrong, f"changed, missing or not listed: {', '.join(map(repr, wrong[:20]))}")
        layer = "signature"
        if proof is not None:
            proof = json.loads(proof, object_pairs_hook=unique)
            need([proof["format"], proof["capsule_id"]] == ["quapsule.capsule-proof/v1", said[0]], "the proof is of another capsule")
            raw = [(unbase(key["public_key"]), key["kind"]) for key in proof["keys"]]
            keys = {sha256(key).hexdigest(): (Ed25519PublicKey.from_public_bytes(key), owner) for key, owner in raw}
            for envelope in proof["envelopes"]:  # DSSE, around a statement of in-toto
                (signature,), kind, payload = envelope["signatures"], envelope["payloadType"], unbase(envelope["payload"])
                key, owner = keys[signature["keyid"]]
                key.verify(unbase(signature["sig"]), f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload)
                says = json.loads(payload, object_pairs_hook=unique)
                (subject,), types, says = says["subject"], [kind, says["_type"], says["predicateType"]], says["predicate"]
                need(types == TYPES and {"mqc:1:" + subject["digest"]["sha256"], says["capsule_id"]} == {said[0]}, "signs another thing")
                need([says["meaning"] == "seal", says.get("on_behalf_of")].count(True) == (owner == "platform"), "a key that may not do so")
                signers.append(signature["keyid"])
                words = f"signed by {says['signer']['name']} ({says['meaning']}) at {says['signed_at']}, key SHA256:{signers[-1]}"
                said.append(words if signers[-1] == signer else f"says the proof: {words}")
            need(signer in (None, *signers), f"no signature is by the key SHA256:{signer}")
            layer = "log"
            said += [check_log(proof["log"], keys, said[0])] if proof["log"] is not None else []
        return (0, ["verified", *said]) if signer in signers else (3, ["intact, signer unknown", *said])
    except Exception as error:  # noqa: BLE001 - whatever cannot be read is broken
        return 1, ["broken", *said, f"{layer}: {error if type(error) is ValueError else repr(error)}"]


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("capsule", type=pathlib.Path)
    asked.add_argument("proof", type=pathlib.Path, nargs="?")
    asked.add_argument("--id", metavar="mqc:1:HEX", type=lambda text: re.fullmatch("mqc:1:[0-9a-f]{64}", text)[0])
    asked.add_argument("--signer", metavar="SHA256:HEX", type=lambda text: re.fullmatch("(sha256:)?([0-9a-f]{64})", text.lower())[2])
    given = asked.parse_args()
    try:
        proof = given.proof or given.capsule.with_name(given.capsule.name.removesuffix(".capsule") + ".proof.json")
        with given.capsule.open("rb") as file:
            code, lines = verify(file, proof.read_bytes() if given.proof or proof.exists() else None, given.id, given.signer)
    except (OSError, ValueError) as error:
        asked.error(str(error))
    sys.stdout.reconfigure(errors="backslashreplace")
    print(*("".join(letter if letter.isprintable() else "?" for letter in line) for line in lines), sep="\n")  # nothing steers a terminal
    sys.exit(code)
