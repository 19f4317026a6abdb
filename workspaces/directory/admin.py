from collections.abc import Callable
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.forms import UserChangeForm
from django.contrib.messages import ERROR, SUCCESS, WARNING
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from accounts.admin import UserAdmin
from accounts.models import User
from accounts.services.reset_links import mail_reset_link
from accounts.services.sessions import end_other_sessions
from auditlog.admin import Audited, operator
from core.pages.forms import CheckedNames
from orgs.services.locks import lock_person
from orgs.services.recovery import end_access_with_password
from orgs.services.suspension import reactivate_person, suspend_person
from workspaces.directory.deletion import delete_person
from workspaces.directory.services import delete_workspace
from workspaces.models import Workspace
from workspaces.retention.holds import set_hold

_MOST_AT_ONCE = 100

admin.site.unregister(User)


class PersonForm(CheckedNames, UserChangeForm[User]):
    pass


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Adds deletion, which includes the workspaces of the person and refuses the last owner of an organization.

    A password that an operator sets ends all earlier access, like one that the person sets by a mailed link.
    """

    form = PersonForm
    actions = ["suspend", "reactivate", "mail_reset_link", "sign_out"]

    @admin.action(description="Suspend: sign out, and stop all keys", permissions=["change"])
    def suspend(self, request: HttpRequest, selected: QuerySet[User]) -> None:
        self._for_each(request, selected, "suspended", lambda person: suspend_person(person, actor=operator(request)))

    @admin.action(description="End the suspension", permissions=["change"])
    def reactivate(self, request: HttpRequest, selected: QuerySet[User]) -> None:
        self._for_each(request, selected, "active", lambda person: reactivate_person(person, actor=operator(request)))

    @admin.action(description="Mail a link to reset the password", permissions=["change"])
    def mail_reset_link(self, request: HttpRequest, selected: QuerySet[User]) -> None:
        done = "sent a link, unless too many mails went out"
        self._for_each(
            request, selected, done, lambda person: mail_reset_link(request, person, actor=operator(request))
        )

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out(self, request: HttpRequest, selected: QuerySet[User]) -> None:
        def end_sessions(person: User) -> None:
            keep = request.session.session_key if person.pk == request.user.pk else None
            end_other_sessions(person, actor=operator(request), keep=keep or "")

        self._for_each(request, selected, "signed out", end_sessions)

    def _for_each(
        self, request: HttpRequest, selected: QuerySet[User], done: str, act: Callable[[User], object]
    ) -> None:
        """Call the service for each selected person. Messages say for whom it was refused, and why.

        Do nothing if more are selected than one request can take, as with "Select all" in a long list.
        """
        people = list(selected.order_by("id")[: _MOST_AT_ONCE + 1])
        if len(people) > _MOST_AT_ONCE:
            self.message_user(request, f"Nothing was done. Select at most {_MOST_AT_ONCE} people at once.", ERROR)
            return
        refused = 0
        for person in people:
            try:
                act(person)
            except ValidationError as error:
                refused += 1
                self.message_user(request, f"{person.email}: {' '.join(error.messages)}", ERROR)
        level = WARNING if refused else SUCCESS
        self.message_user(request, f"{len(people) - refused} of {len(people)} people: {done}.", level)

    @method_decorator(transaction.atomic)
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Lock the person before anything is written, in one transaction with the view of Django, which opens none."""
        person = self.get_object(request, unquote(id)) if request.method == "POST" else None
        if person is not None:
            lock_person(person)
        return super().user_change_password(request, id, form_url)

    def record_new_password(self, request: HttpRequest, obj: User) -> None:
        ended = end_access_with_password(obj, actor=operator(request), keep=request.session.session_key or "")
        if ended:
            self.message_user(request, f"Earlier access was ended: {', '.join(ended.phrases)}.", SUCCESS)
        super().record_new_password(request, obj)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        try:
            delete_person(obj, actor=operator(request))
        except ValidationError as error:
            raise PermissionDenied(*error.messages) from error


@admin.register(Workspace)
class WorkspaceAdmin(Audited[Workspace]):
    noun = "workspace"
    list_display = ["full_handle", "name", "account", "created", "updated"]
    list_select_related = ["account"]
    search_fields = ["handle", "name", "account__handle"]
    readonly_fields = ["account", "created", "updated"]
    fields = ["name", "handle", "description", *readonly_fields]

    actions = ["put_on_legal_hold"]

    @admin.action(description="Put on legal hold", permissions=["change"])
    def put_on_legal_hold(self, request: HttpRequest, selected: QuerySet[Workspace]) -> None:
        for workspace in selected.select_related("account")[:_MOST_AT_ONCE]:
            try:
                set_hold(workspace, reason="Set by an operator.", actor=operator(request))
                self.message_user(request, f"{workspace.full_handle} is on legal hold.", SUCCESS)
            except ValidationError as error:
                self.message_user(request, f"{workspace.full_handle}: {' '.join(error.messages)}", WARNING)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Workspace) -> None:
        try:
            delete_workspace(obj, actor=operator(request))
        except ValidationError as error:
            raise PermissionDenied(*error.messages) from error

    def account_id(self, obj: Workspace) -> UUID | None:
        return obj.account_id

    def workspace_id(self, obj: Workspace) -> UUID | None:
        return obj.id
