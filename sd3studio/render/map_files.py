"""Control maps as PNG: 16-bit depth in mm, near-bright 8-bit depth, normals, ids and classes, with a JSON key."""

import io
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sd3studio.core.errors import DataError
from sd3studio.core.files import write_atomic
from sd3studio.render.maps import RenderedMaps

MM_PER_M = 1_000.0
OUTERMOST = 0.002
"""Share of the pixels at either end that near and far leave out: a gap beside a wall costs the room no contrast."""


def png_bytes(pixels: NDArray[np.generic]) -> bytes:
    """A PNG of (H, W, 3) uint8, (H, W) uint8 or (H, W) uint16."""
    encoded = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(encoded, "PNG", compress_level=4)
    return encoded.getvalue()


def depth_mm(depth_m: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Depth as whole millimetres (H, W) uint16: 0 is nothing, 65535 is 65.535 m or farther."""
    shown = np.isfinite(depth_m)
    mm = np.clip(np.where(shown, depth_m, 0.0) * MM_PER_M, 1.0, 65_535.0)
    return np.where(shown, np.rint(mm), 0).astype(np.uint16)


def read_depth_png(path: Path) -> NDArray[np.float32]:
    """Depth in metres (H, W), infinite where the file holds 0. Raises `DataError` for anything but 16-bit grey."""
    try:
        with Image.open(path) as picture:
            if not picture.mode.startswith("I"):
                raise DataError(f"{path} is not a 16-bit depth map; its pixels are of mode {picture.mode}.")
            mm = np.asarray(picture).astype(np.float32)
    except OSError as error:
        raise DataError(f"{path} can't be read as a depth map: {error}") from error
    return np.where(mm > 0, mm / np.float32(MM_PER_M), np.float32(np.inf))


def depth_limits(depth_m: NDArray[np.float32]) -> tuple[float, float]:
    """Near and far (m) of a depth map (H, W) but for its `OUTERMOST` pixels; (0, 0) where there is nothing at all."""
    shown = np.sort(depth_m[np.isfinite(depth_m)])
    if not len(shown):
        return 0.0, 0.0
    left_out = int(OUTERMOST * len(shown))
    return float(shown[left_out]), float(shown[-1 - left_out])


def depth_control(
    depth_m: NDArray[np.float32], near_m: float | None = None, far_m: float | None = None, inverse: bool = True
) -> NDArray[np.uint8]:
    """Depth as depth ControlNets expect it: (H, W) uint8, near is bright, nothing is black.

    Parameters
    ----------
    near_m, far_m : depths that become 255 and 1; `depth_limits` where not given. What lies outside is clipped
    inverse : linear in 1 / depth, as monocular depth networks give it; False is linear in depth
    """
    shown = np.isfinite(depth_m)
    if not shown.any():
        return np.zeros(depth_m.shape, np.uint8)
    near, far = _handles(depth_m, near_m, far_m)
    clipped = np.clip(np.where(shown, depth_m, far), near, far)
    share = (1.0 / clipped - 1.0 / far) / (1.0 / near - 1.0 / far) if inverse else (far - clipped) / (far - near)
    # a surface at the far end stays above the black of nothing
    return np.where(shown, np.rint(1.0 + 254.0 * share), 0).astype(np.uint8)


def _handles(depth_m: NDArray[np.float32], near_m: float | None, far_m: float | None) -> tuple[float, float]:
    """The depths (m) that become white and black, the second farther than the first."""
    limits = depth_limits(depth_m)
    near, far = limits[0] if near_m is None else near_m, limits[1] if far_m is None else far_m
    return max(near, 1e-4), max(far, near * 1.000_1, 1e-3)


def normal_control(normal: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Normals as (H, W, 3) uint8: x right is red, y up is green, z to the viewer is blue; nothing faces the viewer."""
    filled = np.where((normal == 0.0).all(axis=-1, keepdims=True), np.float32([0.0, 0.0, 1.0]), normal)
    return np.rint(np.clip(filled * 0.5 + 0.5, 0.0, 1.0) * 255.0).astype(np.uint8)


def map_pictures(
    maps: RenderedMaps, near_m: float | None = None, far_m: float | None = None
) -> dict[str, NDArray[np.generic]]:
    """The pictures to write, by file stem: rgb, depth (16 bit), depth_control, normal, id (16 bit), class."""
    pictures: dict[str, NDArray[np.generic]] = {}
    if maps.rgb is not None:
        pictures["rgb"] = maps.rgb
    if maps.depth_m is not None:
        pictures["depth"] = depth_mm(maps.depth_m)
        pictures["depth_control"] = depth_control(maps.depth_m, near_m, far_m)
    if maps.normal is not None:
        pictures["normal"] = normal_control(maps.normal)
    if maps.id is not None:
        pictures["id"] = maps.id.astype(np.uint16)
    if maps.class_rgb is not None:
        pictures["class"] = maps.class_rgb
    return pictures


def write_maps(
    maps: RenderedMaps, folder: Path, near_m: float | None = None, far_m: float | None = None
) -> dict[str, Path]:
    """Write the maps that there are into a folder, which is made if needed; returns name -> file.

    Besides the PNGs of `map_pictures` there is ``maps.json``: size, nearest and farthest depth, the depths that are
    white and black in ``depth_control.png``, what the pixel values mean, and id and label of each number in
    ``id.png``. Files appear whole or not at all.
    Raises `StudioError` when the folder can't be written.
    """
    files = {stem: png_bytes(pixels) for stem, pixels in map_pictures(maps, near_m, far_m).items()}
    form = _key(maps, files)
    if maps.depth_m is not None:
        form["depth_control_m"] = [round(end, 4) for end in _handles(maps.depth_m, near_m, far_m)]
    key = json.dumps(form, ensure_ascii=False, indent=1)
    contents = {stem: (folder / f"{stem}.png", data) for stem, data in files.items()}
    contents["key"] = (folder / "maps.json", key.encode())
    for path, data in contents.values():
        write_atomic(path, data)
    return {name: path for name, (path, _) in contents.items()}


def _key(maps: RenderedMaps, stems: Iterable[str]) -> dict[str, object]:
    meanings = {
        "depth": "16 bit, millimetres along the view axis, 0 = nothing",
        "depth_control": "8 bit, inverse depth, near = bright, 0 = nothing",
        "normal": "x right = red, y up = green, z to the viewer = blue, (n + 1) / 2",
        "id": "16 bit, number of the object in `objects`, 0 = nothing",
        "class": "colours of ADE20K where it has the class, black = nothing",
        "rgb": "sRGB",
    }
    objects = zip(maps.ids, maps.labels, strict=True)
    return {
        "width": maps.width,
        "height": maps.height,
        "near_m": maps.near_m,
        "far_m": maps.far_m,
        "maps": {stem: meanings[stem] for stem in stems},
        "objects": [{"number": n, "id": key, "label": label} for n, (key, label) in enumerate(objects, start=1)],
    }
