"""What every importer gives, and how annotations become scenes: facts in 3D as they are, boxes alone lifted."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sd3studio.core.annotation.lifting import lift_box
from sd3studio.core.annotation.suggesting import meaning_of_words
from sd3studio.core.errors import DataError
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import BoxPx, Size3, Vec3
from sd3studio.core.scene.values import Frame, Mask, PhotoRef, Provenance, Relation, Scene, SceneObject, Source

MAX_BYTES = 512_000_000
MAX_IMAGES = 1_000_000
MAX_PHOTO_BYTES = 256_000_000

Beside = Callable[[str], bytes | None]
"""Bytes of another file by its path from the folder of the one that is read; None if it is not there."""
Side = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=1, le=32_768)]


class Loose(BaseModel):
    """Base of what is read from outside: fields that we don't know are skipped, numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Facts(Loose):
    """An object's facts in 3D (`sd3studio.services.export.facts`)."""

    id: Annotated[str, Field(max_length=64, pattern=r"^[\w.:-]+$")] | None = None
    label: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    category: Annotated[str, Field(max_length=200)] | None = None
    attributes: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=32)] = ()
    center_m: Vec3
    size_m: Size3
    yaw_rad: float = 0.0
    pitch_rad: float = 0.0
    roll_rad: float = 0.0
    score: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    source: Source = "user"
    truncated: bool = False
    occluded: bool = False
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """One object as a file has it; what it does not say is None."""

    label: str
    box: BoxPx | None = None
    mask: Mask | None = None
    facts: Facts | None = None
    attributes: tuple[str, ...] = ()
    truncated: bool = False
    occluded: bool = False
    score: float | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class DraftRelation:
    """A relation as a file has it: indices of drafts, and words."""

    subject: int
    words: str
    object: int
    frame: Frame = "camera"
    source: Source = "user"
    score: float | None = None
    predicate: str | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class ImportedScene:
    """A scene and what it is called: the name of its picture; and what people wrote about it."""

    name: str
    scene: Scene
    captions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """The scenes of a file, and sentences about what was guessed or left out."""

    scenes: tuple[ImportedScene, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Importer:
    """One format: its title, the usual suffixes, and the function that reads it: bytes, name, other files."""

    title: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes, str, Beside], Imported]


@dataclass(slots=True)
class Doubts:
    """Counts of what was guessed or left out, told once each."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, sentence: str) -> None:
        """Note something; `sentence` has a place for the count: ``"{} things ..."``."""
        self.counts[sentence] = self.counts.get(sentence, 0) + 1

    def notes(self) -> tuple[str, ...]:
        """All that was noted."""
        return tuple(sentence.format(count) for sentence, count in self.counts.items())


def parsed(kind: Any, data: bytes | str, name: str, format: str) -> Any:
    """JSON text as a value of this kind. Raises `DataError` that names file, field and reason."""
    try:
        return TypeAdapter(kind).validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        place = f"{where}: " if where else ""
        raise DataError(f"{name} is not a {format} file: {place}{first['msg']}.") from error
    except RecursionError as error:
        raise DataError(f"{name} is nested too deeply to be a {format} file.") from error


def facts_of_text(text: str) -> Facts | None:
    """Facts from JSON text; None where it is something else."""
    try:
        return Facts.model_validate_json(text)
    except (ValidationError, RecursionError):
        return None


def photo_of(name: str, width: int, height: int, beside: Beside) -> PhotoRef | None:
    """The photo of this name if it lies near the file."""
    if not name or len(name) > 1_000 or "\0" in name:
        return None
    plain = name.replace("\\", "/").rsplit("/", 1)[-1]
    for path in dict.fromkeys((name, plain, f"images/{plain}")):
        data = beside(path)
        if data is not None:
            return PhotoRef(path=path, width=width, height=height, sha256=hashlib.sha256(data).hexdigest())
    return None


def build(
    drafts: Sequence[Draft],
    relations: Iterable[DraftRelation],
    size: tuple[int, int],
    photo: PhotoRef | None,
    doubts: Doubts,
    camera: Camera | None = None,
    title: str = "",
    sentence: str = "",
) -> Scene:
    """The scene of one picture. Objects without facts in 3D are lifted from their boxes with this camera."""
    scene = Scene(
        camera=(camera or Camera()).replace(width=size[0], height=size[1]),
        photo=photo,
        title=title[:200],
        sentence=sentence[:20_000],
    )
    names: list[str | None] = []
    order = sorted(range(len(drafts)), key=lambda k: drafts[k].facts is None)  # what is known carries what is lifted
    things: dict[int, SceneObject] = {}
    for index in order:
        made = _thing(scene, drafts[index], doubts)
        if made is not None:
            things[index] = made
            scene = scene.with_objects(made)
    names = [things[index].id if index in things else None for index in range(len(drafts))]
    ordered = {things[index].id: things[index] for index in sorted(things)}
    return scene.replace(objects=ordered, relations=_relations(relations, names, doubts))


def _thing(scene: Scene, draft: Draft, doubts: Doubts) -> SceneObject | None:
    facts = draft.facts
    label = " ".join(draft.label.split())[:200] or "thing"
    if facts is None:
        if draft.box is None or draft.box[2] - draft.box[0] < 1.0 or draft.box[3] - draft.box[1] < 1.0:
            doubts.add("{} objects have no box that could be lifted and are left out.")
            return None
        doubts.add("{} objects have no place in 3D; they were lifted from their boxes.")
        lifted = lift_box(scene, draft.box, label, scene.free_id(label))
        return lifted.replace(
            category=draft.category or lifted.category,
            attributes=draft.attributes[:32],
            mask=draft.mask,
            truncated=draft.truncated or lifted.truncated,
            occluded=draft.occluded,
            provenance=lifted.provenance.replace(score=draft.score),
        )
    key = facts.id if facts.id and facts.id not in scene.objects else scene.free_id(label)
    return SceneObject(
        id=key,
        label=label,
        category=facts.category if facts.category is not None else draft.category,
        attributes=(facts.attributes or draft.attributes)[:32],
        center=facts.center_m,
        size=facts.size_m,
        yaw=facts.yaw_rad,
        pitch=facts.pitch_rad,
        roll=facts.roll_rad,
        photo_box=draft.box,
        mask=draft.mask,
        truncated=facts.truncated or draft.truncated,
        occluded=facts.occluded or draft.occluded,
        checked=facts.checked,
        provenance=Provenance(source=facts.source, score=facts.score if facts.score is not None else draft.score),
    )


def _relations(drafts: Iterable[DraftRelation], names: list[str | None], doubts: Doubts) -> tuple[Relation, ...]:
    found: dict[object, Relation] = {}
    for draft in drafts:
        ends = names[draft.subject], names[draft.object]
        if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
            doubts.add("{} relations name something that is not there and are left out.")
            continue
        meant = meaning(draft.words, draft.predicate)
        if meant is None:
            doubts.add("{} relations have words that mean none of our predicates and are left out.")
            continue
        predicate, inverse = meant
        if inverse:
            ends = ends[::-1]
        words = " ".join(draft.words.split())[:200]
        relation = Relation(
            subject=ends[0],
            predicate=predicate,
            object=ends[1],
            frame=draft.frame,
            text="" if words.lower() == predicate.value else words,
            kept=draft.kept,
            provenance=Provenance(source=draft.source, score=draft.score),
        )
        found.setdefault(relation.key, relation)
    return tuple(found.values())


def meaning(words: str, predicate: str | None = None) -> tuple[Predicate, bool] | None:
    """The predicate that words mean, and whether subject and object change places; None if they mean none."""
    known = {one.value: one for one in Predicate}
    if predicate in known:
        return known[predicate], False
    meant = meaning_of_words(words)
    return None if meant is None else meant[:2]


def beside_file(path: Path) -> Beside:
    """Reads other files from the folder of `path`; names that lead out of it, or to a folder, give None."""
    folder = path.resolve().parent

    def read(name: str) -> bytes | None:
        try:
            other = (folder / name).resolve()
            near = other.is_relative_to(folder.parent)
            if not near or not other.is_file() or other.stat().st_size > MAX_PHOTO_BYTES:
                return None
            return other.read_bytes()
        except (OSError, ValueError):
            return None

    return read


FormatName = Literal["json", "coco", "vg", "kitti", "vsd", "labelcloud", "cvat", "label-studio"]
