"""A downloaded capsule before three verifiers, each in a process of its own, in the folder of the download, with nothing else to go by."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quapsule.seal.format.archive import open_archive

# The exit codes that ours and the standalone file share.
VERIFIED, INTACT = 0, 3
_SECONDS = 120.0
_STANDALONE = "verify_capsule.py"


@dataclass(frozen=True)
class Verdict:
    """What one verifier printed, as the command (as a person types it) ended. wanted: the exit code that says so."""

    command: str
    says: str
    exit_code: int
    wanted: int

    @property
    def holds(self) -> bool:
        return self.exit_code == self.wanted


def verify_three_ways(capsule: Path, proof: Path, capsule_id: str, signer: str) -> list[Verdict]:
    """Ours, the published package and the file that the capsule itself brings. The id, and to those that know signatures the signer's
    fingerprint too, are given from elsewhere than the download; then again without the fingerprint."""
    with capsule.open("rb") as file:
        standalone = open_archive(file).read(_STANDALONE)
    (capsule.parent / _STANDALONE).write_bytes(standalone)
    known, trusted = ["--id", capsule_id], ["--signer", signer]
    ours = (["-m", "quapsule.cli"], ["verify", capsule.name, "--proof", proof.name, *known])
    alone = (["-I", _STANDALONE], [capsule.name, proof.name, *known])
    published = (["-m", "marqov_capsule"], ["verify", capsule.name, *known])
    runs = [
        ("quapsule", ours[0], [*ours[1], *trusted], VERIFIED),
        ("marqov-capsule", *published, VERIFIED),
        (f"python {_STANDALONE}", alone[0], [*alone[1], *trusted], VERIFIED),
        ("quapsule", *ours, INTACT),
        (f"python {_STANDALONE}", *alone, INTACT),
    ]
    return [_run(name, program, words, capsule.parent, wanted) for name, program, words, wanted in runs]


def _run(name: str, program: Sequence[str], words: Sequence[str], folder: Path, wanted: int) -> Verdict:
    # Nothing of this platform's settings, and no home in which a login could be found.
    environ = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "PYTHONPATH")}
    environ |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, *program, *words], cwd=folder, env=environ, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    return Verdict(f"{name} {' '.join(words)}", done.stdout.strip() or done.stderr.strip(), done.returncode, wanted)
