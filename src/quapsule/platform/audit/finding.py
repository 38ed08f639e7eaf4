"""What an audit finds: a row that is not what was sealed, signed or logged."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """layer: manifest, checksums, payload, id, signature, log, timestamp, as verifiers name them; state, row, keys, trail, guards and
    objects are the platform's own. table and row say where; row is empty for what is about the whole table."""

    layer: str
    table: str
    row: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
