"""CVAT for images 1.1: boxes, polygons and masks of labels, with ``sd3`` facts where we wrote them."""

import json
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sd3studio.core.errors import DataError
from sd3studio.core.scene.mask_painting import box_of, polygon_pixels
from sd3studio.core.scene.masks import decode_mask, encode_mask
from sd3studio.core.scene.values import Mask
from sd3studio.services.import_.coco import MAX_MASK_PX, stored_scene
from sd3studio.services.import_.form import (
    Beside,
    Doubts,
    Draft,
    Imported,
    ImportedScene,
    build,
    facts_of_text,
    photo_of,
)


def read(data: bytes, name: str, beside: Beside) -> Imported:
    """One scene for each image. Raises `DataError` naming file and element."""
    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise DataError(f"{name} is not a CVAT file: {error}.") from error
    if root.tag != "annotations":
        raise DataError(f"{name} is not a CVAT file: it begins with <{root.tag}>, not with <annotations>.")
    images = root.findall("image")
    if not images:
        raise DataError(f"{name} holds no <image>. Export the task as “CVAT for images 1.1”.")
    doubts = Doubts()
    return Imported(tuple(_scene(image, name, beside, doubts) for image in images), doubts.notes())


def _scene(image: Element, name: str, beside: Beside, doubts: Doubts) -> ImportedScene:
    width, height = (round(_number(image, side, name, 1, 32_768)) for side in ("width", "height"))
    drafts: list[Draft] = []
    places: dict[str, int] = {}
    for element in image:
        if element.tag == "box":
            places[_attribute(element, "id")] = len(drafts)
            drafts.append(_box(element, name))
        elif element.tag in ("mask", "polygon") and width * height <= MAX_MASK_PX:
            mask = _pixels(element, name, width, height)
            of = places.get(_attribute(element, "of")) if _attribute(element, "of") else None
            if of is not None:
                drafts[of] = replace(drafts[of], mask=mask)
            elif mask is not None:
                drafts.append(_outlined(element, mask))
        elif element.tag not in ("tag",):
            doubts.add("{} shapes are neither boxes nor masks and are left out.")
    file_name = image.get("name", "")[:4_096]
    photo = photo_of(file_name, width, height, beside)
    scene = build(drafts, (), (width, height), photo, doubts, _camera(image))
    return ImportedScene(file_name or name, scene)


def _box(element: Element, name: str) -> Draft:
    x0, y0, x1, y1 = (_number(element, side, name, -1e6, 1e6) for side in ("xtl", "ytl", "xbr", "ybr"))
    facts = facts_of_text(_attribute(element, "sd3"))
    words = tuple(
        text[:200]
        for one in element.findall("attribute")
        if one.get("name") not in ("id", "sd3", "of") and (text := " ".join((one.text or "").split()))
    )
    label = facts.label if facts and facts.label else element.get("label", "thing")
    occluded = element.get("occluded") == "1"
    box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return Draft(label=label, box=box, facts=facts, attributes=words[:32], occluded=occluded)


def _outlined(element: Element, mask: Mask) -> Draft:
    """A thing that has a mask or a polygon only."""
    return Draft(
        label=element.get("label", "thing"),
        box=box_of(decode_mask(mask)),
        mask=mask,
        occluded=element.get("occluded") == "1",
    )


def _pixels(element: Element, name: str, width: int, height: int) -> Mask | None:
    if element.tag == "polygon":
        try:
            corners = [tuple(float(v) for v in pair.split(",")) for pair in element.get("points", "").split(";")]
            points = np.array(corners, float).reshape(-1, 2)
        except ValueError as error:
            raise DataError(f"{name}: the points of a <polygon> are not pairs of numbers.") from error
        if not np.isfinite(points).all():
            raise DataError(f"{name}: the points of a <polygon> are not finite.")
        pixels = polygon_pixels(points, height, width)
        return encode_mask(pixels) if pixels.any() else None
    left, top, w, h = (round(_number(element, side, name, 0, 32_768)) for side in ("left", "top", "width", "height"))
    try:
        runs = [int(word) for word in element.get("rle", "").split(",")]
    except ValueError as error:
        raise DataError(f"{name}: the runs of a <mask> are not whole numbers.") from error
    if left + w > width or top + h > height or min(runs) < 0 or sum(runs) != w * h:
        raise DataError(f"{name}: a <mask> does not fit its picture.")
    pixels = np.zeros((height, width), bool)
    pixels[top : top + h, left : left + w] = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(h, w)
    return encode_mask(pixels) if pixels.any() else None


def _camera(image: Element):  # type: ignore[no-untyped-def]
    """The camera that our export put into a tag, or None."""
    for tag in image.findall("tag"):
        if tag.get("label") == "sd3 camera":
            try:
                return stored_scene({"camera": json.loads(_attribute(tag, "camera") or "null")}).camera
            except (ValueError, RecursionError):
                return None
    return None


def _attribute(element: Element, name: str) -> str:
    return next((one.text or "" for one in element.findall("attribute") if one.get("name") == name), "")


def _number(element: Element, side: str, name: str, low: float, high: float) -> float:
    text = element.get(side, "")
    try:
        value = float(text)
    except ValueError as error:
        raise DataError(f"{name}: <{element.tag} {side}={text[:40]!r}> is not a number.") from error
    if not low <= value <= high:
        raise DataError(f"{name}: <{element.tag} {side}={text[:40]!r}> is out of range.")
    return value
