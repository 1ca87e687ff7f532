"""A data set of the user's own scenes: drawn, described and split by photo, in the same shards as composed ones.

``train`` and ``dev`` are two data sets of their own; a scene belongs to ``dev`` if `annotated.split_of` its name says
so, and its name is the photo's where it has one, so that no photo is on both sides. Sentences that a person wrote come
first; what they say is read by the parser. A scene's picture is drawn by the renderer, or is its photo.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError, SceneError, StudioError
from sd3studio.core.files import read_bounded
from sd3studio.core.language.text_graph import TextGraph
from sd3studio.core.png import is_png, read_record
from sd3studio.core.scene.caption import Caption
from sd3studio.core.scene.json_form import MAX_BYTES, read_scene
from sd3studio.core.scene.predicates import VSD_PREDICATES
from sd3studio.core.scene.values import Scene
from sd3studio.ml.training.data.annotated import split_of
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.training.data.problems import imbalance, some
from sd3studio.ml.training.data.records import (
    DRAWN,
    Sample,
    SampleSettings,
    SceneRecord,
    Sentence,
    describe,
    stored_maps,
)
from sd3studio.ml.training.data.shards import SPLITS, DatasetIndex, DatasetRecipe, write_index, write_shard

MAX_OBJECTS = 255
"""An id map has one byte a pixel."""
MAX_CAPTION_BYTES = 1_000_000
SAID_BY_PEOPLE = ("user", "text")


@dataclass(frozen=True, slots=True)
class OwnScene:
    """A scene with its name and the sentences that a person wrote about it."""

    name: str
    scene: Scene
    captions: tuple[str, ...] = ()

    @property
    def split(self) -> str:
        """``"train"`` or ``"dev"``."""
        return split_of(self.scene.photo.sha256 if self.scene.photo else self.name)


def problems_of(scenes: Sequence[OwnScene]) -> tuple[str, ...]:
    """What stands in the way of training on these, or should be known before: sentences, the gravest first."""
    found = []
    if not scenes:
        return ("There is no scene: choose some, or make rendered ones with `sd3studio dataset make`.",)
    empty = [one.name for one in scenes if not one.scene.solid_objects()]
    large = [one.name for one in scenes if len(one.scene.objects) > MAX_OBJECTS]
    lost = [one.name for one in scenes if one.scene.photo and not Path(one.scene.photo.path).is_file()]
    for names, what in (
        (empty, "hold no objects and are left out"),
        (large, f"have more than {MAX_OBJECTS} objects and are left out"),
        (lost, "have photos that are not where they were; their pictures are drawn instead"),
    ):
        if names:
            found.append(f"{len(names)} of {len(scenes)} scenes {what} ({some(names)}).")
    splits = Counter(one.split for one in scenes)
    for name in SPLITS:
        if not splits[name]:
            found.append(f"No scene is in the split {name!r}: it takes some ten photos for both to have one.")
    said = [text.strip() for one in scenes for text in one.captions]
    if any(not text for text in said):
        found.append(f"{sum(not text for text in said)} captions are empty and are left out.")
    found += imbalance(Counter(t.category or t.label for one in scenes for t in one.scene.solid_objects()))
    doubled = [name for name, count in Counter(one.name for one in scenes).items() if count > 1]
    if doubled:
        found.append(f"{len(doubled)} scenes are there more than once ({some(doubled)}).")
    return tuple(found)


def version_of(scenes: Sequence[OwnScene], settings: SampleSettings) -> str:
    """SHA-256 of all that the data set is made of: the same scenes, in whatever order, have the same."""
    digest = hashlib.sha256(settings.model_dump_json().encode())
    for one in sorted(scenes, key=lambda one: one.name):
        digest.update(one.name.encode() + one.scene.model_dump_json().encode() + "\n".join(one.captions).encode())
    return digest.hexdigest()


def read_own_scenes(paths: Sequence[Path]) -> list[OwnScene]:
    """The scenes in files and below folders, each with the sentences beside it (``NAME.txt``, a line each).

    Raises `StudioError` naming a file that holds no scene; in folders such files are passed over.
    """
    found = []
    for where in paths:
        if where.is_dir():
            files = sorted(p for p in where.rglob("*") if p.suffix.lower() in (".json", ".png") and p.is_file())
            for path in files:
                try:
                    found.append(_own_scene(path))
                except StudioError:
                    continue
        else:
            found.append(_own_scene(where))
    return found


def _own_scene(path: Path) -> OwnScene:
    data = read_bounded(path, MAX_BYTES, SceneError)
    scene = read_record(data, str(path)).request.scene if is_png(data) else read_scene(data, str(path))
    beside = path.with_suffix(".txt")
    text = read_bounded(beside, MAX_CAPTION_BYTES, DataError).decode("utf-8", "replace") if beside.is_file() else ""
    return OwnScene(path.stem, scene, tuple(line for line in text.splitlines()[:64]))


def make_own_dataset(
    folder: Path,
    scenes: Sequence[OwnScene],
    settings: SampleSettings,
    *,
    photos: bool = False,
    shard_scenes: int = 128,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, DatasetIndex]:
    """`own_dataset_steps` to its end; `told` is called with (scenes done, scenes in all)."""
    steps = own_dataset_steps(folder, scenes, settings, photos=photos, shard_scenes=shard_scenes)
    while True:
        try:
            told(*next(steps))
        except StopIteration as ended:
            return ended.value


def own_dataset_steps(
    folder: Path,
    scenes: Sequence[OwnScene],
    settings: SampleSettings,
    *,
    photos: bool = False,
    shard_scenes: int = 128,
) -> Generator[tuple[int, int], None, dict[str, DatasetIndex]]:
    """Draw and describe scenes into ``folder/train`` and ``folder/dev``; a split without scenes is not written.

    Yields (scenes done, scenes in all) after each, gives the indices.

    Parameters
    ----------
    photos : whether the photo is the picture, where a scene has one that is still there

    Raises `DataError` if nothing is left to make, or the folder holds something.
    """
    usable = [one for one in scenes if one.scene.solid_objects() and len(one.scene.objects) <= MAX_OBJECTS]
    if not usable:
        raise DataError(" ".join(problems_of(scenes)) or "There is no scene to make a data set of.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is not an empty folder. Choose another one for the data set.")
    version, done = version_of(usable, settings), 0
    made: dict[str, DatasetIndex] = {}
    for split in SPLITS:
        own = [one for one in usable if one.split == split]
        if not own:
            continue
        recipe = DatasetRecipe(
            kind="own", count=len(own), shard_scenes=shard_scenes, settings=settings, scenes_sha256=version
        )
        entries = []
        for number in range(recipe.shards):
            samples = []
            for k in recipe.seeds(number):
                samples.append(own_sample(own[k], k, settings, photos))
                done += 1
                yield done, len(usable)
            entries.append(write_shard(folder / split, number, samples))
        made[split] = write_index(folder / split, recipe, entries, complete=True)
    return made


def own_sample(one: OwnScene, number: int, settings: SampleSettings, photos: bool = False) -> Sample:
    """One scene, drawn square from its camera and described. Raises `DataError` naming it if it can't be drawn."""
    from sd3studio.render.maps import render_maps

    side = settings.size_px
    scene = one.scene.replace(camera=one.scene.camera.replace(width=side, height=side))
    try:
        drawn = render_maps(scene, maps=DRAWN, quality=settings.quality)  # type: ignore[arg-type]
    except (ValueError, StudioError) as error:
        raise DataError(f"The scene {one.name} can't be drawn: {error}") from error
    assert drawn.id is not None
    record = describe("own", "own", number, scene, drawn.id, settings)
    sentences = (*(_written(text, scene) for text in one.captions if text.strip()), *record.sentences)
    record = record.replace(sentences=tuple(s for s in sentences if s is not None)[: max(settings.captions, 1)])
    maps = stored_maps(scene, drawn) if settings.maps else {}
    if photos and maps and (pixels := _photo(one.scene, side)) is not None:
        maps["rgb"] = pixels
    return Sample(record, maps)


def _written(text: str, scene: Scene) -> Sentence | None:
    """A person's sentence with the graph of what it says of the scene; None if it names no thing."""
    from sd3studio.ml.parsing.sentence import read_text

    try:
        graph = linked(tsg_of(read_text(text.strip(), "auto")), scene)
    except StudioError:
        return None
    return Sentence(caption=Caption(text=text.strip()[:4_000], maker="human"), graph=graph) if graph.objects else None


def linked(graph: SceneGraph, scene: Scene) -> SceneGraph:
    """The graph whose things have the ids of the scene's objects that they can only mean; the others have none."""
    things = []
    for thing in graph.objects:
        said = thing.tag.lower()
        called = [o for o in scene.objects.values() if said in (o.label.lower(), o.category)] or [
            o for o in scene.objects.values() if said.rsplit(" ", 1)[-1] == o.label.lower().rsplit(" ", 1)[-1]
        ]
        meant = called if len(called) < 2 else [o for o in called if set(thing.attributes) & set(o.attributes)]
        things.append(thing.replace(key=meant[0].id) if len(meant) == 1 else thing)
    return graph.replace(objects=tuple(things))


def tsg_of(read: TextGraph) -> SceneGraph:
    """What a parser read in a text, as a graph of the training data."""
    things = tuple(GraphObject(tag=m.noun[:200], attributes=m.attributes[:8]) for m in read.mentions)
    triples = tuple(
        dict.fromkeys((t.subject, t.predicate, t.object) for t in read.triples if t.predicate in VSD_PREDICATES)
    )
    return SceneGraph(source="tsg", objects=things, triples=triples)


def _photo(scene: Scene, side: int) -> NDArray[np.uint8] | None:
    """(side, side, 3) the middle of the photo that a square camera of the same height sees; None if it is not there."""
    from PIL import Image

    from sd3studio.ml.parsing.picture import read_photo

    if scene.photo is None or not Path(scene.photo.path).is_file():
        return None
    try:
        pixels = read_photo(scene.photo.path).pixels
    except StudioError:
        return None
    height, width = pixels.shape[:2]
    square = np.zeros((height, height, 3), np.uint8)
    taken = min(width, height)
    at, to = (width - taken) // 2, (height - taken) // 2
    square[:, to : to + taken] = pixels[:, at : at + taken]
    return np.asarray(Image.fromarray(square).resize((side, side), Image.Resampling.LANCZOS))


def labelled_pairs(records: Sequence[SceneRecord]) -> list[tuple[str, str, tuple, str, tuple, str]]:
    """(photo, subject, its box, predicate, object, its box) of each relation that a person said of things in sight.

    What a parser or a model read and nobody looked at does not count: it would confirm itself.
    """
    found = []
    for record in records:
        objects = record.scene.objects
        for r in record.scene.relations:
            ends = (r.subject, r.object)
            if (
                r.predicate in VSD_PREDICATES
                and r.provenance.source in SAID_BY_PEOPLE
                and all(end in record.boxes for end in ends)
            ):
                boxes = [objects[end].photo_box or record.boxes[end] for end in ends]
                labels = [objects[end].label.lower() for end in ends]
                found.append((str(record.seed), labels[0], boxes[0], r.predicate.value, labels[1], boxes[1]))
    return found
