"""/api/backends: what jobs can run on."""

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from quapsule.api.answers import Json
from quapsule.api.callers import Visiting
from quapsule.api.openapi import PUBLIC, refusals
from quapsule.backends import backend

router = APIRouter(prefix="/api", tags=["backends"])


class Backends(BaseModel):
    backends: list[backend.PublishedBackend]
    updatedAt: datetime  # noqa: N815  # as the published client expects


@router.get("/backends", response_model=Backends, openapi_extra=PUBLIC, responses=refusals("unauthorized"))
def list_backends(visiting: Visiting) -> Json:
    """{"backends", "updatedAt"}: all of them, also unavailable and retired ones. Public."""
    with visiting.anyone() as session:
        found = backend.list_backends(session)
    changed = [item.updated_at for item in found if item.updated_at is not None]
    return Json({"backends": [item.published() for item in found], "updatedAt": max(changed, default=datetime.now(UTC))})
