"""Every text that a script had is kept; who sees which."""

from tests.factories import make_script, make_team, make_user


def test_publishing_a_script_shows_its_present_text_alone_to_others(database):
    ada, mallory = make_user(database.owner, "ada@example.org"), make_user(database.owner, "mallory@example.org")
    team = make_team(database.owner, owned_by=ada)
    script = make_script(database.owner, team, ada, content="// a password stood here", is_public=True)
    database.owner.execute("update public.scripts set script_content = '// clean' where id = %s", (script,))
    texts = "select array_agg(content order by version) from public.script_versions where script_id = %(script)s"
    with database.as_user(mallory) as session:
        assert session.value(texts, {"script": script}) == ["// clean"]
    with database.as_user(ada) as session:
        assert session.value(texts, {"script": script}) == ["// a password stood here", "// clean"]
