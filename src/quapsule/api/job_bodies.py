"""The bodies of submit and estimate, checked for shape. Unknown keys are ignored; unknown parameters go to the script."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, model_validator

from quapsule.api.reserved import check_reserved
from quapsule.api.stored_json import JsonObject, Text, check_json
from quapsule.jobs.submission import Submission
from quapsule.scripts.framework import read_text

Framework = Literal["qiskit", "cirq", "pennylane", "openqasm", "marqov"]
Shots = Annotated[StrictInt, Field(ge=1, le=100_000)]
GitSha = Annotated[str, Field(pattern="^([0-9a-f]{40}|[0-9a-f]{64})$")]
GitRepo = Annotated[Text, Field(min_length=1, max_length=500)]

MAX_INLINE_CHARACTERS = 50_000
MOST_CIRCUITS = 10_000
MAX_CIRCUIT_CHARACTERS = 500_000


class Params(BaseModel):
    """What a script is run with; merged over its default_parameters. What is not named here passes through to the script."""

    model_config = ConfigDict(extra="allow")

    shots: Shots
    theta: StrictFloat | StrictInt | None = None
    graph_size: Annotated[StrictInt, Field(ge=2, le=20)] | None = None
    layers: Annotated[StrictInt, Field(ge=1, le=10)] | None = None
    noise_model: JsonObject | None = None
    seed: StrictInt | None = None
    circuit_count: Annotated[StrictInt, Field(ge=1, le=MOST_CIRCUITS)] | None = None
    emulate: StrictBool | None = None
    statevector: StrictBool | None = None
    mitigation: JsonObject | None = None


def _storable(params: Params) -> Params:
    check_reserved(check_json(params.model_dump(exclude_unset=True)))
    return params


CheckedParams = Annotated[Params, AfterValidator(_storable)]


class Circuit(BaseModel):
    format: Literal["qasm3", "qasm2"]
    payload: Annotated[Text, Field(min_length=1, max_length=MAX_CIRCUIT_CHARACTERS)]


class Work(BaseModel):
    """What is to run, where, with which parameters: exactly one of script_id, script_slug, inline_code and circuit."""

    script_id: UUID | None = None
    script_slug: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    inline_code: Annotated[Text, Field(min_length=1, max_length=MAX_INLINE_CHARACTERS)] | None = None
    circuit: Circuit | None = None
    framework: Framework | None = None
    backend: Annotated[Text, Field(min_length=1, max_length=100)]
    params: CheckedParams
    team_id: UUID | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Work":
        given = [name for name in ("script_id", "script_slug", "inline_code", "circuit") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"exactly one of script_id, script_slug, inline_code and circuit is needed, not {' and '.join(given) or 'none'}"
            )
        return self

    @property
    def code(self) -> str | None:
        return self.circuit.payload if self.circuit else self.inline_code


class SubmitBody(Work):
    create_capsule: StrictBool = False
    capsule_name: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    seal_capsule: StrictBool = Field(default=False, description="Seal the capsule as soon as the job has ended; needs create_capsule.")
    git_sha: GitSha | None = None
    git_repo: GitRepo | None = None
    execution_mode: Literal["direct", "temporal"] = "direct"
    analysis_id: UUID | None = None
    warn_check_ids: list[Annotated[Text, Field(max_length=200)]] = Field(default=[], max_length=200)

    @model_validator(mode="after")
    def _of_a_capsule(self) -> "SubmitBody":
        if not self.create_capsule and (self.seal_capsule or self.git_sha or self.git_repo):
            raise ValueError("seal_capsule, git_sha and git_repo are of a capsule: they need create_capsule")
        return self

    def submission(self) -> Submission:
        """Raises Problem validation_error when the code's framework is unclear or contradicts the body."""
        text = None if self.code is None else read_text(self.code, self.framework, self.circuit.format if self.circuit else None)
        return Submission(
            backend=self.backend,
            parameters=self.params.model_dump(exclude_none=True),
            team_id=self.team_id,
            script_id=self.script_id,
            script_slug=self.script_slug,
            code=self.code,
            format=text.format if text else None,
            framework=text.framework if text else self.framework,
            qubits=text.qubits if text else None,
            create_capsule=self.create_capsule,
            capsule_name=self.capsule_name,
            seal_capsule=self.seal_capsule,
            git_sha=self.git_sha,
            git_repo=self.git_repo,
            analysis_id=self.analysis_id,
            warn_check_ids=self.warn_check_ids,
        )
