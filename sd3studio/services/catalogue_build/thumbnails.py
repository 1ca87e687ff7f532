"""Small pictures of the meshes for the browser, drawn by the program's own renderer without a display."""

import io
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sd3studio.core.catalogue import CATALOGUE_FOLDER, CatalogueEntry, read_catalogue
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.catalogue_build.output import write_if_changed

SIDE_PX = 128
OVERSAMPLING = 3
MARGIN = 1.06
COLOURS = 96
TURN_RAD = math.radians(28.0)
FOV_RAD = math.radians(22.0)
FLAT = 0.12
"""Things lower than this share of their width are seen from further above."""


def draw_thumbnails(folder: Path, identities: Iterable[str]) -> int:
    """Draw ``thumbnails/<id>.png`` (transparent, 128 px) of these entries; gives how many.

    Only for the shipped catalogue: the renderer finds meshes there. Raises `MissingModelError` when there is no EGL.
    """
    if folder.resolve() != CATALOGUE_FOLDER.resolve():
        return 0
    catalogue = read_catalogue(folder)
    count = 0
    for identity in identities:
        entry = catalogue.get(identity)
        if entry is not None:
            write_if_changed(folder / "thumbnails" / f"{identity}.png", png_bytes(thumbnail(entry)))
            count += 1
    return count


def thumbnail(entry: CatalogueEntry) -> Image.Image:
    """(128, 128) RGBA picture of a mesh, seen from its front, a little from the right and above."""
    from sd3studio.render.maps import render_maps

    height = entry.size[2]
    thing = SceneObject(id="thing", label=entry.name, mesh=entry.id, size=entry.size, center=(0.0, 0.0, height / 2))
    scene = Scene.of([thing], camera=fitting_camera(entry))
    maps = render_maps(scene, ("rgb", "id"), quality="view", ground="none", exact=True)
    assert maps.rgb is not None and maps.id is not None
    return shrunk(maps.rgb, maps.id > 0)


def shrunk(rgb: NDArray[np.uint8], covered: NDArray[np.bool_]) -> Image.Image:
    """The covered part of a (H, W, 3) picture in the middle of a small transparent square."""
    alpha = covered.astype(np.float32)
    layers = [*np.moveaxis(rgb * alpha[..., None], 2, 0), alpha * 255.0]  # colours times opacity, so edges don't darken
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    if len(rows) == 0:
        return Image.new("RGBA", (SIDE_PX, SIDE_PX))
    middle_y, middle_x = (rows[0] + rows[-1] + 1) / 2, (columns[0] + columns[-1] + 1) / 2
    half = MARGIN * max(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1) / 2
    window = tuple(round(v) for v in (middle_x - half, middle_y - half, middle_x + half, middle_y + half))
    small = [Image.fromarray(layer).crop(window).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX) for layer in layers]
    red, green, blue, opacity = (np.asarray(layer) for layer in small)
    colour = np.stack([red, green, blue], axis=2) * 255.0 / np.maximum(opacity, 1.0)[..., None]
    pixels = np.concatenate([colour, opacity[..., None]], axis=2)
    return Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))


def fitting_camera(entry: CatalogueEntry) -> Camera:
    """A camera at the thing's front right that just sees its whole box."""
    width, depth, height = entry.size
    rise = math.radians(48.0 if height < FLAT * max(width, depth) else 18.0)
    middle = np.asarray((0.0, 0.0, height / 2))
    back = np.asarray((math.sin(TURN_RAD) * math.cos(rise), -math.cos(TURN_RAD) * math.cos(rise), math.sin(rise)))
    side = SIDE_PX * OVERSAMPLING
    corners = [
        (x * width / 2, y * depth / 2, height / 2 + z * height / 2) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)
    ]
    low, high = 0.1 * max(entry.size), 100.0 * max(entry.size)
    for _ in range(40):  # the nearest distance at which every corner is in the picture
        distance = math.sqrt(low * high)
        camera = Camera(
            position=tuple(middle + back * distance), target=tuple(middle), fov_y=FOV_RAD, width=side, height=side
        )
        pixels, depths = camera.project(corners)
        inside = (depths > 0).all() and (pixels > 0.02 * side).all() and (pixels < 0.98 * side).all()
        low, high = (low, distance) if inside else (distance, high)
    return camera


def png_bytes(image: Image.Image) -> bytes:
    """PNG with a palette of `COLOURS` colours, transparency included."""
    stream = io.BytesIO()
    image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        stream, "PNG", optimize=True
    )
    return stream.getvalue()
