"""A picture as a thing in the scene: an upright rectangle of real size that shows it; see-through parts stay so.

The renderer's textures are small squares, so the picture is cut into a grid of them, each with a border of one pixel of
its neighbours so that no seam is seen.
"""

import hashlib
import io
import re
from pathlib import Path

import numpy as np

from sd3studio.core.errors import PhotoError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.scene.values import Provenance, Scene, SceneObject
from sd3studio.services.mesh_import import KeptMesh, is_kept, mesh_file

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
MAX_FILE_BYTES = 200_000_000
MAX_PIXELS = 200_000_000
TILE_PX = 256
INNER_PX = TILE_PX - 2
MOST_TILES = 4
"""In a row or column: about 1,000 pixels are kept along the longer side."""
SEEN_ALPHA = 26
"""Rows and columns at the edge whose pixels are all more see-through than this (of 255) are cut away."""
THICKNESS_M = 0.02
SHORTEST_M, TALLEST_M = 0.01, 100.0
USUAL_HEIGHT_M = 1.7


def import_picture(path: Path, scene: Scene, height_m: float = USUAL_HEIGHT_M) -> SceneObject:
    """A new object for `scene`, standing on the ground at the origin: the picture, `height_m` tall.

    Raises `PhotoError` as `keep_picture`, and when the height is not within 0.01 to 100 m.
    """
    if not SHORTEST_M <= height_m <= TALLEST_M:
        raise PhotoError(f"A picture is {SHORTEST_M:g} to {TALLEST_M:g} m tall, not {height_m:g} m.")
    return billboard_of(keep_picture(path), scene, height_m)


def keep_picture(path: Path) -> KeptMesh:
    """Keep a picture as a mesh 1 m tall among the user's own, under a name of the file's name and its content.

    Raises `PhotoError` naming the file when it is no picture, too large or wholly see-through.
    """
    pixels = _read(path)
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60] or "picture"
    content = _glb(pixels, stem)
    mesh_id = f"own-{stem}-{hashlib.sha256(content).hexdigest()[:10]}"
    new = not is_kept(mesh_id)
    if new:
        write_atomic(mesh_file(mesh_id), content)
    return KeptMesh(mesh_id, stem.replace("-", " "), (pixels.shape[1] / pixels.shape[0], THICKNESS_M, 1.0), new)


def billboard_of(kept: KeptMesh, scene: Scene, height_m: float) -> SceneObject:
    """A new object for `scene`, on the ground at the origin: a picture that was kept, so tall (m)."""
    width, thickness_m, height = kept.extent
    return SceneObject(
        id=scene.free_id(kept.name.replace(" ", "-")),
        label=kept.name,
        mesh=kept.mesh,
        size=(width * height_m / height, thickness_m, height_m),
        center=(0.0, 0.0, height_m / 2.0),
        provenance=Provenance(source="user"),
    )


def _read(path: Path) -> np.ndarray:
    """(H, W, 4) uint8, upright, without see-through margins."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    data = read_bounded(path, MAX_FILE_BYTES, PhotoError)
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise PhotoError(f"{path} has {picture.width} x {picture.height} pixels; that is too large.")
            longest = MOST_TILES * INNER_PX
            picture.draft("RGB", (longest, longest))
            shown = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise PhotoError(f"{path} can't be read as a picture: {error}") from error
    seen = np.asarray(shown.getchannel("A")) > SEEN_ALPHA
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        raise PhotoError(f"{path} is see-through everywhere.")
    part = shown.crop((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    part.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return _opaque_under(np.asarray(part))


def _opaque_under(pixels: np.ndarray) -> np.ndarray:
    """The pixels with the mean colour under what is see-through, so that edges get no dark line."""
    hidden = pixels[..., 3] <= SEEN_ALPHA
    if not hidden.any():
        return pixels
    filled = pixels.copy()
    filled[hidden, :3] = pixels[~hidden, :3].mean(axis=0).astype(np.uint8)
    return filled


def _glb(pixels: np.ndarray, name: str) -> bytes:
    """The rectangle as GLB: width as the picture's, height 1, base at the origin, front towards +Z."""
    from PIL import Image

    from sd3studio.services.catalogue_build.glb import glb_bytes
    from sd3studio.services.catalogue_build.surface import Material, Surface

    height, width = pixels.shape[:2]
    columns, rows = (min(max(-(-side // INNER_PX), 1), MOST_TILES) for side in (width, height))
    mode = "RGBA" if pixels[..., 3].min() < 250 else "RGB"
    whole = Image.fromarray(pixels).resize((columns * INNER_PX, rows * INNER_PX), Image.Resampling.LANCZOS)
    bordered = np.pad(np.asarray(whole), ((1, 1), (1, 1), (0, 0)), mode="edge")
    xs, ys = np.linspace(-0.5, 0.5, columns + 1) * width / height, np.linspace(1.0, 0.0, rows + 1)
    vertices, faces, uvs, materials = [], [], [], []
    low, high = 1.0 / TILE_PX, 1.0 - 1.0 / TILE_PX
    square = np.array([[low, low], [high, low], [high, high], [low, high]])
    for row in range(rows):
        for column in range(columns):
            top, left = row * INNER_PX, column * INNER_PX
            tile = Image.fromarray(bordered[top : top + TILE_PX, left : left + TILE_PX]).convert(mode)
            start = len(vertices)
            vertices += [(xs[column + i], ys[row + j], 0.0) for i, j in ((0, 1), (1, 1), (1, 0), (0, 0))]
            faces += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
            uvs += [square[[0, 1, 2]], square[[0, 2, 3]]]
            materials.append(Material((1.0, 1.0, 1.0, 1.0), tile))
    return glb_bytes(
        Surface(
            np.array(vertices),
            np.array(faces),
            np.array(uvs),
            np.repeat(np.arange(len(materials)), 2),
            tuple(materials),
        ),
        name,
    )
