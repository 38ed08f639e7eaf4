from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.s3_server import ACCESS_KEY, BUCKET, SECRET_KEY, Storage, storage

from quapsule.objects import Objects
from quapsule.settings import Settings


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with storage(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    local = Settings(home=tmp_path)
    if request.param == "folder":
        return local
    return replace(
        local,
        object_store=f"s3://{BUCKET}/{tmp_path.name}",
        object_store_endpoint=request.getfixturevalue("s3").url,
        object_store_access_key_id=ACCESS_KEY,
        object_store_secret_access_key=SECRET_KEY,
    )


@pytest.fixture
def objects(settings: Settings) -> Objects:
    return Objects(settings)
