import io
import sys
from pathlib import Path

import pytest
import typer

from quapsule.client.commands.programs import qasm_version, read_parameters, read_program
from quapsule.client.commands.running import submit_body
from quapsule.client.refusals import Refused

UUID = "6f0c1e9e-8f42-4a9e-9c4b-2d8f0f1f6f11"


def test_a_missing_file_is_refused_with_a_way_out() -> None:
    with pytest.raises(Refused) as refused:
        read_program("no/such/file.py", None)
    assert refused.value.code == "not_found" and "template:bell" in (refused.value.hint or "")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is a folder"):
        read_program(str(tmp_path), None)


def test_bytes_that_are_no_text_are_refused_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_bytes(b"ok\xff")
    with pytest.raises(Refused, match="byte 3"):
        read_program(str(tmp_path / "x.py"), None)


@pytest.mark.parametrize("pair", ["shots", "=5", " =1"])
def test_a_parameter_without_name_or_value_is_refused(pair: str) -> None:
    with pytest.raises(typer.BadParameter):
        read_parameters([pair])


def test_a_template_without_a_name_is_refused() -> None:
    with pytest.raises(typer.BadParameter):
        read_program("template:", None)


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("OPENQASM 3.0;\nqubit q;", "x.txt", "qasm3"),
        ("OPENQASM 3;\nqubit q;", "", "qasm3"),
        ("// a note\n/* and\nmore */ OPENQASM 2.0;\n", "x.qasm3", "qasm2"),
        ('include "qelib1.inc";\nqreg q[1];', "x.qasm", "qasm2"),
        ("qubit q;", "x.QASM", "qasm3"),
        ("qubit q;", "x.qasm2", "qasm2"),
        ('text = """\nOPENQASM 3.0;\n"""', "x.py", None),
        ("from qiskit import QuantumCircuit", "bell.py", None),
    ],
)
def test_openqasm_is_told_by_its_header_then_by_its_extension(text: str, name: str, version: str | None) -> None:
    assert qasm_version(text, name) == version


def test_openqasm_goes_as_a_circuit(tmp_path: Path) -> None:
    (tmp_path / "bell.qasm").write_text("OPENQASM 3.0;\nqubit q;\n")
    assert read_program(str(tmp_path / "bell.qasm"), None) == {
        "circuit": {"format": "qasm3", "payload": "OPENQASM 3.0;\nqubit q;\n"},
        "framework": "openqasm",
    }


def test_a_script_goes_as_inline_code_and_its_framework_only_when_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "bell.py").write_text("import qiskit\n")
    assert read_program(str(tmp_path / "bell.py"), None) == {"inline_code": "import qiskit\n"}
    assert read_program(str(tmp_path / "bell.py"), "qiskit") == {"inline_code": "import qiskit\n", "framework": "qiskit"}


def test_stdin_is_a_program_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"OPENQASM 2.0;\n")))
    assert read_program("-", None)["circuit"]["format"] == "qasm2"


def test_saved_scripts_go_by_slug_or_id() -> None:
    assert read_program("template:bell", None) == {"script_slug": "bell"}
    assert read_program("template:bell@qiskit", None) == {"script_slug": "bell", "framework": "qiskit"}
    assert read_program("template:bell@qiskit", "openqasm") == {"script_slug": "bell", "framework": "openqasm"}
    assert read_program(f"script:{UUID}", None) == {"script_id": UUID}


def test_parameters_are_json_where_they_can_be() -> None:
    given = ["theta=0.5", "layers=3", "on=true", "name=max cut", "edges=[[0,1]]", "empty=", "eq=a=b", "big=NaN", "inf=Infinity"]
    assert read_parameters(given) == {
        "theta": 0.5,
        "layers": 3,
        "on": True,
        "name": "max cut",
        "edges": [[0, 1]],
        "empty": "",
        "eq": "a=b",
        "big": "NaN",
        "inf": "Infinity",
    }


def test_the_body_of_a_submit(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("pass")
    assert submit_body(str(tmp_path / "x.py"), "local", 500, ["layers=2"], 7, None) == {
        "inline_code": "pass",
        "backend": "local",
        "params": {"shots": 500, "seed": 7, "layers": 2},
    }
