"""Runs axe on pages and parts of pages, each shape once and each look of a text once."""

from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
# What colors and the width of the window decide; all else is the same in both themes.
_THEME_RULES = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
_SCRIPT = Path(__file__).with_suffix(".js").read_text()


def add_axe(context: BrowserContext) -> None:
    """Load axe into every page of this context."""
    context.add_init_script(f"{AXE_SCRIPT}\n{_SCRIPT}")


@dataclass
class AxeChecks:
    """The violations that axe found, and what it has seen.

    A shape is what axe judges of the elements of a part: tags, attributes, and whether there is text. The contrast of
    texts takes most of the time, so each look of a text is judged once: its styles and those of all elements above it.
    """

    violations: list[str] = field(default_factory=list)
    shapes: set[str] = field(default_factory=set)
    looks: set[str] = field(default_factory=set)

    def check(self, page: Page, name: str, part: str) -> None:
        """Run axe on a part of the page in light at a desktop's width, then what may differ in dark at a phone's."""
        shape = page.evaluate("(part) => axeChecks.shape(part)", part)
        if shape in self.shapes:
            return
        self.shapes.add(shape)
        self._run(page, name, part, on_phone=False)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)
        self._run(page, name, part, on_phone=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESKTOP)

    def _run(self, page: Page, name: str, part: str, *, on_phone: bool) -> None:
        window = [PHONE["width"], True] if on_phone else [DESKTOP["width"], False]
        rules = _THEME_RULES if on_phone else None
        violations, looks = page.evaluate(
            "([window, ...rest]) => axeChecks.drawn(...window).then(() => axeChecks.run(...rest))",
            [window, part, rules, ";".join(self.looks)],  # one text: a list of thousands takes Playwright long
        )
        self.violations += [f"{name}: {'dark, phone: ' if on_phone else ''}{words}" for words in violations]
        self.looks.update(filter(None, looks.split(";")))
