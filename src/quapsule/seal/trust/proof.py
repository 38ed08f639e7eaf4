"""NAME.proof.json: who signed a capsule, its place in the seal log and its timestamps, beside the file and checked without a server.

Its keys are not to be trusted because they are in it: whoever verifies compares their fingerprints with what was learned elsewhere.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quapsule.errors import Problem
from quapsule.seal.trust.checkpoint import Checkpoint, read_checkpoint
from quapsule.seal.trust.envelope import SEAL, Signed, check_envelope, read_envelope, read_object
from quapsule.seal.trust.keys import decode_base64, encode_base64, fingerprint, is_public_key
from quapsule.seal.trust.log import check_inclusion, leaf_hash
from quapsule.seal.trust.timestamps import Stamp, check_timestamp

FORMAT = "quapsule.capsule-proof/v1"
LARGEST_PROOF = 1 << 22

_PARTS = {"format", "capsule_id", "envelopes", "keys", "log", "timestamps"}
_MOST = 1000
_MOST_SIBLINGS = 64


@dataclass(frozen=True)
class PublicKey:
    """A key of a proof. kind: platform or user. name: its holder's, as the proof has it."""

    public_key: bytes
    kind: str
    name: str

    @property
    def key_id(self) -> str:
        return fingerprint(self.public_key)


@dataclass(frozen=True)
class LogPlace:
    """Where a capsule is in the seal log. inclusion: sibling hashes up to the checkpoint's root. checkpoint: the signed note."""

    origin: str
    index: int
    tree_size: int
    inclusion: Sequence[bytes]
    checkpoint: str


@dataclass(frozen=True)
class ProvenSignature:
    """A signature that fits. name: printed name of who signed. kind: of the key. on_behalf_of: by the platform, for that person."""

    key_id: str
    kind: str
    name: str
    signer_id: str | None
    meaning: str
    signed_at: str
    on_behalf_of: bool


@dataclass(frozen=True)
class ProvenPlace:
    """A place in a log that fits its checkpoint. key_id: who signed the checkpoint."""

    origin: str
    index: int
    tree_size: int
    key_id: str


@dataclass(frozen=True)
class ProvenTime:
    """A timestamp that fits. authority: its address, as the proof has it. trusted: by a root that was given."""

    authority: str
    at: str
    signer: str
    trusted: bool


@dataclass(frozen=True)
class ProofReport:
    """problems: (layer, message), layer one of signature, log, timestamp. The rest is what was found right."""

    problems: tuple[tuple[str, str], ...] = ()
    signatures: tuple[ProvenSignature, ...] = ()
    log: ProvenPlace | None = None
    timestamps: tuple[ProvenTime, ...] = ()

    @property
    def log_index(self) -> int | None:
        return self.log.index if self.log else None

    def is_signed_by(self, key_id: str) -> bool:
        return any(signature.key_id == key_id for signature in self.signatures)


def make_proof(
    capsule_id: str,
    envelopes: Iterable[str],
    keys: Iterable[PublicKey],
    log: LogPlace | None = None,
    timestamps: Iterable[tuple[str, bytes]] = (),
) -> dict[str, Any]:
    """The document. envelopes: as they were stored. keys: each that signed. timestamps: (address of the authority, token in DER)."""
    return {
        "format": FORMAT,
        "capsule_id": capsule_id,
        "envelopes": [json.loads(envelope) for envelope in envelopes],
        "keys": [
            {"key_id": key.key_id, "public_key": encode_base64(key.public_key), "kind": key.kind, "name": key.name}
            for key in {key.key_id: key for key in keys}.values()
        ],
        "log": None
        if log is None
        else {
            "origin": log.origin,
            "index": log.index,
            "tree_size": log.tree_size,
            "entry": encode_base64(capsule_id.encode()),
            "inclusion": [encode_base64(sibling) for sibling in log.inclusion],
            "checkpoint": log.checkpoint,
        },
        "timestamps": [{"authority": authority, "token": encode_base64(token)} for authority, token in timestamps],
    }


def read_proof(text: str | bytes) -> dict[str, Any]:
    """The document from its file, its parts unchecked. Raises Problem signature_invalid."""
    if len(text) > LARGEST_PROOF:
        raise _unfit(f"The proof is larger than {LARGEST_PROOF >> 20} MiB.")
    try:
        return read_object(text.decode("utf-8") if isinstance(text, bytes) else text, "The proof", LARGEST_PROOF)
    except UnicodeDecodeError as error:
        raise _unfit("The proof is not UTF-8.") from error


def check_proof(proof: Mapping[str, Any], capsule_id: str, roots_pem: str | None = None) -> ProofReport:
    """What a proof proves of the capsule with this id. roots_pem: certificates of timestamp authorities. Raises nothing: what is
    malformed is a problem like any other."""
    problems: list[tuple[str, str]] = []

    def attempt[**P, T](layer: str, check: Callable[P, T], *given: P.args, **named: P.kwargs) -> T | None:
        try:
            return check(*given, **named)
        except Problem as problem:
            problems.append((layer, problem.message))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError):
            problems.append((layer, f"The proof's {layer} part is malformed."))
        return None

    if attempt("signature", _check_head, proof, capsule_id) is None:
        return ProofReport(tuple(problems))
    keys = attempt("signature", _keys_of, proof) or {}
    envelopes = attempt("signature", _list_of, proof, "envelopes") or []
    signatures = [attempt("signature", _check_one, envelope, keys, capsule_id) for envelope in envelopes]
    place = attempt("log", _check_log, proof["log"], keys, capsule_id) if proof["log"] is not None else None
    tokens = attempt("timestamp", _list_of, proof, "timestamps") or []
    times = [attempt("timestamp", _check_time, token, capsule_id, roots_pem) for token in tokens]
    return ProofReport(
        tuple(problems),
        tuple(found for found in signatures if found),
        place,
        tuple(found for found in times if found),
    )


def _check_head(proof: Mapping[str, Any], capsule_id: str) -> bool:
    if not isinstance(proof, Mapping) or proof.get("format") != FORMAT or set(proof) != _PARTS:
        raise _unfit(f"The proof is not of the format {FORMAT}.")
    if proof.get("capsule_id") != capsule_id:
        raise _unfit("The proof is of another capsule.")
    return True


def _keys_of(proof: Mapping[str, Any]) -> dict[str, PublicKey]:
    keys: dict[str, PublicKey] = {}
    for given in _list_of(proof, "keys"):
        key = PublicKey(decode_base64(given["public_key"]), given["kind"], given["name"])
        if not is_public_key(key.public_key) or given["key_id"] != key.key_id or key.key_id in keys:
            raise _unfit("The proof has a key that is none, stands twice or bears another's fingerprint.")
        if key.kind not in ("platform", "user") or not isinstance(key.name, str):
            raise _unfit("The proof has a key that is neither a platform's nor a person's.")
        keys[key.key_id] = key
    return keys


def _check_one(envelope: Any, keys: Mapping[str, PublicKey], capsule_id: str) -> ProvenSignature:
    if not isinstance(envelope, Mapping):
        raise _unfit("The proof has an envelope that is none.")
    signed = read_envelope(envelope)
    key = keys.get(signed.key_id)
    if key is None:
        raise _unfit(f"The key of {signed.name!r}'s signature is not in the proof.")
    check_envelope(signed, key.public_key, capsule_id)
    _check_part(signed, key)
    return ProvenSignature(key.key_id, key.kind, signed.name, signed.signer_id, signed.meaning, signed.signed_at, signed.on_behalf_of)


def _check_part(signed: Signed, key: PublicKey) -> None:
    """A platform seals, or signs for a person; a person signs in their own name, and never seals."""
    seals, lends = signed.meaning == SEAL, signed.on_behalf_of
    if seals == lends if key.kind == "platform" else seals or lends:
        raise _unfit(f"A {key.kind} key does not sign as {signed.meaning} for {signed.name!r}.")


def _check_log(log: Any, keys: Mapping[str, PublicKey], capsule_id: str) -> ProvenPlace:
    index, size, inclusion = log["index"], log["tree_size"], log["inclusion"]
    if type(index) is not int or type(size) is not int or not isinstance(inclusion, list) or len(inclusion) > _MOST_SIBLINGS:
        raise _unfit("The proof's place in the log is malformed.")
    if decode_base64(log["entry"]) != capsule_id.encode():
        raise _unfit("The log's entry is of another capsule.")
    signer, checkpoint = _signed_checkpoint(log["checkpoint"], keys)
    if checkpoint.origin != log["origin"] or checkpoint.size != size:
        raise _unfit("The checkpoint is of another log, or of another size.")
    if not check_inclusion(leaf_hash(capsule_id.encode()), index, size, [decode_base64(each) for each in inclusion], checkpoint.root):
        raise _unfit("The checkpoint's root does not hold this capsule at this place.")
    return ProvenPlace(checkpoint.origin, index, size, signer)


def _signed_checkpoint(note: Any, keys: Mapping[str, PublicKey]) -> tuple[str, Checkpoint]:
    problem = _unfit("The checkpoint is not signed by a platform key of the proof.")
    if not isinstance(note, str):
        raise problem
    for key in keys.values():
        if key.kind == "platform":
            try:
                return key.key_id, read_checkpoint(note, key.public_key)
            except Problem as found:
                problem = found
    raise problem


def _check_time(given: Any, capsule_id: str, roots_pem: str | None) -> ProvenTime:
    authority = given["authority"]
    if not isinstance(authority, str):
        raise _unfit("The proof's timestamp does not name its authority.")
    stamp: Stamp = check_timestamp(decode_base64(given["token"]), capsule_id, roots_pem)
    return ProvenTime(authority, stamp.at, stamp.signer, stamp.trusted)


def _list_of(proof: Mapping[str, Any], key: str) -> list[Any]:
    found = proof.get(key)
    if not isinstance(found, list) or len(found) > _MOST:
        raise _unfit(f"The proof's {key} are not a list of at most {_MOST}.")
    return found


def _unfit(message: str) -> Problem:
    return Problem("signature_invalid", message)
