"""Capsules of 10, 1,000 and 10,000 artifacts and one of nearly 1 GiB on a running platform: sealed by its worker, exported and verified
over HTTP, with the database, the object store and the log in it. Beside each stands what the same seal takes without a platform, which
`bench.capsules` compares with the published package. Then 1,000 inclusion proofs, as the API makes them: from the database's nodes.
"""

import argparse
import hashlib
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.figures import machine
from bench.place import Place, started
from quapsule.database.logins import owner_url
from quapsule.seal import Item, item_of
from quapsule.seal.check import verify
from quapsule.seal.format.sealing import seal

BYTES = 300
PROOFS, LOGGED = 1_000, 40


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--artifacts", type=int, nargs="*", default=[10, 1_000, 10_000])
    asked.add_argument("--large-mb", type=int, default=950, help="size of the one large artifact; 0: none")
    given = asked.parse_args()
    print(machine())
    with started() as place, psycopg.connect(owner_url(place.settings), autocommit=True) as owner:
        print(f"{'':>18}{'seal':>10}{'alone':>10}{'export':>10}{'verify':>10}{'offline':>10}   seconds")
        for count in given.artifacts:
            capsule = draft(place, f"{count} artifacts")
            fill(owner, capsule, count)
            report(place, capsule, f"{count:,} artifacts", alone(count))
        if given.large_mb:
            capsule = draft(place, "one large artifact")
            upload(place, capsule, given.large_mb << 20)
            report(place, capsule, f"{given.large_mb:,} MiB", None)
        prove(place, owner)


def draft(place: Place, name: str) -> str:
    return str(place.ask("POST", "/api/capsules", {"name": name})["id"])


def contents(count: int) -> list[bytes]:
    dice = random.Random(count)
    return [json.dumps([dice.random() for _ in range(BYTES // 20)]).encode() for _ in range(count)]


def fill(owner: psycopg.Connection[Any], capsule: str, count: int) -> None:
    with owner.cursor() as cursor:
        cursor.executemany(
            "insert into public.capsule_artifacts (capsule_id, name, artifact_type, content_type, size_bytes, digest, content_text)"
            " values (%s, %s, 'data', 'application/json', %s, %s, %s)",
            [
                (capsule, f"data/{number:05}.json", len(text), f"sha256:{hashlib.sha256(text).hexdigest()}", text.decode())
                for number, text in enumerate(contents(count))
            ],
        )


def upload(place: Place, capsule: str, size: int) -> None:
    piece = random.Random(size).randbytes(1 << 20)
    connection = place.connect()
    path = f"/api/capsules/{capsule}/artifacts/data/large.bin?artifact_type=data"
    headers = {"Authorization": f"Bearer {place.token}", "Content-Type": "application/octet-stream", "Content-Length": str(size)}
    began = time.perf_counter()
    connection.request("PUT", path, body=(piece for _ in range(size >> 20)), headers=headers)
    answer = connection.getresponse()
    assert answer.status in (200, 201), answer.read()
    print(f"upload of {size >> 20:,} MiB: {time.perf_counter() - began:.1f} s")


def report(place: Place, capsule: str, name: str, alone_seconds: float | None) -> None:
    place.wake()
    began = time.perf_counter()
    told = place.ask("POST", f"/api/capsules/{capsule}/seal?wait=20", {})
    while told["state"] not in ("sealed", "archived"):
        assert told.get("problem") is None, told
        time.sleep(0.01)
        shown = place.ask("GET", f"/api/capsules/{capsule}")
        told = {"state": shown["lifecycle_state"] if "lifecycle_state" in shown else shown["state"], "problem": None}
    sealed = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "it.capsule"
        began = time.perf_counter()
        download(place, f"/api/capsules/{capsule}/export?format=capsule", file)
        exported = time.perf_counter() - began
        place.wake()
        began = time.perf_counter()
        said = place.ask("POST", f"/api/capsules/{capsule}/verify", {})
        verified = time.perf_counter() - began
        assert said["status"] in ("intact", "verified"), said
        began = time.perf_counter()
        assert verify(file).status == "intact"
        offline = time.perf_counter() - began
    without = "" if alone_seconds is None else f"{alone_seconds:.3f}"
    print(f"{name:>18}{sealed:>10.3f}{without:>10}{exported:>10.3f}{verified:>10.3f}{offline:>10.3f}")


def alone(count: int) -> float:
    items: list[Item] = [item_of(f"data/{number:05}.json", "data", "application/json", text) for number, text in enumerate(contents(count))]
    began = time.perf_counter()
    seal(
        {
            "version": "1.0.0",
            "name": f"{count} artifacts",
            "lifecycle_state": "sealed",
            "requirements": {"paradigm": ["classical"], "max_qubit_count": 0},
            "sealed_at": "2026-11-23T00:00:00Z",
            "sealed_by": "bench",
        },
        items,
    )
    return time.perf_counter() - began


def download(place: Place, path: str, file: Path) -> None:
    connection = place.connect()
    connection.request("GET", path, headers={"Authorization": f"Bearer {place.token}"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    with file.open("wb") as out:
        while piece := answer.read(1 << 20):
            out.write(piece)


def prove(place: Place, owner: psycopg.Connection[Any]) -> None:
    """Of capsules that this platform sealed, each asked for many times."""
    for number in range(LOGGED):
        capsule = draft(place, f"logged {number}")
        fill(owner, capsule, 1)
        place.ask("POST", f"/api/capsules/{capsule}/seal?wait=20", {})
    ids = [row[0] for row in owner.execute("select mqc_id from public.capsule_seals where origin = 'here'")]
    began = time.perf_counter()
    for number in range(PROOFS):
        place.ask("GET", f"/api/seal-log/proof?capsule_id={ids[number % len(ids)]}")
    seconds = time.perf_counter() - began
    print(f"{PROOFS:,} inclusion proofs over HTTP, one request each, log of {len(ids)}: {seconds:.2f} s")


if __name__ == "__main__":
    main()
