"""Whether two jobs say the same."""

import json
from typing import Any
from uuid import UUID, uuid4

from tests import factories
from tests.api.conftest import Api, Cast


def test_two_jobs_are_compared_as_capsules_are(api: Api, cast: Cast) -> None:
    one, same, other = (
        counted(api, cast, counts) for counts in ({"00": 5020, "11": 4980}, {"00": 4990, "11": 5010}, {"00": 9000, "11": 1000})
    )
    agree = cast.member.post(f"/api/jobs/{one}/compare", json={"other_id": str(same), "epsilon": 0.1}).json()
    assert (agree["verdict"], agree["equivalence"], agree["shots_first"], agree["epsilon"]) == ("VERIFIED", "VERIFIED", 10_000, 0.1)
    differ = cast.member.post(f"/api/jobs/{one}/compare", json={"other_id": str(other), "alpha": 0.05}).json()
    assert (differ["verdict"], differ["alpha"]) == ("DIFFERENT", 0.05)
    assert 0.39 < differ["tvd"] < 0.41


def test_each_circuit_is_compared_and_a_scripts_own_counts_where_nothing_was_counted(api: Api, cast: Cast) -> None:
    first = job_with(api, cast, [row({"0": 100}, 1), row({"1": 100}, 0)])
    second = job_with(api, cast, [row({"1": 100}, 0), row({"0": 100}, 1)])
    told = cast.member.post(f"/api/jobs/{first}/compare", json={"other_id": str(second)}).json()
    assert [circuit["tvd"] for circuit in told["circuits"]] == [0.0, 0.0]
    own = job_with(api, cast, [("value", {"value": {"counts": {"1": 100}}})])
    alone = counted(api, cast, {"1": 100})
    assert cast.member.post(f"/api/jobs/{own}/compare", json={"other_id": str(alone)}).json()["tvd"] == 0.0


def test_what_cannot_be_compared_is_refused(api: Api, cast: Cast) -> None:
    one, bare = counted(api, cast, {"00": 10}), factories.make_job(api.owner, cast.team, cast.owner_id)
    foreign = factories.make_job(api.owner, factories.team_of(api.owner, cast.stranger_id), cast.stranger_id)
    for first, second, code in (
        (one, bare, "not_comparable"),
        (one, foreign, "not_found"),
        (foreign, one, "not_found"),
        (one, uuid4(), "not_found"),
    ):
        refused = cast.member.post(f"/api/jobs/{first}/compare", json={"other_id": str(second)})
        assert refused.json()["error"]["code"] == code
    assert cast.member.post(f"/api/jobs/{one}/compare", json={"other_id": str(one), "epsilon": 2}).status_code == 400
    assert cast.anonymous.post(f"/api/jobs/{one}/compare", json={"other_id": str(one)}).status_code == 401
    assert cast.stranger.post(f"/api/jobs/{one}/compare", json={"other_id": str(one)}).status_code == 404


def row(counts: dict[str, int], index: int = 0) -> tuple[str, dict[str, Any]]:
    return "counts", {"counts": counts, "shots": sum(counts.values()), "circuit_index": index}


def counted(api: Api, cast: Cast, counts: dict[str, int]) -> UUID:
    return job_with(api, cast, [row(counts)])


def job_with(api: Api, cast: Cast, rows: list[tuple[str, dict[str, Any]]]) -> UUID:
    job = factories.make_job(api.owner, cast.team, cast.owner_id, status="completed")
    for kind, data in rows:
        api.owner.execute(
            "insert into public.job_results (job_run_id, result_type, result_data) values (%s, %s, %s)", (job, kind, json.dumps(data))
        )
    return job
