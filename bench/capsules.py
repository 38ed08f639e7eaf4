"""Packing and verifying capsules of 10, 1,000 and 10,000 artifacts and of 1 GiB, beside the published package in the same run.

Each measurement is a process of its own, so that its memory is its own; ours and theirs take turns. The files lie in a folder; both pack
them into one archive, which must be the same byte for byte, and both verify it with its id given. Theirs unpacks to a temporary folder, as
its command line does. Sealing (digests, manifest, id), the scan for credentials, signatures and the log are printed apart. The ratio is of
processor time: a disk that is busy, and what is written to it, are left out, which favours theirs.
"""

import argparse
import io
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from bench.figures import machine, verdict
from quapsule.seal import Item
from quapsule.seal.format.sealing import seal

WANTED = 1.2
AT = "2026-11-23T05:30:00Z"


@dataclass(frozen=True)
class Cost:
    """Seconds of this process's processor and wall, and the peak of its memory in MiB."""

    wall: float
    cpu: float
    memory: float


def make(folder: Path, artifacts: int, total: int) -> None:
    """Files like those of a run: half JSON numbers, half bytes that do not compress."""
    dice = random.Random(artifacts)
    size = total // artifacts
    for number in range(artifacts):
        path = folder / f"data/{number // 100:03}/sweep {number}.{'json' if number % 2 else 'bin'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for start in range(0, size, 1 << 20):
                piece = min(1 << 20, size - start)
                text = json.dumps([dice.random() for _ in range(min(piece, 4096) // 20)]).encode()
                file.write((text * (piece // len(text) + 1))[:piece] if number % 2 else dice.randbytes(piece))
    sealed = seal(manifest(artifacts), items(folder))
    (folder / "capsule.yaml").write_bytes(sealed.manifest)
    (folder / ".checksums").write_bytes(sealed.checksums)
    folder.with_suffix(".id").write_text(sealed.capsule_id)


def manifest(artifacts: int) -> dict[str, Any]:
    return {
        "version": "1.0.0",
        "name": f"{artifacts} artifacts",
        "lifecycle_state": "sealed",
        "requirements": {"paradigm": ["gate-based"], "max_qubit_count": 2},
        "sealed_at": AT,
        "sealed_by": "bench",
    }


def items(folder: Path) -> list[Item]:
    return [
        item(path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*")) if path.is_file() and not own(path, folder)
    ]


def item(path: Path, name: str) -> Item:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return Item(name, "data", "application/octet-stream", path.stat().st_size, digest, lambda: path.open("rb"))


def own(path: Path, folder: Path) -> bool:
    return path.parent == folder and path.name in ("capsule.yaml", ".checksums")


# what is measured: each a function of (folder, archive), run in a process of its own


def pack_ours(folder: Path, archive: Path) -> Callable[[], None]:
    from quapsule.seal.format.archive import pack

    files = items(folder)

    def run() -> None:
        with archive.open("wb") as out:
            pack(folder.name, (folder / "capsule.yaml").read_bytes(), (folder / ".checksums").read_bytes(), files, out)

    return run


def pack_theirs(folder: Path, archive: Path) -> Callable[[], None]:
    from marqov_capsule.archive import pack_capsule

    return lambda: void(pack_capsule(folder, archive, overwrite=True))


def verify_ours(folder: Path, archive: Path) -> Callable[[], None]:
    from quapsule.seal.check import verify

    def run() -> None:
        report = verify(archive, expected_id=folder.with_suffix(".id").read_text(), most_bytes=2 << 30)
        assert report.status == "intact", report.findings[:3]

    return run


def verify_theirs(folder: Path, archive: Path) -> Callable[[], None]:
    from marqov_capsule.archive import unpack_capsule
    from marqov_capsule.verifier import CapsuleVerifier

    def run() -> None:
        with tempfile.TemporaryDirectory(dir=archive.parent) as place:
            unpacked = unpack_capsule(archive, place, max_bytes=2 << 30)
            report = CapsuleVerifier.verify_integrity(unpacked, folder.with_suffix(".id").read_text())
        assert report["status"] == "pass", report["errors"]

    return run


def seal_ours(folder: Path, archive: Path) -> Callable[[], None]:
    count = int(archive.stem.split("-")[0])
    import marqov_capsule  # what a seal imports when it is first called

    void(marqov_capsule)
    return lambda: void(seal(manifest(count), items(folder)))


def scan_ours(folder: Path, _: Path) -> Callable[[], None]:
    import marqov_capsule

    from quapsule.seal.format.scan import find_credentials

    void(marqov_capsule)
    files = items(folder)
    return lambda: void(find_credentials(files, (folder / "capsule.yaml").read_bytes()))


def scan_theirs(folder: Path, _: Path) -> Callable[[], None]:
    from marqov_capsule import CapsuleRedactor

    return lambda: void(CapsuleRedactor(folder, mode="warn_only").scan())


def void(_: object) -> None:
    return None


STEPS = {step.__name__: step for step in (pack_ours, pack_theirs, verify_ours, verify_theirs, seal_ours, scan_ours, scan_theirs)}


def measured(step: str, folder: Path, archive: Path) -> Cost:
    words = [sys.executable, "-m", "bench.capsules", "--step", step, str(folder), str(archive)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{step}: {done.stderr[-2000:]}")
    return Cost(*json.loads(done.stdout))


def run_step(step: str, folder: Path, archive: Path) -> None:
    """In the child: imports and preparation are not measured, but their memory is there before."""
    run = STEPS[step](folder, archive)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins here
    before = memory("VmRSS")
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    spent = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps([*spent, memory("VmHWM") - before]))


def memory(field: str) -> float:
    """MiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":")) / 1024


def compare(name: str, folder: Path, archive: Path, repeat: int, what: str) -> float:
    """Prints one line; the ratio of processor time, which a busy machine leaves alone."""
    ours, theirs = [], []
    for _ in range(repeat):
        ours.append(measured(f"{what}_ours", folder, archive.with_suffix(".ours")))
        theirs.append(measured(f"{what}_theirs", folder, archive.with_suffix(".theirs")))
    mine, other = median(ours), median(theirs)
    ratio = mine.cpu / other.cpu
    print(
        f"{name:<16}{what:<8}{mine.wall:>9.3f} s{other.wall:>9.3f} s{mine.cpu:>9.3f} s{other.cpu:>9.3f} s{ratio:>8.2f} x"
        f"{mine.memory:>9.1f} MiB{other.memory:>9.1f} MiB"
    )
    return ratio


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in ("wall", "cpu", "memory")))


def apart() -> None:
    """What the published package has nothing of: signatures and the log."""
    from quapsule.seal.trust.checkpoint import write_checkpoint
    from quapsule.seal.trust.envelope import check_envelope, make_envelope
    from quapsule.seal.trust.keys import new_key
    from quapsule.seal.trust.log import check_inclusion, inclusion_proof, leaf_hash, new_nodes, root_at

    key, ids = new_key(), [f"mqc:1:{sha256(str(number).encode()).hexdigest()}" for number in range(1000)]
    envelopes: list[str] = []
    timed("sign 1,000 capsules", lambda: envelopes.extend(make_envelope(key, found, "bench", "bench", None, "seal", AT) for found in ids))
    pairs = [(envelope, key.public_bytes, found) for envelope, found in zip(envelopes, ids, strict=True)]
    timed("check 1,000 signatures", lambda: [check_envelope(*pair) for pair in pairs])
    nodes: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        return nodes[level, index]

    def append(size: int) -> None:
        nodes.update({(level, index): found for level, index, found in new_nodes(size, leaf_hash(ids[size].encode()), node)})

    timed("append 1,000 to the log", lambda: deque(map(append, range(1000))))
    root = root_at(1000, node)
    timed("one checkpoint", lambda: write_checkpoint(key, "quapsule.example/log", 1000, root))
    proofs: list[list[bytes]] = []
    spent = timed("1,000 inclusion proofs", lambda: proofs.extend(inclusion_proof(index, 1000, node) for index in range(1000)))
    places = [(leaf_hash(ids[index].encode()), index, 1000, proofs[index], root) for index in range(1000)]
    spent += timed("check 1,000 proofs", lambda: [check_inclusion(*place) for place in places])
    print(verdict("1,000 proofs made and checked", spent, 1.0, at_least=False) + "  seconds, without the database")


def timed(name: str, run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    spent = time.perf_counter() - began
    print(f"{name:<28}{spent * 1e3:9.1f} ms")
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--large", type=int, default=1024, help="MiB of the largest capsule; 0 leaves it out.")
    parser.add_argument("--folder", type=Path, help="Where the files are made; a temporary folder if left out.")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        run_step(given.step[0], Path(given.step[1]), Path(given.step[2]))
        return
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, write_through=True)
    print(machine())
    columns = (("wall ours", 11), ("theirs", 11), ("cpu ours", 11), ("theirs", 11), ("ratio", 10), ("memory ours", 13), ("theirs", 13))
    print(f"{'artifacts':<16}{'':<8}" + "".join(f"{name:>{width}}" for name, width in columns))
    sizes = [(f"{count:,}", count, count * 4096) for count in (10, 1_000, 10_000)]
    sizes += [(f"8, {given.large} MiB", 8, given.large << 20)] if given.large else []
    worst = {"pack": 0.0, "verify": 0.0}
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        for name, count, total in sizes:
            folder, archive = Path(place) / f"{count}-{total}", Path(place) / f"{count}-{total}.capsule"
            folder.mkdir()
            make(folder, count, total)
            repeat = given.repeat if total < 1 << 28 else 1
            for what in worst:
                worst[what] = max(worst[what], compare(name, folder, archive, repeat, what))
            with archive.with_suffix(".ours").open("rb") as ours, archive.with_suffix(".theirs").open("rb") as theirs:
                assert file_digest(ours, "sha256").digest() == file_digest(theirs, "sha256").digest(), "not the same archive"
            small = total < 1 << 28
            if small:
                compare(name, folder, archive, repeat, "scan")  # theirs takes many minutes for half a GiB of text
            for what in ("seal",) if small else ("scan", "seal"):
                cost = measured(f"{what}_ours", folder, archive)
                print(f"{name:<16}{what:<8}{cost.wall:>9.3f} s{'':>11}{cost.cpu:>9.3f} s{'':>21}{cost.memory:>9.1f} MiB")
    for what, ratio in worst.items():
        print(verdict(f"{what}, dearest ratio", ratio, WANTED, at_least=False))
    apart()


if __name__ == "__main__":
    main()
