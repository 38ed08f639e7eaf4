"""The seal: what a capsule holds is looked through, listed, hashed, signed and entered in the log, all in one transaction or not at all."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib import resources
from operator import attrgetter
from pathlib import Path
from typing import Any

import orjson

from quapsule.errors import Problem
from quapsule.objects import CHUNK_BYTES, Objects
from quapsule.seal import Item, item_of
from quapsule.seal.content.compose import compose_manifest
from quapsule.seal.content.contents import RUN_FILE
from quapsule.seal.faces.crate import crate_metadata
from quapsule.seal.faces.report import report_html
from quapsule.seal.format.names import check_name, safe_top
from quapsule.seal.format.scan import find_credentials
from quapsule.seal.format.sealing import Sealed, seal
from quapsule.seal.trust.checkpoint import write_checkpoint
from quapsule.seal.trust.envelope import SEAL, make_envelope
from quapsule.seal.trust.keys import SigningKey, load_or_make
from quapsule.seal.trust.log import leaf_hash, new_nodes, root_at
from quapsule.settings import Settings
from quapsule.worker.capsule_line import CapsuleLine, Locked, Request, Shelf
from quapsule.worker.filling import written_item

_log = logging.getLogger(__name__)
PART_11 = "FDA-21CFR11"
_SHOWN_FINDINGS = 20


class Sealing:
    """Does requests of kind `seal` and `sign`, with the platform's key."""

    def __init__(self, settings: Settings, line: CapsuleLine, objects: Objects) -> None:
        self._settings, self._line, self._objects = settings, line, objects

    def seal(self, request: Request) -> None:
        """Raises Problem (a refusal, or that a part does not answer) and psycopg.Error; nothing is written then."""
        key = self._signing_key()
        looked = _Looked()
        # What takes long goes before the lock: whoever adds an artifact waits for as long as that is held.
        looked.look_at(Shelf(self._line, self._objects, request.capsule_id))
        try:
            self._seal(request, key, looked)
        except _NotFilledError:
            self._line.say("ask_to_fill", capsule=request.capsule_id)  # which goes first
            raise Problem(
                "not_ready", "The capsule does not hold yet what its job has left.", hint="It is filled, and then sealed."
            ) from None

    def _seal(self, request: Request, key: SigningKey, looked: "_Looked") -> None:
        with self._line.transaction():
            locked = self._line.lock(request)
            if not locked.request_open:  # another worker was given it, and was faster
                return
            self._refuse(request, locked)
            shelf = Shelf(self._line, self._objects, request.capsule_id)
            looked.look_at(shelf)
            draft = self._draft(request, locked.now, shelf.items)
            looked.look_at_items(draft.made, draft.sealed.manifest)
            self._write(request, locked, draft, key)
        _log.info("capsule %s was sealed: %s", request.capsule_id, draft.sealed.capsule_id)

    def sign(self, request: Request) -> None:
        """The platform's key says that this person gave the password again and signs with this meaning."""
        key = self._signing_key()
        with self._line.transaction():
            locked = self._line.lock(request)
            if not locked.request_open:
                return
            if locked.mqc_id is None or locked.lifecycle_state not in ("sealed", "archived"):
                raise Problem("capsule_not_sealed", "Only a sealed capsule is signed.")
            if request.meaning is None or request.requested_name is None:
                raise Problem("signature_invalid", "The signature has no meaning, or nobody whose it is.")
            self._sign(request, locked, key, locked.mqc_id)
            self._line.close_request(request)

    def _signing_key(self) -> SigningKey:
        """Raises Problem not_ready: the key cannot be read, or was revoked."""
        key = load_or_make(key_path(self._settings))
        self._line.say("register_platform_key", key_id=key.key_id, public_key=key.public_bytes, holder=self._settings.seal_origin)
        return key

    def _refuse(self, request: Request, locked: Locked) -> None:
        if locked.lifecycle_state not in ("draft", "runnable"):
            raise Problem("capsule_sealed", "The capsule is sealed already.")
        if locked.regulatory_framework == PART_11 and request.meaning is None:
            raise Problem(
                "validation_error",
                "A capsule under 21 CFR Part 11 is signed by a person when it is sealed.",
                hint="Ask for the seal with meaning and password.",
            )

    def _draft(self, request: Request, now: datetime, items: list[Item]) -> "_Draft":
        for item in items:
            check_name(item.name)
        material = self._line.material(request.capsule_id)
        assert material is not None
        if (job := material["job"]) and job["status"] not in ("completed", "failed", "cancelled"):
            raise Problem("conflict", "The capsule's job has not ended yet.", hint="Ask again after its end.")
        if job and all(item.name != RUN_FILE for item in items):
            raise _NotFilledError
        if not items:
            raise Problem("conflict", "The capsule is empty.", hint="Add artifacts first.")
        at = now.isoformat()
        signer = {"name": request.requested_name, "meaning": request.meaning, "at": at} if request.meaning else None
        words = {"sealed_at": at, "sealed_by": request.requested_name, "notes": request.notes, "signer": signer}
        manifest = compose_manifest(material, words)
        report = item_of("report.html", "other", "text/html; charset=utf-8", report_html(manifest, items, material))
        verifier = item_of("verify_capsule.py", "other", "text/x-python", _verifier())
        made = [report, verifier]
        crate = crate_metadata(manifest, sorted([*items, *made], key=attrgetter("name")), material)
        made.append(item_of("ro-crate-metadata.json", "other", "application/ld+json", crate))
        everything = sorted([*items, *made], key=attrgetter("name"))
        _refuse_too_large(everything, self._settings.capsule_mb << 20)
        return _Draft(made, seal(manifest, everything))

    def _write(self, request: Request, locked: Locked, draft: "_Draft", key: SigningKey) -> None:
        line, capsule, sealed = self._line, request.capsule_id, draft.sealed
        files = [written_item(item, self._settings, self._objects) for item in draft.made]
        log = line.open_log()
        line.say(
            "record_seal",
            capsule=capsule,
            files=orjson.dumps(files).decode(),
            manifest=sealed.manifest,
            canonical=sealed.canonical,
            checksums=sealed.checksums,
            sealed_at=locked.now,
            sealed_by=request.requested_by,
            log_seq=log.tree_size,
        )
        entry, size = sealed.capsule_id.encode(), log.tree_size
        nodes = {(level, index): found for level, index, found in zip(log.levels, log.indexes, log.hashes, strict=True)}
        rows = new_nodes(size, leaf_hash(entry), lambda level, index: nodes[level, index])
        nodes |= {(level, index): found for level, index, found in rows}
        levels, indexes, hashes = zip(*rows, strict=True)
        line.say("append_to_log", capsule=capsule, seq=size, entry=entry, levels=list(levels), indexes=list(indexes), hashes=list(hashes))
        root = root_at(size + 1, lambda level, index: nodes[level, index])
        note = write_checkpoint(key, self._settings.seal_origin, size + 1, root)
        line.say("record_checkpoint", tree_size=size + 1, root=root, note=note)
        self._sign_as_platform(request, locked, key, sealed.capsule_id)
        if request.meaning is not None:
            self._sign(request, locked, key, sealed.capsule_id)
        if self._settings.tsa_url:
            line.say("ask_to_stamp", capsule=capsule)
        line.close_request(request)

    def _sign_as_platform(self, request: Request, locked: Locked, key: SigningKey, mqc_id: str) -> None:
        name = self._settings.seal_origin
        envelope = make_envelope(key, mqc_id, safe_top(locked.name), name, None, SEAL, locked.now)
        self._keep_signature(request, locked, key, None, name, SEAL, envelope)

    def _sign(self, request: Request, locked: Locked, key: SigningKey, mqc_id: str) -> None:
        """For the person who asked, and gave the password again when asking."""
        name, meaning = request.requested_name or "", request.meaning or ""
        signer = None if request.requested_by is None else str(request.requested_by)
        envelope = make_envelope(key, mqc_id, safe_top(locked.name), name, signer, meaning, locked.now, on_behalf_of=True)
        self._keep_signature(request, locked, key, request.requested_by, name, meaning, envelope)

    def _keep_signature(
        self, request: Request, locked: Locked, key: SigningKey, signer: Any, name: str, meaning: str, envelope: str
    ) -> None:
        self._line.say(
            "record_signature",
            capsule=request.capsule_id,
            key_id=key.key_id,
            signer_id=signer,
            signer_name=name,
            meaning=meaning,
            signed_at=locked.now,
            envelope=envelope,
        )


def key_path(settings: Settings) -> Path:
    """Where the platform's private key is."""
    return Path(settings.seal_key) if settings.seal_key else settings.home / "keys" / "seal.pem"


class _NotFilledError(Exception):
    """A job's capsule without what the job has left would say less than is known."""


@dataclass(frozen=True)
class _Draft:
    """A seal that is not written yet. made: the files that it adds."""

    made: list[Item]
    sealed: Sealed


class _Looked:
    """What was looked at once is not looked at again: bytes by their SHA-256, and for the scan by their name too, since rules go by it."""

    def __init__(self) -> None:
        self._sound: set[str] = set()
        self._scanned: set[tuple[str, str]] = set()

    def look_at(self, shelf: Shelf) -> None:
        """Raises Problem capsule_invalid for bytes in the object store that are not what they should be; credential_found."""
        for item in shelf.items:
            if shelf.lies_outside(item) and item.sha256 not in self._sound:
                _refuse_altered(item)
                self._sound.add(item.sha256)
        self.look_at_items(shelf.items)

    def look_at_items(self, items: Iterable[Item], manifest: bytes = b"{}") -> None:
        new = [item for item in items if (item.name, item.sha256) not in self._scanned]
        findings = find_credentials(new, manifest)
        if findings:
            shown = [{name: getattr(one, name) for name in ("file", "line", "rule", "shown")} for one in findings[:_SHOWN_FINDINGS]]
            raise Problem(
                "credential_found",
                f"{findings[0].file} holds what looks like a credential ({findings[0].rule}); a sealed capsule keeps it for ever.",
                hint="Revoke it, take it out of the file, and seal again.",
                details={"findings": shown},
            )
        self._scanned.update((item.name, item.sha256) for item in new)


def _refuse_altered(item: Item) -> None:
    found, size = sha256(), 0
    with item.open() as stream:
        while chunk := stream.read(CHUNK_BYTES):
            found.update(chunk)
            size += len(chunk)
    if found.hexdigest() != item.sha256 or size != item.size_bytes:
        raise Problem(
            "capsule_invalid",
            f"{item.name}: what the object store holds is not what was put there.",
            details={"layer": "payload", "file": item.name},
        )


def _refuse_too_large(items: Iterable[Item], most_bytes: int) -> None:
    if sum(item.size_bytes for item in items) > most_bytes:
        raise Problem(
            "artifact_too_large",
            f"The capsule is larger than {most_bytes >> 20} MiB.",
            hint="Split it into several capsules; the operator may raise QUAPSULE_CAPSULE_MB.",
            details={"limit_bytes": most_bytes},
        )


def _verifier() -> bytes:
    return resources.files("quapsule.seal").joinpath("standalone/verify_capsule.py").read_bytes()
