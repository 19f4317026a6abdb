#!/usr/bin/env python3
"""Take screenshots of every page of a demo site, in light and dark, for desktops and phones.

`screenshots.py [URL]` uses a site after `make demo`, and finds the pages that links lead to. Without a URL it starts
its own demo site, with rows for the rest.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import django
from PIL import Image
from playwright.sync_api import BrowserContext, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from config.demo.company import PASSWORD, PEOPLE
from tests.browser import ARGUMENTS, CHROMIUM, REFUSED
from tests.pages.page_finder import find_pages
from tests.site import Site

OUT = ROOT / ".cache" / "screenshots"
IN_README = ROOT / "docs" / "images"
EMAIL = f"{PEOPLE[0][0].lower()}@northwind.example"
WINDOWS: dict[str, ViewportSize] = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
IN_WORKSPACE = "account-workspace-"  # how the names of pages of a workspace begin
KEPT = {
    f"{IN_WORKSPACE}dashboard-light-desk": "dashboard",
    f"{IN_WORKSPACE}runs-flow-run-dark-desk": "flow-run",
}


def main() -> None:
    if not CHROMIUM:
        sys.exit(REFUSED)
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    with demo_site() as (url, starts), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        inside, outside = browser.new_context(base_url=url), browser.new_context(base_url=url)
        sign_in(inside.new_page())
        state = inside.storage_state()
        signed_out = find_pages(outside.request, starts["outside"]).pages
        pages = find_pages(inside.request, starts["inside"]).pages
        for theme in THEMES:
            for window, size in WINDOWS.items():
                look: dict[str, Any] = {"base_url": url, "viewport": size, "color_scheme": theme}
                for context, found in (
                    (browser.new_context(**look), signed_out),
                    (browser.new_context(**look, storage_state=state), pages),
                ):
                    take_all(context, found, f"{theme}-{window}")
                    context.close()
        browser.close()
    IN_README.mkdir(parents=True, exist_ok=True)
    for name, kept in KEPT.items():
        shrink(OUT / f"{name}.png", IN_README / f"{kept}.png")
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT}; those of the README in {IN_README}")


def take_all(context: BrowserContext, pages: dict[str, str], suffix: str) -> None:
    """Take a screenshot of each page. They are named after their routes."""
    page = context.new_page()
    for key, path in pages.items():
        response = page.goto(path)
        assert response is not None
        assert response.ok, f"{path} answers {response.status}"
        name = "-".join(re.findall(r"[\w-]+", re.sub(r"<\w+>", "", key))) or "home"
        page.screenshot(path=OUT / f"{name}-{suffix}.png")


def sign_in(page: Page) -> None:
    page.goto("/auth/sign-in")
    page.fill('input[name="login"]', EMAIL)
    page.fill('input[name="password"]', PASSWORD)
    page.press('input[name="password"]', "Enter")
    page.wait_for_url(lambda address: "/auth/sign-in" not in address)


def shrink(source: Path, target: Path) -> None:
    """Reduce the colours of an image, so that the README loads fast."""
    with Image.open(source) as image:
        image.convert("RGB").quantize(128).save(target, optimize=True)


@contextmanager
def demo_site() -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield the URL of the given site, or of a new demo site, and where to look for pages, signed in and signed out."""
    if len(sys.argv) > 1:
        yield sys.argv[1].rstrip("/"), {"inside": ["/", "/@northwind/analytics"], "outside": ["/auth/sign-in"]}
        return
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        try:
            site.start()
            site.manage("demo")
            printed = site.manage("shell", "-c", "from tests.pages.sample_rows import add; add()")
            yield site.url, json.loads(printed.split("ADDRESSES")[1])
        finally:
            site.remove()


if __name__ == "__main__":
    main()
