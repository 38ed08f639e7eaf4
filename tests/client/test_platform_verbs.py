"""What the CLI says without a server: settings, generated pages, start-up."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.client.conftest import Cli

from quapsule import __version__
from quapsule.cli import setting_rows
from quapsule.database.logins import Urls
from quapsule.errors import CODES
from quapsule.platform.parts import Api, Worker
from quapsule.settings import Settings

SOURCE = Path(__file__).parents[2] / "src"


def test_settings_hide_every_secret() -> None:
    given = Settings(
        database_url="postgresql://owner:hunter2@db/q?sslmode=require",
        api_database_url="postgresql://db/q?user=x&password=hunter2",
        supabase_jwt_secret="hunter2",
        braket_secret_access_key="hunter2",
    )
    rows = {row["variable"]: row["value"] for row in setting_rows(given)}
    assert not any("hunter2" in value for value in rows.values())
    assert rows["QUAPSULE_DATABASE_URL"] == "postgresql://owner:(hidden)@db/q?sslmode=require"
    assert rows["QUAPSULE_SUPABASE_JWT_SECRET"] == "(hidden)"


def test_a_vendors_secret_reaches_the_workers_alone(tmp_path: Path) -> None:
    urls = Urls("postgresql://owner", "postgresql://api", "postgresql://worker")
    given = Settings(home=tmp_path, braket_access_key_id="AKIA", braket_secret_access_key="hunter2", braket_region="eu-north-1")
    api, worker = Api(given, urls).environment(), Worker(given, urls, 1).environment()
    assert "QUAPSULE_BRAKET_SECRET_ACCESS_KEY" in worker and "AKIA" in worker.values()
    assert not {"hunter2", "AKIA"} & {*api.values()} and api["QUAPSULE_BRAKET_REGION"] == "eu-north-1"


def test_a_database_that_does_not_answer_is_exit_3_without_a_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAPSULE_DATABASE_URL", "postgresql://owner:hunter2@127.0.0.1:1/quapsule")
    said = cli("migrate", "--json")
    assert said.code == 3 and said.out == "" and "does not answer" in said.error["message"] and "hunter2" not in said.err


def test_settings_say_where_a_value_comes_from(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAPSULE_SLOTS", "5")
    rows = {row["variable"]: row for row in cli("settings", "--json").json}
    assert (rows["QUAPSULE_SLOTS"]["value"], rows["QUAPSULE_SLOTS"]["from"]) == ("5", "environment")
    assert rows["QUAPSULE_WORKERS"]["from"] == "default" and all(row["means"] for row in rows.values())


def test_the_pages_are_written_once_and_then_fresh(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    assert cli("docs", str(folder), "--check").code == 1 and not folder.exists()
    assert cli("docs", str(folder)).code == 0 and cli("docs", str(folder), "--check").code == 0
    errors = (folder / "errors.md").read_text()
    assert all(f"`{code}`" in errors for code in CODES)
    verbs = (folder / "cli.md").read_text()
    for verb in ("run", "jobs", "cancel", "scripts upload", "keys create", "team suspend", "doctor", "up", "demo"):
        assert f"## quapsule {verb}\n" in verbs
    assert "## quapsule docs" not in verbs
    (folder / "settings.md").write_text("edited")
    said = cli("docs", str(folder), "--check")
    assert said.code == 1 and "settings.md is stale" in said.err and "cli.md" not in said.err


def test_the_version_and_help_need_no_server(cli: Cli) -> None:
    assert cli("--version").out == f"quapsule {__version__}\n"
    for verb in ((), ("run",), ("scripts", "upload"), ("team", "suspend")):
        said = cli(*verb, "--help")
        assert said.code == 0 and "Usage: quapsule" in said.out


def test_the_logs_of_the_platform_are_shown_escaped_and_their_absence_refused(cli: Cli, own_place: Path) -> None:
    assert cli("logs", "--json").error["code"] == "not_found"
    (own_place / "home/log").mkdir(parents=True)
    (own_place / "home/log/api.log").write_text("".join(f"line {number} \x1b[31m\n" for number in range(100)))
    said = cli("logs", "-n", "2")
    assert said.code == 0 and "line 99 \\x1b[31m" in said.out and "line 97" not in said.out
    assert len(cli("logs", "--json").json["api.log"]) == 50


def test_help_imports_neither_http_nor_database_nor_quantum_libraries() -> None:
    program = (
        "import sys\nfrom quapsule.cli import main\nmain(['--help'])\n"
        "heavy = {'httpx', 'psycopg', 'fastapi', 'uvicorn', 'pydantic', 'qiskit', 'qiskit_aer', 'numpy', 'openqasm3', 'pyqasm', 'rich'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": str(SOURCE)}, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_has_enough_is_no_error() -> None:
    program = f"{sys.executable} -m quapsule.cli settings | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", program], capture_output=True, text=True, env={"PYTHONPATH": str(SOURCE)}, timeout=60
    )
    assert done.returncode == 0 and done.stderr == "" and "variable" in done.stdout
