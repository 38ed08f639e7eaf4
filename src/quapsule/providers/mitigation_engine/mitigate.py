"""One run's counts, those of its calibration and of its folded programs → what job_results keeps as `mitigated`."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from .extrapolate import extrapolate
from .problems import MitigationProblem
from .readout import Confusion, Mean, confusion_of, correct, expectation, read_confusion

Counts = Mapping[str, int]
Places = Sequence[Sequence[int]]


def mitigate(
    observable: str,
    counts: Sequence[Counts],
    places: Sequence[Places],
    calibration: Sequence[Counts],
    calibrated: Places,
    zne: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """counts, places (clbit, qubit): of the asked program and then of each folded one. calibration: counts of all 0 and of all 1, or
    nothing; calibrated: its places. zne: {"extrapolation", "scales": of each of the programs}, where it was asked for.

    What cannot be said stands as {"problem": {code, message}} in its place."""
    said: dict[str, Any] = {"observable": observable, "raw": _mean(expectation(counts[0], observable))}
    confusion: list[list[Confusion | None]] = []
    if calibration:
        try:
            found = read_confusion(calibration[0], calibration[1], calibrated)
            confusion = [confusion_of(found, one, len(observable)) for one in places]
            said["readout"] = _readout(observable, counts[0], confusion[0])
        except MitigationProblem as problem:
            said["readout"] = _problem(problem)
    if zne is not None:
        corrected = len(confusion) == len(counts)
        means = [expectation(one, observable, confusion[place] if corrected else None) for place, one in enumerate(counts)]
        said["zne"] = _zne(zne["extrapolation"], zne["scales"], means, corrected)
    return said


def _readout(observable: str, counts: Counts, confusion: Sequence[Confusion | None]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "method": "tensored confusion matrices",
        "confusion_matrices": [None if one is None else one.matrix.round(12).tolist() for one in confusion],
        "confusion_standard_errors": [None if one is None else list(one.errors) for one in confusion],
        "calibration_shots": next(one.shots for one in confusion if one is not None),
        "expectation": _mean(expectation(counts, observable, confusion)),
    }
    try:
        quasi, nearest, over = correct(counts, confusion)
    except MitigationProblem as problem:
        return said | {"distribution": _problem(problem)}
    return said | {"quasi_probabilities": quasi, "probabilities": nearest, "keys": over}


def _zne(extrapolation: str, scales: Sequence[float], means: Sequence[Mean], corrected: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "extrapolation": extrapolation,
        "scale_factors": list(scales),
        "values": [mean.value for mean in means],
        "standard_errors": [mean.error for mean in means],
        "readout_corrected": corrected,
    }
    if any(right <= left for left, right in pairwise(scales)):
        return said | _problem(MitigationProblem("The device compiled the folded gates away: the noise did not grow with the scale."))
    try:
        return said | {"expectation": _mean(extrapolate(extrapolation, scales, means))}
    except MitigationProblem as problem:
        return said | _problem(problem)


def _mean(mean: Mean) -> dict[str, float]:
    return {"value": mean.value, "standard_error": mean.error}


def _problem(problem: MitigationProblem) -> dict[str, Any]:
    return {"problem": {"code": problem.code, "message": problem.message}}
