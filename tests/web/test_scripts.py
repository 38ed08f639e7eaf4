"""The library of scripts, their versions, and the way from a script to a job."""

from playwright.sync_api import Page, expect
from tests.factories import add_member, make_script, make_user, suspend
from tests.story.house import House
from tests.web.axe import violations
from tests.web.conftest import Visit
from tests.web.looks import check_looks, wait_until
from tests.web.site import NARROW

# The import stands in a branch that is never taken: an analysis warns, a run succeeds.
WARNED = """from qiskit import QuantumCircuit

if False:
    import package_of_nobody


def main(params):
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit
"""
XSS = "<img src=x onerror=alert(1)>'\"</script><script>alert(2)</script>"


def test_a_script_is_uploaded_changed_and_run_with_its_warnings_accepted(visit: Visit) -> None:
    with visit() as alice:
        page = alice.open("/scripts?library=mine")
        expect(page.get_by_text("You have no scripts yet")).to_be_visible()
        page.get_by_role("button", name="New script").first.click()
        page.get_by_label("From a file").set_input_files({"name": "bell.py", "mimeType": "text/x-python", "buffer": WARNED.encode()})
        expect(page.get_by_label("Name", exact=True)).to_have_value("bell")
        page.get_by_role("button", name="Save the script").click()
        page.get_by_role("heading", name="bell").wait_for()
        expect(page.get_by_text("Qiskit, yours, version 1")).to_be_visible()

        # What is not saved stays, wherever its reader goes meanwhile.
        _write(page, "# Two qubits.\n")
        expect(page.get_by_text("Not saved yet.")).to_be_visible()
        page.get_by_role("link", name="Team", exact=True).click()
        expect(page.get_by_text("Your changes to “bell” are not saved.")).to_be_visible()
        page.go_back()
        expect(page.locator(".cm-content")).to_contain_text("# Two qubits.")
        page.get_by_role("button", name="Save as version 2").click()
        expect(page.get_by_text("Saved as version 2.")).to_be_visible()
        page.get_by_role("tab", name="Versions (2)").click()
        expect(page.get_by_role("table", name="Versions").get_by_role("row")).to_have_count(3)
        expect(page.get_by_role("table", name="Versions").get_by_role("row").nth(1)).to_contain_text("by you")
        page.get_by_role("button", name="Read version 1").click()
        former = page.get_by_role("dialog", name="Version 1 of bell")
        expect(former.locator(".cm-content")).to_contain_text("package_of_nobody")
        assert "# Two qubits." not in former.locator(".cm-content").inner_text() and violations(page) == []
        former.get_by_role("button", name="Put it into the editor").click()
        expect(page.locator(".cm-content")).not_to_contain_text("# Two qubits.")
        page.get_by_role("button", name="Discard the changes").click()
        expect(page.locator(".cm-content")).to_contain_text("# Two qubits.")

        page.get_by_role("tab", name="Run").click()
        page.get_by_label("Shots").fill("200")
        page.get_by_role("radio", name="Local simulator").check()
        page.get_by_role("button", name="Analyse").click()
        expect(page.get_by_text("It can run, with a warning")).to_be_visible()
        expect(page.get_by_text("Line 5:")).to_be_visible()
        expect(page.locator(".cm-lintRange-warning")).to_contain_text("import package_of_nobody")
        assert violations(page) == []
        run = page.get_by_role("button", name="Run it")
        expect(run).to_be_disabled()
        page.get_by_label("Accept this (import:package_of_nobody)").check()
        with page.expect_request("**/api/jobs/submit") as submitted:
            run.click()
        page.wait_for_url("**/jobs/*")
        sent = submitted.value.post_data_json
        assert sent is not None and sent["warn_check_ids"] == ["import:package_of_nobody"]
        assert alice.http is not None
        ended = alice.http.get(f"/api/jobs/{page.url.rsplit('/', 1)[1]}/status", params={"wait": 20}).json()
        assert (ended["status"], ended["result"]["shots"]) == ("completed", 200)


def test_a_text_that_cannot_run_says_where(visit: Visit, house: House) -> None:
    with visit() as alice:
        script = make_script(house.owner, alice.team, alice.user, content="OPENQASM 3.0;\nqubit[1] q;\nh q[0;\nx q[0];\n")
        page = alice.open(f"/scripts/{script}")
        page.get_by_role("button", name="Analyse").click()
        expect(page.get_by_text("It cannot run so")).to_be_visible()
        expect(page.locator(".cm-lintRange-error").first).to_be_visible()
        expect(page.get_by_role("button", name="Run it")).to_be_disabled()
        page.get_by_label("Shots").fill("0")
        expect(page.get_by_text("A whole number from 1")).to_be_visible()
        expect(page.get_by_role("button", name="Analyse")).to_be_disabled()
        page.get_by_label("Shots").fill("10")
        page.get_by_label("Also those that cannot run it").check()
        page.get_by_role("button", name="Cost").click()
        expect(page.get_by_role("columnheader", name="Cost")).to_have_attribute("aria-sort", "ascending")
        expect(page.get_by_role("row", name="Aria 1")).to_contain_text("retired")


def test_a_published_script_is_seen_by_another_team_and_taken_back(visit: Visit, house: House) -> None:
    with visit() as alice, visit() as stranger:
        script = make_script(house.owner, alice.team, alice.user)
        house.owner.execute("update public.scripts set name = 'Shared Bell' where id = %s", (script,))
        theirs = stranger.open("/scripts?library=published&q=Shared+Bell")
        expect(theirs.get_by_text("Nothing fits")).to_be_visible()
        page = alice.open(f"/scripts/{script}?show=details")
        page.get_by_role("button", name="Publish it").click()
        expect(page.get_by_text("Published: every team here can read and run it.")).to_be_visible()
        theirs = stranger.open("/scripts?library=published&q=Shared+Bell")
        theirs.get_by_role("link", name="Shared Bell").click()
        expect(theirs.get_by_text("of another team, published")).to_be_visible()
        expect(theirs.get_by_role("button", name="Save as version")).to_have_count(0)
        expect(theirs.get_by_text("Only the team that a script belongs to may change it.")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("heading", name="Not published")).to_be_visible()
        stranger.page.reload()
        expect(theirs.get_by_role("alert")).to_contain_text("script_not_found")


def test_a_deleted_script_comes_back_by_undo_and_team_mates_see_changes_at_once(visit: Visit, house: House) -> None:
    bob = make_user(house.owner, name="Bob")
    with visit() as alice, visit(user=bob) as mate:
        assert alice.team is not None and alice.http is not None
        add_member(house.owner, alice.team, bob)
        script = make_script(house.owner, alice.team, alice.user)
        theirs = mate.open(f"/scripts/{script}?show=details")
        expect(theirs.get_by_text("Only its author, an admin or the owner of the team may change it.")).to_be_visible()
        alice.http.patch(f"/api/scripts/{script}", json={"name": "Bell, renamed"}).raise_for_status()
        expect(theirs.get_by_role("heading", name="Bell, renamed")).to_be_visible()

        page = alice.open(f"/scripts/{script}?show=details")
        page.get_by_role("button", name="Delete the script").click()
        page.wait_for_url("**/scripts?library=mine")
        expect(page.get_by_text("You have no scripts yet")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("link", name="Bell, renamed").click()
        page.get_by_role("tab", name="Details").click()
        page.get_by_role("button", name="Delete the script").click()
        page.goto(f"{alice.base}/verify")
        wait_until(lambda: alice.http is not None and alice.http.get(f"/api/scripts/{script}").status_code == 404)


def test_what_others_wrote_is_text_and_nothing_else(visit: Visit, house: House) -> None:
    with visit() as alice:
        assert alice.http is not None
        body = {
            "name": XSS,
            "description": XSS,
            "category": XSS,
            "framework": "openqasm",
            "script_content": f"// {XSS}\n",
            "default_parameters": {XSS: XSS},
        }
        script = alice.http.post("/api/scripts/upload", json=body).raise_for_status().json()["script_id"]
        for path in ("/scripts?library=mine", f"/scripts/{script}", f"/scripts/{script}?show=details", f"/scripts/{script}?show=versions"):
            page = alice.open(path)
            expect(page.get_by_role("main").get_by_text(XSS).first).to_be_attached()
            assert page.locator("img[src=x]").count() == 0


def test_the_library_is_found_by_address_and_accessible(visit: Visit, house: House) -> None:
    with visit(viewport=NARROW) as alice:
        assert alice.team is not None
        page = alice.open("/scripts")
        page.get_by_role("searchbox").fill("bell")
        page.wait_for_url("**/scripts?q=bell")
        page.get_by_label("Framework").select_option("openqasm")
        page.wait_for_url("**/scripts?framework=openqasm&q=bell")
        page.reload()
        expect(page.get_by_role("link", name="Bell state", exact=True)).to_be_visible()
        page.get_by_role("link", name="Bell state", exact=True).click()
        expect(page.get_by_text("template of the platform")).to_be_visible()
        page.get_by_role("radio").first.wait_for()
        check_looks(page)
        check_looks(alice.open("/scripts"))
        suspend(house.owner, alice.team)
        script = make_script(house.owner, alice.team, alice.user)
        page = alice.open(f"/scripts/{script}?show=details")
        expect(page.get_by_text("The team is suspended: everything can be read, nothing changed.")).to_be_visible()
        check_looks(page)
        page = alice.open(f"/scripts/{script}?show=versions")
        check_looks(page)


def _write(page: Page, text: str) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text(text)
