"""The role editor's form, and its boxes and summary as they are shown: chosen, brought along, or inherited."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from orgs.role_history import difference
from rbac import builtin, scopes
from rbac.catalogue import expanded
from rbac.ladders import GROUPS, Rung, dangers, sentences
from rbac.models import WorkspaceRole


class _BaseField(forms.ModelChoiceField[WorkspaceRole]):
    def label_from_instance(self, role: WorkspaceRole) -> str:
        return role.name


class RoleForm(forms.Form):
    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(max_length=140, required=False, help_text="For whom it is, in a line.")
    inherits = _BaseField(
        queryset=WorkspaceRole.objects.none(),
        required=False,
        empty_label="Nothing",
        label="Start from",
        help_text="The role has all that this one allows, now and later, and what is chosen below.",
    )
    scopes = forms.MultipleChoiceField(
        choices=[(name, name) for name in sorted(scopes.ALL)],
        required=False,
        label="Permissions",
        error_messages={"invalid_choice": "There is no permission %(value)s."},
    )
    # When the role that is edited was last changed, so that two who edit it at once do not undo each other's work.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        base = self.fields["inherits"]
        assert isinstance(base, _BaseField)
        base.queryset = WorkspaceRole.objects.filter(account=None).order_by("id")

    def clean_scopes(self) -> list[str]:
        """Whatever boxes came: with all that they bring along."""
        return sorted(expanded(self.cleaned_data["scopes"]))

    def check_unchanged_since(self, role: WorkspaceRole) -> None:
        """Add an error when the role was changed after this form was filled; sent again, it counts."""
        if self.cleaned_data["seen"] == stamp(role):
            return
        assert isinstance(self.data, QueryDict)  # the form is bound
        sent = self.data.copy()
        sent["seen"] = stamp(role)
        self.data = sent
        self.add_error(
            None,
            ValidationError(
                "Somebody else changed this role meanwhile. Look at the difference, then save again to put yours in "
                "its place."
            ),
        )


def stamp(role: WorkspaceRole) -> str:
    """Says when a role was last changed."""
    return role.updated.isoformat()


@dataclass(frozen=True, slots=True)
class Box:
    """A rung's box: checked when chosen or brought along; `locked` names the role it is inherited from."""

    rung: Rung
    checked: bool
    locked: str

    @property
    def brings(self) -> str:
        return " ".join(sorted(self.rung.brings))

    @property
    def verbs(self) -> str:
        return " ".join(self.rung.verbs)


def editor(form: RoleForm, role: WorkspaceRole | None) -> dict[str, Any]:
    """What the editor's template shows for the form as it stands; `role` is the saved one, if there is any."""
    base = _base(form)
    inherited = builtin.SCOPES[base.name] if base else frozenset[str]()
    own = _own(form)
    now = own | inherited
    gained, lost = difference(role.all_scopes, now) if role else ([], [])
    return {
        "form": form,
        "groups": [
            (group.name, [(ladder.name, [_box(rung, own, base) for rung in ladder.rungs]) for ladder in group.ladders])
            for group in GROUPS
        ],
        "bases": [(one, " ".join(sorted(builtin.SCOPES[one.name])), one == base) for one in _built_in(form)],
        "base": base,
        "added": sentences(own - inherited),
        "dangers": [(danger, ", ".join(nouns)) for danger, nouns in dangers(now)],
        "gained": gained,
        "lost": lost,
        "saved": " ".join(sorted(role.all_scopes)) if role else None,
    }


def _box(rung: Rung, own: Collection[str], base: WorkspaceRole | None) -> Box:
    locked = base.name if base and rung.scope in builtin.SCOPES[base.name] else ""
    return Box(rung, bool(locked) or rung.scope in own, locked)


def _own(form: RoleForm) -> frozenset[str]:
    given: Any = form["scopes"].value() or ()
    return expanded(name for name in given if name in scopes.ALL)


def _base(form: RoleForm) -> WorkspaceRole | None:
    given = form["inherits"].value()
    chosen = given.id if isinstance(given, WorkspaceRole) else given
    return next((role for role in _built_in(form) if str(role.id) == str(chosen)), None)


def _built_in(form: RoleForm) -> list[WorkspaceRole]:
    """The built-in roles, from the strongest; read once a form."""
    known: list[WorkspaceRole] | None = getattr(form, "built_in", None)
    if known is None:
        known = list(WorkspaceRole.objects.filter(account=None).order_by("id"))
        form.built_in = known  # type: ignore[attr-defined]  # kept for this request
    return known
