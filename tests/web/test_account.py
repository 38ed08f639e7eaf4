"""Coming in, going out, and what is one's own."""

import re
import secrets

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.factories import make_session, make_user
from tests.story.house import House, serving
from tests.web.axe import violations
from tests.web.conftest import Visit
from tests.web.looks import check_looks
from tests.web.site import NARROW, visiting

from quapsule.platform.operating import open_sign_up

PASSWORD = "seven unrelated teapots"


def _address() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def _fill(page: Page, address: str, password: str) -> None:
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password", exact=True).fill(password)


def _sign_in(page: Page, address: str, password: str) -> None:
    _fill(page, address, password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_a_new_person_signs_up_and_comes_back(visit: Visit, house: House) -> None:
    address = _address()
    with visit(signed_in=False) as alice:
        page = alice.open("/sign-up")
        for refused, told in (("short", "A password has 8 to 128 characters."), (address, "among the first that anybody would try")):
            _fill(page, address, refused)
            page.get_by_role("button", name="Sign up").click()
            expect(page.get_by_text(told)).to_be_visible()
            expect(page.get_by_label("Password", exact=True)).to_have_attribute("aria-invalid", "true")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Show: Password").click()
        expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
        page.get_by_label("Your name").fill("Alice <b>Liddell</b>")
        page.get_by_label("Name of your team").fill("Wonderland")
        page.get_by_role("button", name="Sign up").click()
        page.wait_for_url("**/run")
        expect(page.get_by_text("Your team is “Wonderland”")).to_be_visible()

        page.get_by_role("link", name="Alice <b>Liddell</b>").click()
        expect(page.get_by_role("heading", name="My account")).to_be_focused()
        expect(page.get_by_text("Wonderland, as owner")).to_be_visible()
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in?next=%2Faccount")

        _sign_in(page, address, "not this one")
        expect(page.get_by_role("alert")).to_contain_text("The address or the password is wrong.")
        _sign_in(page, address, PASSWORD)
        page.wait_for_url("**/account")

    with visit(signed_in=False) as twin:
        page = twin.open("/sign-up")
        _fill(page, address, PASSWORD)
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_text("There is an account with this address.")).to_be_visible()
        assert violations(page) == []


def test_a_password_is_changed_and_other_sessions_end(visit: Visit, house: House) -> None:
    address = _address()
    with visit(signed_in=False) as alice:
        page = alice.open("/sign-up")
        _fill(page, address, PASSWORD)
        page.get_by_role("button", name="Sign up").click()
        page.wait_for_url("**/run")
        [user] = house.owner.execute("select id from auth.users where email = %s", (address,)).fetchone() or [None]
        elsewhere = house.client(make_session(house.owner, user))
        assert elsewhere.get("/api/auth/me").status_code == 200

        page = alice.open("/account")
        page.get_by_label("Current password", exact=True).fill("wrong one")
        page.get_by_label("New password", exact=True).fill("eight more teapots")
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_text("This is not the current password.")).to_be_visible()
        page.get_by_label("Current password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_text("1 other session was ended.")).to_be_visible()
        expect(page.get_by_label("New password", exact=True)).to_have_value("")
        assert elsewhere.get("/api/auth/me").status_code == 401

        # Nothing that an address says leads to another site.
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in?*")
        page.goto(f"{alice.base}/sign-in?next=/%5Cevil.example/jobs")
        _sign_in(page, address, "eight more teapots")
        page.wait_for_url(f"{alice.base}/run")


@pytest.mark.usefixtures("fresh_minute")
def test_too_many_tries_are_told_with_the_time_to_wait(visit: Visit) -> None:
    tried = {"email": _address(), "password": "guessed once more"}
    with visit(signed_in=False) as mallory:
        for _ in range(5):
            assert httpx.post(f"{mallory.base}/api/auth/sign-in", json=tried, trust_env=False).status_code == 401
        page = mallory.open("/sign-in")
        _sign_in(page, tried["email"], tried["password"])
        expect(page.get_by_text("Those were too many tries.")).to_be_visible()
        expect(page.locator(".account-patience .number")).to_have_text(re.compile(r"^\d+ s$"))
        expect(page.get_by_role("main").get_by_role("button", name="Sign in")).to_be_disabled()


def test_the_machines_owner_comes_in_by_a_link_that_works_once(visit: Visit, house: House) -> None:
    transport = httpx.HTTPTransport(uds=str(house.settings.run_dir / "entry.sock"))
    with httpx.Client(transport=transport, base_url="http://entry") as entry:
        code = entry.post("/code").raise_for_status().json()["code"]
    with visit(signed_in=False) as owner:
        owner.page.goto(f"{owner.base}/enter#{code}")
        owner.page.wait_for_url(f"{owner.base}/run")
        assert code not in owner.page.evaluate("JSON.stringify([location.href, localStorage, sessionStorage])")
        page = owner.open("/account")
        expect(page.get_by_label("There is none yet")).to_be_visible()
    with visit(signed_in=False) as late:
        page = late.open(f"/enter#{code}")
        expect(page.get_by_role("alert")).to_contain_text("used")
        expect(page.get_by_text("prints a fresh one")).to_be_visible()
        assert page.url == f"{late.base}/enter"
        assert violations(page) == []


def test_an_account_shows_what_is_ones_own_and_forgets_it(visit: Visit, house: House) -> None:
    with visit() as alice:
        assert alice.http is not None
        run = {
            "simulator": "quapsule-statevector", "version": "1.0", "seed": 7, "session_id": "tab", "shots": 10, "qubit_count": 2,
            "gate_count": 3, "execution_time_ms": 1.5, "counts": {"00": 4, "11": 6},
        }  # fmt: skip
        alice.http.post("/api/simulations", json=run).raise_for_status()
        page = alice.open("/account")
        expect(page.get_by_role("table", name="Simulations")).to_contain_text("quapsule-statevector 1.0")
        page.get_by_label("Dark").check()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.get_by_label("Also record the program's text").check()
        page.reload()
        expect(page.get_by_label("Dark")).to_be_checked()
        expect(page.get_by_label("Also record the program's text")).to_be_checked()
        page.get_by_role("button", name="Forget: The theme").click()
        expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.get_by_role("button", name="Forget all of it").click()
        expect(page.get_by_label("Also record the program's text")).not_to_be_checked()
        assert violations(page) == []


def test_the_doorways_are_accessible_in_light_and_dark(visit: Visit) -> None:
    with visit(signed_in=False, viewport=NARROW) as someone:
        for path in ("/sign-in", "/sign-up", "/invitation", "/invitation#token=" + "a" * 64, "/enter"):
            check_looks(someone.open(path))
    with visit(viewport=NARROW) as alice:
        page = alice.open("/account")
        page.get_by_text("None yet: run").wait_for()
        check_looks(page)


def test_where_supabase_keeps_the_accounts_the_forms_say_so(visit: Visit) -> None:
    with visit(signed_in=False) as someone:

        def answer(route: Route) -> None:
            told = route.fetch()
            route.fulfill(response=told, json={**told.json(), "accounts": "supabase"})

        someone.page.route("**/api/meta", answer)
        for path in ("/sign-in", "/sign-up"):
            page = someone.open(path)
            expect(page.get_by_text("are kept by Supabase")).to_be_visible()
            expect(page.get_by_label("Password", exact=True)).to_have_count(0)


@pytest.mark.slow
def test_a_code_opens_sign_up_as_often_as_it_says(browser: Browser, house: House) -> None:
    with serving(sign_up="code", web_folder=house.settings.web_folder) as closed:
        open_sign_up(closed.settings, "welcome", 1, None)
        with visiting(browser, closed, signed_in=False) as alice:
            page = alice.open("/sign-up")
            code = page.get_by_label("Invitation code")
            code.fill("unknown")
            code.blur()
            expect(page.get_by_text("The invitation code is unknown, used up or expired.")).to_be_visible()
            code.fill("welcome")
            code.blur()
            expect(page.get_by_text("it can be used once more")).to_be_visible()
            _fill(page, _address(), PASSWORD)
            page.get_by_role("button", name="Sign up").click()
            page.wait_for_url("**/run")
        with visiting(browser, closed, signed_in=False) as late:
            page = late.open("/sign-up")
            page.get_by_label("Invitation code").fill("welcome")
            _fill(page, _address(), PASSWORD)
            page.get_by_role("button", name="Sign up").click()
            expect(page.get_by_text("The invitation code is unknown, used up or expired.").first).to_be_visible()


@pytest.mark.slow
def test_closed_sign_up_says_who_can_open_it(browser: Browser, house: House) -> None:
    with serving(sign_up="closed", web_folder=house.settings.web_folder) as closed:
        make_user(closed.owner)
        with visiting(browser, closed, signed_in=False) as alice:
            page = alice.open("/sign-up")
            expect(page.get_by_text("Sign-up is closed here.")).to_be_visible()
            expect(page.get_by_text("QUAPSULE_SIGN_UP=open")).to_be_visible()
            page = alice.open("/sign-in")
            expect(page.get_by_role("link", name="Sign up")).to_have_count(0)
