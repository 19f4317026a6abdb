"""The same for the pages: what the submitted form of each changes. Names in braces are values of `stage`."""

from tests.auditlog.operations import HELD, NOTHING, RUNS, Change
from tests.cast import PASSWORD

SHOWS = "It has no form that changes anything."
SESSION = "It notes in the session that the password was confirmed."
BROWSER = "It sets a cookie."
SIGNED_OUT = "It is in signed_out.py."
ASKS = "Anybody can ask for a mail. Nothing else happens, whether or not the address is known."
MAILS = "It mails a link again."
LEADS = "It leads to another page."
_PERSONAL = {"account_id": "personal_id", "workspace_id": "home_id", "invitation_id": "home_invitation_id"}
_SCHEDULE = {"kind": "cron", "cron": "0 7 * * *", "timezone": "UTC"}
_NEW = {"name": "new", "handle": "brand-new"}

WORKSPACE: dict[str, Change | str] = {
    "/": SHOWS,
    "/dashboard": SHOWS,
    "/runs": SHOWS,
    "/runs/selected/cancel": Change("flow-run.state-set", {"run": "{flow_run_id}"}),
    "/runs/selected/delete": Change("flow-run.deleted", {"run": "{flow_run_id}"}),
    "/runs/views": SHOWS,
    "/runs/views/save": Change("saved-search.created", {"name": "new"}),
    "/runs/views/view/<search_id>": Change("saved-search.updated", {"name": "new"}),
    "/runs/views/view/<search_id>/delete": Change("saved-search.deleted", {}),
    "/runs/flow-run/<flow_run_id>": SHOWS,
    "/runs/flow-run/<flow_run_id>/logs/since": SHOWS,
    "/runs/flow-run/<flow_run_id>/logs/download": SHOWS,
    "/runs/flow-run/<flow_run_id>/cancel": Change("flow-run.state-set", {}),
    "/runs/flow-run/<flow_run_id>/mark-cancelled": Change(
        "flow-run.state-set", {}, at={"flow_run_id": "cancelling_run_id"}
    ),
    "/runs/flow-run/<flow_run_id>/delete": Change("flow-run.deleted", {}),
    "/runs/task-run/<task_run_id>": SHOWS,
    "/runs/task-run/<task_run_id>/logs/since": SHOWS,
    "/flows": SHOWS,
    "/flows/flow/<flow_id>": SHOWS,
    "/flows/flow/<flow_id>/delete": Change("flow.deleted", {"typed": "zanzibar flow"}),
    "/deployments": SHOWS,
    "/deployments/deployment/<deployment_id>": SHOWS,
    "/deployments/deployment/<deployment_id>/run": RUNS,
    "/deployments/deployment/<deployment_id>/edit": Change(
        "deployment.updated", {"description": "new", "collision_strategy": "ENQUEUE"}
    ),
    "/deployments/selected/pause": Change("deployment.paused", {"deployment": "{deployment_id}"}),
    "/deployments/selected/resume": Change("deployment.resumed", {"deployment": "{deployment_id}"}),
    "/deployments/selected/delete": Change("deployment.deleted", {"deployment": "{deployment_id}"}),
    "/deployments/deployment/<deployment_id>/copy": Change("deployment.created", {"name": "new", "schedules": "keep"}),
    "/deployments/deployment/<deployment_id>/pause": Change("deployment.paused", {}),
    "/deployments/deployment/<deployment_id>/resume": Change("deployment.resumed", {}),
    "/deployments/deployment/<deployment_id>/delete": Change("deployment.deleted", {}),
    "/deployments/deployment/<deployment_id>/access": Change(
        "deployment-access.updated", {"level-everyone": "run", "seen": "{open_list}"}
    ),
    "/deployments/deployment/<deployment_id>/versions/<version_id>/promote": Change("deployment.promoted", {}),
    "/deployments/deployment/<deployment_id>/schedules/add": Change("deployment-schedule.created", _SCHEDULE),
    "/deployments/deployment/<deployment_id>/schedules/schedule/<schedule_id>": Change(
        "deployment-schedule.updated", _SCHEDULE
    ),
    "/deployments/deployment/<deployment_id>/schedules/schedule/<schedule_id>/switch": Change(
        "deployment-schedule.updated", {"active": "off"}
    ),
    "/deployments/deployment/<deployment_id>/schedules/schedule/<schedule_id>/delete": Change(
        "deployment-schedule.deleted", {}
    ),
    "/work-pools": SHOWS,
    "/work-pools/create": SHOWS,
    "/work-pools/create/<pool_type>": Change("work-pool.created", {"name": "new"}),
    "/work-pools/work-pool/<work_pool_name>": SHOWS,
    "/work-pools/work-pool/<work_pool_name>/edit": Change("work-pool.updated", {"description": "new"}),
    "/work-pools/work-pool/<work_pool_name>/template": Change("work-pool.updated", {"template": "{{}}"}),
    "/work-pools/work-pool/<work_pool_name>/pause": Change("work-pool.updated", {}),
    "/work-pools/work-pool/<work_pool_name>/run-keys": Change("work-pool.updated", {}),
    "/work-pools/work-pool/<work_pool_name>/resume": Change("work-pool.updated", {}),
    "/work-pools/work-pool/<work_pool_name>/delete": Change("work-pool.deleted", {"typed": "{work_pool_name}"}),
    "/work-pools/work-pool/<work_pool_name>/access": Change(
        "work-pool-access.updated",
        {"seen": "{open_list}", "level-everyone": "", "add": "user-{owner_id}", "add-level": "manage"},
    ),
    "/work-pools/work-pool/<work_pool_name>/queues/create": Change("work-queue.created", {"name": "new"}),
    "/work-pools/work-pool/<work_pool_name>/queue/<queue_name>": SHOWS,
    "/work-pools/work-pool/<work_pool_name>/queue/<queue_name>/edit": Change(
        "work-queue.updated", {"name": "new", "priority": "1"}
    ),
    "/work-pools/work-pool/<work_pool_name>/queue/<queue_name>/pause": Change("work-queue.updated", {}),
    "/work-pools/work-pool/<work_pool_name>/queue/<queue_name>/resume": Change("work-queue.updated", {}),
    "/work-pools/work-pool/<work_pool_name>/queue/<queue_name>/delete": Change("work-queue.deleted", {}),
    "/work-queues/work-queue/<work_queue_id>": LEADS,
    "/work-pools/work-pool/<work_pool_name>/worker/<worker_name>": SHOWS,
    "/work-pools/work-pool/<work_pool_name>/worker/<worker_name>/delete": Change("worker.deleted", {}),
    "/variables": SHOWS,
    "/variables/create": Change("variable.created", {"name": "new", "value": "1"}),
    "/variables/variable/<variable_id>": Change("variable.updated", {"name": "new", "value": "2"}),
    "/variables/variable/<variable_id>/delete": Change("variable.deleted", {}),
    "/settings/sharing": SHOWS,
    "/settings/sharing/everyone": Change(
        "workspace-access.updated", {"was": "{viewer_role_id}", "now": "{role_id}", "confirmed": "1"}
    ),
    "/settings/sharing/why": SHOWS,
    "/settings/sharing/why/<user_id>": SHOWS,
    "/settings/collaborators": SHOWS,
    "/settings/collaborators/invite": Change(
        "workspace-invitation.created", {"emails": "new@example.com", "role": "{viewer_role_id}"}, at=_PERSONAL
    ),
    "/settings/collaborators/<invitation_id>/resend": Change("workspace-invitation.updated", {}, at=_PERSONAL),
    "/settings/collaborators/<invitation_id>/revoke": Change("workspace-invitation.revoked", {}, at=_PERSONAL),
    "/settings/collaborators/<invitation_id>/link": Change("workspace-invitation.updated", {}, at=_PERSONAL),
    "/settings/sharing/people/add": Change(
        "workspace-access.created", {"who": "{user_id}", "role": "{viewer_role_id}"}
    ),
    "/settings/sharing/people": Change(
        "workspace-access.updated",
        {"was-{owner_id}": "{viewer_role_id}", "now-{owner_id}": "{role_id}", "confirmed": "1"},
    ),
    "/settings/sharing/people/<grantee_id>/remove": SHOWS,
    "/settings/sharing/teams/add": Change(
        "workspace-access.created", {"who": "{other_team_id}", "role": "{viewer_role_id}"}
    ),
    "/settings/sharing/teams": Change(
        "workspace-access.updated",
        {"was-{team_id}": "{viewer_role_id}", "now-{team_id}": "{role_id}", "confirmed": "1"},
    ),
    "/settings/sharing/teams/<grantee_id>/remove": SHOWS,
    "/settings/sharing/service-accounts/add": Change(
        "workspace-access.created", {"who": "{other_bot_id}", "role": "{viewer_role_id}"}
    ),
    "/settings/sharing/service-accounts": Change(
        "workspace-access.updated",
        {"was-{bot_id}": "{worker_role_id}", "now-{bot_id}": "{role_id}", "confirmed": "1"},
    ),
    "/settings/sharing/service-accounts/<grantee_id>/remove": SHOWS,
    "/settings": SHOWS,
    "/settings/edit": Change("workspace.updated", {**_NEW, "description": "", "default_role": "{viewer_role_id}"}),
    "/settings/retention": Change("retention.updated", {"runs": "5", "confirmed": "1"}),
    "/settings/delete": Change("workspace.deleted", {"typed": "initech/shared"}),
    "/settings/transfer": Change(
        "workspace.transfer-requested",
        {"to": "adam", "handle": "new", "keep": "0", "typed": "adam/new", "preview_hash": "{wizard_hash}"},
    ),
}

ACCOUNT: dict[str, Change | str] = {
    "/audit-log": SHOWS,
    "/audit-log/exports": SHOWS,
    "/audit-log/exports/create": Change("audit-log.exported", {"format": "csv"}),
    "/audit-log/exports/<export_id>/download": Change("audit-log.downloaded", {}),
    "/audit-log/exports/<export_id>/delete": Change("audit-log.export-deleted", {}),
    "/audit-log/streams": SHOWS,
    "/audit-log/streams/create": Change("audit-log.stream-created", {"address": "https://93.184.215.14/new"}),
    "/audit-log/streams/<stream_id>/pause": Change("audit-log.stream-paused", {}),
    "/audit-log/streams/<stream_id>/resume": Change(
        "audit-log.stream-resumed", {}, at={"stream_id": "paused_stream_id"}
    ),
    "/audit-log/streams/<stream_id>/test": Change("audit-log.stream-tested", {}),
    "/audit-log/streams/<stream_id>/delete": Change("audit-log.stream-deleted", {}),
    "/edit": Change("account.updated", _NEW),
    "/edit/handle": SHOWS,
    "/edit/image": Change("account.image-set", {"image": "{image}"}),
    "/edit/image/remove": Change("account.image-removed", {}),
    "/leave": Change("account-membership.deleted", {}),
    "/network": SHOWS,
    "/usage": SHOWS,
    "/network/add": Change("ip-allowlist.updated", {"network": "10.0.0.0/8"}),
    "/network/enforce": Change("account-settings.updated", {"enforce": "true"}),
    "/network/<network_id>/switch": Change("ip-allowlist.updated", {"enabled": "false"}),
    "/network/<network_id>/remove": Change("ip-allowlist.updated", {}),
    "/roles": SHOWS,
    "/roles/create": Change("workspace-role.created", {"name": "new", "scopes": "see_flows"}),
    "/roles/<role_id>": SHOWS,
    "/roles/<role_id>/edit": Change(
        "workspace-role.updated", {"name": "new", "scopes": "see_flows", "seen": "{last_change}"}
    ),
    "/roles/<role_id>/delete": Change("workspace-role.deleted", {}),
    "/settings": SHOWS,
    "/": SHOWS,
    "/workspaces": SHOWS,
    "/members": SHOWS,
    "/members/export": SHOWS,
    "/members/invite": Change("account-invitation.created", {"emails": "new@example.com", "role": "Member"}),
    "/members/invitations": SHOWS,
    "/members/invitations/<invitation_id>/resend": Change("workspace-invitation.updated", {}),
    "/members/invitations/<invitation_id>/link": Change("workspace-invitation.updated", {}),
    "/members/invitations/<invitation_id>/role": Change(
        "workspace-invitation.updated", {"role": "Member", "workspace_role": "{role_id}"}
    ),
    "/members/invitations/<invitation_id>/revoke": Change("workspace-invitation.revoked", {}),
    "/members/roles": Change(
        "account-membership.updated",
        {"was-{membership_id}": "Member", "now-{membership_id}": "Admin", "confirmed": "1"},
    ),
    "/members/<membership_id>": SHOWS,
    "/members/<membership_id>/active": Change("account-membership.updated", {"active": "false"}),
    "/members/<membership_id>/remove": Change("account-membership.deleted", {}),
    "/delete": Change("account.deleted workspace.deleted", {"typed": "initech"}),
    "/retention": Change("retention.updated", {"runs": "5", "confirmed": "1"}),
    "/retention/holds/<workspace_id>": Change("legal-hold.set", {"reason": "Case 7"}),
    "/retention/holds/<workspace_id>/end": Change("legal-hold.ended", {}, at=HELD),
    "/transfers": SHOWS,
    "/transfers/refused/<source_id>/accept": Change("workspace.transfers-accepted", {}),
    "/transfers/<transfer_id>": SHOWS,
    "/transfers/<transfer_id>/approve": Change("workspace.transfer-approved", {"preview_hash": "{transfer_hash}"}),
    "/transfers/<transfer_id>/decline": Change("workspace.transfer-declined", {}),
    "/transfers/<transfer_id>/cancel": Change("workspace.transfer-cancelled", {}, at={"transfer_id": "outgoing_id"}),
    "/transfers/<transfer_id>/undo": Change(
        "workspace.transferred-in workspace.transferred-out", {}, at={"transfer_id": "completed_id"}
    ),
    "/trash": SHOWS,
    "/trash/<trashed_id>/restore": Change("workspace.restored", {"handle": "new"}),
    "/teams": SHOWS,
    "/teams/create": Change("team.created", {"name": "new"}),
    "/teams/<team_id>": SHOWS,
    "/teams/<team_id>/edit": Change("team.updated", {"name": "new"}),
    "/teams/<team_id>/delete": Change("team.deleted", {}),
    "/teams/<team_id>/add": Change("team-membership.created", {"user": "{admin_id}"}),
    "/teams/<team_id>/members/<user_id>/remove": Change("team-membership.deleted", {}),
    "/teams/<team_id>/workspaces": SHOWS,
    "/teams/<team_id>/workspaces/share": Change(
        "workspace-access.updated", {"workspace": "{workspace_id}", "role": "{role_id}"}
    ),
    "/teams/<team_id>/workspaces/<workspace_id>/remove": Change("workspace-access.deleted", {}),
    "/service-accounts": SHOWS,
    "/service-accounts/create": Change(
        "account-membership.created service-account.created api-key.created",
        {"name": "new", "role": "Member", "expiry": "30"},
    ),
    "/service-accounts/<bot_id>": SHOWS,
    "/service-accounts/<bot_id>/edit": Change("service-account.updated", {"name": "new", "role": "Member"}),
    "/service-accounts/<bot_id>/rotate": Change(
        "api-key.created api-key.deleted api-key.rotated", {"name": "new", "expiry": "30", "grace": "0"}
    ),
    "/service-accounts/<bot_id>/keys/<key_id>/end": Change("api-key.deleted", {}),
    "/service-accounts/<bot_id>/share": Change(
        "workspace-access.updated", {"workspace": "{workspace_id}", "role": "{role_id}"}
    ),
    "/service-accounts/<bot_id>/workspaces/<workspace_id>/remove": Change("workspace-access.deleted", {}),
    "/service-accounts/<bot_id>/disable": Change("account-membership.updated", {}),
    "/service-accounts/<bot_id>/enable": Change("account-membership.updated", {}, at={"bot_id": "disabled_bot_id"}),
    "/service-accounts/<bot_id>/delete": Change("account-membership.deleted service-account.deleted", {}),
}

_SIGN_UP = {"name": "New Person", "email": "new@example.com", "handle": "new-person", "password1": "long enough words"}
_PASSWORDS = {"oldpassword": PASSWORD, "password1": "long enough words", "password2": "long enough words"}

OTHER: dict[str, Change | str] = {
    "/account/<account_id>/workspace/<workspace_id>/flow-runs": LEADS,
    "/account/<account_id>/workspace/<workspace_id>/flow-runs/": LEADS,
    "/account/<account_id>/workspace/<workspace_id>/flow-runs/<rest>": LEADS,
    "/account/<account_id>/workspace/<workspace_id>": LEADS,
    "/account/<account_id>/image": SHOWS,
    "/account/<account_id>": LEADS,
    "/organizations/create": Change("account-membership.created account.created", _NEW),
    "/auth/sign-in": SIGNED_OUT,
    "/auth/sign-up": SIGNED_OUT,
    "/auth/sign-up/handle": SHOWS,
    "/auth/sign-out": Change("user.logged-out", {}),
    "/auth/inactive": SHOWS,
    "/auth/reauthenticate": SESSION,
    "/auth/verify": SHOWS,
    "/auth/verify/done": SHOWS,
    r"/^auth/verify/(?P<key>[-:\w]+)$": SIGNED_OUT,
    "/auth/reset": ASKS,
    "/auth/reset/sent": SHOWS,
    "/auth/reset/done": SHOWS,
    r"/^auth/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$": SIGNED_OUT,
    "/auth/client": SHOWS,
    "/auth/client/authorize": Change("api-key.created", {"callback": "http://127.0.0.1:4321"}),
    "/auth/client/deny": NOTHING,
    "/my/activity": SHOWS,
    "/my/trash": SHOWS,
    "/my/trash/<trashed_account_id>/restore": Change("account.restored", {}),
    "/my/profile": Change("user.updated", {"name": "Fri Da", "handle": "fridanew"}),
    "/my/profile/image": Change("account.image-set", {"image": "{image}"}),
    "/my/profile/image/remove": Change("account.image-removed", {}),
    "/my/email": Change("user.email-change-requested", {"email": "new@example.com"}),
    "/my/email/new/send": MAILS,
    "/my/email/new/cancel": Change("user.email-change-cancelled", {}),
    "/my/security": SHOWS,
    "/my/security/sessions/<session_id>/end": Change("user.session-ended", {}),
    "/my/security/sessions/end-others": Change("user.sessions-ended", {}),
    "/my/delete": Change("account-membership.deleted user.deleted workspace.deleted", {"typed": "frida"}),
    "/my/email/verify": MAILS,
    "/my/password": Change("user.password-changed", _PASSWORDS),
    "/my/password/set": SIGNED_OUT,
    "/my/preferences": Change("user.updated", {"time_zone": "Europe/Berlin", "times": "utc"}),
    "/my/preferences/times": Change("user.updated", {"times": "utc"}),
    "/my/theme": BROWSER,
    "/my/shortcuts": BROWSER,
    "/my/api-keys": SHOWS,
    "/my/api-keys/create": Change("api-key.created", {"name": "new", "expiry": "30"}),
    "/my/api-keys/<key_id>/revoke": Change("api-key.deleted", {}),
    "/": LEADS,
    "/welcome": SHOWS,
    "/search": SHOWS,
    "/workspaces": SHOWS,
    "/workspaces/create": Change("workspace.created", {**_NEW, "owner": "{account_id}", "description": ""}),
    "/workspaces/handle": SHOWS,
    "/workspaces/<workspace_id>/leave": Change("workspace-access.deleted", {}),
    "/workspaces/switcher": SHOWS,
    "/invitation/<token>": SHOWS,
    "/invitation/<token>/accept": Change("workspace-invitation.accepted", {}),
    "/invitation/<token>/decline": Change("workspace-invitation.rejected", {}),
    "/invitation/<token>/sign-up": SIGNED_OUT,
    "/my/invitations": SHOWS,
    "/my/invitations/<invitation_id>/accept": Change("workspace-invitation.accepted", {}),
    "/my/invitations/<invitation_id>/decline": Change("workspace-invitation.rejected", {}),
    "/@<account>": LEADS,
    "/@<account>/<workspace>": LEADS,
    "/@<account>/<workspace>/<rest>": LEADS,
    "/favicon.ico": LEADS,
    "/admin": LEADS,
    "/admin/password_change/": LEADS,
    "/api/docs": SHOWS,
    "/api/docs/": SHOWS,
}
