"""/api/capsules: who may draft, change, archive and find capsules, and what stays of what was done."""

import csv
import io
from uuid import uuid4

import pytest
from tests import factories
from tests.api.sealing import code, draft, sealed, serving


@pytest.fixture
def sealer(api):
    yield from serving(api)


@pytest.fixture
def read_key(api, cast):
    return api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, "read"))


def test_nobody_gets_anywhere_without_signing_in(cast):
    for method, path in (
        *(("GET", ""), ("POST", ""), ("GET", f"/{uuid4()}"), ("PATCH", f"/{uuid4()}"), ("DELETE", f"/{uuid4()}")),
        *(("POST", f"/{uuid4()}/{verb}") for verb in ("runnable", "archive", "seal", "rerun", "compare", "verify", "doi", "signatures")),
        *(("GET", f"/{uuid4()}/{part}") for part in ("artifacts", "artifacts/x", "export", "lineage", "drift", "changes")),
        *(("PUT", f"/{uuid4()}/artifacts/x?artifact_type=data"), ("DELETE", f"/{uuid4()}/artifacts/x"), ("POST", "/import")),
    ):
        given = (
            {}
            if method in ("GET", "DELETE")
            else {"json": {"name": "x", "doi": "10.1234/x", "other_id": str(uuid4()), "meaning": "review", "password": "x"}}
        )
        assert cast.anonymous.request(method, f"/api/capsules{path}", **given).status_code == 401, (method, path)


def test_a_foreign_capsule_is_a_missing_one(cast):
    capsule = draft(cast.member, team_id=str(cast.team))
    bodies = {"doi": {"doi": "10.1234/x"}, "compare": {"other_id": capsule}, "signatures": {"meaning": "review", "password": "x"}}
    for missing in (capsule, str(uuid4())):
        base = f"/api/capsules/{missing}"
        answers = [cast.stranger.get(base), cast.stranger.patch(base, json={"name": "mine"}), cast.stranger.delete(base)]
        for verb in ("runnable", "archive", "seal", "rerun", "verify", "compare", "doi", "signatures"):
            answers.append(cast.stranger.post(f"{base}/{verb}", json=bodies.get(verb, {})))
        for part in ("artifacts", "artifacts/workflow/script.py", "export", "lineage", "drift", "changes"):
            answers.append(cast.stranger.get(f"{base}/{part}"))
        answers.append(cast.stranger.put(f"{base}/artifacts/x?artifact_type=data", content=b"x"))
        answers.append(cast.stranger.post(f"{base}/artifacts", json={"name": "x", "artifact_type": "data", "content_text": "x"}))
        answers.append(cast.stranger.delete(f"{base}/artifacts/workflow/script.py"))
        assert {answer.status_code for answer in answers} == {404}, [answer.text for answer in answers]
    assert cast.stranger.get("/api/capsules").json()["items"] == []
    assert cast.stranger.get("/api/capsules", params={"team_id": str(cast.team)}).json()["items"] == []


def test_a_key_that_reads_writes_nothing(api, cast, read_key, sealer):
    capsule, done = draft(cast.owner, team_id=str(cast.team)), sealed(cast.owner, sealer.work, team_id=str(cast.team))
    base = f"/api/capsules/{capsule}"
    answers = [
        read_key.post("/api/capsules", json={"name": "x"}),
        read_key.patch(base, json={"name": "x"}),
        read_key.delete(base),
        read_key.post(f"{base}/artifacts", json={"name": "x", "artifact_type": "data", "content_text": "x"}),
        read_key.put(f"{base}/artifacts/x?artifact_type=data", content=b"x"),
        read_key.delete(f"{base}/artifacts/workflow/script.py"),
        read_key.post(f"{base}/runnable"),
        read_key.post(f"{base}/seal", json={}),
        read_key.post(f"/api/capsules/{done}/archive"),
        read_key.post(f"/api/capsules/{done}/doi", json={"doi": "10.1234/x"}),
        read_key.post("/api/capsules/import", content=b"x"),
        read_key.post(f"/api/capsules/{done}/signatures", json={"meaning": "review", "password": "x"}),
    ]
    assert [(answer.status_code, code(answer)) for answer in answers] == [(403, "permission_denied")] * len(answers)
    assert read_key.get(base).status_code == 200 and len(read_key.get("/api/capsules").json()["items"]) == 2


def test_another_member_reads_a_draft_and_changes_nothing_of_it(api, cast):
    capsule = draft(cast.owner, team_id=str(cast.team))
    base = f"/api/capsules/{capsule}"
    for answer in (
        cast.member.patch(base, json={"name": "x"}),
        cast.member.delete(base),
        cast.member.post(f"{base}/artifacts", json={"name": "x", "artifact_type": "data", "content_text": "x"}),
        cast.member.put(f"{base}/artifacts/x?artifact_type=data", content=b"x"),
        cast.member.delete(f"{base}/artifacts/workflow/script.py"),
        cast.member.post(f"{base}/runnable"),
        cast.member.post(f"{base}/seal", json={}),
        cast.member.post(f"{base}/archive"),
        cast.member.post(f"{base}/doi", json={"doi": "10.1234/x"}),
    ):
        assert (answer.status_code, code(answer)) == (403, "permission_denied"), answer.text
    assert cast.member.get(base).json()["name"] == "Bell, twice"
    assert cast.admin.patch(base, json={"name": "By a leader"}).json()["name"] == "By a leader"


def test_a_suspended_team_reads_and_changes_nothing(api, cast, sealer):
    capsule, done = draft(cast.member, team_id=str(cast.team)), sealed(cast.owner, sealer.work, team_id=str(cast.team))
    factories.suspend(api.owner, cast.team)
    base = f"/api/capsules/{capsule}"
    for answer in (
        cast.member.post("/api/capsules", json={"name": "x", "team_id": str(cast.team)}),
        cast.member.patch(base, json={"name": "x"}),
        cast.member.delete(base),
        cast.member.put(f"{base}/artifacts/x?artifact_type=data", content=b"x"),
        cast.owner.post(f"{base}/seal", json={}),
        cast.owner.post(f"/api/capsules/{done}/archive"),
        cast.owner.post(f"/api/capsules/{done}/rerun"),
    ):
        assert answer.status_code in (403, 422) and code(answer) in ("team_suspended", "capsule_not_repeatable"), answer.text
    assert cast.member.get(base).status_code == 200
    assert cast.member.get(f"/api/capsules/{done}/export").status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": ""},
        {"name": "x" * 201},
        {"name": "a\0b"},
        {"name": "x", "custom_metadata": []},
        {"name": "x", "custom_metadata": {"tags": "a"}},
        {"name": "x", "custom_metadata": {"tags": [1]}},
        {"name": "x", "custom_metadata": {"tags": ["a"] * 51}},
        {"name": "x", "custom_metadata": {"big": "x" * 65_536}},
        {"name": "x", "custom_metadata": {"imported": {"top": "../x"}}},
        {"name": "x", "custom_metadata": {"seal_when_done": "yes"}},
        {"name": "x", "git_sha": "main"},
        {"name": "x", "retention_years": 0},
        {"name": "x", "retention_years": 1.5},
        {"name": "x", "max_budget_usd": -1},
        {"name": "x", "job_id": "last"},
        {"name": "x", "parent_capsule_id": "none"},
    ],
)
def test_a_malformed_draft_is_refused(cast, fields):
    assert code(cast.stranger.post("/api/capsules", json=fields)) == "validation_error"


def test_a_job_that_has_not_ended_or_is_another_s_makes_no_capsule(api, cast):
    running = factories.make_job(api.owner, cast.team, cast.member_id, status="running")
    ended = factories.make_job(api.owner, cast.team, cast.member_id, status="completed")
    assert code(cast.member.post("/api/capsules", json={"job_id": str(running)})) == "conflict"
    assert code(cast.stranger.post("/api/capsules", json={"job_id": str(ended)})) == "not_found"
    other = str(factories.team_of(api.owner, cast.member_id))
    assert code(cast.member.post("/api/capsules", json={"job_id": str(ended), "team_id": other})) == "not_found"
    mine = draft(cast.stranger)
    assert code(cast.member.post("/api/capsules", json={"name": "x", "team_id": str(cast.team), "parent_capsule_id": mine})) == "not_found"
    assert code(cast.member.post("/api/capsules", json={"name": "x"})) == "validation_error"  # several teams


def test_a_capsule_of_an_ended_job_is_filled_by_the_worker(api, cast, sealer):
    job = factories.make_job(api.owner, cast.team, cast.owner_id, status="completed")
    made = cast.member.post("/api/capsules", json={"job_id": str(job), "description": "Afterwards", "custom_metadata": {"tags": ["late"]}})
    assert made.status_code == 201 and made.json()["name"] == "Capsule of openqasm job"
    assert [file["name"] for file in made.json()["artifacts"]] == ["workflow/program.qasm"]
    assert [request["kind"] for request in made.json()["requests"]] == ["fill"]
    sealer.work()
    found = cast.member.get(f"/api/capsules/{made.json()['id']}").json()
    assert found["state"] == "runnable" and {"workflow/job.json", "environment/environment.json"} < {
        file["name"] for file in found["artifacts"]
    }
    assert (found["description"], found["tags"]) == ("Afterwards", ["late"])
    assert cast.member.get(f"/api/jobs/{job}").json()["capsule_id"] == found["id"]


def test_a_draft_says_what_it_was_told_and_changes_until_it_is_sealed(cast, sealer):
    capsule = draft(
        cast.stranger, description="One", git_sha="b" * 40, retention_years=5, custom_metadata={"tags": ["a"], "seal_when_done": True}
    )
    changed = cast.stranger.patch(
        f"/api/capsules/{capsule}", json={"description": None, "retention_years": 7, "custom_metadata": {"tags": ["b"]}}
    )
    found = changed.json()
    assert (found["description"], found["retention_years"], found["git_sha"], found["tags"]) == (None, 7, "b" * 40, ["b"])
    assert found["custom_metadata"] == {"tags": ["b"], "seal_when_done": True} and found["mqc_id"] is None
    assert cast.stranger.post(f"/api/capsules/{capsule}/runnable").json()["state"] == "runnable"
    assert code(cast.stranger.delete(f"/api/capsules/{capsule}")) == "conflict"
    assert code(cast.stranger.post(f"/api/capsules/{capsule}/archive")) == "capsule_not_sealed"
    cast.stranger.post(f"/api/capsules/{capsule}/seal", json={"notes": "Done."})
    sealer.work()
    for answer in (
        cast.stranger.patch(f"/api/capsules/{capsule}", json={"name": "x"}),
        cast.stranger.delete(f"/api/capsules/{capsule}"),
        cast.stranger.post(f"/api/capsules/{capsule}/runnable"),
        cast.stranger.post(f"/api/capsules/{capsule}/seal", json={}),
        cast.stranger.delete(f"/api/capsules/{capsule}/artifacts/workflow/script.py"),
        cast.stranger.put(f"/api/capsules/{capsule}/artifacts/x?artifact_type=data", content=b"x"),
    ):
        assert (answer.status_code, code(answer)) == (409, "capsule_sealed"), answer.text
    assert cast.stranger.post(f"/api/capsules/{capsule}/archive").json()["state"] == "archived"
    assert cast.stranger.post(f"/api/capsules/{capsule}/archive").status_code == 200


def test_an_empty_draft_is_neither_runnable_nor_sealed(cast):
    capsule = cast.stranger.post("/api/capsules", json={"name": "Nothing"}).json()["id"]
    assert code(cast.stranger.post(f"/api/capsules/{capsule}/runnable")) == "capsule_not_repeatable"
    assert code(cast.stranger.post(f"/api/capsules/{capsule}/seal", json={})) == "conflict"
    assert code(cast.stranger.get(f"/api/capsules/{capsule}/export")) == "capsule_not_sealed"
    assert code(cast.stranger.post(f"/api/capsules/{capsule}/verify")) == "capsule_not_sealed"


def test_the_trail_outlives_a_deleted_draft_and_can_be_taken_along(cast):
    capsule = draft(cast.stranger, name="=SUM(A1)")
    cast.stranger.patch(f"/api/capsules/{capsule}", json={"description": "New"})
    assert cast.stranger.delete(f"/api/capsules/{capsule}").status_code == 204
    assert cast.stranger.get(f"/api/capsules/{capsule}").status_code == 404
    first = cast.stranger.get(f"/api/capsules/{capsule}/changes", params={"limit": 2}).json()
    rest = cast.stranger.get(f"/api/capsules/{capsule}/changes", params={"cursor": first["next_cursor"]}).json()
    actions = [change["action"] for change in first["items"] + rest["items"]]
    assert actions[0] == "capsule.created" and "artifact.added" in actions and len(first["items"]) == 2
    changed = next(change for change in first["items"] + rest["items"] if (change["after"] or {}).get("description") == "New")
    assert changed["before"] == {"description": None}
    table = cast.stranger.get(f"/api/capsules/{capsule}/changes", params={"format": "csv"})
    assert table.headers["content-type"].startswith("text/csv") and "attachment" in table.headers["content-disposition"]
    lines = list(csv.reader(io.StringIO(table.text)))
    assert lines[0] == ["id", "at", "actor_id", "actor_name", "action", "before", "after"] and len(lines) == 1 + len(actions)


def test_the_list_is_narrowed_by_text_and_filters_and_paged(api, cast):
    job = factories.make_job(api.owner, cast.team, cast.member_id, status="completed", backend="local")
    team = {"team_id": str(cast.team)}
    bell = draft(cast.member, name="Entangled pairs", description="Measuring Bell's inequality", **team)
    ghz = draft(cast.owner, name="GHZ state", custom_metadata={"tags": ["paper", "2026"]}, regulatory_framework="FDA-21CFR11", **team)
    child = draft(cast.admin, name="Child", parent_capsule_id=bell, **team)
    of_job = cast.member.post("/api/capsules", json={"job_id": str(job), "name": "Job's"}).json()["id"]

    def found(**filters):
        return {item["id"] for item in cast.member.get("/api/capsules", params=filters).json()["items"]}

    assert found() == {bell, ghz, child, of_job}
    assert found(q="measure inequalities") == {bell} and found(q='"bell inequality"') == set() and found(q="ghz or bell") == {bell, ghz}
    assert found(q="state -ghz") == set() and found(q="mqc:1:" + "0" * 64) == set()
    assert found(tag="paper") == {ghz} and found(tag="paper", q="entangled") == set()
    assert found(regulatory_framework="FDA-21CFR11") == {ghz} and found(state="sealed") == set()
    assert found(job_id=str(job)) == {of_job} and found(backend="local") == {of_job} and found(parent_id=bell) == {child}
    assert found(team_id=str(factories.team_of(api.owner, cast.member_id))) == set()
    seen, cursor = [], None
    while True:
        page = cast.member.get("/api/capsules", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == [of_job, child, ghz, bell]
    assert code(cast.member.get("/api/capsules?cursor=x")) == "validation_error"


def test_lineage_goes_up_and_down(cast):
    root = draft(cast.stranger, name="Root")
    middle = draft(cast.stranger, name="Middle", parent_capsule_id=root)
    leaves = [draft(cast.stranger, name=f"Leaf {number}", parent_capsule_id=middle) for number in range(2)]
    draft(cast.stranger, name="Aunt", parent_capsule_id=root)
    found = cast.stranger.get(f"/api/capsules/{middle}/lineage").json()
    assert {node["id"] for node in found["nodes"]} == {root, middle, *leaves} and not found["truncated"]
    assert {(edge["parent"], edge["child"]) for edge in found["edges"]} == {(root, middle), *((middle, leaf) for leaf in leaves)}
    assert cast.stranger.get(f"/api/capsules/{middle}").json()["children"] == leaves


def test_a_write_that_is_sent_twice_is_done_once(cast):
    headers = {"idempotency-key": str(uuid4())}
    first, again = (cast.stranger.post("/api/capsules", json={"name": "Once"}, headers=headers) for _ in range(2))
    assert first.json()["id"] == again.json()["id"] and again.headers["idempotent-replayed"] == "true"
    assert code(cast.stranger.post("/api/capsules", json={"name": "Twice"}, headers=headers)) == "idempotency_conflict"
    assert len(cast.stranger.get("/api/capsules").json()["items"]) == 1
