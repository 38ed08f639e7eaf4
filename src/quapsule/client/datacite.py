"""DataCite's REST API as far as it gives a DOI (https://support.datacite.org/docs/api-create-dois, …/api-error-codes)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from quapsule.client.refusals import Refused, Unreachable
from quapsule.errors import Problem

DOI = re.compile(r"10\.[0-9]{4,9}/[^\s\x00-\x1f\x7f]+")

_CONTENT_TYPE = "application/vnd.api+json"
_SECONDS = 60.0
_MOST_BYTES = 1 << 20
_MOST_ERRORS = 10
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PERHAPS = (
    "A DOI may have been made all the same: look into the account first. `quapsule capsule doi CAPSULE DOI` records it; "
    "ask again only if there is none."
)


@dataclass(frozen=True)
class Repository:
    """An account that may make DOIs, and the address of the API that knows it."""

    url: str
    account: str
    password: str = field(repr=False)


def repository_of(environ: Mapping[str, str], url: str | None = None) -> Repository:
    """The caller's repository; `url` goes before the environment's. Raises Problem validation_error that names what is missing."""
    # No address of our own stands in: what is published can never be taken back.
    names = {name: environ.get(f"QUAPSULE_DATACITE_{name}", "").strip() for name in ("URL", "REPOSITORY", "PASSWORD")}
    given = {**names, "URL": (url or names["URL"]).strip()}
    if missing := [f"QUAPSULE_DATACITE_{name}" for name, value in given.items() if not value]:
        raise Problem(
            "validation_error",
            f"Asking DataCite for a DOI needs {' and '.join(missing)}.",
            "URL: https://api.test.datacite.org to try, https://api.datacite.org in earnest. REPOSITORY and PASSWORD: the account's.",
        )
    return Repository(_checked(given["URL"]), given["REPOSITORY"], given["PASSWORD"])


def mint(repository: Repository, body: Mapping[str, Any], seconds: float = _SECONDS) -> str:
    """Sends the body of `POST /dois` once; the DOI. seconds: the longest silence. Raises Refused (Unreachable is one) with the next step.

    Never repeated by itself: where no answer came, a DOI may have been made."""
    url = f"{repository.url}/dois"
    try:
        with (
            httpx.Client(timeout=httpx.Timeout(seconds, connect=min(seconds, 10.0)), trust_env=_host(url) not in _LOOPBACK) as http,
            http.stream(
                "POST",
                url,
                content=json.dumps(body).encode(),
                headers={"content-type": _CONTENT_TYPE, "accept": _CONTENT_TYPE, "user-agent": "quapsule-client"},
                auth=httpx.BasicAuth(repository.account, repository.password),
            ) as response,
        ):
            said = _read(response)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Unreachable(f"DataCite does not answer at {repository.url}; no DOI was made.", "Look at the address.") from error
    except httpx.TimeoutException as error:
        raise Unreachable(f"DataCite at {repository.url} did not answer in time.", _PERHAPS) from error
    except httpx.HTTPError as error:
        raise Unreachable(f"The connection to DataCite at {repository.url} broke.", _PERHAPS) from error
    if not response.is_success:
        raise _refusal(repository, response, said)
    return _doi_in(said, response.status_code)


def _checked(url: str) -> str:
    """The address without a slash at its end. A password goes to TLS or to this machine only."""
    try:
        parts = urlsplit(str(httpx.URL(url)))
        host, good = parts.hostname, parts.port is None or parts.port > 0
    except (ValueError, httpx.InvalidURL):
        host, good, parts = None, False, urlsplit("")
    # One who writes a password into an address has it in every message and in the shell's history.
    good = good and parts.username is None and not parts.query and not parts.fragment
    if not good or not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise Problem(
            "validation_error",
            "The address of DataCite's API is not one to send a password to.",
            "It looks like https://api.test.datacite.org; the login stands in QUAPSULE_DATACITE_REPOSITORY and QUAPSULE_DATACITE_PASSWORD.",
        )
    return url.rstrip("/")


def _host(url: str) -> str | None:
    return urlsplit(url).hostname


def _read(response: httpx.Response) -> bytes:
    said = b""
    for part in response.iter_bytes():
        said += part
        if len(said) > _MOST_BYTES:
            return said[:_MOST_BYTES]  # no JSON any more; the status still says something
    return said


def _doi_in(said: bytes, status: int) -> str:
    try:
        doi = json.loads(said)["data"]["attributes"]["doi"]
    except (ValueError, LookupError, TypeError, RecursionError):
        doi = None
    if not isinstance(doi, str) or len(doi) > 300 or not DOI.fullmatch(doi):
        raise Refused("unexpected_answer", "DataCite answered something that has no DOI.", _PERHAPS, 0, {"status": status})
    return doi


def _refusal(repository: Repository, response: httpx.Response, said: bytes) -> Refused:
    """status is 0, or 503 for theirs above 500: an own 401 would say that the session here has ended. DataCite's stands in the details."""
    status, errors = response.status_code, _errors_in(said)
    words = "; ".join(f"{one['source']}: {one['title']}" if one["source"] else one["title"] for one in errors) or response.reason_phrase
    details: dict[str, Any] = {"status": status, **({"errors": errors} if errors else {})}
    if status == 401:
        hint = "Look at QUAPSULE_DATACITE_REPOSITORY and QUAPSULE_DATACITE_PASSWORD; test system and real one have different ones."
        return Refused("unauthorized", f"DataCite at {repository.url} does not take this login.", hint, 0, details)
    if status == 403:
        hint = "--prefix has to be one of the account's own, and the account one of a repository."
        return Refused("permission_denied", f"DataCite does not allow this to the account {repository.account}: {words}", hint, 0, details)
    if status == 404:
        hint = "The address is that of the API, without /dois. DataCite also says this to a wrong login."
        return Refused("not_found", f"{repository.url}/dois is not there.", hint, 0, details)
    if status in (400, 409, 422):
        code = "already_exists" if status == 409 else "validation_error"
        return Refused(code, f"DataCite refuses the metadata: {words}", _hint_for(errors), 0, details)
    if status == 429:
        wait = response.headers.get("retry-after", "")
        hint = f"Try again in {wait} seconds." if wait.isdecimal() and wait.isascii() else "Try again in a few minutes."
        return Refused("rate_limited", "DataCite has been asked too often; no DOI was made.", hint, 0, details)
    if status >= 500:
        return Refused("not_ready", f"DataCite failed: {status} {words}".rstrip(), f"https://status.datacite.org. {_PERHAPS}", 503, details)
    hint = "Is this the address of DataCite's API? It looks like https://api.test.datacite.org."
    return Refused("unexpected_answer", f"{repository.url} answered {status} {words}".rstrip(), hint, 0, details)


def _errors_in(said: bytes) -> list[dict[str, str]]:
    """{source, title} of each: DataCite's source is the name of an attribute, that of JSON:API an object with a pointer to it."""
    try:
        found = json.loads(said)["errors"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []
    errors = []
    for one in (found if isinstance(found, list) else [])[:_MOST_ERRORS]:
        if isinstance(one, Mapping):
            source = one.get("source")
            if isinstance(source, Mapping):
                source = str(source.get("pointer") or source.get("parameter") or "").rpartition("/")[2]
            errors.append({"source": str(source or "")[:100], "title": str(one.get("title") or one.get("detail") or "refused")[:500]})
    return errors


def _hint_for(errors: list[dict[str, str]]) -> str:
    sources = {one["source"] for one in errors}
    if "url" in sources:
        return "--url names the page that the DOI leads to, as https://… ."
    if sources & {"doi", "prefix"}:
        return "--prefix has to be one of the account's own, such as 10.5072."
    return "`quapsule capsule export CAPSULE --format datacite` writes what was sent."
