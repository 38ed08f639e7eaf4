"""Team secrets: who may write one, and that nothing in the database opens it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.conftest import Clone
from tests.database.recipient import KEY_ID, PRIVATE, PUBLIC
from tests.factories import add_member, make_user, suspend, team_of

from quapsule.errors import Problem

CANARY = "canary-7f3a"


@pytest.fixture
def alice(database: Clone) -> UUID:
    return make_user(database.owner, "alice@example.org")


@pytest.fixture
def team(database: Clone, alice: UUID) -> UUID:
    return team_of(database.owner, alice)


@pytest.fixture
def recipient(database: Clone) -> None:
    database.owner.execute("insert into private.secret_recipients (key_id, public_key) values (%s, %s)", (KEY_ID, PUBLIC))


def upsert(database: Clone, user: UUID, team: UUID, *, by: UUID | None = None, value: str = CANARY, **claims: Any) -> UUID:
    with database.as_user(user, **claims) as session:
        found: UUID = session.value(
            "select public.upsert_team_secret(%(team)s, 'ionq', 'API_KEY', %(value)s, %(by)s)",
            {"team": team, "value": value, "by": by or user},
        )
        return found


def refusal(database: Clone, user: UUID, team: UUID, **more: Any) -> str:
    with pytest.raises(Problem) as refused:
        upsert(database, user, team, **more)
    return refused.value.code


def test_without_a_recipient_nothing_is_stored(database: Clone, alice: UUID, team: UUID) -> None:
    with pytest.raises(Problem) as refused:
        upsert(database, alice, team)
    assert refused.value.code == "conflict" and refused.value.hint
    assert database.value("select count(*) from public.team_secrets") == 0


@pytest.mark.usefixtures("recipient")
def test_strangers_members_read_keys_and_other_names_are_refused(database: Clone, alice: UUID, team: UUID) -> None:
    mallory, bob = make_user(database.owner), make_user(database.owner)
    add_member(database.owner, team, bob)
    assert refusal(database, mallory, team) == "not_found"
    assert refusal(database, alice, uuid4()) == "not_found"
    assert refusal(database, bob, team) == "permission_denied"
    assert refusal(database, alice, team, by=bob) == "permission_denied"
    assert refusal(database, alice, team, team_id=team, level="read") == "permission_denied"
    assert refusal(database, alice, team, value="") == "validation_error"
    suspend(database.owner, team)
    assert refusal(database, alice, team) == "team_suspended"


@pytest.mark.usefixtures("recipient")
def test_the_value_is_sealed_for_the_recipient_and_names_its_row(database: Clone, alice: UUID, team: UUID) -> None:
    secret = upsert(database, alice, team)
    sealed = database.value("select encrypted_value from public.team_secrets where id = %s", secret)
    scheme, key_id, body = sealed.split(":")
    assert (scheme, key_id) == ("pgp1", KEY_ID) and CANARY not in sealed
    opened = "select extensions.pgp_pub_decrypt(decode(%s, 'base64'), extensions.dearmor(%s))::jsonb"
    assert database.value(opened, body, PRIVATE) == {"t": str(team), "p": "ionq", "k": "API_KEY", "v": CANARY}
    assert database.value("select created_by from private.team_secret_authors where secret_id = %s", secret) == alice


@pytest.mark.usefixtures("recipient")
def test_a_second_upsert_replaces_the_value_with_another_ciphertext(database: Clone, alice: UUID, team: UUID) -> None:
    text = "select encrypted_value from public.team_secrets"
    first = upsert(database, alice, team)
    before = database.value(text)
    assert upsert(database, alice, team) == first
    assert database.value(text) != before


@pytest.mark.usefixtures("recipient")
def test_leaders_see_that_a_secret_is_there_and_never_its_value(database: Clone, alice: UUID, team: UUID) -> None:
    upsert(database, alice, team)
    bob = make_user(database.owner)
    add_member(database.owner, team, bob)
    count = "select count(*) from (select id from public.team_secrets) as s"
    with database.as_user(alice) as session:
        assert session.value(count) == 1
    with database.as_user(bob) as session:
        assert session.value(count) == 0
    with pytest.raises(Problem) as refused, database.as_user(alice) as session:
        session.value("select encrypted_value from public.team_secrets")
    assert refused.value.code == "permission_denied"
