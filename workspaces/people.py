"""What joins a person and workspaces: leaving altogether takes the personal ones along."""

from django.db import transaction

from accounts.models import User
from accounts.services.people import delete_user
from auditlog.actors import Actor
from orgs.services import check_may_leave_everything
from workspaces.models import Workspace
from workspaces.services import delete_workspace


@transaction.atomic
def delete_person(user: User, *, actor: Actor) -> None:
    """The user with keys, personal account and its workspaces. Raises ValidationError for a last owner."""
    check_may_leave_everything(user)
    for workspace in Workspace.objects.filter(account__user=user).select_related("account"):
        delete_workspace(workspace, actor=actor)
    delete_user(user, actor=actor)
