"""From nothing to a verified capsule, in one sitting."""

import re
from pathlib import Path

from playwright.sync_api import expect
from tests.web.conftest import Visit


def test_a_new_user_goes_from_signing_up_to_a_verified_capsule(visit: Visit, tmp_path: Path) -> None:
    with visit(signed_in=False) as nina:
        page = nina.open("/sign-up")
        page.get_by_label("E-mail address").fill(f"nina-{tmp_path.name}@example.org")
        page.get_by_label("Password", exact=True).fill("a long walk along the Spree")
        page.get_by_label("Your name").fill("Nina Nova")
        page.get_by_label("Name of your team").fill("Spree Optics")
        page.get_by_role("button", name="Sign up").click()
        page.wait_for_url("**/run")

        results = page.get_by_role("region", name="Results")
        page.get_by_role("button", name="Run").click()
        expect(results).to_contain_text("quapsule-statevector")
        page.get_by_role("radio", name="On the server").check()
        page.get_by_role("button", name="Run").click()
        expect(results).to_contain_text("Nothing is kept there", timeout=30_000)

        page.get_by_role("radio", name="As a job").check()
        page.get_by_label("Make a capsule of it").check()
        page.get_by_label("The capsule's name").fill("Bell by the Spree")
        page.get_by_label("Seal it when the job has ended").check()
        page.get_by_role("button", name=re.compile("^(Run|Submit)")).click()
        page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}"))
        page.locator('.badge[data-status="completed"]').first.wait_for(timeout=30_000)
        page.locator("main").get_by_role("link", name=re.compile("capsule", re.IGNORECASE)).first.click()
        page.wait_for_url(re.compile(r"/capsules/[0-9a-f-]{36}"))
        page.locator('.badge[data-status="sealed"]').first.wait_for(timeout=30_000)

        page.get_by_role("tab", name="Export").click()
        signer = re.findall(r"SHA256:[0-9a-f]{64}", page.locator("main").inner_text())[0]
        kept = []
        for ending in (".capsule", ".proof.json"):
            with page.expect_download() as told:
                page.locator(f'a[download]:text-matches("{ending}$")').click()
            kept.append(tmp_path / told.value.suggested_filename)
            told.value.save_as(kept[-1])

        page.get_by_role("link", name="Verify", exact=True).first.click()
        page.set_input_files("input[type=file]", kept)
        page.get_by_role("heading", name=re.compile("Intact")).wait_for(timeout=20_000)
        page.get_by_label("Signer's fingerprint").fill(signer)
        page.get_by_role("heading", name=re.compile("Verified")).wait_for(timeout=20_000)
