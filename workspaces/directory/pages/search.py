"""The search page. The command palette shows the same results."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.pages import PersonRequest, signed_in
from core.db.ids import parse_uuid
from core.pages.query_strings import search_text
from workspaces.directory.search import LONGEST_WORDS, search
from workspaces.pages import LAST_WORKSPACE


@signed_in
@require_safe
def results(request: PersonRequest) -> HttpResponse:
    """Show the results for `q`.

    The command palette sends the workspace or account of its page. The search page uses the workspace visited last.
    """
    words = search_text(request.GET)[:LONGEST_WORDS].strip()
    account_id, workspace_id = parse_uuid(request.GET.get("account", "")), parse_uuid(request.GET.get("workspace", ""))
    if account_id is None and workspace_id is None:
        workspace_id = parse_uuid(request.COOKIES.get(LAST_WORKSPACE, ""))
    groups = search(request, words, workspace_id=workspace_id, account_id=account_id)
    template = "components/palette_results.html" if "X-Palette" in request.headers else "workspaces/search.html"
    return render(request, template, {"words": words, "groups": groups, "longest": LONGEST_WORDS})
