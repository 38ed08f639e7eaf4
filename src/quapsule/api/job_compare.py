"""/api/jobs/{id}/compare: whether two runs of a program say the same, as capsules are compared."""

from uuid import UUID

from fastapi import APIRouter

from quapsule.api.answers import Json
from quapsule.api.callers import Visiting
from quapsule.api.capsule_bodies import CompareBody
from quapsule.api.openapi import refusals
from quapsule.jobs import job
from quapsule.seal.statistics.compare import Comparison, compare

router = APIRouter(prefix="/api/jobs/{job_id}", tags=["jobs"])


@router.post("/compare", response_model=Comparison, responses=refusals("not_found", "not_comparable"))
def compare_jobs(visiting: Visiting, job_id: UUID, body: CompareBody) -> Json:
    """Do two runs say the same? The verdict, the distance with its bound, the rate of false alarms and the power of the test."""
    with visiting.signed_in() as session:
        first, second = (job.find_counts(session, one) for one in (job_id, body.other_id))
    return Json(compare(first, second, epsilon=body.epsilon, alpha=body.alpha))
