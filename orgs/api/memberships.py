"""The account API of who belongs to an account (cloud-api.md 2.3)."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from auditlog.actors import SERVICE_ACCOUNT, USER
from orgs.member_lists import in_order, members_of, teams_of
from orgs.models import Membership
from orgs.rest import AccountView
from orgs.schemas import memberships as schemas
from orgs.services.members import change_role, remove_member, set_active
from rbac import permissions


class MembershipsFilterView(AccountView):
    required_permissions = {"POST": "read:account_membership"}

    @describe("read_account_memberships", body=schemas.MembershipsBody, answers={200: list[schemas.Member]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """People and service accounts. The person of a personal account is in it, with the account's id."""
        body = self.body(schemas.MembershipsBody, optional=True)
        rows = in_order(members_of(self.account).filter(body.q()), body.sort or "CREATED_ASC")
        return Answer([_member(one) for one in rows[body.window]])


class MembershipsCountView(AccountView):
    required_permissions = {"POST": "read:account_membership"}

    @describe("count_account_memberships", body=schemas.MembershipsCountBody, answers={200: int})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        body = self.body(schemas.MembershipsCountBody, optional=True)
        return Answer(members_of(self.account).filter(body.q()).count())


class _MembershipView(AccountView):
    def row(self, id: UUID) -> Membership:
        """A membership of this account. Raises ApiError: that of a personal account's person cannot be changed."""
        if self.account.user_id and id == self.account.id:
            raise ApiError(409, "The person of a personal account owns it and stays.")
        membership = Membership.objects.select_related("user", "account").filter(account=self.account, id=id).first()
        if membership is None:
            raise ApiError(404, "Not Found")
        return membership

    def summary(self, **which: object) -> HttpResponse:
        """The answer about one actor of the account."""
        one = members_of(self.account).filter(Q(**which)).first()
        if one is None:
            raise ApiError(404, "Not Found")
        teams = [{"id": team.id, "name": team.name} for team in teams_of(self.account, one.id)]
        return Answer(_summary(one) | {"account_id": self.account.id, "teams": teams})


class MembershipView(_MembershipView):
    required_permissions = {
        "GET": "read:account_membership",
        "PATCH": "update:account_membership",
        "DELETE": "delete:account_membership",
    }

    @describe("read_account_membership", answers={200: schemas.MemberSummary})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Of a person; that of a service account is found by the service account."""
        return self.summary(my_membership=id, kind=USER)

    @describe("update_account_membership", body=schemas.MembershipUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Give another account role, none with more rights than one's own."""
        membership = self.row(id)
        role = permissions.NAMES.get(self.body(schemas.MembershipUpdate).account_role_id)
        if role is None:
            raise ApiError(422, "There is no such account role.")
        change_role(membership, role, actor=self.actor, within=self.mine.permissions)
        return NoContent()

    @describe("delete_account_membership", answers={204: None})
    def delete(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Also takes all workspaces of the account away. A service account is deleted as such (409)."""
        membership = self.row(id)
        if not membership.user.is_person:
            raise ApiError(409, "A service account cannot leave its account; delete it instead.")
        remove_member(membership, actor=self.actor, within=self.mine.permissions)
        return NoContent()


class MembershipByUserView(_MembershipView):
    required_permissions = {"GET": "read:account_membership"}

    @describe("read_account_membership_by_user", answers={200: schemas.MemberSummary})
    def get(self, request: Request, account_id: UUID, user_id: UUID) -> HttpResponse:
        return self.summary(id=user_id, kind=USER)


class MembershipByBotView(_MembershipView):
    required_permissions = {"GET": "read:account_membership"}

    @describe("read_account_membership_by_bot", answers={200: schemas.MemberSummary})
    def get(self, request: Request, account_id: UUID, bot_id: UUID) -> HttpResponse:
        return self.summary(id=bot_id, kind=SERVICE_ACCOUNT)


class ActiveView(_MembershipView):
    required_permissions = {"PATCH": "update:account_membership"}

    @describe("set_account_membership_active", body=schemas.SetActive, answers={204: None})
    def patch(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Suspend a member, who keeps what was granted and reaches nothing, or let them in again."""
        membership = self.row(id)
        set_active(membership, self.body(schemas.SetActive).active, actor=self.actor, within=self.mine.permissions)
        return NoContent()


class SetActiveView(_MembershipView):
    required_permissions = {"POST": "update:account_membership"}

    @describe("bulk_set_account_membership_active", body=schemas.BulkSetActive, answers={204: None})
    @transaction.atomic
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """All of them or, when one is refused, none."""
        body = self.body(schemas.BulkSetActive)
        wanted = set(body.membership_ids)
        if self.account.user_id and self.account.id in wanted:
            raise ApiError(409, "The person of a personal account owns it and stays.")
        rows = Membership.objects.select_related("user", "account").filter(account=self.account, id__in=wanted)
        found = list(rows.order_by("id"))
        if len(found) < len(wanted):
            raise ValidationError("Not all of these memberships are in this account.")
        for membership in found:
            set_active(membership, body.active, actor=self.actor, within=self.mine.permissions)
        return NoContent()


def _member(one: Any) -> dict[str, object]:
    """An actor of `members_of`."""
    return {
        "id": one.my_membership,
        "actor_id": one.id,
        "user_id": one.id if one.is_person else None,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "handle": one.handle if one.is_person else None,
        "email": one.address,
        "account_role_name": one.my_role,
        "account_role_id": permissions.IDS[one.my_role],
        "last_login": one.last_login,
        "active": one.my_active,
    }


def _summary(one: Any) -> dict[str, object]:
    """An actor of `members_of`, but for the account and its teams."""
    member = _member(one)
    del member["last_login"]
    return member | {
        "created": one.joined,
        "updated": one.changed,
        "handle": one.handle,
        "directory_id": None,
        "timezone": one.settings.get("default_timezone"),
    }
