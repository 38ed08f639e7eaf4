"""A worker's capsule thread beside a test's API: the same database, the same home with its object store and key."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
from tests import factories

from quapsule.accounts.passwords import hash_password
from quapsule.sandbox.layers import inspect_layers
from quapsule.worker.boxes import Boxes
from quapsule.worker.capsules import CHANNEL, Capsules

PASSWORD = "correct horse battery staple"
SCRIPT = "def main(params):\n    return 1\n"


class Sealer:
    """`work` does all that was asked for; `start` lets it run by itself, until `stop`."""

    def __init__(self, api: Any) -> None:
        settings = replace(api.settings, worker_database_url=api.database.worker_url)
        self._owner = api.owner
        self.thread = Capsules(settings, Boxes(settings, inspect_layers()), "worker of tests")

    def work(self) -> int:
        done = 0
        while self.thread.do_next():
            done += 1
        return done

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        if self.thread.is_alive():
            self.thread.close()
            self._owner.execute(f"notify {CHANNEL}")  # it would look by itself in some seconds
            self.thread.join(20)


def serving(api: Any) -> Iterator[Sealer]:
    """For a fixture."""
    sealer = Sealer(api)
    yield sealer
    sealer.stop()


def give_password(owner: factories.Owner, user: UUID, password: str = PASSWORD) -> None:
    owner.execute("update auth.users set encrypted_password = %s where id = %s", (hash_password(password), user))


def draft(client: httpx.Client, **fields: Any) -> str:
    """A capsule with a script."""
    made = client.post("/api/capsules", json={"name": "Bell, twice", **fields})
    assert made.status_code == 201, made.text
    capsule = str(made.json()["id"])
    added = client.post(
        f"/api/capsules/{capsule}/artifacts", json={"name": "workflow/script.py", "artifact_type": "workflow", "content_text": SCRIPT}
    )
    assert added.status_code == 201, added.text
    return capsule


def sealed(client: httpx.Client, work: Callable[[], int], **fields: Any) -> str:
    capsule = draft(client, **fields)
    asked = client.post(f"/api/capsules/{capsule}/seal", json={})
    assert asked.status_code == 202, asked.text
    work()
    assert client.get(f"/api/capsules/{capsule}").json()["state"] == "sealed"
    return capsule


def code(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])
