"""Credentials before a seal: everything that the published package blocks is found, and what it skips is searched too."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marqov_capsule import CapsuleRedactor
from tests.seal.samples import items_of, manifest_of, sample

from quapsule.seal import Item
from quapsule.seal.format.manifest import write_manifest
from quapsule.seal.format.scan import MOST_FINDINGS, Finding, find_credentials

# Put together here, so that no scan of this repository takes them for real ones.
GITHUB = "ghp" + "_" + "a1B2" * 9
HEX = "0123456789abcdef" * 4
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "A1b2" * 16 + "\n" + "-----END RSA " + "PRIVATE KEY-----"
SECRETS = {
    "aws_access_key_id": "AKIA" + "ABCDEFGHIJKLMNOP",
    "github_token": GITHUB,
    "github_fine_grained_pat": "github" + "_pat_" + "a" * 82,
    "google_api_key": "AI" + "za" + "B" * 35,
    "stripe_key": "sk" + "_live_" + "a1" * 10,
    "slack_token": "xo" + "xb-" + "1234567890-abcdefghij",
    "jwt": "ey" + "J" * 20 + ".ey" + "J" * 20 + "." + "abcde12345",
    "ibm_quantum_token": f"quantum = {HEX}",
    "name_pattern": "aws_secret" + "_access_key = hunter2",
    "constructor_pattern": "QiskitRuntime" + "Service(channel='x', token='abcdef')",
    "private_key_block": PEM,
}


def found_in(content: bytes, name: str = "data/x.txt", manifest: bytes = b"{}") -> list[Finding]:
    return find_credentials(items_of({name: content}), manifest)


def blocked(text: str, folder: Path, name: str = "x.txt") -> set[tuple[str, int]]:
    """What the published package blocks in a file."""
    findings = CapsuleRedactor(folder, mode="warn_only").scan(overrides={name: text})["findings"]
    return {(finding["reason"], finding["line"]) for finding in findings if finding["blocking"]}


@pytest.mark.parametrize("rule", SECRETS)
def test_each_shape_is_found_wherever_it_hides(rule: str) -> None:
    secret = SECRETS[rule]
    text = f"first line\nsecond line\n{secret}\n".encode()
    for name in ("data/x.txt", "venv/x.py", "node_modules/a/b.js", "__pycache__/x.pyc", ".git/config", "results/dump.bin"):
        (finding,) = found_in(text, name)
        assert (finding.file, finding.line, finding.rule) == (name, 3, rule)
        assert secret not in finding.shown
    # Binary files, and files of many pieces; at the seams too.
    for before in (
        b"\0" * 100,
        os.urandom(1000),
        bytes(3 << 20),
        b"x" * (1 << 20) + b"\n",
        b"x\n" * ((1 << 19) - 3),
        b"-" * ((1 << 20) - 10),
    ):
        assert rule in {finding.rule for finding in found_in(before + b"\n" + secret.encode() + b"\n" + b"\0" * 100)}


@pytest.mark.parametrize("name", [".env", "a/.env.local", "deploy.key", "cert.PEM", "id_rsa", "x/id_ed25519", "store.jks", "old.bak"])
def test_a_file_that_is_named_as_a_credential_is_found(name: str) -> None:
    assert find_credentials(items_of({name: b"", "environment.txt": b""}), b"{}") == [Finding(name, 0, "credential_file", name)]


@pytest.mark.parametrize("rule", SECRETS)
def test_a_secret_in_a_notebook_is_found(rule: str) -> None:
    lines = [line + "\n" for line in SECRETS[rule].split("\n")]

    def notebook(source: Any, outputs: Any = ()) -> bytes:
        cells = [{"cell_type": "markdown", "source": "# Bell"}, {"cell_type": "code", "source": source, "outputs": list(outputs)}]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()

    halves = [part for line in lines for part in (line[: len(line) // 2], line[len(line) // 2 :])]
    for content in (
        notebook(["import os\n", *lines]),
        notebook(["import os\n", *halves]),  # a text may be cut anywhere into its list
        notebook("x = 1\n" + SECRETS[rule]),
        notebook([], [{"output_type": "stream", "text": lines}]),
        notebook([], [{"output_type": "execute_result", "data": {"text/plain": lines}}]),
        notebook([], [{"output_type": "error", "evalue": "", "traceback": lines}]),
        notebook(["import os\n", *lines]).replace(b"A", b"\\u0041").replace(b"_", b"\\u005f"),
    ):
        assert rule in {finding.rule for finding in found_in(content, "work/Run.ipynb")}


def test_a_secret_in_a_notebook_that_is_none_is_found_as_in_any_file() -> None:
    assert [finding.rule for finding in found_in(f'{{"cells": [ "{GITHUB}"'.encode(), "x.ipynb")] == ["github_token"]
    metadata = json.dumps({"cells": [], "metadata": {"token": GITHUB}}).encode()
    assert [finding.rule for finding in found_in(metadata, "x.ipynb")] == ["github_token"]


@pytest.mark.parametrize(
    "manifest",
    [
        {"description": f"see {GITHUB}"},
        {"parameters": {"ibm": {"deep": [["x", HEX]]}}},
        {"parameters": {GITHUB: 1}},
        {"IBM_QUANTUM" + "_TOKEN": "hunter2"},
        {"parameters": [{"aws_secret" + "_access_key": ["hunter2"]}]},
        {"seal_notes": "Service\n" + PEM},
    ],
)
def test_a_secret_in_the_manifest_is_found(manifest: dict[str, Any], tmp_path: Path) -> None:
    data = write_manifest(manifest_of(**manifest))
    assert blocked(data.decode(), tmp_path, "capsule.yaml")
    assert {finding.file for finding in find_credentials([], data)} == {"capsule.yaml"}


def test_what_is_no_secret_does_not_stop_a_seal() -> None:
    harmless = {
        "hashes.txt": f"sha256:{HEX}  a quantum file\n".encode() * 1000,
        "code.py": b"token = os.environ['IBM_QUANTUM_TOKEN']\nservice = QiskitRuntimeService(token=token)\n",
        "text.md": b"The keyboard of a monkey, www.eyes.eyebrow; risk_live_ risk_test_; xoxo; PRIVATE KEY\n",
        "random.bin": os.urandom(1 << 21),
        "public.txt": b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    }
    assert find_credentials(items_of(harmless) + items_of(sample().payload), sample().sealed.manifest) == []


def test_many_findings_end_the_search() -> None:
    assert len(found_in(f"{GITHUB}\n".encode() * 1000)) == MOST_FINDINGS


def test_nothing_that_looks_like_the_beginning_of_a_secret_makes_the_search_slow() -> None:
    """Each of these took minutes when lines were scanned whole: they are long, and full of what a rule starts with."""
    for line in (
        b"a." * 500_000,
        b"IBMQ(" * 200_000,
        b"-----BEGIN " * 100_000,
        b"ey" * 500_000,
        b"_" * 1_000_000,
        b"token token" * 90_000,
        b"ab" * 500_000,
    ):
        assert found_in(line) == []


def test_a_file_is_read_in_pieces() -> None:
    class Watched:
        largest = 0

        def __init__(self) -> None:
            self.left = 32 << 20

        def read(self, count: int = -1) -> bytes:
            assert 0 < count <= 1 << 20
            given = min(count, self.left)
            self.left -= given
            return bytes(given)

        def __enter__(self) -> "Watched":
            return self

        def __exit__(self, *_: object) -> None:
            return None

    assert find_credentials([Item("large.bin", "data", "x", 32 << 20, HEX, Watched)], b"{}") == []  # type: ignore[arg-type, list-item]


PARTS = st.sampled_from([*SECRETS.values(), "\n", " ", "=", "'", '"', ":", ",", "# capsule:allow", "sha256:", HEX, "token", "ıbmq_token='x'", "GıTHUB_TOKEN=y", "\x0b", "é", "\u2028", "x" * 50, "os.environ['", "\r\n", "\r", "_digest: "])  # fmt: skip  # noqa: E501


@given(st.lists(PARTS, max_size=8).map("".join))
@settings(max_examples=300)
def test_all_that_the_published_package_blocks_is_found(text: str) -> None:
    theirs = {rule for rule, _ in blocked(text, Path("/nonexistent"))}
    ours = {finding.rule for finding in found_in(text.encode())}
    assert theirs <= ours, (theirs, ours)


@given(st.text(max_size=200) | st.lists(PARTS | st.text(max_size=5), max_size=12).map("".join))
@settings(max_examples=300)
def test_nothing_is_found_that_the_published_package_does_not_block(text: str) -> None:
    plain = text.translate({0x131: "i", 0x130: "i", 0x17F: "s", 0x212A: "k"})
    assert {finding.rule for finding in found_in(text.encode())} <= {rule for rule, _ in blocked(plain, Path("/nonexistent"))}
