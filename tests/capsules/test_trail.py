"""The audit trail: who changed what of a capsule, when, with the old and the new value; before the seal as after it."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.capsules.sealed import Sealer, make_capsule, sealing
from tests.conftest import Clone
from tests.factories import add_member, disable, make_user, team_of

from quapsule.errors import Problem

SAVE = "select public.save_capsule(%(p)s)"
CHANGE = "select public.change_capsule(%(c)s, %(p)s)"
ADD = "select private.add_artifact(%(c)s, %(p)s, %(t)s, null)"


@pytest.fixture
def mia(database: Clone) -> UUID:
    return make_user(database.owner, "mia@example.org", name="Mia Meyer")


@pytest.fixture
def capsule(database: Clone, mia: UUID) -> UUID:
    with database.as_user(mia) as session:
        made: UUID = session.value(SAVE, {"p": Jsonb({"name": "Bell", "description": "first"})})
    return made


@pytest.fixture
def sealer(database: Clone) -> Iterator[Sealer]:
    with sealing(database) as found:
        yield found


def trail(database: Clone, capsule: UUID, action: str | None = None) -> list[tuple[Any, ...]]:
    """(actor, printed name, action, before, after) of each line, or of those of one action."""
    rows = database.owner.execute(
        "select actor_id, actor_name, action, before, after from public.capsule_changes where capsule_id = %s order by id", (capsule,)
    ).fetchall()
    return [row for row in rows if action in (None, row[2])]


def add_file(database: Clone, who: UUID, capsule: UUID, text: str, *, replace: bool = False) -> None:
    digest = f"sha256:{sha256(text.encode()).hexdigest()}"
    file = {
        "name": "data/notes.txt",
        "artifact_type": "data",
        "size_bytes": len(text),
        "digest": digest,
        "most_bytes": 1 << 20,
        "replace": replace,
    }
    with database.as_user(who) as session:
        session.value(ADD, {"c": capsule, "p": Jsonb(file), "t": text})


def test_nobody_changes_or_shortens_it(database: Clone, capsule: UUID) -> None:
    for statement in (
        "update public.capsule_changes set actor_name = 'nobody'",
        "update public.capsule_changes set at = '2020-01-01'",
        "delete from public.capsule_changes",
        "truncate public.capsule_changes",
    ):
        for replica in ("origin", "replica"):
            with pytest.raises(psycopg.Error) as refused, database.owner.transaction():
                database.owner.execute("select set_config('session_replication_role', %s, true)", (replica,))
                database.owner.execute(statement)  # type: ignore[arg-type]
            assert refused.value.sqlstate == "PT409", statement


def test_people_write_no_line_of_their_own(database: Clone, mia: UUID, capsule: UUID) -> None:
    forged = (
        "insert into public.capsule_changes (capsule_id, team_id, actor_name, action) select id, team_id, 'Eve', 'x' from public.capsules"
    )
    with pytest.raises(Problem) as refused, database.as_user(mia) as session:
        session.run(forged)
    assert refused.value.code == "permission_denied"


def test_other_teams_read_nothing_of_it(database: Clone, mia: UUID, capsule: UUID) -> None:
    count = "select count(*) from public.capsule_changes"
    with database.as_user(make_user(database.owner)) as stranger:
        assert stranger.value(count) == 0
    ben = make_user(database.owner)
    add_member(database.owner, team_of(database.owner, mia), ben)
    with database.as_user(ben) as member:
        assert member.value(count) > 0


def test_a_change_that_is_undone_leaves_no_line(database: Clone, mia: UUID, capsule: UUID) -> None:
    before = len(trail(database, capsule))
    with pytest.raises(RuntimeError), database.as_user(mia) as session:
        session.run(CHANGE, {"c": capsule, "p": Jsonb({"name": "Other"})})
        raise RuntimeError
    with database.as_user(mia) as session:
        session.run(CHANGE, {"c": capsule, "p": Jsonb({"name": "Bell"})})  # as it is
    assert len(trail(database, capsule)) == before


def test_a_line_says_who_and_shows_the_old_and_the_new_value_of_what_changed(database: Clone, mia: UUID, capsule: UUID) -> None:
    with database.as_user(mia) as session:
        session.run(CHANGE, {"c": capsule, "p": Jsonb({"description": "second", "retention_years": 7})})
    (changed,) = trail(database, capsule, "capsule.changed")[-1:]
    before, after = {"description": "first", "retention_years": None}, {"description": "second", "retention_years": 7}
    assert changed == (mia, "Mia Meyer", "capsule.changed", before, after)
    assert trail(database, capsule, "capsule.created")[0][:2] == (mia, "Mia Meyer")


def test_content_is_shown_by_its_digest_and_the_old_one_is_not_obscured(database: Clone, mia: UUID, capsule: UUID) -> None:
    add_file(database, mia, capsule, "Measured once.")
    add_file(database, mia, capsule, "Measured twice.", replace=True)
    with database.as_user(mia) as session:
        session.run("select public.remove_artifact(%(c)s, 'data/notes.txt')", {"c": capsule})
    once, twice = (f"sha256:{sha256(text).hexdigest()}" for text in (b"Measured once.", b"Measured twice."))
    told = [
        (action, (before or after)["content"]) for _, _, action, before, after in trail(database, capsule) if action.startswith("artifact")
    ]
    assert told == [("artifact.added", once), ("artifact.removed", once), ("artifact.added", twice), ("artifact.removed", twice)]
    assert "Measured" not in str(trail(database, capsule))


def test_a_file_that_is_changed_in_place_shows_both_digests_even_if_its_own_lies(database: Clone, mia: UUID, capsule: UUID) -> None:
    add_file(database, mia, capsule, "Measured once.")
    database.owner.execute("update public.capsule_artifacts set content_text = 'forged'")
    ((actor, name, _, before, after),) = trail(database, capsule, "artifact.changed")
    assert (actor, name) == (None, f"database login {database.value('select session_user')}")
    assert before == {"name": "data/notes.txt", "content": f"sha256:{sha256(b'Measured once.').hexdigest()}"}
    assert after == {"name": "data/notes.txt", "content": f"sha256:{sha256(b'forged').hexdigest()}"}


def test_it_goes_on_while_replicating(database: Clone, capsule: UUID) -> None:
    with database.owner.transaction():
        database.owner.execute("set local session_replication_role = replica")
        database.owner.execute("update public.capsules set name = 'Quiet' where id = %s", (capsule,))
    assert trail(database, capsule, "capsule.changed")[-1][4] == {"name": "Quiet"}


def test_it_goes_on_after_the_seal_and_tells_the_platform_from_people(database: Clone, mia: UUID, capsule: UUID, sealer: Sealer) -> None:
    add_file(database, mia, capsule, "Measured once.")
    with database.as_user(mia) as session:
        session.run("select public.request_seal(%(c)s, 'done', null)", {"c": capsule})
    sealer.do_next()
    sealer.sign(capsule, requested_by=mia, requested_name="Mia Meyer", meaning="review")
    with database.as_user(mia) as session:
        session.run("select public.archive_capsule(%(c)s)", {"c": capsule})
    told = [(name, action) for _, name, action, _, _ in trail(database, capsule)]
    assert ("Mia Meyer", "request.made") in told
    assert ("platform", "capsule.sealed") in told and ("platform", "request.done") in told
    assert told.count(("platform", "signature.added")) == 2
    assert told[-1] == ("Mia Meyer", "capsule.archived")
    meanings = [(after["signer_name"], after["meaning"]) for *_, after in trail(database, capsule, "signature.added")]
    assert meanings[-1] == ("Mia Meyer", "review")


def test_the_name_of_a_person_whose_account_was_closed_stays_readable(database: Clone, mia: UUID, capsule: UUID) -> None:
    database.owner.execute("update auth.users set raw_user_meta_data = '{}', email = null, deleted_at = now() where id = %s", (mia,))
    disable(database.owner, mia)
    assert trail(database, capsule, "capsule.created")[0][:2] == (mia, "Mia Meyer")


def test_the_trail_of_a_deleted_draft_stays_with_what_it_held(database: Clone, mia: UUID, capsule: UUID) -> None:
    add_file(database, mia, capsule, "Measured once.")
    with database.as_user(mia) as session:
        session.run("select public.delete_capsule(%(c)s)", {"c": capsule})
    with database.as_user(mia) as session:
        assert session.value("select count(*) from public.capsule_changes where capsule_id = %(c)s", {"c": capsule}) == 3
    *_, deleted = trail(database, capsule)
    assert (deleted[1], deleted[2], deleted[3]["name"]) == ("Mia Meyer", "capsule.deleted", "Bell")
    assert [line[2] for line in trail(database, capsule)] == ["capsule.created", "artifact.added", "capsule.deleted"]


def test_ten_thousand_files_in_one_statement_are_ten_thousand_lines(database: Clone, mia: UUID) -> None:
    capsule = make_capsule(database.owner, team_of(database.owner, mia), mia, {})
    database.owner.execute(
        "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_text)"
        " select %s, 'data/' || n, 'data', 'file ' || n from generate_series(1, 10000) as n",
        (capsule,),
    )
    assert len(trail(database, capsule, "artifact.added")) == 10_000
    last = f"sha256:{sha256(b'file 10000').hexdigest()}"
    assert trail(database, capsule, "artifact.added")[-1][4] == {"name": "data/10000", "artifact_type": "data", "content": last}
