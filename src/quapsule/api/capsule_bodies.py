"""The bodies of the capsule routes, checked for shape."""

import base64
import binascii
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, BaseModel, Field, StrictFloat, StrictInt, model_validator

from quapsule.api.job_bodies import GitRepo, GitSha
from quapsule.api.stored_json import JsonObject, Text
from quapsule.errors import Problem
from quapsule.seal import ArtifactType, Meaning

_MOST_METADATA_BYTES = 64 << 10
_MOST_TAGS, _LONGEST_TAG = 50, 100


def _described(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(orjson.dumps(metadata)) > _MOST_METADATA_BYTES:
        raise ValueError(f"is larger than {_MOST_METADATA_BYTES >> 10} KiB")
    if "imported" in metadata:
        raise ValueError("imported is what the platform notes of a capsule from elsewhere")
    if not isinstance(metadata.get("seal_when_done", False), bool):
        raise ValueError("seal_when_done is true or false")
    tags = metadata.get("tags", [])
    if (
        not isinstance(tags, list)
        or len(tags) > _MOST_TAGS
        or not all(isinstance(tag, str) and 0 < len(tag) <= _LONGEST_TAG for tag in tags)
    ):
        raise ValueError(f"tags are at most {_MOST_TAGS} texts of 1 to {_LONGEST_TAG} characters")
    return metadata


Name = Annotated[Text, Field(min_length=1, max_length=200)]
Description = Annotated[Text, Field(max_length=10_000)]
Metadata = Annotated[JsonObject, AfterValidator(_described)]
Framework = Annotated[Text, Field(min_length=1, max_length=100, description="FDA-21CFR11 turns on what that rule asks for.")]
Years = Annotated[StrictInt, Field(ge=1, le=1000)]
Money = Annotated[StrictFloat | StrictInt, Field(ge=0, le=1_000_000_000)]
ContentType = Annotated[
    str, Field(max_length=200, pattern=r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *; *[A-Za-z0-9_-]+=[A-Za-z0-9_.\"-]+)*$")
]
Password = Annotated[str, Field(max_length=1000)]
Envelope = Annotated[JsonObject, Field(description="DSSE envelope of the in-toto statement.")]


class NewCapsule(BaseModel):
    """Empty, or of a job that has ended; a name is needed unless a job gives one."""

    name: Name | None = None
    team_id: UUID | None = None
    job_id: UUID | None = None
    parent_capsule_id: UUID | None = None
    description: Description | None = None
    git_sha: GitSha | None = None
    git_repo: GitRepo | None = None
    custom_metadata: Metadata | None = None
    max_budget_usd: Money | None = None
    regulatory_framework: Framework | None = None
    retention_years: Years | None = None

    @model_validator(mode="after")
    def _named(self) -> "NewCapsule":
        if self.name is None and self.job_id is None:
            raise ValueError("a capsule without a job needs a name")
        return self

    def capsule(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True)


class CapsuleChanges(BaseModel):
    """What is given is changed; null empties it."""

    name: Name = ""
    description: Description | None = None
    git_sha: GitSha | None = None
    git_repo: GitRepo | None = None
    custom_metadata: Metadata = {}
    max_budget_usd: Money | None = None
    regulatory_framework: Framework | None = None
    retention_years: Years | None = None

    def changes(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)


class NewFile(BaseModel):
    """A small file; larger ones are PUT as they are."""

    name: Annotated[Text, Field(min_length=1, max_length=1024)]
    artifact_type: ArtifactType
    content_type: ContentType | None = None
    content_text: str | None = None
    content_base64: str | None = None

    @model_validator(mode="after")
    def _one_content(self) -> "NewFile":
        if (self.content_text is None) == (self.content_base64 is None):
            raise ValueError("exactly one of content_text and content_base64 is needed")
        return self

    def content(self) -> bytes:
        """Raises Problem validation_error."""
        try:
            if self.content_text is not None:
                return self.content_text.encode("utf-8")
            return base64.b64decode((self.content_base64 or "").encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error) as error:
            raise Problem("validation_error", "The content is neither UTF-8 nor base64.") from error


class SealBody(BaseModel):
    """With a meaning the caller signs too, and gives the password again."""

    notes: Annotated[Text, Field(max_length=2000)] | None = None
    meaning: Meaning | None = None
    password: Password | None = None


class SignBody(BaseModel):
    """Without an envelope the platform's key signs for the caller, who gave the password again."""

    meaning: Meaning
    password: Password
    envelope: Envelope | None = None


class NewSigningKey(BaseModel):
    public_key: Annotated[str, Field(max_length=200, description="32 bytes in base64.")]
    password: Password

    def key(self) -> bytes:
        """Raises Problem validation_error."""
        try:
            return base64.b64decode(self.public_key.encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error) as error:
            raise Problem("validation_error", "public_key is not base64.") from error


class DoiBody(BaseModel):
    doi: Annotated[str, Field(max_length=300, pattern=r"^10\.[0-9]{4,9}/[^\s\x00-\x1f\x7f]+$")]


class CompareBody(BaseModel):
    """epsilon: how far apart two runs may be that agree; alpha: the share of false alarms."""

    other_id: UUID
    epsilon: Annotated[float, Field(gt=0, lt=1)] = 0.02
    alpha: Annotated[float, Field(ge=1e-6, le=0.5)] = 0.01


class VerifyBody(BaseModel):
    """What the caller knows from elsewhere."""

    id: Annotated[str, Field(pattern="^mqc:1:[0-9a-f]{64}$")] | None = None
    signer: Annotated[str, Field(pattern="^(?i:SHA256:)?[0-9a-fA-F]{64}$", description="Fingerprint of a key.")] | None = None


Format = Literal["capsule", "proof", "bundle", "rocrate", "report", "datacite"]
