"""Whose login the CLI uses: the environment's, the stored one, or this machine's own server through its Unix socket."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quapsule.client.refusals import Refused, Unreachable

if TYPE_CHECKING:
    from quapsule.client.api import Client


@dataclass(frozen=True)
class Place:
    """Where a login may come from: the environment, and this machine's server (its entry socket and address)."""

    environ: Mapping[str, str]
    socket: Path
    local_url: str

    @property
    def file(self) -> Path:
        base = self.environ.get("XDG_CONFIG_HOME") or str(Path(self.environ.get("HOME") or Path.home()) / ".config")
        return Path(base) / "quapsule" / "client.json"

    @property
    def has_entry(self) -> bool:
        try:
            return self.socket.exists()
        except OSError:
            return False  # in a folder that is closed to us: the home of another account


@dataclass(frozen=True)
class StoredLogin:
    """`socket`: the local entry that gave it, empty for a login by password or key."""

    url: str
    token: str = field(repr=False)
    email: str = ""
    socket: str = ""


def open_client(place: Place) -> "Client":
    """A client as whoever the place says; as nobody when it says nothing (public calls work). Raises Refused, Unreachable."""
    from quapsule.client.api import Client

    token = place.environ.get("QUAPSULE_TOKEN") or place.environ.get("QUAPSULE_API_KEY")
    url = place.environ.get("QUAPSULE_URL")
    if token:
        return Client(url or _stored_url(place) or place.local_url, token)
    stored = load(place)
    if stored and (url is None or _same(url, stored.url)) and not _stale(stored, place):
        renew = (lambda: enter(place).token) if stored.socket else None
        return Client(stored.url, stored.token, renew=renew)
    if place.has_entry and (url is None or _same(url, place.local_url)):
        entered = enter(place)
        return Client(entered.url, entered.token)
    return Client(url or place.local_url)


def enter(place: Place) -> StoredLogin:
    """A session from this machine's own server: whoever may open its socket is its owner. The login is stored."""
    answer = _ask_entry(place.socket)
    user = answer.get("user") or {}
    login = StoredLogin(place.local_url, answer["token"], user.get("email") or "", str(place.socket))
    save(place, login)
    return login


def enter_through_socket(socket: Path) -> str:
    """A session's token from the local entry; nothing is stored. Raises Refused, Unreachable."""
    return str(_ask_entry(socket)["token"])


def app_address(socket: Path, url: str) -> str:
    """The web app's address with a code that signs this machine's owner in: good once, for an hour. Raises Refused, Unreachable."""
    # In the fragment, which browsers send to nobody.
    return f"{url.rstrip('/')}/enter#{_ask_entry(socket, '/code')['code']}"


def _ask_entry(socket: Path, path: str = "/session") -> dict[str, Any]:
    import httpx

    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://entry", timeout=10.0) as entry:
            response = entry.post(path)
    except httpx.TransportError as error:
        hint = "Start it with `quapsule up`, or sign in elsewhere with `quapsule sign-in --url URL`."
        raise Unreachable("No server answers on this machine.", hint) from error
    if not response.is_success:
        from quapsule.client.connection import refusal_of

        raise refusal_of(response)
    answer: dict[str, Any] = response.json()
    return answer


def load(place: Place) -> StoredLogin | None:
    """The stored login. Raises Refused when the file is there but is not ours to understand."""
    try:
        text = place.file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused("validation_error", f"{place.file} cannot be read: {error.strerror}.") from error
    try:
        data: dict[str, Any] = json.loads(text)
        return StoredLogin(**{name: str(data[name]) for name in ("url", "token", "email", "socket") if name in data})
    except (ValueError, TypeError, KeyError) as error:
        hint = "`quapsule sign-out` removes it."
        raise Refused("validation_error", f"{place.file} is not a login file.", hint) from error


def save(place: Place, login: StoredLogin) -> None:
    """Readable by its owner alone from its first byte on, and never half written."""
    folder = place.file.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".client.", dir=folder)  # mkstemp: 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(login), file, indent=2)
            file.write("\n")
        Path(name).replace(place.file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def forget(place: Place) -> bool:
    """False: there was none."""
    try:
        place.file.unlink()
    except FileNotFoundError:
        return False
    return True


def _stored_url(place: Place) -> str | None:
    stored = load(place)
    return stored.url if stored and not stored.socket else None


def _stale(stored: StoredLogin, place: Place) -> bool:
    """A login by the local entry belongs to that server: another home, or a new address of it, needs a new one."""
    return bool(stored.socket) and (stored.socket != str(place.socket) or not _same(stored.url, place.local_url))


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
