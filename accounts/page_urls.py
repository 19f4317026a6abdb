"""URLs of people's pages. Names that begin with account_ are allauth's; its code looks them up.

Pages that confirm an email address are in `orgs.site_urls`, because they can end access to accounts and invitations.
So are those that create keys, because keys give access to accounts.
"""

from allauth.account import views as allauth
from django.urls import path

from accounts.views import auth, client, keys, preferences, profile, security, shortcuts

urlpatterns = [
    path("auth/sign-in", auth.SignIn.as_view(), name="account_login"),
    path("auth/sign-up", auth.SignUp.as_view(), name="account_signup"),
    path("auth/sign-up/handle", auth.handle_check, name="handle-check"),
    path("auth/sign-out", allauth.logout, name="account_logout"),
    path("auth/inactive", allauth.account_inactive, name="account_inactive"),
    path("auth/reauthenticate", auth.Reauthenticate.as_view(), name="account_reauthenticate"),
    path("auth/verify", allauth.email_verification_sent, name="account_email_verification_sent"),
    path("auth/reset", auth.Reset.as_view(), name="account_reset_password"),
    path("auth/reset/sent", allauth.password_reset_done, name="account_reset_password_done"),
    path("auth/client/deny", client.deny, name="client-deny"),
    path("my/email/verify", profile.verify_email, name="email-verify"),
    path("my/password", auth.ChangePassword.as_view(), name="account_change_password"),
    path("my/password/set", auth.SetPassword.as_view(), name="account_set_password"),
    path("my/security", security.security, name="security"),
    path("my/security/sessions/<uuid:session_id>/end", security.end, name="security-end"),
    path("my/security/sessions/end-others", security.end_others, name="security-end-others"),
    path("my/preferences", preferences.preferences, name="preferences"),
    path("my/preferences/times", preferences.switch_times, name="switch-times"),
    path("my/theme", profile.theme, name="theme"),
    path("my/shortcuts", shortcuts.shortcuts, name="shortcuts"),
    path("my/api-keys", keys.keys, name="api-keys"),
    path("my/api-keys/<uuid:key_id>/revoke", keys.revoke, name="api-key-revoke"),
]
