"""Both themes can be read."""

import pytest

from sd3studio.ui.theme import THEMES


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    """WCAG 2 contrast ratio."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("ground", ["window", "panel", "field"])
@pytest.mark.parametrize("ink", ["text", "muted", "warning", "danger", "good", "parsed"])
def test_text_has_enough_contrast(theme, ground, ink):
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_text_on_the_accent_has_enough_contrast(theme):
    assert contrast(theme.accent_text, theme.accent) >= 4.5
    assert contrast(theme.text, theme.raised) >= 4.5


USED = {
    "secondary text of a hovered row, a switched-off primary button": ("muted", "raised"),
    "a read-only or waiting state in a hovered row": ("good", "raised"),
    "a warning in a hovered row": ("warning", "raised"),
    "an error in a hovered row": ("danger", "raised"),
    "what a parser read in a hovered row": ("parsed", "raised"),
    "links, captions by a model, running jobs": ("accent", "panel"),
    "links on the window": ("accent", "window"),
    "the state of a photo, an answer's mark": ("accent", "field"),
    "tags and badges of the 3D view, nodes of relations": ("text", "panel"),
    "nodes of attributes": ("muted", "field"),
    "tooltips, nodes of objects": ("text", "raised"),
}
"""What else panels, overlay, badges and the graph view paint: ink and ground."""


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("pair", USED.values(), ids=USED)
def test_every_pair_that_is_painted_has_enough_contrast(theme, pair):
    ink, ground = pair
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("tint", ["accent", "good", "warning", "danger", "parsed", "muted"])
def test_names_of_nodes_that_a_check_has_tinted_can_be_read(theme, tint):
    for ground in (theme.raised, theme.panel, theme.field):
        assert contrast(theme.text, mixed(ground, getattr(theme, tint), 0.22)) >= 4.5


def mixed(ground, tint, share):
    parts = ((int(ground[i : i + 2], 16), int(tint[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in parts)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("axis", ["axis_x", "axis_y", "axis_z"])
def test_letters_of_the_axes_can_be_told_from_their_ground(theme, axis):
    """Large bold letters and marks: 3:1 (WCAG 1.4.3, 1.4.11)."""
    assert contrast(getattr(theme, axis), theme.panel) >= 3.0
