"""docs/start.md is run as it is written, except for what installs or starts the platform: that is done already."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.client.house import House

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/start.md").read_text(encoding="utf-8")


@pytest.fixture
def house() -> Iterator[House]:
    with TemporaryDirectory(prefix="qd-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        made = House(Path(name))
        made.up()
        yield made
        assert made.down() == 0


def test_the_start_page_does_what_it_says(house: House) -> None:
    commands = "\n".join(block for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if not block.startswith("make "))
    [python] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    url = house.cli("sign-in", "--json").json["url"]
    shim = house.folder / "bin"
    shim.mkdir()
    (shim / "quapsule").write_text(f'#!/bin/sh\nexec {sys.executable} -m quapsule.cli "$@"\n')
    (shim / "quapsule").chmod(0o755)
    (house.folder / "page.py").write_text("import os\nKEY = os.environ['KEY']\n" + python.replace("http://127.0.0.1:8400", url))
    script = commands.replace("http://127.0.0.1:8400", url).replace('"$PWD/.venv/bin:', '"$SHIM:')
    script += f"\nKEY=$KEY {sys.executable} {house.folder}/page.py\n"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={**house.environ, "SHIM": str(shim)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "event: job.completed" in done.stdout and '"counts":{' in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("completed {")
    assert "█" in done.stdout


def test_every_page_that_the_start_page_names_is_there() -> None:
    for name in re.findall(r"\]\(([\w./-]+)\)", PAGE):
        assert (ROOT / "docs" / name).is_file(), name
