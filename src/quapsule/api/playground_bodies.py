"""What the playground is asked, checked for shape, and what it answers."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from quapsule.api.job_bodies import MAX_INLINE_CHARACTERS, CheckedParams, Circuit, Framework
from quapsule.api.reserved import check_reserved
from quapsule.api.script_bodies import MAX_CHARACTERS
from quapsule.api.stored_json import JsonObject, Text
from quapsule.jobs.job import Certificate, Program
from quapsule.jobs.result import CertificateSummary, JobResult

Target = Literal["qasm3", "qasm2"]


class RunBody(BaseModel):
    """Exactly one of inline_code and circuit, as a submit takes them; `backend` is a free simulator of this installation."""

    inline_code: Annotated[Text, Field(min_length=1, max_length=MAX_INLINE_CHARACTERS)] | None = None
    circuit: Circuit | None = None
    framework: Framework | None = None
    backend: Annotated[Text, Field(min_length=1, max_length=100)] = "local"
    params: CheckedParams

    @model_validator(mode="after")
    def _one_source(self) -> "RunBody":
        if (self.inline_code is None) == (self.circuit is None):
            raise ValueError("exactly one of inline_code and circuit is needed")
        return self

    @property
    def code(self) -> str:
        return self.circuit.payload if self.circuit else self.inline_code or ""


class ConvertBody(BaseModel):
    """`code` is Python of any framework, or OpenQASM 2 or 3; `params` is what the script would be run with."""

    code: Annotated[Text, Field(min_length=1, max_length=MAX_CHARACTERS)]
    framework: Framework | None = None
    to: Target
    params: Annotated[JsonObject, AfterValidator(check_reserved)] = {}


@dataclass(frozen=True)
class PlayedLog:
    """What the script printed, at most 1 MiB."""

    content: str
    truncated: bool


@dataclass(frozen=True)
class Played:
    """How a run of the playground ended; nothing of it is kept. `result` is composed as a job's is, with `error` where it failed.
    `programs` are those of kind interchange and executed."""

    status: Literal["completed", "failed"]
    result: JobResult
    log: PlayedLog
    programs: list[Program]
    certificates: list[Certificate]
    wall_time_seconds: float


@dataclass(frozen=True)
class Converted:
    """`program` in `format`. `certificate`: whether it was shown to mean what the script built, None where nothing could be compared.
    `warnings`: sentences."""

    program: str
    format: Target
    certificate: CertificateSummary | None
    warnings: list[str]
