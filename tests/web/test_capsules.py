"""Capsules in the pages: made, sealed, signed, proved, given away, taken in, set beside each other."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect
from tests.api.sealing import PASSWORD, give_password
from tests.factories import add_member, make_session, make_user
from tests.story.house import House
from tests.web.axe import violations
from tests.web.capsule_runs import await_capsule, http_of, known, run_bell, run_capsule
from tests.web.conftest import Visit
from tests.web.site import NARROW

from quapsule.seal.check import verify

# Shapes that the credential scan knows, put together here so that this file holds none.
_SECRET = "first line\nAKIA" + "IOSFODNN7EXAMPLE\n"
_XSS = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


@pytest.fixture(scope="module")
def bell(house: House) -> dict[str, Any]:
    """A sealed capsule of a run, as its owner's client reads it; `http` is that client, `user` the owner."""
    user = make_user(house.owner, name="Ada Lovelace")
    give_password(house.owner, user)
    http = house.client(make_session(house.owner, user))
    found = run_capsule(http, capsule_name="Bell, cooldown 12", seal_capsule=True)
    return {**await_capsule(http, found["id"], lambda one: one["state"] == "sealed"), "http": http, "user": user}


def test_a_run_is_sealed_in_the_page_while_a_team_mate_watches_and_a_stranger_sees_nothing(
    visit: Visit, house: House, tmp_path: Path
) -> None:
    with visit() as alice, visit() as bob, visit() as mallory:
        add_member(house.owner, known(alice.team), known(bob.user))
        job = run_bell(http_of(alice))
        page = alice.open("/capsules")
        page.get_by_role("button", name="New capsule").click()
        page.get_by_label("Of which job").select_option(job)
        page.get_by_label("Name", exact=True).fill("Bell, watched")
        page.get_by_role("button", name="Make the draft").click()
        page.wait_for_url(re.compile("/capsules/[0-9a-f-]{36}"))
        capsule = page.url.rpartition("/")[2]
        mates = bob.open(f"/capsules/{capsule}")
        strangers = mallory.open(f"/capsules/{capsule}")
        expect(strangers.get_by_role("alert")).to_contain_text("No such capsule")
        expect(page.get_by_role("img", name="Counts").first).to_be_visible()
        expect(mates.get_by_role("button", name="Seal", exact=True)).to_be_disabled()
        expect(mates.get_by_text("Only who made a capsule, an admin or the owner")).to_be_visible()

        page.keyboard.press("s")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("This cannot be undone.")
        dialog.get_by_label("Notes").fill("Fridge at 11 mK.")
        dialog.get_by_role("button", name="Seal for ever").click()
        for watched in (page, mates):
            expect(watched.locator(".badge", has_text="sealed")).to_be_visible()
            expect(watched.get_by_role("button", name="Sign", exact=True)).to_be_enabled()

        sealed = http_of(alice).get(f"/api/capsules/{capsule}").json()
        page.get_by_role("tab", name="Export").click()
        with page.expect_download() as told:
            page.get_by_role("link", name="Capsule and proof, one zip").click()
        told.value.save_as(tmp_path / "bell.zip")
        with ZipFile(tmp_path / "bell.zip") as bundle:
            files = {name.partition(".")[2]: bundle.read(name) for name in bundle.namelist()}
        command = page.locator(".capsules-command code").inner_text()
        signer = re.findall(r"--signer SHA256:([0-9a-f]{64})", command)[0]
        assert f"--id {sealed['mqc_id']}" in command
        report = verify(BytesIO(files["capsule"]), json.loads(files["proof.json"]), sealed["mqc_id"], signer)
        assert (report.status, report.findings) == ("verified", ())
        page.get_by_label("Signer's fingerprint").fill(f"SHA256:{signer}")
        page.get_by_role("button", name="Verify on the server").click()
        expect(page.get_by_text("Intact, and signed by the key that you gave.")).to_be_visible()


def test_the_page_proves_the_place_in_the_log_and_says_so_when_it_cannot(visit: Visit, bell: dict[str, Any]) -> None:
    with visit(user=bell["user"]) as ada:
        page = ada.open(f"/capsules/{bell['id']}?part=log")
        expect(page.get_by_text("proved in this page")).to_be_visible()
        expect(page.get_by_role("img", name=re.compile("Audit path of entry"))).to_be_visible()

        def forge(route: Any) -> None:
            told = route.fetch().json()
            route.fulfill(json={**told, "index": told["index"] + 1, "tree_size": told["tree_size"] + 2})

        page.route("**/api/seal-log/proof?*", forge)
        page.reload()
        expect(page.get_by_text("not proved")).to_be_visible()
        expect(page.get_by_text("proved in this page")).to_be_hidden()


def test_a_signature_takes_the_password_and_shows_name_meaning_and_time(visit: Visit, bell: dict[str, Any]) -> None:
    with visit(user=bell["user"]) as ada:
        page = ada.open(f"/capsules/{bell['id']}")
        page.get_by_role("button", name="Sign", exact=True).click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("21 CFR 11.50")
        dialog.get_by_label("What you mean by it").select_option("approval")
        dialog.get_by_label("Your password, again").fill("not the password")
        dialog.get_by_role("button", name="Sign for ever").click()
        expect(dialog.get_by_role("alert")).to_contain_text("password_wrong")
        dialog.get_by_label("Your password, again").fill(PASSWORD)
        dialog.get_by_label("Your password, again").press("Enter")
        row = page.get_by_role("row", name=re.compile("Ada Lovelace"))
        expect(row).to_contain_text("approval")
        expect(row).to_contain_text("as witness")
        expect(row.get_by_role("button", name=re.compile("Copy the fingerprint: SHA256:"))).to_be_visible()
        page.get_by_role("button", name="Archive").click()
        expect(page.get_by_role("button", name="Archive")).to_be_disabled()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("button", name="Archive")).to_be_enabled()


def test_a_draft_of_files_is_filled_refused_for_a_credential_cleaned_and_sealed_with_a_signature(visit: Visit, house: House) -> None:
    with visit() as alice:
        give_password(house.owner, known(alice.user))
        page = alice.open("/capsules")
        expect(page.get_by_role("heading", name="No capsules yet")).to_be_visible()
        page.keyboard.press("n")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("button", name="Make the draft")).to_be_disabled()
        dialog.get_by_label("Name").fill("Fridge notes")
        dialog.get_by_label("Tags").fill("fridge, cooldown-12")
        dialog.get_by_label("Regulatory framework").select_option("FDA-21CFR11")
        dialog.get_by_label("Retention, years").fill("10")
        dialog.get_by_role("button", name="Make the draft").click()
        expect(page.get_by_role("heading", name="Fridge notes")).to_be_visible()
        expect(page.get_by_text("10 years from the seal")).to_be_visible()

        _add(page, "data/kept.txt", "11 mK")
        _add(page, "data/notes.txt", _SECRET)
        _seal_as_author(page)
        expect(page.get_by_role("alert").filter(has_text="credential_found")).to_be_visible()
        row = page.get_by_role("row", name="data/notes.txt")
        expect(row.get_by_role("cell").nth(1)).to_have_text("2")
        expect(page.get_by_text("IOSFODNN7")).to_be_hidden()

        # The undo of a removal keeps the file; without it the file goes as soon as the page is left.
        page.get_by_role("button", name="Remove data/notes.txt").click()
        expect(page.get_by_role("button", name="View data/notes.txt")).to_be_hidden()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("button", name="View data/notes.txt")).to_be_visible()
        page.get_by_role("button", name="Remove data/notes.txt").click()
        capsule = page.url.rpartition("/")[2]
        alice.open("/verify")
        page.reload()
        await_capsule(http_of(alice), capsule, lambda one: len(one["artifacts"]) == 1)
        alice.open(f"/capsules/{capsule}")
        expect(page.get_by_role("button", name="View data/kept.txt")).to_be_visible()
        expect(page.get_by_role("button", name="View data/notes.txt")).to_be_hidden()

        _seal_as_author(page)
        expect(page.locator(".badge", has_text="sealed")).to_be_visible()
        page.get_by_role("tab", name="Changes").click()
        expect(page.get_by_role("row", name=re.compile("request.refused"))).to_be_visible()
        expect(page.get_by_role("row", name=re.compile("artifact.removed.*notes.txt", re.DOTALL))).to_be_visible()


def test_a_draft_is_renamed_and_deleted_with_a_way_back(visit: Visit) -> None:
    with visit() as alice:
        made = http_of(alice).post("/api/capsules", json={"name": "Wrong name"}).json()
        page = alice.open(f"/capsules/{made['id']}")
        expect(page.get_by_role("heading", name="Wrong name")).to_be_visible()
        page.keyboard.press("e")
        page.get_by_role("dialog").get_by_label("Name").fill("Right name")
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", name="Right name")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("heading", name="Wrong name")).to_be_visible()

        page.get_by_role("button", name="Delete the draft").click()
        page.wait_for_url("**/capsules")
        expect(page.get_by_role("heading", name="No capsules yet")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("link", name="Wrong name")).to_be_visible()
        # As another browser would: the list hears of it.
        http_of(alice).delete(f"/api/capsules/{made['id']}").raise_for_status()
        expect(page.get_by_role("link", name="Wrong name")).to_be_hidden()


def test_a_rerun_joins_the_family_and_two_of_it_are_compared(visit: Visit, bell: dict[str, Any]) -> None:
    with visit(user=bell["user"]) as ada:
        page = ada.open(f"/capsules/{bell['id']}?part=lineage")
        expect(page.get_by_text("It stands alone so far.")).to_be_visible()
        page.keyboard.press("r")
        page.get_by_role("dialog").get_by_role("button", name="Run it").click()
        expect(page.get_by_role("dialog")).to_contain_text("those of the first run")
        page.get_by_role("dialog").get_by_role("button", name="Stay here").click()
        graph = page.get_by_role("group", name=re.compile("Lineage of"))
        expect(graph.get_by_role("link")).to_have_count(2)
        expect(graph.get_by_role("link", name="this: Bell, cooldown 12, sealed")).to_be_visible()
        again = await_capsule(
            http_of(ada),
            page.evaluate(_CHILD, bell["id"]),
            lambda one: any(file["name"] == "results/counts.json" for file in one["artifacts"]),
        )
        page.get_by_role("tab", name="Drift").click()
        expect(page.get_by_text("no drift found")).to_be_visible()
        expect(page.get_by_role("definition").filter(has_text="takes five runs")).to_be_visible()

        ada.open("/capsules")
        compare = page.get_by_role("button", name=re.compile("^Compare"))
        expect(compare).to_be_disabled()
        page.get_by_label("Choose “Bell, cooldown 12” to compare").check()
        page.get_by_label(f"Choose “{again['name']}” to compare").check()
        compare.click()
        page.wait_for_url("**/capsules/compare?*")
        expect(page.get_by_text("INCONCLUSIVE")).to_be_visible()
        expect(page.get_by_text("No difference was found")).to_be_visible()
        expect(page.get_by_text("of equal runs are called DIFFERENT")).to_be_visible()
        expect(page.get_by_role("img", name="Counts of both runs")).to_be_visible()
        page.get_by_label("Agree within").select_option("0.1")
        expect(page.get_by_text("VERIFIED")).to_be_visible()


def test_a_capsule_from_elsewhere_is_taken_in_with_its_proof_and_only_once(visit: Visit, bell: dict[str, Any]) -> None:
    files: list[Any] = [
        {"name": f"bell.{suffix}", "mimeType": "", "buffer": bell["http"].get(f"/api/capsules/{bell['id']}/export?format={format}").content}
        for suffix, format in (("capsule", "capsule"), ("proof.json", "proof"))
    ]
    with visit() as bob:
        page = bob.open("/capsules")
        page.keyboard.press("i")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Files of the capsule").set_input_files({**files[0], "buffer": files[0]["buffer"][:-40]})
        dialog.get_by_role("button", name="Import").click()
        expect(dialog.get_by_role("alert")).to_contain_text("capsule_invalid")
        dialog.get_by_label("Files of the capsule").set_input_files(files[1])
        expect(dialog.get_by_text("choose the .capsule that it belongs to")).to_be_visible()
        dialog.get_by_label("Files of the capsule").set_input_files(files)
        dialog.get_by_role("button", name="Import").click()
        expect(dialog.get_by_text("is here, as it was sealed.")).to_be_visible()
        expect(dialog.get_by_role("status").filter(has_text="Intact.")).to_be_visible()
        expect(dialog.get_by_text("“seal” by")).to_be_visible()
        dialog.get_by_role("link", name="Open it").click()
        expect(page.get_by_text("sealed elsewhere, imported")).to_be_visible()
        page.get_by_role("tab", name="Seal log").click()
        expect(page.get_by_text("proved in this page")).to_be_visible()

        bob.open("/capsules")
        page.get_by_role("button", name="Import").click()
        dialog.get_by_label("Files of the capsule").set_input_files(files)
        dialog.get_by_role("button", name="Import").click()
        expect(dialog.get_by_role("link", name="Open the one that is here")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_the_pages_are_accessible_and_fit_a_narrow_screen(visit: Visit, bell: dict[str, Any], scheme: str) -> None:
    with visit(user=bell["user"], color_scheme=scheme, viewport=NARROW) as ada:
        page = ada.open("/capsules")
        expect(page.get_by_role("link", name="Bell, cooldown 12").first).to_be_visible()
        with _fitting(page):
            assert violations(page) == []
        ada.open(f"/capsules/{bell['id']}")
        for part in page.get_by_role("tab").all():
            part.click()
            with _fitting(page):
                assert (part.inner_text(), violations(page)) == (part.inner_text(), [])
        page.get_by_role("button", name="Sign", exact=True).click()
        page.get_by_role("dialog").get_by_label("Your password, again").wait_for()
        assert violations(page) == []
        ada.open(f"/capsules/compare?a={bell['id']}&b={bell['id']}")
        expect(page.get_by_role("img", name="Counts of both runs")).to_be_visible()
        with _fitting(page):
            assert violations(page) == []


_CHILD = "async (id) => (await (await fetch(`/api/capsules/${id}`)).json()).children[0]"


@contextmanager
def _fitting(page: Page) -> Iterator[None]:
    """Once nothing is waited for any more: the page does not scroll to the side."""
    expect(page.locator(".waiting")).to_have_count(0)
    yield
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, page.url


def _add(page: Page, name: str, text: str) -> None:
    page.get_by_role("button", name="Add a file").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Text").fill(text)
    dialog.get_by_label("Name in the capsule").fill(name)
    dialog.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("button", name=f"View {name}")).to_be_visible()


def _seal_as_author(page: Page) -> None:
    page.get_by_role("button", name="Seal", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Who signs")).to_have_value("author")
    dialog.get_by_label("Your password, again").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign and seal for ever").click()
    expect(dialog).to_be_hidden()
