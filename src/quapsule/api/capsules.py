"""/api/capsules: find, draft, change and archive capsules; their history and lineage."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting, Visitor
from quapsule.api.capsule_bodies import CapsuleChanges, DoiBody, NewCapsule
from quapsule.api.idempotency import once
from quapsule.api.openapi import refusals
from quapsule.api.pages import Page, read_page
from quapsule.capsules import capsule, listing
from quapsule.capsules.capsule import CapsuleDetail, Change, State
from quapsule.capsules.listing import CapsuleSummary, Lineage
from quapsule.database.session import Session

router = APIRouter(prefix="/api/capsules", tags=["capsules"])

_MISSING = refusals("not_found")
_WRITING = ("idempotency_conflict", "not_found", "team_suspended")
_CHANGING = (*_WRITING, "capsule_sealed", "conflict")
_PAGE = 1000
_COLUMNS = ("id", "at", "actor_id", "actor_name", "action", "before", "after")

Words = Annotated[str | None, Query(min_length=1, max_length=200, pattern="^[^\x00]*$")]


@router.get("", response_model=Listing[CapsuleSummary])
def list_capsules(
    visiting: Visiting,
    page: Annotated[Page, Depends(read_page)],
    q: Words = None,
    state: State | None = None,
    tag: Words = None,
    regulatory_framework: Words = None,
    job_id: UUID | None = None,
    parent_id: UUID | None = None,
    backend: Words = None,
    team_id: UUID | None = None,
) -> Json:
    """A page of the capsules of the caller's teams, newest first. `q`: words of name and description, or an mqc:1: id."""
    filters = listing.Filters(q, state, tag, regulatory_framework, job_id, parent_id, backend, team_id)
    with visiting.signed_in() as session:
        return Json(page.answer(listing.list_capsules(session, filters, page.parameters)))


@router.post("", status_code=201, response_model=CapsuleDetail, responses=refusals(*_WRITING, "conflict"))
def create_capsule(visiting: Visiting, request: Request, body: NewCapsule) -> Json:
    """A new draft. With job_id it is of that job, which has ended, and is filled with what the job left within seconds."""
    with visiting.signed_in() as session:

        def act() -> CapsuleDetail:
            return capsule.find_detail(session, capsule.save(session, body.capsule()))

        return once(session, request, body, act, status=201)


@router.get("/{capsule_id}", response_model=CapsuleDetail, responses=_MISSING)
def show_capsule(visiting: Visiting, capsule_id: UUID) -> Json:
    """Everything about a capsule but its files' contents."""
    with visiting.signed_in() as session:
        return Json(capsule.find_detail(session, capsule_id))


@router.patch("/{capsule_id}", response_model=CapsuleDetail, responses=refusals(*_CHANGING))
def change_capsule(visiting: Visiting, request: Request, capsule_id: UUID, body: CapsuleChanges) -> Json:
    """Changes what is given, until the capsule is sealed."""
    with visiting.signed_in() as session:

        def act() -> CapsuleDetail:
            capsule.change(session, capsule_id, body.changes())
            return capsule.find_detail(session, capsule_id)

        return once(session, request, body.changes(), act)


@router.delete("/{capsule_id}", status_code=204, responses=refusals(*_CHANGING))
def delete_capsule(visiting: Visiting, request: Request, capsule_id: UUID) -> Json:
    """Deletes a draft with its files; what was done to it stays in the trail."""
    with visiting.signed_in() as session:
        return once(session, request, None, lambda: capsule.delete(session, capsule_id), status=204)


@router.post("/{capsule_id}/runnable", response_model=CapsuleDetail, responses=refusals(*_CHANGING, "capsule_not_repeatable"))
def make_runnable(visiting: Visiting, request: Request, capsule_id: UUID) -> Json:
    """draft → runnable: it holds what would run."""
    with visiting.signed_in() as session:

        def act() -> CapsuleDetail:
            capsule.make_runnable(session, capsule_id)
            return capsule.find_detail(session, capsule_id)

        return once(session, request, None, act)


@router.post("/{capsule_id}/archive", response_model=CapsuleDetail, responses=refusals(*_WRITING, "capsule_not_sealed"))
def archive_capsule(visiting: Visiting, request: Request, capsule_id: UUID) -> Json:
    """sealed → archived: out of the way; read, exported and verified as before."""
    with visiting.signed_in() as session:

        def act() -> CapsuleDetail:
            capsule.archive(session, capsule_id)
            return capsule.find_detail(session, capsule_id)

        return once(session, request, None, act)


@router.post("/{capsule_id}/doi", response_model=CapsuleDetail, responses=refusals(*_WRITING, "capsule_not_sealed", "already_exists"))
def record_doi(visiting: Visiting, request: Request, capsule_id: UUID, body: DoiBody) -> Json:
    """Notes the DOI that a registration agency gave for the metadata of `export?format=datacite`; owners and admins, once."""
    with visiting.signed_in() as session:

        def act() -> CapsuleDetail:
            capsule.record_doi(session, capsule_id, body.doi)
            return capsule.find_detail(session, capsule_id)

        return once(session, request, body, act)


@router.get("/{capsule_id}/lineage", response_model=Lineage, responses=_MISSING)
def show_lineage(visiting: Visiting, capsule_id: UUID) -> Json:
    """{nodes, edges, truncated}: what the capsule comes from and what came of it, at most 500."""
    with visiting.signed_in() as session:
        return Json(listing.find_lineage(session, capsule_id))


@router.get(
    "/{capsule_id}/changes",
    response_model=Listing[Change],
    responses={**_MISSING, 200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def list_changes(
    visiting: Visiting,
    capsule_id: UUID,
    limit: Annotated[int, Query(ge=1, le=_PAGE)] = 200,
    cursor: Annotated[int, Query(ge=0, description="next_cursor of the page before.")] = 0,
    format: Annotated[Literal["json", "csv"], Query(description="csv: all of it, as a file.")] = "json",
) -> Response:
    """The audit trail, oldest first: who changed what, when, with the old and the new value; also of a draft that was deleted."""
    with visiting.signed_in() as session:
        found = capsule.list_changes(session, capsule_id, cursor, limit + 1)
    if format == "json":
        items = found[:limit]
        return Json({"items": items, "next_cursor": str(items[-1].id) if len(found) > limit else None})
    headers = {"content-disposition": f'attachment; filename="changes-{capsule_id}.csv"', "content-security-policy": "sandbox"}
    return StreamingResponse(_lines(visiting, capsule_id), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(visiting: Visitor, capsule_id: UUID) -> Iterator[str]:
    yield _line(_COLUMNS)
    after = 0
    while found := _next_changes(visiting, capsule_id, after):
        after = found[-1].id
        yield "".join(_line([_cell(getattr(change, name)) for name in _COLUMNS]) for change in found)


def _next_changes(visiting: Visitor, capsule_id: UUID, after: int) -> list[Change]:
    session: Session
    with visiting.signed_in() as session:
        return capsule.list_changes(session, capsule_id, after, _PAGE)


def _cell(value: object) -> str:
    """A spreadsheet must not take a name for a formula."""
    text = "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode().strip('"')
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _line(cells: object) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)  # type: ignore[arg-type]
    return written.getvalue()
