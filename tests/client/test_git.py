"""What git says of a script: nothing that is secret, and nothing at all rather than a failure."""

import os
import subprocess
from pathlib import Path

import pytest

from quapsule.client.git import GitFacts, read_git, without_credentials

ME = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}


def git(folder: Path, *arguments: str) -> str:
    settings = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **ME}
    done = subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script in a repository with one commit and a remote whose address holds a token."""
    file = tmp_path / "repository" / "deep" / "bell.py"
    file.parent.mkdir(parents=True)
    file.write_text("x = 1\n")
    root = tmp_path / "repository"
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    git(root, "remote", "add", "origin", "https://alice:hunter2@git.example.org:8443/lab/bell.git?token=hunter2#hunter2")
    return file


def test_a_script_outside_of_a_repository_has_no_commit(tmp_path: Path) -> None:
    assert read_git(tmp_path / "bell.py") == GitFacts()


def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert read_git(tmp_path / "bell.py") == GitFacts()


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert read_git(tmp_path / "gone" / "bell.py") == GitFacts()


def test_without_git_nothing_is_said(script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_git(script) == GitFacts()


def test_a_git_that_fails_or_prints_anything_else_says_nothing(script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "bin" / "git"
    other.parent.mkdir()
    for body in ("exit 1", "echo me", "printf '\\377\\376'", "kill -9 $$"):
        other.write_text(f"#!/bin/sh\n{body}\n")
        other.chmod(0o755)
        monkeypatch.setenv("PATH", f"{other.parent}:/bin")
        assert read_git(script) == GitFacts()


def test_nothing_that_a_repositorys_settings_name_is_run(script: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    for name in ("core.fsmonitor", "filter.x.clean", "filter.x.process", "diff.x.command", "core.pager", "core.sshCommand"):
        git(script.parent, "config", name, f"touch {trap}; cat")
    (script.parent / ".gitattributes").write_text("*.py filter=x diff=x\n")
    read_git(script)
    assert not trap.exists()


@pytest.mark.parametrize(
    "url",
    [
        "/srv/git/bell.git",
        "../bell",
        "file:///home/alice/bell",
        "file://host/alice/bell",
        "ext::sh -c evil",
        "alice:hunter2@git.example.org:lab/bell",
        "C:\\work\\bell",
        "https://git.example.org:port/bell",
        "https://[broken/bell",
        "https://git.example.org/" + "x" * 500,
        "https://git.example.org/\x1b[2J",
        "",
    ],
)
def test_what_is_no_address_of_another_machine_is_not_told(url: str) -> None:
    assert without_credentials(url) is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://token@git.example.org/lab/bell", "https://git.example.org/lab/bell"),
        ("https://alice:hun:ter@2@git.example.org/lab/bell", "https://git.example.org/lab/bell"),
        ("https://[2001:db8::1]:8443/bell?a=b#c", "https://[2001:db8::1]:8443/bell"),
        ("ssh://git:hunter2@git.example.org:22/bell", "ssh://git.example.org:22/bell"),
        ("git@git.example.org:lab/bell.git", "git@git.example.org:lab/bell.git"),
        ("alice@git.example.org:lab/bell.git", "git.example.org:lab/bell.git"),
    ],
)
def test_addresses_lose_user_password_and_query(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


def test_a_committed_script_is_told_with_commit_and_repository(script: Path) -> None:
    sha = git(script.parent, "rev-parse", "HEAD")
    assert read_git(script) == GitFacts(sha, "https://git.example.org:8443/lab/bell.git", False)


def test_the_only_remote_counts_whatever_its_name(script: Path) -> None:
    git(script.parent, "remote", "rename", "origin", "upstream")
    assert read_git(script).repo == "https://git.example.org:8443/lab/bell.git"
    git(script.parent, "remote", "remove", "upstream")
    assert read_git(script).repo is None


@pytest.mark.parametrize("name", ["bell.py", "new.py", "ignored.py"])
def test_a_script_that_the_commit_does_not_hold_as_it_is_is_dirty(script: Path, name: str) -> None:
    (script.parent / ".gitignore").write_text("ignored.py\n")
    file = script.with_name(name)
    file.write_text("x = 2\n")
    assert read_git(file).dirty


def test_where_the_command_was_called_from_and_its_environment_do_not_matter(
    script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(script.parent)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert read_git(Path("bell.py")).sha == git_head(script)


def git_head(script: Path) -> str:
    return (script.parents[1] / ".git" / "refs" / "heads").glob("*").__next__().read_text().strip()
