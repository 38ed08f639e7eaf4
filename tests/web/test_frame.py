"""What is around every page."""

from playwright.sync_api import expect
from tests.web.axe import violations
from tests.web.conftest import Visit
from tests.web.site import NARROW


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
        page.get_by_role("combobox", name="Find a page or a command").wait_for()
        assert violations(page) == []
        page.keyboard.type("capsul")
        page.keyboard.press("Enter")
        page.wait_for_url("**/capsules")


def test_keys_go_to_places_and_are_listed_and_can_be_turned_off(visit: Visit) -> None:
    with visit() as alice:
        page = alice.open("/verify")
        page.keyboard.press("g")
        page.keyboard.press("t")
        page.wait_for_url("**/team/members")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keys")
        expect(keys).to_contain_text("Go to Jobs")
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(keys).to_be_hidden()

        # Letters are letters where somebody writes.
        page.goto(f"{alice.base}/team/settings")
        page.get_by_label("Name of the new team").press_sequentially("gj?")
        expect(page.get_by_label("Name of the new team")).to_have_value("gj?")
        expect(keys).to_be_hidden()

        page = alice.open("/account")
        page.get_by_label("Keys without Ctrl").uncheck()
        page.reload()
        page.get_by_role("heading", level=1).wait_for()
        page.keyboard.press("?")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("combobox", name="Find a page or a command")).to_be_focused()
        expect(keys).to_be_hidden()


def test_the_frame_is_walked_by_keyboard_and_keeps_its_theme(visit: Visit) -> None:
    with visit(color_scheme="light") as alice:
        page = alice.open("/account")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()
        page.keyboard.press("Control+k")
        page.keyboard.type("dark")
        expect(page.get_by_role("option", selected=True)).to_have_text("Theme: dark")
        page.keyboard.press("Enter")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_notice_waits_while_it_is_looked_at(visit: Visit) -> None:
    with visit() as alice:
        page = alice.open("/account")
        page.clock.install()
        page.get_by_label("Dark").check()
        page.reload()
        page.get_by_role("button", name="Forget: The theme").click()
        notices = page.get_by_role("region", name="Notices")
        expect(notices).to_contain_text("Forgotten.")
        notices.get_by_text("Forgotten.").hover()
        page.clock.run_for(60_000)
        expect(notices).to_contain_text("Forgotten.")
        page.get_by_role("heading", level=1).hover()
        page.clock.run_for(10_000)
        expect(notices).not_to_contain_text("Forgotten.")


def test_every_place_fits_a_narrow_screen(visit: Visit) -> None:
    with visit(viewport=NARROW) as alice:
        page = alice.open("/verify")
        menu = page.get_by_role("button", name="Menu")
        expect(page.get_by_role("navigation", name="Places").get_by_role("link")).to_have_count(0)
        menu.click()
        places = page.get_by_role("navigation", name="Places").get_by_role("link")
        assert violations(page) == []
        names = places.all_text_contents()
        assert names == ["Playground", "Jobs", "Capsules", "Scripts", "Backends", "Team", "Verify"]
        places.first.focus()
        page.keyboard.press("Escape")
        expect(menu).to_be_focused()
        for name in names:
            menu.click()
            page.get_by_role("link", name=name, exact=True).click()
            expect(page.get_by_role("navigation", name="Places").get_by_role("link")).to_have_count(0)
            page.get_by_role("heading", level=1).wait_for()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
