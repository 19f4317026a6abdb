"""Addresses of people's pages. Names that begin with account_ are allauth's own, which its code asks for."""

from allauth.account import views as allauth
from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts.views import auth, client, keys, profile

urlpatterns = [
    path("auth/sign-in", auth.SignIn.as_view(), name="account_login"),
    path("auth/sign-up", auth.SignUp.as_view(), name="account_signup"),
    path("auth/sign-up/handle", auth.check, name="handle-check"),
    path("auth/sign-out", allauth.logout, name="account_logout"),
    path("auth/inactive", allauth.account_inactive, name="account_inactive"),
    path("auth/reauthenticate", auth.Reauthenticate.as_view(), name="account_reauthenticate"),
    path("auth/verify", allauth.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^auth/verify/(?P<key>[-:\w]+)$", auth.ConfirmEmail.as_view(), name="account_confirm_email"),
    path("auth/reset", auth.Reset.as_view(), name="account_reset_password"),
    path("auth/reset/sent", allauth.password_reset_done, name="account_reset_password_done"),
    path("auth/reset/done", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^auth/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        auth.ResetFromKey.as_view(),
        name="account_reset_password_from_key",
    ),
    path("auth/client", client.consent, name="client"),
    path("auth/client/authorize", client.authorize, name="client-authorize"),
    path("auth/client/deny", client.deny, name="client-deny"),
    path("my/profile", profile.profile, name="profile"),
    path("my/profile/image", profile.set_image, name="profile-image"),
    path("my/profile/image/remove", profile.remove_image, name="profile-image-remove"),
    path("my/email", RedirectView.as_view(pattern_name="profile"), name="account_email"),
    path("my/email/verify", profile.verify_email, name="email-verify"),
    path("my/password", auth.ChangePassword.as_view(), name="account_change_password"),
    path("my/password/set", auth.SetPassword.as_view(), name="account_set_password"),
    path("my/theme", profile.theme, name="theme"),
    path("my/api-keys", keys.keys, name="api-keys"),
    path("my/api-keys/create", keys.create, name="api-key-create"),
    path("my/api-keys/<uuid:key_id>/revoke", keys.revoke, name="api-key-revoke"),
    path("account/<uuid:account_id>/image", profile.image, name="account-image"),
]
