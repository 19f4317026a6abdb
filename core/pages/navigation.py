"""The side navigation of an account or a workspace: its sections, and which of them a page belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of a navigation. It is the current one on pages whose URL name begins with one of `names`.

    `right` is the permission or scope that opens it. `kind` is set if only accounts of that kind have the section.
    """

    name: str
    label: str
    icon: str
    right: str
    names: tuple[str, ...]
    group: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    section: Section
    address: str
    current: bool


def open_sections(sections: Iterable[Section], rights: frozenset[str], account_kind: str) -> list[Section]:
    """Return the sections that somebody with these rights may open in an account of this kind."""
    return [section for section in sections if section.right in rights and section.kind in ("", account_kind)]


def current_section(sections: Iterable[Section], request: HttpRequest) -> Section | None:
    """Return the section of the page. The longest name that fits decides, as "flow" begins "flow-run" too."""
    name = (request.resolver_match.url_name or "") if request.resolver_match else ""
    fits = [(len(start), section) for section in sections for start in section.names if name.startswith(start)]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None
