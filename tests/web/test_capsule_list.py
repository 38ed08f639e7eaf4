"""The list of capsules: searched, scrolled, and read by a team that is suspended."""

from playwright.sync_api import expect
from tests.factories import suspend
from tests.story.house import House
from tests.web.capsule_runs import http_of, known
from tests.web.conftest import Visit

_XSS = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def test_the_list_is_searched_in_its_address_and_what_people_wrote_is_only_text(visit: Visit) -> None:
    with visit() as alice:
        http = http_of(alice)
        for name in ("Cooldown twelve", "Phase flip"):
            http.post(
                "/api/capsules", json={"name": name, "custom_metadata": {"tags": ["paper"] if name == "Phase flip" else []}}
            ).raise_for_status()
        hostile = http.post(
            "/api/capsules",
            json={
                "name": _XSS[:200],
                "description": _XSS,
                "custom_metadata": {"tags": [_XSS[:100]]},
                "git_repo": "javascript:alert(1)",
                "git_sha": "a" * 40,
            },
        ).json()["id"]
        for name in ("data/'&lt;&amp;b.html", "results/counts.json"):
            told = {"name": name, "artifact_type": "data", "content_type": "text/html", "content_text": _XSS}
            http.post(f"/api/capsules/{hostile}/artifacts", json=told).raise_for_status()
        page = alice.open("/capsules")
        expect(page.get_by_role("link", name=_XSS[:200])).to_be_visible()
        page.keyboard.press("/")
        page.keyboard.type("cooldown")
        expect(page.get_by_role("link", name="Phase flip")).to_be_hidden()
        expect(page.get_by_role("link", name="Cooldown twelve")).to_be_visible()
        page.wait_for_url("**/capsules?q=cooldown")
        page.goto(f"{alice.base}/capsules?tag=paper")
        expect(page.get_by_role("link", name="Phase flip")).to_be_visible()
        expect(page.get_by_role("link", name="Cooldown twelve")).to_be_hidden()
        page.goto(f"{alice.base}/capsules?state=archived")
        expect(page.get_by_role("heading", name="No capsule is like that")).to_be_visible()

        alice.open(f"/capsules/{hostile}")
        expect(page.get_by_role("heading", name=_XSS[:200])).to_be_visible()
        expect(page.get_by_label("Content of results/counts.json")).to_have_text(_XSS)
        page.get_by_role("button", name="View data").click()
        expect(page.get_by_label("Content of data")).to_have_text(_XSS)
        for part in page.get_by_role("tab").all():
            part.click()
            expect(page.locator(".waiting")).to_have_count(0)
            expect(page.get_by_role("tabpanel")).not_to_be_empty()
        assert page.title() == f"{_XSS[:200]} · Quapsule"
        assert page.locator("a[href^='javascript']").count() == 0


def test_a_long_list_comes_page_by_page_as_it_is_scrolled(visit: Visit, house: House) -> None:
    with visit() as alice:
        house.owner.execute(
            "insert into public.capsules (team_id, user_id, name, created_at)"
            " select %s, %s, 'Number ' || n, now() - make_interval(secs => n) from generate_series(1, 230) as n",
            (alice.team, alice.user),
        )
        page = alice.open("/capsules")
        expect(page.get_by_role("link", name="Number 1", exact=True)).to_be_visible()
        for _ in range(12):
            page.locator(".rows-body").evaluate("body => body.scrollTo(0, body.scrollHeight)")
            if page.get_by_role("link", name="Number 230", exact=True).is_visible():
                break
            page.wait_for_timeout(100)
        expect(page.get_by_role("link", name="Number 230", exact=True)).to_be_visible()
        expect(page.get_by_text("230 capsules.")).to_be_visible()


def test_in_a_suspended_team_everything_is_read_and_nothing_can_be_tried(visit: Visit, house: House) -> None:
    with visit() as alice:
        made = http_of(alice).post("/api/capsules", json={"name": "Held"}).json()
        suspend(house.owner, known(alice.team))
        page = alice.open(f"/capsules/{made['id']}")
        for name in ("Seal", "Edit", "Mark runnable", "Delete the draft", "Run again"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
        expect(page.get_by_text("nothing can be changed.")).to_be_visible()
        alice.open("/capsules")
        expect(page.get_by_role("button", name="New capsule")).to_be_disabled()
        expect(page.get_by_role("button", name="Import")).to_be_disabled()
