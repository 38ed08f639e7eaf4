"""The HTTP API as Python: one method per call that the CLI makes. Every one may raise Refused (Unreachable is one)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import UUID, uuid4

from quapsule.client import stream, waiting
from quapsule.client.capsules import Capsules
from quapsule.client.connection import Connection
from quapsule.client.rows import Backend, Calibration, Invitation, Job, Json, Key, Login, Member, Page, Script, Team, Trace, read, read_page


class Client:
    """Speaks to one server as one caller. Use as a context manager, or call close()."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_seconds: float = 30.0,
        patience_seconds: float = 1.0,
        renew: Callable[[], str] | None = None,
    ) -> None:
        self.connection = Connection(url, token, timeout_seconds=timeout_seconds, patience_seconds=patience_seconds, renew=renew)
        self.capsules = Capsules(self.connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    # jobs

    def submit(self, body: Json, key: UUID | None = None) -> str:
        """POST /api/jobs/submit; the new job's id. Sent with an Idempotency-Key, so a repeat after a break makes no second job."""
        return str(self._send("POST", "/api/jobs/submit", body=body, key=key or uuid4())["job_id"])

    def estimate(self, body: Json) -> Json:
        """Cost, checks and wait of the same body; submits nothing."""
        return _mapping(self._send("POST", "/api/jobs/estimate", body=body))

    def status(self, job_id: str) -> Job:
        return read(Job, self._send("GET", f"/api/jobs/{_part(job_id)}/status"))

    def wait(self, job_id: str, seconds: float | None = None, seen: waiting.Seen | None = None) -> Job:
        """The job when it has ended, or as it is after `seconds`; `seen` is told each change of state."""
        return waiting.wait(self.connection, job_id, seconds, seen)

    def job(self, job_id: str) -> Job:
        return read(Job, self._send("GET", f"/api/jobs/{_part(job_id)}"))

    def jobs(self, *, limit: int | None = None, cursor: str | None = None, **filters: Any) -> Page[Job]:
        """Newest first. Filters: status, backend, framework, script_id, team_id, since, until, q."""
        return read_page(Job, self._send("GET", "/api/jobs", query={"limit": limit, "cursor": cursor, **filters}))

    def traces(self, job_id: str) -> list[Trace]:
        """The job's timeline, oldest first."""
        return [read(Trace, item) for item in self._items(f"/api/jobs/{_part(job_id)}/traces", "items")]

    def logs(self, job_id: str) -> Json:
        """{"content", "truncated", …}: what the script printed."""
        return _mapping(self._send("GET", f"/api/jobs/{_part(job_id)}/logs"))

    def cancel(self, job_id: str) -> Json:
        return _mapping(self._send("POST", f"/api/jobs/{_part(job_id)}/cancel", key=uuid4()))

    def retry(self, job_id: str) -> str:
        """The id of the new job, which is linked to the old one."""
        return str(self._send("POST", f"/api/jobs/{_part(job_id)}/retry", key=uuid4())["job_id"])

    def events(
        self, last_id: str | None = None, topics: str | None = None, told: Callable[[bool], None] = lambda _: None
    ) -> Iterator[stream.Event]:
        """What happens in the caller's teams, for ever; resumes after a break, of which `told` hears. `topics`: with commas."""
        return stream.events(self.connection, last_id=last_id, topics=topics, told=told)

    def listen(self, last_id: str | None = None, topics: str | None = None) -> AbstractContextManager[Iterator[stream.Event]]:
        """One open stream: inside the block the server has subscribed us. Events without a name are signs of life."""
        return stream.listen(self.connection, last_id=last_id, topics=topics)

    # scripts and backends

    def calibrations(
        self, slug: str, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Calibration]:
        """A device's snapshots, newest first; with `as_of` (an instant) the one that a run then would have used, if any."""
        query = {"as_of": as_of, "limit": limit, "cursor": cursor}
        return read_page(Calibration, self._send("GET", f"/api/backends/{_part(slug)}/calibrations", query=query))

    def calibration(self, calibration_id: str) -> Calibration:
        return read(Calibration, self._send("GET", f"/api/calibrations/{_part(calibration_id)}"))

    def backends(self) -> list[Backend]:
        return [read(Backend, item) for item in self._items("/api/backends", "backends")]

    def scripts(self, *, limit: int | None = None, cursor: str | None = None, **filters: Any) -> Page[Script]:
        return read_page(Script, self._send("GET", "/api/scripts", query={"limit": limit, "cursor": cursor, **filters}))

    def all_scripts(self, **filters: Any) -> list[Script]:
        found: list[Script] = []
        cursor: str | None = None
        while True:
            page = self.scripts(limit=200, cursor=cursor, **filters)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    def script(self, script_id: str) -> Script:
        return read(Script, self._send("GET", f"/api/scripts/{_part(script_id)}"))

    def script_version(self, script_id: str, version: int) -> Script:
        """The script as that version: its text, and no defaults, which have no versions."""
        answer = self._send("GET", f"/api/scripts/{_part(script_id)}/versions/{version}")
        return read(Script, {**answer, "id": script_id})

    def upload(self, body: Json) -> Script:
        answer = self._send("POST", "/api/scripts/upload", body=body, key=uuid4())
        return read(Script, {**answer, "id": answer["script_id"]})

    # accounts

    def sign_in(self, email: str, password: str) -> Login:
        return _login(self._send("POST", "/api/auth/sign-in", body={"email": email, "password": password}))

    def sign_up(self, email: str, password: str, *, name: str | None = None, invitation_code: str | None = None) -> Login:
        given = {"email": email, "password": password, "name": name, "invitation_code": invitation_code}
        return _login(self._send("POST", "/api/auth/sign-up", body={key: value for key, value in given.items() if value is not None}))

    def sign_out(self) -> None:
        self._send("POST", "/api/auth/sign-out")

    def change_password(self, new: str, current: str | None = None) -> Json:
        """{"sessions_ended"}. Sets it when the account has none yet (current: None). Other sessions are ended, this one stays."""
        return _mapping(self._send("POST", "/api/auth/password", body={"new_password": new, "current_password": current}))

    def me(self) -> Json:
        return _mapping(self._send("GET", "/api/auth/me"))

    def keys(self, **filters: Any) -> list[Key]:
        return [read(Key, item) for item in self._items("/api/keys", "items", query=filters)]

    def create_key(self, body: Json) -> Key:
        """The only answer that holds the secret; so it is never repeated by itself."""
        return _key(self._send("POST", "/api/keys", body=body))

    def revoke_key(self, key_id: str) -> Any:
        return self._send("DELETE", f"/api/keys/{_part(key_id)}")

    # teams

    def teams(self) -> list[Team]:
        return [read(Team, item) for item in self._items("/api/teams", "items")]

    def create_team(self, name: str) -> Team:
        return read(Team, self._send("POST", "/api/teams", body={"name": name}, key=uuid4()))

    def members(self, team_id: str | None = None) -> list[Member]:
        found = self._items("/api/team/members", "items", query={"team_id": team_id})
        return [read(Member, item) for item in found]

    def set_role(self, user_id: str, role: str, team_id: str | None = None) -> Any:
        return self._send("PATCH", f"/api/team/members/{_part(user_id)}", body={"role": role, "team_id": team_id}, key=uuid4())

    def remove_member(self, user_id: str, team_id: str | None = None) -> Any:
        return self._send("DELETE", f"/api/team/members/{_part(user_id)}", query={"team_id": team_id})

    def invitations(self, team_id: str | None = None) -> list[Invitation]:
        found = self._items("/api/team/invitations", "items", query={"team_id": team_id})
        return [read(Invitation, item) for item in found]

    def invite(self, team_id: str, email: str, role: str) -> Invitation:
        body = {"team_id": team_id, "email": email, "role": role}
        return read(Invitation, self._send("POST", "/api/team/invitations", body=body))

    def revoke_invitation(self, invitation_id: str) -> Any:
        return self._send("DELETE", f"/api/team/invitations/{_part(invitation_id)}")

    def accept_invitation(self, token: str) -> Json:
        return _mapping(self._send("POST", "/api/team/invitations/accept", body={"token": token}, key=uuid4()))

    # service

    def meta(self) -> Json:
        return _mapping(self._send("GET", "/api/meta"))

    def _send(self, method: str, path: str, **arguments: Any) -> Any:
        return self.connection.send(method, path, **arguments)

    def _items(self, path: str, *names: str, query: Mapping[str, Any] | None = None) -> list[Any]:
        """The list of an answer that is one page, or all of them where it is paged."""
        found: list[Any] = []
        cursor: str | None = None
        while True:
            answer = self._send("GET", path, query={**(query or {}), "cursor": cursor})
            if isinstance(answer, list):
                return answer
            found += next((answer[name] for name in names if name in answer), [])
            cursor = answer.get("next_cursor")
            if cursor is None:
                return found


def _part(text: str) -> str:
    return quote(text, safe="")


def _mapping(answer: Any) -> Json:
    return answer if isinstance(answer, dict) else {}


def _login(answer: Json) -> Login:
    return read(Login, answer)


def _key(answer: Json) -> Key:
    return read(Key, {**answer, "secret": answer["key"]})
