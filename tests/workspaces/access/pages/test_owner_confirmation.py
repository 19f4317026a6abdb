"""No form makes somebody Owner before a page has asked. Finds the forms on all pages of accounts and workspaces."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from auditlog.actors import system
from orgs.models import Invitation, Membership
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import create_team
from rbac import builtin, permissions
from rbac.models import Grant
from rbac.role_choices import role_choices
from tests.cast import Organization, Person, make_colleague
from tests.invited import into, invited
from tests.rbac.test_surface import PATTERNS
from tests.visits import text, visitor
from workspaces.access.sharing import share_with
from workspaces.directory.services import create_workspace

pytestmark = pytest.mark.one_database(reason="whether pages ask: nothing is saved")

US = system("tests")
OWNER_VALUES = {permissions.OWNER, str(builtin.IDS[builtin.OWNER])}
# Each form that can grant Owner, by the URL name of its action, with what it needs beyond the values that it shows.
FORMS: dict[str, dict[str, str]] = {
    "account:invitation-create": {"emails": "new@example.com", "workspace": "WORKSPACE"},
    "account:invitation-role": {},
    "account:member-roles": {},
    "account:service-account-create": {"name": "deploy", "expiry": "30"},
    "account:service-account-edit": {},
    "account:service-account-share": {"workspace": "WORKSPACE"},
    "account:team-share": {"workspace": "WORKSPACE"},
    "workspace:collaborators-invite": {"emails": "new@example.com"},
    "workspace:settings-edit": {},
    "workspace:sharing-add-people": {"who": "PERSON"},
    "workspace:sharing-add-service-accounts": {"who": "SERVICE ACCOUNT"},
    "workspace:sharing-add-teams": {"who": "TEAM"},
    "workspace:sharing-change-people": {},
    "workspace:sharing-change-service-accounts": {},
    "workspace:sharing-change-teams": {},
    "workspace:sharing-default": {},
}
GRANTS_NOTHING = {"account:role-create"}  # offers Owner as the role that a new one builds on


@dataclass
class Form:
    """A form that is sent with POST: its values as shown, and the names of its controls that offer Owner."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    offer_owner: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Reads the forms of a page, with controls that name their form in the attribute `form`."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: dict[str, Form] = {}
        self._form = self._select = self._select_form = ""
        self._option: tuple[str, str, bool] | None = None  # form, name, whether it is selected
        self._controls: list[tuple[str, str, str, bool]] = []  # form, name, value, whether it is the shown one

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        form, name, value = found.get("form", self._form), found.get("name", ""), found.get("value", "")
        if tag == "form":
            self._form = found.get("id") or f"form {len(self.forms)}"
            if found.get("method") == "post":
                self.forms[self._form] = Form(found.get("action") or self.path)
        elif tag == "select":
            self._select, self._select_form = name, form
        elif tag == "option" and self._select:
            self._option = (self._select_form, self._select, "selected" in found)
            if "value" in found:
                self._add_option(value)
        elif tag == "input" and name:
            chosen = "checked" in found or found.get("type") not in ("radio", "checkbox")
            self._controls.append((form, name, value, chosen))

    def handle_data(self, data: str) -> None:
        """Take the text of an option without the attribute `value` as its value, as browsers do."""
        if self._option and data.strip():
            self._add_option(data.strip())

    def _add_option(self, value: str) -> None:
        if self._option:
            form, name, chosen = self._option
            self._controls.append((form, name, value, chosen))
            self._option = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ""
        elif tag == "select":
            self._select = ""

    def granting(self) -> list[Form]:
        """Return the forms that offer to choose Owner."""
        for form, name, value, chosen in self._controls:
            if form not in self.forms:
                continue
            if chosen:
                self.forms[form].values[name] = value
            if value in OWNER_VALUES and not chosen:
                self.forms[form].offer_owner[name] = value
        return [form for form in self.forms.values() if form.offer_owner]


def _find_forms(client: Client, ids: dict[str, Any]) -> dict[str, Form]:
    """Return the forms that can grant Owner on all pages that have these ids, by the URL name of their action."""
    found: dict[str, Form] = {}
    for route in PATTERNS:
        names = re.findall(r"<(\w+)>", route)
        if not route.startswith("/account/<account_id>/") or not set(names) <= ids.keys():
            continue
        path = re.sub(r"<(\w+)>", lambda match: str(ids[match[1]]), route)
        for tab in ("", "?tab=people", "?tab=teams", "?tab=service-accounts") if path.endswith("/sharing") else ("",):
            answer = client.get(path + tab)
            if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
                page = _Forms(path)
                page.feed(answer.content.decode())
                found |= {resolve(form.action.partition("?")[0]).view_name: form for form in page.granting()}
    return found


@pytest.fixture
def ids(organization: Organization) -> dict[str, Any]:
    """An account and a workspace with somebody of each kind who has a role, and somebody of each kind who has none."""
    account, workspace = organization.account, organization.workspace
    colleague = make_colleague(account, "otto")
    bots = [create_service_account(account, name=name, actor=US)[0] for name in ("build", "idle")]
    teams = [create_team(account, name=name, actor=US) for name in ("Data", "Idle")]
    viewer = next(role for role in role_choices(account) if role.name == builtin.VIEWER)
    for grantee in (organization.member.user, bots[0], teams[0]):
        share_with(workspace, grantee, viewer, actor=US)
    create_workspace(account, name="Second", handle="second", actor=US)
    invitation = invited(account, "late@example.com", organization.owner, **into(workspace, builtin.VIEWER))
    return {
        "account_id": account.id,
        "workspace_id": workspace.id,
        "membership_id": Membership.objects.get(account=account, user=colleague.user).id,
        "invitation_id": invitation.id,
        "bot_id": bots[0].id,
        "team_id": teams[0].id,
        "PERSON": colleague.user.id,
        "SERVICE ACCOUNT": bots[1].id,
        "TEAM": teams[1].id,
        "WORKSPACE": workspace.id,
    }


def _granted() -> list[object]:
    return [
        *Grant.objects.order_by("id").values_list("id", "role"),
        *Membership.objects.order_by("id").values_list("id", "role"),
        *Invitation.objects.order_by("id").values_list("id", "role", "workspace_role"),
    ]


def test_every_form_that_can_grant_owner_asks_first(organization: Organization, owner: Person, ids: Any) -> None:
    own_ids = {"account_id": owner.account.id, "workspace_id": owner.workspace.id, "WORKSPACE": owner.workspace.id}
    cases = [(visitor(organization.owner.user), ids), (visitor(owner.user), own_ids)]
    found = [_find_forms(client, known_ids) for client, known_ids in cases]
    assert {name for forms in found for name in forms} == FORMS.keys() | GRANTS_NOTHING
    before = _granted()
    for (client, known_ids), forms in zip(cases, found, strict=True):
        for name in forms.keys() - GRANTS_NOTHING:
            form, more = forms[name], {key: str(known_ids.get(value, value)) for key, value in FORMS[name].items()}
            answer = client.post(form.action, {**form.values, **more, **form.offer_owner})
            page = text(answer)
            assert (name, answer.status_code, " will be Owner" in page) == (name, 200, True), page
            assert (name, _granted()) == (name, before)


def test_invitation_whose_owner_role_stays_is_changed_without_a_question(organization: Organization) -> None:
    account = organization.account
    invitation = invited(account, "late@example.com", organization.owner, **into(organization.workspace, builtin.OWNER))
    path = f"/account/{account.id}/members/invitations/{invitation.id}/role"
    sent = {"role": permissions.ADMIN, "workspace_role": str(builtin.IDS[builtin.OWNER])}
    assert visitor(organization.owner.user).post(path, sent).status_code == 302
    invitation.refresh_from_db()
    assert invitation.role == permissions.ADMIN
