"""What the manifest keeps of a capsule's row: the row is said again as a seal would say it, and compared."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quapsule.seal.content.compose import compose_manifest
from quapsule.seal.content.instants import as_utc

# Column → where the manifest has it.
_PLAIN = {
    "name": "name",
    "description": "description",
    "created_at": "created_at",
    "run_id": "run_id",
    "parent_capsule_id": "derived_from",
    "max_budget_usd": "max_budget_usd",
    "wall_time_seconds": "wall_time_seconds",
    "actual_cost_usd": "actual_cost_usd",
    "total_shots": "total_shots",
}
_EXTENDED = {
    "id": "capsule",
    "user_id": "author",
    "team_id": "team",
    "git_sha, git_repo": "git",
    "cost_breakdown": "cost_breakdown",
    "estimated_cost_usd": "estimated_cost_usd",
    "regulatory_framework": "regulatory_framework",
    "retention_years": "retention_years",
    "doi": "doi",
    "custom_metadata": "custom_metadata",
}


def differing(row: Mapping[str, Any], parent_mqc_id: str | None, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Columns of public.capsules (as JSON) that are not what the manifest says. Pointers that became NULL with what they pointed to are
    as they may be."""
    kept = _extension(manifest)
    said = compose_manifest(_material(row, parent_mqc_id, kept), {"sealed_at": row["sealed_at"] or row["created_at"]})
    for column, name in _PLAIN.items():
        if _known(said.get(name)) != _known(manifest.get(name)) and not (column == "parent_capsule_id" and row[column] is None):
            yield column
    extended = said["extensions"]["quapsule"]
    for column, name in _EXTENDED.items():
        if extended.get(name) != kept.get(name) and not (column == "user_id" and row["user_id"] is None):
            yield column
    if row["job_id"] is not None and row["job_id"] != (kept.get("job") or {}).get("id"):
        yield "job_id"


def _known(value: Any) -> Any:
    """Where a job says nothing, a row's numbers are 0."""
    return None if value == 0 else value


def differing_executions(rows: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> Iterator[str]:
    """Task ids of rows of public.capsule_task_executions (as JSON) that are not the manifest's."""
    kept = {told["task_id"]: _told(told) for told in manifest.get("task_executions", ())}
    for row in rows:
        if kept.pop(row["task_id"], None) != _executed(row):
            yield row["task_id"]
    yield from kept


def _material(row: Mapping[str, Any], parent_mqc_id: str | None, kept: Mapping[str, Any]) -> dict[str, Any]:
    """As of a capsule without a job: what a job would say is in the row too. Names that may change since are taken as they were."""
    author, team = kept.get("author") or {}, kept.get("team") or {}
    empty: dict[str, Any] = {
        name: [] for name in ("programs", "certificates", "results", "tasks", "attempts", "events", "calibrations", "artifacts")
    }
    return {
        **empty,
        "capsule": row,
        "job": None,
        "backend": None,
        "author": {"id": row["user_id"], "name": author.get("name")},
        "team": {"id": row["team_id"], "name": team.get("name")},
        "parent": parent_mqc_id and {"mqc_id": parent_mqc_id},
    }


def _extension(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    found = (manifest.get("extensions") or {}).get("quapsule")
    return found if isinstance(found, Mapping) else {}


def _told(execution: Mapping[str, Any]) -> tuple[Any, ...]:
    backend = execution["backend"]
    instants = (_utc(execution.get(name)) for name in ("start_time", "end_time"))
    return (backend["name"], backend["shots"], *instants, execution.get("cost_usd") or 0, execution.get("job_id"))


def _executed(row: Mapping[str, Any]) -> tuple[Any, ...]:
    instants = (_utc(row[name]) for name in ("start_time", "end_time"))
    return (row["backend"], row["shots"], *instants, row["cost_usd"] or 0, row["job_id"])


def _utc(instant: str | None) -> str | None:
    return as_utc(instant) if instant else None
