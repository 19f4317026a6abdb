"""Finds every page of a running site: by links, and for other routes of the URL table by ids seen elsewhere."""

import re
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from urllib.parse import parse_qs, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import APIRequestContext

from tests.rbac.test_surface import PATTERNS

_LINKS = re.compile(r'\b(href|action|formaction)="([^"]*)"')
_ROUTES = {
    route: re.compile("[^/]+".join(map(re.escape, re.split(r"<\w+>", route))) + "$")
    for route in PATTERNS
    if "^" not in route and not route.startswith("/api/")
}


@dataclass
class Found:
    """The pages found, by route and tab, and what the other routes answered."""

    pages: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    def __contains__(self, key: str) -> bool:
        return key in self.pages or key in self.others


def find_pages(request: APIRequestContext, starts: list[str]) -> Found:
    """Follow links from these addresses. Each route is requested once, and once more for each value of `?tab=`.

    Routes that no link leads to are requested with ids that stand in the addresses of links and forms.
    """
    found, waiting = Found(), deque(starts)
    seen: dict[str, dict[str, str]] = {"rest": {"rest": "settings"}}  # by name, the first address that has it
    while waiting:
        address = waiting.popleft()
        key = page_key(address)
        if key is None or key in found:
            continue
        for kind, link in _visit(request, found, key, address):
            arguments = _arguments(link)
            seen = dict.fromkeys(arguments, arguments) | seen
            if kind == "href":
                waiting.append(link)
    for route in sorted(_ROUTES):
        if route in found:
            continue
        names = re.findall(r"<(\w+)>", route)
        if missing := [name for name in names if name not in seen]:
            found.others[route] = f"no {', '.join(missing)}"
        else:  # the last id decides, so that a run is looked for in its own workspace
            ids = {name: seen[name][name] for name in names} | (seen[names[-1]] if names else {})
            address = route
            for name, value in ids.items():
                address = address.replace(f"<{name}>", value)
            _visit(request, found, route, address)
    return found


@cache
def page_key(address: str) -> str | None:
    """Return the route of an address, with its tab. Returns None if the address is not that of a page of the site."""
    parts = urlsplit(address)
    route = next((route for route, pattern in _ROUTES.items() if pattern.match(parts.path)), None)
    tab = parse_qs(parts.query).get("tab")
    return f"{route}?tab={tab[0]}" if route and tab else route


def _visit(request: APIRequestContext, found: Found, key: str, address: str) -> list[tuple[str, str]]:
    """Request an address, and return the links and forms of its page."""
    answer = request.get(address, max_redirects=0)
    html = "text/html" in answer.headers.get("content-type", "") and answer.text()
    if not html or answer.status != 200 or "<html" not in html:
        found.others[key] = str(answer.status)
        return [("href", answer.headers["location"])] if "location" in answer.headers else []
    found.pages[key] = address
    base = urlsplit(address).path
    links = [(kind, unescape(link)) for kind, link in _LINKS.findall(html)]
    return [(kind, base + link if link.startswith("?") else link) for kind, link in links]


@cache
def _arguments(address: str) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in resolve(urlsplit(address).path).kwargs.items()}
    except Resolver404:
        return {}
