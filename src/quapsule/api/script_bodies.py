"""The bodies of the script routes, checked for shape."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictInt, model_validator

from quapsule.api.job_bodies import Framework, Shots
from quapsule.api.reserved import check_reserved
from quapsule.api.stored_json import JsonObject, Text
from quapsule.scripts.script import ScriptType

MAX_CHARACTERS = 500_000

Name = Annotated[Text, Field(min_length=1, max_length=100)]
Content = Annotated[Text, Field(min_length=1, max_length=MAX_CHARACTERS)]
Category = Annotated[Text, Field(min_length=1, max_length=100)]
Qubits = Annotated[StrictInt, Field(ge=1, le=10_000)]
Defaults = Annotated[JsonObject, AfterValidator(check_reserved)]
Long = Annotated[Text, Field(max_length=20_000)]


class UploadBody(BaseModel):
    name: Name
    description: Long | None = None
    script_content: Content
    requirements: Long | None = None
    script_type: ScriptType = "script"
    framework: Framework | None = None
    category: Category | None = None
    qubits: Qubits | None = None
    default_parameters: Defaults | None = None
    team_id: UUID | None = None

    def script(self, framework: str) -> dict[str, Any]:
        given = self.model_dump(mode="json", exclude_none=True)
        return {**given, "content": given.pop("script_content"), "framework": framework}


class SaveJobBody(BaseModel):
    job_id: UUID
    name: Name
    description: Long | None = None


class ChangeBody(BaseModel):
    """What is not given stays as it is; description and requirements may be null."""

    name: Name | None = None
    description: Long | None = None
    category: Category | None = None
    qubits: Qubits | None = None
    script_content: Content | None = None
    requirements: Long | None = None
    framework: Framework | None = None
    script_type: ScriptType | None = None
    default_parameters: Defaults | None = None
    is_public: StrictBool | None = None

    @model_validator(mode="after")
    def _something(self) -> "ChangeBody":
        if not self.model_fields_set:
            raise ValueError("nothing to change is given")
        for name in self.model_fields_set - {"description", "requirements"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def changes(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)


class AnalyseBody(BaseModel):
    backend: Annotated[Text, Field(min_length=1, max_length=100)]
    shots: Shots
    content: Content
    content_hash: Annotated[Text, Field(min_length=64, max_length=71)]
    circuit_count: Annotated[StrictInt, Field(ge=1, le=10_000)] = 1
    team_id: UUID | None = None
