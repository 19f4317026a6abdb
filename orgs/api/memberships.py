"""Endpoints of memberships of an account (docs/contract/cloud-api.md, "Memberships and account roles")."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from auditlog.actors import SERVICE_ACCOUNT, USER
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer, NoContent
from orgs.member_lists import in_order, members_of, teams_of
from orgs.models import Membership
from orgs.rest import AccountView
from orgs.schemas import memberships as schemas
from orgs.services.members import change_role, remove_member, set_active, set_all_active
from rbac import permissions


class MembershipsFilterView(AccountView):
    required_permissions = {"POST": permissions.READ_ACCOUNT_MEMBERSHIP}

    @describe("read_account_memberships", body=schemas.MembershipsBody, answers={200: list[schemas.Member]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """List people and service accounts, including the person of a personal account, with the account's id."""
        body = self.body(schemas.MembershipsBody, optional=True)
        rows = in_order(members_of(self.account).filter(body.q()), body.sort or "CREATED_ASC")
        return Answer([_member(member) for member in rows[body.window]])


class MembershipsCountView(AccountView):
    required_permissions = {"POST": permissions.READ_ACCOUNT_MEMBERSHIP}

    @describe("count_account_memberships", body=schemas.MembershipsCountBody, answers={200: int})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        body = self.body(schemas.MembershipsCountBody, optional=True)
        return Answer(members_of(self.account).filter(body.q()).count())


class _MembershipView(AccountView):
    def membership(self, id: UUID) -> Membership:
        """Return a membership of this account.

        Raises `NotFound` if there is none, and `ApiError` 409 for the person of a personal account, who has none.
        """
        if self.account.user_id and id == self.account.id:
            raise ApiError(409, "The owner of a personal account cannot be suspended.")
        membership = Membership.objects.select_related("user", "account").filter(account=self.account, id=id).first()
        if membership is None:
            raise NotFound
        return membership

    def summary_response(self, **lookup: object) -> HttpResponse:
        """Return the response about one member of the account. Raises `NotFound` if there is none."""
        member = members_of(self.account).filter(Q(**lookup)).first()
        if member is None:
            raise NotFound
        teams = [{"id": team.id, "name": team.name} for team in teams_of(self.account, member.id)]
        return Answer(_summary(member) | {"account_id": self.account.id, "teams": teams})


class MembershipView(_MembershipView):
    required_permissions = {
        "GET": permissions.READ_ACCOUNT_MEMBERSHIP,
        "PATCH": permissions.UPDATE_ACCOUNT_MEMBERSHIP,
        "DELETE": permissions.DELETE_ACCOUNT_MEMBERSHIP,
    }

    @describe("read_account_membership", answers={200: schemas.MemberSummary})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Return the membership of a person. That of a service account is found by the service account's id."""
        return self.summary_response(my_membership=id, kind=USER)

    @describe("update_account_membership", body=schemas.MembershipUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Change the account role. It may not have more permissions than the caller has."""
        membership = self.membership(id)
        role = permissions.NAMES.get(self.body(schemas.MembershipUpdate).account_role_id)
        if role is None:
            raise ApiError(422, "There is no such account role.")
        change_role(membership, role, actor=self.actor, granter_scopes=self.account_access.permissions)
        return NoContent()

    @describe("delete_account_membership", answers={204: None})
    def delete(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Remove a person from the account and its workspaces. Service accounts must be deleted instead (409)."""
        membership = self.membership(id)
        if not membership.user.is_person:
            raise ApiError(409, "A service account cannot leave its account; delete it instead.")
        remove_member(membership, actor=self.actor, granter_scopes=self.account_access.permissions)
        return NoContent()


class MembershipByUserView(_MembershipView):
    required_permissions = {"GET": permissions.READ_ACCOUNT_MEMBERSHIP}

    @describe("read_account_membership_by_user", answers={200: schemas.MemberSummary})
    def get(self, request: Request, account_id: UUID, user_id: UUID) -> HttpResponse:
        return self.summary_response(id=user_id, kind=USER)


class MembershipByBotView(_MembershipView):
    required_permissions = {"GET": permissions.READ_ACCOUNT_MEMBERSHIP}

    @describe("read_account_membership_by_bot", answers={200: schemas.MemberSummary})
    def get(self, request: Request, account_id: UUID, bot_id: UUID) -> HttpResponse:
        return self.summary_response(id=bot_id, kind=SERVICE_ACCOUNT)


class ActiveView(_MembershipView):
    required_permissions = {"PATCH": permissions.UPDATE_ACCOUNT_MEMBERSHIP}

    @describe("set_account_membership_active", body=schemas.SetActive, answers={204: None})
    def patch(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Suspend a member, who keeps their grants but cannot use the account, or end the suspension."""
        membership = self.membership(id)
        set_active(
            membership,
            self.body(schemas.SetActive).active,
            actor=self.actor,
            granter_scopes=self.account_access.permissions,
        )
        return NoContent()


class SetActiveView(_MembershipView):
    required_permissions = {"POST": permissions.UPDATE_ACCOUNT_MEMBERSHIP}

    @describe("bulk_set_account_membership_active", body=schemas.BulkSetActive, answers={204: None})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """Suspend members or end their suspension. If one of them is refused, none is changed."""
        body = self.body(schemas.BulkSetActive)
        set_all_active(
            self.account,
            set(body.membership_ids),
            body.active,
            actor=self.actor,
            granter_scopes=self.account_access.permissions,
        )
        return NoContent()


def _member(member: Any) -> dict[str, object]:
    """Serialize a row of `members_of`."""
    return {
        "id": member.my_membership,
        "actor_id": member.id,
        "user_id": member.id if member.is_person else None,
        "first_name": member.first_name,
        "last_name": member.last_name,
        "handle": member.handle if member.is_person else None,
        "email": member.address,
        "account_role_name": member.my_role,
        "account_role_id": permissions.IDS[member.my_role],
        "last_login": member.last_login,
        "active": member.my_active,
    }


def _summary(member: Any) -> dict[str, object]:
    """Serialize a row of `members_of` as `MemberSummary`, without account and teams."""
    summary = _member(member)
    del summary["last_login"]
    return summary | {
        "created": member.joined,
        "updated": member.changed,
        "handle": member.handle,
        "directory_id": None,
        "timezone": member.settings.get("default_timezone"),
    }
