"""What git says of the file that is submitted. Without git, outside of a repository, or where git fails, it says nothing."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

_PATIENCE_SECONDS = 5.0
_LONGEST_URL = 500
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LIKE_SCP = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>[^@/:]{2,}):(?P<path>[^@:][^@:]*)")


@dataclass(frozen=True)
class GitFacts:
    """sha: of the commit that is checked out. repo: address of the remote, without user, password and query; None for a folder of this
    machine. dirty: that commit does not hold the file, byte by byte, as it is."""

    sha: str | None = None
    repo: str | None = None
    dirty: bool = False


def read_git(file: Path) -> GitFacts:
    """Never raises."""
    folder = file.absolute().parent
    sha = _git(folder, "rev-parse", "--verify", "HEAD")
    if sha is None or not _SHA.fullmatch(sha):
        return GitFacts()
    remotes = (_git(folder, "remote") or "").splitlines()
    remote = "origin" if "origin" in remotes else next(iter(remotes), None)
    url = _git(folder, "remote", "get-url", "--", remote) if remote else None
    committed = _git(folder, "rev-parse", "--verify", f"HEAD:./{file.name}")
    # Compared by its digest, since `git status` would run the filters that the repository's settings name.
    dirty = committed is None or committed != _git(folder, "hash-object", "--no-filters", "--", file.name)
    return GitFacts(sha, without_credentials(url) if url else None, dirty)


def without_credentials(url: str) -> str | None:
    """The address as it can be shown to anybody; None for what is no address of another machine, or is longer than 500 characters."""
    if any(not character.isprintable() for character in url):
        return None
    if "://" not in url:
        found = _LIKE_SCP.fullmatch(url)
        shown = found and f"{'git@' if found['user'] == 'git' else ''}{found['host']}:{found['path']}"
    else:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return None
        if not host or parts.scheme == "file":
            return None
        place = f"[{host}]" if ":" in host else host
        shown = urlunsplit((parts.scheme, f"{place}:{port}" if port else place, parts.path, "", ""))
    return shown if shown and len(shown) <= _LONGEST_URL else None


def _git(folder: Path, *arguments: str) -> str | None:
    """What git printed, without its last line feed. Neither asks for a password nor runs what the repository's own settings name."""
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=_PATIENCE_SECONDS, check=False)
        return done.stdout.decode().rstrip("\n") if done.returncode == 0 else None
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
