"""What lies in the object store and belongs to nothing is deleted, once nobody can be about to name it."""

import io
from datetime import UTC, datetime, timedelta

from tests.capsules.desk import Desk

LATER = timedelta(days=1, minutes=1)


def test_what_is_named_stays_and_what_is_not_goes_after_a_day(desk: Desk) -> None:
    kept = desk.sealed()
    draft = desk.capsule()
    desk.add(draft, "data/large.bin", b"named by a draft", outside=True)
    left = desk.objects.put(io.BytesIO(b"left behind"), 100)
    named = {row["storage_path"] for row in desk.rows("select storage_path from public.capsule_artifacts where storage_path is not null")}
    assert desk.worker.tidy() == 0
    assert desk.objects.has(left.sha256)
    assert desk.worker.tidy(datetime.now(UTC) + LATER) == 1
    assert not desk.objects.has(left.sha256)
    assert {f"sha256/{one.sha256[:2]}/{one.sha256}" for one in desk.objects.listed()} == named
    assert desk.row(kept)["lifecycle_state"] == "sealed"


def test_what_was_begun_and_never_ended_goes_too(desk: Desk) -> None:
    desk.objects.put(io.BytesIO(b"makes the folders"), 100)
    half = desk.settings.home / "objects" / "incoming" / "half"
    half.write_bytes(b"half")
    assert desk.worker.tidy() == 0
    assert desk.worker.tidy(datetime.now(UTC) + LATER) == 2
    assert not half.exists()


def test_a_store_that_does_not_answer_is_left_for_later(desk: Desk) -> None:
    (desk.settings.home / "objects").write_text("a file where the folder should be")
    assert desk.worker.tidy() == 0
