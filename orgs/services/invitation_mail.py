"""The email of an invitation."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Account, OutgoingMail, User
from accounts.reader_zone import mail_time_zone
from accounts.services.addresses import confirmed_user, is_confirmed
from accounts.services.mail import queue_mail
from accounts.services.mail_text import printable_address, printable_name
from auditlog.actors import Actor
from orgs.models import Invitation
from orgs.services.invitation_tokens import link_to


def mail_invitation(invitation: Invitation, token: str, actor: Actor) -> None:
    """Queue the email with the invitation's link, to be sent after the commit.

    Names are included only if the recipient has an account with this address. Otherwise the email has handles and
    addresses, so that nobody can send text of their own to arbitrary people.
    """
    recipient = confirmed_user(invitation.email)
    context = {
        **(_names(invitation) if recipient else _handles(invitation)),
        "invitation": invitation,
        "email": printable_address(invitation.email) or "this address",
        "personal": invitation.account.kind == Account.PERSONAL,
        "link": link_to(token),
        "public_url": settings.PUBLIC_URL,
    }
    target = f"{context['workspace']} of {context['account']}" if context["personal"] else context["account"]
    with timezone.override(mail_time_zone(recipient)):
        text = render_to_string("orgs/mail/invitation.txt", context)
        html = render_to_string("orgs/mail/invitation.html", context)
    queue_mail(
        recipient=invitation.email,
        subject=f"{context['inviter']} invites you to {target}",
        text=text,
        html=html,
        purpose=OutgoingMail.INVITATION,
        sender_id=actor.id,
        account_id=invitation.account_id,
    )


def _names(invitation: Invitation) -> dict[str, str]:
    """Return the names for a recipient with a confirmed address on this site."""
    inviter, workspace, role = invitation.invited_by, invitation.workspace, invitation.workspace_role
    name = printable_name(f"{inviter.first_name} {inviter.last_name}") if inviter else ""
    return {
        "inviter": name or _address_or_handle(inviter),
        "inviter_email": _address(inviter),
        "account": printable_name(invitation.account.name),
        "workspace": printable_name(workspace.name) if workspace else "",
        "workspace_role": printable_name(role.name) if role else "",
    }


def _handles(invitation: Invitation) -> dict[str, str]:
    """Return what may be mailed to anybody: handles and addresses, which cannot contain sentences as names can."""
    inviter, workspace, role = invitation.invited_by, invitation.workspace, invitation.workspace_role
    return {
        "inviter": _address_or_handle(inviter),
        "inviter_email": "",
        "account": invitation.account.handle,
        "workspace": workspace.handle if workspace else "",
        "workspace_role": role.name if role and role.is_built_in else "",
    }


def _address_or_handle(inviter: User | None) -> str:
    return _address(inviter) or (inviter.handle if inviter else "") or "Somebody"


def _address(inviter: User | None) -> str:
    return printable_address(inviter.email) if inviter and is_confirmed(inviter) else ""
