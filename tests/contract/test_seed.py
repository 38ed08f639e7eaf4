"""The seed is the contract: its text is compared with the live catalog, and each difference has a reason in deviations.yaml."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.conftest import Clone
from tests.contract.catalog import read_catalog
from tests.contract.seed import Facts, read_seed, tables

DEVIATIONS = Path(__file__).parents[2] / "deviations.yaml"
SEED_TABLES = 13


def test_the_live_catalog_is_the_seed_but_for_the_listed_deviations(database: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    seed = read_seed()
    documented = {key.removeprefix("nullable ") for key in seed if key.startswith("nullable ")}
    found = differences(seed, read_catalog(database.owner, tables(seed), documented))
    listed = {entry["difference"] for entry in deviations()}

    unlisted, unused = sorted(set(found) - listed), sorted(listed - set(found))
    with capsys.disabled():
        columns = sum(key.startswith("type ") for key in seed)
        print(
            f"\nseed: {len(tables(seed))} tables, {columns} columns, {len(seed)} facts; {len(found)} deviations listed, "
            f"{len(unlisted)} differences outside deviations.yaml\n  {', '.join(tables(seed))}"
        )
    assert not unlisted, "differences without a reason in deviations.yaml:\n" + "\n".join(unlisted)
    assert not unused, "deviations that are none any more:\n" + "\n".join(unused)


def test_the_seed_names_thirteen_tables_with_all_their_columns() -> None:
    seed = read_seed()
    assert len(tables(seed)) == SEED_TABLES
    # Every line of the text that looks like a column was read.
    text = Path(__file__).with_name("database_schema.md").read_text().split("Key Relationships")[0]
    lines = [line for line in text.splitlines() if " | " in line and line.endswith(" |") and not line.startswith("|")]
    assert len([key for key in seed if key.startswith("type ")]) == len(lines)


def test_each_deviation_has_a_kind_and_a_reason() -> None:
    for entry in deviations():
        assert set(entry) == {"difference", "kind", "reason"}, entry
        assert entry["kind"] in ("tighter", "looser", "added"), entry
        assert len(entry["reason"]) > 10, entry


def test_a_changed_seed_is_noticed() -> None:
    text = Path(__file__).with_name("database_schema.md").read_text()
    changed = read_seed(text.replace("name | text | No | — | Team name |", "name | text | Yes | — | Team name |"))
    assert differences(changed, read_seed()) == ["differs: nullable teams.name: seed yes, here no"]


def differences(seed: Facts, live: Facts) -> list[str]:
    found = []
    for key in sorted(seed.keys() | live.keys()):
        wanted, there = seed.get(key), live.get(key)
        if wanted is None and not key.startswith(("relationship ", "index name ", "constraint ")):  # told by the facts beside them
            found.append(f"extra: {key} = {there}")
        elif wanted is not None and there is None:
            found.append(f"missing: {key} = {wanted}")
        elif wanted is not None and wanted != there:
            found.append(f"differs: {key}: seed {wanted}, here {there}")
    return found


def deviations() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(DEVIATIONS.read_text(encoding="utf-8"))["deviations"]
    return entries
