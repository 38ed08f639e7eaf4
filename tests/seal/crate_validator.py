"""The published validator of RO-Crates, without a network: the one document that it would fetch is put into its cache.

crate_context.json holds those terms of https://w3id.org/ro/crate/1.1/context that our crates use, as they stand there."""

import io
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.services import validate
from urllib3 import HTTPResponse

CONTEXT = "https://w3id.org/ro/crate/1.1/context"


class CrateValidator:
    """cache: a folder of its own."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache / "http"
        session = CachedSession(cache_name=str(self._cache), backend="sqlite", expire_after=-1)
        session.mount("https://", _File(Path(__file__).with_name("crate_context.json").read_bytes()))
        assert session.get(CONTEXT).status_code == 200
        session.close()

    def faults(self, crate: Path, profile: str, severity: Severity = Severity.REQUIRED) -> set[str]:
        """Messages of the checks that a crate (a folder or a zip file) fails. profile: workflow-run-crate or ro-crate-1.1."""
        settings = ValidationSettings(
            rocrate_uri=str(crate),
            profile_identifier=profile,
            requirement_severity=severity,
            offline=True,
            cache_path=self._cache,
        )
        result = validate(settings)
        assert result.passed() == (not result.get_issues(severity))
        return {str(issue.message) for issue in result.get_issues(severity)}


class _File(BaseAdapter):
    """Answers every request with one document."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        raw = HTTPResponse(
            body=io.BytesIO(self._content),
            headers={"Content-Type": "application/ld+json"},
            status=200,
            preload_content=False,
            request_url=request.url,
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        pass
