"""The capsule verbs without a platform: files on this machine, and a server on its bad days."""

import json
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from tests.client.capsule_file import write_capsule
from tests.client.conftest import Answer, Cli, Played, answer, hang_up, refusal

from quapsule.client import Refused, Unreachable
from quapsule.client.api import Client
from quapsule.client.commands.capsules import query_of, type_of
from quapsule.client.connection import Connection

ID = "7aa9ce22-9f2b-42d9-8a46-df56c26023bb"
MQC = "mqc:1:" + "ab" * 32
SEALED = {
    "id": ID,
    "name": "Bell",
    "state": "sealed",
    "mqc_id": MQC,
    "signatures": [{"meaning": "seal", "key_id": "cd" * 32, "signer_name": "here", "signed_at": "2026-01-02T03:04:05.678+01:00"}],
}
EVEN, SKEWED = {"00": 2_000, "11": 2_000}, {"00": 2_400, "11": 1_600}


def file(content: bytes, name: str = "", cut: int = 0) -> Answer:
    """A download; `cut`: so many bytes less than were announced."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", str(len(content)))
        if name:
            handler.send_header("content-disposition", f"attachment; filename*=UTF-8''{name}")
        handler.end_headers()
        handler.wfile.write(content[: len(content) - cut])
        handler.close_connection = bool(cut)

    return give


@pytest.fixture
def server(played: Played, monkeypatch: pytest.MonkeyPatch, own_place: Path) -> Played:
    monkeypatch.setenv("QUAPSULE_URL", played.url)
    monkeypatch.setenv("QUAPSULE_TOKEN", "t")
    return played


# wrong command lines


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-verb",),
        ("seal",),
        ("sign", ID),
        ("sign", ID, "--meaning", "seal"),
        ("seal", ID, "--meaning", "boredom"),
        ("init", "x", "--retention-years", "0"),
        ("list", "--state", "open"),
        ("add", ID, "/no/such/file"),
        ("add", ID, "/etc/hostname", "--type", "poetry"),
        ("export", ID, "--format", "pdf"),
        ("import", "/no/such/file"),
        ("compare", "a", "b", "--alpha", "0.9"),
        ("compare", "a", "b", "--epsilon", "2"),
        ("compare", "/no/such.capsule", "/no/such.capsule"),
        ("search",),
    ],
)
def test_a_wrong_command_line_is_exit_2_and_sends_nothing(server: Played, cli: Cli, arguments: tuple[str, ...]) -> None:
    said = cli("capsule", *arguments, "--json")
    assert (said.code, said.out) == (2, "")
    assert said.error["code"] == "usage"
    assert server.asked == []


# two files


def test_a_file_that_is_no_capsule_or_a_broken_one_is_not_compared(cli: Cli, tmp_path: Path) -> None:
    good = write_capsule(tmp_path / "good.capsule", EVEN)
    broken = bytearray(good.read_bytes())
    broken[-40] ^= 1
    for name, content in (("text", b"no capsule"), ("empty", b""), ("broken", bytes(broken))):
        bad = tmp_path / f"{name}.capsule"
        bad.write_bytes(content)
        said = cli("capsule", "compare", str(good), str(bad), "--json")
        assert (said.code, said.error["code"]) == (1, "capsule_invalid")
        assert str(bad) in said.error["message"]
        assert said.error["details"]["layer"]


def test_files_without_counts_or_with_others_circuits_are_not_compared(cli: Cli, tmp_path: Path) -> None:
    good = write_capsule(tmp_path / "good.capsule", EVEN)
    for bad in (
        write_capsule(tmp_path / "none.capsule"),
        write_capsule(tmp_path / "two.capsule", EVEN, EVEN),
        write_capsule(tmp_path / "wide.capsule", {"000": 5}),
        write_capsule(tmp_path / "words.capsule", files={"results/counts.json": b'[{"counts": {"up": 3}}]'}),
    ):
        said = cli("capsule", "compare", str(good), str(bad), "--json")
        assert (said.code, said.error["code"]) == (1, "not_comparable")


def test_a_file_and_a_capsule_of_the_server_are_not_compared(cli: Cli, tmp_path: Path) -> None:
    said = cli("capsule", "compare", str(write_capsule(tmp_path / "good.capsule", EVEN)), ID)
    assert said.code == 1
    assert "capsule import" in said.err


def test_two_files_are_compared_without_any_server(cli: Cli, tmp_path: Path) -> None:
    first, second = write_capsule(tmp_path / "a.capsule", EVEN, EVEN), write_capsule(tmp_path / "b.capsule", EVEN, SKEWED)
    said = cli("capsule", "compare", str(first), str(second))
    assert said.code == 1
    assert said.out.startswith("DIFFERENT")
    assert "in 1 of 2 circuits, most in circuit 1" in " ".join(said.out.split())
    assert "false alarms" in said.out
    found = cli("capsule", "compare", str(first), str(first), "--epsilon", "0.1", "--json")
    assert (found.code, found.json["verdict"]) == (0, "VERIFIED")


# exports


def test_an_export_that_breaks_off_leaves_no_file(server: Played, cli: Cli, tmp_path: Path) -> None:
    server.then(answer(200, SEALED), file(b"x" * 1000, "Bell.capsule", cut=10))
    said = cli("capsule", "export", ID, "-o", str(tmp_path / "out"), "--json")
    assert (said.code, said.error["code"]) == (3, "not_reachable")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fevil.capsule", "%2Fetc%2Fcron.capsule", ".hidden.capsule", "-rf.capsule", "a%0Ab.capsule", "x.sh", ""]
)
def test_a_server_does_not_choose_where_an_export_is_written(server: Played, cli: Cli, tmp_path: Path, name: str) -> None:
    server.then(answer(200, SEALED), file(b"capsule", name), file(b"{}", name))
    out = tmp_path / "deep" / "out"
    found = cli("capsule", "export", ID, "-o", str(out), "--json").json["files"]
    assert {Path(path).parent for path in found} == {out}
    assert sorted(path.name for path in out.iterdir()) in (
        sorted([f"{ID}.capsule", f"{ID}.proof.json"]),
        sorted(["evil.capsule", f"{ID}.proof.json"]),
        sorted(["cron.capsule", f"{ID}.proof.json"]),
    )
    assert not any(path.is_file() for path in tmp_path.iterdir())


def test_an_export_overwrites_only_when_told_so(server: Played, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "Bell.capsule").write_text("mine")
    server.then(answer(200, SEALED), file(b"capsule", "Bell.capsule"))
    said = cli("capsule", "export", ID, "-o", str(tmp_path), "--json")
    assert (said.code, said.error["code"]) == (1, "already_exists")
    assert (tmp_path / "Bell.capsule").read_text() == "mine"
    server.answers[:] = [answer(200, SEALED), file(b"capsule", "Bell.capsule"), file(b"{}", "Bell.proof.json")]
    said = cli("capsule", "export", ID, "-o", str(tmp_path), "--force")
    assert said.code == 0
    assert (tmp_path / "Bell.capsule").read_text() == "capsule"
    assert "--signer SHA256:cdcd" in " ".join(said.err.split())
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["Bell.capsule", "Bell.proof.json"]


# imports and uploads


def test_an_import_sends_the_proof_that_lies_beside_the_file(server: Played, cli: Cli, tmp_path: Path) -> None:
    capsule = write_capsule(tmp_path / "one.capsule", EVEN)
    (tmp_path / "one.proof.json").write_text("{}")
    server.then(answer(201, SEALED))
    assert cli("capsule", "import", str(capsule)).code == 0
    with_proof = int(server.asked[-1][2]["content-length"])
    (tmp_path / "one.proof.json").unlink()
    assert cli("capsule", "import", str(capsule)).code == 0
    assert int(server.asked[-1][2]["content-length"]) == capsule.stat().st_size < with_proof


def test_a_bundle_is_the_two_files_stored_as_they_are(tmp_path: Path) -> None:
    from quapsule.client.commands.capsule_files import _bundle

    capsule, proof = write_capsule(tmp_path / "one.capsule", EVEN), tmp_path / "other.json"
    proof.write_text("{}")
    with _bundle(capsule, proof) as content, ZipFile(content) as bundle:
        assert bundle.namelist() == ["one.capsule", "one.proof.json"]
        assert bundle.read("one.capsule") == capsule.read_bytes()
        assert all(info.compress_type == 0 for info in bundle.infolist())


def test_an_upload_is_sent_whole_again_after_the_session_was_renewed(played: Played) -> None:
    played.then(refusal("unauthorized", 401), answer(200, {"ok": True}))
    with Connection(played.url, "old", renew=lambda: "new") as connection:
        content = BytesIO(b"skipped" + b"x" * 100_000)
        content.seek(7)
        assert connection.upload("PUT", "/x", content, timeout_seconds=5) == {"ok": True}
    assert [(asked[2]["content-length"], asked[2]["authorization"]) for asked in played.asked] == [
        ("100000", "Bearer old"),
        ("100000", "Bearer new"),
    ]


def test_an_upload_is_never_repeated_by_itself(played: Played) -> None:
    played.then(hang_up)
    with Connection(played.url) as connection, pytest.raises(Unreachable):
        connection.upload("PUT", "/x", BytesIO(b"x"), timeout_seconds=5)
    assert len(played.asked) == 1


def test_a_refused_download_writes_nothing_and_keeps_the_servers_words(played: Played) -> None:
    played.then(refusal("capsule_not_sealed", 409))
    out = BytesIO()
    with Connection(played.url) as connection, pytest.raises(Refused) as refused:
        connection.download("/x", out, timeout_seconds=5)
    assert (refused.value.code, out.getvalue()) == ("capsule_not_sealed", b"")


# what the worker says


def test_what_the_worker_gave_up_is_refused_in_its_own_words(server: Played, cli: Cli) -> None:
    problem = {"code": "credential_found", "message": "data/x holds a token.", "hint": "Remove it.", "details": {"findings": []}}
    request = {"id": "r", "kind": "seal", "done_at": "2026-01-01T00:00:00Z", "problem": problem}
    server.then(answer(202, {"request_id": "r"}), answer(200, {"id": ID, "requests": [request]}))
    said = cli("capsule", "seal", ID, "--json")
    assert (said.code, said.error["code"], said.error["hint"]) == (1, "credential_found", "Remove it.")


def test_a_worker_that_takes_too_long_is_exit_3_and_goes_on(server: Played, cli: Cli) -> None:
    server.then(answer(202, {"request_id": "r"}), answer(200, {"id": ID, "requests": [{"id": "r", "kind": "seal"}]}))
    said = cli("capsule", "seal", ID, "--timeout", "0.05", "--json")
    assert (said.code, said.error["code"]) == (3, "timed_out")


# names


def test_a_name_that_several_have_is_not_guessed(server: Played, cli: Cli) -> None:
    server.then(
        answer(
            200, {"items": [{"id": ID, "name": "Bell"}, {"id": "2", "name": "Bell"}, {"id": "3", "name": "Bell too"}], "next_cursor": None}
        )
    )
    said = cli("capsule", "show", "Bell")
    assert said.code == 1
    assert "2 capsules are meant" in said.err


def test_a_name_that_no_search_finds_is_still_meant(server: Played, cli: Cli) -> None:
    server.then(answer(200, {"items": [], "next_cursor": None}), answer(200, {"items": [{"id": ID, "name": "&"}], "next_cursor": None}))
    server.then(answer(200, SEALED))
    assert cli("capsule", "show", "&").code == 0
    assert [asked[1].partition("?")[0] for asked in server.asked] == ["/api/capsules", "/api/capsules", f"/api/capsules/{ID}"]


def test_a_phrase_among_words_stays_one() -> None:
    assert query_of(["cooldown", "Bell state"]) == 'cooldown "Bell state"'
    assert query_of(["cooldown -simulator"]) == "cooldown -simulator"


def test_the_folder_of_a_file_says_its_type() -> None:
    assert [type_of(path) for path in ("data/x", "results/a/b", "x", "poems/x", "data")] == ["data", "results", "other", "other", "data"]


def test_what_others_wrote_never_reaches_the_terminal_as_it_is(server: Played, cli: Cli) -> None:
    evil = "\x1b]0;owned\x07\u202e"
    found: dict[str, Any] = {
        **SEALED,
        "name": evil,
        "description": evil,
        "artifacts": [{"name": evil, "artifact_type": evil, "size_bytes": 5, "digest": evil}],
        "signatures": [{"meaning": evil, "key_id": evil, "signer_name": evil, "signed_at": evil}],
        "requests": [{"kind": evil, "problem": {"message": evil, "hint": evil}}],
        "tags": [evil],
    }
    server.then(answer(200, found))
    said = cli("capsule", "show", ID)
    assert said.code == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(said.out + said.err)
    nodes = [
        {"id": ID, "name": evil, "state": evil, "parent_capsule_id": None},
        {"id": "2", "name": evil, "state": "draft", "parent_capsule_id": ID},
    ]
    for verb, body in (
        ("lineage", {"nodes": nodes, "edges": [], "truncated": True}),
        (
            "changes",
            {
                "items": [{"id": 1, "at": evil, "actor_name": evil, "action": evil, "before": {evil: evil}, "after": None}],
                "next_cursor": None,
            },
        ),
        ("verify", {"status": evil, "capsule_id": evil, "findings": [{"layer": evil, "file": evil, "message": evil}], "signatures": []}),
    ):
        server.answers[:] = [answer(200, body)]
        said = cli("capsule", verb, ID)
        assert not {"\x1b", "\x07", "\u202e"} & set(said.out + said.err), verb
        assert "owned" in said.out


def test_a_family_is_drawn_as_a_tree_however_deep(server: Played, cli: Cli) -> None:
    nodes = [{"id": str(n), "name": f"run {n}", "state": "sealed", "parent_capsule_id": str(n - 1) if n else None} for n in range(1500)]
    nodes.append({"id": "b", "name": "branch", "state": "draft", "parent_capsule_id": "0"})
    server.then(
        answer(200, {"items": [{"id": "1", "name": "run 1"}], "next_cursor": None}),
        answer(200, {"nodes": nodes, "edges": [], "truncated": False}),
    )
    said = cli("capsule", "lineage", "run 1")
    lines = said.out.splitlines()
    assert lines[0].startswith("run 0")
    assert lines[1].startswith("├─ run 1") and lines[1].endswith("← this one")
    assert lines[-1].startswith("└─ branch")


def test_the_client_reads_what_a_newer_server_adds(played: Played) -> None:
    played.then(answer(200, {**SEALED, "aura": "violet"}))
    with Client(played.url) as client:
        found = client.capsules.show(ID)
    assert found.is_sealed
    assert found.signer == "SHA256:" + "cd" * 32
    assert json.loads(json.dumps(found.raw))["aura"] == "violet"
