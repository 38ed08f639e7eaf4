"""The capsule format: what a sealed capsule is, how it is packed, signed, logged and checked. Pure: the server, the command line and
whoever verifies offline use the same code; it knows no database and no network."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO, Literal

__all__ = ["ARTIFACT_TYPES", "MEANINGS", "ArtifactType", "Item", "Meaning", "item_of"]

ArtifactType = Literal["workflow", "environment", "backends", "data", "results", "provenance", "other"]
ARTIFACT_TYPES: tuple[ArtifactType, ...] = ("workflow", "environment", "backends", "data", "results", "provenance", "other")

# What a person's signature may mean (21 CFR 11.50); the platform's own says `seal`.
Meaning = Literal["author", "review", "approval", "responsibility"]
MEANINGS: tuple[Meaning, ...] = ("author", "review", "approval", "responsibility")


@dataclass(frozen=True)
class Item:
    """One payload file. name: path inside the capsule, NFC, with slashes. sha256: hex. open: its bytes from the start, anew each time."""

    name: str
    artifact_type: ArtifactType
    content_type: str
    size_bytes: int
    sha256: str
    open: Callable[[], BinaryIO]


def item_of(name: str, artifact_type: ArtifactType, content_type: str, content: bytes) -> Item:
    """An Item of bytes that are at hand."""
    return Item(name, artifact_type, content_type, len(content), sha256(content).hexdigest(), lambda: BytesIO(content))
