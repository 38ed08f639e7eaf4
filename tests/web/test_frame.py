"""What is around every page."""

from tests.web.axe import violations
from tests.web.conftest import Visit


def test_a_stranger_meets_the_playground_and_signs_in_for_the_rest(visit: Visit) -> None:
    with visit(signed_in=False) as mallory:
        page = mallory.open("/")
        assert page.url.endswith("/run")
        page.goto(f"{mallory.base}/jobs")
        page.wait_for_url("**/sign-in?next=*")


def test_the_palette_finds_a_page_by_its_name(visit: Visit) -> None:
    with visit() as alice:
        page = alice.open("/run")
        page.keyboard.press("Control+k")
        page.keyboard.type("capsul")
        page.keyboard.press("Enter")
        page.wait_for_url("**/capsules")


def test_the_frame_is_accessible(visit: Visit) -> None:
    with visit() as alice:
        page = alice.open("/run")
        page.keyboard.press("Control+k")
        page.get_by_role("combobox").wait_for()
        assert violations(page) == []
