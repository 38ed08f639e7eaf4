"""What the faces of a capsule (report, crate) have to know of its run, read from its items and its material."""

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from quapsule.integrity.flags import meaning_of
from quapsule.seal import Item
from quapsule.seal.content.instants import read_instant

__all__ = [
    "Signed",
    "Software",
    "Standing",
    "counts_of",
    "emulation_of",
    "extension_of",
    "flags_of",
    "list_in",
    "median_of",
    "read_json",
    "read_text",
    "signed_of",
]
__all__ += ["software_of", "standing_of", "to_utc"]

_MOST_READ = 4 << 20
# Which package a script of a framework stands on.
_PACKAGES = {"qiskit": "qiskit", "cirq": "cirq-core", "pennylane": "pennylane", "openqasm": "openqasm3", "marqov": "marqov"}
_PACKAGES |= {"braket": "amazon-braket-sdk"}
_ENGINES = {"aer": "qiskit-aer", "lightning.qubit": "pennylane-lightning", "qulacs": "qulacs"}


@dataclass(frozen=True)
class Signed:
    """Who had it sealed, in the words that 21 CFR 11.50 asks for. `meaning` is None where nobody signed in person. `at`: RFC 3339."""

    name: str
    meaning: str | None
    at: str | None


@dataclass(frozen=True)
class Software:
    name: str
    version: str


@dataclass(frozen=True)
class Standing:
    """How the run stands, said before anything else. `doubts`: what makes the result of a completed one doubtful, in sentences."""

    kind: Literal["completed", "doubtful", "failed", "unfinished", "files"]
    title: str
    doubts: tuple[str, ...] = ()


def read_text(items: Sequence[Item], name: str, most: int = _MOST_READ) -> str | None:
    """The start of a file, at most `most` bytes; None where there is no such file."""
    item = next((item for item in items if item.name == name), None)
    if item is None:
        return None
    with item.open() as content:
        return content.read(most).decode("utf-8", "replace")


def read_json(items: Sequence[Item], name: str) -> Any:
    """None where there is none, or where it is too long or too broken to be read: somebody may have put it there by hand."""
    try:
        return json.loads(read_text(items, name) or "null")
    except (ValueError, RecursionError):
        return None


def extension_of(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the manifest says beyond the standard."""
    return object_in(object_in(manifest, "extensions"), "quapsule")


def object_in(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Empty where there is none: a foreign manifest's extensions may hold anything."""
    told = holder.get(name)
    return told if isinstance(told, Mapping) else {}


def list_in(holder: Mapping[str, Any], name: str) -> list[Any]:
    told = holder.get(name)
    return told if isinstance(told, list) else []


def flags_of(data: Mapping[str, Any]) -> list[str]:
    """What makes a result doubtful, and what made doubtful those that were dropped."""
    return [flag for name in ("flags", "flags_of_dropped") for flag in list_in(data, name) if isinstance(flag, str)]


def signed_of(manifest: Mapping[str, Any]) -> Signed | None:
    """None before the seal."""
    if not manifest.get("sealed_at"):
        return None
    signer = object_in(extension_of(manifest), "signer")
    name = signer.get("name") or manifest.get("sealed_by") or ""
    return Signed(str(name), signer.get("meaning"), signer.get("at") or signer.get("signed_at") or manifest.get("sealed_at"))


def counts_of(material: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The data of each circuit's counts, in order; what the script itself calls counts where none crossed the door."""
    rows = [row["result_data"] for row in material.get("results") or () if row["result_type"] == "counts"]
    if rows:
        return sorted(rows, key=lambda data: index if isinstance(index := data.get("circuit_index"), int) else 0)
    values = [row["result_data"].get("value") for row in material.get("results") or () if row["result_type"] == "value"]
    counts = values[-1].get("counts") if values and isinstance(values[-1], Mapping) else None
    if not isinstance(counts, Mapping) or not counts or not all(type(count) is int and count >= 0 for count in counts.values()):
        return []
    return [{"circuit_index": 0, "counts": counts, "counts_source": "script", "shots": sum(counts.values())}]


def software_of(items: Sequence[Item], material: Mapping[str, Any]) -> list[Software]:
    """The platform, the script's framework and the engines that ran, with the versions that were installed."""
    environment = read_json(items, "environment/environment.json")
    packages = environment.get("packages") if isinstance(environment, Mapping) else None
    installed = {
        str(one["name"]): str(one["version"])
        for one in packages if isinstance(one, Mapping) and one.get("name") and one.get("version")
    } if isinstance(packages, list) else {}  # fmt: skip
    job = material.get("job") or {}
    engines = [object_in(data, "engine") for data in counts_of(material)]
    wanted = ["quapsule", _PACKAGES.get(str(job.get("framework")), ""), *(_ENGINES.get(str(engine.get("name")), "") for engine in engines)]
    return [Software(name, installed[name]) for name in dict.fromkeys(wanted) if name in installed]


def standing_of(material: Mapping[str, Any]) -> Standing:
    job = material.get("job")
    if not job:
        return Standing("files", "Files alone: nothing was run by this platform.")
    if job["status"] == "failed":
        return Standing("failed", "The run failed.")
    if job["status"] == "cancelled":
        return Standing("failed", "The run was cancelled.")
    if job["status"] != "completed":
        return Standing("unfinished", f"The run has not ended: it is {job['status']}.")
    doubts = tuple(dict.fromkeys(_doubts(material)))
    if doubts:
        return Standing("doubtful", "The run completed, and its result is doubtful.", doubts)
    return Standing("completed", "The run completed; no check of it raised a doubt.")


def emulation_of(material: Mapping[str, Any]) -> str | None:
    """A sentence, where a device was emulated and never ran anything itself."""
    emulated = [data for data in counts_of(material) if data.get("emulated")]
    if not emulated:
        return None
    taken = to_utc(emulated[0].get("calibration_taken_at"))
    under = f", with the noise that its calibration of {taken:%Y-%m-%d %H:%M} UTC tells of" if taken else ""
    return f"Emulated: this installation ran it in the place of the device{under}. The device itself ran nothing."


def median_of(values: Any) -> float | None:
    """Of the numbers in a list or mapping of numbers, pairs of numbers and gaps."""
    values = list(values.values()) if isinstance(values, Mapping) else values
    found = list(_numbers(values)) if isinstance(values, list) else []
    return statistics.median(found) if found else None


def to_utc(instant: Any) -> datetime | None:
    """None for what is no instant; without a zone it is UTC."""
    try:
        return read_instant(instant)
    except (TypeError, ValueError, OverflowError):
        return None


def _doubts(material: Mapping[str, Any]) -> Iterator[str]:
    results = [row["result_data"] for row in material.get("results") or ()]
    for data in results:
        for flag in flags_of(data):
            yield meaning_of(flag)
    for certificate in material.get("certificates") or ():
        if certificate["result"] == "mismatch":
            yield f"A comparison found that two programs differ: {certificate['hop']}."
    if any(data.get("counts_source") == "script" for data in counts_of(material)):
        yield "The counts are the script's own words: they did not come from a backend, and nothing was certified."


def _numbers(values: list[Any]) -> Iterator[float]:
    for value in values:
        if isinstance(value, list):
            yield from _numbers(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield value
