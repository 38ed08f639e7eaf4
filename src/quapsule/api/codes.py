"""Invitation codes: is this one good for a sign-up?"""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from quapsule.accounts.invitation_code import PATTERN, CodeState, check_code
from quapsule.api.answers import Json
from quapsule.api.openapi import PUBLIC, refusals

router = APIRouter(prefix="/api/auth", tags=["codes"])


class Code(BaseModel):
    code: Annotated[str, Field(pattern=PATTERN)]


@router.post("/validate-code", response_model=CodeState, openapi_extra=PUBLIC, responses=refusals("rate_limited"))
def validate_code(request: Request, body: Code) -> Json:
    """{valid, remaining_uses}; public, 5 a minute and address."""
    request.app.state.limits.count(f"validate-code {request.client.host if request.client else 'local'}", 5, 60)
    return Json(check_code(request.app.state.database, body.code))
