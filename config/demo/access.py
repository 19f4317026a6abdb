"""Access at the demo company: a team, a service account, a custom role, limits and an invitation."""

from accounts.models import Account, User
from auditlog.actors import Actor
from config.demo import company
from orgs.models import Team
from orgs.services.invitations import invite
from orgs.services.plans import set_account_plan
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac import permissions
from rbac.models import WorkspaceRole
from workspaces.access.default_roles import set_default_role
from workspaces.access.sharing import share_with
from workspaces.models import Workspace


def grant_access(account: Account, people: dict[str, User], *, actor: Actor) -> None:
    """Create the team, service account, role, grants, limits and invitation. `people` are by first name.

    The workspaces exist already.
    """
    workspaces = {
        workspace.handle: workspace for workspace in Workspace.objects.filter(account=account).select_related("account")
    }
    create_role(
        account,
        name=company.ROLE,
        description=company.ROLE_ABOUT,
        scopes=company.ROLE_SCOPES,
        inherits=WorkspaceRole.objects.get(account=None, name=company.ROLE_BASE),
        actor=actor,
    )
    roles = {role.name: role for role in WorkspaceRole.objects.usable_in(account).select_related("inherits")}
    team = create_team(account, name=company.TEAM, description=company.TEAM_ABOUT, actor=actor)
    add_to_team(team, [people[name] for name in company.TEAM_MEMBERS], actor=actor)
    bot, _, _ = create_service_account(account, name=company.SERVICE_ACCOUNT, actor=actor)
    grantees: dict[str, User | Team] = {**people, team.name: team, bot.name: bot}
    for handle, grantee, role in company.SHARED:
        share_with(workspaces[handle], grantees[grantee], roles[role], actor=actor)
    for handle, role in company.EVERYONE.items():
        set_default_role(workspaces[handle], roles[role], actor=actor)
    set_account_plan(account, company.LIMITS, actor=actor)
    email, handle, role = company.INVITED
    invite(
        account,
        [email],
        role=permissions.MEMBER,
        workspace=workspaces[handle],
        workspace_role=roles[role],
        invited_by=people[company.PEOPLE[0][0]],
        actor=actor,
    )
