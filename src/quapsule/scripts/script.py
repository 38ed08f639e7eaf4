"""Scripts: the platform's templates, a team's own, and what others published. RLS decides which exist for the caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg.types.json import Json

from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem

_QUERIES = load_queries("quapsule.scripts")

ScriptType = Literal["script", "task", "workflow"]
Library = Literal["platform", "mine", "team", "published"]

_LIBRARIES: Mapping[str, LiteralString] = {
    "platform": "s.team_id is null and s.user_id is null",
    "mine": "s.user_id = auth.uid()",
    "team": "s.team_id = any ((select private.my_teams())::uuid[])",
    "published": "s.is_public and not (s.team_id is null and s.user_id is null)",
}
_CONDITIONS: Mapping[str, LiteralString] = {
    "team_id": "s.team_id = %(team_id)s",
    "framework": "s.framework = %(framework)s",
    "category": "s.category = %(category)s",
    "slug": "s.slug = %(slug)s",
    "q": "(s.name ilike %(q_part)s or s.description ilike %(q_part)s or s.slug ilike %(q_part)s)",
}


@dataclass(frozen=True)
class Script:
    """A line of the library. `script_type`: script, task or workflow. Money in USD."""

    id: UUID
    slug: str
    name: str
    description: str | None
    category: str
    qubits: int
    framework: str | None
    script_type: ScriptType
    default_parameters: dict[str, Any]
    estimated_cost_usd: float | None
    is_public: bool
    is_active: bool
    user_id: UUID | None
    team_id: UUID | None
    is_template: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class ScriptRow(Script):
    """With its text; `version` counts the texts it had."""

    script_content: str | None
    requirements: str | None
    source_sha256: str
    version: int


@dataclass(frozen=True)
class Version:
    version: int
    sha256: str
    created_by: UUID | None
    created_at: datetime


@dataclass(frozen=True)
class VersionDetail(Version):
    script_content: str


@dataclass(frozen=True)
class ScriptDetail(ScriptRow):
    versions: list[Version]


@dataclass(frozen=True)
class Code:
    """What a run of a script starts from."""

    code: str
    framework: str | None
    team_id: UUID | None
    default_parameters: dict[str, Any]
    requirements: str | None


@dataclass(frozen=True)
class Filters:
    """None: not narrowed. `q`: part of name, description or slug."""

    library: Library | None = None
    team_id: UUID | None = None
    framework: str | None = None
    category: str | None = None
    slug: str | None = None
    q: str | None = None


def list_scripts(session: Session, filters: Filters, page: Mapping[str, Any]) -> list[Script]:
    """Newest first. `page`: limit, before_at, before_id."""
    given = {name: value for name, value in vars(filters).items() if value is not None and name != "library"}
    conditions: list[LiteralString] = [_CONDITIONS[name] for name in given]
    if filters.library:
        conditions.append(_LIBRARIES[filters.library])
    if page["before_at"] is not None:
        conditions.append("(s.created_at, s.id) < (%(before_at)s, %(before_id)s)")
    query = "".join([_QUERIES["list_scripts"], *(f" and {condition}" for condition in conditions)])
    if filters.q is not None:
        escaped = filters.q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        given["q_part"] = f"%{escaped}%"
    return session.rows(Script, query + " order by s.created_at desc, s.id desc limit %(limit)s", {**given, **page})


def find_script(session: Session, script_id: UUID) -> ScriptDetail:
    """Raises Problem script_not_found."""
    row = session.row(ScriptRow, _QUERIES["find_script"], {"script_id": script_id})
    if row is None:
        raise not_found()
    return ScriptDetail(**vars(row), versions=session.rows(Version, _QUERIES["list_versions"], {"script_id": script_id}))


def find_version(session: Session, script_id: UUID, version: int) -> VersionDetail:
    """One text that the script had. Raises Problem not_found: also for the earlier texts of another team's script."""
    found = session.row(VersionDetail, _QUERIES["find_version"], {"script_id": script_id, "version": version})
    if found is None:
        raise Problem("not_found", "There is no such version that you may read.", "GET /api/scripts/{id} lists the script's versions.")
    return found


def find_code(session: Session, script_id: UUID | None, slug: str | None, framework: str | None) -> Code:
    """The text that a submit would run. Raises Problem script_not_found."""
    found = session.row(Code, _QUERIES["find_code"], {"script_id": script_id, "slug": slug, "framework": framework})
    if found is None:
        raise not_found()
    return found


def show_scripts(session: Session, script_ids: Sequence[UUID]) -> dict[UUID, Script]:
    """Those of the scripts that the caller may see, by id; deleted ones too."""
    return {row.id: row for row in session.rows(Script, _QUERIES["show_scripts"], {"script_ids": list(script_ids)})}


def save(session: Session, script: Mapping[str, Any]) -> ScriptDetail:
    """A new script: {name, content, framework, team_id?, description?, requirements?, script_type?, …}. Raises Problem."""
    return find_script(session, session.value(_QUERIES["save_script"], {"script": Json(script)}))


def save_job(session: Session, job_id: UUID, script: Mapping[str, Any]) -> ScriptDetail:
    """A new script from an ended inline job: {name, description?}. Raises Problem."""
    return find_script(session, session.value(_QUERIES["save_job"], {"job_id": job_id, "script": Json(script)}))


def change(session: Session, script_id: UUID, changes: Mapping[str, Any]) -> ScriptDetail:
    """Changes columns by name; a new text becomes a new version. Raises Problem."""
    session.run(_QUERIES["change_script"], {"script_id": script_id, "changes": Json(changes)})
    return find_script(session, script_id)


def delete(session: Session, script_id: UUID) -> None:
    """Takes it out of the library; jobs that ran it keep their code. Raises Problem."""
    session.run(_QUERIES["change_script"], {"script_id": script_id, "changes": Json({"is_active": False})})


def not_found() -> Problem:
    return Problem(
        "script_not_found", "No such script, or not one that you may see.", hint="GET /api/scripts lists those that you may run."
    )
