"""A capsule judged in the browser: by the same layers and words as `quapsule verify`, without a network."""

import base64
import json
import subprocess
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.seal.samples import items_of, manifest_of, packed, proof_of, sample
from tests.seal.signing import key_of
from tests.web.axe import violations
from tests.web.conftest import Visit
from tests.web.site import NARROW
from tests.web.spoilt_capsules import SIGNER, Case, all_cases, every_byte

from quapsule.errors import Problem
from quapsule.seal.check import Finding, Report, verify, with_finding
from quapsule.seal.format import manifest as manifests
from quapsule.seal.format.archive import open_archive
from quapsule.seal.format.sealing import seal
from quapsule.seal.trust.keys import verify_signature
from quapsule.seal.trust.proof import read_proof

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
# What the engines beneath say in their own words: of deflate's damage, and of YAML that is none.
_OWN_WORDS = ("The gzip stream is ", "There is something behind the ", "capsule.yaml: ")
_TAMPERED = {**sample().files, "results/counts.json": b'{"00": 1000}\n', "data/<img src=x onerror=alert(1)>": b""}
_XSS = "<script>alert(1)</script>"


# the same verdicts


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's verifier as one file for node."""
    folder = tmp_path_factory.mktemp("verifier")
    subprocess.run(["node", HERE / "bundle.mjs", WEB, "src/capsules/verify/verdict.ts", folder], check=True, cwd=WEB)
    return folder / "verdict.js"


def test_the_page_and_python_judge_every_capsule_the_same(bundle: Path, tmp_path: Path) -> None:
    statuses = _compare(bundle, tmp_path, list(all_cases()))
    assert {status: count > 20 for status, count in statuses.items()} == {"verified": True, "intact": True, "broken": True}


@pytest.mark.slow
def test_they_judge_the_same_whichever_byte_is_changed(bundle: Path, tmp_path: Path) -> None:
    _compare(bundle, tmp_path, list(every_byte()))


def test_a_signature_at_the_edges_of_the_curve_is_good_for_both_or_for_none(tmp_path: Path) -> None:
    subprocess.run(["node", HERE / "bundle.mjs", WEB, "src/capsules/verify/keys.ts", tmp_path], check=True, cwd=WEB)
    subprocess.run(["node", HERE / "signature_cases.mjs", WEB, tmp_path / "keys.js", tmp_path / "answers.json"], check=True)
    judged = json.loads((tmp_path / "answers.json").read_text())
    for case in judged:
        key, signature, message = (bytes.fromhex(case[part]) for part in ("key", "signature", "message"))
        assert verify_signature(key, signature, message) == case["holds"], case
    assert {case["holds"] for case in judged} == {True, False}


def _compare(bundle: Path, folder: Path, cases: list[Case]) -> dict[str, int]:
    """How often each status was found, by Python. What Python finds in YAML, the page may leave unjudged, but never call good."""
    statuses: dict[str, int] = {}
    for case, judged in zip(cases, _by_the_page(bundle, folder, cases), strict=True):
        report = _by_python(case)
        statuses[report.status] = statuses.get(report.status, 0) + 1
        if judged["status"] == "unjudged":
            assert _is_yaml(case.archive), case.name
            continue
        ours = [(found["layer"], found["file"], found["message"]) for found in judged["findings"]]
        theirs = [(found.layer, found.file, found.message) for found in report.findings]
        assert judged["status"] == report.status, (case.name, ours, theirs)
        if report.status == "broken" and _is_yaml(case.archive):
            # Of what can be read in two ways the page computes no id, so that it finds nothing about the id either.
            assert ours[0][:2] == theirs[0][:2], (case.name, ours, theirs)
            continue
        assert judged["capsule_id"] == report.capsule_id, case.name
        assert _plain(ours) == _plain(theirs), (case.name, ours, theirs)
        assert judged["signatures"] == [vars(signature) for signature in report.signatures], case.name
        place = report.log and {**vars(report.log), "index": str(report.log.index), "tree_size": str(report.log.tree_size)}
        assert judged["log"] == place, case.name
        assert (judged["files"], judged["size_bytes"]) == (report.files, report.size_bytes), case.name
    return statuses


def _by_the_page(bundle: Path, folder: Path, cases: Iterable[Case]) -> list[dict[str, Any]]:
    asked = [
        {
            "archive": base64.b64encode(case.archive).decode(),
            "proof": None if case.proof is None else base64.b64encode(case.proof).decode(),
            "id": case.id,
            "signer": case.signer,
        }
        for case in cases
    ]
    (folder / "cases.json").write_text(json.dumps(asked))
    subprocess.run(["node", HERE / "verify_cases.mjs", bundle, folder / "cases.json", folder / "answers.json"], check=True)
    answers: list[dict[str, Any]] = json.loads((folder / "answers.json").read_text())
    return answers


def _by_python(case: Case) -> Report:
    """As `quapsule verify` does with the two files."""
    given, fault = None, None
    if case.proof is not None:
        try:
            given = read_proof(case.proof)
        except Problem as problem:
            fault = Finding("signature", "proof", problem.message)
    report = verify(BytesIO(case.archive), given, case.id, case.signer)
    return with_finding(report, fault) if fault else report


def _plain(findings: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [(layer, file, "" if message.startswith(_OWN_WORDS) else message) for layer, file, message in findings]


def _is_yaml(archive: bytes) -> bool:
    """Whether there is a manifest, and it is not JSON that every reader takes for the same."""
    try:
        data = open_archive(BytesIO(archive)).read("capsule.yaml")
    except Problem:
        return False
    try:
        manifests._read_json(data.decode())
    except (ValueError, RecursionError):
        return True
    return False


# in the browser


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "bell.capsule").write_bytes(packed(sample().files))
    (tmp_path / "bell.proof.json").write_text(json.dumps(sample().proof))
    (tmp_path / "tampered.capsule").write_bytes(packed(_TAMPERED))
    sealed = seal(manifest_of(name=_XSS, description='"><img src=x onerror=alert(1)>'), items_of({"a": b"1"}))
    (tmp_path / "odd.capsule").write_bytes(packed({"capsule.yaml": sealed.manifest, ".checksums": sealed.checksums, "a": b"1"}))
    (tmp_path / "odd.proof.json").write_text(json.dumps(proof_of(sealed.capsule_id)))
    foreign = packed({**sample().files, "capsule.yaml": b"name: Of another tool\nchecksums_digest: " + _pinned().encode()})
    (tmp_path / "foreign.capsule").write_bytes(foreign)
    return tmp_path


def test_a_dropped_capsule_is_judged_without_a_network(visit: Visit, files: Path) -> None:
    with visit(signed_in=False) as mallory:
        page = mallory.open("/verify")
        page.wait_for_load_state("networkidle")
        mallory.context.set_offline(True)

        _drop(page, files / "bell.capsule")
        _verdict(page, "Intact, signer unknown")
        assert page.get_by_text("Drop it on this page.").is_visible()
        assert page.get_by_text("Not given: it is in NAME.proof.json.").count() == 3
        _drop(page, files / "bell.proof.json")
        page.get_by_text("The proof says: signed by Quapsule").wait_for()
        _verdict(page, "Intact, signer unknown")
        page.get_by_label("Signer's fingerprint").fill("SHA256:xyz")
        assert page.get_by_text("A fingerprint is SHA256: and 64 hex digits.").is_visible()
        page.get_by_label("Signer's fingerprint").fill(f"SHA256:{SIGNER}")
        _verdict(page, "Verified")
        assert page.get_by_text("✓ Signed by Quapsule (seal)").is_visible()
        assert page.get_by_text("entry 4 of 7 in quapsule.example/seal-log", exact=True).is_visible()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save the report (JSON)").click()
        report = json.loads(Path(saved.value.path()).read_text())
        assert saved.value.suggested_filename == "bell.verdict.json"
        assert (report["status"], report["exit_code"], report["capsule_id"], report["files"]) == ("verified", 0, sample().capsule_id, 4)
        assert report["signatures"][0]["key_id"] == SIGNER and report["log"]["index"] == 4

        page.get_by_label("Signer's fingerprint").fill(key_of("mallory").key_id)
        _verdict(page, "Broken")
        assert page.get_by_text(f"No signature that holds is by the key SHA256:{key_of('mallory').key_id}.").is_visible()
        page.get_by_label("Signer's fingerprint").fill("")

        page.set_input_files("input[type=file]", [files / "tampered.capsule", files / "bell.proof.json"])
        _verdict(page, "Broken")
        findings = page.get_by_role("listitem").filter(has_text="Broken: 2 findings.")
        assert "results/counts.json The file is not the one that was sealed." in findings.inner_text()
        assert "data/<img src=x onerror=alert(1)> The file was not sealed: it is not listed." in findings.inner_text()


def test_what_a_capsule_says_of_itself_is_only_text(visit: Visit, files: Path) -> None:
    with visit(signed_in=False) as mallory:
        page = mallory.open("/verify")
        page.set_input_files("input[type=file]", [files / "odd.capsule", files / "odd.proof.json"])
        _verdict(page, "Intact, signer unknown")
        assert page.get_by_text(_XSS, exact=True).is_visible()
        assert page.locator("main img, main script").count() == 0
        page.set_input_files("input[type=file]", [files / "foreign.capsule", files / "bell.proof.json"])
        _verdict(page, "Not judged")
        assert page.get_by_text("the manifest is YAML").is_visible()


@pytest.mark.parametrize("look", [{"color_scheme": "light"}, {"color_scheme": "dark", "viewport": NARROW}])
def test_the_verdict_can_be_read_by_everyone(visit: Visit, files: Path, look: dict[str, Any]) -> None:
    with visit(signed_in=False, **look) as mallory:
        page = mallory.open("/verify")
        for names, verdict in ((["tampered.capsule", "bell.proof.json"], "Broken"), (["bell.capsule"], "Intact, signer unknown")):
            page.set_input_files("input[type=file]", [files / name for name in names])
            _verdict(page, verdict)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _verdict(page: Page, words: str) -> None:
    page.get_by_role("heading", name=words, exact=True).wait_for()


def _drop(page: Page, file: Path) -> None:
    """As a file manager drops a file on the page."""
    content = base64.b64encode(file.read_bytes()).decode()
    held = page.evaluate_handle(
        """([name, content]) => {
          const held = new DataTransfer();
          held.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
          return held;
        }""",
        [file.name, content],
    )
    page.locator(".verify-drop").dispatch_event("drop", {"dataTransfer": held})


def _pinned() -> str:
    return str(json.loads(sample().sealed.manifest)["checksums_digest"])
