"""The mail that invites: who, into what, with which role, until when, and the link."""

from django.conf import settings
from django.template.loader import render_to_string

from accounts.services.mail import queue_mail
from orgs.models import Invitation
from orgs.services.invitation_tokens import link_to

_NAME_LENGTH = 80


def mail_invitation(invitation: Invitation, token: str) -> None:
    """Queue it; it leaves after the commit."""
    workspace, role = invitation.workspace, invitation.workspace_role
    context = {
        "invitation": invitation,
        "inviter": _line(invitation.invited_by.name) if invitation.invited_by else "Somebody",
        "inviter_email": invitation.invited_by.email if invitation.invited_by else "",
        "account": _line(invitation.account.name),
        "personal": invitation.account.user_id is not None,
        "workspace": _line(workspace.name) if workspace else "",
        "workspace_role": _line(role.name) if role else "",
        "link": link_to(token),
        "public_url": settings.PUBLIC_URL,
    }
    target = f"{context['workspace']} of {context['account']}" if context["personal"] else context["account"]
    queue_mail(
        recipient=invitation.email,
        subject=f"{context['inviter']} invites you to {target}",
        text=render_to_string("orgs/mail/invitation.txt", context),
        html=render_to_string("orgs/mail/invitation.html", context),
    )


def _line(name: str) -> str:
    """A name as one short line: it stands in a subject, and people choose their names themselves."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    return line if len(line) <= _NAME_LENGTH else line[: _NAME_LENGTH - 1] + "…"
