"""A key of one's own: made and kept on this machine, registered by its public part, and used to sign."""

import io
import stat
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from tests import factories
from tests.api import sealing
from tests.api.conftest import Api
from tests.api.sealing import PASSWORD, Sealer
from tests.client.conftest import Cli
from tests.seal.signing import key_of

from quapsule.client.api import Client
from quapsule.client.commands.signing_keys import sign_locally
from quapsule.client.refusals import Refused
from quapsule.seal.trust.envelope import check_envelope
from quapsule.seal.trust.keys import load_key, read_public_key
from quapsule.seal.trust.proof import check_proof, read_proof


@pytest.fixture
def sealer(api: Api) -> Iterator[Sealer]:
    yield from sealing.serving(api)


@pytest.fixture
def ada(alice: UUID, api: Api, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """Alice, with a password that she types when she is asked."""
    sealing.give_password(api.owner, alice)
    return alice


@pytest.fixture
def client(api: Api, ada: UUID) -> Iterator[Client]:
    with Client(api.url, factories.make_session(api.owner, ada)) as opened:
        yield opened


def types(monkeypatch: pytest.MonkeyPatch, password: str = PASSWORD) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))


def test_without_a_key_there_is_nothing_to_show_or_to_register(cli: Cli) -> None:
    for verb in (("show",), ("register", "--password-stdin")):
        said = cli("capsule", "key", *verb, "--json")
        assert said.code == 1 and said.error["code"] == "not_found" and "key make" in said.error["hint"]


def test_a_key_that_stands_is_not_replaced(cli: Cli, own_place: Path) -> None:
    made = cli("capsule", "key", "make", "--json").json
    said = cli("capsule", "key", "make", "--json")
    assert said.code == 1 and said.error["code"] == "already_exists"
    assert load_key(Path(made["file"])).key_id == made["key_id"]


def test_a_key_that_others_can_read_is_refused(cli: Cli) -> None:
    path = Path(cli("capsule", "key", "make", "--json").json["file"])
    path.chmod(0o644)
    said = cli("capsule", "key", "show", "--json")
    assert said.code == 1 and said.error["code"] == "not_ready" and "chmod 600" in said.error["hint"]


def test_registering_asks_for_the_password_again(api: Api, ada: UUID, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("capsule", "key", "make")
    assert cli("capsule", "key", "register").code == 2
    types(monkeypatch, "a guess")
    said = cli("capsule", "key", "register", "--password-stdin", "--json")
    assert said.code == 1 and said.error["code"] == "password_wrong"
    assert cli("capsule", "key", "list", "--json").json == {"items": []}


def test_a_key_that_is_not_registered_or_was_revoked_does_not_sign(
    api: Api, ada: UUID, client: Client, sealer: Sealer, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    capsule = client.capsules.show(sealing.sealed(api.person(ada)[1], sealer.work))
    made = cli("capsule", "key", "make", "--json").json
    path = Path(made["file"])
    with pytest.raises(Refused, match="not registered"):
        sign_locally(client, capsule, "review", path)
    types(monkeypatch)
    assert cli("capsule", "key", "register", "--password-stdin").code == 0
    draft = client.capsules.show(sealing.draft(api.person(ada)[1]))
    with pytest.raises(Refused, match="sealed capsule"):
        sign_locally(client, draft, "review", path)
    assert cli("capsule", "key", "revoke", "abc").code == 2
    assert cli("capsule", "key", "revoke", made["fingerprint"]).code == 0
    with pytest.raises(Refused, match="revoked"):
        sign_locally(client, capsule, "review", path)


def test_the_private_part_stays_in_a_file_of_its_owner_alone(cli: Cli, own_place: Path) -> None:
    made = cli("capsule", "key", "make")
    path = own_place / "config" / "quapsule" / "signing-key.pem"
    assert made.code == 0 and made.out.startswith("SHA256:") and "PRIVATE" not in made.out + made.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    shown = cli("capsule", "key", "show", "--json")
    key = load_key(path)
    assert shown.json == {
        "fingerprint": f"SHA256:{key.key_id}",
        "key_id": key.key_id,
        "public_key": shown.json["public_key"],
        "file": str(path),
    }
    assert read_public_key(shown.json["public_key"]) == read_public_key(made.out.split("\n", 1)[1]) == key.public_bytes
    elsewhere = own_place / "other.pem"
    assert cli("capsule", "key", "make", "--key", str(elsewhere)).code == 0 and load_key(elsewhere).key_id != key.key_id


def test_what_is_signed_here_is_taken_there_and_proven_to_others(
    api: Api, ada: UUID, client: Client, sealer: Sealer, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    capsule = sealing.sealed(api.person(ada)[1], sealer.work)
    made = cli("capsule", "key", "make", "--json").json
    types(monkeypatch)
    registered = cli("capsule", "key", "register", "--password-stdin")
    assert registered.code == 0 and made["fingerprint"] in registered.out
    assert made["fingerprint"] in cli("capsule", "key", "list").out

    shown = client.capsules.show(capsule)
    envelope = sign_locally(client, shown, "approval", Path(made["file"]))
    signed = check_envelope(envelope, read_public_key(made["public_key"]), shown.mqc_id or "")
    assert (signed.name, signed.signer_id, signed.meaning) == ("alice", str(ada), "approval")

    types(monkeypatch)
    said = cli("capsule", "sign", capsule, "--meaning", "review", "--key", made["file"], "--password-stdin")
    assert said.code == 0, said.err
    proof = io.BytesIO()
    client.capsules.export(capsule, proof, "proof")
    report = check_proof(read_proof(proof.getvalue()), shown.mqc_id or "")
    assert report.problems == () and report.is_signed_by(made["key_id"]) and not report.is_signed_by(key_of("other").key_id)
    assert [signature.meaning for signature in report.signatures if signature.kind == "user"] == ["review"]
