"""After the seal a timestamp authority is asked, if one is named; that it does not answer harms nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.capsules.desk import Desk
from tests.conftest import Clone
from tests.seal.authority import Authority

from quapsule.seal.check import verify
from quapsule.seal.trust.proof import check_proof


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def stamped(database: Clone, tmp_path: Path, authority: Authority) -> Iterator[Desk]:
    """A desk whose worker knows the authority."""
    (tmp_path / "roots.pem").write_text(authority.roots)
    with authority.serving() as url:
        yield Desk(database, tmp_path, tsa_url=url, tsa_certificates=str(tmp_path / "roots.pem"))


def test_an_authority_that_does_not_answer_is_asked_again_and_the_seal_stands(desk: Desk) -> None:
    desk.worker = desk.another_worker("worker-2", tsa_url="http://127.0.0.1:9/")
    capsule = desk.sealed()
    row = desk.rows("select * from public.seal_requests where kind = 'stamp'")[0]
    assert (row["done_at"], row["problem"]["code"]) == (None, "not_ready")
    assert desk.row(capsule)["lifecycle_state"] == "sealed"


def test_an_answer_of_somebody_else_is_not_kept(stamped: Desk, tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text(Authority(tmp_path / "other").roots)
    capsule = stamped.sealed()
    assert stamped.rows("select * from public.capsule_timestamps") == []
    row = stamped.rows("select * from public.seal_requests where kind = 'stamp'")[0]
    assert row["problem"]["code"] == "signature_invalid"
    assert stamped.row(capsule)["lifecycle_state"] == "sealed"


def test_without_an_authority_nobody_is_asked(desk: Desk) -> None:
    desk.sealed()
    assert desk.rows("select * from public.seal_requests where kind = 'stamp'") == []


def test_the_authority_s_word_is_kept_and_goes_into_the_proof(stamped: Desk, tmp_path: Path, authority: Authority) -> None:
    capsule = stamped.sealed()
    row = stamped.rows("select * from public.capsule_timestamps where capsule_id = %s", capsule)[0]
    assert row["authority"] == stamped.settings.tsa_url
    proof, mqc_id = stamped.proof(capsule), stamped.seal(capsule)["mqc_id"]
    report = check_proof(proof, mqc_id, authority.roots)
    assert report.problems == ()
    assert [one.trusted for one in report.timestamps] == [True]
    assert verify(stamped.pack(capsule, tmp_path), json.loads(json.dumps(proof)), mqc_id).findings == ()


def test_asked_again_the_first_word_stays(stamped: Desk) -> None:
    capsule = stamped.sealed()
    before = stamped.rows("select * from public.capsule_timestamps")
    request = stamped.ask(capsule, "stamp")
    stamped.work()
    assert stamped.problem(request) is None
    assert stamped.rows("select * from public.capsule_timestamps") == before
