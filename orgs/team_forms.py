"""The form of a team, and the search for people and service accounts to add to one."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.models import User
from core.pages.forms import NameField
from orgs.models import Membership, Team
from rbac import permissions

_WORDS = 5


class TeamForm(forms.Form):
    name = NameField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who belongs here, and what they look after.",
    )


def matches_words(words: str) -> Q:
    """Return the condition that each word occurs in a user's name, email address or handle."""
    condition = Q()
    for word in words.split()[:_WORDS]:
        condition &= (
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(personal_account__handle__icontains=word)
            | Q(kind="user", email__icontains=word)
        )
    return condition


def team_candidates(team: Team) -> "QuerySet[User, Any]":
    """Return the people and service accounts that can be added to a team: the account's, except collaborators."""
    members = Membership.objects.filter(account=team.account_id).exclude(role=permissions.COLLABORATOR)
    belongs = Q(id__in=members.values("user")) | Q(personal_account=team.account_id)
    return User.actors.filter(belongs).exclude(groups=team.group_id).order_by("kind", "first_name", "last_name", "id")
