"""GET /api/events: what is pushed, to whom, in which order, and how it is resumed."""

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from tests import factories
from tests.jobs.working import COUNTS, finish

from quapsule.realtime import subscription


class Stream:
    """An open stream, read by a thread: events as {id, event, data}."""

    def __init__(self, response: httpx.Response) -> None:
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.last_id = ""
        threading.Thread(target=self._read, args=(response,), daemon=True).start()

    def next(self, name: str | None = None, seconds: float = 10) -> dict[str, Any]:
        """The next event (of this name)."""
        until = time.monotonic() + seconds
        while True:
            event = self._events.get(timeout=max(until - time.monotonic(), 0.01))
            assert event is not None, "the stream ended"
            if name in (None, event["event"]):
                return event

    def rest(self) -> list[str]:
        """Names of what has come until now."""
        found = []
        while not self._events.empty():
            event = self._events.get()
            if event is not None:
                found.append(event["event"])
        return found

    def ended(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        try:
            while self._events.get(timeout=max(until - time.monotonic(), 0.01)) is not None:
                pass
        except queue.Empty:
            return False
        return True

    def _read(self, response: httpx.Response) -> None:
        event: dict[str, Any] = {}
        try:
            for line in response.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    event[name] = value
                else:
                    self.last_id = event.get("id", self.last_id)
                    if "data" in event:
                        self._events.put(event | {"data": json.loads(event["data"])})
                    event = {}
        except httpx.HTTPError:
            pass
        self._events.put(None)


@contextmanager
def listening(client: httpx.Client, query: str = "", **headers: str) -> Iterator[Stream]:
    with client.stream("GET", f"/api/events{query}", headers=headers) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        try:
            yield Stream(response)
        finally:
            # The reading thread holds the socket: only a shutdown says to the server that we are gone.
            response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def submit(client: httpx.Client, **changes: Any) -> UUID:
    body = {"inline_code": factories.BELL, "backend": "local", "params": {"shots": 100}, **changes}
    answer = client.post("/api/jobs/submit", json=body)
    assert answer.status_code == 200, answer.text
    return UUID(answer.json()["job_id"])


def sentinel(stream: Stream, client: httpx.Client) -> list[str]:
    """Names of the jobs' events that came before an event of the client's own."""
    own = str(submit(client))
    found = []
    while (event := stream.next())["data"].get("id") != own:
        found.append(event["event"])
    return found


def test_nobody_listens_without_a_token(cast):
    assert cast.anonymous.get("/api/events").status_code == 401


@pytest.mark.parametrize("query", ["?topics=secrets", "?topics=memberships", "?team_id=x"])
def test_a_malformed_subscription_is_refused(cast, query):
    assert cast.owner.get(f"/api/events{query}").status_code == 400


def test_nobody_listens_to_a_foreign_team(cast):
    answer = cast.stranger.get("/api/events", params={"team_id": str(cast.team)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_stranger_and_a_key_of_another_team_receive_nothing(cast, api):
    other = factories.make_team(api.owner, owned_by=cast.owner_id)
    key = api.as_(factories.make_key(api.owner, other, cast.owner_id))
    with listening(cast.stranger) as strange, listening(key) as elsewhere:
        finish(api.database, submit(cast.owner, team_id=str(cast.team)))
        factories.make_script(api.owner, cast.team, cast.owner_id)
        assert sentinel(strange, cast.stranger) == []
        assert sentinel(elsewhere, key) == []


def test_each_state_of_a_job_is_pushed_with_the_job_as_status_shows_it(cast, api):
    with listening(cast.owner) as stream, listening(cast.member, "?topics=jobs") as beside:
        job = submit(cast.owner)
        finish(api.database, job)
        assert [stream.next()["event"] for _ in range(3)] == ["job.pending", "job.running", "job.completed"]
        pushed = beside.next("job.completed")
    assert (pushed["data"]["topic"], pushed["data"]["name"], pushed["data"]["id"]) == ("jobs", "job.completed", str(job))
    assert pushed["data"]["row"] == cast.owner.get(f"/api/jobs/{job}/status").json()
    assert pushed["data"]["row"]["result"]["counts"] == COUNTS["counts"]


def test_changes_of_scripts_and_backends_are_pushed(cast, api):
    with listening(cast.member, "?topics=scripts,backends") as stream:
        submit(cast.owner)
        script = factories.make_script(api.owner, cast.team, cast.member_id)
        assert stream.next()["data"]["row"]["id"] == str(script)
        cast.owner.patch(f"/api/scripts/{script}", json={"is_public": True})
        cast.owner.delete(f"/api/scripts/{script}")
        api.owner.execute("update public.backends set is_available = false where slug = 'tn1'")
        assert [stream.next()["event"] for _ in range(3)] == ["script.published", "script.deleted", "backend.changed"]


def test_a_removed_member_receives_nothing_more_and_a_new_one_does(cast, api):
    with listening(cast.member) as leaving, listening(cast.stranger) as joining:
        factories.add_member(api.owner, cast.team, cast.stranger_id)
        api.owner.execute("delete from public.team_members where team_id = %s and user_id = %s", (cast.team, cast.member_id))
        job = submit(cast.owner)
        assert joining.next("job.pending")["data"]["id"] == str(job)
        assert sentinel(leaving, cast.member) == []


def test_a_member_removed_behind_the_hub_s_back_receives_nothing_more(cast, api):
    """No event tells of it: row-level security alone decides."""
    with listening(cast.member) as stream:
        factories.remove_member(api.owner, cast.team, cast.member_id)
        submit(cast.owner)
        assert sentinel(stream, cast.member) == []


def test_a_stream_ends_with_its_session(cast, api):
    with listening(cast.member) as stream:
        api.owner.execute("update private.sessions set ended_at = now() where user_id = %s", (cast.member_id,))
        submit(cast.owner)
        assert stream.ended(10)


def test_one_ended_session_does_not_silence_another_of_the_same_person(cast, api):
    token = factories.make_session(api.owner, cast.member_id)
    with listening(api.as_(token)) as ending, listening(cast.member) as staying:
        cast.member.get("/api/jobs")
        api.owner.execute("update private.sessions set ended_at = now() where token_hash = sha256(convert_to(%s, 'UTF8'))", (token,))
        job = submit(cast.owner)
        assert staying.next("job.pending")["data"]["id"] == str(job)
        assert ending.ended(10)


def test_events_of_interleaved_transactions_come_in_an_order_that_loses_none(cast, api):
    """The first to write commits last: its event, though older, comes before nothing that was pushed already."""
    team, user = cast.team, cast.owner_id
    with listening(cast.owner, "?topics=jobs") as stream, psycopg.connect(api.database.owner_url) as slow:
        first = factories.make_job(slow, team, user)  # its transaction stays open
        second = factories.make_job(api.owner, team, user)
        time.sleep(0.3)
        assert stream.rest() == [], "an event overtook an older transaction that had not ended"
        slow.commit()
        found = [stream.next()["data"]["id"] for _ in range(2)]
    assert found == [str(first), str(second)]


def test_a_client_that_comes_back_misses_nothing_and_gets_nothing_twice(cast, api):
    with listening(cast.owner, "?topics=jobs") as stream:
        first = submit(cast.owner)
        assert stream.next()["data"]["id"] == str(first)
        last_id = stream.last_id
    missed = [submit(cast.owner) for _ in range(3)]
    submit(cast.stranger)
    with psycopg.connect(api.database.owner_url) as slow:
        held = factories.make_job(slow, cast.team, cast.owner_id)  # older than the place of who comes back, told later
        with listening(cast.owner, "?topics=jobs", **{"last-event-id": last_id}) as stream:
            found = [stream.next()["data"]["id"] for _ in range(3)]
            slow.commit()
            new = submit(cast.owner)
            found += [stream.next()["data"]["id"] for _ in range(2)]
            time.sleep(0.2)
            assert stream.rest() == []
    assert found == [str(job) for job in [*missed, held, new]]


def test_a_client_is_told_its_place_before_anything_happens(database, start_api):
    token = factories.make_session(database.owner, factories.make_user(database.owner))
    client = start_api().as_(token)  # everything that has happened was before the server began to listen
    with listening(client) as stream:
        until = time.monotonic() + 10
        while not stream.last_id:
            assert time.monotonic() < until
            time.sleep(0.01)
        last_id = stream.last_id
    job = submit(client)
    with listening(client, **{"last-event-id": last_id}) as stream:
        assert stream.next()["data"]["id"] == str(job)


@pytest.mark.parametrize("last_id", ["x", "1-1", "999999999999-1"])
def test_a_place_that_is_not_known_any_more_is_reset(cast, api, last_id):
    with listening(cast.owner, **{"last-event-id": last_id}) as stream:
        assert stream.next()["event"] == "reset"
        job = submit(cast.owner)
        assert stream.next()["data"]["id"] == str(job)


def test_a_place_older_than_a_day_is_reset(cast, api):
    with listening(cast.owner) as stream:
        submit(cast.owner)
        last_id = stream.next()["id"]
    submit(cast.owner)
    api.owner.execute("update private.events set at = now() - interval '25 hours'")
    assert api.database.value("select private.forget_events()") > 0
    submit(cast.owner)
    with listening(cast.owner, **{"last-event-id": last_id}) as stream:
        assert stream.next()["event"] == "reset"


def test_the_stream_goes_on_after_its_connection_broke(cast, api):
    with listening(cast.owner) as stream:
        api.owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'quapsule hub' and datname = current_database()"
        )
        job = submit(cast.owner)
        assert stream.next("job.pending")["data"]["id"] == str(job)


def test_a_client_that_does_not_read_is_closed(cast, api, monkeypatch):
    monkeypatch.setattr(subscription, "MAX_BUFFERED_BYTES", 20_000)
    with cast.owner.stream("GET", "/api/events") as response:
        assert response.status_code == 200
        big = {"value": "x" * 4_000_000}
        for _ in range(3):
            finish(api.database, submit(cast.owner), results=[{"result_type": "value", "result_data": {"value": big}}])
        until = time.monotonic() + 15
        while api.app.state.hub._all_streams() and time.monotonic() < until:
            time.sleep(0.05)
        assert api.app.state.hub._all_streams() == []


def test_a_person_has_at_most_twenty_streams(cast, api, monkeypatch):
    monkeypatch.setattr("quapsule.realtime.hub.MAX_STREAMS", 1)
    with listening(cast.owner):
        answer = cast.owner.get("/api/events")
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limited")
    until = time.monotonic() + 10
    while api.app.state.hub._all_streams() and time.monotonic() < until:
        time.sleep(0.02)
    with listening(cast.owner):
        pass


def test_a_capsules_life_is_pushed_to_its_team_and_its_end_without_a_row(api, cast):
    with listening(cast.member, "?topics=capsules") as member, listening(cast.stranger, "?topics=capsules") as stranger:
        made = cast.owner.post("/api/capsules", json={"name": "Bell", "team_id": str(cast.team)}).json()
        told = member.next("capsule.created")["data"]
        assert (told["topic"], told["id"], told["row"]["name"], told["row"]["state"]) == ("capsules", made["id"], "Bell", "draft")
        assert cast.owner.delete(f"/api/capsules/{made['id']}").status_code == 204
        told = member.next("capsule.deleted")["data"]
        assert (told["id"], told["row"]) == (made["id"], None)
        assert stranger.rest() == []
