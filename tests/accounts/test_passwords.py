"""Passwords: what is refused, and that hashing does not take the machine."""

import threading

import pytest

from quapsule.accounts import passwords
from quapsule.accounts.passwords import check_password, hash_password, is_password
from quapsule.errors import Problem


@pytest.mark.parametrize(
    "password", ["", "1234567", "x" * 129, "Password123", "QWERTYUIOP", "ababababab", "ann@example.org", "ANN@EXAMPLE.ORG"]
)
def test_the_passwords_that_are_tried_first_are_refused(password: str) -> None:
    with pytest.raises(Problem) as refused:
        check_password(password, "ann@example.org")
    assert refused.value.code == "validation_error"


@pytest.mark.parametrize("password", ["violet tram under rain", "x7" * 32 + "y", "пароль-которого-нет", "        . ,"])
def test_any_other_is_taken_without_rules_of_composition(password: str) -> None:
    check_password(password, "ann@example.org")


def test_only_the_same_password_is_the_password() -> None:
    stored = hash_password("violet tram under rain")
    assert stored.startswith("$argon2id$") and is_password("violet tram under rain", stored)
    for password, of in (
        ("Violet tram under rain", stored),
        ("", stored),
        ("x", None),
        ("x", ""),
        ("x", "$2a$10$bcrypt.of.another.system"),
    ):
        assert not is_password(password, of)


def test_more_than_a_line_can_hold_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = passwords._Turns(parallel=1, waiting=1)
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with turns.one():
            inside.set()
            leave.wait(10)

    def queue() -> None:
        with turns.one():
            pass

    first, second = threading.Thread(target=stay), threading.Thread(target=queue)
    first.start()
    inside.wait(10)
    second.start()
    while turns._places.acquire(blocking=False):  # until the second stands in line
        turns._places.release()
    with pytest.raises(Problem) as refused, turns.one():
        pass
    assert refused.value.code == "rate_limited" and refused.value.retry_after_seconds
    leave.set()
    first.join()
    second.join()
    with turns.one():
        pass
