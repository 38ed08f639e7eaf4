"""The three logins: the owner migrates, the API and the worker get a role and a password of their own (home/logins.json, 0600)."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from quapsule.database.embedded import EmbeddedServer
from quapsule.errors import Problem
from quapsule.settings import Settings

_ROLES = ("api_login", "worker_login")


@dataclass(frozen=True)
class Urls:
    """Connection strings of the owner (migrations), the API and the worker."""

    owner: str
    api: str
    worker: str


def owner_url(settings: Settings) -> str:
    """The database in use: the one of the settings, else the embedded server's (which must have been started once)."""
    return settings.database_url or EmbeddedServer(settings.home).url()


def prepare_logins(settings: Settings) -> Urls:
    """After migrating: gives the two logins their passwords where those of this installation do not open the database yet."""
    urls = read_urls(settings)
    given = {"api_login": settings.api_database_url, "worker_login": settings.worker_database_url}
    for role, url in (("api_login", urls.api), ("worker_login", urls.worker)):
        if not given[role] and not _opens(url):
            set_password(urls.owner, role, _passwords(settings.home)[role])
            if not _opens(url):
                raise Problem("not_ready", f"{role} cannot log in to the database.", hint="Let pg_hba.conf accept scram-sha-256 for it.")
    return urls


def read_urls(settings: Settings) -> Urls:
    """The three connection strings of this installation. Makes passwords on first use; changes nothing in the database."""
    owner = owner_url(settings)
    passwords = _passwords(settings.home)
    return Urls(
        owner=owner,
        api=settings.api_database_url or as_login(owner, "api_login", passwords["api_login"]),
        worker=settings.worker_database_url or as_login(owner, "worker_login", passwords["worker_login"]),
    )


def as_login(url: str, role: str, password: str) -> str:
    return make_conninfo("", **{**conninfo_to_dict(url), "user": role, "password": password})


def set_password(url: str, role: str, password: str) -> None:
    """Sends the SCRAM verifier, not the password: a statement may end up in a log."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(verifier)))


def _opens(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _passwords(home: Path) -> dict[str, str]:
    path = home / "logins.json"
    if not path.exists():
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        half = path.with_name(f"logins.{os.getpid()}.half")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({role: secrets.token_urlsafe(32) for role in _ROLES}, file)
        try:
            os.link(half, path)  # not over one that a twin has just made
        except FileExistsError:
            pass
        finally:
            half.unlink()
    kept: dict[str, str] = json.loads(path.read_text())
    return kept
