"""Links, paths and names in the docs exist, and words that guides quote from pages are on the pages."""

import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("core", "auditlog", "accounts", "rbac", "orgs", "workspaces", "config")
FOLDERS = (*APPS, "transfers", "templates", "static", "tests", "scripts", "docs", "deploy", "requirements", ".ci")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "templates" / "components" / "README.md"]
# Guides for users. In them bold marks words of the pages.
GUIDES = [
    ROOT / "docs" / f"{name}.md"
    for name in (
        "invitations",
        "organizations",
        "roles",
        "runs",
        "service-accounts",
        "sharing",
        "time-zones",
        "variables",
    )
]
OF_THE_READER = {"mail/", "hello.py"}  # in the data folder, or written by whoever follows the page
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
_PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")
_NAME = re.compile(rf"`((?:{'|'.join(APPS)})(?:\.\w+)+)(?:\(.*?\))?`")
_FILE = re.compile(r".*\.(py|html|js|css|md|txt|toml|yml|conf)|.*/")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")

pytestmark = pytest.mark.one_database(reason="about text, not about rows")


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def _anchors(page: Path) -> frozenset[str]:
    """Return the anchors that GitHub gives to the page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@cache
def _ends_of_paths() -> frozenset[str]:
    """Return `c`, `b/c` and `a/b/c` for every file and folder of the repository."""
    found = set()
    for path in [*ROOT.glob("*.*"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))]:
        parts = path.relative_to(ROOT).parts
        ends = {"/".join(parts[start:]) for start in range(len(parts))}
        found |= {f"{end}/" for end in ends} if path.is_dir() else ends
    return frozenset({f"{folder}/" for folder in FOLDERS} | found)


def _exists(name: str) -> bool:
    """Return whether a dotted name is a module, a model, or something in one."""
    app, _, model = name.partition(".")
    if model in {found.__name__ for found in apps.get_models() if found._meta.app_label == app}:
        return True
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            if not hasattr(found, attribute):
                return False
            found = getattr(found, attribute)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text()):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{target} does not exist"
        assert not anchor or anchor in _anchors(path), f"{target} has no heading #{anchor}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name != "contract"], ids=_id)
def test_paths_and_names_in_code_exist(page: Path) -> None:
    text = page.read_text()
    paths = {path for path in _PATH.findall(text) if _FILE.fullmatch(path) and "..." not in path}
    assert paths - _ends_of_paths() - OF_THE_READER == set()
    assert {name for name in _NAME.findall(text) if not _exists(name)} == set()


@pytest.mark.parametrize("page", GUIDES, ids=_id)
def test_words_quoted_from_pages_are_on_them(page: Path) -> None:
    quoted = {" ".join(bold.split()) for bold in _BOLD.findall(page.read_text())}
    assert {words for words in quoted if not re.search(rf'[>}}"]\s*{re.escape(words)}\s*[<{{"]', _sources())} == set()


@cache
def _sources() -> str:
    """Return the text of templates, and of the modules that name their sections and fields."""
    paths = [*(ROOT / "templates").rglob("*.html")]
    paths += [path for app in ("accounts", "orgs", "workspaces") for path in (ROOT / app).rglob("*.py")]
    return " ".join(path.read_text() for path in paths)
