"""Every pair of colors that pages use can be read, in both themes (WCAG 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

from workspaces.templatetags.kit import STATE_ICONS

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
TOKENS = {
    name: colors
    for name, *colors in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (CSS / "base.css").read_text(encoding="utf-8")
    )
}
TEXT, SHAPE = 4.5, 3.0
GROUNDS = ("canvas", "surface", "raised", "sunken", "hover")
PAIRS = [
    *((text, ground) for text in ("text", "muted", "accent", "accent-strong", "danger") for ground in GROUNDS),
    *((text, f"{text}-tint") for text in ("good", "warning", "danger")),
    ("accent-strong", "accent-tint"), ("muted", "accent-tint"),
    ("on-accent", "accent"), ("on-accent", "accent-strong"), ("text", "code"),
]  # fmt: skip

Color = tuple[float, float, float]


def color(text: str) -> Color:
    red, green, blue = (int(text[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def contrast(first: Color, second: Color) -> float:
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(shade: Color) -> float:
    parts = (part / 255 for part in shade)
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.fixture(params=["light", "dark"])
def tokens(request: pytest.FixtureRequest) -> dict[str, Color]:
    theme = ("light", "dark").index(request.param)
    return {name: color(colors[theme]) for name, colors in TOKENS.items()}


def test_text_can_be_read(tokens: dict[str, Color]) -> None:
    assert [pair for pair in PAIRS if contrast(tokens[pair[0]], tokens[pair[1]]) < TEXT] == []
    assert contrast(color("#ffffff"), tokens["danger-fill"]) >= TEXT


def test_states_can_be_read_and_seen(tokens: dict[str, Color]) -> None:
    wrong = []
    for state in STATE_ICONS:
        text, fill = tokens[f"{state}-text"], tokens[f"{state}-fill"]
        red, green, blue = (
            0.13 * own + 0.87 * ground for own, ground in zip(fill, tokens["surface"], strict=True)
        )  # the tint of a badge
        grounds = [(red, green, blue), *(tokens[ground] for ground in GROUNDS)]
        wrong += [(state, ground) for ground in grounds if contrast(text, ground) < TEXT]
        wrong += [(state, ground) for ground in grounds[1:] if contrast(fill, ground) < SHAPE]
    assert wrong == []


def test_initials_can_be_read() -> None:
    rules = (CSS / "components.css").read_text(encoding="utf-8")
    shades = re.findall(r"\.(?:avatar|hue-\d) \{[^}]*background: (#\w{6})", rules)
    assert len(shades) == 8
    assert [shade for shade in shades if contrast(color("#ffffff"), color(shade)) < TEXT] == []
