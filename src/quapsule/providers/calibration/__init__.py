"""Calibration snapshots in the formats that vendors publish, read into one description of a device. Standard library only."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from quapsule.providers.calibration import braket, ibm, own
from quapsule.providers.calibration.description import Unfit, check_description

__all__ = ["MOST_BYTES", "Snapshot", "Unfit", "read_snapshot"]

MOST_BYTES = 16 << 20
_MOST_LEVELS = 40


@dataclass(frozen=True)
class Snapshot:
    """`format`: name/version; `taken_at`: None where the file does not say; `source`: where it is from; `content`: as it was given;
    `description`: see docs/calibrations.md."""

    format: str
    taken_at: datetime | None
    source: str
    content: dict[str, Any]
    description: dict[str, Any]


def read_snapshot(data: bytes, backend: Mapping[str, Any]) -> Snapshot:
    """`backend`: its slug, name, provider, device_arn, provider_target_id and qubit_count, to tell that the file is of that device.

    Raises Unfit, naming the place, for anything that is not wholly right."""
    if len(data) > MOST_BYTES:
        raise Unfit("", f"has {len(data):,} bytes; at most {MOST_BYTES:,} are read")
    content = _parse(data)
    _check_depth(content, _MOST_LEVELS)
    found = _reader(content)(content, backend)
    check_description(found.description)
    _check_size(found.description, backend)
    return Snapshot(found.format, _instant(found.taken_at), found.source, content, found.description)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
        if isinstance(content, str):
            # The Braket SDK's own `.json()` written with json.dump: a text that holds the JSON.
            content = json.loads(content, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise Unfit("", "is not text in UTF-8") from error
    except json.JSONDecodeError as error:
        raise Unfit("", f"is no JSON, or was cut off: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise Unfit("", "is nested too deeply") from error
    if not isinstance(content, dict):
        raise Unfit("", "holds no JSON object")
    return content


def _refuse_constant(name: str) -> float:
    raise Unfit("", f"holds {name}, which is no number")


def _check_depth(value: Any, left: int) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise Unfit("", "holds a NUL in a text")
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise Unfit("", "holds a number that is too large")
    if isinstance(value, int) and not isinstance(value, bool) and not -(1 << 63) <= value < 1 << 63:
        raise Unfit("", "holds a whole number beyond 64 bits")
    if isinstance(value, dict | list):
        if not left:
            raise Unfit("", f"is nested deeper than {_MOST_LEVELS} levels")
        for item in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            _check_depth(item, left - 1)


def _reader(content: Mapping[str, Any]) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    if "deviceCapabilities" in content or "braketSchemaHeader" in content:
        return braket.read
    if {"backend_name", "qubits", "gates"} <= content.keys():
        return ibm.read
    if "format" in content:
        return own.read
    raise Unfit("", "has no header that is known: a braketSchemaHeader, backend_name with qubits and gates, or format quapsule.calibration")


def _check_size(description: Mapping[str, Any], backend: Mapping[str, Any]) -> None:
    """Some qubits of a device may be out of service; a tenth at most, or it is another device's file."""
    count = backend.get("qubit_count")
    if count is not None and not 0.9 * count <= description["qubits"] <= count:
        raise Unfit("qubits", f"describes {description['qubits']} qubits; {backend.get('name')} has {count}: is it of another device?")


def _instant(text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Unfit("taken_at", f"is no instant: {str(text)[:60]!r}") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
