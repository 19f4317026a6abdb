"""The page of an account's plan: what is used of each limit, and who can raise it."""

from dataclasses import asdict
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orgs.models.plans import FEATURES
from orgs.pages import AccountRequest, account_page
from orgs.plans import FEATURE_WORDS, LIMIT_WORDS, NOT_ENFORCED, limits_of, terms_of
from rbac import permissions
from workspaces.directory.usage import LimitUsage, usage_of

_PAGES = {  # the list of what a limit counts
    "workspaces": "account:workspaces",
    "members": "account:members",
    "collaborators": "account:members",
    "service_accounts": "account:service-accounts",
}
_KEPT = {"runs": "Runs", "events": "Events", "logs": "Logs", "artifacts": "Artifacts", "audit": "Audit entries"}


class UsageRow(NamedTuple):
    label: str
    usage: LimitUsage
    page: str  # the URL name of the list of these objects, or an empty text


class Feature(NamedTuple):
    label: str
    included: bool
    enforced: bool


@account_page(permissions.READ_BILLING)
@require_safe
def usage(request: AccountRequest) -> HttpResponse:
    terms, rates = terms_of(request.account), limits_of(request.account)
    rows = [UsageRow(_title(row.name), row, _PAGES.get(row.name, "")) for row in usage_of(request.account, terms)]
    context = {
        "plan": terms.plan,
        "rows": rows,
        "exceeded": [row.label.lower() for row in rows if row.usage.exceeded],
        "rates": [("API requests", rates.requests), ("Log lines and events", rates.lines)],
        "kept": [(_KEPT[kind], days) for kind, days in asdict(terms.retention).items()],
        "features": [Feature(_capital(FEATURE_WORDS[name]), terms.allows(name), _enforced(name)) for name in FEATURES],
    }
    return render(request, "orgs/usage.html", context)


def _title(name: str) -> str:
    return _capital(LIMIT_WORDS[name][1])


def _capital(words: str) -> str:
    words = words.removeprefix("an ")
    return words[0].upper() + words[1:]


def _enforced(name: str) -> bool:
    return name not in NOT_ENFORCED
