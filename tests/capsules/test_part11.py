"""21 CFR Part 11: docs/part11.md lists every clause and names tests that exist; and the clauses that no other test holds."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.capsules.sealed import Sealer, make_capsule, sealing
from tests.conftest import Clone
from tests.factories import add_member, disable, make_user, team_of

from quapsule.capsules.capsule import PART_11, archive, find_detail, request_seal
from quapsule.capsules.signatures import note_reauthentication, request_signature
from quapsule.errors import Problem
from quapsule.seal.trust.envelope import check_envelope

ROOT = Path(__file__).parents[2]
CLAUSES = [
    *(f"11.10({letter})" for letter in "abcdefghij"),
    *("11.10(k)(1)", "11.10(k)(2)", "11.30", "11.50(a)(1)", "11.50(a)(2)", "11.50(a)(3)", "11.50(b)", "11.70"),
    *("11.100(a)", "11.100(b)", "11.100(c)(1)", "11.100(c)(2)"),
    *("11.200(a)(1)", "11.200(a)(1)(i)", "11.200(a)(1)(ii)", "11.200(a)(2)", "11.200(a)(3)", "11.200(b)"),
    *(f"11.300({letter})" for letter in "abcde"),
]


def rows() -> list[tuple[str, str, list[str]]]:
    """Clause, how it is met, ids of tests."""
    text = (ROOT / "docs/part11.md").read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        if line.startswith("| 11."):
            clause, met, tests = (cell.strip() for cell in line.strip("|").split("|"))
            found.append((clause.split(" ")[0], met, re.findall(r"`(tests/[\w/]+\.py::\w+)`", tests)))
            assert len(re.findall("`", tests)) == 2 * len(found[-1][2]), f"{clause}: what is in the last column are ids of tests"
    return found


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_clause_is_listed_once_and_in_order() -> None:
    assert [clause for clause, _, _ in rows()] == CLAUSES


def test_every_test_that_is_named_exists() -> None:
    named = [found.split("::") for _, _, tests in rows() for found in tests]
    assert len(named) > 40
    assert [f"{file}::{name}" for file, name in named if not (ROOT / file).exists() or name not in names_in(file)] == []


def test_a_clause_without_a_test_says_that_it_is_procedural_or_not_used() -> None:
    for clause, met, tests in rows():
        assert tests or met.startswith("Procedural") or met == "not used", clause


@pytest.fixture
def mia(database: Clone) -> UUID:
    return make_user(database.owner, "mia@example.org", name="Mia Meyer")


@pytest.fixture
def sealer(database: Clone) -> Iterator[Sealer]:
    with sealing(database) as found:
        yield found


@pytest.fixture
def draft(database: Clone, mia: UUID) -> UUID:
    return make_capsule(database.owner, team_of(database.owner, mia), mia, regulatory_framework=PART_11)


def signed_seal(database: Clone, who: UUID, capsule: UUID, sealer: Sealer, meaning: Any = "author") -> None:
    with database.as_user(who) as session:
        note_reauthentication(session, who)
        request_seal(session, capsule, None, meaning)
    sealer.do_next()


def signed(database: Clone, who: UUID, capsule: UUID, sealer: Sealer, meaning: Any = "review") -> None:
    with database.as_user(who) as session:
        note_reauthentication(session, who)
        request_signature(session, capsule, meaning)
    sealer.do_next()


def refused(database: Clone, who: UUID, act: Any) -> str:
    with pytest.raises(Problem) as caught, database.as_user(who) as session:
        act(session)
    return caught.value.code


def test_steps_and_signatures_come_in_their_order(database: Clone, mia: UUID, draft: UUID, sealer: Sealer) -> None:
    assert refused(database, mia, lambda session: archive(session, draft)) == "capsule_not_sealed"
    assert refused(database, mia, lambda session: request_signature(session, draft, "approval")) == "capsule_not_sealed"
    assert refused(database, mia, lambda session: request_seal(session, draft, None, None)) == "validation_error"
    assert refused(database, mia, lambda session: request_seal(session, draft, None, "author")) == "password_wrong"
    signed_seal(database, mia, draft, sealer)
    assert refused(database, mia, lambda session: request_seal(session, draft, None, "author")) == "capsule_sealed"
    signed(database, mia, draft, sealer, "approval")
    with database.as_user(mia) as session:
        archive(session, draft)
        found = find_detail(session, draft)
    assert (found.state, [one.meaning for one in found.signatures]) == ("archived", ["seal", "author", "approval"])


def test_a_signature_cut_from_one_record_fits_no_other(database: Clone, mia: UUID, draft: UUID, sealer: Sealer) -> None:
    other = make_capsule(database.owner, team_of(database.owner, mia), mia, {"data/other.txt": b"Another record.\n"})
    signed_seal(database, mia, draft, sealer, "approval")
    sealer.seal(other)
    envelope, public = database.owner.execute(
        "select s.envelope, k.public_key from public.capsule_signatures as s join public.signing_keys as k using (key_id)"
        " where s.capsule_id = %s and s.meaning = 'approval'",
        (draft,),
    ).fetchone() or ("", b"")
    ids = {row[0]: row[1] for row in database.owner.execute("select capsule_id, mqc_id from public.capsule_seals")}
    assert check_envelope(envelope, public, ids[draft]).name == "Mia Meyer"
    with pytest.raises(Problem) as caught:
        check_envelope(envelope, public, ids[other])
    assert caught.value.code == "signature_invalid"
    with pytest.raises(psycopg.Error) as moved:
        database.owner.execute("update public.capsule_signatures set capsule_id = %s where meaning = 'approval'", (other,))
    assert moved.value.sqlstate == "PT409"


def test_a_password_is_good_for_one_signature(database: Clone, mia: UUID, draft: UUID, sealer: Sealer) -> None:
    signed_seal(database, mia, draft, sealer)

    def sign_twice(session: Any) -> None:
        note_reauthentication(session, mia)
        request_signature(session, draft, "review")
        request_signature(session, draft, "approval")

    assert refused(database, mia, sign_twice) == "password_wrong"
    assert database.value("select count(*) from public.capsule_signatures") == 2


def test_a_password_that_was_given_a_while_ago_signs_nothing(database: Clone, mia: UUID, draft: UUID) -> None:
    database.owner.execute("insert into private.reauthentications (user_id, at) values (%s, now() - interval '61 seconds')", (mia,))
    assert refused(database, mia, lambda session: request_seal(session, draft, None, "author")) == "password_wrong"


def test_no_two_open_accounts_have_one_address(database: Clone, mia: UUID) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        make_user(database.owner, "MIA@example.org")


def test_two_people_of_one_name_sign_apart(database: Clone, mia: UUID, draft: UUID, sealer: Sealer) -> None:
    namesake = make_user(database.owner, "m.meyer@example.org", name="Mia Meyer")
    add_member(database.owner, team_of(database.owner, mia), namesake)
    signed_seal(database, mia, draft, sealer)
    signed(database, namesake, draft, sealer)
    with database.as_user(mia) as session:
        people = find_detail(session, draft).signatures[1:]
    assert [(one.signer_name, one.signer_id) for one in people] == [("Mia Meyer", mia), ("Mia Meyer", namesake)]


def test_a_signature_shows_name_time_and_meaning_in_every_form(database: Clone, mia: UUID, draft: UUID, sealer: Sealer) -> None:
    signed_seal(database, mia, draft, sealer, "responsibility")
    with database.as_user(mia) as session:
        (_, signature) = find_detail(session, draft).signatures  # what the page and the API show
    assert (signature.signer_name, signature.meaning) == ("Mia Meyer", "responsibility")
    assert signature.signed_at.utcoffset() is not None
    envelope = database.value("select envelope from public.capsule_signatures where meaning = 'responsibility'")
    public, mqc_id = database.value("select public_key from public.signing_keys"), database.value("select mqc_id from public.capsule_seals")
    statement = check_envelope(envelope, public, mqc_id)  # what every verifier shows
    assert (statement.name, statement.meaning, statement.on_behalf_of) == ("Mia Meyer", "responsibility", True)
    assert statement.signed_at.endswith("Z")
    report = bytes(
        database.value("select coalesce(content_binary, content_text::bytea) from public.capsule_artifacts where name = 'report.html'")
    ).decode()
    assert "Mia Meyer" in report and "responsibility" in report and signature.signed_at.strftime("%Y-%m-%d") in report  # what is printed


def test_the_name_of_who_signed_stays_readable_when_the_account_is_closed(database: Clone, mia: UUID, draft: UUID, sealer: Sealer) -> None:
    ben = make_user(database.owner, "ben@example.org", name="Ben")
    add_member(database.owner, team_of(database.owner, mia), ben)
    signed_seal(database, mia, draft, sealer)
    database.owner.execute("update auth.users set raw_user_meta_data = '{}', email = null, deleted_at = now() where id = %s", (mia,))
    disable(database.owner, mia)
    with database.as_user(ben) as session:
        assert [one.signer_name for one in find_detail(session, draft).signatures][1:] == ["Mia Meyer"]
