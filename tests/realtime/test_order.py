"""The order in which events may be read, with transactions that end out of order."""

import psycopg
from tests import factories

AFTER = "select row_id from private.events_after(%(xid)s::text::xid8, %(seq)s, 100) where topic = 'jobs'"


def test_an_event_is_held_back_while_an_older_transaction_runs(database):
    user = factories.make_user(database.owner)
    team = factories.team_of(database.owner, user)
    with psycopg.connect(database.owner_url) as slow:
        first = factories.make_job(slow, team, user)
        second = factories.make_job(database.owner, team, user)
        with database.api.as_login() as session:
            assert session.dicts(AFTER, {"xid": "0", "seq": 0}) == []
            assert session.value("select private.events_held()")
        slow.commit()
    with database.api.as_login() as session:
        assert [row["row_id"] for row in session.dicts(AFTER, {"xid": "0", "seq": 0})] == [first, second]
        assert not session.value("select private.events_held()")


def test_an_event_of_a_transaction_that_is_undone_is_never_told(database):
    user = factories.make_user(database.owner)
    team = factories.team_of(database.owner, user)
    with psycopg.connect(database.owner_url) as undone:
        factories.make_job(undone, team, user)
        undone.rollback()
    second = factories.make_job(database.owner, team, user)
    with database.api.as_login() as session:
        assert [row["row_id"] for row in session.dicts(AFTER, {"xid": "0", "seq": 0})] == [second]


def test_a_caller_reads_the_events_of_their_teams_only(database):
    mine, other = factories.make_user(database.owner), factories.make_user(database.owner)
    job = factories.make_job(database.owner, factories.team_of(database.owner, mine), mine)
    factories.make_job(database.owner, factories.team_of(database.owner, other), other)
    query = "select row_id, topic from private.my_events_after('0', 0, 1000)"
    with database.as_user(mine) as session:
        found = session.dicts(query)
    assert [row["row_id"] for row in found if row["topic"] == "jobs"] == [job]
    assert all(row["topic"] != "memberships" for row in found)
    with database.as_user(other, team_id=factories.make_team(database.owner)) as session:
        assert [row for row in session.dicts(query) if row["topic"] == "jobs"] == []


def test_events_older_than_a_day_are_forgotten_and_younger_ones_kept(database):
    user = factories.make_user(database.owner)
    team = factories.team_of(database.owner, user)
    old, new = factories.make_job(database.owner, team, user), factories.make_job(database.owner, team, user)
    database.owner.execute("update private.events set at = now() - interval '25 hours' where row_id = %s", (old,))
    database.owner.execute("update private.events set at = now() - interval '23 hours' where row_id = %s", (new,))
    with database.api.as_login() as session:
        assert session.value("select private.forget_events()") == 1
    assert database.value("select count(*) from private.events where row_id = %s", new) == 1
