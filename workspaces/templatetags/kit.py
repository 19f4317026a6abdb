"""Tags of the page kit: icons, state badges, addresses of the workspace entered, once-only forms."""

import secrets
from functools import lru_cache
from typing import Any
from uuid import UUID
from zlib import crc32

import lucide
from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.undo import way_back
from rbac import scopes
from rbac.effective import read_scopes
from workspaces.connect import commands
from workspaces.models import Workspace
from workspaces.pages import address, landing
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
    """A lucide icon as an inline drawing, hidden from assistive technology: the words beside it say it."""
    return _drawing(str(name), str(css))


@lru_cache(maxsize=512)
def _drawing(name: str, css: str) -> SafeString:
    svg: str = lucide._render_icon(name, None, **{"class": f"icon {css}".strip(), "aria_hidden": "true"})
    return mark_safe(" ".join(svg.split()))  # noqa: S308  drawn from the icon package, no outside text


@register.simple_tag
def state_badge(look: str, name: str | None = None) -> SafeString:
    """A run's state as icon and name: `look` is one of the ten, `name` what the state calls itself."""
    look = look if look in STATE_ICONS else "pending"
    return format_html(
        '<span class="state state-{}">{}{}</span>', look, _drawing(STATE_ICONS[look], ""), name or look.title()
    )


@register.simple_tag(takes_context=True)
def ws_url(context: Context, name: str, *args: object) -> str:
    """The address of a page of the workspace entered: {% ws_url "flow-run" run.id %}."""
    return address(context["workspace"], name, *args)


@register.simple_tag
def workspace_url(workspace: Any, name: str, *args: object) -> str:
    """The same for a workspace that is at hand: {% workspace_url workspace "dashboard" %}."""
    return address(workspace, name, *args)


@register.simple_tag
def entrance(workspace: Any, section: str = "dashboard") -> str:
    """The section of a workspace read with `with_scopes_of`, or the first page there that its reader may open."""
    return landing(Access(workspace, read_scopes(workspace.held)), section)


@register.simple_tag
def avatar(account_id: UUID, name: str, changed: Any = None, css: str = "") -> SafeString:
    """The account's picture, or its initials when `changed` (the picture's time) is empty."""
    if changed:
        source = f"{reverse('account-image', args=[account_id])}?v={int(changed.timestamp())}"
        return format_html('<img class="avatar {}" src="{}" alt="" width="30" height="30">', css, source)
    letters = "".join(word[0] for word in name.split("@")[0].split()[:2]).upper() or "?"
    hue = crc32(str(account_id).encode()) % 8
    return format_html('<span class="avatar {} hue-{}" aria-hidden="true">{}</span>', css, hue, letters)


@register.simple_tag(takes_context=True)
def connect_address(context: Context) -> str:
    """Where the commands stand that connect a client: the settings, or the first steps for who may not see those."""
    if context["access"].allows(scopes.SEE_WORKSPACE_SETTINGS):
        return f"{address(context['workspace'], 'settings')}#connect"
    return reverse("welcome")


@register.simple_tag(takes_context=True)
def my_workspaces(context: Context, limit: int = 5) -> list[Workspace]:
    """Some of the reader's workspaces, for commands that name one."""
    found = Workspace.objects.open_to(context["request"].user).select_related("account")
    return list(found.order_by("-account__kind", "account__handle", "handle")[:limit])


@register.simple_tag
def environment(workspace: Workspace, key: str) -> str:
    """The environment variables that connect a client to the workspace with this key."""
    return commands(workspace, key).environment


@register.simple_tag
def once() -> SafeString:
    """A hidden field that makes a double click on the form's button one action."""
    return format_html('<input type="hidden" name="once" value="{}">', secrets.token_urlsafe(12))


@register.filter
def undo(message: Any) -> dict[str, object] | None:
    """Where to post what to put back what the message tells of (`accounts.undo`)."""
    return way_back(getattr(message, "extra_tags", None))
