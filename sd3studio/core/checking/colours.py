"""Whether an object has the colour that its scene gives it, from its pixels. Ours.

Shading, windows and wheels make no object one colour. So the share of its pixels that have the colour's hue is compared
with that share in a true render of the scene: where even the render hardly shows the colour, nothing can be decided.
"""

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.checking.report import AttributeCheck
from sd3studio.core.language.colours import colour_of
from sd3studio.core.scene.value import Colour
from sd3studio.core.scene.values import SceneObject

Floats = NDArray[np.float64]

CHROMATIC, PALE = 18.0, 10.0
"""Chroma (CIELAB) from which a named colour has a hue, and from which a pixel does."""
HUE_RAD = np.radians(26.0)
LIGHTNESS = 30.0
SHOWN_IN_CONTROL, KEPT, LOST = 0.2, 0.5, 0.2
"""Share of pixels that the true render must show, and how much of that share means that it holds or is broken."""


def colours_of(thing: SceneObject) -> tuple[tuple[str, Colour], ...]:
    """The colours that a scene gives an object: its colour words, else its tint."""
    words = tuple((word, colour) for word in thing.attributes if (colour := colour_of(word)) is not None)
    if words:
        return words
    return (("colour", thing.colour),) if thing.colour is not None else ()


def colour_checks(
    thing: SceneObject, pixels: NDArray[np.uint8], control: NDArray[np.uint8]
) -> tuple[AttributeCheck, ...]:
    """The verdict on each colour of an object.

    Parameters
    ----------
    pixels, control : (P, 3) sRGB of the object's pixels in the picture and in a true render
    """
    checks = []
    for word, colour in colours_of(thing):
        shown, wanted = (share_of_colour(rows, colour) for rows in (pixels, control))
        check = AttributeCheck(attribute=word, verdict="cannot decide")
        if wanted < SHOWN_IN_CONTROL:
            checks.append(check.replace(why="A true render hardly shows this colour either."))
        elif shown >= KEPT * wanted:
            checks.append(check.replace(verdict="holds"))
        elif shown < LOST * wanted:
            checks.append(check.replace(verdict="broken", why=f"Only {shown:.0%} of the {thing.label} is {word}."))
        else:
            checks.append(check.replace(why=f"{shown:.0%} of the {thing.label} is {word}; {wanted:.0%} should be."))
    return tuple(checks)


def drawn_colour_checks(thing: SceneObject, drawn: SceneObject) -> tuple[AttributeCheck, ...]:
    """The same for an object whose drawn form is known."""
    there = {word.lower() for word, _ in colours_of(drawn)}
    return tuple(
        AttributeCheck(attribute=word, verdict="holds")
        if word.lower() in there and drawn.colour == thing.colour
        else AttributeCheck(attribute=word, verdict="broken", why=f"The {thing.label} was drawn in another colour.")
        for word, _ in colours_of(thing)
    )


def share_of_colour(pixels: NDArray[np.uint8], colour: Colour) -> float:
    """Share of pixels (P, 3) sRGB that have a colour's hue; of black, gray and white: its lightness and no hue."""
    if not len(pixels):
        return 0.0
    lab = lab_of(pixels / 255.0)
    goal = lab_of(np.asarray(colour, float)[None])[0]
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    if np.hypot(goal[1], goal[2]) < CHROMATIC:
        return float(((chroma < CHROMATIC) & (np.abs(lab[:, 0] - goal[0]) < LIGHTNESS)).mean())
    turn = np.arctan2(lab[:, 2], lab[:, 1]) - np.arctan2(goal[2], goal[1])
    return float(((chroma >= PALE) & (np.abs((turn + np.pi) % (2.0 * np.pi) - np.pi) < HUE_RAD)).mean())


def lab_of(srgb: Floats) -> Floats:
    """(P, 3) CIELAB (white D65) of (P, 3) sRGB in [0, 1] (IEC 61966-2-1, CIE 15)."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16.0) / 116.0)
    return np.stack([116.0 * f[:, 1] - 16.0, 500.0 * (f[:, 0] - f[:, 1]), 200.0 * (f[:, 1] - f[:, 2])], axis=1)
