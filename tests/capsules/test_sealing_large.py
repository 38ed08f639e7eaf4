"""Many artifacts and large ones are sealed in little memory."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.capsules.desk import Desk, ask_published

from quapsule.seal.format.checksums import write_checksums

MIB = 1 << 20


def peaks(desk: Desk) -> list[int]:
    """Of each request, what the worker's process had needed until its end, in MiB."""
    command = [sys.executable, "-m", "tests.capsules.weighed", desk.database.worker_url, str(desk.settings.home)]
    said = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300, check=True)
    return [int(line) >> 10 for line in said.stdout.split()]


@pytest.mark.slow
def test_1000_artifacts_and_an_object_of_100_mb_are_sealed_in_bounded_memory(desk: Desk, tmp_path: Path) -> None:
    small = desk.capsule()
    desk.ask(small)
    large = desk.capsule({f"data/{number:04}.bin": number.to_bytes(4, "big") * 25_000 for number in range(1000)})
    desk.add(large, "data/largest.bin", bytes(range(256)) * (100 * MIB // 256), outside=True)
    desk.ask(large)
    before, after = peaks(desk)
    assert desk.row(large)["lifecycle_state"] == "sealed"
    assert after - before < 64, "the capsule holds 200 MB"
    items = desk.items(large)
    assert write_checksums(items) == bytes(desk.seal(large)["checksums"])
    assert len(items) == 1004
    file = desk.pack(large, tmp_path)
    assert ask_published(file, desk.seal(large)["mqc_id"]).returncode == 0


@pytest.mark.parametrize("size", [4 * MIB - 1, 4 * MIB, 9 * MIB])
def test_artifacts_in_the_database_of_any_size_are_read_whole(desk: Desk, size: int) -> None:
    capsule = desk.sealed({"data/a": b"a", "data/b": b"b" * size, "data/c": b"c", "data/d": b"d" * size})
    assert write_checksums(desk.items(capsule)) == bytes(desk.seal(capsule)["checksums"])
