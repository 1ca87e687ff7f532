"""What pictures are compared with: scenes as our renderer draws them, with a box for each thing that shows.

Scenes come from a data set of rendered scenes (its pictures are the true ones), from a folder of scene files
(``NAME.json``, or pictures of ours that carry their scene), which are then drawn, or from the very pictures. Pictures
are matched with scenes by file name: ``mixed-9000000.png`` (kind and seed), ``9000000.png`` (seed) or ``17.png`` (place
in the data set, from 0); for scene files by theirs.

``python -m sd3studio.ml.metrics.views --scenes DIR --out FOLDER [--limit N]`` writes true pictures and scene files
under such names, for systems that live elsewhere.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError, SceneError, StudioError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.png import is_png, read_record
from sd3studio.core.scene.json_form import MAX_BYTES, read_scene, write_scene
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Scene
from sd3studio.ml.generation.pictures import png_of
from sd3studio.ml.metrics.yolo_labels import PHOTO_SUFFIXES
from sd3studio.ml.parsing.picture import read_photo
from sd3studio.ml.training.data.detector_view import areas_of, box_of
from sd3studio.ml.training.data.records import VISIBLE_SHARE
from sd3studio.ml.training.data.shards import INDEX, Dataset

Pixels = NDArray[np.uint8]

SIZE_PX = 256
"""Longer side at which scene files are drawn if no size is given."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A scene as it should look.

    Parameters
    ----------
    names : file names, without ending, under which a picture of it may stand; the first is the usual one
    true : (H, W, 3) as our renderer draws it
    boxes : id of each visible object (stuff left out) -> the box around its visible pixels, px of `true`
    caption : a sentence that is true of it
    """

    names: tuple[str, ...]
    scene: Scene
    true: Pixels
    boxes: Mapping[str, BoxPx]
    caption: str


def views_of(folder: Path, size_px: int | None = None, limit: int = 0) -> Iterator[View]:
    """The views of a data set or of a folder of scene files, one after the other.

    Parameters
    ----------
    size_px : longer side; None: that of the data set, or 256
    limit : only the first so many (0: all)

    Raises
    ------
    DataError
        The folder is neither a data set nor has scene files, or a shard is damaged.
    SceneError
        A scene file can't be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Name the folder of scenes with --scenes.")
    found = _of_dataset(folder, size_px) if (folder / INDEX).is_file() else _of_files(folder, size_px)
    yield from islice(found, limit or None)


def pictures_in(folder: Path) -> dict[str, Path]:
    """File name without ending -> picture. Raises `DataError` if there is no folder or no picture."""
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Name the folder of pictures with --pictures.")
    found = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in PHOTO_SUFFIXES}
    if not found:
        raise DataError(f"The folder {folder} has no pictures ({', '.join(PHOTO_SUFFIXES)}).")
    return found


def picture_of(view: View, pictures: Mapping[str, Path]) -> Pixels | None:
    """The picture of a view, None if there is none. Raises `PhotoError` for one that can't be read."""
    path = next((pictures[name] for name in view.names if name in pictures), None)
    return None if path is None else read_photo(path).pixels


def drawn(names: tuple[str, ...], scene: Scene, size_px: int | None, caption: str = "") -> View:
    """The view of a scene, drawn now."""
    from sd3studio.render.maps import render_maps

    width, height = picture_size(scene, size_px)
    maps = render_maps(scene, maps=("rgb", "id"), width=width, height=height)
    assert maps.rgb is not None and maps.id is not None
    return View(names, scene, maps.rgb, object_boxes(scene, maps.ids, maps.id), caption or _caption(scene))


def picture_size(scene: Scene, size_px: int | None) -> tuple[int, int]:
    """Width and height (px) of a scene's picture, its longer side `size_px` or 256."""
    camera, longer = scene.camera, size_px or SIZE_PX
    scale = longer / max(camera.width, camera.height)
    return max(round(camera.width * scale), 8), max(round(camera.height * scale), 8)


def object_boxes(scene: Scene, ids: tuple[str, ...], id_map: NDArray[np.integer]) -> dict[str, BoxPx]:
    """Boxes of the objects that show in an id map (H, W) whose number k is ``ids[k - 1]``; stuff is left out."""
    least = id_map.size * VISIBLE_SHARE
    areas = areas_of(id_map, len(ids))
    boxes = {
        key: box_of(id_map, number)
        for number, key in enumerate(ids, start=1)
        if areas[number - 1] >= least and scene.objects[key].kind == "object"
    }
    return {key: box for key, box in boxes.items() if box is not None}


def _of_dataset(folder: Path, size_px: int | None) -> Iterator[View]:
    dataset = Dataset(folder)
    settings = dataset.index.recipe.settings
    stored = settings.maps and size_px in (None, settings.size_px)
    number = 0
    for shard in range(len(dataset.index.shards)):
        if stored:
            found = ((sample.record, sample.maps["rgb"]) for sample in dataset.samples(("rgb",), [shard]))
        else:
            found = ((record, None) for record in dataset.records([shard]))
        for record, true in found:
            names = (f"{record.kind}-{record.seed}", str(record.seed), str(number), f"{number:05d}")
            caption = record.sentences[0].caption.text if record.sentences else _caption(record.scene)
            number += 1
            if true is None:
                yield drawn(names, record.scene, size_px or settings.size_px, caption)
            else:
                things = record.scene.objects
                boxes = {key: box for key, box in record.boxes.items() if things[key].kind == "object"}
                yield View(names, record.scene, true, boxes, caption)


def _of_files(folder: Path, size_px: int | None) -> Iterator[View]:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".json", ".png"))
    if not paths:
        raise DataError(f"{folder} is no data set (it has no {INDEX}) and has no scene files (NAME.json or NAME.png).")
    for path in paths:
        data = read_bounded(path, MAX_BYTES, SceneError)
        scene = read_record(data, str(path)).request.scene if is_png(data) else read_scene(data, str(path))
        yield drawn((path.stem,), scene, size_px)


def _caption(scene: Scene) -> str:
    from sd3studio.core.language.captions import captions_of

    captions = captions_of(scene, limit=1)
    return captions[0].text if captions else ""


def export(folder: Path, out: Path, limit: int = 0, report: Callable[[str], None] = lambda text: None) -> int:
    """Write ``NAME.png`` (true picture) and ``NAME.json`` (scene) of each view into two folders below `out`."""
    count = 0
    for count, view in enumerate(views_of(folder, limit=limit), start=1):
        write_atomic(out / "pictures" / f"{view.names[0]}.png", png_of(view.true))
        write_atomic(out / "scenes" / f"{view.names[0]}.json", write_scene(view.scene).encode())
        report(f"{count} written")
    return count


def main() -> int:
    """Export a data set as files."""
    parser = argparse.ArgumentParser(
        prog="python -m sd3studio.ml.metrics.views", description="Write true pictures and scene files."
    )
    parser.add_argument("--scenes", type=Path, required=True, help="data set, or folder of scene files")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets pictures/ and scenes/")
    parser.add_argument("--limit", type=int, default=0, help="only the first N (0: all)")
    args = parser.parse_args()
    try:
        count = export(args.scenes, args.out, args.limit)
    except StudioError as error:
        print(f"views: {error}", file=sys.stderr)
        return 2
    print(f"{count} pictures and scenes in {args.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
