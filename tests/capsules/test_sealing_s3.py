"""A capsule whose large artifacts lie on an S3 server is sealed and given out like any other."""

from pathlib import Path

from tests.capsules.desk import Desk, ask_published
from tests.conftest import Clone
from tests.s3_server import ACCESS_KEY, BUCKET, SECRET_KEY, storage

from quapsule.seal.format.checksums import write_checksums


def test_large_artifacts_on_an_s3_server_are_sealed(database: Clone, tmp_path: Path) -> None:
    folder = tmp_path / "s3"
    folder.mkdir()
    with storage(folder) as server:
        desk = Desk(
            database,
            tmp_path,
            object_store=f"s3://{BUCKET}/capsules",
            object_store_endpoint=server.url,
            object_store_access_key_id=ACCESS_KEY,
            object_store_secret_access_key=SECRET_KEY,
            artifact_inline_kb=1,
        )
        capsule = desk.capsule()
        desk.add(capsule, "data/large.bin", b"large" * 4_000_000, outside=True)
        desk.ask(capsule)
        desk.work()
        seal = desk.seal(capsule)
        outside = desk.rows("select name from public.capsule_artifacts where storage_path is not null order by name")
        assert {"data/large.bin", "report.html", "verify_capsule.py"} <= {row["name"] for row in outside}
        assert write_checksums(desk.items(capsule)) == bytes(seal["checksums"])
        said = ask_published(desk.pack(capsule, tmp_path), seal["mqc_id"])
        assert said.returncode == 0, said.stdout + said.stderr
