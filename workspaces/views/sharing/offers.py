"""The roles that somebody may give here, in plain words: none that holds more than they may do themselves."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from rbac import builtin
from rbac.models import WorkspaceRole
from workspaces.pages import WorkspaceRequest

MOST = 200
_LADDER = [builtin.IDS[name] for name in (builtin.OWNER, builtin.DEVELOPER, builtin.RUNNER, builtin.VIEWER)]


@dataclass(frozen=True, slots=True)
class Offers:
    """`roles` in the order of a choice: the built-in ones first. The options are written once for all rows."""

    roles: list[WorkspaceRole]
    options: SafeString

    def chosen(self, role_id: UUID | None) -> SafeString:
        """The options with this role selected."""
        mark = f'value="{role_id}"'
        return mark_safe(self.options.replace(mark, f"{mark} selected"))  # noqa: S308  written by `offers`

    @property
    def ids(self) -> frozenset[UUID]:
        return frozenset(role.id for role in self.roles)


def offers(request: WorkspaceRequest) -> Offers:
    """One query."""
    usable = WorkspaceRole.objects.usable_in(request.workspace.account).select_related("inherits")
    found = [role for role in usable.order_by("name")[:MOST] if role.all_scopes <= request.access.scopes]
    found.sort(key=_place)
    options = format_html_join(
        "", '<option value="{}" title="{}">{}</option>', ((role.id, told(role), role.name) for role in found)
    )
    return Offers(found, options)


def told(role: WorkspaceRole) -> str:
    """What a role is for; one without words says how much it allows."""
    if role.description:
        return role.description
    count = len(role.all_scopes)
    return f"A role of this organization with {count} permission{'' if count == 1 else 's'}."


def select(id: str, label: str, offered: Offers, role_id: UUID | None, empty: str = "") -> SafeString:
    """A choice of roles, sent as `role`; `empty` names the choice of none."""
    none = format_html('<option value="">{}</option>', empty) if empty else SafeString("")
    return format_html(
        '<select name="role" id="role-{}" aria-label="{}">{}{}</select>', id, label, none, offered.chosen(role_id)
    )


def _place(role: WorkspaceRole) -> tuple[int, str]:
    if role.id in _LADDER:
        return _LADDER.index(role.id), ""
    return len(_LADDER) + (0 if role.is_built_in else 1), role.name.casefold()
