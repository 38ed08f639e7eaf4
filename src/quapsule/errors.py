"""Every refusal the platform makes, with its HTTP status: docs/errors.md is generated from this table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CODES: Mapping[str, tuple[int, str]] = {
    "validation_error": (400, "The request is not of the documented shape."),
    "unauthorized": (401, "No such session or key, or it has ended."),
    "budget_exceeded": (402, "The team's budget does not cover this job."),
    "permission_denied": (403, "Your role in this team does not allow this."),
    "team_suspended": (403, "The team is suspended: everything can be read, nothing changed."),
    "not_found": (404, "No such thing, or not one that you may see."),
    "script_not_found": (404, "No such script, or not one that you may run."),
    "method_not_allowed": (405, "The path exists, but not for this method."),
    "conflict": (409, "The row is not in a state that allows this."),
    "idempotency_conflict": (409, "The Idempotency-Key was used with another body."),
    "capsule_sealed": (409, "The capsule is sealed; nothing of it changes any more."),
    "capsule_not_sealed": (409, "The capsule is not sealed, so that there is nothing to export or verify."),
    "already_exists": (409, "There is one already."),
    "last_owner": (409, "A team keeps at least one owner."),
    "body_too_large": (413, "The body is larger than the limit."),
    "backend_unknown": (422, "No backend has this slug."),
    "backend_retired": (422, "The backend has been retired."),
    "backend_unavailable": (422, "The backend does not accept jobs at present."),
    "execution_mode_unavailable": (422, "This execution mode is not set up here."),
    "noise_model_unavailable": (422, "The backend does not simulate this noise."),
    "emulation_unavailable": (422, "The backend cannot be emulated here."),
    "statevector_unavailable": (422, "The backend has no state vector to show."),
    "mitigation_unavailable": (422, "The backend's errors cannot be mitigated."),
    "requirement_not_allowed": (422, "The script asks for a package that the operator does not allow."),
    "calibration_unfit": (422, "The file is no calibration of this device that can be read."),
    "too_many_shots": (422, "More shots than the backend takes."),
    "too_many_qubits": (422, "More qubits than the backend has or this machine can hold."),
    "script_failed": (422, "The script failed before it had built a program."),
    "analysis_mismatch": (409, "The analysis was made of another text."),
    "check_blocked": (422, "A check of the analysis forbids this run."),
    "warning_not_accepted": (422, "A warned check was not accepted."),
    "artifact_name_invalid": (422, "An artifact's name is not one that every machine can store."),
    "artifact_too_large": (413, "The artifact is larger than the limit."),
    "credential_found": (422, "A file of the capsule holds what looks like a credential."),
    "capsule_invalid": (422, "The file is no capsule, or not an intact one."),
    "capsule_not_repeatable": (422, "The capsule does not hold what a run needs."),
    "not_comparable": (422, "The two have no counts that can be compared."),
    "signature_invalid": (422, "The signature is not of this capsule, this key and this person."),
    "password_wrong": (403, "The password that was asked for again was not this one."),
    "rate_limited": (429, "Too many requests."),
    "internal_error": (500, "Something failed on our side; it has been logged."),
    "not_ready": (503, "A part of the platform is not ready."),
    "timed_out": (503, "The database took longer than allowed."),
}


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - a refusal, not a failure
    """A refusal with a code of CODES, a message for people, and a next step."""

    code: str
    message: str = ""
    hint: str | None = None
    details: Mapping[str, Any] | None = None
    retry_after_seconds: float | None = None

    def __post_init__(self) -> None:
        if not self.message:
            self.message = CODES[self.code][1]
        super().__init__(self.message)

    @property
    def status(self) -> int:
        return CODES[self.code][0]

    def body(self) -> dict[str, Any]:
        """The JSON body, as docs/errors.md has it: {"error": {code, message, status, hint?, details?}}."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.hint:
            error["hint"] = self.hint
        if self.details:
            error["details"] = dict(self.details)
        return {"error": error}
