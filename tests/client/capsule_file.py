"""A sealed .capsule made with the format's own functions, for verbs that need no server."""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from quapsule.seal import item_of
from quapsule.seal.format.archive import pack
from quapsule.seal.format.sealing import seal


def write_capsule(path: Path, *counts: Mapping[str, int], files: Mapping[str, bytes] | None = None) -> Path:
    """With the counts of each circuit in results/counts.json, if there are any."""
    contents = dict(files or {})
    if counts:
        rows = [{"circuit_index": index, "counts": one} for index, one in enumerate(counts)]
        contents["results/counts.json"] = json.dumps(rows).encode()
    items = [item_of(name, "results", "application/json", content) for name, content in contents.items()]
    sealed = seal(
        {
            "version": "1.0.0",
            "name": path.stem,
            "lifecycle_state": "sealed",
            "requirements": {"paradigm": ["gate-based"], "max_qubit_count": 2},
            "sealed_at": "2026-01-01T00:00:00Z",
            "sealed_by": "Ada Lovelace",
        },
        items,
    )
    out = BytesIO()
    pack(path.stem, sealed.manifest, sealed.checksums, items, out)
    path.write_bytes(out.getvalue())
    return path
