"""Snapshots in the database: never changed, never removed, found as of a time; also of devices that have retired."""

import json
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from tests.calibrations.files import data, own
from tests.conftest import Clone

from quapsule.calibrations import calibration
from quapsule.database.content import canonical_json, content_sha256
from quapsule.database.migrate import migrate, seed_calibrations
from quapsule.database.seeds.calibrations import read_calibrations
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.platform.operating import keep_calibration
from quapsule.providers.calibration import read_snapshot
from quapsule.settings import Settings

GARNET = read_calibrations()[[row["backend"] for row in read_calibrations()].index("iqm-garnet")]


def garnet(taken_at: str, **changes: Any) -> bytes:
    content = own("iqm-garnet", taken_at)
    content["description"] = {**GARNET["description"], **changes}
    return data(content)


def keep(database: Clone, file: bytes, slug: str = "iqm-garnet", taken_at: datetime | None = None) -> calibration.CalibrationSummary:
    return calibration.import_calibration(Session(database.owner, None), slug, file, taken_at)


def test_nobody_changes_or_removes_a_snapshot(database: Clone) -> None:
    changes = (
        "update public.calibrations set source = 'better'",
        "update public.calibrations set taken_at = now() where backend = 'iqm-garnet'",
        "delete from public.calibrations where backend = 'ionq-aria-1'",
        "truncate public.calibrations cascade",
    )
    before = database.owner.execute("select c::text from public.calibrations as c order by id").fetchall()
    for change in changes:
        for role in (None, "app_owner", "app_definer", "service_role", "authenticated", "anon"):
            for replica in ("origin", "replica"):
                assert _attempt(database, role, replica, change) in ("PT409", "42501", "nothing reached"), (role, change)
    assert database.owner.execute("select c::text from public.calibrations as c order by id").fetchall() == before


def _attempt(database: Clone, role: str | None, replica: str, change: str) -> str:
    try:
        with database.owner.transaction():
            database.owner.execute(f"set local session_replication_role = {replica}")
            if role:
                database.owner.execute(f"set local role {role}")
            reached = database.owner.execute(change).rowcount
            return "changed" if reached else "nothing reached"
    except psycopg.Error as refused:
        return refused.sqlstate or "lost"


def test_a_backend_with_a_history_cannot_be_removed_or_renamed(database: Clone) -> None:
    for change in (
        "delete from public.backends where slug = 'ionq-aria-1'",
        "update public.backends set slug = 'aria' where slug = 'ionq-aria-1'",
    ):
        with pytest.raises(psycopg.IntegrityError):
            database.owner.execute(change)


def test_only_the_function_adds_a_snapshot(database: Clone) -> None:
    for role in ("service_role", "authenticated", "anon"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.owner.transaction():
            database.owner.execute(f"set local role {role}")
            database.owner.execute("select private.import_calibration('iqm-garnet', repeat('0', 64), now(), 'x', 'x', '{}', '{}')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.owner.transaction():
        database.owner.execute("set local role service_role")
        database.owner.execute(
            "insert into public.calibrations (backend, sha256, taken_at, format, source, content, description)"
            " select 'sv1', sha256, taken_at, format, source, content, description from public.calibrations limit 1"
        )


def test_a_bad_file_leaves_nothing_behind(database: Clone) -> None:
    before = database.value("select count(*) from public.calibrations")
    whole = garnet("2026-06-01T00:00:00+00:00")
    bad = [whole[:-2], whole.replace(b'"version": 1', b'"version": 3'), data(own("iqm-emerald")), garnet("2999-01-01T00:00:00+00:00")]
    bad.append(garnet("2026-06-01T00:00:00+00:00", readout_error=[[2, 0]] * 20))
    for file in bad:
        with pytest.raises(Problem) as refused:
            keep(database, file)
        assert refused.value.code == "calibration_unfit"
    with pytest.raises(Problem, match="No backend is called"):
        keep(database, whole, "nothing")
    with pytest.raises(Problem, match="is a simulator"):
        keep(database, whole, "sv1")
    assert database.value("select count(*) from public.calibrations") == before


def test_the_same_content_is_the_same_row_however_it_was_written(database: Clone) -> None:
    first = keep(database, garnet("2026-06-01T00:00:00+00:00"))
    content = json.loads(garnet("2026-06-01T00:00:00+00:00"))
    again = keep(database, json.dumps(dict(reversed(content.items())), indent=4).encode())
    assert again == first
    with pytest.raises(Problem, match="says that it was taken") as refused:
        keep(database, garnet("2026-06-01T00:00:00+00:00"), taken_at=datetime(2026, 6, 2, tzinfo=UTC))
    assert refused.value.code == "calibration_unfit"


def test_the_address_is_the_digest_of_what_the_database_gives_back(database: Clone) -> None:
    kept = keep(database, garnet("2026-06-01T00:00:00+00:00", one_qubit_error=[1e-05, 1.0, 0.1 + 0.2, 1e-300, *[0.001] * 16]))
    for sha256, content in database.owner.execute("select sha256, content from public.calibrations"):
        assert sha256 == content_sha256(content)
    assert kept.sha256 == database.value("select sha256 from public.calibrations where id = %s", kept.id)


def test_one_text_stands_for_every_writing_of_a_value() -> None:
    assert canonical_json({"b": 1.0, "a": [True, None, "ü", 1e22, 10**22]}) == '{"a":[true,null,"ü",1e+22,1e+22],"b":1}'
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": float("nan")})


def test_what_was_in_force_is_found_as_of_a_time(database: Clone) -> None:
    times = ("2026-06-01T00:00:00+00:00", "2026-06-03T00:00:00+00:00", "2026-06-02T00:00:00+00:00")
    kept = {time: keep(database, garnet(time)).id for time in times}
    with database.as_anonymous() as session:
        as_of = {day: calibration.find_at(session, "iqm-garnet", datetime(2026, 6, day, 12, tzinfo=UTC)) for day in (1, 2, 3)}
        last = calibration.find_last(session, "iqm-garnet")
        assert calibration.find_at(session, "iqm-garnet", datetime(2020, 1, 1, tzinfo=UTC)) is None
    assert [found and found.id for found in as_of.values()] == [kept[times[0]], kept[times[2]], kept[times[1]]]
    assert last is not None and last.id == kept[times[1]]


def test_a_task_keeps_its_snapshot(database: Clone) -> None:
    definition = database.value("select pg_get_constraintdef(oid) from pg_constraint where conname = 'job_tasks_calibration_id_fkey'")
    assert definition == "FOREIGN KEY (calibration_id) REFERENCES calibrations(id) ON DELETE RESTRICT"


def test_every_gate_model_device_has_a_snapshot_that_is_whole_and_says_where_its_figures_are_from(database: Clone) -> None:
    devices = {
        row[0]: dict(zip(("slug", "name", "provider", "qubit_count"), row, strict=True))
        for row in database.owner.execute(
            "select slug, name, provider, qubit_count from public.backends where device_type = 'qpu' and not 'analog' = any (tags)"
        )
    }
    rows = {row["backend"]: row for row in read_calibrations()}
    assert rows.keys() == devices.keys()
    for slug, row in rows.items():
        read = read_snapshot(json.dumps(row["content"]).encode(), devices[slug])
        assert read.description == row["description"] and read.format == row["format"]
        assert row["source"].startswith(("Nominal, from published figures: ", "Snapshot: "))
        assert 0.9 * devices[slug]["qubit_count"] <= read.description["qubits"] <= devices[slug]["qubit_count"]


def test_seeds_are_added_once_and_a_second_migration_changes_nothing(database: Clone) -> None:
    before = database.owner.execute("select id, sha256, imported_at from public.calibrations order by id").fetchall()
    assert migrate(database.owner_url).calibrations == len(before)
    assert seed_calibrations(database.owner) == len(before)
    assert database.owner.execute("select id, sha256, imported_at from public.calibrations order by id").fetchall() == before


def test_the_operator_imports_from_a_file(database: Clone, tmp_path: Any) -> None:
    settings = Settings(home=tmp_path, database_url=database.owner_url)
    kept = keep_calibration(settings, "iqm-garnet", garnet("2026-07-01T00:00:00+00:00"), None)
    assert database.value("select backend from public.calibrations where id = %s", kept.id) == "iqm-garnet"
    with pytest.raises(Problem, match="cut off"):
        keep_calibration(settings, "iqm-garnet", b'{"format"', None)
