"""docs/events.md names every event that the rules write."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_event_of_the_rules_is_in_the_docs():
    rules = (ROOT / "src/quapsule/database/rules/events.sql").read_text()
    page = (ROOT / "docs/events.md").read_text()
    names = set(re.findall(r"'((?:script|backend|capsule)\.[a-z_]+)'", rules)) | {
        *(f"job.{state}" for state in ("pending", "queued", "running", "changed", "completed", "failed", "cancelled")),
        *(f"capsule.{state}" for state in ("sealed", "archived")),
    }
    assert len(names) >= 18
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
