"""/api/calibrations: what a device could do at a given time; public, also of retired devices."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting
from quapsule.api.openapi import PUBLIC, refusals
from quapsule.api.pages import Page, read_page
from quapsule.backends.backend import find_backend
from quapsule.calibrations import calibration
from quapsule.calibrations.calibration import CalibrationDetail, CalibrationSummary

router = APIRouter(prefix="/api", tags=["calibrations"])


@router.get(
    "/backends/{slug}/calibrations",
    response_model=Listing[CalibrationSummary],
    openapi_extra=PUBLIC,
    responses=refusals("unauthorized", "backend_unknown"),
)
def list_calibrations(
    visiting: Visiting,
    slug: str,
    page: Annotated[Page, Depends(read_page)],
    as_of: Annotated[datetime | None, Query(description="Only the one that a run at this instant would have used.")] = None,
) -> Json:
    """A page of a device's snapshots, newest first; with `as_of` the last one taken until then, if any. Public."""
    with visiting.anyone() as session:
        find_backend(session, slug)
        if as_of is None:
            return Json(page.answer(calibration.list_page(session, slug, page.parameters)))
        found = calibration.find_at(session, slug, as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))
        return Json({"items": [] if found is None else [found.summary()], "next_cursor": None})


@router.get(
    "/calibrations/{calibration_id}",
    response_model=CalibrationDetail,
    openapi_extra=PUBLIC,
    responses=refusals("unauthorized", "not_found"),
)
def show_calibration(visiting: Visiting, calibration_id: UUID) -> Json:
    """One snapshot with its content as it was given, and the description that an emulation takes from it. Public."""
    with visiting.anyone() as session:
        return Json(calibration.find(session, calibration_id))
