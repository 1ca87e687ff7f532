"""Scenes to train on that are not files of ours yet: photos of a library by query and state, and others' annotations.

Both come with the sentences that people wrote about them.
"""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sd3studio.core.errors import DataError, SceneError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import PhotoRef, Scene
from sd3studio.core.training.requests import FromLibrary, MakeDataset
from sd3studio.services.import_.gathering import Gathered, annotation_files, gather_annotations
from sd3studio.services.jobs import resolve
from sd3studio.services.library.background import opened
from sd3studio.services.library.caption_store import captions_of_photos
from sd3studio.services.library.filters import split_filters
from sd3studio.services.library.library import Library
from sd3studio.services.library.querying import Reader, typed_query
from sd3studio.services.library.records import PhotoRow

READER = "sd3studio.ml.librarian.queries:read_query"
MAKER = "sd3studio.ml.training.data.jobs:make"
MOST_PHOTOS = 100_000
MOST_SIDE_PX = 32_768


def make(request: MakeDataset) -> Iterator[JobMessage]:
    """The job: what is no file of ours is gathered first, then the set is made. Ends in ``Finished(DatasetMade)``."""
    with tempfile.TemporaryDirectory(prefix="sd3studio-dataset-") as name:
        if request.library is not None or any(annotation_files(Path(source)) for source in request.sources):
            yield Progress(0, 1, "Gathering the scenes")
        ready, problems = gathered(request, Path(name), resolve(READER))  # type: ignore[arg-type]
        yield from (Note(problem) for problem in problems)
        for message in resolve(MAKER)(ready):  # type: ignore[attr-defined]
            if isinstance(message, Finished):
                made = message.result
                message = Finished(replace(made, problems=(*problems, *made.problems)))
            yield message


def gathered(request: MakeDataset, folder: Path, read: Reader) -> tuple[MakeDataset, tuple[str, ...]]:
    """The request with nothing but scenes of ours for sources, the others written below `folder`; what to know of them.

    Raises `StudioError` naming what can't be read.
    """
    sources, problems = [], []
    for number, source in enumerate(request.sources):
        files = annotation_files(Path(source))
        if files:
            place = folder / f"annotations-{number}"
            problems += gather_annotations(files, place).problems
            sources.append(str(place))
        if not files or Path(source).is_dir():
            sources.append(source)
    if request.library is not None:
        where = request.library.library
        with opened(where) as library:
            problems += gather(library, request.library, folder / "library", read).problems
        sources.append(str(folder / "library"))
    return request.replace(sources=tuple(sources), library=None), tuple(problems)


def gather(library: Library, wanted: FromLibrary, folder: Path, read: Reader) -> Gathered:
    """Write scenes (``NAME.json``) and sentences by people (``NAME.txt``) of the photos that are meant.

    Parameters
    ----------
    folder : where to write; nothing of that name may be there
    read : as in `typed_query`

    Raises `InputError` for a query or state that can't be, `DataError` if no such photo has a scene.
    """
    _, filters = split_filters(" ".join(f"state:{name.replace(' ', '-')}" for name in wanted.states))
    found, _, _ = typed_query(library, wanted.query, read, filters, MOST_PHOTOS)
    ids = [hit.photo for hit in found.hits]
    rows = library.photos(ids)
    with_scene = [row for row in rows if row.scene_version]
    problems = list(found.notes)
    if not with_scene:
        meant = f"None of the {len(rows)} photos that fit has a scene" if rows else "No photo of the library fits"
        raise DataError(" ".join([f"{meant}. Parse or correct some, or ask for others.", *problems]))
    if len(with_scene) < len(rows):
        problems.append(f"{len(rows) - len(with_scene)} of {len(rows)} photos have no scene and are left out.")
    captions, written, captioned, damaged = captions_of_photos(library, ids), 0, 0, []
    for row in with_scene:
        try:
            scene = library.scene_of(row.id)
        except SceneError:
            scene = None
        if scene is None:
            damaged.append(row.name)
            continue
        name = f"{row.id:07d}-{re.sub(r'[^A-Za-z0-9_-]+', '-', Path(row.name).stem)[:60]}"
        write_atomic(folder / f"{name}.json", write_scene(_of_photo(scene, row)).encode())
        said = [" ".join(one.text.split()) for one in captions.get(row.id, ()) if one.maker == "human"]
        if said:
            write_atomic(folder / f"{name}.txt", "\n".join(said).encode())
        written, captioned = written + 1, captioned + bool(said)
    if damaged:
        problems.append(f"The scenes of {len(damaged)} photos are damaged and left out ({', '.join(damaged[:4])}).")
    return Gathered(written, captioned, tuple(problems))


def _of_photo(scene: Scene, row: PhotoRow) -> Scene:
    """The scene with the photo where the library knows it now: the split goes by what is in the file."""
    sides = 0 < row.width <= MOST_SIDE_PX and 0 < row.height <= MOST_SIDE_PX
    if not row.sha256 or not sides:
        return scene
    return scene.replace(photo=PhotoRef(path=row.path, width=row.width, height=row.height, sha256=row.sha256))
