"""Small pictures of the meshes for the browser, drawn by the program's own renderer without a display."""

import io
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from sd3studio.core.catalogue import CATALOGUE_FOLDER, CatalogueEntry, read_catalogue
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.catalogue_build.output import write_if_changed

SIDE_PX = 128
OVERSAMPLING = 4
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
    maps = render_maps(scene, ("rgb", "id"), quality="final", ground="none", exact=True)
    assert maps.rgb is not None and maps.id is not None
    covered = (maps.id > 0).astype(float)[..., None]
    shape = (SIDE_PX, OVERSAMPLING, SIDE_PX, OVERSAMPLING, -1)
    alpha = covered.reshape(shape).mean(axis=(1, 3))
    colour = (maps.rgb * covered).reshape(shape).mean(axis=(1, 3)) / np.maximum(alpha, 1e-6)
    pixels = np.concatenate([colour, alpha * 255.0], axis=2)
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
