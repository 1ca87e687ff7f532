"""Photos of a library as scenes to train on: by query and state, with the sentences that people wrote about them."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sd3studio.core.errors import DataError, SceneError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import PhotoRef, Scene
from sd3studio.core.training.requests import FromLibrary, MakeDataset
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


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was written: scenes, how many of them have a sentence by a person, and what should be known."""

    scenes: int
    captioned: int
    problems: tuple[str, ...] = ()


def make(request: MakeDataset) -> Iterator[JobMessage]:
    """The job: what the library has is gathered first, then the data set is made. Ends in ``Finished(DatasetMade)``."""
    if request.library is None:
        yield from resolve(MAKER)(request)  # type: ignore[misc]
        return
    with tempfile.TemporaryDirectory(prefix="sd3studio-dataset-") as name:
        yield Progress(0, 1, "Gathering the scenes of the library")
        with opened(request.library.library) as library:
            gathered = gather(library, request.library, Path(name), resolve(READER))  # type: ignore[arg-type]
        yield from (Note(problem) for problem in gathered.problems)
        rest = request.replace(sources=(*request.sources, name), library=None)
        for message in resolve(MAKER)(rest):  # type: ignore[attr-defined]
            if isinstance(message, Finished):
                made = message.result
                message = Finished(replace(made, problems=(*gathered.problems, *made.problems)))
            yield message


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
