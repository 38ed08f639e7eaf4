"""The web app's files, beside the API: pages get a policy that lets in our own scripts alone, assets are kept by browsers for a year."""

import mimetypes
import secrets
from functools import lru_cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from quapsule.settings import Settings

_NONCE = "__NONCE__"
_API = ("/api", "/metrics")
_YEAR = "public, max-age=31536000, immutable"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))

# Scripts and workers are files of ours, without eval; `trusted-types default` lets no text become HTML or a script's address.
# Styles carry the nonce, since the editor writes its own.
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "style-src 'self' 'nonce-{nonce}'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types default"
)
# A worker lives under the policy of its own file: it computes, and reaches nothing but its further files.
_ASSET_POLICY = "default-src 'none'; script-src 'self'"

_MISSING = "The web app is not built. `bin/setup --runtimes` (or `make up`) builds it; the API under /api works without it.\n"


class WebApp:
    """In front of the API: /api and /metrics are its, everything else is a file or a page of the web app."""

    def __init__(self, settings: Settings, api: ASGIApp) -> None:
        self._api = api
        self._files = _files(settings.web_dir)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        ours = scope["type"] == "http" and not any(path == prefix or path.startswith(f"{prefix}/") for prefix in _API)
        await (self._files if ours else self._api)(scope, receive, send)


def _files(folder: Path) -> Starlette:
    async def asset(request: Request) -> Response:
        return await run_in_threadpool(_asset, folder, request.path_params["name"], request.headers.get("accept-encoding", ""))

    async def mark(_: Request) -> Response:
        return FileResponse(folder / "mark.svg", headers={"cache-control": "public, max-age=86400"})

    async def page(_: Request) -> Response:
        return await run_in_threadpool(_page, folder)

    return Starlette(routes=[Route("/assets/{name}", asset), Route("/mark.svg", mark), Route("/{path:path}", page)])


def _asset(folder: Path, name: str, accepted: str) -> Response:
    path = folder / "assets" / name
    if name not in _names(folder / "assets"):
        return PlainTextResponse("There is no such file.\n", status_code=404, headers={"cache-control": "no-store"})
    headers = {"cache-control": _YEAR, "vary": "accept-encoding", "content-security-policy": _ASSET_POLICY}
    offered = {part.split(";")[0].strip() for part in accepted.split(",")}
    for encoding, suffix in _ENCODINGS:
        if encoding in offered and name + suffix in _names(folder / "assets"):
            path, headers["content-encoding"] = path.with_name(name + suffix), encoding
            break
    return FileResponse(path, media_type=mimetypes.guess_type(name)[0], headers=headers)


def _page(folder: Path) -> Response:
    index = folder / "index.html"
    if not index.is_file():
        return PlainTextResponse(_MISSING, status_code=503, headers={"retry-after": "60"})
    nonce = secrets.token_urlsafe(16)
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": _POLICY.format(nonce=nonce),
        "cross-origin-opener-policy": "same-origin",
    }
    return Response(index.read_text(encoding="utf-8").replace(_NONCE, nonce), media_type="text/html", headers=headers)


@lru_cache(maxsize=4)
def _names(assets: Path) -> frozenset[str]:
    """Listed once: a build never changes under a server that runs, and a name that is not in the list reaches no file."""
    return frozenset(entry.name for entry in assets.iterdir()) if assets.is_dir() else frozenset()
