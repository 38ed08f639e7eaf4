"""params.mitigation: read strictly, refusals with the path."""

from typing import Any

import pytest

from quapsule.providers.mitigation import Mitigation, ZeroNoise, read_mitigation


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "mitigation: must be an object"),
        ([], "mitigation: must be an object"),
        ({}, "mitigation: asks for nothing"),
        ({"readout": False}, "mitigation: asks for nothing"),
        ({"readout": 1}, "mitigation.readout: must be true or false"),
        ({"readout": True, "pec": {}}, "mitigation: there is no 'pec'"),
        ({"zne": True}, "mitigation.zne: must be an object"),
        ({"zne": {"scales": [1, 3]}}, "mitigation.zne: there is no 'scales'"),
        ({"zne": {"scale_factors": []}}, "mitigation.zne.scale_factors: must be a list of 2 to 8"),
        ({"zne": {"scale_factors": [1]}}, "mitigation.zne.scale_factors: must be a list of 2 to 8"),
        ({"zne": {"scale_factors": list(range(1, 10))}}, "mitigation.zne.scale_factors: must be a list of 2 to 8"),
        ({"zne": {"scale_factors": [1, "3"]}}, "mitigation.zne.scale_factors[1]: must be a number"),
        ({"zne": {"scale_factors": [1, True]}}, "mitigation.zne.scale_factors[1]: must be a number"),
        ({"zne": {"scale_factors": [1, float("nan")]}}, "mitigation.zne.scale_factors[1]: must be a number"),
        ({"zne": {"scale_factors": [1, 26]}}, "mitigation.zne.scale_factors[1]: must be a number from 1 to 25"),
        ({"zne": {"scale_factors": [0.5, 1]}}, "mitigation.zne.scale_factors[0]: must be a number from 1 to 25"),
        ({"zne": {"scale_factors": [2, 3]}}, "mitigation.zne.scale_factors[0]: must be 1"),
        ({"zne": {"scale_factors": [1, 3, 3]}}, "mitigation.zne.scale_factors: must ascend"),
        ({"zne": {"scale_factors": None}}, "mitigation.zne.scale_factors: must be a list"),
        ({"zne": {"extrapolation": "magic"}}, "mitigation.zne.extrapolation: must be one of linear, richardson, exponential"),
        ({"zne": {"extrapolation": ["linear"]}}, "mitigation.zne.extrapolation: must be one of"),
        ({"zne": {"observable": 3}}, "mitigation.zne.observable: must be text"),
        ({"zne": {"observable": ""}}, "mitigation.zne.observable: must be text"),
        ({"zne": {"observable": "Z" * 1001}}, "mitigation.zne.observable: must be text"),
        ({"zne": {"observable": "XZ"}}, "mitigation.zne.observable: counts tell Z alone"),
        ({"zne": {"observable": "zz"}}, "mitigation.zne.observable: its letters are I and Z"),
        ({"zne": {"observable": "II"}}, "mitigation.zne.observable: is 1 whatever was measured"),
    ],
)
def test_what_is_not_a_mitigation_is_refused_with_its_path(given: Any, says: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_mitigation(given)
    assert str(caught.value).startswith(says), caught.value


def test_what_is_left_out_has_its_default() -> None:
    assert read_mitigation({"readout": True}) == Mitigation(True, None)
    assert read_mitigation({"zne": {}}) == Mitigation(False, ZeroNoise((1.0, 3.0, 5.0), "linear", None))
    given = {"readout": True, "zne": {"scale_factors": [1, 1.5, 2], "extrapolation": "exponential", "observable": "IZ"}}
    read = read_mitigation(given)
    assert read == Mitigation(True, ZeroNoise((1.0, 1.5, 2.0), "exponential", "IZ"))
    assert read_mitigation(read.as_json()) == read
