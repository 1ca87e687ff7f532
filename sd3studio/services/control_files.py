"""Control maps as files, one by one or as a set: pictures, boxes with phrases (JSON), the written prompt (text)."""

import json
from collections.abc import Collection
from pathlib import Path

from sd3studio.core.errors import InputError
from sd3studio.core.files import write_atomic
from sd3studio.core.language.prompt import boxes_form, prompt_of
from sd3studio.core.picture_controls import DepthRange
from sd3studio.core.scene.values import Scene
from sd3studio.render.map_files import map_pictures, png_bytes, write_maps
from sd3studio.render.maps import RenderedMaps

WHOLE_DEPTH = DepthRange()
WORDS = ("boxes", "prompt")
FILES = {
    "depth": "depth.png",
    "depth_control": "depth_control.png",
    "normal": "normal.png",
    "id": "id.png",
    "class": "class.png",
    "boxes": "boxes.json",
    "prompt": "prompt.txt",
}
"""Map -> its file. `depth` is in whole millimetres (16 bit), `depth_control` is what networks are shown (8 bit)."""


def control_file(
    name: str, scene: Scene, maps: RenderedMaps, depth_range: DepthRange = WHOLE_DEPTH, prompt: str = ""
) -> bytes:
    """The bytes of one file of `FILES`.

    Parameters
    ----------
    scene : what is to be seen, with a camera of the size of the maps
    maps : with the map that is asked for
    prompt : words of the user's own; empty: those written from the scene
    """
    if name == "boxes":
        return json.dumps(boxes_form(scene), ensure_ascii=False, indent=1).encode()
    if name == "prompt":
        return (prompt.strip() or prompt_of(scene)).encode() + b"\n"
    pictures = map_pictures(maps, depth_range.near_m, depth_range.far_m)
    if name not in pictures:
        raise InputError(f"There is no control map {name!r}; there are {', '.join(FILES)}.")
    return png_bytes(pictures[name])


def write_control_set(
    folder: Path,
    scene: Scene,
    maps: RenderedMaps | None,
    words: Collection[str] = WORDS,
    depth_range: DepthRange = WHOLE_DEPTH,
    prompt: str = "",
) -> list[Path]:
    """Write the maps that there are, and those of `WORDS` that are wanted, into a folder; returns the files.

    Raises `StudioError` when the folder can't be written.
    """
    written: list[Path] = []
    if maps is not None:
        written += write_maps(maps, folder, depth_range.near_m, depth_range.far_m).values()
        scene = scene.replace(camera=scene.camera.replace(width=maps.width, height=maps.height))
    for name in words:
        path = folder / FILES[name]
        write_atomic(path, control_file(name, scene, maps, depth_range, prompt))  # type: ignore[arg-type]
        written.append(path)
    return written
