"""What tests of invitations do: invite, and read the token in the mail that waits."""

import re
from typing import Any

from accounts.models import Account, OutgoingMail
from orgs.models import Invitation
from orgs.services.invitations import invite
from rbac import permissions
from rbac.models import WorkspaceRole
from tests.cast import Person
from workspaces.models import Workspace

TOKEN = re.compile(r"/invitation/([A-Za-z0-9_-]+)")


def invited(account: Account, email: str, by: Person, role: str = permissions.MEMBER, **more: Any) -> Invitation:
    (made,) = invite(account, [email], role=role, invited_by=by.user, actor=by.user.as_actor(), **more)
    return made


def token_for(email: str) -> str:
    """The token in the latest mail to an address, which has not left yet."""
    mail = OutgoingMail.objects.filter(recipient=email).order_by("-created", "-id").first()
    assert mail is not None
    (token,) = set(TOKEN.findall(mail.text))
    assert set(TOKEN.findall(mail.html)) == {token}
    return str(token)


def built_in(name: str) -> WorkspaceRole:
    return WorkspaceRole.objects.get(account=None, name=name)


def into(workspace: Workspace, role: str) -> dict[str, Any]:
    """What `invited` takes to lead into a workspace with a built-in role."""
    return {"workspace": workspace, "workspace_role": built_in(role)}
