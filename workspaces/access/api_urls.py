"""The workspace API about access."""

from core.rest.routes import routes
from workspaces.access.api import actors, bots, invitations, teams, users

urlpatterns = routes(
    ("access/", actors.ActorsView),
    ("user_access/", users.UserAccessesView),
    ("user_access/filter", users.UserAccessFilterView),
    ("user_access/<uuid:id>", users.UserAccessView),
    ("bot_access/", bots.BotAccessesView),
    ("bot_access/filter", bots.BotAccessFilterView),
    ("bot_access/<uuid:id>", bots.BotAccessView),
    ("team_access/", teams.TeamAccessesView),
    ("team_access/filter", teams.TeamAccessFilterView),
    ("team_access/<uuid:team_id>", teams.TeamAccessView),
    ("invitations/", invitations.InvitationsView),
    ("invitations/filter", invitations.InvitationsFilterView),
    ("invitations/<uuid:id>", invitations.InvitationView),
    ("invitations/<uuid:id>/revoke", invitations.RevokeInvitationView),
)
