"""Where large artifacts lie: bytes by their SHA-256, in a folder or in an S3 bucket. An object is never changed, only put and deleted."""

import hashlib
import io
import logging
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from quapsule.errors import Problem
from quapsule.settings import Settings

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["CHUNK_BYTES", "Listed", "Objects", "Stored", "key_of", "sha256_of"]

_log = logging.getLogger(__name__)
CHUNK_BYTES = 1 << 20
_PART_BYTES = 8 << 20
_PARTS_AT_ONCE = 4
_INCOMING = "incoming"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"sha256/([0-9a-f]{2})/([0-9a-f]{64})")


@dataclass(frozen=True)
class Stored:
    """What was put. sha256: hex."""

    sha256: str
    size_bytes: int

    @property
    def key(self) -> str:
        """What capsule_artifacts.storage_path holds."""
        return key_of(self.sha256)


@dataclass(frozen=True)
class Listed:
    """An object of the store; put_at: when it was last put."""

    sha256: str
    size_bytes: int
    put_at: datetime


class Objects:
    """The object store of the settings. Its methods may be called from any thread; nothing is opened before the first call.

    Every method raises Problem not_ready when the store does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def put(self, stream: BinaryIO, most_bytes: int) -> Stored:
        """Stores what the stream still holds, under its SHA-256, with bounded memory; the same bytes again are the same object.

        Raises Problem artifact_too_large; nothing is left of what was too large. What the stream raises, passes.
        """
        given = _Given(stream, most_bytes)
        arriving = f"{_INCOMING}/{secrets.token_hex(16)}"
        try:
            obstore.put(self._store, arriving, given.chunks(), chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE)
        except BaseException as problem:
            with suppress(BaseError, OSError):
                obstore.delete(self._store, arriving)
            if given.problem is not None:
                raise given.problem from None
            with _translated():
                raise problem
        with _translated():
            stored = Stored(given.sha256, given.size_bytes)
            self._keep(arriving)
            # Also over one that is there: it is as new as its last use, so that no sweep of the unused takes it from under this one.
            obstore.rename(self._store, arriving, stored.key)
            self._keep(stored.key)
        return stored

    def open(self, sha256: str) -> BinaryIO:
        """The object's bytes as a stream, from the start. Raises Problem not_found."""
        key = key_of(sha256)
        with _translated(sha256):
            parts = obstore.get(self._store, key).stream(min_chunk_size=CHUNK_BYTES)
        return io.BufferedReader(_Stream(iter(parts), sha256), CHUNK_BYTES)

    def has(self, sha256: str) -> bool:
        with _translated():
            try:
                obstore.head(self._store, key_of(sha256))
            except (NotFoundError, FileNotFoundError):
                return False
        return True

    def delete(self, sha256: str, put_before: datetime | None = None) -> None:
        """Also of an object that is not there. put_before: only if nobody has put it since."""
        with _translated(), suppress(NotFoundError, FileNotFoundError):
            if put_before is None or obstore.head(self._store, key_of(sha256))["last_modified"] < put_before:
                obstore.delete(self._store, key_of(sha256))

    def listed(self) -> Iterator[Listed]:
        """Every object, in no order."""
        with _translated():
            for page in obstore.list(self._store, prefix="sha256"):
                for meta in page:
                    if (found := _KEY.fullmatch(meta["path"])) is not None:
                        yield Listed(found[2], meta["size"], meta["last_modified"])

    def clear_unfinished(self, before: datetime) -> int:
        """Removes what a process that died had begun to put before then. How many."""
        with _translated():
            pages = obstore.list(self._store, prefix=_INCOMING)
            left = [meta["path"] for page in pages for meta in page if meta["last_modified"] < before]
            if left:
                obstore.delete(self._store, left)
        return len(left)

    @property
    def _folder(self) -> Path | None:
        if self._settings.object_store.startswith("s3://"):
            return None
        return Path(self._settings.object_store) if self._settings.object_store else self._settings.home / "objects"

    @cached_property
    def _store(self) -> Any:
        folder = self._folder
        if folder is None:
            return _s3(self._settings)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(folder.absolute())

    def _keep(self, key: str) -> None:
        """A row that names the object may be committed next, so its bytes have to outlive a power cut as the row does."""
        if self._folder is not None:
            file = self._folder / key
            for path in (file, *list(file.parents)[: key.count("/") + 1]):
                descriptor = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)


def key_of(sha256: str) -> str:
    """Path in the store of the object with this SHA-256 (hex)."""
    if not _SHA256.fullmatch(sha256):
        raise Problem("validation_error", f"{sha256!r} is not a SHA-256 in hex.")
    return f"sha256/{sha256[:2]}/{sha256}"


def sha256_of(key: str) -> str:
    """The SHA-256 (hex) of the object that a storage_path names. Raises Problem validation_error."""
    found = _KEY.fullmatch(key)
    if found is None or not found[2].startswith(found[1]):
        raise Problem("validation_error", f"{key!r} is no path of an object.")
    return found[2]


class _Given:
    """A stream, hashed and counted as it passes."""

    def __init__(self, stream: BinaryIO, most_bytes: int) -> None:
        self._stream, self._most = stream, most_bytes
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        self.problem: Exception | None = None

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def chunks(self) -> Iterator[bytes]:
        try:
            while chunk := self._stream.read(CHUNK_BYTES):
                self.size_bytes += len(chunk)
                if self.size_bytes > self._most:
                    message = f"The artifact is larger than {self._most} bytes, the most that is stored."
                    raise Problem("artifact_too_large", message, details={"limit_bytes": self._most})
                self._hash.update(chunk)
                yield chunk
        except Exception as problem:
            self.problem = problem
            raise


class _Stream(io.RawIOBase):
    """The store's parts as a file that is read forward."""

    def __init__(self, parts: Iterator[Any], sha256: str) -> None:
        self._parts, self._sha256 = parts, sha256
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        into = memoryview(buffer).cast("B")
        while not self._left:
            with _translated(self._sha256):
                part = next(self._parts, None)
            if part is None:
                return 0
            self._left = memoryview(bytes(part))
        count = min(len(into), len(self._left))
        into[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _s3(settings: Settings) -> S3Store:
    bucket, _, prefix = settings.object_store.removeprefix("s3://").partition("/")
    given: dict[str, Any] = {"region": settings.object_store_region}
    if settings.object_store_endpoint:
        given |= {"endpoint": settings.object_store_endpoint, "virtual_hosted_style_request": False}
        if settings.object_store_endpoint.startswith("http://"):
            given["client_options"] = {"allow_http": True}
    if settings.object_store_access_key_id:
        given |= {"access_key_id": settings.object_store_access_key_id, "secret_access_key": settings.object_store_secret_access_key}
    elif (provider := _machine_credentials()) is not None:
        given["credential_provider"] = provider
    # Who asked waits: the store's own patience is three minutes.
    retry: Any = {"max_retries": 5, "retry_timeout": timedelta(seconds=20)}
    return S3Store(bucket, prefix=prefix.strip("/") or None, retry_config=retry, **given)


def _machine_credentials() -> Any:
    """What the machine's AWS configuration says, read by boto3 where that is installed; without it the store looks by itself."""
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider

        return Boto3CredentialProvider()
    except (ImportError, ValueError):
        return None


@contextmanager
def _translated(sha256: str | None = None) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as problem:
        if sha256 is not None:
            raise Problem("not_found", f"The object store does not hold sha256:{sha256}.") from problem
        _log.error("the object store misses something: %s", problem)
        raise Problem("not_ready", "The object store does not hold what it should.", hint="The log says what.") from problem
    except (BaseError, OSError) as problem:
        raise Problem(
            "not_ready", "The object store does not answer.", hint="Try again in a moment; the operator's log says why."
        ) from problem
