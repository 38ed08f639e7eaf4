from pathlib import Path

import pytest
from tests.capsules.desk import Desk
from tests.conftest import Clone


@pytest.fixture
def desk(database: Clone, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)
