"""The web app's files: pages under a policy of their own, assets for a year, and no way to any other file."""

import re
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from tests.api.conftest import Api

PAGE = '<!doctype html><html><head><meta name="style-nonce" content="__NONCE__"><link rel="stylesheet" nonce="__NONCE__"></head></html>'
SCRIPT = "console.log('quapsule');\n" * 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A made-up build."""
    made = tmp_path / "built"
    (made / "assets").mkdir(parents=True)
    (made / "index.html").write_text(PAGE)
    (made / "mark.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    for name, content in (("app-1.js", SCRIPT), ("app-1.js.br", "BROTLI"), ("app-1.js.gz", "GZIP"), ("app-1.css", "a{}")):
        (made / "assets" / name).write_text(content)
    (made / "secret.txt").write_text("secret")
    (tmp_path / "outside.txt").write_text("secret")
    return made


@pytest.fixture
def site(start_api: Callable[..., Api], folder: Path) -> Api:
    return start_api(web_folder=str(folder))


def get(site: Api, path: str, **headers: str) -> httpx.Response:
    return httpx.get(site.url + path, headers=headers)


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/1234", "/enter", "/a/b/c?d=e"])
def test_every_page_carries_a_policy_with_a_nonce_of_its_own(site: Api, path: str) -> None:
    nonces = set()
    for _ in range(2):
        page = get(site, path)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        policy = dict(part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert (policy["script-src"], policy["connect-src"], policy["worker-src"]) == ("'self'",) * 3
        assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "default")
        assert "unsafe" not in page.headers["content-security-policy"]
        (nonce,) = re.findall(r"'nonce-([\w-]+)'", policy["style-src"])
        assert len(nonce) >= 22 and page.text.count(nonce) == 2 and "__NONCE__" not in page.text
        nonces.add(nonce)
        assert page.headers["cache-control"] == "no-cache"
        assert page.headers["cross-origin-opener-policy"] == "same-origin"
        assert (page.headers["x-content-type-options"], page.headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert len(nonces) == 2


def test_assets_are_kept_for_a_year_and_come_compressed(site: Api) -> None:
    for accepted, encoding, content in (("gzip, br", "br", b"BROTLI"), ("gzip", "gzip", b"GZIP"), ("identity", None, SCRIPT.encode())):
        with (
            httpx.Client() as client,
            client.stream("GET", f"{site.url}/assets/app-1.js", headers={"accept-encoding": accepted}) as asset,
        ):
            assert b"".join(asset.iter_raw()) == content
        assert asset.headers.get("content-encoding") == encoding
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asset.headers["vary"] == "accept-encoding"
        assert asset.headers["content-type"].startswith("text/javascript")
        assert asset.headers["content-security-policy"] == "default-src 'none'; script-src 'self'"
        assert asset.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in get(site, "/assets/app-1.css").headers
    assert get(site, "/mark.svg").headers["content-type"] == "image/svg+xml"


def test_what_is_not_there_is_said_in_its_own_tongue(site: Api) -> None:
    missing = get(site, "/assets/app-2.js")
    assert (missing.status_code, missing.headers["content-type"], missing.headers["cache-control"]) == (
        404,
        "text/plain; charset=utf-8",
        "no-store",
    )
    for path in ("/api/unknown", "/api", "/api/"):
        refused = get(site, path)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")
        assert "nonce" not in refused.headers["content-security-policy"]
    assert get(site, "/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")
    assert get(site, "/apis").headers["content-type"].startswith("text/html")


def test_a_head_is_answered_without_a_body(site: Api) -> None:
    for path in ("/", "/jobs", "/assets/app-1.js", "/mark.svg"):
        answer = httpx.head(site.url + path)
        assert (answer.status_code, answer.content) == (200, b""), path
        assert int(answer.headers["content-length"]) > 0
    assert httpx.post(f"{site.url}/jobs").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets/..%2f..%2foutside.txt",
        "/assets/..%5c..%5coutside.txt",
        "/assets/%2e%2e/%2e%2e/outside.txt",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/app-1.js%00.css",
        "/assets/.",
        "/assets/%2e%2e",
        "/assets/app-1.js/",
        "/../outside.txt",
        "/secret.txt",
        "/index.html",
    ],
)
def test_tricks_with_paths_reach_no_file(site: Api, path: str) -> None:
    status, body = _raw(site.url, path)
    assert status in (200, 400, 404), path
    assert "secret" not in body and "root:" not in body and "console.log" not in body
    assert status != 200 or "style-nonce" in body  # nothing but the page


def test_without_a_build_the_pages_say_how_to_make_one(start_api: Callable[..., Api], tmp_path: Path) -> None:
    bare = start_api(web_folder=str(tmp_path / "nothing"))
    page = get(bare, "/")
    assert (page.status_code, page.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert "not built" in page.text and "default-src 'none'" in page.headers["content-security-policy"]
    assert get(bare, "/assets/app-1.js").status_code == 404
    assert get(bare, "/api/health").status_code == 200


def _raw(url: str, path: str) -> tuple[int, str]:
    """As it is written: clients tidy such paths up."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: {where.netloc}\r\nconnection: close\r\n\r\n".encode())
        said = b""
        while chunk := connection.recv(1 << 16):
            said += chunk
    head, _, body = said.decode("utf-8", "replace").partition("\r\n\r\n")
    return int(head.split(" ")[1]), body
