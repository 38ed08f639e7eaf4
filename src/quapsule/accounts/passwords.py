"""Passwords: argon2id, hashed two at a time, so that a flood of sign-ins cannot take the machine; and what a password must be."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from quapsule.errors import Problem

_PARALLEL = 2
_WAITING = 16
_LONGEST, _SHORTEST = 128, 8

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def check_password(password: str, email: str) -> None:
    """Raises Problem validation_error for one that is too short, too long, well known, or the address itself."""
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise Problem("validation_error", f"A password has {_SHORTEST} to {_LONGEST} characters.")
    plain = password.casefold()
    if plain in _well_known() or plain in (email.casefold(), email.casefold().partition("@")[0]) or len(set(plain)) < 3:
        raise Problem("validation_error", "This password is among the first that anybody would try.", hint="Use a few unrelated words.")


def hash_password(password: str) -> str:
    """argon2id in PHC form. Raises Problem rate_limited when too many wait."""
    with _turns.one():
        return _hasher.hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one. None takes as long as a wrong password. Raises Problem rate_limited when too many wait."""
    with _turns.one():
        try:
            return _hasher.verify(stored if stored is not None else _nobodys(), password) and stored is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


class _Turns:
    """At most `parallel` at once, and at most `waiting` in line: the rest is told to come back."""

    def __init__(self, parallel: int, waiting: int) -> None:
        self._running = threading.Semaphore(parallel)
        self._places = threading.Semaphore(parallel + waiting)

    @contextmanager
    def one(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Problem("rate_limited", "Too many people are signing in at this moment.", retry_after_seconds=2)
        try:
            with self._running:
                yield
        finally:
            self._places.release()


_turns = _Turns(_PARALLEL, _WAITING)


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(32))


@cache
def _well_known() -> frozenset[str]:
    return frozenset(resources.files("quapsule.accounts").joinpath("well_known_passwords.txt").read_text(encoding="utf-8").split())
