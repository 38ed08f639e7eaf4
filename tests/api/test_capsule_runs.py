"""Doing it again from the capsule alone, and whether the same came out: re-runs, comparisons, drift."""

import json
import random

import pytest
from tests import factories
from tests.api.sealing import code, draft, sealed, serving

BODY = {"circuit": {"format": "qasm3", "payload": factories.BELL}, "backend": "local", "params": {"shots": 1000, "seed": 7, "label": "x"}}


@pytest.fixture
def sealer(api):
    yield from serving(api)


@pytest.fixture
def capsule(api, cast, sealer):
    """Sealed, of a job of the member's that has ended."""
    answer = cast.member.post("/api/jobs/submit", json={**BODY, "team_id": str(cast.team), "create_capsule": True, "seal_capsule": True})
    job = answer.json()["job_id"]
    end(api, job)
    sealer.work()
    found = cast.member.get(f"/api/jobs/{job}").json()["capsule_id"]
    assert cast.member.get(f"/api/capsules/{found}").json()["state"] == "sealed"
    return found


def end(api, job):
    """As if a worker had run it."""
    for status in ("running", "completed"):
        api.owner.execute(
            "update public.job_runs set status = %s, started_at = coalesce(started_at, now()), completed_at = now() where id = %s",
            (status, job),
        )


def counted(client, counts, *circuits, **fields):
    """A capsule that holds these counts."""
    made = draft(client, **fields)
    listed = [{"circuit_index": index, "counts": one} for index, one in enumerate((counts, *circuits))]
    put = client.put(f"/api/capsules/{made}/artifacts/results/counts.json?artifact_type=results", content=json.dumps(listed).encode())
    assert put.status_code == 200, put.text
    return made


def test_what_does_not_hold_a_run_is_not_run_again(api, cast, capsule, sealer):
    assert code(cast.member.post(f"/api/capsules/{draft(cast.member, team_id=str(cast.team))}/rerun")) == "capsule_not_repeatable"
    by_hand = sealed(cast.owner, sealer.work, team_id=str(cast.team))
    refused = cast.member.post(f"/api/capsules/{by_hand}/rerun")
    assert (refused.status_code, code(refused)) == (422, "capsule_not_repeatable")
    reader = api.as_(factories.make_key(api.owner, cast.team, cast.owner_id, "read"))
    assert code(reader.post(f"/api/capsules/{capsule}/rerun")) == "permission_denied"
    assert code(cast.stranger.post(f"/api/capsules/{capsule}/rerun")) == "not_found"


@pytest.mark.parametrize(
    "run",
    [
        {"backend": "local", "parameters": {"shots": 0}},
        {"backend": "local", "parameters": {"shots": 10, "_internal": 1, "emulate": "yes"}},
        {"backend": "x" * 101, "parameters": {"shots": 10}},
        {"backend": "local", "parameters": []},
        {"backend": "local", "parameters": {"shots": 10}, "framework": "cobol"},
    ],
)
def test_what_a_capsule_asks_to_run_is_checked_as_any_submit_is(cast, capsule, run):
    """Anybody may have written its files."""
    own = json.loads(cast.member.get(f"/api/capsules/{capsule}/artifacts/workflow/job.json").content)
    made = draft(cast.member, team_id=str(cast.team))
    for name, content in (("job.json", json.dumps(own | run).encode()), ("program.qasm", factories.BELL.encode())):
        cast.member.put(f"/api/capsules/{made}/artifacts/workflow/{name}?artifact_type=workflow", content=content)
    assert code(cast.member.post(f"/api/capsules/{made}/rerun")) == "capsule_not_repeatable"


def test_a_rerun_is_a_job_of_the_same_code_parameters_and_seed_whose_capsule_names_its_parent(api, cast, capsule, sealer):
    before = cast.member.get(f"/api/jobs/{cast.member.get(f'/api/capsules/{capsule}').json()['job_id']}").json()
    # The capsule alone is asked, not the job that it was made of.
    with api.owner.transaction():
        api.owner.execute("update public.job_programs set content = 'gone' where job_id = %s", (before["id"],))
    again = cast.admin.post(f"/api/capsules/{capsule}/rerun")
    assert again.status_code == 200, again.text
    assert again.json()["differences"] == []
    job = cast.admin.get(f"/api/jobs/{again.json()['job_id']}").json()
    assert (job["parameters"], job["backend"], job["framework"]) == (before["parameters"], before["backend"], before["framework"])
    assert job["capsule_id"] == again.json()["capsule_id"] and job["user_id"] == str(cast.admin_id)
    assert [program["content"] for program in job["programs"]] == [factories.BELL]
    child = cast.admin.get(f"/api/capsules/{job['capsule_id']}").json()
    assert (child["parent_capsule_id"], child["state"]) == (capsule, "draft")
    edges = cast.member.get(f"/api/capsules/{capsule}/lineage").json()["edges"]
    assert edges == [{"parent": capsule, "child": child["id"]}]
    end(api, job["id"])
    sealer.work()
    asked = cast.admin.post(f"/api/capsules/{child['id']}/seal", json={})
    assert asked.status_code == 202
    sealer.work()
    mqc_id = cast.admin.get(f"/api/capsules/{capsule}").json()["mqc_id"]
    manifest = cast.admin.get(f"/api/capsules/{child['id']}/export").content
    assert manifest and cast.admin.get(f"/api/capsules/{child['id']}").json()["state"] == "sealed"
    assert cast.admin.get("/api/capsules", params={"q": mqc_id}).json()["items"][0]["id"] == capsule


def test_a_rerun_from_an_imported_capsule_names_what_differs(cast, capsule):
    bundle = cast.member.get(f"/api/capsules/{capsule}/export?format=bundle").content
    taken = cast.stranger.post("/api/capsules/import", content=bundle).json()
    again = cast.stranger.post(f"/api/capsules/{taken['id']}/rerun").json()
    assert cast.stranger.get(f"/api/jobs/{again['job_id']}").json()["parameters"]["seed"] == 7
    mine = draft(cast.stranger, name="Elsewhere")
    for file in ("workflow/job.json", "workflow/program.qasm", "environment/environment.json"):
        content = cast.stranger.get(f"/api/capsules/{taken['id']}/artifacts/{file}").content
        if file.startswith("environment"):
            content = json.dumps(json.loads(content) | {"interpreter": "3.11.0"}).encode()
        cast.stranger.put(f"/api/capsules/{mine}/artifacts/{file}?artifact_type={file.split('/')[0]}", content=content)
    found = cast.stranger.post(f"/api/capsules/{mine}/rerun").json()["differences"]
    assert [(one["name"], one["was"]) for one in found] == [("interpreter", "3.11.0")] and found[0]["now"] != "3.11.0"


def test_what_has_no_counts_is_not_compared(cast):
    first = counted(cast.stranger, {"00": 10, "11": 10})
    for other in (
        draft(cast.stranger),
        counted(cast.stranger, {"0": 1}),
        counted(cast.stranger, {"00": 1}, {"00": 1}),
        counted(cast.stranger, {}),
    ):
        assert code(cast.stranger.post(f"/api/capsules/{first}/compare", json={"other_id": other})) == "not_comparable"
    for content in (b"no json", b"[1]", b'{"counts": 3}', b"[]"):
        broken = draft(cast.stranger)
        cast.stranger.put(f"/api/capsules/{broken}/artifacts/results/counts.json?artifact_type=results", content=content)
        assert code(cast.stranger.post(f"/api/capsules/{broken}/compare", json={"other_id": first})) == "not_comparable"
    for levels in ({"alpha": 0}, {"epsilon": 1}, {"alpha": 0.9}):
        assert code(cast.stranger.post(f"/api/capsules/{first}/compare", json={"other_id": first, **levels})) == "validation_error"
    foreign = counted(cast.owner, {"00": 1}, team_id=None)
    assert code(cast.stranger.post(f"/api/capsules/{first}/compare", json={"other_id": foreign})) == "not_found"


def test_a_comparison_says_what_it_found_and_how_sure_it_is(cast):
    same, other, different = (
        counted(cast.stranger, {"00": 5010, "11": 4990}),
        counted(cast.stranger, {"00": 4985, "11": 5015}),
        counted(cast.stranger, {"00": 4500, "11": 4500, "01": 500, "10": 500}),
    )
    agree = cast.stranger.post(f"/api/capsules/{same}/compare", json={"other_id": other, "epsilon": 0.05}).json()
    assert agree["verdict"] == "VERIFIED" and agree["tvd"] <= agree["bound"] <= 0.05 and agree["false_alarm_rate"] == 0.01
    assert agree["power"] is not None and agree["statement"]
    differ = cast.stranger.post(f"/api/capsules/{same}/compare", json={"other_id": different}).json()
    assert differ["verdict"] == "DIFFERENT" and differ["p_value"] < 1e-6


def test_drift_over_a_series_of_reruns_is_found(cast):
    dice = random.Random(7)

    def sample(share):
        ones = sum(dice.random() < share for _ in range(4000))
        return {"0": 4000 - ones, "1": ones}

    first = counted(cast.stranger, sample(0.5), name="First")
    assert code(cast.stranger.get(f"/api/capsules/{first}/drift")) == "not_comparable"
    draft(cast.stranger, name="Without counts", parent_capsule_id=first)
    last = first
    for share in (0.5, 0.5, 0.6, 0.6, 0.6):
        last = counted(cast.stranger, sample(share), parent_capsule_id=last)
    for asked in (first, last):
        found = cast.stranger.get(f"/api/capsules/{asked}/drift").json()
        assert found["moved"] and len(found["runs"]) == 6 and found["runs"][0]["id"] == first
    assert found["change"]["from_id"] == found["runs"][3]["id"]
