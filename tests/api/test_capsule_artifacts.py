"""/api/capsules/{id}/artifacts: names, sizes, bytes that come back as they were, and downloads that no browser runs."""

import base64
import hashlib
from urllib.parse import quote

import pytest
from tests.api.sealing import SCRIPT, code, draft


@pytest.fixture
def capsule(cast):
    return draft(cast.stranger)


def path(capsule, name=""):
    return f"/api/capsules/{capsule}/artifacts" + (f"/{quote(name)}" if name else "")


@pytest.mark.parametrize(
    "name", ["..", "../x", "a/../b", "/etc/passwd", "a//b", "con", "a\\b", "a:b", "x.", "capsule.yaml", ".checksums", "report.html", "a\tb"]
)
def test_a_name_that_not_every_machine_can_store_is_refused(cast, capsule, name):
    added = cast.stranger.post(path(capsule), json={"name": name, "artifact_type": "data", "content_text": "x"})
    assert (added.status_code, code(added)) == (422, "artifact_name_invalid")
    put = cast.stranger.request("PUT", path(capsule) + "/" + quote(name, safe=""), params={"artifact_type": "data"}, content=b"x")
    assert put.status_code in (404, 405, 422)  # a client may tidy the path first
    assert len(cast.stranger.get(path(capsule)).json()["items"]) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"artifact_type": "data"},
        {"artifact_type": "data", "content_text": "x", "content_base64": "eA=="},
        {"artifact_type": "data", "content_base64": "no base64"},
        {"artifact_type": "secrets", "content_text": "x"},
        {"artifact_type": "data", "content_text": "x", "content_type": "text/html\r\nx: y"},
    ],
)
def test_a_malformed_file_is_refused(cast, capsule, fields):
    assert code(cast.stranger.post(path(capsule), json={"name": "x", **fields})) == "validation_error"
    half = b'{"name": "x", "artifact_type": "data", "content_text": "\\ud800"}'
    assert code(cast.stranger.post(path(capsule), content=half, headers={"content-type": "application/json"})) == "validation_error"
    assert code(cast.stranger.put(path(capsule, "x"), params={"artifact_type": "secrets"}, content=b"x")) == "validation_error"


def test_what_is_larger_than_the_limit_is_refused_announced_or_not(start_api, database):
    api = start_api(artifact_mb=1, capsule_mb=2, artifact_inline_kb=1)
    _, client = api.person()
    capsule = draft(client)
    big = bytes(2 << 20)

    def pieces():
        for start in range(0, len(big), 1 << 16):
            yield big[start : start + (1 << 16)]

    for content in (big, pieces()):
        refused = client.put(path(capsule, "big"), params={"artifact_type": "data"}, content=content)
        assert (refused.status_code, code(refused)) == (413, "artifact_too_large")
    assert refused.json()["error"]["details"] == {"limit_bytes": 1 << 20}
    put = [client.put(path(capsule, f"half-{number}"), params={"artifact_type": "data"}, content=bytes(900_000)) for number in range(3)]
    assert [answer.status_code for answer in put] == [200, 200, 413]
    assert client.put(path(capsule, "half-0"), params={"artifact_type": "data"}, content=bytes(900_001)).status_code == 200
    assert [file["name"] for file in client.get(path(capsule)).json()["items"]] == ["half-0", "half-1", "workflow/script.py"]
    # Elsewhere the ordinary limit of bodies stands.
    assert client.post("/api/capsules", content=bytes(5 << 20)).status_code == 413


def test_a_file_may_be_larger_than_any_other_body(cast, capsule):
    content = bytes(range(256)) * (80 << 10)  # 20 MiB
    put = cast.stranger.put(path(capsule, "data/large"), params={"artifact_type": "data"}, content=content)
    assert put.status_code == 200 and put.json()["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    with cast.stranger.stream("GET", path(capsule, "data/large")) as got:
        assert hashlib.sha256(b"".join(got.iter_bytes())).hexdigest() == hashlib.sha256(content).hexdigest()


def test_an_upload_that_is_cut_off_leaves_nothing(api, cast, capsule):
    def cut():
        yield b"x" * 100_000
        raise ConnectionError("the cable was pulled")

    for method, where in (("PUT", path(capsule, "half") + "?artifact_type=data"), ("POST", "/api/capsules/import")):
        with pytest.raises(ConnectionError):
            cast.stranger.request(method, where, content=cut())
    assert [file["name"] for file in cast.stranger.get(path(capsule)).json()["items"]] == ["workflow/script.py"]
    assert len(cast.stranger.get("/api/capsules").json()["items"]) == 1
    assert not list((api.settings.home / "spool").iterdir())


def test_a_body_is_not_even_read_from_whoever_may_not_write(cast, capsule):
    refused = cast.anonymous.put(path(capsule, "x"), params={"artifact_type": "data"}, content=b"x" * 100_000)
    assert refused.status_code == 401
    assert cast.owner.put(path(capsule, "x"), params={"artifact_type": "data"}, content=b"x" * 100_000).status_code == 404


@pytest.mark.parametrize("content", [b"", b"text\n", "Größe ≤ 5 µm".encode(), b"\0\x01\xff", b"nul\0text", bytes(range(256)) * 2000])
def test_bytes_come_back_as_they_were_wherever_they_lie(cast, capsule, content):
    told = f"sha256:{hashlib.sha256(content).hexdigest()}"
    name = "data/sweep 1/größe %.bin"
    put = cast.stranger.put(path(capsule, name), params={"artifact_type": "data"}, content=content)
    assert put.status_code == 200, put.text
    assert (put.json()["name"], put.json()["digest"], put.json()["size_bytes"]) == (name, told, len(content))
    got = cast.stranger.get(path(capsule, name))
    assert got.content == content and int(got.headers["content-length"]) == len(content)
    added = cast.stranger.post(
        path(capsule), json={"name": "again", "artifact_type": "other", "content_base64": base64.b64encode(content).decode()}
    )
    assert added.status_code == 201 and added.json()["digest"] == told
    assert cast.stranger.get(path(capsule, "again")).content == content


def test_a_download_is_never_a_page_of_ours(cast, capsule):
    cast.stranger.put(
        path(capsule, 'x".html'.replace('"', "'")), params={"artifact_type": "other", "content_type": "text/html"}, content=b"<script>"
    )
    got = cast.stranger.get(path(capsule, "x'.html"))
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''x%27.html"
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'" and got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-type"] == "application/octet-stream"


def test_post_adds_put_replaces_delete_removes(cast, capsule):
    again = cast.stranger.post(path(capsule), json={"name": "workflow/script.py", "artifact_type": "workflow", "content_text": "2"})
    assert (again.status_code, code(again)) == (409, "already_exists")
    assert cast.stranger.get(path(capsule, "workflow/script.py")).text == SCRIPT
    put = cast.stranger.put(path(capsule, "workflow/script.py"), params={"artifact_type": "workflow"}, content=b"2")
    assert put.json()["content_type"] == "text/x-python" and cast.stranger.get(path(capsule, "workflow/script.py")).text == "2"
    assert cast.stranger.delete(path(capsule, "workflow/script.py")).status_code == 204
    assert code(cast.stranger.delete(path(capsule, "workflow/script.py"))) == "not_found"
    assert code(cast.stranger.get(path(capsule, "workflow/script.py"))) == "not_found"


def test_the_same_name_composed_and_decomposed_is_one(cast, capsule):
    cast.stranger.put(path(capsule, "é.txt"), params={"artifact_type": "data"}, content=b"1")
    cast.stranger.put(path(capsule, "é.txt"), params={"artifact_type": "data"}, content=b"2")
    assert [file["name"] for file in cast.stranger.get(path(capsule)).json()["items"]] == ["workflow/script.py", "é.txt"]
    assert cast.stranger.get(path(capsule, "é.txt")).text == "2"
