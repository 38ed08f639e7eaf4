"""docs/events.md names every event that the rules write."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_event_of_the_rules_is_in_the_docs():
    rules = (ROOT / "src/quapsule/database/rules/events.sql").read_text()
    page = (ROOT / "docs/events.md").read_text()
    names = set(re.findall(r"'((?:script|backend)\.[a-z]+)'", rules)) | {
        f"job.{state}" for state in ("pending", "queued", "running", "completed", "failed", "cancelled")
    }
    assert len(names) >= 12
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
