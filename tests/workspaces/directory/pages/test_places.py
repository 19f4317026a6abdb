"""Ways to workspaces and accounts: the switcher, the page of all, addresses that people type and old ones."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Account, FormerHandle
from accounts.services.handles import check_handle
from auditlog.actors import system
from orgs.services.members import add_member
from orgs.services.organizations import create_organization, update_organization
from rbac import builtin, permissions
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person, share
from tests.visits import root, text, visitor
from workspaces.access.default_roles import set_default_role

US = system("tests")


def _rename(account: Account, handle: str) -> None:
    update_organization(account, handle=handle, actor=US)


# ------------------------------------------------------------ the switcher and the page of all
def test_groups_are_personal_organizations_and_shared(
    organization: Organization, owner: Person, stranger: Person
) -> None:
    mia = organization.member
    add_member(owner.account, user=mia.user, role=permissions.COLLABORATOR, actor=US)
    share(owner.workspace, mia.user, builtin.VIEWER)
    for path in ("/workspaces/switcher", "/workspaces"):
        page = text(visitor(mia.user).get(path))
        assert page.index("mia") < page.index("initech") < page.rindex("olga")
        assert ("shared with you" in page, "boris" in page, "initech/shared" in page) == (True, False, False)


def test_account_without_workspaces_has_its_pages_and_a_plus_where_one_may_create(organization: Organization) -> None:
    organization.workspace.delete()
    account = organization.account
    for path in ("/workspaces/switcher", "/workspaces"):
        for person, plus in ((organization.admin, True), (organization.member, False)):
            page = visitor(person.user).get(path).content.decode()
            assert f'href="/account/{account.id}/"' in page
            assert (f"/workspaces/create?owner={account.id}" in page) is plus


def test_switcher_shows_where_one_is(organization: Organization) -> None:
    client = visitor(organization.owner.user)
    page = text(client.get(f"/account/{organization.account.id}/members"))
    assert "Organization Initech" in page
    opened = client.get("/workspaces/switcher", {"account": str(organization.account.id)}).content.decode()
    assert opened.count("aria-current") == 1
    for nonsense in ("x", "", "0" * 500):
        assert client.get("/workspaces/switcher", {"account": nonsense, "at": nonsense}).status_code == 200


def test_switching_from_an_account_leads_to_dashboards(organization: Organization) -> None:
    opened = visitor(organization.owner.user).get("/workspaces/switcher", {"section": ""}).content.decode()
    assert f'href="{root(organization.workspace)}/dashboard"' in opened


def test_card_says_the_reader_s_role(organization: Organization) -> None:
    mia = organization.member
    own = WorkspaceRole.objects.create(account=organization.account, name="Tester", scopes=["manage_webhooks"])
    set_default_role(organization.workspace, WorkspaceRole.objects.get(account=None, name=builtin.VIEWER), actor=US)
    share(organization.workspace, mia.user, builtin.RUNNER)
    assert "initech/shared Runner" in text(visitor(mia.user).get("/workspaces"))
    share(organization.workspace, mia.user, own.name)
    assert "initech/shared Tester, Viewer" in text(visitor(mia.user).get("/workspaces"))
    assert "initech/shared Owner" in text(visitor(organization.admin.user).get("/workspaces"))


def test_address_of_an_account_without_the_slash_leads_to_its_overview(owner: Person, stranger: Person) -> None:
    path = f"/account/{owner.account.id}"
    assert visitor(owner.user).get(path)["Location"] == path + "/"
    assert visitor(stranger.user).get(path, follow=True).status_code == 404


# ------------------------------------------------------------ handles
def test_old_handle_leads_on_for_those_who_may_enter(organization: Organization, stranger: Person) -> None:
    here = root(organization.workspace)
    _rename(organization.account, "initrode")
    for handle in ("initech", "initrode"):
        client = visitor(organization.admin.user)
        assert client.get(f"/@{handle}/shared")["Location"] == f"{here}/dashboard"
        assert client.get(f"/@{handle}/shared/runs?state=late")["Location"] == f"{here}/runs?state=late"
        assert client.get(f"/@{handle}")["Location"] == f"/account/{organization.account.id}/"
        for person in (stranger, organization.member):
            assert visitor(person.user).get(f"/@{handle}/shared").status_code == 404
        assert visitor(stranger.user).get(f"/@{handle}").status_code == 404


def test_old_handle_ends_after_ninety_days_and_is_reserved_until_then(organization: Organization) -> None:
    client = visitor(organization.admin.user)
    _rename(organization.account, "initrode")
    former = FormerHandle.objects.get(handle="initech")
    assert timedelta(days=89) < former.expires_at - timezone.now() <= timedelta(days=90)
    with pytest.raises(ValidationError, match="taken"):
        create_organization(name="Other", handle="initech", founder=organization.member.user, actor=US)
    assert client.get("/@initech/shared").status_code == 302

    FormerHandle.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/@initech/shared").status_code == 404
    assert client.get("/@initech").status_code == 404
    create_organization(name="Other", handle="initech", founder=organization.member.user, actor=US)
    assert client.get("/@initech/shared").status_code == 404
    assert client.get("/@initrode/shared").status_code == 302


def test_account_takes_its_old_handle_back(organization: Organization) -> None:
    client = visitor(organization.admin.user)
    _rename(organization.account, "initrode")
    check_handle("initech", account=organization.account)
    _rename(organization.account, "initech")
    assert not FormerHandle.objects.filter(handle="initech").exists()
    for handle in ("initech", "initrode"):
        assert client.get(f"/@{handle}/shared")["Location"] == f"{root(organization.workspace)}/dashboard"
    with pytest.raises(ValidationError, match="taken"):
        check_handle("initrode")


def test_old_handle_of_a_person_leads_on_too(owner: Person) -> None:
    client = visitor(owner.user)
    client.post("/my/profile", {"name": "Olga Example", "handle": "olga-the-second"})
    assert client.get("/@olga/home")["Location"] == f"{root(owner.workspace)}/dashboard"
    assert client.get("/@olga-the-second/home")["Location"] == f"{root(owner.workspace)}/dashboard"
