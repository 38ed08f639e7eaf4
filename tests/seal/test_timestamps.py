from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.seal.authority import Authority, post_to
from tests.seal.signing import id_of

from quapsule.errors import Problem
from quapsule.seal.trust.keys import encode_base64
from quapsule.seal.trust.proof import check_proof, make_proof
from quapsule.seal.trust.timestamps import check_timestamp, request_timestamp

CAPSULE = id_of("bell")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("other"), key="rsa", with_root=True)


@pytest.fixture(scope="module")
def token(authority: Authority) -> Iterator[bytes]:
    with authority.serving() as url:
        yield request_timestamp(CAPSULE, partial(post_to, url), authority.roots).der


def refusal(der: bytes, capsule_id: str = CAPSULE, roots: str | None = None) -> str:
    with pytest.raises(Problem) as refused:
        check_timestamp(der, capsule_id, roots)
    assert refused.value.code == "signature_invalid"
    return refused.value.message


def test_a_token_of_another_capsule_is_refused(token: bytes, authority: Authority) -> None:
    for roots in (None, authority.roots):
        assert "something else" in refusal(token, id_of("ghz"), roots)


def test_a_token_of_an_authority_that_was_not_given_is_refused(token: bytes, authority: Authority, other: Authority) -> None:
    assert "not of an authority" in refusal(token, roots=other.roots)
    # One that carries its own root is not trusted for that.
    foreign = request_timestamp(CAPSULE, other.answer).der
    assert "not of an authority" in refusal(foreign, roots=authority.roots)
    assert "not certificates" in refusal(token, roots="no PEM")


def test_no_byte_of_a_token_changes_what_it_says(token: bytes, authority: Authority) -> None:
    refused = same = 0
    for roots in (None, authority.roots):
        said = check_timestamp(token, CAPSULE, roots)
        for at in range(len(token)):
            changed = token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]
            try:
                assert check_timestamp(changed, CAPSULE, roots) == said, at
                same += 1  # version numbers and names of algorithms, which no signature covers
            except Problem:
                refused += 1
    assert refused > 50 * same > 0


def test_an_authority_that_refuses_is_quoted(tmp_path: Path) -> None:
    strict = Authority(tmp_path, digests="sha512")
    with pytest.raises(Problem, match="gave no timestamp") as refused:
        request_timestamp(CAPSULE, strict.answer)
    assert refused.value.code == "signature_invalid"


def test_an_older_answer_and_an_answer_to_somebody_else_are_refused(token: bytes, authority: Authority) -> None:
    with pytest.raises(Problem, match="another question"):
        request_timestamp(CAPSULE, lambda query: token)
    with pytest.raises(Problem, match="something else"):
        request_timestamp(id_of("ghz"), lambda query: token)
    with pytest.raises(Problem, match="not a right one"):
        request_timestamp(CAPSULE, lambda query: b"<html>Moved</html>")


def test_what_the_way_to_the_authority_raises_passes_through() -> None:
    def post(query: bytes) -> bytes:
        raise ConnectionError("no route")

    with pytest.raises(ConnectionError):
        request_timestamp(CAPSULE, post)


@given(st.data())
def test_whatever_comes_as_a_token_is_refused_and_nothing_worse(token: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(token)))
    content = data.draw(
        st.binary(max_size=64) | st.builds(lambda middle: token[:cut] + middle + token[cut + len(middle) :], st.binary(max_size=8))
    )
    with suppress(Problem):
        assert check_timestamp(content, CAPSULE).signer == "CN=Test leaf"


def test_a_token_states_the_time_and_who_signed_it(token: bytes, authority: Authority) -> None:
    known, unknown = check_timestamp(token, CAPSULE, authority.roots), check_timestamp(token, CAPSULE)
    assert known.trusted and not unknown.trusted and known.at == unknown.at and known.signer == "CN=Test leaf"
    assert abs(datetime.fromisoformat(known.at) - datetime.now(UTC)) < timedelta(hours=1) and known.at.endswith("Z")


def test_an_authority_with_an_rsa_key_that_sends_its_whole_chain_is_understood(other: Authority) -> None:
    stamped = request_timestamp(CAPSULE, other.answer, other.roots)
    assert check_timestamp(stamped.der, CAPSULE, other.roots).trusted
    assert check_timestamp(stamped.der, CAPSULE).at == stamped.at.isoformat().replace("+00:00", "Z")


def test_a_proof_carries_timestamps(token: bytes, authority: Authority, other: Authority) -> None:
    proof = make_proof(CAPSULE, [], [], None, [("https://tsa.example", token)])
    (time,) = check_proof(proof, CAPSULE, authority.roots).timestamps
    assert (time.authority, time.signer, time.trusted) == ("https://tsa.example", "CN=Test leaf", True)
    assert not check_proof(proof, CAPSULE).timestamps[0].trusted
    assert [layer for layer, _ in check_proof(proof, CAPSULE, other.roots).problems] == ["timestamp"]
    proof["timestamps"][0]["token"] = encode_base64(token[:-1] + bytes([token[-1] ^ 1]))
    assert [layer for layer, _ in check_proof(proof, CAPSULE).problems] == ["timestamp"]
