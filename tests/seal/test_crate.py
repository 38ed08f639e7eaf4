"""The crate of a capsule, judged by the published validator: as the unpacked capsule, and as a zip file."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rocrate_validator.models import Severity

from quapsule.seal import Item, item_of
from quapsule.seal.content.compose import compose_manifest
from quapsule.seal.content.contents import contents_of
from quapsule.seal.faces.crate import CRATE_FILE, crate_metadata, crate_zip
from quapsule.seal.format.scan import find_credentials
from quapsule.seal.format.sealing import seal

from . import material as given
from .crate_validator import CrateValidator

Make = Callable[[], dict[str, Any]]
RUNS = [make for make in given.ALL if make is not given.by_hand]
# What is recommended, and why a crate of ours does not have it.
LEFT_OUT = {
    "The SoftwareApplication id SHOULD be an absolute URI",  # the script is a file of the crate, and has no other address
    "The Application SHOULD have a url",  # where no repository is known
    "The organization SHOULD have a URL.",  # teams have none
    "The README.md SHOULD be about the crate",  # there is no README.md; report.html is for people
    "The README.md SHOULD have text/markdown as its encodingFormat",
}


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> CrateValidator:
    return CrateValidator(tmp_path_factory.mktemp("cache"))


def pack(material: dict[str, Any], *more: Item) -> bytes:
    manifest = compose_manifest(material, given.SEAL)
    items = [
        *contents_of(material, given.ENVIRONMENT, given.DRAWING),
        *more,
        item_of("report.html", "other", "text/html", b"<!doctype html>"),
    ]
    items.append(item_of(CRATE_FILE, "other", "application/ld+json", crate_metadata(manifest, items, material)))
    sealed = seal(manifest, items)
    out = io.BytesIO()
    crate_zip("Bell-pair", sealed.manifest, sealed.checksums, items, out)
    return out.getvalue()


def graph_of(packed: bytes) -> dict[str, dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {entity["@id"]: entity for entity in json.loads(archive.read(CRATE_FILE))["@graph"]}


def unpack(packed: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(folder)
    return folder


def test_the_validator_that_judges_us_finds_a_crate_without_its_workflow_wrong(validator: CrateValidator, tmp_path: Path) -> None:
    folder = unpack(pack(given.bell()), tmp_path)
    metadata = json.loads((folder / CRATE_FILE).read_text())
    next(entity for entity in metadata["@graph"] if entity["@id"] == "./").pop("mainEntity")
    (folder / CRATE_FILE).write_text(json.dumps(metadata))
    assert any("mainEntity" in fault for fault in validator.faults(folder, "workflow-run-crate"))


def test_the_validator_finds_a_file_that_is_missing(validator: CrateValidator, tmp_path: Path) -> None:
    folder = unpack(pack(given.bell()), tmp_path)
    (folder / "workflow" / "script.py").unlink()
    assert validator.faults(folder, "workflow-run-crate")


@pytest.mark.parametrize("make", RUNS, ids=lambda make: make.__name__)
def test_an_unpacked_capsule_of_a_run_is_a_workflow_run_crate(make: Make, validator: CrateValidator, tmp_path: Path) -> None:
    assert validator.faults(unpack(pack(make()), tmp_path), "workflow-run-crate") == set()


def test_the_zip_file_is_a_workflow_run_crate(validator: CrateValidator, tmp_path: Path) -> None:
    (tmp_path / "crate.zip").write_bytes(pack(given.bell()))
    assert validator.faults(tmp_path / "crate.zip", "workflow-run-crate") == set()


def test_files_alone_are_a_plain_crate_that_claims_no_run(validator: CrateValidator, tmp_path: Path) -> None:
    folder = unpack(pack(given.by_hand(), item_of("notes.md", "other", "text/markdown", b"notes\n")), tmp_path)
    assert validator.faults(folder, "ro-crate-1.1") == set()
    assert "wfrun" not in (folder / CRATE_FILE).read_text().split("@graph")[1]


@pytest.mark.parametrize("make", [given.bell, given.failed], ids=lambda make: make.__name__)
def test_of_what_is_recommended_nothing_is_missing_but_what_we_say(make: Make, validator: CrateValidator, tmp_path: Path) -> None:
    assert validator.faults(unpack(pack(make()), tmp_path), "workflow-run-crate", Severity.RECOMMENDED) <= LEFT_OUT


def test_names_that_are_no_addresses_and_values_that_are_no_texts_stay_valid(validator: CrateValidator, tmp_path: Path) -> None:
    material = given.bell()
    material["job"]["parameters"] |= {
        "angle": 0.5,
        "Ω": [1, {"deep": None}],
        "text": 'a "quoted" <b>&amp;</b>\nline',
        "none": None,
        "huge": 10**40,
        "long": "x" * 100_000,
        "yes": True,
    }
    names = ["data/sweep 1 é#%20.csv", "data/[x]{y}^.txt", "Ω/日本.txt", "-", "other/~a@b=c&d;e.txt"]
    packed = pack(material, *(item_of(name, "data", "text/csv", b"1\n") for name in names))
    assert validator.faults(unpack(packed, tmp_path), "workflow-run-crate") == set()
    assert len(packed) < 100_000


@pytest.mark.parametrize(
    ("license_", "address"),
    [
        (None, "#license"),
        ("", "#license"),
        ("CC-BY-4.0", "https://spdx.org/licenses/CC-BY-4.0.html"),
        ("https://example.org/licence", "https://example.org/licence"),
        ("https://example.org/<script> x", "#license"),
        ("Ask Alice, please.", "#license"),
        (7, "#license"),
    ],
)
def test_the_licence_is_the_one_that_was_given(license_: Any, address: str) -> None:
    graph = graph_of(pack(licensed(license_)))
    assert graph["./"]["license"] == {"@id": address} and address in graph


@pytest.mark.parametrize("license_", ["CC-BY-4.0", "Ask Alice, please."])
def test_a_crate_is_valid_with_its_licence(license_: str, validator: CrateValidator, tmp_path: Path) -> None:
    assert validator.faults(unpack(pack(licensed(license_)), tmp_path), "workflow-run-crate") == set()


def licensed(license_: Any) -> dict[str, Any]:
    material = given.bell()
    material["capsule"]["custom_metadata"]["license"] = license_
    return material


def test_the_action_names_who_ran_what_with_what_and_when() -> None:
    graph = graph_of(pack(given.bell(), item_of("data/in.csv", "data", "text/csv", b"1\n")))
    run, workflow = graph["#run"], graph["workflow/script.py"]
    assert graph[run["agent"]["@id"]]["name"] == "Alice Example"
    assert run["instrument"] == {"@id": "workflow/script.py"} and workflow["programmingLanguage"] == {"@id": "#python"}
    assert (run["startTime"], run["endTime"]) == ("2026-11-23T05:25:55.769+00:00", "2026-11-23T05:25:55.845+00:00")
    assert run["actionStatus"] == "http://schema.org/CompletedActionStatus" and "error" not in run
    values = {graph[one["@id"]]["name"]: graph[one["@id"]].get("value") for one in run["object"]}
    assert values == {"seed": 7, "shots": 1000, "emulate": "True", "data/in.csv": None}
    assert {"@id": "results/counts.json"} in run["result"]
    software = {graph[one["@id"]]["name"]: graph[one["@id"]]["softwareVersion"] for one in workflow["softwareRequirements"]}
    assert software == {"quapsule": "0.1.0", "qiskit": "2.3.0", "qiskit-aer": "0.18.2"}
    assert graph["./"]["isBasedOn"] == {"@id": given.PARENT_ID} and graph["./"]["keywords"] == "bell, garnet"


@pytest.mark.parametrize(("make", "error"), [(given.failed, "ValueError: oops (line 1)"), (given.cancelled, "The run was cancelled.")])
def test_a_run_that_failed_is_an_action_that_failed(make: Make, error: str) -> None:
    run = graph_of(pack(make()))["#run"]
    assert run["actionStatus"] == "http://schema.org/FailedActionStatus" and run["error"] == error


def test_a_doubtful_result_is_told_in_the_action() -> None:
    material = given.bell()
    material["results"][0]["result_data"]["flags"] = ["executed_barrier_lost"]
    assert "doubtful" in graph_of(pack(material))["#run"]["description"]


def test_every_file_is_there_with_its_digest() -> None:
    packed = pack(given.bell())
    graph = graph_of(packed)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = set(archive.namelist()) - {CRATE_FILE}
    assert {part["@id"] for part in graph["./"]["hasPart"]} == names
    assert all(len(graph[name]["sha256"]) == 64 for name in names - {"capsule.yaml", ".checksums"})


def test_the_same_capsule_gives_the_same_bytes_and_the_metadata_comes_first() -> None:
    packed = pack(given.bell())
    assert packed == pack(given.bell())
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist()[0] == CRATE_FILE and archive.testzip() is None and archive.comment == b"Bell-pair"


def test_a_stream_that_cannot_be_sought_gets_the_same_bytes() -> None:
    written: list[bytes] = []

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            written.append(bytes(data))
            return len(data)

    items = [item_of("notes.md", "other", "text/markdown", b"notes\n" * 1000)]
    crate_zip("x", b"{}", b"", items, Pipe())  # type: ignore[arg-type]
    out = io.BytesIO()
    crate_zip("x", b"{}", b"", items, out)
    assert b"".join(written) == out.getvalue()


def test_a_crate_never_looks_like_a_credential_to_the_scan() -> None:
    material = given.bell()
    material["job"]["parameters"] |= {"quantum_token": {"of": "0" * 32 + "ab" * 16}}
    names = ["data/ibm quantum token.txt", "data/qiskit-api-key.json"]
    items = [*contents_of(material, given.ENVIRONMENT, None), *(item_of(name, "data", "text/plain", b"1\n") for name in names)]
    crate = crate_metadata(compose_manifest(material, given.SEAL), items, material)
    assert find_credentials([item_of(CRATE_FILE, "other", "application/ld+json", crate)], b"{}") == []
