"""What the pages' parser is held to is what programs mean to the server today."""

import json

import pytest
from tests.web.circuits import FILE, compute


def test_the_pages_parser_is_held_to_the_servers_meaning_of_each_program() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    today = compute()
    assert [one["name"] for one in kept["programs"]] == [one["name"] for one in today["programs"]], _MEND
    for one, other in zip(kept["programs"], today["programs"], strict=True):
        assert (one["qasm"], one["inputs"]) == (other["qasm"], other["inputs"]), _MEND
        if "records" in other:
            assert one["records"].keys() == other["records"].keys(), one["name"]
            for key, weights in other["records"].items():
                assert one["records"][key] == pytest.approx(weights, abs=1e-12), one["name"]
        else:
            assert one["amplitudes"] == pytest.approx(other["amplitudes"], abs=1e-12), one["name"]
    assert kept["gates"].keys() == today["gates"].keys(), _MEND
    for name, gate in today["gates"].items():
        assert kept["gates"][name]["matrix"] == pytest.approx(gate["matrix"], abs=1e-12), name


_MEND = "python -m tests.web.circuits writes it anew; then the parser's own tests say whether it still agrees"
