"""A worker that dies while it seals leaves the whole seal or nothing; another worker ends what it began."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from tests.capsules.desk import Desk

from quapsule.seal.format.checksums import write_checksums
from quapsule.seal.trust.proof import check_proof

MOST_STATEMENTS = 60
TRACES = (
    "select (select count(*) from public.capsule_seals) + (select count(*) from public.capsule_signatures)"
    " + (select count(*) from private.seal_log)"
)


@pytest.fixture
def die(desk: Desk) -> Iterator[Callable[[int], bool]]:
    """die(n): one request is begun by a process that is killed before its n-th statement. False: it needed fewer, and lived."""
    command = [sys.executable, "-m", "tests.capsules.dying", desk.database.worker_url, str(desk.settings.home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdin is not None and process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def act(statement: int) -> bool:
            stdin.write(f"{statement}\n")
            stdin.flush()
            said = stdout.readline().strip()
            assert said in ("died", "lived")
            return said == "died"

        yield act
        stdin.close()


def is_whole(desk: Desk, capsule: UUID) -> bool:
    """Raises where there are halves."""
    if desk.row(capsule)["lifecycle_state"] == "sealed":
        seal = desk.seal(capsule)
        assert write_checksums(desk.items(capsule)) == bytes(seal["checksums"])
        assert check_proof(desk.proof(capsule), seal["mqc_id"]).problems == ()
        assert [row["meaning"] for row in desk.signatures(capsule)] == ["seal", "author"]
        return True
    assert desk.database.value(TRACES) == 0
    assert [item.name for item in desk.items(capsule)] == ["data/large.bin", "workflow/script.py"]
    return False


def test_a_worker_that_is_killed_at_any_statement_leaves_the_whole_seal_or_nothing(desk: Desk, die: Callable[[int], bool]) -> None:
    capsule = desk.capsule()
    desk.add(capsule, "data/large.bin", b"large" * 1000, outside=True)
    request = desk.ask(capsule, meaning="author")
    deaths = 0
    for statement in range(1, MOST_STATEMENTS):
        died = die(statement)
        if is_whole(desk, capsule):
            break
        assert died
        deaths += 1
        # Taken over after a minute, and not given up: each of these is a first death.
        desk.database.owner.execute("update public.seal_requests set claimed_at = claimed_at - interval '2 minutes', attempts = 0")
    assert deaths >= 10
    desk.work()
    assert is_whole(desk, capsule)
    assert desk.problem(request) is None
    assert desk.database.value("select count(*) from private.seal_log") == 1


@pytest.mark.parametrize(
    "step", ["lock_capsule", "open_log", "record_seal", "append_to_log", "record_checkpoint", "record_signature", "close_seal_request"]
)
def test_a_step_that_fails_undoes_those_before_it(desk: Desk, step: str) -> None:
    capsule = desk.capsule()
    desk.add(capsule, "data/large.bin", b"large" * 1000, outside=True)
    request = desk.ask(capsule, meaning="author")
    function = desk.database.value(
        "select oid::regprocedure::text from pg_proc where pronamespace = 'worker'::regnamespace and proname = %s", step
    )
    desk.database.owner.execute(f"revoke execute on function {function} from worker_login")
    desk.work()
    assert not is_whole(desk, capsule)
    assert desk.request(request)["problem"] is not None
    desk.database.owner.execute(f"grant execute on function {function} to worker_login")
    desk.database.owner.execute("update public.seal_requests set claimed_at = null, done_at = null")
    desk.work()
    assert is_whole(desk, capsule)
