"""The HTTP application: its routers, what wraps them, and what it holds while it lives."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

import quapsule
from quapsule.accounts.supabase import SupabaseTokens
from quapsule.api import (
    accounts,
    backends,
    calibrations,
    capsule_artifacts,
    capsule_exports,
    capsule_imports,
    capsule_runs,
    capsule_signing,
    capsules,
    codes,
    entering,
    job_compare,
    jobs,
    keys,
    playground,
    realtime,
    scripts,
    seal_log,
    service,
    signing_keys,
    simulations,
    teams,
    usage,
)
from quapsule.api.answers import Json
from quapsule.api.entering import EntryCodes
from quapsule.api.envelope import BodyLimit, Observed, SecurityHeaders
from quapsule.api.limits import Limits
from quapsule.api.openapi import describe
from quapsule.api.problems import answer_problems
from quapsule.api.uploads import is_upload
from quapsule.api.webapp import WebApp
from quapsule.database.session import Database
from quapsule.objects import Objects
from quapsule.realtime.hub import Hub
from quapsule.settings import Settings

ROUTERS: tuple[APIRouter, ...] = (
    accounts.router,
    entering.router,
    keys.router,
    codes.router,
    teams.router,
    usage.router,
    backends.router,
    calibrations.router,
    scripts.router,
    jobs.router,
    job_compare.router,
    playground.router,
    simulations.router,
    capsules.router,
    capsule_artifacts.router,
    capsule_signing.router,
    capsule_exports.router,
    capsule_imports.router,
    capsule_runs.router,
    signing_keys.router,
    seal_log.router,
    realtime.router,
    service.router,
)


def create_app(settings: Settings, database: Database) -> FastAPI:
    """The application over a pool of the API's login. The hub listens on a connection of its own to the same database."""
    app = _Api(settings, lifespan=_live)
    app.state.settings = settings
    app.state.database = database
    app.state.supabase = SupabaseTokens.from_settings(settings)
    app.state.limits = Limits(database)
    app.state.objects = Objects(settings)
    app.state.hub = Hub(database.url, database)
    app.state.entry_codes = EntryCodes() if settings.mode == "single" else None
    return app


def openapi() -> dict[str, Any]:
    """The OpenAPI document; needs no database."""
    return _Api(Settings()).openapi()


class _Api(FastAPI):
    def __init__(self, settings: Settings, **options: Any) -> None:
        super().__init__(
            title="Quapsule",
            version=quapsule.__version__,
            docs_url=None,
            redoc_url=None,
            openapi_url="/api/openapi.json",
            default_response_class=Json,
            generate_unique_id_function=_operation,
            **options,
        )
        self._settings = settings
        answer_problems(self)
        for router in ROUTERS:
            self.include_router(router)

    def build_middleware_stack(self) -> ASGIApp:
        # Outside of the framework's own stack, so that its error answers are covered too.
        stack = BodyLimit(super().build_middleware_stack(), self._settings.max_body_bytes, is_upload)
        return SecurityHeaders(WebApp(self._settings, Observed(stack, service.observe)))

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = describe(super().openapi())
        return self.openapi_schema


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[None]:
    await app.state.hub.start()
    try:
        yield
    finally:
        await app.state.hub.stop()


def _operation(route: APIRoute) -> str:
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name
