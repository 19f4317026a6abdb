"""Addresses in a browser, by a real mail server: taking over an account, changing an address, deleting an account."""

import re
import secrets
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from tests.browser import fill_sign_in
from tests.journeys.test_invitations import Visit, box, call, site, visit
from tests.postbox import Postbox, link_in, text_of
from tests.site import PASSWORD, Site

pytestmark = pytest.mark.browser

__all__ = ["box", "site", "visit"]

# What sign-up leaves, and what could be planted before addresses had to be confirmed.
PLANT = """
from accounts.services.keys import create_key
from accounts.services.people import create_user
from auditlog.actors import system
from orgs.services.service_accounts import create_service_account
user = create_user(email="{email}", password="{password}", handle="{handle}", first_name="Vera", confirmed=False)
_, key = create_key(user, name="planted", expires_at=None, actor=system("tests"))
_, _, bot = create_service_account(user.personal_account, name="robot", role="Owner", actor=system("tests"))
print("KEYS", key, bot)
"""
NEW_PASSWORD = "a-new-one-for-vera"


@pytest.mark.usefixtures("hands")
def test_invited_person_takes_back_the_account_of_whoever_used_their_address(
    site: Site, box: Postbox, visit: Visit, complaints: list[str]
) -> None:
    mark = secrets.token_hex(3)
    email = f"vera-{mark}@example.com"
    admin = site.bootstrap(f"initech-{mark}", "etl", email=f"ada-{mark}@example.com", organization=True)
    printed = site.manage("shell", "-c", PLANT.format(email=email, password=PASSWORD, handle=f"vera-{mark}"))
    keys = printed.split("KEYS ")[1].split()
    with visit() as attacker, visit() as victim:
        attacker.goto("/auth/sign-in")
        fill_sign_in(attacker, email)
        attacker.wait_for_url("**/welcome")
        attacker.goto("/organizations/create")
        expect(attacker.get_by_role("heading", level=1)).to_have_text("Confirm your email first")
        attacker.get_by_role("main").get_by_role("button", name="Send the link again").click()
        confirmation = re.search(r"https?://\S+/auth/verify/\S+", text_of(box.wait_for(email)))
        assert confirmation

        role = next(
            one["id"] for one in call(attacker, admin["api_key"], "POST", f"{_api(admin)}/account_roles/filter", {})
            if one["name"] == "Admin"
        )  # fmt: skip
        invited = [{"email": email, "account_role_id": role}]
        call(attacker, admin["api_key"], "POST", f"{_api(admin)}/invitations/", invited)
        invitation = link_in(box.wait_for(email, count=2))

        victim.goto(confirmation[0])
        expect(victim.get_by_role("heading", level=1)).to_have_text("Sign in to confirm")
        expect(victim.get_by_role("button", name=re.compile("Confirm"))).to_have_count(0)
        attacker.goto("/my/invitations")
        expect(attacker.get_by_text("Confirm your email address").last).to_be_visible()
        victim.goto(invitation)
        victim.get_by_role("link", name="Choose a new password").click()
        victim.get_by_label("Email").fill(email)
        victim.get_by_role("button", name="Send the link").click()
        reset = re.search(r"https?://\S+/auth/reset/\S+", text_of(box.wait_for(email, count=3)))
        assert reset
        victim.goto(reset[0])
        victim.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
        victim.get_by_label("New password (again)").fill(NEW_PASSWORD)
        victim.get_by_role("button", name="Save the password").click()
        expect(victim.get_by_role("heading", level=1)).to_have_text("Your new password is set")
        told = text_of(box.wait_for(email, count=4))
        for words in ("1 session signed out", "1 API key revoked", "1 service account key revoked"):
            expect(victim.get_by_text(words)).to_be_visible()
            assert words in told

        attacker.goto("/my/api-keys")
        expect(attacker.get_by_role("heading", level=1)).to_have_text("Sign in")
        for key in keys:
            answer = attacker.request.get("/api/me/", headers={"Authorization": f"Bearer {key}"})
            assert answer.status == 401
        victim.goto(invitation)  # a reset also signs in
        victim.get_by_role("button", name="Accept").click()
        victim.wait_for_url(f"**/account/{admin['account_id']}/")
    complaints[:] = [words for words in complaints if not re.search(r"status of (401|403)", words)]


PERSON = """
from accounts.services.people import create_user
create_user(email="{email}", password="{password}", handle="{handle}", first_name="Nora", confirmed=False)
"""


@pytest.mark.usefixtures("hands")
def test_person_changes_the_address_signs_out_elsewhere_and_deletes_the_account(
    site: Site, box: Postbox, visit: Visit, complaints: list[str]
) -> None:
    mark = secrets.token_hex(3)
    old, new = f"nora-{mark}@example.com", f"nora-{mark}@new.example.com"
    site.manage("shell", "-c", PERSON.format(email=old, password=PASSWORD, handle=f"nora-{mark}"))
    with visit() as here, visit(scripts=False) as there:
        for page in (here, there):
            page.goto("/my/profile")
            fill_sign_in(page, old)
            page.wait_for_url("**/my/profile")
        reminder = here.locator("#unconfirmed")
        expect(reminder).to_contain_text(old)
        reminder.get_by_role("button", name="Send again").click()
        assert _verify_link(box.wait_for(old))
        expect(here).to_have_url(re.compile("/my/profile$"))

        here.get_by_role("main").get_by_role("link", name="Change email").first.click()
        here.get_by_label("New email address").fill(new)
        here.get_by_role("button", name="Send the link").click()
        expect(here.get_by_role("definition").filter(has_text=new)).to_contain_text("not confirmed")
        link = _verify_link(box.wait_for(new))
        warning = box.wait_for(old, count=2)
        assert warning["Subject"] == "Your email address is about to change"
        assert new not in text_of(warning) + text_of(warning, "html")
        here.goto(link)
        expect(here.get_by_role("main")).to_contain_text(f"It replaces {old}")
        here.get_by_role("button", name="Confirm").click()
        expect(here.get_by_text("1 session signed out")).to_be_visible()
        assert box.wait_for(old, count=3)["Subject"] == "Your email address was changed"
        there.goto("/my/security")
        expect(there.get_by_role("heading", level=1)).to_have_text("Sign in")

        fill_sign_in(there, new)
        expect(there.get_by_role("row")).to_have_count(3)
        expect(there.get_by_text("this browser")).to_be_visible()
        there.get_by_role("button", name="Sign out everywhere else").click()
        expect(there.get_by_text("1 other browser is signed out.")).to_be_visible()
        here.goto("/my/security")
        expect(here.get_by_role("heading", level=1)).to_have_text("Sign in")

        there.get_by_role("link", name="Delete account").click()
        there.get_by_label("Type").fill(f"nora-{mark}")
        there.get_by_role("button", name="Delete account").click()
        expect(there.get_by_text("Your account was deleted.")).to_be_visible()
        assert box.wait_for(new, count=3)["Subject"] == "Your account was deleted"
        fill_sign_in(there, new)
        expect(there.get_by_role("heading", level=1)).to_have_text("Sign in")
    complaints[:] = [words for words in complaints if not re.search(r"status of 422", words)]


def _verify_link(mail: EmailMessage) -> str:
    """The link of the mail, the same in text and HTML."""
    link = re.search(r"https?://\S+/auth/verify/\S+", text_of(mail))
    assert link
    assert f'href="{link[0]}"' in text_of(mail, "html")
    return link[0]


def _api(admin: dict[str, str]) -> str:
    return f"/api/accounts/{admin['account_id']}"
