"""/api/simulations: what ran in the caller's own browser."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StrictFloat, StrictInt, model_validator

from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting
from quapsule.api.idempotency import once
from quapsule.api.job_bodies import Framework, Shots
from quapsule.api.openapi import refusals
from quapsule.api.pages import Page, read_page
from quapsule.api.stored_json import Text
from quapsule.simulations import simulation
from quapsule.simulations.simulation import Simulation, SimulationDetail, Simulator

router = APIRouter(prefix="/api/simulations", tags=["simulations"])

MOST_CHARACTERS = 50_000
MOST_OUTCOMES = 4096
# What JavaScript holds exactly.
MOST_SEED = (1 << 53) - 1

Outcome = Annotated[str, Field(pattern="^[01]{1,64}$")]
Name = Annotated[Text, Field(min_length=1, max_length=100)]


class SimulationBody(BaseModel):
    """`qasm_input` only when the person agreed. `counts`: all outcomes, or the most frequent ones."""

    team_id: UUID | None = None
    simulator: Simulator
    version: Name
    seed: Annotated[StrictInt, Field(ge=0, le=MOST_SEED)]
    session_id: Name
    qasm_input: Annotated[Text, Field(min_length=1, max_length=MOST_CHARACTERS)] | None = None
    shots: Shots
    qubit_count: Annotated[StrictInt, Field(ge=1, le=64)]
    gate_count: Annotated[StrictInt, Field(ge=0, le=10_000_000)]
    execution_time_ms: Annotated[StrictFloat | StrictInt, Field(ge=0, le=1e9)]
    counts: Annotated[dict[Outcome, Annotated[StrictInt, Field(ge=1)]], Field(max_length=MOST_OUTCOMES)]
    source_framework: Framework | None = None

    @model_validator(mode="after")
    def _as_many_as_shots(self) -> "SimulationBody":
        if sum(self.counts.values()) > self.shots:
            raise ValueError("the counts are more than the shots")
        return self


@dataclass(frozen=True)
class Recorded:
    id: UUID


@router.post("", status_code=201, response_model=Recorded, responses=refusals("idempotency_conflict", "not_found", "team_suspended"))
def record_simulation(visiting: Visiting, request: Request, body: SimulationBody) -> Json:
    """A row of the caller's own: which simulator ran, in which version, with which seed."""
    new = body.model_dump(mode="json") | {"user_agent": request.headers.get("user-agent", "")[:500] or None}
    with visiting.signed_in() as session:
        return once(session, request, body, lambda: Recorded(simulation.record(session, new)), status=201)


@router.get("", response_model=Listing[Simulation])
def list_simulations(visiting: Visiting, page: Annotated[Page, Depends(read_page)]) -> Json:
    """A page of the caller's own simulations, newest first."""
    with visiting.signed_in() as session:
        return Json(page.answer(simulation.list_simulations(session, page.parameters)))


@router.get("/{simulation_id}", response_model=SimulationDetail, responses=refusals("not_found"))
def show_simulation(visiting: Visiting, simulation_id: UUID) -> Json:
    """One of the caller's own with its counts, and its text where they let it be recorded."""
    with visiting.signed_in() as session:
        return Json(simulation.find_simulation(session, simulation_id))
