"""Code and docs cite only what stands in the repository: pages of docs/contract by their headings."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = (
    *("core", "auditlog", "accounts", "rbac", "orgs", "workspaces", "transfers", "config"),
    *("templates", "scripts", "docs", "tests"),
)
# `docs/contract/runs.md, "Logs"`, with further headings of the page after commas or "and".
_CITATION = re.compile(r'docs/contract/([\w-]+\.md)((?:(?:,| and|, and) "[^"]+")*)')
_BETWEEN_PAGES = re.compile(r'\[[\w-]+\.md\]\(([\w-]+\.md)\)((?:(?:,| and) "[^"]+")*)')
_PAGE = re.compile(r"[\w./-]*\b[\w-]+\.md\b")


def _sources() -> list[Path]:
    """Return what the repository holds beside migrations, not what lies in environments and data folders."""
    found = [path for path in ROOT.iterdir() if path.suffix in {".md", ".toml"} or path.name == "Makefile"]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".html", ".md"}]
    return [path.relative_to(ROOT) for path in found if path != Path(__file__).resolve()]


def _text(path: Path) -> str:
    """Return the file with comments and docstrings that are broken into lines joined."""
    return re.sub(r"\s*\n\s*#?\s*", " ", (ROOT / path).read_text())


@cache
def _headings(page: str) -> frozenset[str]:
    text = (ROOT / "docs" / "contract" / page).read_text()
    return frozenset(re.findall(r"^##+ (.+)$", text, re.MULTILINE))


def _check(page: str, headings: str, where: Path) -> None:
    assert (ROOT / "docs" / "contract" / page).is_file(), f"{where} cites {page}, which does not exist"
    missing = set(re.findall(r'"([^"]+)"', headings)) - _headings(page)
    assert not missing, f"{where} cites {missing}, which {page} does not have"


def test_cited_pages_and_headings_of_the_contract_exist() -> None:
    cited = 0
    for path in _sources():
        for page, headings in _CITATION.findall(_text(path)):
            assert headings or path.suffix == ".md", f"{path} cites {page} without a heading"
            _check(page, headings, path)
            cited += 1
    assert cited > 50


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "contract").glob("*.md")), ids=lambda page: page.name)
def test_pages_of_the_contract_cite_one_another_by_existing_headings(page: Path) -> None:
    for other, headings in _BETWEEN_PAGES.findall(_text(page.relative_to(ROOT))):
        _check(other, headings, page)


def test_every_page_that_is_named_is_in_the_repository() -> None:
    for path in _sources():
        folders = (ROOT, ROOT / "docs", (ROOT / path).parent)
        for name in _PAGE.findall((ROOT / path).read_text()):
            assert any((folder / name).is_file() for folder in folders), f"{path} names {name}, which does not exist"
