"""What is told of capsules: each step of a life, what was refused, and to members alone, also that a draft is gone."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from uuid import UUID, uuid4

import pytest
from tests.capsules.sealed import make_capsule, sealing
from tests.conftest import Clone
from tests.factories import add_member, make_user, remove_member, team_of

from quapsule.capsules.listing import show_capsules
from quapsule.database.session import Session
from quapsule.realtime.event import Event, Position
from quapsule.realtime.subscription import Look, look


@pytest.fixture
def mia(database: Clone) -> UUID:
    return make_user(database.owner, name="Mia")


@pytest.fixture
def team(database: Clone, mia: UUID) -> UUID:
    return team_of(database.owner, mia)


def told(database: Clone, capsule: UUID) -> list[str]:
    rows = database.owner.execute("select name from private.events where topic = 'capsules' and row_id = %s order by xid, seq", (capsule,))
    return [row[0] for row in rows]


def seen(database: Clone, who: UUID, events: Sequence[Event]) -> Look:
    def enter() -> AbstractContextManager[Session]:
        return database.as_user(who)

    return look(enter, events, {"capsules": show_capsules})


def event(name: str, team: UUID, capsule: UUID) -> Event:
    return Event(Position(1, 1), "capsules", name, team, capsule)


def test_strangers_are_told_neither_of_a_capsule_nor_of_its_end(database: Clone, mia: UUID, team: UUID) -> None:
    capsule = make_capsule(database.owner, team, mia)
    stranger, removed = make_user(database.owner), make_user(database.owner)
    add_member(database.owner, team, removed)
    remove_member(database.owner, team, removed)
    for name in ("capsule.created", "capsule.deleted"):
        found = event(name, team, capsule)
        for who in (stranger, removed):
            assert seen(database, who, [found]).chunk(found) is None
        assert Look(None).chunk(found) is None


def test_a_member_is_told_the_row_as_the_list_shows_it_and_of_its_end_the_id(database: Clone, mia: UUID, team: UUID) -> None:
    capsule = make_capsule(database.owner, team, mia, name="Bell")
    made, gone = event("capsule.created", team, capsule), event("capsule.deleted", team, uuid4())
    found = seen(database, mia, [made, gone])
    chunk = found.chunk(made)
    assert chunk is not None and b"event: capsule.created\n" in chunk
    row = json.loads(chunk.split(b"data: ")[1])["row"]
    assert (row["name"], row["state"], row["mqc_id"]) == ("Bell", "draft", None)
    chunk = found.chunk(gone)
    assert chunk is not None and json.loads(chunk.split(b"data: ")[1]) == {
        "topic": "capsules",
        "name": gone.name,
        "id": str(gone.row_id),
        "row": None,
    }


def test_each_step_of_a_life_is_told(database: Clone, mia: UUID, team: UUID) -> None:
    capsule = make_capsule(database.owner, team, mia, files={"notes.txt": b"."})
    database.owner.execute("update public.capsules set description = 'x' where id = %s", (capsule,))
    database.owner.execute("update public.capsules set description = 'x' where id = %s", (capsule,))  # nothing changes
    with sealing(database) as sealer:
        sealer.seal(capsule)
        sealer.sign(capsule, requested_by=mia, requested_name="Mia", meaning="review")
    database.owner.execute("update public.capsules set lifecycle_state = 'archived' where id = %s", (capsule,))
    file, description, seals_own_files = ["changed"] * 3
    expected = ["created", file, description, seals_own_files, "sealed", "changed", "archived"]
    assert told(database, capsule) == [f"capsule.{name}" for name in expected]


def test_what_the_worker_gave_up_and_a_draft_that_went_are_told(database: Clone, mia: UUID, team: UUID) -> None:
    capsule = make_capsule(database.owner, team, mia, files={})
    database.owner.execute("insert into public.seal_requests (capsule_id, kind) values (%s, 'seal')", (capsule,))
    database.owner.execute('update public.seal_requests set attempts = 1, problem = \'{"code": "not_ready"}\'')  # it tries again
    database.owner.execute('update public.seal_requests set done_at = now(), problem = \'{"code": "credential_found"}\'')
    database.owner.execute("delete from public.capsules where id = %s", (capsule,))
    assert told(database, capsule) == ["capsule.created", "capsule.seal_refused", "capsule.deleted"]


def test_a_drafts_files_are_told_once_for_each_statement_that_touched_them(database: Clone, mia: UUID, team: UUID) -> None:
    capsule = make_capsule(database.owner, team, mia, files={})
    add = "insert into public.capsule_artifacts (capsule_id, name, artifact_type) select %s, n, 'data' from unnest(%s::text[]) as n"
    database.owner.execute(add, (capsule, ["a", "b", "c"]))
    database.owner.execute("delete from public.capsule_artifacts where capsule_id = %s and name <> 'a'", (capsule,))
    database.owner.execute("delete from public.capsule_artifacts where capsule_id = %s and name = 'nobody'", (capsule,))
    assert told(database, capsule) == ["capsule.created", "capsule.changed", "capsule.changed"]
    database.owner.execute("delete from public.capsules where id = %s", (capsule,))  # its last file goes with it
    assert told(database, capsule)[3:] == ["capsule.deleted"]
