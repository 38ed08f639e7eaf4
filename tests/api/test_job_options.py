"""The parameters that are the platform's own: noise, emulation, state vector, mitigation. Which backend takes which, what it says else."""

from typing import Any

import pytest
from tests.api.test_job_submit import accepted, refused, submit

NOISE = {"preset": "uniform", "one_qubit": 0.001, "two_qubit": 0.01, "readout": 0.02}


def with_params(**more: Any) -> dict[str, Any]:
    return {"shots": 10, **more}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"noise_model": {"preset": "uniform", "two_qubit": 1.5}}, "noise_model.two_qubit"),
        ({"noise_model": {"type": "depolarizing"}}, "noise_model.type"),
        ({"noise_model": {"preset": "device", "t1_us": 10, "t2_us": 30, "one_qubit_ns": 1, "two_qubit_ns": 1}}, "noise_model.t2_us"),
        ({"noise_model": "uniform"}, "noise_model"),
        ({"mitigation": {"zne": {"scale_factors": [3, 5]}}}, "mitigation.zne.scale_factors"),
        ({"mitigation": {"readout": "yes"}}, "mitigation.readout"),
        ({"emulate": "yes"}, "emulate"),
        ({"emulate": 1}, "emulate"),
        ({"statevector": 1}, "statevector"),
    ],
)
def test_a_parameter_of_the_platform_that_is_wrong_is_named_by_its_path(cast, given, path):
    answer = submit(cast.owner, backend="marqov-sim", params=with_params(**given))
    refused(answer, 400, "validation_error")
    assert path in answer.json()["error"]["message"]


def test_noise_that_a_backend_does_not_simulate_is_refused_and_those_that_do_are_named(cast):
    answer = submit(cast.owner, backend="local", params=with_params(noise_model=NOISE))
    refused(answer, 422, "noise_model_unavailable")
    assert "marqov-sim" in answer.json()["error"]["hint"] and "dm1 with emulate" in answer.json()["error"]["hint"]
    refused(submit(cast.owner, backend="iqm-garnet", params=with_params(noise_model=NOISE, emulate=True)), 422, "noise_model_unavailable")
    accepted(submit(cast.owner, backend="local", params=with_params(noise_model={})))
    accepted(submit(cast.owner, backend="marqov-sim", params=with_params(noise_model=NOISE)))
    accepted(submit(cast.owner, backend="dm1", params=with_params(noise_model=NOISE, emulate=True)))


@pytest.mark.parametrize(
    ("backend", "more"),
    [("marqov-sim", {"noise_model": NOISE}), ("iqm-garnet", {"emulate": True})],
)
def test_a_state_vector_is_refused_where_there_is_none(cast, backend, more):
    refused(submit(cast.owner, backend=backend, params=with_params(statevector=True, **more)), 422, "statevector_unavailable")


def test_a_state_vector_is_had_from_a_simulator_of_this_installation(cast):
    accepted(submit(cast.owner, backend="local", params=with_params(statevector=True)))
    accepted(submit(cast.owner, backend="sv1", params=with_params(statevector=True, emulate=True)))


def test_analog_programs_are_not_mitigated(cast):
    params = with_params(emulate=True, mitigation={"readout": True})
    refused(submit(cast.owner, backend="quera-aquila", params=params), 422, "mitigation_unavailable")


@pytest.mark.parametrize("backend", ["local", "marqov-sim"])
def test_what_runs_here_anyway_is_not_emulated(cast, backend):
    refused(submit(cast.owner, backend=backend, params=with_params(emulate=True)), 422, "emulation_unavailable")


def test_a_device_without_a_calibration_is_not_emulated(cast, api):
    api.owner.execute(
        "insert into public.backends (slug, name, provider, device_type, device_arn, qubit_count) values ('new', 'New', 'X', 'qpu', 'x', 5)"
    )
    answer = submit(cast.owner, backend="new", params=with_params(emulate=True))
    refused(answer, 422, "emulation_unavailable")
    assert "calibration" in answer.json()["error"]["hint"]


@pytest.mark.parametrize(("backend", "code"), [("iqm-garnet", "backend_unavailable"), ("ionq-aria-1", "backend_retired")])
def test_a_device_that_cannot_be_had_is_offered_as_an_emulation(cast, backend, code):
    answer = submit(cast.owner, backend=backend)
    refused(answer, 422, code)
    assert "emulate" in answer.json()["error"]["hint"]


@pytest.mark.parametrize("backend", ["iqm-garnet", "ionq-aria-1", "sv1", "tn1", "quera-aquila"])
def test_devices_also_retired_ones_are_emulated_for_nothing(cast, api, backend):
    job = accepted(submit(cast.owner, backend=backend, params=with_params(emulate=True)))
    assert api.database.value("select estimated_cost_usd from public.job_runs where id = %s", job) == 0


def test_a_device_of_braket_is_taken_while_a_living_worker_reaches_it(cast, api):
    refused(submit(cast.owner, backend="iqm-garnet"), 422, "backend_unavailable")
    with api.database.as_worker() as session:
        session.value("select worker.note_worker('w', 1, '{}', '{braket}')")
    listed = {item["slug"]: item["isAvailable"] for item in cast.anonymous.get("/api/backends").json()["backends"]}
    assert listed["iqm-garnet"] and not listed["ionq-aria-1"]
    job = accepted(submit(cast.owner, backend="iqm-garnet", params={"shots": 100}))
    assert float(api.database.value("select estimated_cost_usd from public.job_runs where id = %s", job)) == pytest.approx(0.3 + 0.145)
    api.owner.execute("update private.workers set seen_at = now() - interval '2 minutes'")
    refused(submit(cast.owner, backend="iqm-garnet"), 422, "backend_unavailable")


def test_a_retired_device_is_not_taken_though_a_worker_reaches_braket(cast, api):
    with api.database.as_worker() as session:
        session.value("select worker.note_worker('w', 1, '{}', '{braket}')")
    refused(submit(cast.owner, backend="ionq-aria-1"), 422, "backend_retired")


def test_a_retry_is_refused_where_a_submit_would_be(cast, api):
    job = accepted(submit(cast.owner, backend="dm1", params=with_params(emulate=True)))
    api.owner.execute("update public.job_runs set status = 'cancelled', parameters = parameters - 'emulate' where id = %s", (job,))
    refused(cast.owner.post(f"/api/jobs/{job}/retry"), 422, "backend_unavailable")


def test_a_key_for_free_backends_may_emulate_what_costs(cast, api):
    key = cast.owner.post("/api/keys", json={"name": "free", "level": "simulate", "team_id": str(cast.team)}).json()["key"]
    free = api.as_(key)
    refused(submit(free, backend="sv1"), 403, "permission_denied")
    accepted(submit(free, backend="iqm-garnet", params=with_params(emulate=True)))


@pytest.mark.parametrize("given", [{"noise_model": {"preset": "x"}}, {"mitigation": {}, "emulate": "no"}])
def test_a_script_cannot_be_saved_with_parameters_that_would_be_refused(cast, given):
    body = {"name": "x", "script_content": "import qiskit", "default_parameters": given}
    refused(cast.owner.post("/api/scripts/upload", json=body), 400, "validation_error")
