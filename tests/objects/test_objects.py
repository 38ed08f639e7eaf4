"""The object store, in a folder and on an S3 server: bytes by their SHA-256."""

import io
import stat
import threading
from hashlib import sha256
from pathlib import Path

import obstore
import pytest
from tests.s3_server import ACCESS_KEY, BUCKET, SECRET_KEY, Storage

from quapsule.errors import Problem
from quapsule.objects import Objects, key_of, sha256_of
from quapsule.settings import Settings

MOST = 64 << 20
NOBODY = "0" * 64


def everything_in(objects: Objects) -> list[str]:
    """Also what is not finished."""
    return [meta["path"] for page in obstore.list(objects._store) for meta in page]


class Breaking(io.RawIOBase):
    """A source that ends in an error after some megabytes."""

    def __init__(self, pieces: int) -> None:
        self._left = pieces

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            raise ConnectionResetError("the sender went away")
        self._left -= 1
        return b"z" * (1 << 20)


@pytest.mark.parametrize("size", [11, 30 << 20])
def test_what_is_too_large_is_refused_and_nothing_of_it_stays(objects: Objects, size: int) -> None:
    with pytest.raises(Problem) as refused:
        objects.put(io.BytesIO(b"x" * size), size - 1)
    assert refused.value.code == "artifact_too_large"
    assert refused.value.details == {"limit_bytes": size - 1}
    assert everything_in(objects) == []


@pytest.mark.parametrize("pieces", [0, 1, 20])
def test_a_source_that_breaks_leaves_nothing_and_its_error_passes(objects: Objects, pieces: int) -> None:
    with pytest.raises(ConnectionResetError):
        objects.put(Breaking(pieces), MOST)
    assert everything_in(objects) == []


def test_what_is_not_there_cannot_be_opened(objects: Objects) -> None:
    with pytest.raises(Problem) as refused:
        objects.open(NOBODY)
    assert refused.value.code == "not_found"
    assert not objects.has(NOBODY)
    objects.delete(NOBODY)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, f"{NOBODY}/x", f"{NOBODY}\n"])
def test_only_digests_name_objects(objects: Objects, name: str) -> None:
    for act in (objects.open, objects.has, objects.delete):
        with pytest.raises(Problem):
            act(name)


@pytest.mark.parametrize("path", ["", f"sha256/{NOBODY}", f"sha256/ff/{NOBODY}", f"sha256/00/{NOBODY}/..", f"/sha256/00/{NOBODY}"])
def test_only_a_key_is_read_as_one(path: str) -> None:
    with pytest.raises(Problem):
        sha256_of(path)
    assert sha256_of(key_of(NOBODY)) == NOBODY


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (5 << 20) + 1, 33 << 20])
def test_what_is_put_comes_back(objects: Objects, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"\x00" * (size % 256)
    stored = objects.put(io.BytesIO(content), size)
    assert stored.sha256 == sha256(content).hexdigest()
    assert stored.size_bytes == size
    assert stored.key == f"sha256/{stored.sha256[:2]}/{stored.sha256}"
    assert objects.has(stored.sha256)
    for _ in range(2):
        with objects.open(stored.sha256) as stream:
            assert stream.read() == content


def test_pieces_of_any_size_are_read_in_order(objects: Objects) -> None:
    content = b"".join(number.to_bytes(4, "big") for number in range(1 << 20))
    with objects.open(objects.put(io.BytesIO(content), MOST).sha256) as stream:
        read = b""
        for size in (1, 3, 4096, 1 << 20, 5):
            read += stream.read(size)
        read += stream.read()
    assert read == content


def test_the_same_bytes_are_one_object_also_when_many_bring_them_at_once(objects: Objects) -> None:
    content = b"the same" * (1 << 18)
    problems: list[BaseException] = []

    def bring() -> None:
        try:
            objects.put(io.BytesIO(content), MOST)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert everything_in(objects) == [key_of(sha256(content).hexdigest())]
    with objects.open(sha256(content).hexdigest()) as stream:
        assert stream.read() == content


def test_the_list_names_every_object_and_a_deleted_one_is_gone(objects: Objects) -> None:
    put = [objects.put(io.BytesIO(f"object {number}".encode()), MOST) for number in range(120)]
    objects.delete(put[0].sha256)
    listed = {one.sha256: one for one in objects.listed()}
    assert set(listed) == {one.sha256 for one in put[1:]}
    assert listed[put[5].sha256].size_bytes == put[5].size_bytes
    before = listed[put[5].sha256].put_at
    objects.put(io.BytesIO(b"object 5"), MOST)
    assert next(one.put_at for one in objects.listed() if one.sha256 == put[5].sha256) >= before


def test_a_store_that_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("a file where the folder should be")
    for act in (lambda: Objects(Settings(home=tmp_path)).has(NOBODY), lambda: Objects(Settings(home=tmp_path)).put(io.BytesIO(b"x"), 1)):
        with pytest.raises(Problem) as refused:
            act()
        assert refused.value.code == "not_ready"


def test_without_keys_those_of_the_machine_are_used(s3: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").write_text(f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    objects = Objects(Settings(home=tmp_path, object_store=f"s3://{BUCKET}", object_store_endpoint=s3.url))
    stored = objects.put(io.BytesIO(b"by the machine's keys"), MOST)
    assert objects.has(stored.sha256)


def test_a_wrong_key_is_told_from_a_missing_object(s3: Storage, tmp_path: Path) -> None:
    given = {"object_store_access_key_id": ACCESS_KEY, "object_store_secret_access_key": "wrong"}
    objects = Objects(Settings(home=tmp_path, object_store=f"s3://{BUCKET}", object_store_endpoint=s3.url, **given))
    for act in (lambda: objects.has(NOBODY), lambda: objects.open(NOBODY), lambda: objects.put(io.BytesIO(b"x"), 1)):
        with pytest.raises(Problem) as refused:
            act()
        assert refused.value.code == "not_ready"


def test_a_local_store_is_closed_to_other_accounts(tmp_path: Path) -> None:
    Objects(Settings(home=tmp_path)).put(io.BytesIO(b"private"), MOST)
    assert stat.S_IMODE((tmp_path / "objects").stat().st_mode) == 0o700
