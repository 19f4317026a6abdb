"""The form of the role editor, and the context of its template: checkboxes for the scopes, and a summary."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from core.errors import Invalid
from core.pages.forms import NameField
from orgs.role_history import difference
from rbac import builtin, scopes
from rbac.catalogue import with_included_scopes
from rbac.models import WorkspaceRole
from rbac.scope_groups import GROUPS, ScopeLadder, ScopeLevel, scope_dangers, scope_sentences
from rbac.scope_nouns import SERVED, parts_of


class _InheritedRoleField(forms.ModelChoiceField[WorkspaceRole]):
    def label_from_instance(self, role: WorkspaceRole) -> str:
        return role.name


class RoleForm(forms.Form):
    name = NameField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(max_length=140, required=False, help_text="Who the role is for.")
    inherits = _InheritedRoleField(
        queryset=WorkspaceRole.objects.none(),
        required=False,
        empty_label="Nothing",
        label="Start from",
        help_text="The role always includes the permissions of this built-in role.",
    )
    scopes = forms.MultipleChoiceField(
        choices=[(name, name) for name in sorted(scopes.ALL)],
        required=False,
        label="Permissions",
        error_messages={"invalid_choice": "%(value)s is not a permission."},
    )
    # When the role was last changed, so that two people who edit it at once do not overwrite each other's changes.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inherits = self.fields["inherits"]
        assert isinstance(inherits, _InheritedRoleField)
        inherits.queryset = WorkspaceRole.objects.filter(account=None).order_by("id")

    def clean_scopes(self) -> list[str]:
        """Return the checked scopes and all that they include."""
        return sorted(with_included_scopes(self.cleaned_data["scopes"]))

    def check_unchanged_since(self, role: WorkspaceRole) -> None:
        """Add an error if the role was changed after the form was loaded. Submitting the form again overwrites it."""
        if self.cleaned_data["seen"] == last_change(role):
            return
        assert isinstance(self.data, QueryDict)  # the form is bound
        data = self.data.copy()
        data["seen"] = last_change(role)
        self.data = data
        self.add_error(
            None,
            Invalid(
                "Somebody else changed this role meanwhile. Check the difference, then save again to replace their "
                "changes."
            ),
        )


def last_change(role: WorkspaceRole) -> str:
    """Return when a role was last changed, as text."""
    return role.updated.isoformat()


@dataclass(frozen=True, slots=True)
class Box:
    """The checkbox of a scope. It is checked if the scope is chosen, or included in a chosen one.

    `locked` is the name of the role that the scope is inherited from, if it is.
    """

    level: ScopeLevel
    checked: bool
    locked: str

    @property
    def brings(self) -> str:
        return " ".join(sorted(self.level.includes))

    @property
    def verbs(self) -> str:
        return " ".join(self.level.verbs)


def editor_context(form: RoleForm, role: WorkspaceRole | None) -> dict[str, Any]:
    """Return the context of the editor's template for the current values of the form. `role` is the saved role."""
    base = _inherited_role(form)
    inherited = builtin.SCOPES[base.name] if base else frozenset[str]()
    own = _own_scopes(form)
    now = own | inherited
    gained, lost = difference(role.all_scopes, now) if role else ([], [])
    return {
        "form": form,
        "groups": _groups(own, base, served=True),
        "unserved_groups": _groups(own, base, served=False),
        "bases": [
            (built_in, " ".join(sorted(builtin.SCOPES[built_in.name])), built_in == base)
            for built_in in _built_in_roles(form)
        ],
        "base": base,
        "added": scope_sentences(own - inherited),
        "dangers": [(danger, ", ".join(nouns)) for danger, nouns in scope_dangers(now)],
        "gained": gained,
        "lost": lost,
        "saved": " ".join(sorted(role.all_scopes)) if role else None,
    }


def _groups(
    own: Collection[str], base: WorkspaceRole | None, *, served: bool
) -> list[tuple[str, list[tuple[str, list[Box]]]]]:
    """Return the boxes by group and ladder. Of ladders that are not served yet, only those with scopes of the role."""
    groups = []
    for group in GROUPS:
        ladders = [
            (ladder.name, [_box(level, own, base) for level in ladder.levels])
            for ladder in group.ladders
            if _is_served(ladder) == served and (served or any(level.scope in own for level in ladder.levels))
        ]
        if ladders:
            groups.append((group.name, ladders))
    return groups


def _is_served(ladder: ScopeLadder) -> bool:
    return any(parts_of(level.scope)[1].name in SERVED for level in ladder.levels)


def _box(level: ScopeLevel, own: Collection[str], base: WorkspaceRole | None) -> Box:
    locked = base.name if base and level.scope in builtin.SCOPES[base.name] else ""
    return Box(level, bool(locked) or level.scope in own, locked)


def _own_scopes(form: RoleForm) -> frozenset[str]:
    chosen: Any = form["scopes"].value() or ()
    return with_included_scopes(name for name in chosen if name in scopes.ALL)


def _inherited_role(form: RoleForm) -> WorkspaceRole | None:
    value = form["inherits"].value()
    role_id = value.id if isinstance(value, WorkspaceRole) else value
    return next((role for role in _built_in_roles(form) if str(role.id) == str(role_id)), None)


def _built_in_roles(form: RoleForm) -> list[WorkspaceRole]:
    """Return the built-in roles, from the strongest. They are read once for each form."""
    roles: list[WorkspaceRole] | None = getattr(form, "built_in", None)
    if roles is None:
        roles = list(WorkspaceRole.objects.filter(account=None).order_by("id"))
        form.built_in = roles  # type: ignore[attr-defined]  # a cache for this request
    return roles
