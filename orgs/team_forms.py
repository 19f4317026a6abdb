"""Forms of teams, and who can be put into one."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.models import User
from orgs.models import Membership, Team
from rbac import permissions

_WORDS = 5


class TeamForm(forms.Form):
    name = forms.CharField(max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who belongs here, and what they look after.",
    )


def named(words: str) -> Q:
    """People and service accounts in whose name, email address or handle each of the words occurs."""
    fits = Q()
    for word in words.split()[:_WORDS]:
        fits &= (
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(personal_account__handle__icontains=word)
            | Q(kind="user", email__icontains=word)
        )
    return fits


def may_join(team: Team) -> "QuerySet[User, Any]":
    """Who belongs to the account, is no mere collaborator, and is not in the team."""
    members = Membership.objects.filter(account=team.account_id).exclude(role=permissions.COLLABORATOR)
    belongs = Q(id__in=members.values("user")) | Q(personal_account=team.account_id)
    return User.actors.filter(belongs).exclude(groups=team.group_id).order_by("kind", "first_name", "last_name", "id")
