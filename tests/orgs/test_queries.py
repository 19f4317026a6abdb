"""The accounts that somebody belongs to, and what they may do there."""

from accounts.models import Account
from auditlog.actors import system
from orgs.models import Membership
from orgs.queries import account_access, accounts_of, restricted_accounts, solely_owned
from orgs.services.members import add_member, set_active
from orgs.services.organizations import create_organization
from orgs.services.service_accounts import create_service_account
from rbac import permissions
from tests.cast import Organization, Person

US = system("tests")


def test_personal_account_comes_first_then_the_others_by_handle(organization: Organization) -> None:
    admin = organization.admin.user
    create_organization(name="Acme", handle="a-first", founder=admin, actor=US)
    assert [(access.account.handle, access.role) for access in accounts_of(admin)] == [
        ("adam", permissions.OWNER),
        ("a-first", permissions.OWNER),
        ("initech", permissions.ADMIN),
    ]


def test_person_owns_their_personal_account_without_a_membership(owner: Person) -> None:
    access = account_access(owner.user, owner.account.id)
    assert access is not None
    assert (access.role, access.membership_id) == (permissions.OWNER, owner.account.id)
    assert access.may(permissions.DELETE_ACCOUNT)


def test_role_decides_what_a_member_may_do(organization: Organization) -> None:
    access = account_access(organization.member.user, organization.account.id)
    assert access is not None
    assert access.membership_id == organization.membership(organization.member).id
    assert access.permissions == permissions.ROLES[permissions.MEMBER]
    assert access.may(permissions.READ_TEAM)
    assert not access.may(permissions.CREATE_TEAM)


def test_strangers_and_suspended_members_belong_to_nothing(organization: Organization, stranger: Person) -> None:
    account = organization.account
    assert account_access(stranger.user, account.id) is None
    set_active(organization.membership(organization.member), False, actor=US)
    assert account_access(organization.member.user, account.id) is None
    assert [access.account.handle for access in accounts_of(organization.member.user)] == ["mia"]


def test_collaborator_of_a_personal_account_has_a_membership(owner: Person, stranger: Person) -> None:
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=US)
    access = account_access(stranger.user, owner.account.id)
    assert access is not None
    assert (access.role, access.permissions) == (permissions.COLLABORATOR, frozenset({permissions.READ_ACCOUNT}))


def test_service_account_belongs_to_its_account_only(organization: Organization) -> None:
    bot, _, _ = create_service_account(organization.account, name="ci", actor=US)
    assert [(access.account, access.role) for access in accounts_of(bot)] == [
        (organization.account, permissions.MEMBER)
    ]


def test_only_owner(organization: Organization) -> None:
    def alone(person: Person) -> bool:
        return list(solely_owned(person.user)) == [organization.account]

    assert alone(organization.owner)
    assert not alone(organization.admin)
    create_service_account(organization.account, name="ci", role=permissions.OWNER, actor=US)
    assert alone(organization.owner)  # a service account cannot look after an organization
    Membership.objects.filter(user=organization.admin.user).update(role=permissions.OWNER)
    assert not alone(organization.owner)
    set_active(organization.membership(organization.admin), False, actor=US)
    assert alone(organization.owner)


def test_restricted_accounts_are_those_with_networks_or_an_age_of_sign_ins(organization: Organization) -> None:
    user, account = organization.member.user, organization.account
    assert not restricted_accounts(user).exists()
    for restriction in ({"enforced_networks": ["10.0.0.0/8"]}, {"auth_expiration_seconds": 3600}):
        Account.objects.filter(id=account.id).update(**restriction)
        assert list(restricted_accounts(user)) == [account]
        Account.objects.filter(id=account.id).update(enforced_networks=[], auth_expiration_seconds=None)
