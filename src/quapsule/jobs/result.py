"""What a job's `result` looks like, composed from its rows in this one place: status, detail and pushed events show the same."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, cast

from quapsule.integrity.certificate import worst_of
from quapsule.integrity.flags import Explained, explain

Status = Literal["pending", "queued", "running", "completed", "failed", "cancelled"]

ENDED = frozenset({"completed", "failed", "cancelled"})

_COUNTS_KEYS = (
    *("counts", "counts_source", "bit_order", "shots", "measured", "engine"),
    *("emulated", "calibration_id", "calibration_taken_at", "noise", "program", "executed"),
)
_ERROR_KEYS = ("category", "type", "code", "message", "line", "column", "hint", "traceback")

# Under these names stands what crossed the door, or nothing: a script's own word for it is in `value`.
_PLATFORMS_OWN = frozenset(
    {"value", "engine", "flags", "warnings", "error", "counts", "counts_source", "circuits", "statevector", "mitigated", "certificate"}
    | {"emulated", "calibration_id", "calibration_taken_at", "noise"}
)

# A script's own words under these names are shown on top only where they are what everybody takes them for.
_FORMS: Mapping[str, type] = {"shots": int, "bit_order": str, "measured": str}


class JobError(TypedDict, total=False):
    """`category` user, system or transient: whose fault it is; `line` and `column` in the script."""

    category: str
    type: str
    code: str
    message: str
    line: int
    column: int
    hint: str
    traceback: Any


class CertificateSummary(TypedDict):
    """The worst verdict of all checks of what ran (mismatch, not_checked, equivalent), and by which methods they were made."""

    result: Literal["mismatch", "not_checked", "equivalent"]
    methods: list[str]


class JobResult(TypedDict, total=False):
    """Counts of the first circuit by bit string, certified where counts_source is backend; what a script returned is `value`, and its own
    keys stand here too. `circuits`: each circuit's counts where there are several. `flags`: what makes the result doubtful; `warnings`
    says what each means. `emulated`: run here, under the noise of the calibration that is named. `noise`: the model that was simulated.
    `statevector`, `mitigated`: of the first circuit; every circuit has its own in `circuits`. `program`, `executed`: seq of the first
    circuit's programs of kind interchange and executed.
    """

    counts: dict[str, float]
    counts_source: Literal["backend", "script"]
    bit_order: str
    shots: int
    measured: str
    engine: dict[str, Any]
    certificate: CertificateSummary
    emulated: bool
    calibration_id: str
    calibration_taken_at: str
    noise: Any
    program: int
    executed: int
    circuits: Any
    statevector: Any
    mitigated: Any
    value: Any
    summary: Any
    flags: list[str]
    warnings: list[Explained]
    error: JobError


def compose(
    status: str,
    rows: Sequence[Mapping[str, Any]] | None,
    error_message: str | None,
    error_details: Mapping[str, Any] | None,
) -> JobResult | None:
    """{counts, counts_source, bit_order, shots, measured, engine, value?, summary?, circuits?, flags, error?} and the value's own keys.

    None while the job has not ended, and for one that was cancelled before it left anything. Every row is {result_type, result_data}.
    """
    if status not in ENDED:
        return None
    result = _counts(rows or ())
    values = [row["result_data"] for row in rows or () if row["result_type"] == "value"]
    if values:
        _add_value(result, values[-1])
    if status == "failed":
        result["error"] = _error(error_message, error_details or {})
    if status == "cancelled" and not result:
        return None
    result.setdefault("flags", [])
    if result["flags"]:
        result["warnings"] = explain(result["flags"])
    return cast(JobResult, result)


def counts_of(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, int]]:
    """Of each circuit, in their order; the script's own word where nothing was counted at a backend. Rows as `compose` takes them."""
    found = sorted((row["result_data"] for row in rows if row["result_type"] == "counts"), key=lambda data: data.get("circuit_index") or 0)
    values = [row["result_data"].get("value") for row in rows if row["result_type"] == "value"]
    if found or not values or not isinstance(values[-1], Mapping):
        return [data["counts"] for data in found]
    own = values[-1].get("counts")
    return [own] if own and _are_counts(own) else []


def _counts(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The first circuit's counts and what stands beside them on top; all of them under `circuits` when there are several."""
    found = [row["result_data"] for row in rows if row["result_type"] == "counts"]
    if not found:
        return {}
    circuits = sorted(found, key=lambda data: data.get("circuit_index") or 0)
    beside: dict[Any, dict[str, Any]] = {}
    for row in rows:
        if row["result_type"] in ("statevector", "mitigated"):
            beside.setdefault(row["result_data"].get("circuit_index"), {})[row["result_type"]] = row["result_data"]
    result = {key: circuits[0][key] for key in _COUNTS_KEYS if key in circuits[0]} | beside.get(circuits[0].get("circuit_index"), {})
    result.setdefault("counts_source", "backend")
    result["flags"] = sorted({flag for data in circuits for name in ("flags", "flags_of_dropped") for flag in data.get(name) or ()})
    if certificates := [data["certificate"] for data in circuits if data.get("certificate")]:
        result["certificate"] = _summary(certificates)
    if len(circuits) > 1:
        result["circuits"] = [data | beside.get(data.get("circuit_index"), {}) for data in circuits]
    return result


def _summary(certificates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found = {one.get("result") for one in certificates}
    methods = dict.fromkeys(method for one in certificates for method in one.get("methods") or ())
    return {"result": worst_of(found), "methods": list(methods)}


def _add_value(result: dict[str, Any], data: Mapping[str, Any]) -> None:
    value = data.get("value")
    if isinstance(value, Mapping):
        if "counts" not in result and _are_counts(value.get("counts")):
            # Nothing was counted through the door: shown as the script says, in its own order, certified by nobody.
            result |= {"counts": value["counts"], "counts_source": "script"}
        for key, own in value.items():
            if key not in _PLATFORMS_OWN and _fits(key, own):
                result.setdefault(key, own)
    result["value"] = value
    if data.get("summary") is not None:
        result["summary"] = data["summary"]


def _are_counts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(count, int | float) and not isinstance(count, bool) for count in value.values())


def _fits(key: str, own: Any) -> bool:
    return key not in _FORMS or (isinstance(own, _FORMS[key]) and not isinstance(own, bool))


def _error(message: str | None, details: Mapping[str, Any]) -> dict[str, Any]:
    error = {key: details[key] for key in _ERROR_KEYS if details.get(key) is not None}
    error.setdefault("category", "system")
    error.setdefault("type", error.get("code", "Error"))
    error["message"] = message or details.get("message") or "The job failed."
    return error
