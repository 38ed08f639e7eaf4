"""Accessibility as axe-core judges it."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """Each rule of WCAG 2.2 AA (and axe's best practice) that the page breaks, with the elements that break it."""
    page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate("rules => axe.run({runOnly: rules}).then(done => done.violations)", _RULES)
    return [f"{broken['id']} ({broken['help']}): {[node['html'][:200] for node in broken['nodes'][:5]]}" for broken in found]


@cache
def _source() -> str:
    return _AXE.read_text(encoding="utf-8")
