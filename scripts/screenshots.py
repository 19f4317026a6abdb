#!/usr/bin/env python3
"""Pictures of the main pages of a demo site, in light and dark, on a desk and on a phone.

Starts a demo site of its own unless given one: `screenshots.py [URL]` (a site after `make demo`).
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import BrowserContext, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config.demo.company import PASSWORD, PEOPLE  # noqa: E402
from tests.browser import ARGUMENTS, CHROMIUM, REFUSED  # noqa: E402
from tests.site import Site  # noqa: E402

OUT = ROOT / ".cache" / "screenshots"
IN_README = ROOT / "docs" / "images"
EMAIL = f"{PEOPLE[0][0].lower()}@northwind.example"
WINDOWS: dict[str, ViewportSize] = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
KEPT = {"dashboard-light-desk": "dashboard", "flow-run-dark-desk": "flow-run"}


def main() -> None:
    if not CHROMIUM:
        sys.exit(REFUSED)
    OUT.mkdir(parents=True, exist_ok=True)
    with demo_site() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for theme in THEMES:
            for window, size in WINDOWS.items():
                context = browser.new_context(base_url=url, viewport=size, color_scheme=theme, device_scale_factor=1)
                take_all(context, f"{theme}-{window}")
                context.close()
        browser.close()
    IN_README.mkdir(parents=True, exist_ok=True)
    for name, kept in KEPT.items():
        shrink(OUT / f"{name}.png", IN_README / f"{kept}.png")
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT}; those of the README in {IN_README}")


def take_all(context: BrowserContext, suffix: str) -> None:
    """Sign in, then walk through the pages as a newcomer would."""
    page = context.new_page()

    def take(name: str, path: str) -> None:
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, f"{path} answers {answer.status}"
        page.wait_for_load_state("networkidle")
        page.screenshot(path=OUT / f"{name}-{suffix}.png")

    take("sign-in", "/auth/sign-in")
    take("sign-up", "/auth/sign-up")
    sign_in(page)
    take("workspaces", "/workspaces")
    workspace = page.locator('a[href*="/workspace/"]').first.get_attribute("href") or ""
    root = re.sub(r"(/workspace/[0-9a-f-]+).*", r"\1", workspace)
    take("dashboard", f"{root}/dashboard")
    take("runs", f"{root}/runs")
    take("flow-run", first_link(page, "/runs/flow-run/"))
    take("task-run", first_link(page, "/runs/task-run/"))
    take("flows", f"{root}/flows")
    take("flow", first_link(page, "/flows/flow/"))
    take("settings", f"{root}/settings")
    take("profile", "/my/profile")
    take("keys", "/my/api-keys")


def sign_in(page: Page) -> None:
    page.goto("/auth/sign-in")
    page.fill('input[name="login"]', EMAIL)
    page.fill('input[name="password"]', PASSWORD)
    page.press('input[name="password"]', "Enter")
    page.wait_for_url(lambda address: "/auth/sign-in" not in address)


def first_link(page: Page, part: str) -> str:
    """Where the first link of this page with `part` in its address leads."""
    return page.locator(f'main a[href*="{part}"]').first.get_attribute("href") or ""


def shrink(source: Path, target: Path) -> None:
    """Few colours suffice for a page, and a README should load fast."""
    with Image.open(source) as image:
        image.convert("RGB").quantize(128).save(target, optimize=True)


@contextmanager
def demo_site() -> Iterator[str]:
    if len(sys.argv) > 1:
        yield sys.argv[1].rstrip("/")
        return
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        try:
            site.start()
            site.manage("demo")
            yield site.url
        finally:
            site.remove()


if __name__ == "__main__":
    main()
