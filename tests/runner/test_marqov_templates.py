"""The templates and examples of the SDK and of Braket's, each run in a real box."""

from math import cos, pi, sin
from pathlib import Path

import pytest

from quapsule.database.seeds.templates import read_templates

TEMPLATES = {row["slug"]: row for row in read_templates() if row["framework"] == "marqov"}
EXAMPLES = Path(__file__).parents[2] / "examples"


def run_template(run_in_box, slug, **params):
    row = TEMPLATES[slug]
    return run_in_box("marqov", row["script_content"], **{**row["default_parameters"], **params})


def test_the_templates_are_those_that_make_sense_for_the_sdk():
    assert set(TEMPLATES) == {"bell", "ghz", "parameter-sweep"}
    assert all(row["description"] and row["qubits"] >= 2 for row in TEMPLATES.values())


def test_a_size_out_of_range_is_the_users_error(run_in_box):
    told = run_template(run_in_box, "ghz", graph_size=21)
    assert told.finish["error"]["category"] == "user" and "2 to 20" in told.finish["error"]["message"]


def test_bell_pairs_agree_and_theta_sets_how_many_are_one(run_in_box):
    told = run_template(run_in_box, "bell", theta=0.8)
    assert set(told.counts[0]) == {"00", "11"} and abs(told.value["share_of_11"] - sin(0.4) ** 2) < 0.05
    assert told.value["agreement"] == 1.0 and told.finish["summary"]["Qubits agree"] == "100.0%"


def test_ghz_has_the_size_that_was_asked_for(run_in_box):
    assert set(run_template(run_in_box, "ghz", graph_size=12).counts[0]) == {"0" * 12, "1" * 12}


def test_the_sweep_is_a_workflow_of_two_levels_whose_points_follow_theory(run_in_box):
    told = run_template(run_in_box, "parameter-sweep", graph_size=5, shots=4000)
    assert [len(level) for level in told.finish["workflow_metadata"]["execution_graph"]["execution_levels"]] == [5, 1]
    assert all(abs(point["correlation"] - cos(point["angle"])) < 0.1 for point in told.value["points"])
    assert told.value["best_angle"] in (0.0, 2 * pi) and told.prepared == 2


@pytest.mark.parametrize(
    ("file", "framework"), [("bell_marqov.py", "marqov"), ("workflow_marqov.py", "marqov"), ("braket_style.py", "openqasm")]
)
def test_examples_run(run_in_box, file, framework):
    told = run_in_box(framework, (EXAMPLES / file).read_text(encoding="utf-8"), layers=2)
    assert "error" not in told.finish, told.finish
    if file == "bell_marqov.py":
        assert [sum(counts.values()) for counts in told.counts] == [1000] and set(told.counts[0]) == {"00", "11"}
    elif file == "workflow_marqov.py":
        assert told.value["summary"] == {"sizes": [2, 3], "worst": 1.0} and told.finish["workflow_metadata"]["total_tasks"] == 3
    else:
        assert (
            told.value["share_of_000"][0] == 1.0 and abs(told.value["share_of_000"][2] - 0.5) < 0.1 and told.value["share_of_000"][4] == 0
        )
