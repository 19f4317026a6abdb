"""Template tags for all pages: icons, state badges, URLs of workspaces, forms that are submitted once."""

import secrets
from functools import lru_cache
from typing import Any
from uuid import UUID
from zlib import crc32

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from accounts.undo import way_back
from orgs.account_restrictions import closed_accounts
from rbac.effective import read_scopes
from workspaces.client_setup import commands
from workspaces.models import Workspace
from workspaces.pages import address
from workspaces.pages import entry_url as workspace_entry_url
from workspaces.scoping import Access

register = template.Library()

STATE_ICONS = {
    "completed": "check",
    "failed": "x",
    "crashed": "server-crash",
    "running": "play",
    "pending": "loader",
    "scheduled": "clock",
    "late": "alarm-clock",
    "paused": "pause",
    "cancelling": "ban",
    "cancelled": "ban",
}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Show a lucide icon as inline SVG. It is hidden from assistive technology, so put words beside it."""
    return _svg(str(name), str(css))


@lru_cache(maxsize=512)
def _svg(name: str, css: str) -> SafeString:
    svg: str = lucide(name, size=None, **{"class": f"icon {css}".strip(), "aria_hidden": "true"})
    return mark_safe(" ".join(svg.split()))  # noqa: S308  the SVG comes from the icon package and has no outside text


@register.simple_tag
def state_badge(look: str, name: str | None = None) -> SafeString:
    """Show the state of a run as icon and name. `look` is a key of STATE_ICONS, `name` the name of the state."""
    look = look if look in STATE_ICONS else "pending"
    return format_html(
        '<span class="state state-{}">{}{}</span>', look, _svg(STATE_ICONS[look], ""), name or look.title()
    )


@register.simple_tag(takes_context=True)
def ws_url(context: Context, name: str, *args: object) -> str:
    """Return the URL of a page of the current workspace: {% ws_url "flow-run" run.id %}."""
    return address(context["workspace"], name, *args)


@register.simple_tag
def workspace_url(workspace: Any, name: str, *args: object) -> str:
    """Return the URL of a page of any workspace: {% workspace_url workspace "dashboard" %}."""
    return address(workspace, name, *args)


@register.simple_tag
def entry_url(workspace: Any, section: str = "dashboard") -> str:
    """Return the URL of a section of a workspace, or of the first page there that the user may open.

    The workspace must have the annotation `held` of `with_scopes_of` or `with_my_scopes`.
    """
    return workspace_entry_url(Access(workspace, read_scopes(workspace.held)), section)


@register.simple_tag
def avatar(account_id: UUID, name: str, changed: Any = None, css: str = "") -> SafeString:
    """Show the account's picture or, if there is none, initials. `changed` is when the picture was last changed."""
    if changed:
        source = f"{reverse('account-image', args=[account_id])}?v={int(changed.timestamp())}"
        return format_html('<img class="avatar {}" src="{}" alt="" width="30" height="30">', css, source)
    letters = "".join(word[0] for word in name.split("@")[0].split()[:2]).upper() or "?"
    hue = crc32(str(account_id).encode()) % 8
    return format_html('<span class="avatar {} hue-{}" aria-hidden="true">{}</span>', css, hue, letters)


@register.simple_tag(takes_context=True)
def connect_address(context: Context) -> str:
    """Return the URL of the guided start, with the commands that connect a client to the current workspace."""
    return f"{reverse('welcome')}?workspace={context['workspace'].id}"


@register.simple_tag(takes_context=True)
def my_workspaces(context: Context, limit: int = 5) -> list[Workspace]:
    """Return the first few of the user's workspaces, for examples of commands that name one."""
    request = context["request"]
    workspaces = Workspace.objects.open_to(request.user).exclude(account__in=closed_accounts(request))
    workspaces = workspaces.select_related("account")
    return list(workspaces.order_by("-account__kind", "account__handle", "handle")[:limit])


@register.simple_tag
def environment(workspace: Workspace, key: str) -> str:
    """Return the commands that set the environment variables of a client for the workspace and this key."""
    return commands(workspace, key).environment


@register.simple_tag
def once() -> SafeString:
    """Add a hidden field to a form, so that a double click submits it only once (`accounts.pages.sent_once`)."""
    return format_html('<input type="hidden" name="once" value="{}">', secrets.token_urlsafe(12))


@register.filter
def undo(message: Any) -> dict[str, object] | None:
    """Return the address and the fields of the form that undoes what a message reports, if any (`accounts.undo`)."""
    return way_back(getattr(message, "extra_tags", None))
