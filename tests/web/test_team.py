"""Who is in a team, the keys of its programs, and what it used."""

import secrets
from uuid import UUID

from playwright.sync_api import expect
from tests.factories import add_member, make_job, make_key, make_user, suspend
from tests.story.house import House
from tests.web.axe import violations
from tests.web.conftest import Visit
from tests.web.looks import check_looks, wait_until
from tests.web.site import NARROW


def test_an_owner_invites_and_who_was_invited_comes_by_the_link(visit: Visit, house: House) -> None:
    address = f"{secrets.token_hex(6)}@example.org"
    bob = make_user(house.owner, address, name="<img src=x onerror=alert(1)>")
    with visit() as alice, visit(user=bob) as guest:
        page = alice.open("/team")
        page.wait_for_url("**/team/members")
        page.get_by_role("button", name="Invite somebody").click()
        page.get_by_label("E-mail address").fill(address)
        page.get_by_role("button", name="Make the link").click()
        link = page.get_by_label("Link", exact=True).input_value()
        assert "/invitation#token=" in link
        page.get_by_role("button", name="I have it: close").click()
        invitations = page.get_by_role("table", name="Invitations")
        expect(invitations).to_contain_text("pending")
        assert link.split("=")[1] not in page.content()
        page.get_by_role("button", name="Revoke the invitation").click()
        page.get_by_role("button", name="Revoke", exact=True).click()
        expect(invitations).to_contain_text("revoked")
        page.get_by_role("button", name="Invite somebody").click()
        page.get_by_label("E-mail address").fill(address)
        page.get_by_role("button", name="Make the link").click()
        page.get_by_role("button", name="I have it: close").click()
        page.get_by_role("button", name="Renew the invitation").click()
        before, link = link, page.get_by_label("Link", exact=True).input_value()
        assert link != before
        page.get_by_role("button", name="I have it: close").click()

        theirs = guest.page
        theirs.goto(link)
        theirs.get_by_role("button", name="Accept").wait_for()
        assert theirs.url == f"{guest.base}/invitation"
        theirs.get_by_role("button", name="Accept").click()
        theirs.wait_for_url("**/team/members")
        expect(theirs.get_by_role("combobox", name="Team")).to_be_visible()
        expect(theirs.get_by_role("button", name="Invite somebody")).to_have_count(0)
        expect(theirs.get_by_text("Owners and admins invite people")).to_be_visible()
        expect(theirs.get_by_role("button", name="Remove")).to_have_count(0)
        theirs.goto(link)
        theirs.get_by_role("button", name="Accept").click()
        expect(theirs.get_by_role("alert")).to_contain_text("not open any more")

        page.reload()
        row = page.get_by_role("row").filter(has_text=address).filter(has_text="onerror")
        row.get_by_role("combobox").select_option("admin")
        expect(page.get_by_text("is admin now")).to_be_visible()
        assert _role(house, alice.team, bob) == "admin"
        page.get_by_role("button", name="Undo").click()
        expect(row.get_by_role("combobox")).to_have_value("member")
        assert _role(house, alice.team, bob) == "member"

        row.get_by_role("button", name="Remove").click()
        expect(row).to_have_count(0)
        assert _role(house, alice.team, bob) == "member"
        page.keyboard.press("u")
        expect(row).to_be_visible()
        row.get_by_role("button", name="Remove").click()
        page.goto(f"{alice.base}/verify")  # leaving the page does it at once
        wait_until(lambda: _role(house, alice.team, bob) is None)


def test_an_invitation_waits_while_its_reader_signs_in(visit: Visit, house: House) -> None:
    with visit() as alice, visit(signed_in=False) as bob:
        assert alice.http is not None
        address = f"{secrets.token_hex(6)}@example.org"
        link = alice.http.post("/api/team/invitations", json={"email": address, "role": "member"}).raise_for_status().json()["link"]
        bob.page.goto(link)
        bob.page.get_by_role("main").get_by_role("link", name="Sign up").click()
        bob.page.get_by_label("E-mail address").fill(address)
        bob.page.get_by_label("Password", exact=True).fill("seven unrelated teapots")
        bob.page.get_by_role("button", name="Sign up").click()
        bob.page.get_by_role("button", name="Accept").click()
        bob.page.wait_for_url("**/team/members")
        page = alice.open("/team/members")
        expect(page.get_by_role("table", name="Members")).to_contain_text(address)


def test_a_key_is_shown_once_and_works_until_it_is_revoked(visit: Visit, house: House) -> None:
    with visit() as alice:
        page = alice.open("/team/keys")
        page.get_by_role("button", name="Make a key").click()
        page.get_by_label("Name", exact=True).fill("nightly <script>alert(1)</script>")
        page.get_by_role("radio", name="read Reads jobs").check()
        page.get_by_role("button", name="Make the key").click()
        key = page.get_by_label("Key", exact=True).input_value()
        assert violations(page) == []
        page.keyboard.press("Escape")  # by chance, and taken back
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_label("Key", exact=True)).to_have_value(key)
        program = house.client(key)
        assert program.get("/api/jobs").status_code == 200
        page.get_by_role("button", name="I have it: close").click()
        expect(page.get_by_role("table", name="Keys that work")).to_contain_text("nightly <script>")
        page.reload()
        expect(page.get_by_role("table", name="Keys that work")).to_contain_text(key[-4:])
        assert key not in page.content()
        page.get_by_role("button", name="Revoke nightly").click()
        expect(page.get_by_text("stop at once")).to_be_visible()
        page.get_by_role("button", name="Revoke the key").click()
        expect(page.get_by_text("None at present.")).to_be_visible()
        assert program.get("/api/jobs").status_code == 401


def test_a_member_sees_what_was_used_and_manages_nothing(visit: Visit, house: House) -> None:
    bob = make_user(house.owner, name="Bob")
    with visit() as alice:
        assert alice.team is not None and alice.user is not None
        add_member(house.owner, alice.team, bob)
        make_job(house.owner, alice.team, bob, status="completed")
        make_job(house.owner, alice.team, alice.user, status="failed")
        make_key(house.owner, alice.team, alice.user)
    with visit(user=bob, viewport=NARROW) as member:
        page = member.open("/team/keys")
        page.get_by_role("combobox", name="Team").select_option(str(alice.team))
        expect(page.get_by_text("Keys are for owners and admins")).to_be_visible()
        page = member.open("/team/settings")
        expect(page.get_by_role("button", name="Rename")).to_have_count(0)
        page = member.open("/team/usage")
        expect(page.get_by_role("table", name="By member").get_by_role("row", name="Bob")).to_contain_text("1")
        expect(page.get_by_role("img", name="Jobs per day")).to_be_visible()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save as CSV").click()
        assert "member,Bob,1,1,0,0,100" in saved.value.path().read_text()
        page.get_by_label("Period").select_option("7")
        page.wait_for_url("**/team/usage?days=7")
        for path in ("/team/usage", "/team/members", "/team/keys", "/team/settings"):
            check_looks(member.open(path))


def test_a_suspended_team_is_read_and_not_changed(visit: Visit, house: House) -> None:
    with visit() as alice:
        assert alice.team is not None and alice.user is not None
        add_member(house.owner, alice.team, make_user(house.owner, name="Bob"))
        make_key(house.owner, alice.team, alice.user)
        suspend(house.owner, alice.team)
        page = alice.open("/team/members")
        expect(page.get_by_text("is suspended: everything can be read and exported")).to_be_visible()
        expect(page.get_by_role("button", name="Invite somebody")).to_be_disabled()
        expect(page.get_by_role("button", name="Remove Bob")).to_be_disabled()
        expect(page.get_by_role("combobox", name="Role of Bob")).to_have_count(0)
        check_looks(page)
        page = alice.open("/team/keys")
        expect(page.get_by_role("button", name="Make a key")).to_be_disabled()
        expect(page.get_by_role("button", name="Revoke full key")).to_be_disabled()
        check_looks(page)
        expect(alice.open("/scripts").get_by_role("button", name="New script")).to_be_disabled()
        # A new team of one's own is not held up by it.
        page = alice.open("/team/settings")
        page.get_by_label("Name of the new team").fill("Fresh air")
        page.get_by_role("button", name="Make the team").click()
        expect(page.get_by_role("heading", name="Settings of Fresh air")).to_be_visible()
        page.get_by_label("Name", exact=True).fill("Fresher air")
        page.get_by_role("button", name="Rename").click()
        expect(page.get_by_role("heading", name="Settings of Fresher air")).to_be_visible()
        check_looks(page)


def _role(house: House, team: UUID | None, user: UUID) -> str | None:
    found = house.owner.execute("select role from public.team_members where team_id = %s and user_id = %s", (team, user)).fetchone()
    return found[0] if found else None
