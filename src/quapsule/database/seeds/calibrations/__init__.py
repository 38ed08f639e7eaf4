"""Snapshots of the catalogue's devices that the platform starts with: one file per device, in our own format (docs/calibrations.md)."""

import json
from pathlib import Path
from typing import Any

from quapsule.database.content import content_sha256

_HERE = Path(__file__).parent


def read_calibrations() -> list[dict[str, Any]]:
    """One dict per file: backend, sha256, taken_at, format, source, content, description."""
    return [_read(file) for file in sorted(_HERE.glob("*.json"))]


def _read(file: Path) -> dict[str, Any]:
    content = json.loads(file.read_text(encoding="utf-8"))
    return {
        "backend": content["backend"],
        "sha256": content_sha256(content),
        "taken_at": content["taken_at"],
        "format": f"{content['format']}/{content['version']}",
        "source": content["source"],
        "content": content,
        "description": content["description"],
    }
