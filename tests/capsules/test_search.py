"""Search reads with its definer's rights: it must find what the policies let the caller find, by each of its ways, and nothing else."""

import pytest
from psycopg.types.json import Jsonb
from tests import factories

from quapsule.capsules.listing import Filters, list_capsules

PAGE = {"limit": 51, "before_at": None, "before_id": None}
ROWS = 12_000
MAKE = """
insert into public.capsules (team_id, user_id, name, description, lifecycle_state, custom_metadata, regulatory_framework, created_at)
select %(team)s, %(user)s, 'Experiment ' || k,
       concat_ws(' ', 'measured', case when k %% 3 = 0 then 'noise' end, case when k %% 700 = 0 then 'beryllium' end,
                 case when k > 6000 then 'ancient' end, case when k = 777 then 'zirconium' end),
       case when k %% 50 = 0 then 'runnable' else 'draft' end,
       case when k %% 900 = 0 then '{"tags": ["paper", "x"]}'::jsonb else '{}'::jsonb end,
       case when k %% 400 = 0 then 'FDA-21CFR11' end, now() - k * interval '1 second'
  from generate_series(1, %(rows)s) as k
"""
# The same question under the policies, which needs no index.
PLAIN = """
select c.id from public.capsules as c
 where (%(q)s::text is null
        or to_tsvector('english', c.name || ' ' || coalesce(c.description, '')) @@ websearch_to_tsquery('english', %(q)s))
   and (%(state)s::text is null or c.lifecycle_state = %(state)s)
   and (%(tag)s::text is null or c.custom_metadata -> 'tags' ? %(tag)s)
   and (%(regulatory_framework)s::text is null or c.regulatory_framework = %(regulatory_framework)s)
   and (%(before_at)s::timestamptz is null or (c.created_at, c.id) < (%(before_at)s, %(before_id)s))
 order by c.created_at desc, c.id desc limit %(limit)s
"""


@pytest.fixture
def many(database):
    """Two teams of many capsules, each person in one, and a third person in both."""
    people = [factories.make_user(database.owner) for _ in range(2)]
    teams = [factories.team_of(database.owner, user) for user in people]
    for user, team in zip(people, teams, strict=True):
        database.owner.execute(MAKE, {"team": team, "user": user, "rows": ROWS})
    both = factories.make_user(database.owner)
    for team in teams:
        factories.add_member(database.owner, team, both)
    database.owner.execute("analyze public.capsules")
    return database, people, teams, both


def found(session, page=PAGE, **filters):
    return [row.id for row in list_capsules(session, Filters(**filters), page)]


def plain(session, page=PAGE, **filters):
    given = dict.fromkeys(("q", "state", "tag", "regulatory_framework")) | filters | page
    return [row["id"] for row in session.dicts(PLAIN, given)]


def test_another_team_s_capsules_are_not_found_in_any_way(many):
    database, people, teams, _ = many
    stranger = factories.make_user(database.owner)
    with database.as_user(stranger) as session:
        for filters in ({}, {"q": "experiment"}, {"q": "zirconium"}, {"q": "ancient"}, {"tag": "paper"}, {"team_id": teams[0]}):
            assert found(session, **filters) == []
    with database.as_user(people[0]) as session:
        assert found(session, team_id=teams[1], q="experiment") == []
        seen = {row.team_id for row in list_capsules(session, Filters(q="experiment"), PAGE)}
        assert seen == {teams[0]}
    with database.as_user(people[0], team_id=teams[1], level="full") as session:  # a key of a team that its maker is not in
        assert found(session, q="experiment") == []


def test_every_way_finds_what_the_policies_show_in_the_same_order(many):
    database, people, _, both = many
    questions = (
        *({"q": q} for q in ("experiment", "noise", "beryllium", "zirconium", "ancient", "nothing", "noise -ancient", '"noise beryllium"')),
        *({"q": q} for q in ("-noise", "beryllium or zirconium", "the", "measure noises", "o'clock \"", "a & b | !c:* <->")),
        *({"q": "noise", "state": "runnable"}, {"q": "ancient", "tag": "paper"}, {"tag": "x"}, {"regulatory_framework": "FDA-21CFR11"}),
        *({"q": "experiment", "regulatory_framework": "FDA-21CFR11", "state": "runnable"}, {}),
    )
    for user in (people[0], both):
        with database.as_user(user) as session:
            at = session.dicts("select created_at, id from public.capsules order by created_at desc, id desc offset 5000 limit 1")[0]
            middle = {"limit": 51, "before_at": at["created_at"], "before_id": at["id"]}
            for page in (PAGE, middle):
                for question in questions:
                    assert found(session, page, **question) == plain(session, page, **question), question


def test_a_rare_word_is_looked_up_and_a_common_one_is_met_on_the_way(many):
    """By the plans: neither reads all of the team's capsules."""
    database, people, *_ = many
    for q, most in (("zirconium", 50), ("experiment", 1600), ("beryllium", 100)):
        with database.as_user(people[0]) as session:
            before = read(session)
            assert found(session, q=q)
            assert read(session) - before <= most, q


def read(session):
    """Rows of capsules that this transaction has fetched so far."""
    counted = session.dicts(
        "select pg_stat_get_xact_tuples_fetched(c.oid) + pg_stat_get_xact_tuples_returned(c.oid) as n"
        "  from pg_catalog.pg_class as c where c.oid = 'public.capsules'::regclass"
    )
    return counted[0]["n"]


def test_tags_are_matched_whole_and_as_they_are(database):
    user = factories.make_user(database.owner)
    team = factories.team_of(database.owner, user)
    for tags in (["paper"], ["papers"], ['a"b', "50%"], "paper", None):
        metadata = Jsonb({"tags": tags} if tags is not None else {})
        database.owner.execute(
            "insert into public.capsules (team_id, user_id, name, custom_metadata) values (%s, %s, 'x', %s)", (team, user, metadata)
        )
    with database.as_user(user) as session:
        assert [len(found(session, tag=tag)) for tag in ("paper", "pap", 'a"b', "50%", "%")] == [1, 0, 1, 1, 0]
