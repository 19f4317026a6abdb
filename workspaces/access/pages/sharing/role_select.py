"""The select for a role in forms.

`workspaces/access/sharing/_role_select.html` renders it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rbac.models import WorkspaceRole
from rbac.role_choices import role_choices
from workspaces.pages import WorkspaceRequest

_OPTION = '<option value="{}" title="{}">{}</option>'
_SELECTED = '<option value="{}" selected title="{}">{}</option>'


@dataclass(frozen=True, slots=True)
class RoleOption:
    """A role with its HTML as a plain and as the selected option, rendered once for all selects of a page."""

    role: WorkspaceRole
    plain: SafeString
    selected: SafeString


@dataclass(frozen=True, slots=True)
class RoleSelect:
    """The select. `empty` is the label of the option for no role; if it is empty, there is no such option.

    `name` is the name of the form field. If it begins with "now", the form stages changes (`core.pages.staged`), and
    the select has a hidden field with the selected role.
    """

    id: str
    label: str
    choices: Sequence[RoleOption]
    selected: UUID | None
    empty: str = ""
    name: str = "role"

    @property
    def was_name(self) -> str:
        """Return the name of the hidden field, or an empty text if there is none."""
        return self.name.replace("now", "was", 1) if self.name.startswith("now") else ""

    @property
    def was(self) -> str:
        return str(self.selected or "")

    @property
    def options(self) -> SafeString:
        options = (option.selected if option.role.id == self.selected else option.plain for option in self.choices)
        return format_html_join("", "{}", ((option,) for option in options))


def roles_to_grant(request: WorkspaceRequest) -> list[RoleOption]:
    """Return the roles that the reader may grant in the workspace: one query."""
    roles = role_choices(request.workspace.account, request.access.scopes)
    return [RoleOption(role, _rendered(_OPTION, role), _rendered(_SELECTED, role)) for role in roles]


def _rendered(template: str, role: WorkspaceRole) -> SafeString:
    return format_html(template, role.id, role.summary, role.name)
