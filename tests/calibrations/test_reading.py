"""Files in the vendors' formats: what is refused, by name and place, and what is read of a right one."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.calibrations.files import DEVICE, data, description, ibm, ionq, iqm, own, schema, standardized

from quapsule.providers.calibration import MOST_BYTES, Unfit, read_snapshot


def refused(content: Any, **device: Any) -> str:
    with pytest.raises(Unfit) as caught:
        read_snapshot(content if isinstance(content, bytes) else data(content), {**DEVICE, **device})
    return str(caught.value)


@pytest.mark.parametrize("make", [iqm, ibm, own, ionq])
def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(make: Callable[[], Any]) -> None:
    whole = data(make())
    for end in range(1, len(whole), max(1, len(whole) // 40)):
        assert "was cut off" in refused(whole[:end])


def test_what_is_no_json_object_is_refused() -> None:
    assert "no JSON object" in refused([1, 2])
    assert "UTF-8" in refused(b"\xff\xfe\x00{")
    assert "was cut off" in refused(b"")
    assert "nested" in refused(b'{"a":' * 60 + b"1" + b"}" * 60)
    assert "nested" in refused(b"[" * 200_000 + b"]" * 200_000)


def test_a_file_beyond_the_limit_is_refused_by_its_size() -> None:
    assert f"{MOST_BYTES + 1:,} bytes" in refused(b" " * (MOST_BYTES + 1))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(number: str) -> None:
    text = json.dumps(iqm()).replace("0.999}", f"{number}}}", 1)
    assert "number" in refused(text.encode())


def test_unknown_headers_and_versions_are_refused_with_those_that_are_known() -> None:
    assert "no header that is known" in refused({"qubits": 5})
    assert "braket.device_schema.iqm.iqm_device_capabilities 1" in refused({**iqm(), "braketSchemaHeader": schema("oqc.oqc", "1")})
    assert "iqm_device_capabilities 7" in refused({**iqm(), "braketSchemaHeader": schema("iqm.iqm_device_capabilities", "7")})
    newer = standardized() | {"braketSchemaHeader": schema("standardized_gate_model_qpu_device_properties", "9")}
    assert "1 to 3 are known" in refused({**iqm(), "standardized": newer})
    assert "version is 2; version 1 is known" in refused({**own(), "version": 2})
    assert "version" in refused({**own(), "version": True})
    assert "format is 'quapsule.else'" in refused({**own(), "format": "quapsule.else"})


def test_the_file_of_another_device_is_refused() -> None:
    assert "is of IQM; Five is of Rigetti" in refused(iqm(), provider="Rigetti")
    assert "5 qubits; Five has 20" in refused(iqm(), qubit_count=20)
    assert "5 qubits; Five has 4" in refused(iqm(), qubit_count=4)
    assert "backend_name is 'Five'" in refused(ibm(), slug="six", name="Six")
    assert "backend is 'six', not 'five'" in refused(own("six"))
    answer = {"deviceArn": "arn:six", "deviceCapabilities": json.dumps(iqm())}
    assert "deviceArn is 'arn:six'" in refused(answer)


def test_a_qubit_outside_of_the_topology_is_refused() -> None:
    content = iqm()
    content["standardized"]["twoQubitProperties"]["1-5"] = content["standardized"]["twoQubitProperties"]["1-2"]
    assert "1-5 is no edge" in refused(content)
    content = iqm()
    content["paradigm"]["connectivity"]["connectivityGraph"]["5"].append("9")
    assert "'9'" in refused(content)
    content = ibm()
    content["gates"][-1]["qubits"] = [3, 7]
    assert "gates[8].qubits must be of the qubits 0 to 4" in refused(content)
    assert "edges[1] must join two of the qubits 0 to 4" in refused(own(edges=[[0, 1], [1, 5], [2, 3], [3, 4]]))
    assert "two_qubit_error.0-4 is no edge" in refused(own(two_qubit_error={**description()["two_qubit_error"], "0-4": 0.1}))


@pytest.mark.parametrize("error", [-0.001, 1.001, "0.5", None, True])
def test_an_error_rate_outside_of_0_to_1_is_refused_with_its_place(error: Any) -> None:
    assert "one_qubit_error[2]" in refused(own(one_qubit_error=[0.1, 0.1, error, 0.1, 0.1]))
    assert "readout_error[1]" in refused(own(readout_error=[[0.1, 0.1], [0.1, error], *[[0.1, 0.1]] * 3]))
    assert "two_qubit_error.1-2" in refused(own(two_qubit_error={**description()["two_qubit_error"], "1-2": error}))
    content = iqm()
    content["standardized"]["oneQubitProperties"]["3"]["oneQubitFidelity"][0]["fidelity"] = error
    assert "standardized.oneQubitProperties.3" in refused(content)
    content = ibm()
    content["gates"][0]["parameters"][0]["value"] = error
    assert "gates" in refused(content)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"qubits": 0}, "qubits"),
        ({"labels": ["1"] * 5}, "labels"),
        ({"directed": "no"}, "directed"),
        ({"native_gates": {"one": [], "two": ["cz"]}}, "native_gates.one"),
        ({"t1_us": [1.0]}, "t1_us"),
        ({"t2_us": [-1.0] * 5}, "t2_us[0]"),
        ({"one_qubit_ns": None}, "one_qubit_ns"),
        ({"two_qubit_error": {}}, "the edge 0-1"),
        ({"edges": [[0, 1], [0, 1]]}, "edges[1]"),
        ({"more": 1}, "unknown keys more"),
    ],
)
def test_a_description_that_is_not_whole_is_refused(changes: dict[str, Any], says: str) -> None:
    assert says in refused(own(**changes))


def test_device_properties_of_braket_are_read_with_their_units() -> None:
    found = read_snapshot(data(iqm()), DEVICE)
    assert found.format == "braket.device_schema.iqm.iqm_device_capabilities/1"
    assert found.taken_at is not None and found.taken_at.isoformat() == "2026-05-05T16:45:26+00:00"
    read = found.description
    assert (read["qubits"], read["labels"], read["edges"]) == (5, ["1", "2", "3", "4", "5"], [[0, 1], [1, 2], [2, 3], [3, 4]])
    assert read["native_gates"] == {"one": ["prx"], "two": ["cz"]}
    assert read["t1_us"] == pytest.approx([40.0] * 5) and read["t2_us"] == pytest.approx([15.0] * 5)
    # Of two figures for one gate the one that was measured while the others worked too.
    assert read["one_qubit_error"] == pytest.approx([0.001] * 5)
    assert read["two_qubit_error"]["1-2"] == pytest.approx(0.01)
    assert read["readout_error"] == [[0.01, 0.03]] * 5
    assert found.content == iqm()


def test_what_getdevice_answers_and_text_in_text_are_read_alike() -> None:
    plain = read_snapshot(data(iqm()), DEVICE)
    answered = read_snapshot(data({"deviceArn": "arn:five", "deviceCapabilities": json.dumps(iqm())}), DEVICE)
    assert read_snapshot(data(json.dumps(iqm())), DEVICE) == plain
    assert answered.description == plain.description


def test_the_standardized_properties_alone_take_the_vendors_native_gates() -> None:
    found = read_snapshot(data(standardized()), DEVICE)
    assert found.description == read_snapshot(data(iqm()), DEVICE).description
    assert found.taken_at is None
    assert "native gates" in refused(standardized(), provider="Nobody")


def test_averages_of_a_whole_device_stand_for_each_qubit_and_pair() -> None:
    read = read_snapshot(data(ionq()), {**DEVICE, "provider": "IonQ", "qubit_count": 2}).description
    assert read["native_gates"] == {"one": ["gpi", "gpi2"], "two": ["zz"]}
    assert (read["one_qubit_ns"], read["two_qubit_ns"], read["readout_ns"]) == pytest.approx((63_000, 650_000, 250_000))
    assert read["two_qubit_error"] == {"0-1": pytest.approx(0.0075)}
    assert read["readout_error"] == [[pytest.approx(0.0045)] * 2] * 2


def test_backend_properties_are_read_as_a_directed_device() -> None:
    read = read_snapshot(data(ibm()), DEVICE).description
    assert (read["directed"], read["native_gates"]["two"], read["edges"][0]) == (True, ["ecr"], [0, 1])
    assert (read["one_qubit_ns"], read["two_qubit_ns"], read["readout_ns"]) == (60.0, 500.0, 1200.0)
    assert (read["t1_us"][0], read["readout_error"][0], read["two_qubit_error"]["3-4"]) == (120.0, [0.01, 0.03], 7e-3)


def test_a_figure_of_zero_fidelity_is_a_failed_measurement_and_not_a_gate_without_error() -> None:
    content = iqm()
    facts = content["standardized"]["oneQubitProperties"]["2"]
    facts["oneQubitFidelity"][0]["fidelity"] = 0.0
    facts["T2"]["value"] = 0.0
    read = read_snapshot(data(content), DEVICE).description
    assert read["one_qubit_error"][1] == pytest.approx(0.0005) and read["t2_us"][1] is None
