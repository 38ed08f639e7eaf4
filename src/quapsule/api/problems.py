"""Every error leaves as {"error": {code, message, status, hint?, details?}}."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from quapsule.api.answers import Json
from quapsule.errors import Problem

_log = logging.getLogger(__name__)
_BY_STATUS = {400: "validation_error", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def answer_problems(app: FastAPI) -> None:
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


def answer(problem: Problem) -> Json:
    headers = {"cache-control": "no-store"}
    if problem.retry_after_seconds is not None:
        headers["retry-after"] = str(max(1, round(problem.retry_after_seconds)))
    if problem.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Json(problem.body(), status_code=problem.status, headers=headers)


async def _problem(_: Request, problem: Any) -> Json:
    return answer(problem)


async def _invalid(_: Request, error: Any) -> Json:
    fields = [{"field": ".".join(str(part) for part in item["loc"][1:]) or "body", "problem": item["msg"]} for item in error.errors()]
    message = "; ".join(f"{item['field']}: {item['problem']}" for item in fields[:3])
    return answer(Problem("validation_error", message, details={"fields": fields}))


async def _http(_: Request, error: Any) -> Json:
    answered = answer(Problem(_BY_STATUS.get(error.status_code, "internal_error"), str(error.detail)))
    answered.headers.update(error.headers or {})  # such as Allow
    return answered


async def _unforeseen(request: Request, error: Exception) -> Json:
    _log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return answer(Problem("internal_error"))
