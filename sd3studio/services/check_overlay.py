"""The verdicts of a check drawn over its picture."""

import io
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sd3studio.core.checking import CheckReport, ObjectCheck
from sd3studio.core.scene.value import BoxPx

Pixels = NDArray[np.uint8]
"""(H, W, 3) sRGB."""

VERDICT_COLOURS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "found": (20, 110, 50),
        "missing": (176, 20, 20),
        "wrong place": (150, 75, 0),
        "extra": (140, 20, 130),
        "cannot decide": (85, 88, 95),
        "holds": (20, 110, 50),
        "broken": (176, 20, 20),
    }
)
"""sRGB; white text on each has a contrast of at least 5:1. The word is always beside the colour."""

THUMBNAIL_SIDE_PX = 360
MIN_FONT_PX, MAX_FONT_PX = 11, 40


def overlay(pixels: Pixels, report: CheckReport) -> Pixels:
    """The picture with a box and a label for every object: where it was seen and, dashed, where it should be.

    Objects that nobody could see and that were not found are drawn thin and without a label, for they tell nothing.
    """
    image = Image.fromarray(pixels).convert("RGB")
    draw = ImageDraw.Draw(image)
    side = max(image.size)
    line = max(round(side / 400), 1)
    font = ImageFont.load_default(size=min(max(round(side / 52), MIN_FONT_PX), MAX_FONT_PX))
    for check in report.objects:
        _draw_boxes(draw, check, line)
    taken: list[BoxPx] = []
    for check in sorted(report.objects, key=lambda c: c.verdict in ("found", "cannot decide")):
        box = check.found or check.expected
        if box is not None and not (check.verdict == "cannot decide" and check.found is None):
            _draw_label(draw, check, box, font, taken, image.size)
    return np.asarray(image)


def _draw_boxes(draw: ImageDraw.ImageDraw, check: ObjectCheck, line: int) -> None:
    colour = VERDICT_COLOURS[check.verdict]
    if check.verdict in ("missing", "wrong place") and check.expected is not None:
        _dashed(draw, check.expected, colour, line)
    if check.verdict == "cannot decide" and check.expected is not None:
        draw.rectangle(_inside(check.expected), outline=colour, width=1)
    if check.found is not None and check.verdict != "missing":
        draw.rectangle(_inside(check.found), outline=colour, width=line + 1)
    if check.verdict == "wrong place" and check.expected is not None and check.found is not None:
        draw.line([_middle(check.expected), _middle(check.found)], fill=colour, width=line)


def _inside(box: BoxPx) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = box
    return x0, y0, max(x1 - 1.0, x0), max(y1 - 1.0, y0)


def _middle(box: BoxPx) -> tuple[float, float]:
    return (box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0


def _dashed(draw: ImageDraw.ImageDraw, box: BoxPx, colour: tuple[int, int, int], line: int) -> None:
    x0, y0, x1, y1 = _inside(box)
    dash = 5.0 * line
    for (ax, ay), (bx, by) in (((x0, y0), (x1, y0)), ((x1, y0), (x1, y1)), ((x1, y1), (x0, y1)), ((x0, y1), (x0, y0))):
        length = max(abs(bx - ax) + abs(by - ay), 1e-6)
        for start in np.arange(0.0, length, 2.0 * dash):
            a, b = start / length, min(start + dash, length) / length
            ends = [(ax + (bx - ax) * t, ay + (by - ay) * t) for t in (a, b)]
            draw.line(ends, fill=colour, width=line + 1)


def _draw_label(
    draw: ImageDraw.ImageDraw,
    check: ObjectCheck,
    box: BoxPx,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    taken: list[BoxPx],
    size: tuple[int, int],
) -> None:
    """White on the verdict's colour, at the box's upper left corner, moved down until it covers no other label."""
    text = check.label if check.verdict == "found" else f"{check.label}: {check.verdict}"
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    width, height = right - left + 6, bottom - top + 6
    x = min(max(box[0], 0.0), max(size[0] - width, 0.0))
    y = min(max(box[1] - height, 0.0), max(size[1] - height, 0.0))
    for _ in range(40):
        hit = next((t for t in taken if x < t[2] and t[0] < x + width and y < t[3] and t[1] < y + height), None)
        if hit is None or hit[3] + height > size[1]:
            break
        y = hit[3]
    taken.append((x, y, x + width, y + height))
    draw.rectangle((x, y, x + width, y + height), fill=VERDICT_COLOURS[check.verdict])
    draw.text((x + 3 - left, y + 3 - top), text, font=font, fill=(255, 255, 255))


def thumbnail(pixels: Pixels) -> bytes:
    """The picture as JPEG, its longest side brought down to `THUMBNAIL_SIDE_PX`."""
    image = Image.fromarray(pixels)
    image.thumbnail((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def png_of(pixels: Pixels) -> bytes:
    """The picture as PNG."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
