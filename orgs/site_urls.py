"""URLs of pages outside /account/<account_id>/: new organizations, pictures, profile, keys, confirming an address."""

from django.urls import URLPattern, path, re_path

from accounts.recent_sign_in import recently_signed_in
from accounts.views import client, keys, profile
from orgs.account_restrictions import key_page, own_account_page
from orgs.views import address, email, images, organizations

urlpatterns: list[URLPattern] = [
    path("organizations/create", organizations.create, name="organization-create"),
    path("account/<uuid:account_id>/image", images.image, name="account-image"),
    # These views are of `accounts`, which knows no restrictions of accounts. They are those of the personal account.
    path("my/profile", own_account_page(profile.profile), name="profile"),
    path("my/profile/image", own_account_page(profile.set_image), name="profile-image"),
    path("my/profile/image/remove", own_account_page(profile.remove_image), name="profile-image-remove"),
    path("my/email", own_account_page(recently_signed_in(email.change)), name="account_email"),
    path("my/email/new/send", own_account_page(email.send_again), name="new-address-send"),
    path("my/email/new/cancel", own_account_page(email.cancel), name="new-address-cancel"),
    # A key gives access to all accounts of its person.
    path("my/api-keys/create", key_page(keys.create), name="api-key-create"),
    path("auth/client", key_page(client.consent), name="client"),
    path("auth/client/authorize", key_page(client.authorize), name="client-authorize"),
    path("auth/verify/done", address.confirmed, name="account_confirm_email_done"),
    re_path(r"^auth/verify/(?P<key>[-:\w]+)$", address.confirm, name="account_confirm_email"),
    path("auth/reset/done", address.reset_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^auth/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        address.ResetFromKey.as_view(),
        name="account_reset_password_from_key",
    ),
]
